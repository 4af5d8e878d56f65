//! `digests`: what comes back for whole articles: how many pairs, how long, how
//! varied, how spread over the article, what was refused and how long it took.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::digest::{Digest, Supported};
use crate::eval::bench::{Bench, Made, Read, text};
use crate::eval::data::Row;
use crate::eval::error::EvalError;
use crate::eval::figures::Figures;
use crate::eval::run::{Measured, Suite};
use crate::eval::statistics::{count, mean, quantile, share};

/// The suite.
pub struct Digests;

/// An article of as many words gives enough for [`MANY_PAIRS`].
const LONG_WORDS: usize = 500;
/// Pairs that a long article should give.
const MANY_PAIRS: usize = 6;
/// Words that an answer should have.
pub const ANSWER_WORDS: std::ops::RangeInclusive<usize> = 25..=65;

/// What is kept of an article.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Article {
    /// Why there is no digest.
    refused: Option<String>,
    words: usize,
    sentences: usize,
    /// Sentences whose every evidence is word for word in the source.
    with_evidence: usize,
    /// Words of each answer.
    answers: Vec<usize>,
    /// First two words of each question.
    openings: Vec<String>,
    /// Quarters of the article's sentences that an answer rests on.
    quarters: usize,
    /// The article's sections, and those that an answer rests on.
    sections: usize,
    sections_covered: usize,
    /// Refused drafts by the code of the reason.
    refusals: BTreeMap<String, usize>,
    /// Seconds by the digest's own clock.
    seconds: f64,
}

impl Suite for Digests {
    type Measure = Article;
    const NAME: &'static str = "digests";
    const FILES: &'static [&'static str] = &["news_summaries", "faq_articles"];
    const PROTOCOL: &'static str = "One digest of each article with default options. Evidence \
        counts when each quote is the source's text at its offsets. An opening is a question's \
        first two words. Coverage is by the evidence of answers.";
    const NOTES: &'static [&'static str] = &[
        "That a sentence has evidence does not show that the evidence supports it: for that, \
            digests have to be read.",
        "Most articles have no headings and so one section; quarters of the text are told beside.",
        "Seconds are those of the machine and build named here.",
    ];
    const ASKS_AUTHOR: bool = true;

    fn takes(row: &Row) -> bool {
        !row.text("article").is_empty()
    }

    async fn measure(bench: &Bench, row: &Row) -> Result<Article, EvalError> {
        let title = Some(row.text("title")).filter(|title| !title.is_empty());
        let input = text(row.text("article"), title);
        let made = bench.digest(&input).await?;
        Ok(measured(&made, bench.read(&input).ok().as_ref()))
    }

    fn figures(rows: &[&Measured<Article>]) -> Figures {
        let mut figures = Figures::default();
        let all = rows.iter().map(|row| &row.measure);
        let made: Vec<&Article> = all.filter(|it| it.refused.is_none()).collect();
        figures.count("rows", rows.len());
        figures.count("inputs_refused", rows.len() - made.len());
        pairs(&mut figures, &made);
        answers(&mut figures, &made);
        openings(&mut figures, &made);
        coverage(&mut figures, &made);
        times(&mut figures, &made);
        refusals(&mut figures, &made);
        figures
    }
}

fn measured(made: &Made, read: Option<&Read>) -> Article {
    let empty = Article {
        refused: made.as_ref().err().cloned(),
        words: read.map_or(0, |read| read.article.words()),
        sentences: 0,
        with_evidence: 0,
        answers: Vec::new(),
        openings: Vec::new(),
        quarters: 0,
        sections: 0,
        sections_covered: 0,
        refusals: BTreeMap::new(),
        seconds: 0.0,
    };
    let (Ok(digest), Some(read)) = (made, read) else {
        return empty;
    };
    let sentences: Vec<&Supported> = sentences(digest).collect();
    let source = digest.source.as_deref().unwrap_or_default();
    let (quarters, sections_covered) = covered(digest, read);
    let total = digest.provenance.timings_ms.get("total").copied();
    let answers = digest.faq.iter();
    let mut refusals = BTreeMap::<String, usize>::new();
    for refused in &digest.refused {
        let code = refused.reason.split(':').next().unwrap_or_default();
        *refusals.entry(code.to_owned()).or_default() += 1;
    }
    Article {
        with_evidence: sentences.iter().filter(|it| is_backed(it, source)).count(),
        sentences: sentences.len(),
        answers: answers
            .map(|it| it.answer.text.split_whitespace().count())
            .collect(),
        openings: digest.faq.iter().map(|it| opening(&it.question)).collect(),
        quarters,
        sections: read.understanding.sections.len(),
        sections_covered,
        refusals,
        seconds: std::time::Duration::from_millis(total.unwrap_or_default()).as_secs_f64(),
        ..empty
    }
}

fn sentences(digest: &Digest) -> impl Iterator<Item = &Supported> {
    let answers = digest.faq.iter().map(|pair| &pair.answer);
    let passages = digest.summary.iter().chain(answers);
    passages.flat_map(|passage| &passage.sentences)
}

fn is_backed(sentence: &Supported, source: &str) -> bool {
    let verbatim = |it: &crate::digest::Evidence| source.get(it.start..it.end) == Some(&it.quote);
    !sentence.evidence.is_empty() && sentence.evidence.iter().all(verbatim)
}

/// Quarters of the sentences, and sections, that the answers rest on.
fn covered(digest: &Digest, read: &Read) -> (usize, usize) {
    let all = &read.understanding.sentences;
    let answers = digest.faq.iter().flat_map(|pair| &pair.answer.sentences);
    let places: HashSet<usize> = answers
        .flat_map(|it| &it.evidence)
        .map(|it| it.start)
        .collect();
    let rests = all
        .iter()
        .enumerate()
        .filter(|(_, it)| places.contains(&it.span.start));
    let rests: Vec<_> = rests.collect();
    let quarters: HashSet<usize> = rests.iter().map(|(at, _)| at * 4 / all.len()).collect();
    let sections: HashSet<usize> = rests.iter().map(|(_, it)| it.section).collect();
    (quarters.len(), sections.len())
}

fn opening(question: &str) -> String {
    let words = question.split_whitespace().take(2);
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}

fn pairs(figures: &mut Figures, made: &[&Article]) {
    let counts: Vec<f64> = made.iter().map(|it| count(it.answers.len())).collect();
    let long = made.iter().filter(|it| it.words >= LONG_WORDS);
    let many: Vec<bool> = long.map(|it| it.answers.len() >= MANY_PAIRS).collect();
    figures.count("long_articles", many.len());
    figures.estimate("pairs", mean(&counts));
    figures.estimate("long_articles_with_6_pairs", share(&many));
    let without: Vec<bool> = made.iter().map(|it| it.answers.is_empty()).collect();
    figures.estimate("articles_without_pairs", share(&without));
}

fn answers(figures: &mut Figures, made: &[&Article]) {
    let sum = |of: fn(&Article) -> usize| made.iter().map(|it| of(it)).sum::<usize>();
    let sentences = sum(|it| it.sentences);
    let backed = (sentences > 0).then(|| count(sum(|it| it.with_evidence)) / count(sentences));
    let words = || made.iter().flat_map(|it| &it.answers);
    figures.estimate("sentences_with_evidence", backed);
    figures.estimate(
        "answer_words",
        mean(&words().map(|it| count(*it)).collect::<Vec<_>>()),
    );
    let fit: Vec<bool> = words().map(|it| ANSWER_WORDS.contains(it)).collect();
    figures.estimate("answers_of_25_to_65_words", share(&fit));
}

fn openings(figures: &mut Figures, made: &[&Article]) {
    let mut uses = HashMap::<&String, usize>::new();
    for opening in made.iter().flat_map(|it| &it.openings) {
        *uses.entry(opening).or_default() += 1;
    }
    let all: usize = uses.values().sum();
    let most = uses.values().max().copied().unwrap_or_default();
    let shared = |it: &&Article| {
        let twins = |opening: &String| it.openings.iter().filter(|other| *other == opening).count();
        it.openings
            .iter()
            .map(|it| twins(it) > 1)
            .collect::<Vec<_>>()
    };
    let shared: Vec<bool> = made.iter().flat_map(shared).collect();
    figures.estimate(
        "commonest_opening",
        (all > 0).then(|| count(most) / count(all)),
    );
    figures.estimate("questions_sharing_their_opening", share(&shared));
}

fn coverage(figures: &mut Figures, made: &[&Article]) {
    let quarters = made.iter().map(|it| count(it.quarters) / 4.0);
    let headed = made.iter().filter(|it| it.sections > 1);
    let sections = headed.map(|it| count(it.sections_covered) / count(it.sections));
    figures.estimate("quarters_covered", mean(&quarters.collect::<Vec<_>>()));
    figures.estimate("sections_covered", mean(&sections.collect::<Vec<_>>()));
}

fn times(figures: &mut Figures, made: &[&Article]) {
    let seconds: Vec<f64> = made.iter().map(|it| it.seconds).collect();
    figures.estimate("seconds", mean(&seconds));
    figures.estimate("seconds_median", quantile(&seconds, 0.5));
    figures.estimate("seconds_p95", quantile(&seconds, 0.95));
}

/// Refused drafts per article, by reason.
fn refusals(figures: &mut Figures, made: &[&Article]) {
    let all: Vec<f64> = made
        .iter()
        .map(|it| count(it.refusals.values().sum()))
        .collect();
    figures.estimate("refusals", mean(&all));
    let codes = made.iter().flat_map(|it| it.refusals.keys());
    let codes: std::collections::BTreeSet<&String> = codes.collect();
    for code in codes {
        let each = made
            .iter()
            .map(|it| count(it.refusals.get(code).copied().unwrap_or_default()));
        let each: Vec<f64> = each.collect();
        figures.part("per_refusal", code, |figures| {
            figures.estimate("per_article", mean(&each));
        });
    }
}
