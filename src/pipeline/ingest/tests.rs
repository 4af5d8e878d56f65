//! Tests of the whole stage: one per rule, and the promises of `Article` on
//! arbitrary input.

use proptest::prelude::*;

use super::*;
use crate::pipeline::SourceScope;
use crate::pipeline::article::BlockKind::{self, *};

mod pastes;
mod sources;

fn limits() -> Limits {
    Limits {
        max_item_bytes: 1 << 24,
        max_input_bytes: 1_000_000,
        max_html_nodes: 500_000,
        min_article_words: 1,
        min_article_facts: 0,
        max_article_words: 100_000,
        max_faq_pairs: 8,
        max_answer_words: 60,
        max_waiting_batches: 8,
        max_article_items: 100,
        max_house_style_bytes: 4096,
        max_edit_bytes: 4000,
        max_digest: std::time::Duration::from_secs(3600),
    }
}

fn input(kind: SourceKind, text: &str) -> Input {
    Input {
        bytes: text.as_bytes().to_vec(),
        kind,
        scope: SourceScope::Auto,
        title: None,
        charset: None,
        language: None,
    }
}

fn read(kind: SourceKind, text: &str) -> Article {
    ingest(&input(kind, text), &limits()).unwrap()
}

fn blocks(article: &Article) -> Vec<(BlockKind, &str)> {
    let text_of = |block| article.block_text(block);
    article
        .blocks
        .iter()
        .map(|block| (block.kind, text_of(block)))
        .collect()
}

fn reasons(article: &Article) -> Vec<&str> {
    article
        .dropped
        .iter()
        .map(|dropped| dropped.reason)
        .collect()
}

fn refusal(kind: SourceKind, bytes: &[u8], limits: &Limits) -> &'static str {
    let input = Input {
        bytes: bytes.to_vec(),
        kind,
        scope: SourceScope::Auto,
        title: None,
        charset: None,
        language: None,
    };
    ingest(&input, limits)
        .map(|_| "read")
        .unwrap_or_else(|error| error.code())
}

const FIRST: &str =
    "The harbour board voted on Monday to rebuild the old ferry pier before winter.";
const SECOND: &str =
    "Work will start in August, and the ferries will leave from the north quay until then.";
const THIRD: &str =
    "The board expects the pier to cost 4.2 million euros, most of it paid by the port.";

#[test]
fn unusable_input_is_refused_by_its_reason() {
    let strict = Limits {
        max_input_bytes: 200,
        min_article_words: 5,
        max_article_words: 20,
        ..limits()
    };
    let code = |bytes: &[u8]| refusal(SourceKind::Text, bytes, &strict);
    assert_eq!(code(b""), "empty_input");
    assert_eq!(code(&[b'a'; 201]), "too_many_bytes");
    assert_eq!(code(b"ab\xffcd"), "not_utf8");
    assert_eq!(code(b" \n\xc2\xa0\n"), "no_text");
    assert_eq!(code("\u{feff}".as_bytes()), "no_text");
    assert_eq!(code(b"Three words only."), "too_few_words");
    assert_eq!(code("word ".repeat(21).as_bytes()), "too_many_words");
    assert_eq!(code(FIRST.as_bytes()), "read");
}

#[test]
fn a_bad_byte_is_named_by_its_offset() {
    let bytes = Input {
        bytes: b"abc\xff".to_vec(),
        ..input(SourceKind::Text, "")
    };
    let error = ingest(&bytes, &limits()).unwrap_err();
    assert!(matches!(error, PipelineError::NotUtf8 { offset: 3 }));
}

#[test]
fn the_language_is_detected_and_only_english_is_read() {
    let english = [FIRST, SECOND, THIRD].join("\n\n");
    assert_eq!(read(SourceKind::Text, &english).language, Some("en"));
    assert_eq!(read(SourceKind::Text, "Short and sweet.").language, None);
    let german = "Der Hafenrat hat am Montag beschlossen, den alten Anleger vor dem Winter neu zu \
        bauen. Die Arbeiten beginnen im August, und bis dahin fahren die Schiffe vom nördlichen Kai \
        ab. Der Neubau kostet vier Millionen Euro.";
    assert_eq!(
        refusal(SourceKind::Text, german.as_bytes(), &limits()),
        "language_unsupported"
    );
    let told = Input {
        language: language("en"),
        ..input(SourceKind::Text, german)
    };
    let article = ingest(&told, &limits()).expect("the caller knows better");
    assert_eq!(article.language, Some("en"));
    assert_eq!(language("de"), None);
    let strict = Limits {
        min_article_words: 50,
        ..limits()
    };
    let japanese =
        "港湾委員会は月曜日に、冬が来る前に古いフェリー埠頭を再建することを決定した。".repeat(8);
    assert_eq!(
        refusal(SourceKind::Text, japanese.as_bytes(), &strict),
        "language_unsupported"
    );
    assert_eq!(
        refusal(SourceKind::Text, b"Drei Worte nur.", &strict),
        "too_few_words"
    );
}

#[test]
fn foreign_names_do_not_make_an_article_foreign() {
    let text = "Ministers Kozłowski, Müller-Lüdenscheidt and Nguyễn met governor Kozhemyako in \
        Szczecin on Friday. They agreed on fishing quotas for the coming year and on a joint fund \
        for smaller ports.";
    assert_eq!(read(SourceKind::Text, text).language, Some("en"));
}

#[test]
fn a_list_of_foreign_editions_does_not_make_an_article_foreign() {
    let editions =
        "<p>Deutschland</p><p>Österreich und Schweiz</p><p>Nachrichten auf Deutsch</p>".repeat(4);
    let html = format!("{editions}<ul><li>{FIRST}</li><li>{SECOND}</li><li>{THIRD}</li></ul>");
    assert_eq!(read(SourceKind::Html, &html).language, Some("en"));
}

#[test]
fn plain_text_has_a_title_headings_lists_and_wrapped_lines() {
    let text = format!(
        "Board Backs New Ferry Pier\n\n{FIRST}\n\nWhat It Will Cost\n\nThe board expects\nto spend:\n\
         - 4 million on the pier\n* one million\n  on cranes\n2. the rest later\n\nWho pays?\n\n{SECOND}\r\n\r\n{THIRD}"
    );
    let article = read(SourceKind::Text, &text);
    assert_eq!(article.title_text(), Some("Board Backs New Ferry Pier"));
    let expected = [
        (Heading(1), "Board Backs New Ferry Pier"),
        (Paragraph, FIRST),
        (Heading(2), "What It Will Cost"),
        (Paragraph, "The board expects to spend:"),
        (ListItem, "4 million on the pier"),
        (ListItem, "one million on cranes"),
        (ListItem, "the rest later"),
        (Heading(2), "Who pays?"),
        (Paragraph, SECOND),
        (Paragraph, THIRD),
    ];
    assert_eq!(blocks(&article), expected);
}

#[test]
fn long_lines_are_paragraphs_without_blank_lines() {
    let long = format!("{FIRST} {SECOND}");
    let article = read(SourceKind::Text, &format!("{long}\n{THIRD}"));
    assert_eq!(
        blocks(&article),
        [(Paragraph, long.as_str()), (Paragraph, THIRD)]
    );
}

fn pasted_page() -> String {
    format!(
        "LOG IN\n\nBoard Backs New Ferry Pier After Long Debate\n\nby Ann Holt\n3 comments\nHarbour News\n\n\
         {FIRST}\n\n{SECOND}\n\nAdvertisement\n\nCosts and Funding\n\n{THIRD}\n\n\
         Contributors: Bo Ek in Bergen; Ann Lee in Oslo.\n\n\
         For more local coverage, visit our harbour pages.\n\n\
         Frequently Asked Questions (FAQs) about Ferry Pier\n\nWhen does work start?\n\nIt starts in August.\n\n\
         Who pays?\n\nMostly the port pays.\n\nMore about Ferry Pier\n\n  • Ports\n  • Ferries\n\n\
         You may also like\n\n3 comments\n\nTomW May 3, 2024 - 1:51 am\n\nAnother pier nobody asked for.\n\nReply\n\
         SueB May 3, 2024 - 2:10 am\n\nI like it.\n\nReply\n\nLeave a Comment\n\nThe Harbour Post brings you news.\n\n\
         © 2024 The Harbour Post\n\nen_GBEnglish"
    )
}

#[test]
fn a_pasted_page_gives_the_article_alone() {
    let article = read(SourceKind::Text, &pasted_page());
    let expected = [
        (Heading(1), "Board Backs New Ferry Pier After Long Debate"),
        (Paragraph, FIRST),
        (Paragraph, SECOND),
        (Heading(2), "Costs and Funding"),
        (Paragraph, THIRD),
    ];
    assert_eq!(blocks(&article), expected);
    let reasons = reasons(&article);
    for reason in [
        "navigation",
        "byline",
        "comments",
        "kicker",
        "advert",
        "contributors",
        "promo",
        "older_faq",
        "related",
        "footer",
        "language_switcher",
    ] {
        assert!(
            reasons.contains(&reason),
            "{reason} is not among {reasons:?}"
        );
    }
}

#[test]
fn every_word_is_either_kept_or_dropped_with_a_reason() {
    let page = pasted_page();
    let article = read(SourceKind::Text, &page);
    let dropped: usize = article.dropped.iter().map(|dropped| dropped.words).sum();
    let bullets = page.matches('•').count();
    assert_eq!(
        article.words() + dropped,
        page.split_whitespace().count() - bullets
    );
}

#[test]
fn an_early_marker_does_not_cost_the_body() {
    for marker in [
        "12 comments",
        "Related articles",
        "You may also like",
        "Leave a Comment",
    ] {
        let text = format!("{FIRST}\n\n{marker}\n\n{SECOND}\n\n{THIRD}");
        let article = read(SourceKind::Text, &text);
        assert_eq!(
            blocks(&article),
            [(Paragraph, FIRST), (Paragraph, SECOND), (Paragraph, THIRD)],
            "{marker}"
        );
    }
}

#[test]
fn a_box_of_teasers_does_not_end_the_article() {
    let body = [FIRST, SECOND, THIRD].join("\n\n");
    let teasers = "Read also\n\n- Harbour fees to rise\n- A new crane for the quay";
    let on = format!("{body}\n\n{teasers}\n\n{SECOND}\n\n{THIRD}");
    assert_eq!(read(SourceKind::Text, &on).blocks.len(), 5);
    let end = format!("{body}\n\n{teasers}\n\n{SECOND}\n\nFerry to stop\n\n{THIRD}");
    assert_eq!(read(SourceKind::Text, &end).blocks.len(), 3);
}

#[test]
fn a_long_comment_thread_ends_a_short_article() {
    let body = [FIRST, SECOND, THIRD, FIRST, SECOND, THIRD].join("\n\n");
    let comment = "SueB May 3, 2024 - 2:10 am\n\nI walked there on Sunday and saw nothing at all of it.\n\nReply\n\n";
    let article = read(
        SourceKind::Text,
        &format!("{body}\n\n40 comments\n\n{}", comment.repeat(40)),
    );
    assert_eq!(article.blocks.len(), 6);
}

#[test]
fn an_article_made_of_questions_is_kept() {
    let text = format!(
        "What to know about the pier.\n\nFAQ\n\nWhen does work start?\n\n{SECOND}\n\nWhat does it cost?\n\n{THIRD} {FIRST}"
    );
    let article = read(SourceKind::Text, &text);
    assert!(article.text.contains(SECOND) && article.text.contains(THIRD));
}

#[test]
fn a_section_after_an_older_faq_is_kept() {
    let text = format!(
        "{FIRST}\n\n{SECOND}\n\nFAQs\n\nWho pays?\n\nThe port pays.\n\nIt pays all of it.\n\nWhen?\n\nIn August.\n\nNext Steps for the Board\n\n{THIRD}"
    );
    let article = read(SourceKind::Text, &text);
    let expected = [
        (Paragraph, FIRST),
        (Paragraph, SECOND),
        (Heading(2), "Next Steps for the Board"),
        (Paragraph, THIRD),
    ];
    assert_eq!(blocks(&article), expected);
}

#[test]
fn html_blocks_have_their_kinds() {
    let html = format!(
        "<h1>Board Backs <em>New</em> Pier</h1><p>{FIRST}</p><h2>Costs</h2><ul><li>a <b>p</b>ier</li><li><p>two cranes</p></li></ul>\
         <blockquote><p>It is time.</p></blockquote><table><caption>Costs in euros</caption><tr><th>Pier</th><td>4&nbsp;million</td></tr></table>\
         <figure><img alt=no><figcaption>The old pier.</figcaption></figure><div>One line<br>and more<br><br>Next &amp; last</div>"
    );
    let article = read(SourceKind::Html, &html);
    let expected = [
        (Heading(1), "Board Backs New Pier"),
        (Paragraph, FIRST),
        (Heading(2), "Costs"),
        (ListItem, "a pier"),
        (ListItem, "two cranes"),
        (Quote, "It is time."),
        (Caption, "Costs in euros"),
        (TableRow, "Pier; 4 million"),
        (Caption, "The old pier."),
        (Paragraph, "One line and more"),
        (Paragraph, "Next & last"),
    ];
    assert_eq!(blocks(&article), expected);
    assert_eq!(article.title, Some(0));
}

#[test]
fn a_whole_page_gives_its_article() {
    let body = [FIRST, SECOND, THIRD]
        .map(|text| format!("<p>{text}</p>"))
        .concat();
    let html = format!(
        "<!doctype html><title>Pier - The Post</title><body><header><a>The Harbour Post</a></header><nav>News Sport</nav>\
         <main><article class=category-social><header><h1>Board backs the new pier</h1><div class=byline>Ann Holt</div></header>\
         <script>var secret;</script><style>p{{}}</style><!-- note -->{body}<p hidden>hidden words</p><p style='display: none'>more hidden</p>\
         <div class='social-share'>Share</div><aside>An aside</aside><div id=comments><p>A comment</p></div></article></main><footer>Imprint</footer>"
    );
    let article = read(SourceKind::Html, &html);
    assert_eq!(article.title_text(), Some("Board backs the new pier"));
    let texts: Vec<_> = blocks(&article)
        .into_iter()
        .skip(1)
        .map(|(_, text)| text)
        .collect();
    assert_eq!(texts, [FIRST, SECOND, THIRD]);
    assert_eq!(
        reasons(&article),
        [
            "navigation",
            "byline",
            "hidden",
            "share",
            "aside",
            "comments",
            "footer"
        ]
    );
}

#[test]
fn older_faq_blocks_are_dropped_and_a_single_details_is_not() {
    let blocks_of = [
        "<section class='afterword'><p>Who?</p></section>",
        "<section data-afterword><p>Who?</p></section>",
        "<div class='schema-faq wp-block-yoast-faq-block'><strong>Who?</strong><p>The port.</p></div>",
        "<div class='wp-block-rank-math-faq-block'><h3>Who?</h3><div>The port.</div></div>",
        "<details class=wp-block-details><summary>Who?</summary><p>A</p></details>\n<details class=wp-block-details><summary>When?</summary><p>B</p></details>",
    ];
    for block in blocks_of {
        let article = read(
            SourceKind::Html,
            &format!("<p>{FIRST}</p>{block}<p>{SECOND}</p>"),
        );
        assert_eq!(
            blocks(&article),
            [(Paragraph, FIRST), (Paragraph, SECOND)],
            "{block}"
        );
        assert_eq!(reasons(&article), ["older_faq"], "{block}");
    }
    for kept in [
        "<div class=afterword><p>It has two parts.</p></div>",
        "<details class=wp-block-details><summary>The plan</summary><p>It has two parts.</p></details>\n\
         <details class=wp-block-details><summary>The cost</summary><p>4</p></details>",
    ] {
        let article = read(SourceKind::Html, &format!("<p>{FIRST}</p>{kept}"));
        assert!(article.text.contains("It has two parts."), "{kept}");
    }
    let single = "<details class=wp-block-details><summary>The plan</summary><p>It has two parts.</p></details>";
    let article = read(SourceKind::Html, &format!("<p>{FIRST}</p>{single}"));
    assert!(article.text.contains("It has two parts."));
}

#[test]
fn an_article_made_of_a_plugins_questions_is_read() {
    let item =
        format!("<div class=schema-faq-section><strong>Who pays?</strong><p>{THIRD}</p></div>");
    let items = item.repeat(4);
    let html =
        format!("<h1>The pier</h1><div class='schema-faq wp-block-yoast-faq-block'>{items}</div>");
    for html in [
        html.clone(),
        format!("<!doctype html><body><main>{html}</main>"),
    ] {
        let article = read(SourceKind::Html, &html);
        assert!(article.text.contains(THIRD), "{:?}", article.dropped);
        assert_eq!(article.older_faqs, []);
    }
}

#[test]
fn a_class_name_does_not_cost_the_body() {
    let html = format!("<div class='author comments'><p>{FIRST}</p><p>{SECOND}</p></div>");
    assert_eq!(read(SourceKind::Html, &html).blocks.len(), 2);
}

#[test]
fn layout_tables_are_read_as_paragraphs() {
    let html = format!("<table><tr><td><p>{FIRST}</p><p>{SECOND}</p></td></tr></table>");
    assert_eq!(
        blocks(&read(SourceKind::Html, &html)),
        [(Paragraph, FIRST), (Paragraph, SECOND)]
    );
}

#[test]
fn deep_and_broken_html_is_read() {
    let deep = format!(
        "{}<p>{FIRST}{}",
        "<div><b><table><td>".repeat(25_000),
        "</div>".repeat(25_000)
    );
    assert!(read(SourceKind::Html, &deep).text.contains(FIRST));
    let broken = format!("<p {} <<< {FIRST} & co <b", "a=1 ".repeat(10) + ">");
    assert!(read(SourceKind::Html, &broken).text.contains(FIRST));
}

#[test]
fn markdown_has_its_blocks_and_front_matter() {
    let markdown = format!(
        "---\ntitle: \"Board backs pier\"\ndate: 2024-05-03\n---\n\n{FIRST}\n\n## Costs\n\n- a [pier](https://a.example)\n- two *cranes*\n\n\
         > It is time.\n\n| Item | Cost |\n|---|---|\n| Pier | 4 |\n\n![no](x.png)\n\n```\nlet code = 1;\n```\n\n<div>raw</div>\n\n{SECOND}\n"
    );
    let article = read(SourceKind::Markdown, &markdown);
    let expected = [
        (Heading(1), "Board backs pier"),
        (Paragraph, FIRST),
        (Heading(2), "Costs"),
        (ListItem, "a pier"),
        (ListItem, "two cranes"),
        (Quote, "It is time."),
        (TableRow, "Item; Cost"),
        (TableRow, "Pier; 4"),
        (Paragraph, "raw"),
        (Paragraph, SECOND),
    ];
    assert_eq!(blocks(&article), expected);
    assert_eq!(reasons(&article), ["front_matter", "code"]);
    assert_eq!(article.metadata.date.as_deref(), Some("2024-05-03"));
}

#[test]
fn a_given_title_is_the_title_once() {
    let with_title = |title: &str, text: &str| {
        let input = Input {
            title: Some(title.to_owned()),
            charset: None,
            ..input(SourceKind::Markdown, text)
        };
        ingest(&input, &limits()).unwrap()
    };
    let same = with_title(
        "board  BACKS pier",
        &format!("# Board Backs Pier\n\n{FIRST}"),
    );
    assert_eq!(
        blocks(&same),
        [(Heading(1), "Board Backs Pier"), (Paragraph, FIRST)]
    );
    let other = with_title(
        "Pier to be rebuilt",
        &format!("# Board Backs Pier\n\n{FIRST}"),
    );
    assert_eq!(
        blocks(&other)[..2],
        [
            (Heading(1), "Pier to be rebuilt"),
            (Heading(2), "Board Backs Pier")
        ]
    );
    assert_eq!(other.title, Some(0));
    let none = with_title("  ", FIRST);
    assert_eq!(none.title, None);
}

fn kinds() -> impl Strategy<Value = SourceKind> {
    prop_oneof![
        Just(SourceKind::Text),
        Just(SourceKind::Html),
        Just(SourceKind::Markdown)
    ]
}

/// Text that looks enough like pages and markup to reach the rules.
fn sources() -> impl Strategy<Value = String> {
    let parts = prop_oneof![
        "\\PC{0,20}",
        "[a-zA-Zé“”.?! \n]{0,30}",
        prop::sample::select(vec![
            "\n\n",
            "\r\n",
            "<p>",
            "</p>",
            "<div class=comments>",
            "</div>",
            "<br>",
            "<br><br>",
            "<table><tr><td>",
            "</table>",
            "<li>",
            "<h1>",
            "</h1>",
            "<b>",
            "</i>",
            "<svg>",
            "<script>",
            "</script>",
            "<!--",
            "-->",
            "<a href='",
            "&amp;",
            "&#x0;",
            "- ",
            "# ",
            "> ",
            "| a | b |\n|---|---|\n",
            "```\n",
            "---\n",
            "FAQ\n\n",
            "Who pays?\n\n",
            "More about it\n\n",
            "3 comments\n\n",
            "Reply\n",
            "You may also like\n\n",
            "by Ann Holt\n",
            "\u{feff}",
            "\u{200b}",
            "\u{ad}",
            "\u{2028}",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(parts, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_input_keeps_the_promises_of_an_article(kind in kinds(), source in sources(), title in prop::option::of("\\PC{0,20}")) {
        let input = Input { title, ..input(kind, &source) };
        let Ok(article) = ingest(&input, &limits()) else {
            return Ok(());
        };
        let mut end = 0;
        for block in &article.blocks {
            prop_assert!(block.span.start >= end && block.span.start < block.span.end);
            prop_assert!(article.text[end..block.span.start].trim().is_empty());
            let text = &article.text[block.span.range()];
            prop_assert_eq!(text, text.trim());
            end = block.span.end;
        }
        prop_assert!(article.text[end..].trim().is_empty());
        prop_assert_eq!(&ingest(&input, &limits()).unwrap(), &article);
    }
}

/// What the input has at each block's place, white space collapsed.
fn sent(article: &Article, input: &str) -> Vec<String> {
    let spans = article.blocks.iter().map(|block| block.span);
    let sent = spans.map(|span| article.origin.input(span).unwrap());
    sent.map(|span| {
        span.of(input)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    })
    .collect()
}

#[test]
fn blocks_of_plain_text_point_into_the_input() {
    let text = "\u{feff}Harbour Plan Approved\n\nThe council  voted on Monday to\nrebuild the harbour.\n\n- It costs $4 million.\n- Work starts in May.\n\nMore\u{200b}over, nobody spoke against it.";
    let article = read(SourceKind::Text, text);
    let found = sent(&article, text);
    assert_eq!(
        found[1],
        "The council voted on Monday to rebuild the harbour."
    );
    assert_eq!(found[2], "It costs $4 million.");
    assert_eq!(found[4], "More\u{200b}over, nobody spoke against it.");
}

#[test]
fn blocks_of_markdown_point_into_the_input() {
    let text =
        "# Harbour plan\n\nThe *council* voted &amp; left, [they said](x).\n\n> It was `time`.\n";
    let article = read(SourceKind::Markdown, text);
    assert_eq!(
        sent(&article, text),
        [
            "Harbour plan",
            "The *council* voted &amp; left, [they said](x).",
            "It was `time`."
        ]
    );
}
