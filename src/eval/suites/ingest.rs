//! `ingest`: the body that is read from HTML pages against bodies marked by
//! people, and the time that reading takes.

use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use std::path::Path;
use std::time::Instant;

use flate2::read::GzDecoder;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::eval::bench::{Bench, Refusal, input};
use crate::eval::data::Row;
use crate::eval::error::EvalError;
use crate::eval::figures::Figures;
use crate::eval::rouge::Score;
use crate::eval::run::{Measured, Suite};
use crate::eval::statistics::{count, mean, quantile, share};
use crate::pipeline::SourceKind;
use crate::pipeline::article::Article;
use crate::text::words::words;

mod places;

use places::Places;

/// The suite.
pub struct Ingest;

/// Pages that are listed as the worst.
const WORST: usize = 10;
/// Bytes that a page may unpack to.
const MAX_PAGE_BYTES: u64 = 64 << 20;

/// Bytes of the pages whose time is told beside that of all.
const ABOUT_200_KB: std::ops::RangeInclusive<usize> = 150_000..=250_000;

/// What is kept of a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    language: String,
    gold: Gold,
    /// Why it was not read.
    refused: Option<Refusal>,
    /// Words in common with the full text.
    score: Option<Words>,
    /// Segments that must and must not be there, and those for which it is so.
    must: Segments,
    must_not: Segments,
    /// Sentences held against the page as it was sent.
    places: Places,
    /// Bytes of the page, unpacked.
    bytes: usize,
    /// Milliseconds of reading alone.
    milliseconds: f64,
}

/// Who marked the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Gold {
    /// A person, the whole text.
    Human,
    /// A tool, or a test's expectation: the whole text or its start.
    Tool,
    /// A person, some segments.
    Segments,
}

impl Gold {
    fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Tool => "tool",
            Self::Segments => "segments",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Words {
    precision: f64,
    recall: f64,
    f1: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Segments {
    all: usize,
    right: usize,
}

#[derive(Deserialize)]
struct Fields {
    file: String,
    language: String,
    gold_type: String,
    gold_text: Option<String>,
    #[serde(default)]
    gold_with: Vec<String>,
    #[serde(default)]
    gold_without: Vec<String>,
}

impl Suite for Ingest {
    type Measure = Page;
    const NAME: &'static str = "ingest";
    const FILES: &'static [&'static str] = &["html_pages/gold"];
    const PROTOCOL: &'static str = "Each page is read as HTML, in any language. F1 of its words \
        (Unicode words in lower case, each counted as often as it is there) against the full \
        text; the title counts where the full text begins with it. A page that cannot be read \
        scores 0. `f1_english_human` is the mean over English pages marked by people, `f1` over \
        all pages with a full text. `sentences_misplaced` counts sentences that the page does \
        not have at their places, read by a tokenizer alone; `sentences_without_place` are \
        titles that stand in no text of the page. About 200 kB are 150,000 to 250,000 bytes.";
    const NOTES: &'static [&'static str] = &[
        "The order of words does not count, nor whether paragraphs are kept apart.",
        "Full texts by tools (`per_gold`: tool) show agreement with that tool, not truth.",
        "The language of short texts was guessed by the makers of the data and may be wrong.",
        "Pages in other languages than English are read here but refused for a digest.",
    ];
    const ASKS_AUTHOR: bool = false;

    async fn measure(bench: &Bench, row: &Row) -> Result<Page, EvalError> {
        let fields: Fields = row.read()?;
        let folder = Path::new(row.file).parent().unwrap_or(Path::new(""));
        let bytes = unpack(&bench.source.folder.join(folder).join(&fields.file))?;
        let input = input(bytes, SourceKind::Html);
        let started = Instant::now();
        let read = crate::pipeline::ingest::read(&input, &bench.pipeline.limits);
        let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
        let read = read.map_err(|error| error.code().to_owned());
        let places = read.as_ref().map(|it| Places::check(&input.bytes, it));
        Ok(Page {
            places: places.unwrap_or_default(),
            bytes: input.bytes.len(),
            milliseconds,
            ..page(&fields, read)
        })
    }

    fn figures(rows: &[&Measured<Page>]) -> Figures {
        let mut figures = Figures::default();
        let pages: Vec<&Page> = rows.iter().map(|row| &row.measure).collect();
        let english: Vec<_> = full(&pages).filter(|it| is_english_human(it)).collect();
        let times: Vec<f64> = pages.iter().map(|it| it.milliseconds).collect();
        figures.count("rows", pages.len());
        figures.count(
            "unread",
            pages.iter().filter(|it| it.refused.is_some()).count(),
        );
        figures.count("pages_english_human", english.len());
        figures.count("pages_full_text", full(&pages).count());
        figures.estimate("f1_english_human", f1(english.iter().copied()));
        figures.estimate("f1", f1(full(&pages)));
        figures.estimate("precision", average(full(&pages), |score| score.precision));
        figures.estimate("recall", average(full(&pages), |score| score.recall));
        segments(&mut figures, &pages);
        placed(&mut figures, &pages);
        figures.estimate("milliseconds_median", quantile(&times, 0.5));
        figures.estimate("milliseconds_p95", quantile(&times, 0.95));
        timed(&mut figures, &pages);
        for (language, part) in parts(full(&pages), |it| it.language.clone()) {
            figures.part("per_language", &language, |figures| scores(figures, &part));
        }
        for (gold, part) in parts(full(&pages), |it| it.gold.as_str().to_owned()) {
            figures.part("per_gold", &gold, |figures| scores(figures, &part));
        }
        for (code, part) in parts(pages.iter().copied(), |it| {
            it.refused.clone().unwrap_or_default()
        }) {
            if !code.is_empty() {
                figures.part("per_refusal", &code, |figures| {
                    figures.count("pages", part.len())
                });
            }
        }
        figures
    }

    fn details(rows: &[&Measured<Page>]) -> BTreeMap<String, Value> {
        let mut scored: Vec<(f64, &str)> = rows
            .iter()
            .filter_map(|row| Some((row.measure.score?.f1, row.row.as_str())))
            .collect();
        scored.sort_by(|one, other| one.0.total_cmp(&other.0));
        let id = |row: &str| row.split(':').next_back().unwrap_or_default().to_owned();
        let worst = scored.iter().take(WORST);
        let worst: Vec<String> = worst
            .map(|(f1, row)| format!("{} {f1:.3}", id(row)))
            .collect();
        let misplaced = |row: &&&Measured<Page>| row.measure.places.misplaced > 0;
        let misplaced = rows.iter().filter(misplaced).take(WORST);
        let misplaced: Vec<String> = misplaced
            .map(|row| format!("{} {}", id(&row.row), row.measure.places.misplaced))
            .collect();
        BTreeMap::from([
            ("worst".to_owned(), Value::from(worst)),
            ("misplaced".to_owned(), Value::from(misplaced)),
        ])
    }
}

fn unpack(path: &Path) -> Result<Vec<u8>, EvalError> {
    let unpacked = std::fs::File::open(path).and_then(|file| {
        let mut bytes = Vec::new();
        GzDecoder::new(file)
            .take(MAX_PAGE_BYTES)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    unpacked.map_err(|source| EvalError::Data {
        path: path.to_owned(),
        source,
    })
}

fn page(fields: &Fields, read: Result<Article, Refusal>) -> Page {
    let text = read.as_ref().map_or("", |article| article.text.as_str());
    let flat = flat(text);
    let has = |segment: &&String| flat.contains(&self::flat(segment));
    let found = |segments: &[String]| segments.iter().filter(has).count();
    let (must, must_not) = (&fields.gold_with, &fields.gold_without);
    Page {
        language: fields.language.clone(),
        gold: gold(&fields.gold_type),
        score: fields.gold_text.as_ref().map(|gold| match &read {
            Ok(article) => overlap(article, gold),
            Err(_) => Words {
                precision: 0.0,
                recall: 0.0,
                f1: 0.0,
            },
        }),
        must: Segments {
            all: must.len(),
            right: found(must),
        },
        must_not: Segments {
            all: must_not.len(),
            right: must_not.len() - found(must_not),
        },
        refused: read.err(),
        places: Places::default(),
        bytes: 0,
        milliseconds: 0.0,
    }
}

fn gold(name: &str) -> Gold {
    if name.starts_with("human segments") {
        Gold::Segments
    } else if name.starts_with("human") {
        Gold::Human
    } else {
        Gold::Tool
    }
}

/// Words that body and full text share.
fn overlap(article: &Article, gold: &str) -> Words {
    let titled = article
        .title_text()
        .is_some_and(|title| flat(gold).starts_with(&flat(title)));
    let blocks = article.blocks.iter().enumerate();
    let body = blocks.filter(|(at, _)| titled || article.title != Some(*at));
    let body: Vec<&str> = body.map(|(_, block)| article.block_text(block)).collect();
    let (found, gold) = (counted(&body.join("\n")), counted(gold));
    let sum = |words: &HashMap<String, usize>| words.values().sum::<usize>();
    let shared = found
        .iter()
        .map(|(word, count)| gold.get(word).map_or(0, |other| *count.min(other)))
        .sum();
    let score = Score::new(shared, sum(&found), sum(&gold));
    Words {
        precision: score.precision,
        recall: score.recall,
        f1: score.f1,
    }
}

fn counted(text: &str) -> HashMap<String, usize> {
    let lower = text.to_lowercase();
    let mut counts = HashMap::new();
    for word in words(&lower) {
        *counts.entry(word.of(&lower).to_owned()).or_default() += 1;
    }
    counts
}

/// Single spaces.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_english_human(page: &Page) -> bool {
    page.language == "en" && page.gold == Gold::Human
}

/// The pages whose full text is known.
fn full<'p>(pages: &'p [&'p Page]) -> impl Iterator<Item = &'p Page> {
    pages.iter().copied().filter(|page| page.score.is_some())
}

fn average<'p>(pages: impl Iterator<Item = &'p Page>, of: fn(Words) -> f64) -> Option<f64> {
    mean(
        &pages
            .filter_map(|page| page.score.map(of))
            .collect::<Vec<_>>(),
    )
}

fn f1<'p>(pages: impl Iterator<Item = &'p Page>) -> Option<f64> {
    average(pages, |score| score.f1)
}

fn scores(figures: &mut Figures, pages: &[&Page]) {
    figures.count("pages", pages.len());
    figures.estimate("f1", f1(pages.iter().copied()));
}

fn segments(figures: &mut Figures, pages: &[&Page]) {
    let share_of = |of: fn(&Page) -> Segments| {
        let sum = |part: fn(Segments) -> usize| pages.iter().map(|it| part(of(it))).sum::<usize>();
        let all = sum(|it| it.all);
        (all > 0).then(|| count(sum(|it| it.right)) / count(all))
    };
    let of_segments = pages.iter().filter(|it| it.gold == Gold::Segments);
    let clean = |it: &&Page| it.must.right == it.must.all && it.must_not.right == it.must_not.all;
    let clean: Vec<bool> = of_segments.clone().map(clean).collect();
    figures.count("pages_segments", of_segments.count());
    figures.estimate("segments_found", share_of(|it| it.must));
    figures.estimate("foreign_segments_left_out", share_of(|it| it.must_not));
    figures.estimate("segment_pages_without_fault", share(&clean));
}

fn placed(figures: &mut Figures, pages: &[&Page]) {
    let sum = |part: fn(Places) -> usize| pages.iter().map(|it| part(it.places)).sum();
    figures.count("sentences", sum(|it| it.sentences));
    figures.count("sentences_misplaced", sum(|it| it.misplaced));
    figures.count("sentences_without_place", sum(|it| it.without_place));
}

/// The time of pages about as large as a newsroom's.
fn timed(figures: &mut Figures, pages: &[&Page]) {
    let large = pages.iter().filter(|it| ABOUT_200_KB.contains(&it.bytes));
    let times: Vec<f64> = large.map(|it| it.milliseconds).collect();
    figures.count("pages_about_200_kb", times.len());
    figures.estimate("milliseconds_median_about_200_kb", quantile(&times, 0.5));
}

fn parts<'p>(
    pages: impl Iterator<Item = &'p Page>,
    part: fn(&Page) -> String,
) -> BTreeMap<String, Vec<&'p Page>> {
    let mut parts = BTreeMap::<String, Vec<_>>::new();
    for page in pages {
        parts.entry(part(page)).or_default().push(page);
    }
    parts
}
