//! Places in the input over whole sets of pages, where there are any: what a page
//! has at the place of a sentence is the sentence. Reads pages with html5ever,
//! and so shares no code with the reader.

use std::io::Read;
use std::path::{Path, PathBuf};

use afterword::config::Settings;
use afterword::pipeline::article::{Article, Block, BlockKind};
use afterword::pipeline::ingest::read;
use afterword::pipeline::{Input, SourceKind, SourceScope};
use afterword::text::hidden::strip;
use afterword::text::mapped::Mapped;
use afterword::text::sentences::sentences_in;
use afterword::text::span::Span;
use encoding_rs::Encoding;
use flate2::read::GzDecoder;
use scraper::Html;
use serde_json::Value;

use super::program::folder;

/// Names a folder of labelled rows, as `afterword eval` takes it.
const EVALDATA: &str = "AFTERWORD_TEST_EVALDATA";

/// Elements whose text no page shows as text.
const MUTE: [&str; 9] = [
    "iframe", "noembed", "noframes", "noscript", "script", "select", "style", "template",
    "textarea",
];

#[test]
fn every_sentence_of_every_page_stands_where_it_says() {
    let Some(data) = folder(EVALDATA) else {
        return;
    };
    let limits = Settings::from_toml("", "test").unwrap().limits;
    let (mut pages, mut sentences, mut wrong) = (0, 0, Vec::new());
    for page in gold(&data) {
        let input = Input {
            bytes: page,
            kind: SourceKind::Html,
            scope: SourceScope::Auto,
            title: None,
            charset: None,
            language: None,
        };
        let article = read(&input, &limits).unwrap();
        pages += 1;
        for sentence in article.blocks.iter().flat_map(|it| quotable(&article, it)) {
            let Some(place) = article.origin.input(sentence) else {
                let title = article.title.map(|title| article.blocks[title].span);
                assert!(title.is_some_and(|title| title.contains(sentence)));
                continue;
            };
            sentences += 1;
            let found = shown(&at(&input.bytes, &article, place));
            let told = shown(&sent(&article, sentence));
            if found != told {
                wrong.push((pages, place, told, found));
            }
        }
    }
    println!("{sentences} sentences of {pages} pages");
    assert!(pages > 0 && sentences > pages);
    assert!(wrong.is_empty(), "{}: {:#?}", wrong.len(), wrong.first());
}

/// The pages of the development set, unpacked.
fn gold(data: &Path) -> impl Iterator<Item = Vec<u8>> {
    let folder = data.join("html_pages");
    let rows = std::fs::read_to_string(folder.join("gold.dev.jsonl")).unwrap();
    let files: Vec<PathBuf> = rows
        .lines()
        .map(|row| serde_json::from_str::<Value>(row).unwrap())
        .map(|row| folder.join(row["file"].as_str().unwrap()))
        .collect();
    files.into_iter().map(|file| {
        let mut page = Vec::new();
        let packed = std::fs::File::open(file).unwrap();
        GzDecoder::new(packed).read_to_end(&mut page).unwrap();
        page
    })
}

/// What a digest may quote of a block.
fn quotable(article: &Article, block: &Block) -> Vec<Span> {
    if block.kind == BlockKind::TableRow {
        return vec![block.span];
    }
    let language = article.language.unwrap_or("en");
    let spans = sentences_in(article.block_text(block), language).into_iter();
    spans.map(|span| span.shifted(block.span.start)).collect()
}

/// A sentence without the separators that stand between the cells of a row.
fn sent(article: &Article, sentence: Span) -> String {
    let is_sent = |at: usize, c: char| {
        let start = sentence.start + at;
        let here = Span::new(start, start + c.len_utf8());
        article.origin.input(here).is_some()
    };
    let characters = sentence.of(&article.text).char_indices();
    characters
        .filter(|(at, c)| is_sent(*at, *c))
        .map(|(_, c)| c)
        .collect()
}

/// What a browser makes of the bytes at `place`, less what is told to be left out.
fn at(page: &[u8], article: &Article, place: Span) -> String {
    let mut markup = page[place.range()].to_vec();
    let left_out = article.dropped.iter().filter_map(|dropped| dropped.input);
    for span in left_out.rev().filter(|span| place.contains(*span)) {
        markup.drain(span.start - place.start..span.end - place.start);
    }
    let charset = Encoding::for_label(article.charset.as_bytes()).unwrap();
    let markup = charset.decode_without_bom_handling(&markup).0;
    let document = Html::parse_fragment(&markup);
    let is_shown = |node: &scraper::node::Node| {
        let element = node.as_element();
        element.is_none_or(|element| !MUTE.contains(&element.name()))
    };
    let texts = document.tree.root().descendants().filter_map(|node| {
        let text = node.value().as_text()?;
        let is_shown = node.ancestors().all(|around| is_shown(around.value()));
        is_shown.then(|| text.to_string())
    });
    texts.collect()
}

/// Without white space and what shows nothing, whose order browsers may change.
fn shown(text: &str) -> String {
    let spaceless: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let mapped = Mapped::inserted(&spaceless);
    strip(&mapped).map_or(spaceless, |(shown, _)| shown.to_string())
}
