<?php
/**
 * The settings page. Shows no secret, not even to those who may set it.
 *
 * @package Afterword
 */

defined( 'ABSPATH' ) || exit;

/**
 * One page below Settings, by the Settings API, which checks nonce and rights.
 */
final class Afterword_Settings_Page {

	const PAGE  = 'afterword';
	const GROUP = 'afterword';

	/**
	 * Connects to WordPress.
	 */
	public static function connect() {
		add_action( 'admin_menu', array( self::class, 'add' ) );
		add_action( 'admin_init', array( self::class, 'register' ) );
		add_filter( 'plugin_action_links_' . plugin_basename( AFTERWORD_FILE ), array( self::class, 'link' ) );
	}

	/**
	 * Adds the page.
	 */
	public static function add() {
		add_options_page( __( 'Afterword', 'afterword' ), __( 'Afterword', 'afterword' ), 'manage_options', self::PAGE, array( self::class, 'draw' ) );
	}

	/**
	 * Adds a link to the list of plugins.
	 *
	 * @param string[] $links HTML.
	 * @return string[]
	 */
	public static function link( $links ) {
		$url = admin_url( 'options-general.php?page=' . self::PAGE );
		array_unshift( $links, '<a href="' . esc_url( $url ) . '">' . esc_html__( 'Settings', 'afterword' ) . '</a>' );
		return $links;
	}

	/**
	 * Registers the option and its fields.
	 */
	public static function register() {
		register_setting(
			self::GROUP,
			Afterword_Settings::OPTION,
			array(
				'type'              => 'object',
				'sanitize_callback' => array( 'Afterword_Settings', 'sanitize' ),
				'show_in_rest'      => false,
			)
		);
		add_settings_section( 'service', __( 'Service', 'afterword' ), array( self::class, 'draw_callback_url' ), self::PAGE );
		self::field( 'service', 'service_url', __( 'Service URL', 'afterword' ), 'draw_url' );
		self::field( 'service', 'api_key', __( 'API key', 'afterword' ), 'draw_secret' );
		self::field( 'service', 'callback_secret', __( 'Callback secret', 'afterword' ), 'draw_secret' );
		add_settings_section( 'articles', __( 'Articles', 'afterword' ), '__return_null', self::PAGE );
		self::field( 'articles', 'post_types', __( 'Post types', 'afterword' ), 'draw_boxes' );
		self::field( 'articles', 'mode', __( 'When', 'afterword' ), 'draw_choice' );
		self::field( 'articles', 'publish', __( 'Approval', 'afterword' ), 'draw_choice' );
		self::field( 'articles', 'count', __( 'Questions at most', 'afterword' ), 'draw_count' );
		add_settings_section( 'section', __( 'Section', 'afterword' ), '__return_null', self::PAGE );
		self::field( 'section', 'format', __( 'Format of questions', 'afterword' ), 'draw_choice' );
		self::field( 'section', 'summary_style', __( 'Summary', 'afterword' ), 'draw_choice' );
		self::field( 'section', 'parts', __( 'Parts', 'afterword' ), 'draw_boxes' );
		self::field( 'section', 'link_tags', __( 'Related topics', 'afterword' ), 'draw_switch' );
		self::field( 'section', 'disclosure', __( 'Disclosure', 'afterword' ), 'draw_switch' );
	}

	/**
	 * Registers one field.
	 *
	 * @param string $section Of the page.
	 * @param string $name    Of the setting.
	 * @param string $title   For people.
	 * @param string $draw    Of this class.
	 */
	private static function field( string $section, string $name, string $title, string $draw ) {
		$label_for = in_array( $draw, array( 'draw_boxes', 'draw_switch' ), true ) ? array() : array( 'label_for' => 'afterword_' . $name );
		add_settings_field( 'afterword_' . $name, $title, array( self::class, $draw ), self::PAGE, $section, $label_for + compact( 'name', 'title' ) );
	}

	/**
	 * What each choice is called.
	 *
	 * @return array[] Texts by value by setting.
	 */
	private static function choices(): array {
		return array(
			'mode'          => array(
				'manual'    => __( 'When an editor asks for it', 'afterword' ),
				'automatic' => __( 'Whenever a post is published or a published one is changed', 'afterword' ),
			),
			'publish'       => array(
				'review'    => __( 'Nothing is published before an editor has approved it', 'afterword' ),
				'automatic' => __( 'Publish without approval', 'afterword' ),
			),
			'format'        => array(
				'details'   => __( 'Blocks of WordPress itself', 'afterword' ),
				'yoast'     => __( 'FAQ block of Yoast SEO', 'afterword' ),
				'rank_math' => __( 'FAQ block of Rank Math', 'afterword' ),
			),
			'summary_style' => array(
				'paragraph' => __( 'One paragraph', 'afterword' ),
				'points'    => __( 'Key points', 'afterword' ),
			),
			'parts'         => array(
				'summary' => __( 'Summary', 'afterword' ),
				'faq'     => __( 'Questions and answers', 'afterword' ),
				'related' => __( 'Related topics', 'afterword' ),
			),
			'link_tags'     => array( '1' => __( 'Link to the tag of the same name, where there is one', 'afterword' ) ),
			'disclosure'    => array( '1' => __( 'Say that the section was made automatically, with the help of AI', 'afterword' ) ),
		);
	}

	/**
	 * Draws the page.
	 */
	public static function draw() {
		if ( ! current_user_can( 'manage_options' ) ) {
			return;
		}
		echo '<div class="wrap"><h1>' . esc_html( get_admin_page_title() ) . '</h1><form action="options.php" method="post">';
		settings_fields( self::GROUP );
		echo '<input type="hidden" name="' . esc_attr( self::input_name( 'form' ) ) . '" value="1">';
		do_settings_sections( self::PAGE );
		submit_button();
		echo '</form></div>';
	}

	/**
	 * Says where callbacks go, for whoever sets the service up.
	 */
	public static function draw_callback_url() {
		echo '<p>' . esc_html__( 'Callbacks of the service come to:', 'afterword' ) . ' <code>' . esc_html( Afterword_Callback::url() ) . '</code></p>';
	}

	/**
	 * Draws the service's address.
	 *
	 * @param array $field name.
	 */
	public static function draw_url( array $field ) {
		$is_fixed = Afterword_Settings::is_fixed( $field['name'] );
		printf(
			'<input type="url" class="regular-text code" id="%1$s" name="%2$s" value="%3$s" placeholder="https://afterword.example.org"%4$s>',
			esc_attr( 'afterword_' . $field['name'] ),
			esc_attr( self::input_name( $field['name'] ) ),
			esc_attr( Afterword_Settings::get( $field['name'] ) ),
			disabled( $is_fixed, true, false )
		);
		self::draw_fixed( $is_fixed );
	}

	/**
	 * Draws a secret: empty, whether one is saved or not.
	 *
	 * @param array $field name.
	 */
	public static function draw_secret( array $field ) {
		$is_fixed = Afterword_Settings::is_fixed( $field['name'] );
		$is_saved = '' !== Afterword_Settings::get( $field['name'] );
		printf(
			'<input type="password" class="regular-text" id="%1$s" name="%2$s" value="" autocomplete="new-password" placeholder="%3$s"%4$s>',
			esc_attr( 'afterword_' . $field['name'] ),
			esc_attr( self::input_name( $field['name'] ) ),
			esc_attr( $is_saved ? __( 'Saved. Leave empty to keep it.', 'afterword' ) : '' ),
			disabled( $is_fixed, true, false )
		);
		if ( $is_saved && ! $is_fixed ) {
			printf( ' <label><input type="checkbox" name="%1$s" value="1"> %2$s</label>', esc_attr( self::input_name( $field['name'] . '_remove' ) ), esc_html__( 'Remove', 'afterword' ) );
		}
		self::draw_fixed( $is_fixed );
	}

	/**
	 * Says that a setting stands in wp-config.php.
	 *
	 * @param bool $is_fixed Whether it does.
	 */
	private static function draw_fixed( bool $is_fixed ) {
		if ( $is_fixed ) {
			echo '<p class="description">' . esc_html__( 'Set in wp-config.php.', 'afterword' ) . '</p>';
		}
	}

	/**
	 * Draws a choice of one.
	 *
	 * @param array $field name.
	 */
	public static function draw_choice( array $field ) {
		printf( '<select id="%1$s" name="%2$s">', esc_attr( 'afterword_' . $field['name'] ), esc_attr( self::input_name( $field['name'] ) ) );
		foreach ( self::choices()[ $field['name'] ] as $value => $text ) {
			printf( '<option value="%1$s"%2$s>%3$s</option>', esc_attr( $value ), selected( Afterword_Settings::get( $field['name'] ), $value, false ), esc_html( $text ) );
		}
		echo '</select>';
	}

	/**
	 * Draws a choice of several.
	 *
	 * @param array $field name and title.
	 */
	public static function draw_boxes( array $field ) {
		$name    = $field['name'];
		$choices = 'post_types' === $name ? wp_list_pluck( get_post_types( array( 'public' => true ), 'objects' ), 'label' ) : self::choices()[ $name ];
		echo '<fieldset><legend class="screen-reader-text">' . esc_html( $field['title'] ) . '</legend>';
		foreach ( $choices as $value => $text ) {
			$is_on = in_array( $value, Afterword_Settings::get( $name ), true );
			printf( '<label><input type="checkbox" name="%1$s[]" value="%2$s"%3$s> %4$s</label><br>', esc_attr( self::input_name( $name ) ), esc_attr( $value ), checked( $is_on, true, false ), esc_html( $text ) );
		}
		echo '</fieldset>';
	}

	/**
	 * Draws a switch.
	 *
	 * @param array $field name.
	 */
	public static function draw_switch( array $field ) {
		$is_on = Afterword_Settings::get( $field['name'] );
		printf( '<label><input type="checkbox" name="%1$s" value="1"%2$s> %3$s</label>', esc_attr( self::input_name( $field['name'] ) ), checked( $is_on, true, false ), esc_html( self::choices()[ $field['name'] ]['1'] ) );
	}

	/**
	 * Draws a number.
	 *
	 * @param array $field name.
	 */
	public static function draw_count( array $field ) {
		printf(
			'<input type="number" class="small-text" id="%1$s" name="%2$s" value="%3$d" min="1" max="%4$d">',
			esc_attr( 'afterword_' . $field['name'] ),
			esc_attr( self::input_name( $field['name'] ) ),
			absint( Afterword_Settings::get( $field['name'] ) ),
			absint( Afterword_Settings::MAX_COUNT )
		);
	}

	/**
	 * The name of a form's field.
	 *
	 * @param string $name Of the setting.
	 */
	private static function input_name( string $name ): string {
		return Afterword_Settings::OPTION . '[' . $name . ']';
	}
}
