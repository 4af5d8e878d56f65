<?php
/**
 * Takes the service's signed callbacks (Standard Webhooks). Believes nothing in a
 * request before its signature is checked.
 *
 * @package Afterword
 */

defined( 'ABSPATH' ) || exit;

/**
 * The route /wp-json/afterword/v1/callback. Its answers tell the service whether to
 * send again: 2xx is taken, all else comes again.
 */
final class Afterword_Callback {

	const ROUTE_NAMESPACE   = 'afterword/v1';
	const ROUTE             = '/callback';
	const MAX_BODY_BYTES    = 131072;
	const TOLERANCE_SECONDS = 300;
	const SEEN_PREFIX       = 'afterword_seen_';

	/**
	 * Longer than the service goes on trying, which is about three days.
	 */
	const SEEN_SECONDS = 604800;
	const ID_PATTERN   = '/^[\x21-\x7e]{1,200}$/';

	/**
	 * Connects to WordPress.
	 */
	public static function connect() {
		add_action( 'rest_api_init', array( self::class, 'register' ) );
		add_action( Afterword_Jobs::SWEEP, array( self::class, 'forget_old' ) );
	}

	/**
	 * Registers the route. Whoever has the secret may call it.
	 */
	public static function register() {
		register_rest_route(
			self::ROUTE_NAMESPACE,
			self::ROUTE,
			array(
				'methods'             => 'POST',
				'callback'            => array( self::class, 'take' ),
				'permission_callback' => '__return_true',
				'show_in_index'       => false,
			)
		);
	}

	/**
	 * Where the service sends its callbacks.
	 */
	public static function url(): string {
		/**
		 * Filters the address for callbacks, for sites that the service reaches by
		 * another name than their readers do.
		 *
		 * @param string $url The address.
		 */
		return (string) apply_filters( 'afterword_callback_url', rest_url( self::ROUTE_NAMESPACE . self::ROUTE ) );
	}

	/**
	 * Whether a callback can be believed at all.
	 */
	public static function is_possible(): bool {
		return (bool) Afterword_Settings::secret_keys( Afterword_Settings::get( 'callback_secret' ) );
	}

	/**
	 * Takes one callback.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return WP_REST_Response|WP_Error
	 * @throws Throwable What failed, so that the service sends again.
	 */
	public static function take( WP_REST_Request $request ) {
		$body = (string) $request->get_body();
		if ( strlen( $body ) > self::MAX_BODY_BYTES ) {
			self::tell( 'too_large' );
			return new WP_Error( 'afterword_too_large', __( 'The callback is too large.', 'afterword' ), array( 'status' => 413 ) );
		}
		$id      = (string) $request->get_header( 'webhook_id' );
		$refusal = self::refusal( $id, (string) $request->get_header( 'webhook_timestamp' ), (string) $request->get_header( 'webhook_signature' ), $body );
		if ( '' !== $refusal ) {
			// One answer for all reasons: a forger learns nothing from it.
			self::tell( $refusal );
			return new WP_Error( 'afterword_signature', __( 'The callback is not signed as it has to be.', 'afterword' ), array( 'status' => 401 ) );
		}
		if ( ! self::claim( $id ) ) {
			// Signed, and printable: no stranger wrote it.
			self::tell( 'duplicate of ' . $id );
			return self::answer( 'duplicate' );
		}
		try {
			$outcome = self::handle( json_decode( $body, true, 64 ) );
		} catch ( Throwable $error ) {
			self::release( $id );
			throw $error;
		}
		if ( 'early' === $outcome ) {
			self::release( $id );
			return new WP_Error( 'afterword_early', __( 'The answer to the request has not been read yet.', 'afterword' ), array( 'status' => 503 ) );
		}
		return self::answer( $outcome );
	}

	/**
	 * Why a callback is not believed.
	 *
	 * @param string $id        Header webhook-id.
	 * @param string $timestamp Header webhook-timestamp.
	 * @param string $signature Header webhook-signature, may hold several.
	 * @param string $body      The body as it came.
	 * @return string Empty when it is believed.
	 */
	public static function refusal( string $id, string $timestamp, string $signature, string $body ): string {
		$keys = Afterword_Settings::secret_keys( Afterword_Settings::get( 'callback_secret' ) );
		if ( ! $keys ) {
			return 'no_secret';
		}
		if ( ! preg_match( self::ID_PATTERN, $id ) || ! preg_match( '/^[0-9]{1,12}$/', $timestamp ) ) {
			return 'headers';
		}
		if ( abs( time() - (int) $timestamp ) > self::TOLERANCE_SECONDS ) {
			return 'timestamp';
		}
		$is_signed = false;
		foreach ( $keys as $key ) {
			// phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_encode -- The format of Standard Webhooks.
			$wanted = 'v1,' . base64_encode( hash_hmac( 'sha256', $id . '.' . $timestamp . '.' . $body, $key, true ) );
			foreach ( preg_split( '/\s+/', $signature ) as $given ) {
				$is_signed = hash_equals( $wanted, $given ) || $is_signed;
			}
		}
		return $is_signed ? '' : 'signature';
	}

	/**
	 * Tells whoever runs the site why a callback was not taken, in PHP's error log: one
	 * short line for a request, of which the web server writes one too. Nothing of the body,
	 * and no secret.
	 *
	 * @param string $reason Why, as refusal() says it.
	 */
	private static function tell( string $reason ) {
		// phpcs:ignore WordPress.PHP.DevelopmentFunctions.error_log_error_log -- Not for debugging: somebody tries to forge callbacks, or the secrets differ.
		error_log( 'Afterword: callback not taken: ' . $reason );
	}

	/**
	 * Acts on a callback that is believed.
	 *
	 * @param mixed $body Decoded.
	 * @return string done, asked (the digest is fetched), ignored or early.
	 */
	private static function handle( $body ): string {
		$data = is_array( $body ) && is_array( $body['data'] ?? null ) ? $body['data'] : $body;
		if ( ! is_array( $data ) || ! is_string( $data['id'] ?? null ) || ! is_string( $data['external_id'] ?? null ) ) {
			return 'ignored';
		}
		$post_id = Afterword_Jobs::post_of( $data['external_id'] );
		$job     = $post_id && get_post( $post_id ) ? Afterword_Store::job( $post_id ) : null;
		if ( ! $job || ! in_array( $job['state'], array( 'queued', 'sent' ), true ) ) {
			return 'ignored';
		}
		if ( 'queued' === $job['state'] ) {
			// Either ours, faster than the answer to our request, or for an older version.
			return 'early';
		}
		if ( ! hash_equals( $job['id'], $data['id'] ) ) {
			return 'ignored';
		}
		if ( Afterword_Jobs::finish( $post_id, $job, $data ) ) {
			return 'done';
		}
		if ( 'done' === ( $data['status'] ?? '' ) ) {
			// Too large for a callback. Fetched by its id from the service that is set;
			// an address in the callback is not followed.
			Afterword_Store::set_job( $post_id, $job, time() );
			Afterword_Jobs::wake();
			return 'asked';
		}
		return 'ignored';
	}

	/**
	 * Takes an id, once. The database lets one of two requests insert it.
	 *
	 * @param string $id Header webhook-id.
	 */
	private static function claim( string $id ): bool {
		global $wpdb;
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- add_option() looks first and inserts then, which two requests could do at once.
		return 1 === $wpdb->query( $wpdb->prepare( "INSERT IGNORE INTO {$wpdb->options} (option_name, option_value, autoload) VALUES (%s, %d, 'no')", self::seen_name( $id ), time() ) );
	}

	/**
	 * Gives an id back, so that the next delivery is taken.
	 *
	 * @param string $id Header webhook-id.
	 */
	private static function release( string $id ) {
		delete_option( self::seen_name( $id ) );
	}

	/**
	 * The option that remembers an id.
	 *
	 * @param string $id Header webhook-id.
	 */
	private static function seen_name( string $id ): string {
		return self::SEEN_PREFIX . hash( 'sha256', $id );
	}

	/**
	 * Forgets ids that come no more: their timestamps are long out of the window.
	 */
	public static function forget_old() {
		global $wpdb;
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- There is no function for options by pattern and age.
		$wpdb->query( $wpdb->prepare( "DELETE FROM {$wpdb->options} WHERE option_name LIKE %s AND option_value + 0 < %d", $wpdb->esc_like( self::SEEN_PREFIX ) . '%', time() - self::SEEN_SECONDS ) );
	}

	/**
	 * An answer that ends the delivery.
	 *
	 * @param string $outcome What was done.
	 */
	private static function answer( string $outcome ): WP_REST_Response {
		return new WP_REST_Response( array( 'outcome' => $outcome ), 200 );
	}
}
