<?php
/**
 * What the plugin keeps beside a post: its job, its digest, what editors decided.
 * Reads and writes post meta, decides nothing.
 *
 * @package Afterword
 */

defined( 'ABSPATH' ) || exit;

/**
 * Post meta of ours. As JSON in ASCII, which no database and no slashing changes.
 */
final class Afterword_Store {

	const JOB      = '_afterword_job';
	const JOB_ID   = '_afterword_job_id';
	const DUE      = '_afterword_due';
	const DIGEST   = '_afterword_digest';
	const REVIEW   = '_afterword_review';
	const RENDERED = '_afterword_rendered';

	const KEYS = array( self::JOB, self::JOB_ID, self::DUE, self::DIGEST, self::REVIEW, self::RENDERED );

	/**
	 * How many written sections are remembered, to tell them from edited ones.
	 */
	const MAX_RENDERED = 20;

	/**
	 * The job of a post.
	 *
	 * @param int $post_id Of a post.
	 * @return array|null state (queued, sent, done, failed), hash, lane, id, attempts,
	 *                    polls, error and since.
	 */
	public static function job( int $post_id ): ?array {
		return self::read( $post_id, self::JOB );
	}

	/**
	 * Keeps a job, and when it wants attention next.
	 *
	 * @param int      $post_id Of a post.
	 * @param array    $job     As job() gives it.
	 * @param int|null $due     Unix time; null for never.
	 */
	public static function set_job( int $post_id, array $job, ?int $due ) {
		self::write( $post_id, self::JOB, $job );
		update_post_meta( $post_id, self::JOB_ID, wp_slash( $job['id'] ) );
		if ( null === $due ) {
			delete_post_meta( $post_id, self::DUE );
		} else {
			update_post_meta( $post_id, self::DUE, $due );
		}
	}

	/**
	 * When a job wants attention.
	 *
	 * @param int $post_id Of a post.
	 */
	public static function due( int $post_id ): ?int {
		$due = get_post_meta( $post_id, self::DUE, true );
		return is_numeric( $due ) ? (int) $due : null;
	}

	/**
	 * Takes a due job, so that no other process works on it. The database compares
	 * and sets in one step; of two that try, one succeeds.
	 *
	 * @param int $post_id Of a post.
	 * @param int $due     What due() gave.
	 * @param int $until   Unix time at which another may try, should this process die.
	 */
	public static function claim( int $post_id, int $due, int $until ): bool {
		return true === update_post_meta( $post_id, self::DUE, $until, $due );
	}

	/**
	 * Posts whose jobs are due, the longest waiting first.
	 *
	 * @param int $now   Unix time.
	 * @param int $limit How many.
	 * @return int[]
	 */
	public static function due_posts( int $now, int $limit ): array {
		global $wpdb;
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- A queue: it must not be read from a cache, and WP_Query would hide posts by status and type.
		$ids = $wpdb->get_col( $wpdb->prepare( "SELECT post_id FROM {$wpdb->postmeta} WHERE meta_key = %s AND meta_value + 0 <= %d ORDER BY meta_value + 0, post_id LIMIT %d", self::DUE, $now, $limit ) );
		return array_map( 'intval', $ids );
	}

	/**
	 * When the next job is due.
	 */
	public static function next_due(): ?int {
		global $wpdb;
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- As above.
		$due = $wpdb->get_var( $wpdb->prepare( "SELECT MIN(meta_value + 0) FROM {$wpdb->postmeta} WHERE meta_key = %s", self::DUE ) );
		return is_numeric( $due ) ? (int) $due : null;
	}

	/**
	 * The digest of a post.
	 *
	 * @param int $post_id Of a post.
	 * @return array|null As Afterword_Digest::read() gives it, with id, hash and received.
	 */
	public static function digest( int $post_id ): ?array {
		return self::read( $post_id, self::DIGEST );
	}

	/**
	 * Keeps a digest. Decisions on items that are not in it any more go.
	 *
	 * @param int   $post_id Of a post.
	 * @param array $digest  As digest() gives it.
	 */
	public static function set_digest( int $post_id, array $digest ) {
		self::write( $post_id, self::DIGEST, $digest );
		$keys = array_flip( wp_list_pluck( $digest['items'], 'key' ) );
		self::write( $post_id, self::REVIEW, array_intersect_key( self::review( $post_id ), $keys ) );
	}

	/**
	 * What was decided: by item key, state (approved, rejected), by (a user's id, 0
	 * for the site's own rule) and at.
	 *
	 * @param int $post_id Of a post.
	 * @return array[]
	 */
	public static function review( int $post_id ): array {
		$review = self::read( $post_id, self::REVIEW );
		return null === $review ? array() : $review;
	}

	/**
	 * Keeps decisions.
	 *
	 * @param int      $post_id   Of a post.
	 * @param string[] $decisions State by item key; pending takes a decision back.
	 * @param int      $user_id   Who decided.
	 */
	public static function decide( int $post_id, array $decisions, int $user_id ) {
		$review = self::review( $post_id );
		$digest = self::digest( $post_id );
		$keys   = $digest ? wp_list_pluck( $digest['items'], 'key' ) : array();
		foreach ( $decisions as $key => $state ) {
			if ( ! in_array( $key, $keys, true ) ) {
				continue;
			}
			unset( $review[ $key ] );
			if ( in_array( $state, array( 'approved', 'rejected' ), true ) ) {
				$review[ $key ] = array(
					'state' => $state,
					'by'    => $user_id,
					'at'    => gmdate( 'c' ),
				);
			}
		}
		self::write( $post_id, self::REVIEW, $review );
	}

	/**
	 * Whether a section is one that we wrote and nobody changed since.
	 *
	 * @param int    $post_id Of a post.
	 * @param string $section A section's markup.
	 */
	public static function is_ours( int $post_id, string $section ): bool {
		$known = self::read( $post_id, self::RENDERED );
		return in_array( Afterword_Section::fingerprint( $section ), null === $known ? array() : $known, true );
	}

	/**
	 * Remembers a section that was handed out or written.
	 *
	 * @param int    $post_id Of a post.
	 * @param string $section A section's markup.
	 */
	public static function remember( int $post_id, string $section ) {
		$known   = self::read( $post_id, self::RENDERED );
		$known   = array_diff( null === $known ? array() : $known, array( Afterword_Section::fingerprint( $section ) ) );
		$known[] = Afterword_Section::fingerprint( $section );
		self::write( $post_id, self::RENDERED, array_slice( array_values( $known ), -self::MAX_RENDERED ) );
	}

	/**
	 * Decodes what write() kept.
	 *
	 * @param int    $post_id Of a post.
	 * @param string $key     Of KEYS.
	 */
	private static function read( int $post_id, string $key ): ?array {
		$json  = get_post_meta( $post_id, $key, true );
		$value = is_string( $json ) ? json_decode( $json, true ) : null;
		return is_array( $value ) ? $value : null;
	}

	/**
	 * Keeps a value. wp_json_encode() writes ASCII.
	 *
	 * @param int    $post_id Of a post.
	 * @param string $key     Of KEYS.
	 * @param array  $value   Of strings, numbers and arrays.
	 */
	private static function write( int $post_id, string $key, array $value ) {
		update_post_meta( $post_id, $key, wp_slash( (string) wp_json_encode( $value ) ) );
	}
}
