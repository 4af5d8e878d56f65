<?php
/**
 * Writes a section as WordPress blocks, each exactly as its save() would, or the
 * editor would call it invalid. The same markup as the service's own formats
 * (docs/formats.md), but from the items that an editor approved.
 *
 * @package Afterword
 */

defined( 'ABSPATH' ) || exit;

/**
 * From a view, plain texts by part, to blocks. Every text is escaped here.
 */
final class Afterword_Renderer {

	/**
	 * The class of each part, so that one is recognised when an editor moves it.
	 */
	const CLASSES = array(
		'summary'    => 'afterword-summary',
		'faq'        => 'afterword-faq',
		'related'    => 'afterword-related',
		'disclosure' => 'afterword-disclosure',
	);

	/**
	 * Characters that a page or WordPress would act on: HTML, shortcodes, template
	 * tags, and addresses, which WordPress replaces by what they lead to.
	 */
	const ESCAPES = array(
		'&'   => '&amp;',
		'<'   => '&lt;',
		'>'   => '&gt;',
		'['   => '&#91;',
		'{'   => '&#123;',
		'://' => '&#58;//',
	);

	/**
	 * The section.
	 *
	 * @param array  $view   summary (string or array of points), pairs (question,
	 *                       answer), related (text, link), topic and disclosure; what
	 *                       is empty is left out.
	 * @param string $format details, headings, yoast or rank_math.
	 * @param array  $labels As labels() gives them.
	 * @return string Empty when there is nothing to show.
	 */
	public static function section( array $view, string $format, array $labels ): string {
		$blocks = array_merge(
			self::summary( $view['summary'], $labels ),
			$view['pairs'] ? self::faq( $view['pairs'], $format, self::heading_text( 'faq', $view['topic'], $labels ) ) : array(),
			$view['related'] ? self::related( $view['related'], self::heading_text( 'related', $view['topic'], $labels ) ) : array()
		);
		if ( ! $blocks ) {
			return '';
		}
		if ( $view['disclosure'] ) {
			$blocks[] = self::paragraph( 'disclosure', $labels['disclosure'] );
		}
		$class = Afterword_Section::BLOCK_CLASS;
		return self::block(
			'group',
			array(
				'tagName'   => 'section',
				'className' => $class,
			),
			'<section class="wp-block-group ' . $class . '">' . implode( "\n\n", $blocks ) . '</section>'
		);
	}

	/**
	 * The texts beside the article's own, in the site's language.
	 *
	 * @return string[]
	 */
	public static function labels(): array {
		$is_switched = switch_to_locale( get_locale() );
		$labels      = array(
			'faq'           => __( 'Frequently Asked Questions (FAQs)', 'afterword' ),
			/* translators: {topic} stands for the article's topic; leave it as it is. */
			'faq_about'     => __( 'Frequently Asked Questions (FAQs) about {topic}', 'afterword' ),
			'related'       => __( 'More about this story', 'afterword' ),
			/* translators: {topic} stands for the article's topic; leave it as it is. */
			'related_about' => __( 'More about {topic}', 'afterword' ),
			'key_points'    => __( 'Key points', 'afterword' ),
			'disclosure'    => __( 'This section was generated automatically from the article, with the help of AI.', 'afterword' ),
		);
		if ( $is_switched ) {
			restore_previous_locale();
		}
		/**
		 * Filters the headings of a section.
		 *
		 * @param string[] $labels faq, faq_about, related, related_about, key_points, disclosure.
		 */
		return array_merge( $labels, (array) apply_filters( 'afterword_labels', $labels ) );
	}

	/**
	 * The format that this site and post can have: a block that no plugin knows would
	 * be an unsupported one, and Yoast allows one FAQ block in a post.
	 *
	 * @param string $wanted details, yoast or rank_math.
	 * @param string $rest   The post without our section.
	 */
	public static function possible_format( string $wanted, string $rest ): string {
		$names = array(
			'yoast'     => 'yoast/faq-block',
			'rank_math' => 'rank-math/faq-block',
		);
		if ( isset( $names[ $wanted ] ) && self::is_registered( $names[ $wanted ] ) && ! has_block( $names[ $wanted ], $rest ) ) {
			return $wanted;
		}
		// WordPress has core/details since 6.3.
		return self::is_registered( 'core/details' ) ? 'details' : 'headings';
	}

	/**
	 * Whether WordPress knows a block.
	 *
	 * @param string $name Of a block.
	 */
	private static function is_registered( string $name ): bool {
		return WP_Block_Type_Registry::get_instance()->is_registered( $name );
	}

	/**
	 * The summary, running or in points.
	 *
	 * @param string|string[] $summary Plain text.
	 * @param string[]        $labels  As labels() gives them.
	 * @return string[] Blocks.
	 */
	private static function summary( $summary, array $labels ): array {
		if ( ! $summary ) {
			return array();
		}
		if ( is_string( $summary ) ) {
			return array( self::paragraph( 'summary', $summary ) );
		}
		$points = array_map( array( self::class, 'escape' ), $summary );
		return array( self::heading( 'summary', $labels['key_points'] ), self::list_of( 'summary', $points ) );
	}

	/**
	 * The questions and answers under their heading.
	 *
	 * @param array[] $pairs   question and answer.
	 * @param string  $format  details, headings, yoast or rank_math.
	 * @param string  $heading Plain text.
	 * @return string[] Blocks.
	 */
	private static function faq( array $pairs, string $format, string $heading ): array {
		switch ( $format ) {
			case 'yoast':
				$blocks = array( self::yoast( self::with_ids( $pairs ) ) );
				break;
			case 'rank_math':
				$blocks = array( self::rank_math( self::with_ids( $pairs ) ) );
				break;
			case 'headings':
				$blocks = array_merge( ...array_map( array( self::class, 'titled_answer' ), $pairs ) );
				break;
			default:
				$blocks = array_map( array( self::class, 'details' ), $pairs );
		}
		return array_merge( array( self::heading( 'faq', $heading ) ), $blocks );
	}

	/**
	 * A pair that folds.
	 *
	 * @param array $pair question and answer.
	 */
	private static function details( array $pair ): string {
		$class  = self::CLASSES['faq'];
		$answer = self::block( 'paragraph', null, '<p>' . self::escape( $pair['answer'] ) . '</p>' );
		$html   = '<details class="wp-block-details ' . $class . '"><summary>' . self::escape( $pair['question'] ) . '</summary>' . $answer . '</details>';
		return self::block( 'details', array( 'className' => $class ), $html );
	}

	/**
	 * A pair as a heading and a paragraph.
	 *
	 * @param array $pair question and answer.
	 * @return string[] Blocks.
	 */
	private static function titled_answer( array $pair ): array {
		return array( self::heading( 'faq', $pair['question'], 3 ), self::paragraph( 'faq', $pair['answer'] ) );
	}

	/**
	 * Yoast's FAQ block (27.0 and later).
	 *
	 * @param array[] $pairs id, question and answer.
	 */
	private static function yoast( array $pairs ): string {
		$questions = array();
		$html      = '';
		foreach ( $pairs as $pair ) {
			$question    = self::rich_text( $pair['question'] );
			$answer      = self::rich_text( $pair['answer'] );
			$questions[] = array(
				'id'           => $pair['id'],
				'question'     => $question,
				'answer'       => $answer,
				'images'       => array(),
				'jsonQuestion' => $question,
				'jsonAnswer'   => $answer,
			);
			$html       .= '<div class="schema-faq-section" id="' . $pair['id'] . '"><strong class="schema-faq-question">' . self::escape( $pair['question'] )
				. '</strong> <p class="schema-faq-answer">' . self::escape( $pair['answer'] ) . '</p> </div> ';
		}
		return self::block( 'yoast/faq-block', compact( 'questions' ), '<div class="schema-faq wp-block-yoast-faq-block">' . $html . '</div>' );
	}

	/**
	 * Rank Math's FAQ block.
	 *
	 * @param array[] $pairs id, question and answer.
	 */
	private static function rank_math( array $pairs ): string {
		$questions = array();
		$html      = '';
		foreach ( $pairs as $pair ) {
			$questions[] = array(
				'id'      => $pair['id'],
				'title'   => self::rich_text( $pair['question'] ),
				'content' => self::rich_text( $pair['answer'] ),
				'visible' => true,
			);
			$html       .= '<div class="rank-math-faq-item"><h3 class="rank-math-question">' . self::escape( $pair['question'] )
				. '</h3><div class="rank-math-answer">' . self::escape( $pair['answer'] ) . '</div></div>';
		}
		return self::block( 'rank-math/faq-block', compact( 'questions' ), '<div class="wp-block-rank-math-faq-block">' . $html . '</div>' );
	}

	/**
	 * Pairs in typographic writing, which needs no backslash in JSON, each with an id
	 * that stays the same while its question does.
	 *
	 * @param array[] $pairs question and answer.
	 * @return array[]
	 */
	private static function with_ids( array $pairs ): array {
		$taken = array();
		foreach ( $pairs as &$pair ) {
			$pair = array_map( array( self::class, 'typographic' ), $pair );
			$seed = $pair['question'];
			do {
				$id    = 'faq-question-' . self::thirteen_digits( $seed );
				$seed .= '+';
			} while ( isset( $taken[ $id ] ) );
			$taken[ $id ] = true;
			$pair['id']   = $id;
		}
		return $pairs;
	}

	/**
	 * The first 64 bits of a text's hash, below 9e12, plus 1e12. In pieces, since PHP
	 * has no unsigned integers.
	 *
	 * @param string $seed Any text.
	 */
	private static function thirteen_digits( string $seed ): int {
		$number = 0;
		foreach ( str_split( substr( hash( 'sha256', $seed ), 0, 16 ), 2 ) as $byte ) {
			$number = ( $number * 256 + hexdec( $byte ) ) % 9000000000000;
		}
		return 1000000000000 + $number;
	}

	/**
	 * The related topics under their heading.
	 *
	 * @param array[] $related text and link (may be empty).
	 * @param string  $heading Plain text.
	 * @return string[] Blocks.
	 */
	private static function related( array $related, string $heading ): array {
		$items = array();
		foreach ( $related as $topic ) {
			$text    = self::escape( $topic['text'] );
			$items[] = '' === $topic['link'] ? $text : '<a href="' . esc_url( $topic['link'] ) . '" rel="tag">' . $text . '</a>';
		}
		return array( self::heading( 'related', $heading ), self::list_of( 'related', $items ) );
	}

	/**
	 * A heading's text, with the topic where there is one.
	 *
	 * @param string   $part   faq or related.
	 * @param string   $topic  Plain text, may be empty.
	 * @param string[] $labels As labels() gives them.
	 */
	private static function heading_text( string $part, string $topic, array $labels ): string {
		return '' === $topic ? $labels[ $part ] : str_replace( '{topic}', $topic, $labels[ $part . '_about' ] );
	}

	/**
	 * A heading block.
	 *
	 * @param string $part  Of CLASSES.
	 * @param string $text  Plain text.
	 * @param int    $level 2, which is what WordPress takes when nothing is said, or 3.
	 */
	private static function heading( string $part, string $text, int $level = 2 ): string {
		$class      = self::CLASSES[ $part ];
		$attributes = array( 'className' => $class );
		if ( 2 !== $level ) {
			$attributes = array( 'level' => $level ) + $attributes;
		}
		return self::block( 'heading', $attributes, "<h$level class=\"wp-block-heading $class\">" . self::escape( $text ) . "</h$level>" );
	}

	/**
	 * A paragraph block.
	 *
	 * @param string $part Of CLASSES.
	 * @param string $text Plain text.
	 */
	private static function paragraph( string $part, string $text ): string {
		$class = self::CLASSES[ $part ];
		return self::block( 'paragraph', array( 'className' => $class ), '<p class="' . $class . '">' . self::escape( $text ) . '</p>' );
	}

	/**
	 * A list block.
	 *
	 * @param string   $part  Of CLASSES.
	 * @param string[] $items HTML.
	 */
	private static function list_of( string $part, array $items ): string {
		$blocks = array();
		foreach ( $items as $item ) {
			$blocks[] = self::block( 'list-item', null, '<li>' . $item . '</li>' );
		}
		$class = self::CLASSES[ $part ];
		return self::block( 'list', array( 'className' => $class ), '<ul class="wp-block-list ' . $class . '">' . implode( "\n\n", $blocks ) . '</ul>' );
	}

	/**
	 * A block with its saved HTML.
	 *
	 * @param string     $name       Without core/.
	 * @param array|null $attributes For the comment.
	 * @param string     $html       What stands inside.
	 */
	private static function block( string $name, ?array $attributes, string $html ): string {
		$json = null === $attributes ? '' : ' ' . self::json( $attributes );
		return '<!-- wp:' . $name . $json . " -->\n" . $html . "\n<!-- /wp:" . $name . ' -->';
	}

	/**
	 * JSON that cannot end the comment it stands in, and that no unslashing changes
	 * the meaning of where the texts allow it.
	 *
	 * @param array $attributes Of a block.
	 */
	private static function json( array $attributes ): string {
		$json = wp_json_encode( $attributes, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_LINE_TERMINATORS );
		return strtr(
			(string) $json,
			array(
				'\\\\' => '\\u005c',
				'--'   => '\\u002d\\u002d',
				'<'    => '\\u003c',
				'>'    => '\\u003e',
				'&'    => '\\u0026',
				'\\"'  => '\\u0022',
			)
		);
	}

	/**
	 * Plain text for a page.
	 *
	 * @param string $text Plain text.
	 */
	public static function escape( string $text ): string {
		return strtr( $text, self::ESCAPES );
	}

	/**
	 * Plain text for a rich-text attribute.
	 *
	 * @param string $text Plain text.
	 */
	private static function rich_text( string $text ): string {
		return strtr( $text, array_intersect_key( self::ESCAPES, array_flip( array( '&', '<', '>', '[' ) ) ) );
	}

	/**
	 * The same text with typographic quotation marks and dashes.
	 *
	 * @param string $text Plain text.
	 */
	private static function typographic( string $text ): string {
		$text = preg_replace( array( '/-{3,}/', '/--/' ), array( '—', '–' ), $text );
		// Opens after a space, a bracket or a dash, closes after everything else. One
		// after the other, since what stands before a mark may be a mark.
		$out = '';
		foreach ( explode( '"', $text ) as $index => $piece ) {
			if ( 0 < $index ) {
				$out .= preg_match( '/(?:^|[\s\p{Z}(\[{‘“–—\-\/])$/Du', $out ) ? '“' : '”';
			}
			$out .= $piece;
		}
		return $out;
	}
}
