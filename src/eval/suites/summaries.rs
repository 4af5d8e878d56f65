//! `summaries`: the digest's summary against summaries that people wrote,
//! beside the first three sentences and the extractive author.

use serde::{Deserialize, Serialize};

use crate::digest::{Digest, RefusedKind, Supported};
use crate::eval::bench::{Bench, Read, text};
use crate::eval::data::Row;
use crate::eval::error::EvalError;
use crate::eval::figures::Figures;
use crate::eval::rouge::{rouge_l, rouge_n, tokens};
use crate::eval::run::{Measured, Suite};
use crate::eval::statistics::{count, mean};
use crate::pipeline::verify::judge;

/// The suite.
pub struct Summaries;

/// Sentences of the plainest summary of a news article.
const LEAD_SENTENCES: usize = 3;

/// What is kept of an article.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summarised {
    /// Where article and reference come from.
    source: String,
    /// Why there is no digest.
    refused: Option<String>,
    digest: Scores,
    lead_3: Scores,
    extractive: Scores,
    /// Sentences of the summary, those with evidence, those that the checker
    /// supports.
    sentences: usize,
    with_evidence: usize,
    supported: usize,
    /// Drafted sentences of the summary that were refused.
    drafts_refused: usize,
}

/// F1 of a summary.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Scores {
    rouge_1: f64,
    rouge_2: f64,
    rouge_l: f64,
    words: usize,
}

impl Scores {
    fn new(summary: &str, reference: &[String]) -> Self {
        let words = tokens(summary);
        Self {
            rouge_1: rouge_n(&words, reference, 1).f1,
            rouge_2: rouge_n(&words, reference, 2).f1,
            rouge_l: rouge_l(&words, reference).f1,
            words: summary.split_whitespace().count(),
        }
    }
}

#[derive(Deserialize)]
struct Fields {
    article: String,
    reference_summary: String,
}

impl Suite for Summaries {
    type Measure = Summarised;
    const NAME: &'static str = "summaries";
    const FILES: &'static [&'static str] = &["news_summaries"];
    const PROTOCOL: &'static str = "F1 of ROUGE-1, ROUGE-2 and ROUGE-L (whole text) against \
        `reference_summary`, by rouge_score 0.1.2 with its tokeniser and Porter stemming. An \
        article without a summary scores 0.";
    const NOTES: &'static [&'static str] = &[
        "ROUGE counts shared words; it says nothing of truth or of style, and moves with length.",
        "Many references are highlights that repeat an article's first sentences, which favours \
            the first three.",
        "`sentences_supported` is the product's own checker on what it let through; it cannot \
            find what the checker does not see.",
        "The articles are old and public: a model may have seen them.",
    ];
    const ASKS_AUTHOR: bool = true;

    async fn measure(bench: &Bench, row: &Row) -> Result<Summarised, EvalError> {
        let fields: Fields = row.read()?;
        let reference = tokens(&fields.reference_summary);
        let input = text(&fields.article, None);
        let (made, plain) = (
            bench.digest(&input).await?,
            bench.plain_digest(&input).await?,
        );
        let read = bench.read(&input).ok();
        let digest = made.as_ref().ok();
        let sentences = digest.map(sentences).unwrap_or_default();
        let lead = read.as_ref().map(lead).unwrap_or_default();
        let plain = plain.ok();
        let plain = plain.as_ref().map(summary).unwrap_or_default();
        Ok(Summarised {
            source: short(row.text("source")),
            digest: Scores::new(digest.map(summary).unwrap_or_default(), &reference),
            lead_3: Scores::new(&lead, &reference),
            extractive: Scores::new(plain, &reference),
            sentences: sentences.len(),
            with_evidence: sentences
                .iter()
                .filter(|it| !it.evidence.is_empty())
                .count(),
            supported: read.map_or(0, |read| supported(&read, sentences)),
            drafts_refused: digest.map_or(0, drafts_refused),
            refused: made.err(),
        })
    }

    fn figures(rows: &[&Measured<Summarised>]) -> Figures {
        let mut figures = Figures::default();
        figures.count("rows", rows.len());
        let without = rows.iter().filter(|row| row.measure.sentences == 0);
        figures.count("without_summary", without.count());
        figures.count(
            "inputs_refused",
            rows.iter()
                .filter(|row| row.measure.refused.is_some())
                .count(),
        );
        scores(&mut figures, "", rows, |row| row.digest);
        scores(&mut figures, "lead_3_", rows, |row| row.lead_3);
        scores(&mut figures, "extractive_", rows, |row| row.extractive);
        let of_sentences =
            |part: fn(&Summarised) -> usize| share_of(rows, part, |row| row.sentences);
        figures.estimate(
            "sentences_with_evidence",
            of_sentences(|row| row.with_evidence),
        );
        figures.estimate("sentences_supported", of_sentences(|row| row.supported));
        let drafted = share_of(
            rows,
            |row| row.drafts_refused,
            |row| row.drafts_refused + row.sentences,
        );
        figures.estimate("drafted_sentences_refused", drafted);
        let mut sources: Vec<&String> = rows.iter().map(|row| &row.measure.source).collect();
        sources.sort_unstable();
        sources.dedup();
        for source in sources {
            let part = rows.iter().filter(|row| row.measure.source == *source);
            let part: Vec<_> = part.copied().collect();
            figures.part("per_source", source, |figures| {
                figures.count("rows", part.len());
                figures.estimate("rouge_1", average(&part, |row| row.digest.rouge_1));
                figures.estimate("lead_3_rouge_1", average(&part, |row| row.lead_3.rouge_1));
            });
        }
        figures
    }
}

fn scores(
    figures: &mut Figures,
    prefix: &str,
    rows: &[&Measured<Summarised>],
    of: fn(&Summarised) -> Scores,
) {
    let mut add = |name: &str, score: fn(Scores) -> f64| {
        let value = average(rows, |row| score(of(row)));
        figures.estimate(&format!("{prefix}{name}"), value);
    };
    add("rouge_1", |scores| scores.rouge_1);
    add("rouge_2", |scores| scores.rouge_2);
    add("rouge_l", |scores| scores.rouge_l);
    add("words", |scores| count(scores.words));
}

fn average(rows: &[&Measured<Summarised>], of: impl Fn(&Summarised) -> f64) -> Option<f64> {
    mean(&rows.iter().map(|row| of(&row.measure)).collect::<Vec<_>>())
}

fn share_of(
    rows: &[&Measured<Summarised>],
    part: fn(&Summarised) -> usize,
    whole: fn(&Summarised) -> usize,
) -> Option<f64> {
    let sum = |of: fn(&Summarised) -> usize| rows.iter().map(|row| of(&row.measure)).sum::<usize>();
    let whole = sum(whole);
    (whole > 0).then(|| count(sum(part)) / count(whole))
}

fn summary(digest: &Digest) -> &str {
    digest.summary.as_ref().map_or("", |passage| &passage.text)
}

fn sentences(digest: &Digest) -> &[Supported] {
    digest
        .summary
        .as_ref()
        .map_or(&[], |passage| &passage.sentences)
}

fn drafts_refused(digest: &Digest) -> usize {
    let refused = digest.refused.iter();
    refused
        .filter(|it| it.kind == RefusedKind::SummarySentence)
        .count()
}

/// The article's first sentences.
fn lead(read: &Read) -> String {
    let sentences = read.understanding.sentences.iter().take(LEAD_SENTENCES);
    let texts = sentences.map(|sentence| sentence.span.of(&read.article.text));
    texts.collect::<Vec<_>>().join(" ")
}

fn supported(read: &Read, sentences: &[Supported]) -> usize {
    let judged = sentences
        .iter()
        .map(|sentence| judge(&read.article, &read.understanding, &sentence.text));
    judged.filter(|judgement| judgement.is_supported()).count()
}

/// A source without the place where it lies.
pub(super) fn short(source: &str) -> String {
    source.split(" (").next().unwrap_or_default().to_owned()
}
