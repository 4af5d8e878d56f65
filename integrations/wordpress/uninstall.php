<?php
/**
 * Removes what the plugin kept beside posts. The posts stay as they are, with the
 * sections in them: plain blocks of WordPress, which need no plugin.
 *
 * @package Afterword
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

require_once __DIR__ . '/includes/class-afterword-settings.php';
require_once __DIR__ . '/includes/class-afterword-store.php';
require_once __DIR__ . '/includes/class-afterword-jobs.php';
require_once __DIR__ . '/includes/class-afterword-callback.php';

/**
 * Cleans one site.
 */
function afterword_uninstall_site() {
	global $wpdb;
	Afterword_Jobs::stop();
	foreach ( Afterword_Store::KEYS as $key ) {
		delete_post_meta_by_key( $key );
	}
	delete_transient( Afterword_Jobs::PAUSE );
	delete_option( Afterword_Settings::OPTION );
	// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- There is no function for options by pattern.
	$wpdb->query( $wpdb->prepare( "DELETE FROM {$wpdb->options} WHERE option_name LIKE %s", $wpdb->esc_like( Afterword_Callback::SEEN_PREFIX ) . '%' ) );
}

if ( is_multisite() ) {
	foreach ( get_sites(
		array(
			'fields' => 'ids',
			'number' => 0,
		)
	) as $afterword_site ) {
		switch_to_blog( $afterword_site );
		afterword_uninstall_site();
		restore_current_blog();
	}
} else {
	afterword_uninstall_site();
}
