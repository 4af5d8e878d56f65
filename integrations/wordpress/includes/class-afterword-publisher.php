<?php
/**
 * From a digest and the editors' decisions to the section in the post. The only
 * class that changes a post, and it changes nothing of it but our section.
 *
 * @package Afterword
 */

defined( 'ABSPATH' ) || exit;

/**
 * Writes sections of approved items.
 */
final class Afterword_Publisher {

	/**
	 * The items of a post's digest with what was decided on each and whether its
	 * evidence is gone.
	 *
	 * @param WP_Post $post A post.
	 * @return array[]
	 */
	public static function items( WP_Post $post ): array {
		$digest = Afterword_Store::digest( $post->ID );
		if ( ! $digest ) {
			return array();
		}
		$review     = Afterword_Store::review( $post->ID );
		$is_changed = Afterword_Article::hash( $post ) !== $digest['hash'];
		$squeezed   = $is_changed ? Afterword_Article::squeezed( $post ) : '';
		$items      = array();
		foreach ( $digest['items'] as $item ) {
			$decision         = $review[ $item['key'] ] ?? null;
			$item['decision'] = $decision ? $decision['state'] : 'pending';
			$item['by']       = $decision && $decision['by'] ? self::name_of( $decision['by'] ) : '';
			// The article that the digest was made from holds all its evidence.
			$item['stale'] = $is_changed && Afterword_Digest::is_stale( $item, $squeezed );
			$items[]       = $item;
		}
		return $items;
	}

	/**
	 * The section as it would be written now: what is approved and not stale.
	 *
	 * @param WP_Post $post A post.
	 * @return string Empty when nothing is approved.
	 */
	public static function markup( WP_Post $post ): string {
		$rest   = Afterword_Section::without( $post->post_content );
		$format = Afterword_Renderer::possible_format( Afterword_Settings::get( 'format' ), $rest );
		return Afterword_Renderer::section( self::view( $post ), $format, Afterword_Renderer::labels() );
	}

	/**
	 * What is printed, part by part.
	 *
	 * @param WP_Post $post A post.
	 * @return array As Afterword_Renderer::section() takes it.
	 */
	private static function view( WP_Post $post ): array {
		$settings = Afterword_Settings::all();
		$digest   = Afterword_Store::digest( $post->ID );
		$view     = array(
			'topic'      => $digest ? $digest['topic'] : '',
			'summary'    => '',
			'pairs'      => array(),
			'related'    => array(),
			'disclosure' => $settings['disclosure'],
		);
		foreach ( self::items( $post ) as $item ) {
			$part = 'pair' === $item['kind'] ? 'faq' : $item['kind'];
			if ( 'approved' !== $item['decision'] || $item['stale'] || ! in_array( $part, $settings['parts'], true ) ) {
				continue;
			}
			if ( 'faq' === $part ) {
				$view['pairs'][] = array(
					'question' => $item['question'],
					'answer'   => $item['text'],
				);
			} elseif ( 'summary' === $part ) {
				$view['summary'] = 'points' === $settings['summary_style'] ? wp_list_pluck( $item['sentences'], 'text' ) : $item['text'];
			} else {
				$view['related'] = array_map( array( self::class, 'topic' ), $item['topics'] );
			}
		}
		return $view;
	}

	/**
	 * A related topic, with the address of the tag of that name if there is one.
	 *
	 * @param string $text Plain text.
	 * @return string[] text and link.
	 */
	private static function topic( string $text ): array {
		$link = '';
		if ( Afterword_Settings::get( 'link_tags' ) ) {
			$term = get_term_by( 'name', $text, 'post_tag' );
			$link = $term instanceof WP_Term ? get_term_link( $term ) : '';
		}
		return array(
			'text' => $text,
			'link' => is_string( $link ) ? $link : '',
		);
	}

	/**
	 * How the section in the post stands to what is approved.
	 *
	 * @param WP_Post $post A post.
	 * @return string none, current, outdated (may be replaced), edited (by hand) or
	 *                broken (has no end).
	 */
	public static function section_state( WP_Post $post ): string {
		if ( null === Afterword_Section::ranges( $post->post_content ) ) {
			return 'broken';
		}
		$section = Afterword_Section::of( $post->post_content );
		if ( '' === $section ) {
			return 'none';
		}
		if ( Afterword_Section::fingerprint( $section ) === Afterword_Section::fingerprint( self::markup( $post ) ) ) {
			return 'current';
		}
		return Afterword_Store::is_ours( $post->ID, $section ) ? 'outdated' : 'edited';
	}

	/**
	 * Writes the section into the saved post.
	 *
	 * @param int  $post_id Of a post.
	 * @param bool $force   Whether a section that was edited by hand may go.
	 * @return bool|WP_Error Whether the post was changed.
	 */
	public static function apply( int $post_id, bool $force ) {
		clean_post_cache( $post_id );
		$post = get_post( $post_id );
		if ( ! $post ) {
			return new WP_Error( 'afterword_gone', __( 'There is no such post.', 'afterword' ) );
		}
		$state  = self::section_state( $post );
		$markup = self::markup( $post );
		if ( 'current' === $state ) {
			return false;
		}
		if ( 'broken' === $state ) {
			return new WP_Error( 'afterword_broken', __( 'The section in this post has no end. Mend or remove it in the editor first.', 'afterword' ) );
		}
		if ( 'edited' === $state && ! $force ) {
			return new WP_Error( 'afterword_edited', __( 'The section in this post was edited by hand, so it is left alone.', 'afterword' ) );
		}
		if ( '' === $markup ) {
			return new WP_Error( 'afterword_nothing', __( 'Nothing is approved that still holds.', 'afterword' ) );
		}
		if ( self::is_being_edited( $post_id ) ) {
			return new WP_Error( 'afterword_locked', __( 'Somebody is editing this post.', 'afterword' ) );
		}
		$content = Afterword_Section::put( $post->post_content, $markup );
		$saved   = self::save( $post_id, (string) $content );
		if ( is_wp_error( $saved ) ) {
			return $saved;
		}
		Afterword_Store::remember( $post_id, $markup );
		return true;
	}

	/**
	 * Saves a post's content as it is. Without this, WordPress would filter the whole
	 * post by the rights of whoever runs this, nobody in a background job, and take
	 * out embeds that its author was allowed to put in. Nothing gets in that way:
	 * beside what stood there, it is our own escaped markup.
	 *
	 * @param int    $post_id Of a post.
	 * @param string $content The new content.
	 * @return int|WP_Error
	 */
	private static function save( int $post_id, string $content ) {
		$is_filtered = false !== has_filter( 'content_save_pre', 'wp_filter_post_kses' );
		if ( $is_filtered ) {
			kses_remove_filters();
		}
		try {
			return wp_update_post(
				wp_slash(
					array(
						'ID'           => $post_id,
						'post_content' => $content,
					)
				),
				true
			);
		} finally {
			if ( $is_filtered ) {
				kses_init_filters();
			}
		}
	}

	/**
	 * Whether somebody else has the post open.
	 *
	 * @param int $post_id Of a post.
	 */
	private static function is_being_edited( int $post_id ): bool {
		if ( ! function_exists( 'wp_check_post_lock' ) ) {
			require_once ABSPATH . 'wp-admin/includes/post.php';
		}
		return (bool) wp_check_post_lock( $post_id );
	}

	/**
	 * A user's name for the panel.
	 *
	 * @param int $user_id Of a user.
	 */
	private static function name_of( int $user_id ): string {
		$user = get_userdata( $user_id );
		return $user ? $user->display_name : '';
	}
}
