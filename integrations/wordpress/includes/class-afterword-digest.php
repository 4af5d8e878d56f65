<?php
/**
 * A digest as the service sends it, checked and turned into the items that an
 * editor decides on. Pure: reads and writes no post.
 *
 * @package Afterword
 */

defined( 'ABSPATH' ) || exit;

/**
 * Digests and their items. All texts in them are plain text: data, never markup.
 */
final class Afterword_Digest {

	const MAX_PAIRS      = 50;
	const MAX_RELATED    = 50;
	const MAX_SENTENCES  = 40;
	const MAX_EVIDENCE   = 20;
	const MAX_TEXT_BYTES = 8000;

	/**
	 * Takes what we need out of the wire format (docs/digest.schema.json).
	 *
	 * @param mixed $wire Decoded JSON.
	 * @return array|WP_Error topic, items and provenance.
	 */
	public static function read( $wire ) {
		if ( ! is_array( $wire ) || ! is_array( $wire['faq'] ?? null ) || ! is_array( $wire['related'] ?? null ) ) {
			return new WP_Error( 'afterword_unreadable', __( 'The service sent something that is not a digest.', 'afterword' ) );
		}
		$items = array();
		if ( is_array( $wire['summary'] ?? null ) ) {
			$items[] = self::passage( 'summary', '', $wire['summary'] );
		}
		foreach ( array_slice( $wire['faq'], 0, self::MAX_PAIRS ) as $pair ) {
			$question = self::text( $pair['question'] ?? null );
			if ( '' !== $question && is_array( $pair['answer'] ?? null ) ) {
				$items[] = self::passage( 'pair', $question, $pair['answer'] );
			}
		}
		$items[] = self::related( $wire['related'] );
		return array(
			'topic'      => self::text( $wire['topic'] ?? null ),
			'items'      => array_values( array_filter( $items ) ),
			'provenance' => self::provenance( $wire['provenance'] ?? null ),
		);
	}

	/**
	 * A summary or an answer, sentence by sentence.
	 *
	 * @param string $kind     summary or pair.
	 * @param string $question Empty for a summary.
	 * @param array  $passage  Of the wire format.
	 * @return array|null Null without a sentence that has evidence.
	 */
	private static function passage( string $kind, string $question, array $passage ): ?array {
		$sentences = array();
		$wire      = is_array( $passage['sentences'] ?? null ) ? $passage['sentences'] : array();
		foreach ( array_slice( $wire, 0, self::MAX_SENTENCES ) as $sentence ) {
			$text     = self::text( $sentence['text'] ?? null );
			$evidence = self::evidence( $sentence['evidence'] ?? null );
			if ( '' === $text || ! $evidence ) {
				return null;
			}
			$sentences[] = compact( 'text', 'evidence' );
		}
		if ( ! $sentences ) {
			return null;
		}
		$text = implode( ' ', wp_list_pluck( $sentences, 'text' ) );
		$key  = self::key( $kind, array( $question, $text ) );
		return compact( 'key', 'kind', 'question', 'text', 'sentences' );
	}

	/**
	 * The quotations behind a sentence.
	 *
	 * @param mixed $wire Of the wire format.
	 * @return array[]
	 */
	private static function evidence( $wire ): array {
		$evidence = array();
		foreach ( array_slice( is_array( $wire ) ? $wire : array(), 0, self::MAX_EVIDENCE ) as $place ) {
			$quote = self::text( $place['quote'] ?? null );
			if ( '' !== $quote ) {
				$score      = is_numeric( $place['score'] ?? null ) ? round( (float) $place['score'], 3 ) : null;
				$evidence[] = compact( 'quote', 'score' );
			}
		}
		return $evidence;
	}

	/**
	 * All related topics, which are decided on together.
	 *
	 * @param array $wire Of the wire format.
	 * @return array|null
	 */
	private static function related( array $wire ): ?array {
		$topics = array_map( array( self::class, 'text' ), array_slice( $wire, 0, self::MAX_RELATED ) );
		$topics = array_values( array_filter( $topics, 'strlen' ) );
		if ( ! $topics ) {
			return null;
		}
		return array(
			'key'       => self::key( 'related', $topics ),
			'kind'      => 'related',
			'question'  => '',
			'text'      => implode( ', ', $topics ),
			'topics'    => $topics,
			'sentences' => array(),
		);
	}

	/**
	 * What the digest was made with, for the panel.
	 *
	 * @param mixed $wire Of the wire format.
	 * @return array
	 */
	private static function provenance( $wire ): array {
		$known = array();
		foreach ( array( 'model', 'prompt_version', 'pipeline_version', 'source_sha256' ) as $name ) {
			$known[ $name ] = is_array( $wire ) ? self::text( $wire[ $name ] ?? null ) : '';
		}
		return $known;
	}

	/**
	 * The same content has the same key, so that a decision outlives a new digest.
	 *
	 * @param string   $kind  Of an item.
	 * @param string[] $texts Of an item.
	 */
	private static function key( string $kind, array $texts ): string {
		return $kind . '-' . substr( hash( 'sha256', implode( "\n", $texts ) ), 0, 16 );
	}

	/**
	 * One line of valid UTF-8 without control characters; empty for what is none.
	 *
	 * @param mixed $value Of the wire format.
	 */
	public static function text( $value ): string {
		if ( ! is_string( $value ) || strlen( $value ) > self::MAX_TEXT_BYTES ) {
			return '';
		}
		$line = preg_replace( '/[ \p{Cc}]+/u', ' ', $value );
		return null === $line ? '' : preg_replace( '/^\s+|\s+$/u', '', $line );
	}

	/**
	 * Whether what backs an item is gone from the article. Related topics have no
	 * quotations, and so are never stale.
	 *
	 * @param array  $item     An item.
	 * @param string $squeezed What Afterword_Article::squeezed() gave.
	 */
	public static function is_stale( array $item, string $squeezed ): bool {
		foreach ( $item['sentences'] as $sentence ) {
			foreach ( $sentence['evidence'] as $place ) {
				if ( ! Afterword_Article::has( $squeezed, $place['quote'] ) ) {
					return true;
				}
			}
		}
		return false;
	}
}
