//! Markdown: whole pages, and texts that try to become markup, in CommonMark
//! and in a dialect with everything turned on.

use pulldown_cmark::{Event, Options, Parser, Tag};

use super::*;
use crate::digest::markers::{COMMENT_BEGIN, COMMENT_END};

#[test]
fn a_whole_digest() {
    insta::assert_snapshot!(print(&harbour(), &plain(Format::Markdown)), @r##"
    <!-- afterword:begin -->

    The bridge closes in May. Ferries run instead.

    ## Frequently Asked Questions (FAQs) about Harbour Bridge \*Repair\*

    ### When does \<the\> bridge close?

    It closes on 3 May.

    ### Who pays R&D & "repair"?

    1\. The city \#2 pays.

    ## More about Harbour Bridge \*Repair\*

    - Ferry service
    - \- City budget

    <!-- afterword:end -->
    "##);
}

#[test]
fn a_whole_digest_with_every_option() {
    insta::assert_snapshot!(print(&harbour(), &full(Format::Markdown)), @r##"
    <!-- afterword:begin -->

    ## Das Wichtigste in Kürze

    - The bridge closes in May.
    - Ferries run instead.

    ## Häufig gestellte Fragen (FAQ) zu Harbour Bridge \*Repair\*

    ### When does \<the\> bridge close?

    It closes on 3 May.

    ### Who pays R&D & "repair"?

    1\. The city \#2 pays.

    ## Mehr zu Harbour Bridge \*Repair\*

    - [Ferry service](</tag/ferry-service/?q=Ferry%20service&amp;l=de>)
    - [\- City budget](</tag/city-budget/?q=-%20City%20budget&amp;l=de>)

    Dieser Abschnitt wurde automatisch und mithilfe von KI aus dem Artikel erstellt.

    <!-- afterword:end -->
    "##);
}

#[test]
fn without_a_topic_the_headings_name_none() {
    let digest = Digest {
        topic: None,
        summary: None,
        ..harbour()
    };
    let text = print(&digest, &plain(Format::Markdown));
    assert!(
        text.contains("## Frequently Asked Questions (FAQs)\n\n### When"),
        "{text}"
    );
    assert!(
        text.contains("\n\n## More about this story\n\n- Ferry"),
        "{text}"
    );
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
        "a^b^ c~d~",
        "a\u{a0}\u{a0}b \u{2028}# c\u{3000}",
        "\u{2028}# x",
        "- [ ] task",
    ];
    for attempt in attempts {
        check(attempt);
    }
}

fn check(text: &str) {
    let expected = shown(text);
    let page = print(&hostile(text), &plain(Format::Markdown));
    let dialect = Options::ENABLE_GFM
        | Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_SUPERSCRIPT
        | Options::ENABLE_SUBSCRIPT
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    for options in [Options::empty(), dialect] {
        let mut texts: Vec<String> = Vec::new();
        let mut comments = String::new();
        for event in Parser::new_ext(&page, options) {
            match event {
                Event::Start(Tag::Paragraph | Tag::Item | Tag::Heading { .. }) => {
                    texts.push(String::new());
                }
                Event::Text(part) => texts.last_mut().unwrap().push_str(&part),
                Event::Html(comment) => comments.push_str(&comment),
                Event::Start(Tag::List(None) | Tag::HtmlBlock) | Event::End(_) => {}
                other => panic!("{other:?} from {text:?} in {page}"),
            }
        }
        let wanted = [
            expected.clone(),
            format!("Frequently Asked Questions (FAQs) about {expected}"),
            expected.clone(),
            expected.clone(),
            expected.clone(),
            expected.clone(),
            format!("More about {expected}"),
            expected.clone(),
        ];
        assert_eq!(texts, wanted, "{page}");
        assert_eq!(
            comments,
            format!("{COMMENT_BEGIN}\n{COMMENT_END}\n"),
            "{page}"
        );
    }
}

proptest! {
    #[test]
    fn any_text_stays_text(text in any_text()) {
        check(&text);
    }

    #[test]
    fn any_mix_of_active_characters_stays_text(
        text in "[-#*_`\\[\\]<>()|~!&;:=+{}\\\\.0-9a ^$\"'@/%\n]{1,40}"
    ) {
        prop_assume!(!shown(&text).is_empty());
        check(&text);
    }

    #[test]
    fn any_linked_topic_reads_back(text in any_text()) {
        let page = print(&hostile(&text), &full(Format::Markdown));
        let mut links = 0;
        for event in Parser::new(&page) {
            if let Event::Start(Tag::Link { dest_url, .. }) = event {
                prop_assert!(dest_url.starts_with("/tag/") && dest_url.ends_with("&l=de"));
                links += 1;
            }
        }
        let has_slug = shown(&text).chars().any(char::is_alphanumeric);
        prop_assert_eq!(links, usize::from(has_slug), "{}", page);
    }
}
