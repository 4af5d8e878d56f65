<?php
/**
 * What of a post is the article: what is sent, and what evidence is looked up in.
 * Runs no shortcode and no dynamic block, which could do anything.
 *
 * @package Afterword
 */

defined( 'ABSPATH' ) || exit;

/**
 * A post as an article.
 */
final class Afterword_Article {

	/**
	 * The article as HTML, without our own section.
	 *
	 * @param WP_Post $post A post.
	 */
	public static function html( WP_Post $post ): string {
		$content = Afterword_Section::without( $post->post_content );
		$html    = has_blocks( $content ) ? $content : wpautop( $content );
		$html    = self::without_shortcode_tags( preg_replace( '/<!--.*?-->/s', '', $html ) );
		$html    = trim( preg_replace( "/\n{3,}/", "\n\n", $html ) );
		/**
		 * Filters the article that is sent to the service.
		 *
		 * @param string  $html The article.
		 * @param WP_Post $post The post.
		 */
		return (string) apply_filters( 'afterword_article_html', $html, $post );
	}

	/**
	 * Takes the tags of shortcodes out and leaves what stands between them.
	 *
	 * @param string $html Of a post.
	 */
	private static function without_shortcode_tags( string $html ): string {
		global $shortcode_tags;
		if ( ! $shortcode_tags || false === strpos( $html, '[' ) ) {
			return $html;
		}
		$names = implode( '|', array_map( 'preg_quote', array_keys( $shortcode_tags ) ) );
		return (string) preg_replace( '/\[\/?(?:' . str_replace( '/', '\/', $names ) . ')(?=[\s\]\/])[^\]]*\]/', '', $html );
	}

	/**
	 * Tells two versions of an article apart; our own section makes no difference.
	 *
	 * @param WP_Post $post A post.
	 */
	public static function hash( WP_Post $post ): string {
		return hash( 'sha256', $post->post_title . "\0" . self::html( $post ) . "\0" . Afterword_Settings::get( 'count' ) );
	}

	/**
	 * Whether there is anything to read.
	 *
	 * @param WP_Post $post A post.
	 */
	public static function is_empty( WP_Post $post ): bool {
		return '' === self::squeeze( self::html( $post ) );
	}

	/**
	 * The article's text in a form in which quotations are found whatever markup
	 * and spacing stands between their words.
	 *
	 * @param WP_Post $post A post.
	 */
	public static function squeezed( WP_Post $post ): string {
		return self::squeeze( '<p>' . esc_html( $post->post_title ) . '</p>' . self::html( $post ) );
	}

	/**
	 * Whether a quotation still stands in an article.
	 *
	 * @param string $squeezed What squeezed() gave.
	 * @param string $quote    Plain text.
	 */
	public static function has( string $squeezed, string $quote ): bool {
		$quote = self::squeeze( esc_html( $quote ) );
		return '' !== $quote && false !== strpos( $squeezed, $quote );
	}

	/**
	 * Text without tags, spaces and marks that are not seen.
	 *
	 * @param string $html HTML.
	 */
	private static function squeeze( string $html ): string {
		$text = html_entity_decode( wp_strip_all_tags( $html ), ENT_QUOTES | ENT_HTML5, 'UTF-8' );
		return (string) preg_replace( '/[\s\p{Z}\p{Cc}\x{00ad}\x{200b}-\x{200f}\x{2060}\x{feff}]+/u', '', $text );
	}
}
