<?php
/**
 * Commands for WP-CLI.
 *
 * @package Afterword
 */

defined( 'ABSPATH' ) || exit;

/**
 * Queues articles for Afterword and publishes what was approved.
 */
final class Afterword_Command {

	/**
	 * Queues posts. Posts whose article has not changed are left out.
	 *
	 * ## OPTIONS
	 *
	 * [--ids=<ids>]
	 * : Ids of posts, separated by commas. All published posts when left out.
	 *
	 * [--limit=<number>]
	 * : Queue at most so many.
	 *
	 * [--force]
	 * : Also posts whose article has not changed.
	 *
	 * [--dry-run]
	 * : Only say what would be queued.
	 *
	 * ## EXAMPLES
	 *
	 *     wp afterword generate --ids=12,15
	 *     wp afterword generate --limit=100 --dry-run
	 *
	 * @param string[] $arguments None.
	 * @param string[] $options   As above.
	 */
	public function generate( $arguments, $options ) {
		$is_rehearsal = isset( $options['dry-run'] );
		$limit        = self::limit( $options );
		$queued       = 0;
		foreach ( self::posts( $options ) as $post_id ) {
			if ( $queued >= $limit ) {
				break;
			}
			$outcome = Afterword_Jobs::enqueue( $post_id, 'backfill', isset( $options['force'] ), $is_rehearsal );
			$queued += 'queued' === $outcome ? 1 : 0;
			WP_CLI::log( $post_id . ' ' . $outcome );
		}
		/* translators: %d: a number of posts. */
		WP_CLI::success( sprintf( $is_rehearsal ? __( '%d would be queued.', 'afterword' ) : __( '%d queued.', 'afterword' ), $queued ) );
	}

	/**
	 * Attends to the jobs that are due, as WP-Cron does.
	 *
	 * ## OPTIONS
	 *
	 * [--limit=<number>]
	 * : Attend to at most so many.
	 *
	 * @param string[] $arguments None.
	 * @param string[] $options   As above.
	 */
	public function work( $arguments, $options ) {
		$count = Afterword_Jobs::work( isset( $options['limit'] ) ? self::limit( $options ) : null );
		/* translators: %d: a number of jobs. */
		WP_CLI::success( sprintf( __( '%d attended to.', 'afterword' ), $count ) );
	}

	/**
	 * Writes approved items into posts. Sections edited by hand are left alone.
	 *
	 * ## OPTIONS
	 *
	 * [--ids=<ids>]
	 * : Ids of posts, separated by commas. All published posts when left out.
	 *
	 * [--limit=<number>]
	 * : Change at most so many.
	 *
	 * [--dry-run]
	 * : Only say how the section in each post stands to what is approved.
	 *
	 * @param string[] $arguments None.
	 * @param string[] $options   As above.
	 */
	public function apply( $arguments, $options ) {
		$limit   = self::limit( $options );
		$changed = 0;
		foreach ( self::posts( $options ) as $post_id ) {
			if ( $changed >= $limit ) {
				break;
			}
			$post = get_post( $post_id );
			if ( ! $post || ! Afterword_Store::digest( $post_id ) ) {
				continue;
			}
			if ( isset( $options['dry-run'] ) ) {
				WP_CLI::log( $post_id . ' ' . Afterword_Publisher::section_state( $post ) );
				continue;
			}
			$outcome = Afterword_Publisher::apply( $post_id, false );
			if ( is_wp_error( $outcome ) ) {
				WP_CLI::log( $post_id . ' ' . $outcome->get_error_message() );
				continue;
			}
			$changed += $outcome ? 1 : 0;
			WP_CLI::log( $post_id . ( $outcome ? ' changed' : ' current' ) );
		}
		/* translators: %d: a number of posts. */
		WP_CLI::success( sprintf( __( '%d changed.', 'afterword' ), $changed ) );
	}

	/**
	 * Says how posts stand.
	 *
	 * ## OPTIONS
	 *
	 * [--ids=<ids>]
	 * : Ids of posts, separated by commas. All published posts when left out.
	 *
	 * [--limit=<number>]
	 * : Look at no more than so many.
	 *
	 * @param string[] $arguments None.
	 * @param string[] $options   As above.
	 */
	public function status( $arguments, $options ) {
		$limit = self::limit( $options );
		foreach ( self::posts( $options ) as $index => $post_id ) {
			$post = get_post( $post_id );
			if ( $index >= $limit ) {
				break;
			}
			WP_CLI::log( $post_id . ' ' . ( $post ? Afterword_Posts_List::state( $post ) : 'gone' ) );
		}
	}

	/**
	 * The posts that are meant, page by page, so that an archive fits into memory.
	 *
	 * @param string[] $options Of the command.
	 * @return Generator|int[]
	 */
	private static function posts( array $options ) {
		if ( isset( $options['ids'] ) ) {
			if ( ! preg_match( '/^\d+(,\d+)*$/', (string) $options['ids'] ) ) {
				WP_CLI::error( __( '--ids takes numbers separated by commas.', 'afterword' ) );
			}
			yield from array_map( 'intval', explode( ',', $options['ids'] ) );
			return;
		}
		$types = Afterword_Settings::get( 'post_types' );
		$count = 0;
		for ( $page = 1; $types; $page++ ) {
			$ids = get_posts(
				array(
					'post_type'      => $types,
					'post_status'    => 'publish',
					'fields'         => 'ids',
					'posts_per_page' => 100,
					'paged'          => $page,
					'orderby'        => 'ID',
					'order'          => 'ASC',
				)
			);
			foreach ( $ids as $id ) {
				yield $count++ => $id;
			}
			if ( ! $ids ) {
				return;
			}
		}
	}

	/**
	 * The number given by --limit.
	 *
	 * @param string[] $options Of the command.
	 */
	private static function limit( array $options ): int {
		if ( ! isset( $options['limit'] ) ) {
			return PHP_INT_MAX;
		}
		if ( ! preg_match( '/^[1-9]\d{0,8}$/', (string) $options['limit'] ) ) {
			WP_CLI::error( __( '--limit takes a number from 1.', 'afterword' ) );
		}
		return (int) $options['limit'];
	}
}
