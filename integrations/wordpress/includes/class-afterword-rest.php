<?php
/**
 * The routes of the panel in the editor. Each wants the right to edit the post;
 * WordPress checks the nonce of the session.
 *
 * @package Afterword
 */

defined( 'ABSPATH' ) || exit;

/**
 * Routes under /wp-json/afterword/v1/posts/ID.
 */
final class Afterword_Rest {

	/**
	 * Connects to WordPress.
	 */
	public static function connect() {
		add_action( 'rest_api_init', array( self::class, 'register' ) );
	}

	/**
	 * Registers the routes.
	 */
	public static function register() {
		self::route( '', 'GET', 'show', array() );
		self::route( '/queue', 'POST', 'queue', array( 'force' => self::flag() ) );
		self::route(
			'/review',
			'POST',
			'review',
			array(
				'decisions' => array(
					'type'                 => 'object',
					'required'             => true,
					'additionalProperties' => array(
						'type' => 'string',
						'enum' => array( 'approved', 'rejected', 'pending' ),
					),
				),
			)
		);
		self::route(
			'/markup',
			'POST',
			'markup',
			array(
				'force'   => self::flag(),
				'section' => array(
					'type'    => 'string',
					'default' => '',
				),
			)
		);
		self::route( '/apply', 'POST', 'apply', array( 'force' => self::flag() ) );
	}

	/**
	 * Registers one route.
	 *
	 * @param string $path      Below the post.
	 * @param string $method    GET or POST.
	 * @param string $callback  Of this class.
	 * @param array  $arguments Beside the post's id.
	 */
	private static function route( string $path, string $method, string $callback, array $arguments ) {
		$arguments['id'] = array(
			'type'     => 'integer',
			'minimum'  => 1,
			'required' => true,
		);
		register_rest_route(
			Afterword_Callback::ROUTE_NAMESPACE,
			'/posts/(?P<id>\d+)' . $path,
			array(
				'methods'             => $method,
				'callback'            => array( self::class, $callback ),
				'permission_callback' => array( self::class, 'may_edit' ),
				'args'                => $arguments,
			)
		);
	}

	/**
	 * A switch that is off unless set.
	 *
	 * @return array
	 */
	private static function flag(): array {
		return array(
			'type'    => 'boolean',
			'default' => false,
		);
	}

	/**
	 * Whether the user may edit the post, and the plugin works on its type.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	public static function may_edit( WP_REST_Request $request ): bool {
		$post = get_post( (int) $request['id'] );
		return $post && Afterword_Settings::covers( $post->post_type ) && current_user_can( 'edit_post', $post->ID );
	}

	/**
	 * All that the panel shows.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	public static function show( WP_REST_Request $request ): WP_REST_Response {
		return self::answer( (int) $request['id'] );
	}

	/**
	 * Queues a job and tries to send it at once. If that fails it stays queued.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	public static function queue( WP_REST_Request $request ): WP_REST_Response {
		$post_id = (int) $request['id'];
		$lane    = 'publish' === get_post_status( $post_id ) ? 'publish' : 'draft';
		$outcome = Afterword_Jobs::enqueue( $post_id, $lane, (bool) $request['force'] );
		if ( 'queued' === $outcome ) {
			Afterword_Jobs::attend_if_free( $post_id, true );
			Afterword_Jobs::wake();
		}
		return self::answer( $post_id, array( 'outcome' => $outcome ) );
	}

	/**
	 * Keeps decisions.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	public static function review( WP_REST_Request $request ): WP_REST_Response {
		$post_id = (int) $request['id'];
		Afterword_Store::decide( $post_id, (array) $request['decisions'], get_current_user_id() );
		return self::answer( $post_id );
	}

	/**
	 * The section for the editor to put in. It changes nothing; saving the post does.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return WP_REST_Response|WP_Error
	 */
	public static function markup( WP_REST_Request $request ) {
		$post_id = (int) $request['id'];
		$present = (string) $request['section'];
		if ( '' !== $present && ! $request['force'] && ! Afterword_Store::is_ours( $post_id, $present ) ) {
			return new WP_Error( 'afterword_edited', __( 'The section in this post was edited by hand.', 'afterword' ), array( 'status' => 409 ) );
		}
		$markup = Afterword_Publisher::markup( get_post( $post_id ) );
		if ( '' === $markup ) {
			return new WP_Error( 'afterword_nothing', __( 'Nothing is approved that still holds.', 'afterword' ), array( 'status' => 409 ) );
		}
		Afterword_Store::remember( $post_id, $markup );
		return new WP_REST_Response( array( 'markup' => $markup ) );
	}

	/**
	 * Writes the section into the saved post.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return WP_REST_Response|WP_Error
	 */
	public static function apply( WP_REST_Request $request ) {
		$post_id = (int) $request['id'];
		$changed = Afterword_Publisher::apply( $post_id, (bool) $request['force'] );
		if ( is_wp_error( $changed ) ) {
			$changed->add_data( array( 'status' => 409 ) );
			return $changed;
		}
		return self::answer( $post_id, compact( 'changed' ) );
	}

	/**
	 * The state of a post.
	 *
	 * @param int   $post_id Of a post.
	 * @param array $more    What else to say.
	 */
	private static function answer( int $post_id, array $more = array() ): WP_REST_Response {
		$post   = get_post( $post_id );
		$job    = Afterword_Store::job( $post_id );
		$digest = Afterword_Store::digest( $post_id );
		$state  = array(
			'job'     => $job ? array(
				'state' => $job['state'],
				'error' => $job['error'],
				'next'  => Afterword_Store::due( $post_id ),
			) : null,
			'digest'  => $digest ? array(
				'topic'    => $digest['topic'],
				'items'    => Afterword_Publisher::items( $post ),
				'model'    => $digest['provenance']['model'],
				'received' => $digest['received'],
				'stale'    => Afterword_Article::hash( $post ) !== $digest['hash'],
			) : null,
			'section' => Afterword_Publisher::section_state( $post ),
		);
		return new WP_REST_Response( $more + $state );
	}
}
