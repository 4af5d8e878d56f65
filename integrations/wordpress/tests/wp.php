<?php
/**
 * Runs a piece of PHP inside WordPress, for the tests: JSON on stdin with root, code,
 * user and vars; the value it returns as JSON after a mark on stdout.
 *
 * @package Afterword
 */

$order = json_decode( stream_get_contents( STDIN ), true );

if ( ! empty( $order['cli'] ) ) {
	// As much of WP-CLI as the commands call, where WP-CLI itself is not installed.
	define( 'WP_CLI', true );
	class WP_CLI {
		public static $lines    = array();
		public static $commands = array();
		public static function add_command( $name, $class ) {
			self::$commands[ $name ] = $class;
		}
		public static function log( $line ) {
			self::$lines[] = $line;
		}
		public static function success( $line ) {
			self::$lines[] = 'Success: ' . $line;
		}
		public static function error( $line ) {
			throw new RuntimeException( $line );
		}
	}
}
if ( ! empty( $order['install'] ) ) {
	define( 'WP_INSTALLING', true );
}
require $order['root'] . '/wp-load.php';
if ( ! empty( $order['user'] ) ) {
	wp_set_current_user( $order['user'] );
}
$run = static function ( array $vars, string $code ) {
	return eval( $code );
};
echo "\n@@@" . wp_json_encode( $run( $order['vars'], $order['code'] ) );
