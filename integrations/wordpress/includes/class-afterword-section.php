<?php
/**
 * Finds our section in a post and puts another in its place. Every other byte of
 * the post stays as it is, which is why the post is not parsed and written again.
 *
 * @package Afterword
 */

defined( 'ABSPATH' ) || exit;

/**
 * Our section is a core/group block with our class, or a plain `<section>` with our
 * attribute (docs/formats.md has the promise).
 */
final class Afterword_Section {

	const BLOCK_CLASS = 'afterword-digest';

	/**
	 * A block's comment, as WP_Block_Parser recognises it.
	 */
	const DELIMITER = '/<!--\s+(?P<closer>\/)?wp:(?P<namespace>[a-z][a-z0-9_-]*\/)?(?P<name>[a-z][a-z0-9_-]*)\s+(?P<attributes>{(?:(?:[^}]+|}+(?=})|(?!}\s+\/?-->).)*+)?}\s+)?(?P<void>\/)?-->/s';

	/**
	 * The same output outside blocks. No element inside has its name, so it ends at
	 * the first end tag.
	 */
	const PLAIN = '/<section\b(?=[^>]*\sclass="(?:[^">]*\s)?afterword-digest[\s"])[^>]*\sdata-afterword="[^">]*"[^>]*>.*?<\/section>/s';

	/**
	 * Where our sections stand.
	 *
	 * @param string $content Of a post.
	 * @return array[]|null Pairs of start and end in bytes, in order; null when a
	 *                      section of ours has no end, so that nobody can tell what
	 *                      belongs to it.
	 */
	public static function ranges( string $content ): ?array {
		$ranges = self::block_ranges( $content );
		if ( null === $ranges ) {
			return null;
		}
		if ( preg_match_all( self::PLAIN, $content, $matches, PREG_OFFSET_CAPTURE ) ) {
			foreach ( $matches[0] as list( $section, $start ) ) {
				$end    = $start + strlen( $section );
				$inside = array_filter(
					$ranges,
					static function ( $range ) use ( $start, $end ) {
						return $start < $range[1] && $end > $range[0];
					}
				);
				if ( ! $inside ) {
					$ranges[] = array( $start, $end );
				}
			}
		}
		sort( $ranges );
		return $ranges;
	}

	/**
	 * Where our blocks stand. Blocks nest, and the last that was opened is the one
	 * that is closed.
	 *
	 * @param string $content Of a post.
	 * @return array[]|null
	 */
	private static function block_ranges( string $content ): ?array {
		$ranges = array();
		$open   = array();
		$depth  = null;
		if ( ! preg_match_all( self::DELIMITER, $content, $matches, PREG_OFFSET_CAPTURE | PREG_SET_ORDER ) ) {
			return $ranges;
		}
		foreach ( $matches as $match ) {
			list( $comment, $offset ) = $match[0];
			$is_closer                = -1 !== $match['closer'][1] && '' !== $match['closer'][0];
			$is_void                  = isset( $match['void'] ) && '' !== $match['void'][0];
			if ( $is_void ) {
				continue;
			}
			if ( ! $is_closer ) {
				$open[] = $offset;
				if ( null === $depth && self::is_own( $match ) ) {
					$depth = count( $open );
				}
				continue;
			}
			$start = array_pop( $open );
			if ( null !== $depth && null !== $start && count( $open ) + 1 === $depth ) {
				$ranges[] = array( $start, $offset + strlen( $comment ) );
				$depth    = null;
			}
		}
		return null === $depth ? $ranges : null;
	}

	/**
	 * Whether a comment opens our group.
	 *
	 * @param array $token Of DELIMITER, with offsets.
	 */
	private static function is_own( array $token ): bool {
		$namespace = $token['namespace'][0] ?? '';
		if ( 'group' !== $token['name'][0] || ! in_array( $namespace, array( '', 'core/' ), true ) ) {
			return false;
		}
		$attributes = json_decode( trim( $token['attributes'][0] ?? '' ), true );
		$classes    = is_array( $attributes ) && is_string( $attributes['className'] ?? null ) ? $attributes['className'] : '';
		return in_array( self::BLOCK_CLASS, preg_split( '/\s+/', $classes ), true );
	}

	/**
	 * Puts a section where ours stands, or at the end. Further copies of ours go.
	 *
	 * @param string $content Of a post.
	 * @param string $markup  The new section; empty to take ours out.
	 * @return string|null Null when the post's blocks are broken.
	 */
	public static function put( string $content, string $markup ): ?string {
		$ranges = self::ranges( $content );
		if ( null === $ranges ) {
			return null;
		}
		$markup = trim( $markup );
		if ( ! $ranges ) {
			$text = rtrim( $content );
			return '' === $markup ? $content : ( '' === $text ? '' : $text . "\n\n" ) . $markup;
		}
		foreach ( array_reverse( $ranges, true ) as $index => list( $start, $end ) ) {
			$before  = substr( $content, 0, $start );
			$after   = substr( $content, $end );
			$content = 0 === $index && '' !== $markup ? $before . $markup . $after : self::close_gap( $before, $after );
		}
		return $content;
	}

	/**
	 * Joins what stood before and after a section that is gone.
	 *
	 * @param string $before Text.
	 * @param string $after  Text.
	 */
	private static function close_gap( string $before, string $after ): string {
		return '' === trim( $after ) ? rtrim( $before ) : rtrim( $before ) . "\n\n" . ltrim( $after );
	}

	/**
	 * The post without our sections.
	 *
	 * @param string $content Of a post.
	 */
	public static function without( string $content ): string {
		$rest = self::put( $content, '' );
		return null === $rest ? $content : $rest;
	}

	/**
	 * Our first section, or nothing.
	 *
	 * @param string $content Of a post.
	 */
	public static function of( string $content ): string {
		$ranges = self::ranges( $content );
		return $ranges ? substr( $content, $ranges[0][0], $ranges[0][1] - $ranges[0][0] ) : '';
	}

	/**
	 * What a section says, apart from how it is written: the editor writes some
	 * characters differently when it saves.
	 *
	 * @param string $markup A section.
	 */
	public static function fingerprint( string $markup ): string {
		$spaced = preg_replace( '/<[^>]*>/', ' ', preg_replace( '/<!--.*?-->/s', ' ', $markup ) );
		$text   = html_entity_decode( $spaced, ENT_QUOTES | ENT_HTML5, 'UTF-8' );
		return hash( 'sha256', trim( preg_replace( '/\s+/u', ' ', $text ) ) );
	}
}
