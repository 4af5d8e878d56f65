<?php
/**
 * What the site has set: read, with defaults, and checked on the way in.
 * Draws no page; that is the settings page's part.
 *
 * @package Afterword
 */

defined( 'ABSPATH' ) || exit;

/**
 * The settings, one option in the database. Three of them can be fixed in
 * wp-config.php, which keeps secrets out of the database.
 */
final class Afterword_Settings {

	const OPTION = 'afterword_settings';

	/**
	 * Settings that a constant of wp-config.php overrides.
	 */
	const CONSTANTS = array(
		'service_url'     => 'AFTERWORD_SERVICE_URL',
		'api_key'         => 'AFTERWORD_API_KEY',
		'callback_secret' => 'AFTERWORD_CALLBACK_SECRET',
	);

	/**
	 * Settings whose values are never shown again.
	 */
	const SECRETS = array( 'api_key', 'callback_secret' );

	/**
	 * What each choice may be; the first is the default.
	 */
	const CHOICES = array(
		'mode'          => array( 'manual', 'automatic' ),
		'publish'       => array( 'review', 'automatic' ),
		'format'        => array( 'details', 'yoast', 'rank_math' ),
		'summary_style' => array( 'paragraph', 'points' ),
	);

	const PARTS     = array( 'summary', 'faq', 'related' );
	const MAX_COUNT = 30;

	/**
	 * Bytes of the key inside a secret, as Standard Webhooks wants them.
	 */
	const SECRET_BYTES = array( 24, 64 );

	/**
	 * All settings at their defaults.
	 *
	 * @return array
	 */
	public static function defaults(): array {
		return array(
			'service_url'     => '',
			'api_key'         => '',
			'callback_secret' => '',
			'post_types'      => array( 'post' ),
			'mode'            => 'manual',
			'publish'         => 'review',
			'format'          => 'details',
			'summary_style'   => 'paragraph',
			'parts'           => self::PARTS,
			'count'           => 8,
			'link_tags'       => false,
			'disclosure'      => false,
		);
	}

	/**
	 * All settings as they stand.
	 *
	 * @return array
	 */
	public static function all(): array {
		$saved    = get_option( self::OPTION, array() );
		$settings = array_merge( self::defaults(), is_array( $saved ) ? $saved : array() );
		foreach ( self::CONSTANTS as $name => $constant ) {
			if ( defined( $constant ) ) {
				$settings[ $name ] = (string) constant( $constant );
			}
		}
		return $settings;
	}

	/**
	 * One setting.
	 *
	 * @param string $name Its name, one of defaults().
	 * @return mixed
	 */
	public static function get( string $name ) {
		return self::all()[ $name ];
	}

	/**
	 * Whether a setting stands in wp-config.php.
	 *
	 * @param string $name Its name.
	 */
	public static function is_fixed( string $name ): bool {
		return isset( self::CONSTANTS[ $name ] ) && defined( self::CONSTANTS[ $name ] );
	}

	/**
	 * Whether the plugin works on posts of this type.
	 *
	 * @param string $post_type Name of a post type.
	 */
	public static function covers( string $post_type ): bool {
		return in_array( $post_type, self::get( 'post_types' ), true );
	}

	/**
	 * Checks what a form sent. What is wrong stays as it was, with a message.
	 *
	 * @param mixed $input What was sent.
	 * @return array
	 */
	public static function sanitize( $input ): array {
		$saved = get_option( self::OPTION, array() );
		$known = array_merge( self::defaults(), is_array( $saved ) ? $saved : array() );
		$input = is_array( $input ) ? $input : array();
		$clean = $known;
		foreach ( self::CHOICES as $name => $choices ) {
			if ( isset( $input[ $name ] ) && in_array( $input[ $name ], $choices, true ) ) {
				$clean[ $name ] = $input[ $name ];
			}
		}
		if ( isset( $input['service_url'] ) ) {
			$clean['service_url'] = self::sanitize_url( $input['service_url'], $known['service_url'] );
		}
		foreach ( self::SECRETS as $name ) {
			$clean[ $name ] = self::sanitize_secret( $name, $input, $known[ $name ] );
		}
		if ( isset( $input['count'] ) ) {
			$clean['count'] = max( 1, min( self::MAX_COUNT, (int) $input['count'] ) );
		}
		if ( isset( $input['form'] ) ) {
			// Boxes that are not ticked are not sent; the form says that it was one.
			$clean['post_types'] = self::sanitize_list( $input, 'post_types', get_post_types( array( 'public' => true ) ) );
			$clean['parts']      = self::sanitize_list( $input, 'parts', self::PARTS );
			$clean['link_tags']  = ! empty( $input['link_tags'] );
			$clean['disclosure'] = ! empty( $input['disclosure'] );
		}
		return $clean;
	}

	/**
	 * An address that may be called, without a slash at its end.
	 *
	 * @param mixed  $url   What was sent.
	 * @param string $known What stands now.
	 */
	private static function sanitize_url( $url, string $known ): string {
		$url = is_string( $url ) ? rtrim( trim( $url ), '/' ) : '';
		if ( '' === $url ) {
			return '';
		}
		$checked = Afterword_Address::parse( $url );
		if ( is_wp_error( $checked ) ) {
			self::complain( 'service_url', $checked->get_error_message() );
			return $known;
		}
		return $url;
	}

	/**
	 * A secret: empty keeps it, a tick removes it.
	 *
	 * @param string $name  Its name.
	 * @param array  $input What was sent.
	 * @param string $known What stands now.
	 */
	private static function sanitize_secret( string $name, array $input, string $known ): string {
		if ( ! empty( $input[ $name . '_remove' ] ) ) {
			return '';
		}
		$secret = isset( $input[ $name ] ) && is_string( $input[ $name ] ) ? trim( $input[ $name ] ) : '';
		if ( '' === $secret || $secret === $known ) {
			return $known;
		}
		if ( 'callback_secret' === $name && ! self::secret_keys( $secret ) ) {
			self::complain( $name, __( 'The callback secret has to be whsec_ and the base64 of 24 to 64 bytes.', 'afterword' ) );
			return $known;
		}
		if ( preg_match( '/[^\x21-\x7e ]/', $secret ) ) {
			self::complain( $name, __( 'A key has only printable ASCII characters.', 'afterword' ) );
			return $known;
		}
		return $secret;
	}

	/**
	 * The keys in a callback secret. Several, with spaces between them, let one be
	 * replaced by another without a gap.
	 *
	 * @param string $secrets As written.
	 * @return string[] Empty when one of them is wrong.
	 */
	public static function secret_keys( string $secrets ): array {
		$keys = array();
		foreach ( preg_split( '/\s+/', $secrets, -1, PREG_SPLIT_NO_EMPTY ) as $secret ) {
			if ( 0 !== strpos( $secret, 'whsec_' ) ) {
				return array();
			}
			// phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_decode -- The format of Standard Webhooks.
			$key = base64_decode( substr( $secret, 6 ), true );
			if ( false === $key || strlen( $key ) < self::SECRET_BYTES[0] || strlen( $key ) > self::SECRET_BYTES[1] ) {
				return array();
			}
			$keys[] = $key;
		}
		return $keys;
	}

	/**
	 * The known names among those that were sent.
	 *
	 * @param array    $input What was sent.
	 * @param string   $name  The setting.
	 * @param string[] $known Names that there are.
	 * @return string[]
	 */
	private static function sanitize_list( array $input, string $name, array $known ): array {
		$sent = isset( $input[ $name ] ) && is_array( $input[ $name ] ) ? $input[ $name ] : array();
		return array_values( array_intersect( array_values( $known ), $sent ) );
	}

	/**
	 * Says what was wrong, where there is a page to say it on.
	 *
	 * @param string $name    The setting.
	 * @param string $message What is wrong.
	 */
	private static function complain( string $name, string $message ) {
		if ( function_exists( 'add_settings_error' ) ) {
			add_settings_error( self::OPTION, 'afterword_' . $name, $message );
		}
	}
}
