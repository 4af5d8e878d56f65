<?php
/**
 * Which addresses the plugin may call, so that a setting cannot be used to reach
 * machines behind the site's firewall. Calls nothing itself.
 *
 * @package Afterword
 */

defined( 'ABSPATH' ) || exit;

/**
 * Checks the service's address, and resolves it once: the request then goes to the
 * addresses that were checked, whatever the name says a moment later.
 */
final class Afterword_Address {

	/**
	 * Set to true in wp-config.php, where only the server's operator can, when the
	 * service stands on this machine or in a private network.
	 */
	const ALLOW_INTERNAL = 'AFTERWORD_ALLOW_INTERNAL_SERVICE';

	/**
	 * Loopback and private networks.
	 */
	const INTERNAL = array( '127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '::1/128', 'fc00::/7' );

	/**
	 * Never a service: link-local (metadata of cloud machines), multicast, reserved
	 * and translated ranges.
	 */
	const FORBIDDEN = array( '0.0.0.0/8', '169.254.0.0/16', '192.0.0.0/24', '198.18.0.0/15', '224.0.0.0/4', '240.0.0.0/4', '::/128', 'fe80::/10', 'fec0::/10', 'ff00::/8', '64:ff9b::/96', '64:ff9b:1::/48', '2002::/16', '2001::/32' );

	/**
	 * Takes an address apart, without looking its name up.
	 *
	 * @param string $url The address.
	 * @return array|WP_Error scheme, host and port.
	 */
	public static function parse( string $url ) {
		$parts = wp_parse_url( $url );
		if ( ! is_array( $parts ) || empty( $parts['host'] ) || ! isset( $parts['scheme'] ) || preg_match( '/[\s\x00-\x1f\x7f\\\\]/', $url ) ) {
			return self::refuse( __( 'The service URL is not an address such as https://afterword.example.org.', 'afterword' ) );
		}
		$scheme = strtolower( $parts['scheme'] );
		if ( 'https' !== $scheme && ! ( 'http' === $scheme && self::allows_internal() ) ) {
			return self::refuse( __( 'The service URL has to begin with https://. An unencrypted service in your own network needs AFTERWORD_ALLOW_INTERNAL_SERVICE in wp-config.php.', 'afterword' ) );
		}
		foreach ( array( 'user', 'pass', 'query', 'fragment' ) as $part ) {
			if ( isset( $parts[ $part ] ) ) {
				return self::refuse( __( 'The service URL may not have a user name, a query or a fragment.', 'afterword' ) );
			}
		}
		return array(
			'scheme' => $scheme,
			'host'   => trim( $parts['host'], '[]' ),
			'port'   => isset( $parts['port'] ) ? (int) $parts['port'] : ( 'https' === $scheme ? 443 : 80 ),
		);
	}

	/**
	 * Takes an address apart and looks its name up.
	 *
	 * @param string $url The address.
	 * @return array|WP_Error scheme, host, port and addresses, all of them allowed.
	 */
	public static function resolve( string $url ) {
		$parsed = self::parse( $url );
		if ( is_wp_error( $parsed ) ) {
			return $parsed;
		}
		$addresses = self::look_up( $parsed['host'] );
		if ( ! $addresses ) {
			return new WP_Error( 'afterword_unreachable', __( 'The name of the service could not be resolved.', 'afterword' ) );
		}
		foreach ( $addresses as $address ) {
			if ( ! self::is_allowed( $address ) ) {
				return self::refuse( __( 'The service URL leads to an address that may not be called. A service in your own network needs AFTERWORD_ALLOW_INTERNAL_SERVICE in wp-config.php.', 'afterword' ) );
			}
		}
		$parsed['addresses'] = $addresses;
		return $parsed;
	}

	/**
	 * Whether an IP address may be called.
	 *
	 * @param string $address IPv4 or IPv6.
	 */
	public static function is_allowed( string $address ): bool {
		$bytes = inet_pton( $address );
		if ( false === $bytes ) {
			return false;
		}
		if ( 16 === strlen( $bytes ) && in_array( substr( $bytes, 0, 12 ), array( str_repeat( "\0", 10 ) . "\xff\xff", str_repeat( "\0", 12 ) ), true ) && "\0\0\0\1" !== substr( $bytes, 12 ) ) {
			// An IPv4 address written as IPv6 is the IPv4 address.
			$bytes = substr( $bytes, 12 );
		}
		if ( self::is_in( $bytes, self::FORBIDDEN ) ) {
			return false;
		}
		return self::allows_internal() || ! self::is_in( $bytes, self::INTERNAL );
	}

	/**
	 * Whether an address is in one of the ranges.
	 *
	 * @param string   $bytes  The address, packed.
	 * @param string[] $ranges Ranges as address/bits.
	 */
	private static function is_in( string $bytes, array $ranges ): bool {
		foreach ( $ranges as $range ) {
			list( $start, $bits ) = explode( '/', $range );
			$start                = inet_pton( $start );
			if ( strlen( $start ) === strlen( $bytes ) && self::share_bits( $bytes, $start, (int) $bits ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Whether the first bits of two addresses are the same.
	 *
	 * @param string $one   Packed address.
	 * @param string $other Packed address of the same length.
	 * @param int    $bits  How many bits.
	 */
	private static function share_bits( string $one, string $other, int $bits ): bool {
		$whole = intdiv( $bits, 8 );
		if ( substr( $one, 0, $whole ) !== substr( $other, 0, $whole ) ) {
			return false;
		}
		$rest = $bits % 8;
		$mask = ( 0xff << ( 8 - $rest ) ) & 0xff;
		return 0 === $rest || ( ord( $one[ $whole ] ) & $mask ) === ( ord( $other[ $whole ] ) & $mask );
	}

	/**
	 * All addresses of a host. Numbers in unusual forms (decimal, octal) are
	 * resolved like names, so that they are checked as what they mean.
	 *
	 * @param string $host A name or an IP address.
	 * @return string[]
	 */
	private static function look_up( string $host ): array {
		if ( filter_var( $host, FILTER_VALIDATE_IP ) ) {
			return array( $host );
		}
		$addresses = gethostbynamel( $host );
		$addresses = is_array( $addresses ) ? $addresses : array();
		if ( ! $addresses && preg_match( '/[a-z]/i', $host ) ) {
			// phpcs:ignore WordPress.PHP.NoSilencedErrors.Discouraged -- It warns when a name server does not answer; empty is handled.
			$records   = @dns_get_record( $host, DNS_AAAA );
			$addresses = wp_list_pluck( is_array( $records ) ? $records : array(), 'ipv6' );
		}
		return array_values( array_filter( $addresses, 'is_string' ) );
	}

	/**
	 * Whether the operator allows services in the private network.
	 */
	private static function allows_internal(): bool {
		return defined( self::ALLOW_INTERNAL ) && true === constant( self::ALLOW_INTERNAL );
	}

	/**
	 * An error that trying again does not mend.
	 *
	 * @param string $message What is wrong.
	 */
	private static function refuse( string $message ): WP_Error {
		return new WP_Error( 'afterword_address', $message );
	}
}
