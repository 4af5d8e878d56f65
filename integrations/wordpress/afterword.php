<?php
/**
 * Plugin Name:       Afterword
 * Description:       A summary, questions with answers and related topics at the end of an article, each sentence backed by the article itself, approved by an editor.
 * Version:           0.1.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * Author:            The Afterword authors
 * License:           Apache-2.0
 * License URI:       https://www.apache.org/licenses/LICENSE-2.0
 * Text Domain:       afterword
 * Domain Path:       /languages
 *
 * Loads the classes and connects them to WordPress. What each one does is said at
 * its head; nothing happens in this file beside that.
 *
 * @package Afterword
 */

defined( 'ABSPATH' ) || exit;

define( 'AFTERWORD_VERSION', '0.1.0' );
define( 'AFTERWORD_FILE', __FILE__ );
define( 'AFTERWORD_DIR', __DIR__ );

foreach ( array( 'settings', 'address', 'client', 'section', 'article', 'digest', 'renderer', 'store', 'publisher', 'jobs', 'callback', 'rest', 'editor', 'posts-list', 'settings-page' ) as $afterword_part ) {
	require_once AFTERWORD_DIR . '/includes/class-afterword-' . $afterword_part . '.php';
}
unset( $afterword_part );

Afterword_Jobs::connect();
Afterword_Callback::connect();
Afterword_Rest::connect();
Afterword_Editor::connect();
Afterword_Posts_List::connect();
Afterword_Settings_Page::connect();

add_action(
	'init',
	static function () {
		load_plugin_textdomain( 'afterword', false, dirname( plugin_basename( AFTERWORD_FILE ) ) . '/languages' );
	}
);

register_deactivation_hook( __FILE__, array( 'Afterword_Jobs', 'stop' ) );

if ( defined( 'WP_CLI' ) && WP_CLI ) {
	require_once AFTERWORD_DIR . '/includes/class-afterword-command.php';
	WP_CLI::add_command( 'afterword', 'Afterword_Command' );
}
