//! Each format as a whole, and the promise that no text becomes markup: what a
//! parser reads back is what was put in. Here is what the tests share.

use std::collections::BTreeMap;

use proptest::prelude::*;
use scraper::{ElementRef, Html, Selector};

use crate::config::{Choice, RenderSettings, Settings};
use crate::digest::{Digest, Pair, Passage, Provenance, SummaryForm, Supported};

use super::{Format, RenderOptions, RenderRequest, render};

mod blocks;
mod fixtures;
mod html;
mod json_ld;
mod markdown;
mod options;

fn passage(text: &str) -> Passage {
    let sentences = text.split('\n').map(|sentence| Supported {
        text: sentence.to_owned(),
        evidence: Vec::new(),
    });
    Passage {
        text: text.to_owned(),
        sentences: sentences.collect(),
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
        summary_form: SummaryForm::Medium,
        faq: Vec::new(),
        related: Vec::new(),
        refused: Vec::new(),
        notices: Vec::new(),
        provenance: Provenance {
            model: "scripted".to_owned(),
            model_sha256: None,
            model_source_sha256: None,
            prompt_version: "none".to_owned(),
            pipeline_version: "0".to_owned(),
            house_style_sha256: None,
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
            pair("Who pays R&D & \"repair\"?", "1. The city #2 pays."),
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
        faq: vec![pair(text, text), pair(text, text)],
        related: vec![text.to_owned()],
        ..empty()
    }
}

/// Texts of all scripts, mixes of what is active somewhere, and known tricks.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[-<>!/\"'&;#\\[\\]{}:=\\\\a-c0-9 \u{5d0}-\u{5d4}\u{627}\u{202e}\u{1f600}\n\t]{1,40}",
        prop::sample::select(TRICKS).prop_map(str::to_owned),
        (
            prop::sample::select(TRICKS),
            any::<String>(),
            prop::sample::select(TRICKS)
        )
            .prop_map(|(before, text, after)| format!("{before}{text}{after}")),
    ]
    .prop_filter("shows something", |text| !shown(text).is_empty())
}

const TRICKS: &[&str] = &[
    "-->",
    "--!>",
    "<!-- /wp:details -->",
    "<!-- wp:paragraph -->",
    "} -->",
    "</script>",
    "<script>alert(1)</script>",
    "<!--<script>",
    "</section>",
    "</summary></details>",
    "<![CDATA[x]]>",
    "\" onload=\"x",
    "&lt;b&gt; &#60; &amp;",
    "[gallery ids=\"1\"]",
    "[/caption]",
    "https://example.org/watch?v=1&w=2",
    "{{ topic }}{% raw %}${x}",
    "\\u003cb\\u003e",
    "\\\\\"",
    "\"Yes,\" -- she said --- \"no\"",
    "{topic} {slug}",
    "مرحبا بالعالم \u{202e}abc",
    "שלום עולם",
    "👩‍👩‍👧‍👦 🏳️‍🌈 🇺🇳",
    "e\u{301}\u{feff}\u{200b}\u{2028}x\u{2029}y",
    "\u{0}\u{8}\u{b}\u{1f}\u{7f}\u{85}x",
    "\u{fffe}\u{10ffff}",
];

/// The text as a page shows it: one line, single spaces, no control characters.
fn shown(text: &str) -> String {
    let spaced: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let words: Vec<&str> = spaced.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ").trim().to_owned()
}

/// The same in blocks of plugins, whose attributes are typographic.
fn typographic(text: &str) -> String {
    let line = super::line::Line::new(&shown(text)).unwrap();
    line.typographic().as_str().to_owned()
}

fn settings() -> RenderSettings {
    Settings::load(None).unwrap().render
}

fn with(format: Format, request: &RenderRequest) -> RenderOptions {
    RenderOptions::check(format, request, &settings()).unwrap()
}

fn plain(format: Format) -> RenderOptions {
    with(format, &RenderRequest::default())
}

/// Every option that adds something.
fn full(format: Format) -> RenderOptions {
    let carries = [Format::Html, Format::WordpressDetails].contains(&format);
    let request = RenderRequest {
        labels: Some("de".to_owned()),
        summary_style: Some("points".to_owned()),
        tag_link: Some("/tag/{slug}/?q={tag}&l=de".to_owned()),
        disclosure: Some(true),
        json_ld: carries.then_some(true),
        ..RenderRequest::default()
    };
    with(format, &request)
}

fn print(digest: &Digest, options: &RenderOptions) -> String {
    render(digest, options).unwrap()
}

/// The texts of what `selector` finds.
fn texts(page: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector)
        .map(|it| it.text().collect())
        .collect()
}

fn elements(page: &Html) -> Vec<ElementRef<'_>> {
    page.root_element().descendent_elements().collect()
}

#[test]
fn an_empty_digest_leaves_no_trace() {
    for (name, format) in Format::CHOICES {
        let printed = [empty(), hostile(" \n\t")].map(|it| print(&it, &full(*format)));
        match format {
            Format::Json => assert!(printed[0].contains("provenance")),
            Format::JsonLd => assert_eq!(printed, ["[]\n", "[]\n"]),
            _ => assert_eq!(printed, ["", ""], "{name}"),
        }
    }
}

#[test]
fn key_points_are_a_list_unless_somebody_says_otherwise() {
    let points = Digest {
        summary_form: SummaryForm::KeyPoints,
        ..harbour()
    };
    let styled = |style: &str| RenderRequest {
        summary_style: Some(style.to_owned()),
        ..RenderRequest::default()
    };
    for (name, format) in Format::CHOICES {
        let print = |digest: &Digest, style: &str| print(digest, &with(*format, &styled(style)));
        if matches!(format, Format::Json | Format::JsonLd) {
            continue;
        }
        let list = print(&points, "auto");
        assert_eq!(list, print(&harbour(), "points"), "{name}");
        assert!(list.contains("Key points"), "{name}: {list}");
        let paragraph = print(&harbour(), "auto");
        assert_eq!(print(&points, "paragraph"), paragraph, "{name}");
        assert!(!paragraph.contains("Key points"), "{name}: {paragraph}");
    }
    let json = |digest: &Digest| print(digest, &plain(Format::Json));
    assert!(json(&points).contains("\"summary_form\": \"key-points\""));
    assert!(!json(&harbour()).contains("summary_form"));
}

#[test]
fn json_reads_back_as_the_same_digest() {
    let text = print(&harbour(), &plain(Format::Json));
    assert_eq!(serde_json::from_str::<Digest>(&text).unwrap(), harbour());
}
