<?php
/**
 * In the list of posts: a column with the state, and a bulk action that queues jobs.
 *
 * @package Afterword
 */

defined( 'ABSPATH' ) || exit;

/**
 * Queues only; WP-Cron sends. A thousand posts cost a thousand rows, no request.
 */
final class Afterword_Posts_List {

	const ACTION = 'afterword_generate';
	const COLUMN = 'afterword';

	/**
	 * Connects to WordPress.
	 */
	public static function connect() {
		add_action( 'admin_init', array( self::class, 'register' ) );
		add_action( 'admin_notices', array( self::class, 'notice' ) );
		add_filter( 'removable_query_args', array( self::class, 'removable' ) );
	}

	/**
	 * Registers column and action for each post type that is set.
	 */
	public static function register() {
		foreach ( Afterword_Settings::get( 'post_types' ) as $type ) {
			add_filter( "bulk_actions-edit-$type", array( self::class, 'add_action' ) );
			add_filter( "handle_bulk_actions-edit-$type", array( self::class, 'act' ), 10, 3 );
			add_filter( "manage_{$type}_posts_columns", array( self::class, 'add_column' ) );
			add_action( "manage_{$type}_posts_custom_column", array( self::class, 'show' ), 10, 2 );
		}
	}

	/**
	 * Names the action.
	 *
	 * @param string[] $actions Names by key.
	 * @return string[]
	 */
	public static function add_action( $actions ) {
		$actions[ self::ACTION ] = __( 'Generate with Afterword', 'afterword' );
		return $actions;
	}

	/**
	 * Names the column.
	 *
	 * @param string[] $columns Names by key.
	 * @return string[]
	 */
	public static function add_column( $columns ) {
		$columns[ self::COLUMN ] = __( 'Afterword', 'afterword' );
		return $columns;
	}

	/**
	 * Queues the chosen posts. WordPress has checked the nonce.
	 *
	 * @param string $location Where the browser goes next.
	 * @param string $action   That was chosen.
	 * @param int[]  $post_ids That were chosen.
	 * @return string
	 */
	public static function act( $location, $action, $post_ids ) {
		if ( self::ACTION !== $action ) {
			return $location;
		}
		$count = 0;
		foreach ( array_map( 'intval', $post_ids ) as $post_id ) {
			if ( current_user_can( 'edit_post', $post_id ) && 'queued' === Afterword_Jobs::enqueue( $post_id, 'backfill', false ) ) {
				++$count;
			}
		}
		return add_query_arg( 'afterword_queued', $count, $location );
	}

	/**
	 * Says how many were queued.
	 */
	public static function notice() {
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended -- A number to show, nothing is done with it.
		$count = isset( $_GET['afterword_queued'] ) ? absint( $_GET['afterword_queued'] ) : null;
		if ( null === $count ) {
			return;
		}
		/* translators: %s: a number of posts. */
		$text = sprintf( _n( '%s post was queued; posts that have not changed were left out.', '%s posts were queued; posts that have not changed were left out.', $count, 'afterword' ), number_format_i18n( $count ) );
		echo '<div class="notice notice-success is-dismissible"><p>' . esc_html( $text ) . '</p></div>';
	}

	/**
	 * Takes the number out of the address once it was shown.
	 *
	 * @param string[] $names Of query arguments.
	 * @return string[]
	 */
	public static function removable( $names ) {
		$names[] = 'afterword_queued';
		return $names;
	}

	/**
	 * Shows a post's state.
	 *
	 * @param string $column  Of the list.
	 * @param int    $post_id Of the post.
	 */
	public static function show( $column, $post_id ) {
		if ( self::COLUMN === $column ) {
			echo esc_html( self::state( get_post( $post_id ) ) );
		}
	}

	/**
	 * A post's state in words.
	 *
	 * @param WP_Post $post A post.
	 */
	public static function state( WP_Post $post ): string {
		$job    = Afterword_Store::job( $post->ID );
		$digest = Afterword_Store::digest( $post->ID );
		if ( $job && in_array( $job['state'], array( 'queued', 'sent' ), true ) ) {
			return '' === $job['error'] ? __( 'In progress', 'afterword' ) : __( 'Waiting for the service', 'afterword' );
		}
		if ( $job && 'failed' === $job['state'] ) {
			/* translators: %s: a message. */
			return sprintf( __( 'Failed: %s', 'afterword' ), $job['error'] );
		}
		if ( ! $digest ) {
			return '—';
		}
		if ( Afterword_Article::hash( $post ) !== $digest['hash'] ) {
			return __( 'Out of date', 'afterword' );
		}
		$undecided = count( $digest['items'] ) - count( Afterword_Store::review( $post->ID ) );
		if ( $undecided > 0 ) {
			/* translators: %s: a number of items. */
			return sprintf( _n( '%s to review', '%s to review', $undecided, 'afterword' ), number_format_i18n( $undecided ) );
		}
		return '' === Afterword_Section::of( $post->post_content ) ? __( 'Reviewed', 'afterword' ) : __( 'Published', 'afterword' );
	}
}
