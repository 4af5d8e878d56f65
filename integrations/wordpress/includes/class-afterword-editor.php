<?php
/**
 * Puts the panel into the block editor. What the panel does is in assets/editor.js.
 *
 * @package Afterword
 */

defined( 'ABSPATH' ) || exit;

/**
 * Loads the script for the post types that are set.
 */
final class Afterword_Editor {

	const HANDLE = 'afterword-editor';

	const DEPENDENCIES = array( 'wp-api-fetch', 'wp-block-editor', 'wp-blocks', 'wp-components', 'wp-data', 'wp-edit-post', 'wp-element', 'wp-i18n', 'wp-notices', 'wp-plugins' );

	/**
	 * Connects to WordPress.
	 */
	public static function connect() {
		add_action( 'enqueue_block_editor_assets', array( self::class, 'load' ) );
	}

	/**
	 * Loads script and style, in the editor of a post that the plugin works on.
	 */
	public static function load() {
		$screen = function_exists( 'get_current_screen' ) ? get_current_screen() : null;
		if ( ! $screen || 'post' !== $screen->base || ! Afterword_Settings::covers( $screen->post_type ) ) {
			return;
		}
		wp_enqueue_script( self::HANDLE, plugins_url( 'assets/editor.js', AFTERWORD_FILE ), self::DEPENDENCIES, AFTERWORD_VERSION, true );
		wp_set_script_translations( self::HANDLE, 'afterword', AFTERWORD_DIR . '/languages' );
		wp_enqueue_style( self::HANDLE, plugins_url( 'assets/editor.css', AFTERWORD_FILE ), array( 'wp-components' ), AFTERWORD_VERSION );
	}
}
