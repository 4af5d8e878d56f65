<?php
/**
 * Talks to the service, as CONTRACT.md says. Knows requests and answers, no posts.
 *
 * @package Afterword
 */

defined( 'ABSPATH' ) || exit;

/**
 * One request and its answer. An error says whether the same request may succeed
 * later (`retry`), whether the whole service is concerned (`pause`) and for how
 * many seconds to wait (`after`).
 */
final class Afterword_Client {

	const TIMEOUT_SECONDS       = 10;
	const SHORT_TIMEOUT_SECONDS = 4;
	const MAX_ANSWER_BYTES      = 2097152;
	const MAX_RETRY_SECONDS     = 86400;
	const ID_PATTERN            = '/^[A-Za-z0-9_.-]{1,100}$/';

	/**
	 * Asks for a digest.
	 *
	 * @param array $request The body.
	 * @param bool  $is_waited_for Whether a person waits for the answer.
	 * @return array|WP_Error The answer's JSON.
	 */
	public static function request_digest( array $request, bool $is_waited_for ) {
		$body = wp_json_encode( $request );
		if ( false === $body ) {
			return self::error( 'refused', __( 'The article cannot be written as JSON.', 'afterword' ) );
		}
		return self::call(
			'POST',
			'/v1/digests',
			array(
				'timeout' => $is_waited_for ? self::SHORT_TIMEOUT_SECONDS : self::TIMEOUT_SECONDS,
				'body'    => $body,
				'headers' => array(
					'Content-Type'    => 'application/json',
					'Prefer'          => 'respond-async',
					// The same body is the same request, however often it is sent.
					'Idempotency-Key' => 'wordpress-' . hash( 'sha256', $body ),
				),
			)
		);
	}

	/**
	 * Asks how far a digest is.
	 *
	 * @param string $id The service's id.
	 * @return array|WP_Error The answer's JSON.
	 */
	public static function fetch_digest( string $id ) {
		if ( ! preg_match( self::ID_PATTERN, $id ) ) {
			return self::error( 'refused', __( 'The service gave an id that is none.', 'afterword' ) );
		}
		return self::call( 'GET', '/v1/digests/' . rawurlencode( $id ), array( 'timeout' => self::TIMEOUT_SECONDS ) );
	}

	/**
	 * Sends one request. It follows no redirect: the key is for this address only.
	 *
	 * @param string $method    GET or POST.
	 * @param string $path      Below the service URL.
	 * @param array  $arguments As of wp_remote_request().
	 * @return array|WP_Error
	 */
	private static function call( string $method, string $path, array $arguments ) {
		$url = Afterword_Settings::get( 'service_url' );
		if ( '' === $url ) {
			return self::error( 'refused', __( 'No service URL is set.', 'afterword' ) );
		}
		$place = Afterword_Address::resolve( $url );
		if ( is_wp_error( $place ) ) {
			$is_down = 'afterword_unreachable' === $place->get_error_code();
			return self::error( $is_down ? 'unreachable' : 'refused', $place->get_error_message(), $is_down, $is_down );
		}
		$arguments['method']              = $method;
		$arguments['redirection']         = 0;
		$arguments['limit_response_size'] = self::MAX_ANSWER_BYTES;
		$arguments['headers']             = self::headers( $arguments['headers'] ?? array() );
		$pin                              = self::pin( $place );
		add_action( 'http_api_curl', $pin );
		try {
			$response = wp_remote_request( $url . $path, $arguments );
		} finally {
			remove_action( 'http_api_curl', $pin );
		}
		return self::read( $response );
	}

	/**
	 * Makes curl connect to the addresses that were checked.
	 *
	 * @param array $place What Afterword_Address::resolve() gave.
	 */
	private static function pin( array $place ): Closure {
		return static function ( $handle ) use ( $place ) {
			if ( filter_var( $place['host'], FILTER_VALIDATE_IP ) ) {
				return;
			}
			$entry = $place['host'] . ':' . $place['port'] . ':' . implode( ',', $place['addresses'] );
			// phpcs:ignore WordPress.WP.AlternativeFunctions.curl_curl_setopt -- The HTTP API hands its handle out for this; it has no option of its own.
			curl_setopt( $handle, CURLOPT_RESOLVE, array( $entry ) );
		};
	}

	/**
	 * Adds what every request has.
	 *
	 * @param array $headers Of this one.
	 * @return array
	 */
	private static function headers( array $headers ): array {
		$headers['Accept'] = 'application/json';
		$key               = Afterword_Settings::get( 'api_key' );
		if ( '' !== $key ) {
			$headers['Authorization'] = 'Bearer ' . $key;
		}
		return $headers;
	}

	/**
	 * Reads an answer.
	 *
	 * @param array|WP_Error $response As of wp_remote_request().
	 * @return array|WP_Error
	 */
	private static function read( $response ) {
		if ( is_wp_error( $response ) ) {
			return self::error( 'unreachable', $response->get_error_message(), true, true );
		}
		$status = (int) wp_remote_retrieve_response_code( $response );
		$body   = json_decode( wp_remote_retrieve_body( $response ), true, 64 );
		if ( $status >= 200 && $status < 300 ) {
			return is_array( $body ) ? $body : self::error( 'unreadable', __( 'The answer of the service is not JSON.', 'afterword' ), true );
		}
		$message = self::problem( $status, is_array( $body ) ? $body : array() );
		if ( 429 === $status || $status >= 500 ) {
			return self::error( 'busy', $message, true, true, self::retry_after( $response ) );
		}
		if ( 408 === $status || 409 === $status ) {
			// 409: the same request is still being taken in.
			return self::error( 'busy', $message, true, false, self::retry_after( $response ) );
		}
		return self::error( 404 === $status ? 'unknown' : 'refused', $message );
	}

	/**
	 * What a problem (RFC 9457) says.
	 *
	 * @param int   $status Of the answer.
	 * @param array $body   Of the answer.
	 */
	private static function problem( int $status, array $body ): string {
		$texts = array();
		foreach ( array( 'title', 'detail' ) as $name ) {
			if ( isset( $body[ $name ] ) && is_string( $body[ $name ] ) ) {
				$texts[] = mb_substr( sanitize_text_field( $body[ $name ] ), 0, 300 );
			}
		}
		if ( 401 === $status || 403 === $status ) {
			$texts[] = __( 'Check the API key in the settings.', 'afterword' );
		}
		/* translators: 1: HTTP status, 2: what the service said about it. */
		return sprintf( __( 'The service answered %1$d. %2$s', 'afterword' ), $status, implode( ' ', $texts ) );
	}

	/**
	 * Seconds to wait; null when the answer does not say.
	 *
	 * @param array $response As of wp_remote_request().
	 */
	private static function retry_after( array $response ): ?int {
		$header = wp_remote_retrieve_header( $response, 'retry-after' );
		$header = is_array( $header ) ? (string) reset( $header ) : (string) $header;
		if ( '' === $header ) {
			return null;
		}
		$seconds = ctype_digit( $header ) ? (int) substr( $header, 0, 9 ) : (int) strtotime( $header ) - time();
		return max( 1, min( self::MAX_RETRY_SECONDS, $seconds ) );
	}

	/**
	 * An error with what follows from it.
	 *
	 * @param string   $code    Short name.
	 * @param string   $message For people.
	 * @param bool     $retry   Whether it may go better later.
	 * @param bool     $pause   Whether other requests had better wait, too.
	 * @param int|null $after   Seconds to wait.
	 */
	private static function error( string $code, string $message, bool $retry = false, bool $pause = false, ?int $after = null ): WP_Error {
		return new WP_Error(
			'afterword_' . $code,
			$message,
			array(
				'retry' => $retry,
				'pause' => $pause,
				'after' => $after,
			)
		);
	}
}
