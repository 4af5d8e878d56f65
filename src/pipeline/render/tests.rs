//! Snapshots of each format, and the promise that no text becomes markup: what
//! a parser reads back is what was put in.

use std::collections::BTreeMap;

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use scraper::{Html, Selector};

use super::{html, json, markdown};
use crate::digest::{Digest, Pair, Passage, Provenance};

fn passage(text: &str) -> Passage {
    Passage {
        text: text.to_owned(),
        sentences: Vec::new(),
    }
}

fn pair(question: &str, answer: &str) -> Pair {
    Pair {
        question: question.to_owned(),
        answer: passage(answer),
    }
}

fn empty() -> Digest {
    Digest {
        topic: None,
        summary: None,
        faq: Vec::new(),
        related: Vec::new(),
        refused: Vec::new(),
        notices: Vec::new(),
        provenance: Provenance {
            model: "extractive".to_owned(),
            model_sha256: None,
            prompt_version: "none".to_owned(),
            pipeline_version: "0".to_owned(),
            source_sha256: "0".to_owned(),
            source_words: 0,
            source_words_read: 0,
            timings_ms: BTreeMap::new(),
        },
        source: None,
    }
}

fn harbour() -> Digest {
    Digest {
        topic: Some("Harbour Bridge *Repair*".to_owned()),
        summary: Some(passage("The bridge closes in May.\nFerries run instead.")),
        faq: vec![
            pair("When does <the> bridge close?", "It closes on 3 May."),
            pair("Who pays R&D & repair?", "1. The city #2 pays."),
        ],
        related: vec!["Ferry service".to_owned(), "- City budget".to_owned()],
        ..empty()
    }
}

/// Everything that a text could break, in one digest.
fn hostile(text: &str) -> Digest {
    Digest {
        topic: Some(text.to_owned()),
        summary: Some(passage(text)),
        faq: vec![pair(text, text)],
        related: vec![text.to_owned()],
        ..empty()
    }
}

/// The text as a page shows it: one line, single spaces, no control characters.
fn shown(text: &str) -> String {
    let spaced: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let words: Vec<&str> = spaced.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ").trim().to_owned()
}

#[test]
fn markdown_of_a_whole_digest() {
    insta::assert_snapshot!(markdown(&harbour()).unwrap(), @r"
    The bridge closes in May. Ferries run instead.

    ## Frequently Asked Questions (FAQs) about Harbour Bridge \*Repair\*

    ### When does \<the\> bridge close?

    It closes on 3 May.

    ### Who pays R&D & repair?

    1\. The city \#2 pays.

    ## More about Harbour Bridge \*Repair\*

    - Ferry service
    - \- City budget
    ");
}

#[test]
fn html_of_a_whole_digest() {
    insta::assert_snapshot!(html(&harbour()).unwrap(), @r#"
    <section class="afterword">
    <p>The bridge closes in May. Ferries run instead.</p>
    <h2>Frequently Asked Questions (FAQs) about Harbour Bridge *Repair*</h2>
    <details><summary>When does &lt;the&gt; bridge close?</summary><p>It closes on 3 May.</p></details>
    <details><summary>Who pays R&amp;D &amp; repair?</summary><p>1. The city #2 pays.</p></details>
    <h2>More about Harbour Bridge *Repair*</h2>
    <ul>
    <li>Ferry service</li>
    <li>- City budget</li>
    </ul>
    </section>
    "#);
}

#[test]
fn without_a_topic_the_headings_name_none() {
    let digest = Digest {
        topic: None,
        summary: None,
        ..harbour()
    };
    let page = html(&digest).unwrap();
    assert!(page.contains("<h2>Frequently Asked Questions (FAQs)</h2>"));
    assert!(page.contains("<h2>More about this story</h2>"));
    let text = markdown(&digest).unwrap();
    assert!(text.starts_with("## Frequently Asked Questions (FAQs)\n\n### When"));
    assert!(text.contains("\n\n## More about this story\n\n- Ferry"));
}

#[test]
fn empty_parts_leave_no_trace() {
    assert_eq!(
        html(&empty()).unwrap(),
        "<section class=\"afterword\">\n</section>\n"
    );
    assert_eq!(markdown(&empty()).unwrap(), "");
    let only_spaces = html(&hostile(" \n\t")).unwrap();
    assert_eq!(only_spaces, html(&empty()).unwrap());
}

#[test]
fn json_reads_back_as_the_same_digest() {
    let text = json(&harbour()).unwrap();
    assert_eq!(serde_json::from_str::<Digest>(&text).unwrap(), harbour());
}

#[test]
fn ordinary_prose_needs_no_escapes() {
    let prose = "Q&A: Smith & Sons paid $5.2m (up 3%) for \"No. 10\" - it's theirs!";
    assert_eq!(super::markdown::escape(prose), prose);
}

#[test]
fn markdown_that_tries_to_break_out() {
    let attempts = [
        "# heading",
        "What is C #",
        "a ## b ##",
        "1. list",
        "12) list",
        "- item",
        "+ item",
        "> quote",
        "***",
        "---",
        "===",
        "```sh",
        "~~~",
        "![x](javascript:alert(1))",
        "[x]: http://example.org",
        "<script>alert(1)</script>",
        "<https://example.org>",
        "&lt;b&gt; &#60; &amp;",
        "a | b",
        "~~gone~~",
        "line\nbreak  \r\n# new",
        "back\\slash\\",
        "x {#id .class}",
        ": definition",
        "[^1]: note",
        "a\u{a0}\u{a0}b \u{2028}# c\u{3000}",
        "\u{2028}# x",
        "- [ ] task",
    ];
    for attempt in attempts {
        check_markdown(attempt);
    }
}

#[test]
fn html_that_tries_to_break_out() {
    for attempt in [
        "</summary><script>alert(1)</script>",
        "</section><!-- ",
        "&lt;b&gt;",
        "<![CDATA[x]]>",
        "\" onload=\"x",
        "{{ topic }}{% raw %}",
    ] {
        check_html(attempt);
    }
}

fn check_html(text: &str) {
    let page = html(&hostile(text)).unwrap();
    let fragment = Html::parse_fragment(&page);
    let texts = |selector: &str| -> Vec<String> {
        let selector = Selector::parse(selector).unwrap();
        fragment
            .select(&selector)
            .map(|e| e.text().collect())
            .collect()
    };
    let expected = shown(text);
    for place in ["section > p", "details > summary", "details > p", "ul > li"] {
        assert_eq!(texts(place), [expected.as_str()], "{place} in {page}");
    }
    // html, section, p, h2, details, summary, p, h2, ul, li.
    let elements = fragment.root_element().descendent_elements().count();
    assert_eq!(elements, 10, "{page}");
    assert!(
        !fragment
            .root_element()
            .descendants()
            .any(|n| n.value().is_comment())
    );
}

fn check_markdown(text: &str) {
    let expected = shown(text);
    let page = markdown(&hostile(text)).unwrap();
    let dialect = Options::ENABLE_GFM
        | Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    for options in [Options::empty(), dialect] {
        let mut texts: Vec<String> = Vec::new();
        for event in Parser::new_ext(&page, options) {
            match event {
                Event::Start(Tag::Paragraph | Tag::Item | Tag::Heading { .. }) => {
                    texts.push(String::new());
                }
                Event::Text(part) => texts.last_mut().unwrap().push_str(&part),
                Event::Start(Tag::List(None)) => {}
                Event::End(
                    TagEnd::Paragraph | TagEnd::Item | TagEnd::Heading(_) | TagEnd::List(false),
                ) => {}
                other => panic!("{other:?} from {text:?} in {page}"),
            }
        }
        let wanted = [
            expected.clone(),
            format!("Frequently Asked Questions (FAQs) about {expected}"),
            expected.clone(),
            expected.clone(),
            format!("More about {expected}"),
            expected.clone(),
        ];
        assert_eq!(texts, wanted, "{page}");
    }
}

proptest! {
    #[test]
    fn any_text_stays_text_in_html(text in any::<String>()) {
        prop_assume!(!shown(&text).is_empty());
        check_html(&text);
    }

    #[test]
    fn any_text_stays_text_in_markdown(text in any::<String>()) {
        prop_assume!(!shown(&text).is_empty());
        check_markdown(&text);
    }

    #[test]
    fn any_mix_of_active_characters_stays_text_in_markdown(
        text in "[-#*_`\\[\\]<>()|~!&;:=+{}\\\\.0-9a ^$\"'@/%\n]{1,40}"
    ) {
        prop_assume!(!shown(&text).is_empty());
        check_markdown(&text);
    }
}
