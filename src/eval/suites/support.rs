//! `support`: what the sentence checker says of claims that people have
//! labelled, beside plain overlap and beside each of its rules alone.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::eval::bench::{Bench, text};
use crate::eval::data::Row;
use crate::eval::error::EvalError;
use crate::eval::figures::Figures;
use crate::eval::grow::{self, Example};
use crate::eval::report::Report;
use crate::eval::rouge::{rouge_n, tokens};
use crate::eval::run::{Measured, Suite};
use crate::eval::statistics::{auc, balanced_accuracy, best_threshold, mean, share};
use crate::pipeline::verify::{SUPPORTED, judge};

/// The suite.
pub struct Support;

/// What is kept of a claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// Whether people say that the document supports it.
    label: bool,
    /// Where the label comes from.
    source: String,
    /// `sentence` or `summary`.
    level: String,
    /// The part of the data that its document is in.
    part: usize,
    /// The checker's score; `None` where the document was not read.
    score: Option<f64>,
    /// Whether a digest could return it: no rule has anything against it.
    returned: bool,
    /// Codes of all that the checker has against it.
    reasons: BTreeSet<String>,
    /// ROUGE-2 precision against the document.
    rouge_2: f64,
    /// What the score was made of.
    measures: Vec<f32>,
}

/// The half that the checker's forest was grown on: there, each claim is scored by
/// the trees that were grown without its document.
const GROWN_ON: &str = "dev";

impl Claim {
    /// The claim to grow a forest on.
    #[must_use]
    pub fn example(&self) -> Option<Example> {
        (!self.measures.is_empty()).then(|| Example {
            label: self.label,
            part: self.part,
            measures: self.measures.clone(),
        })
    }
}

#[derive(Deserialize)]
struct Fields {
    document: String,
    claim: String,
    label: bool,
    #[serde(default)]
    claim_level: String,
}

/// The claims of a report, to grow a forest on: those that were measured alike.
#[must_use]
pub fn examples(report: &Report) -> Vec<Example> {
    let claims = report.rows.iter().filter(|_| report.suite == Support::NAME);
    let claims = claims.filter_map(|row| Measured::<Claim>::deserialize(row).ok());
    let examples: Vec<Example> = claims.filter_map(|it| it.measure.example()).collect();
    let width = examples.iter().map(|it| it.measures.len()).max();
    let alike = examples.into_iter();
    alike
        .filter(|it| Some(it.measures.len()) == width)
        .collect()
}

type Rows<'a> = [&'a Measured<Claim>];

impl Suite for Support {
    type Measure = Claim;
    const NAME: &'static str = "support";
    const FILES: &'static [&'static str] = &["faithfulness"];
    const PROTOCOL: &'static str = "Each claim is judged against its document by the checks that \
        drafts go through. `auc` ranks claims by the checker's score; `balanced_accuracy` takes \
        the shipped threshold; on the development half each claim is scored by the trees that \
        were grown without its document. `*_accepted` are shares at that threshold, `*_returned` \
        those that a digest could return. `rouge_2_*` rank by ROUGE-2 precision of the claim against the \
        document (rouge_score 0.1.2, its tokeniser and Porter stemming). A rule alone refuses \
        what it has something against.";
    const NOTES: &'static [&'static str] = &[
        "The claims are mostly those of systems from 2017 to 2021, about news in English; \
            a drafting model errs in other ways.",
        "Labels are noisy, and claims that add true knowledge from elsewhere count as unsupported.",
        "Figures with a threshold chosen on the same rows (`best_*`, `rouge_2_balanced_accuracy`) \
            and the best of the rules flatter; the shipped threshold does not.",
        "`*_returned` ask trees that have seen the development half: there they flatter.",
        "A document too short to be an article is judged all the same.",
    ];
    const ASKS_AUTHOR: bool = false;

    async fn measure(bench: &Bench, row: &Row) -> Result<Claim, EvalError> {
        let fields: Fields = row.read()?;
        let overlap = rouge_n(&tokens(&fields.claim), &tokens(&fields.document), 2);
        let part = grow::part(row.group());
        let mut claim = Claim {
            label: fields.label,
            source: source(row),
            level: fields.claim_level,
            part,
            score: None,
            returned: false,
            reasons: BTreeSet::new(),
            rouge_2: overlap.precision,
            measures: Vec::new(),
        };
        if let Ok(read) = bench.read(&text(&fields.document, None)) {
            let judgement = judge(&read.article, &read.understanding, &fields.claim);
            let unseen = bench.source.split == GROWN_ON;
            claim.score = Some(f64::from(match unseen {
                true => judgement.score_without(part),
                false => judgement.score,
            }));
            claim.returned = judgement.is_supported();
            let codes = judgement.reasons.iter().map(|it| it.code().to_owned());
            claim.reasons = codes.collect();
            claim.measures = judgement.measures;
        }
        Ok(claim)
    }

    fn figures(rows: &Rows<'_>) -> Figures {
        let mut figures = Figures::default();
        whole(&mut figures, rows);
        for (name, part) in parts(rows, |claim| claim.source.clone()) {
            figures.part("per_source", &name, |figures| brief(figures, &part));
        }
        for (name, part) in parts(rows, |claim| claim.level.clone()) {
            figures.part("per_level", &name, |figures| brief(figures, &part));
        }
        for (rule, accuracy) in rules(rows) {
            figures.part("per_rule", &rule, |figures| {
                let fired = rows.iter().map(|row| row.measure.reasons.contains(&rule));
                figures.estimate("balanced_accuracy", accuracy);
                figures.estimate("refuses", share(&fired.collect::<Vec<_>>()));
            });
        }
        figures
    }

    fn details(rows: &Rows<'_>) -> BTreeMap<String, Value> {
        let best = best_rule(rows).map(|(rule, _)| Value::from(rule));
        best.map(|rule| ("best_rule".to_owned(), rule))
            .into_iter()
            .collect()
    }
}

fn whole(figures: &mut Figures, rows: &Rows<'_>) {
    let scores = scores(rows, score);
    let overlaps = scores_of_overlap(rows);
    let passes = |label: bool| {
        let of_label = rows.iter().filter(|row| row.measure.label == label);
        share(&of_label.map(|row| passed(row)).collect::<Vec<_>>())
    };
    let returns = |label: bool| {
        let of_label = rows.iter().filter(|row| row.measure.label == label);
        share(&of_label.map(|row| row.measure.returned).collect::<Vec<_>>())
    };
    let best = best_threshold(&scores);
    let sources = parts(rows, |claim| claim.source.clone());
    let areas = sources
        .values()
        .filter_map(|part| auc(&self::scores(part, score)));
    figures.count("rows", rows.len());
    figures.count(
        "unread",
        rows.iter()
            .filter(|row| row.measure.score.is_none())
            .count(),
    );
    figures.estimate("auc", auc(&scores));
    figures.estimate("auc_mean_of_sources", mean(&areas.collect::<Vec<_>>()));
    figures.estimate("balanced_accuracy", balanced_accuracy(&said(rows)));
    figures.estimate("supported_accepted", passes(true));
    figures.estimate("unsupported_accepted", passes(false));
    figures.estimate("supported_returned", returns(true));
    figures.estimate("unsupported_returned", returns(false));
    figures.estimate("best_threshold", best.map(|best| best.at));
    figures.estimate(
        "best_balanced_accuracy",
        best.map(|best| best.balanced_accuracy),
    );
    figures.estimate("rouge_2_auc", auc(&overlaps));
    let overlap = best_threshold(&overlaps).map(|best| best.balanced_accuracy);
    figures.estimate("rouge_2_balanced_accuracy", overlap);
    figures.estimate(
        "best_rule_balanced_accuracy",
        best_rule(rows).map(|best| best.1),
    );
}

fn brief(figures: &mut Figures, rows: &Rows<'_>) {
    figures.count("rows", rows.len());
    figures.estimate("auc", auc(&scores(rows, score)));
    figures.estimate("balanced_accuracy", balanced_accuracy(&said(rows)));
    figures.estimate("rouge_2_auc", auc(&scores_of_overlap(rows)));
}

/// A claim on an unread document has no support.
fn score(claim: &Claim) -> f64 {
    claim.score.unwrap_or_default()
}

fn scores(rows: &Rows<'_>, score: fn(&Claim) -> f64) -> Vec<(f64, bool)> {
    let pairs = rows
        .iter()
        .map(|row| (score(&row.measure), row.measure.label));
    pairs.collect()
}

fn scores_of_overlap(rows: &Rows<'_>) -> Vec<(f64, bool)> {
    scores(rows, |claim| claim.rouge_2)
}

fn passed(row: &Measured<Claim>) -> bool {
    score(&row.measure) >= f64::from(SUPPORTED)
}

fn said(rows: &Rows<'_>) -> Vec<(bool, bool)> {
    rows.iter()
        .map(|row| (passed(row), row.measure.label))
        .collect()
}

/// Balanced accuracy of each rule, if only it refused.
fn rules(rows: &Rows<'_>) -> BTreeMap<String, Option<f64>> {
    let codes: BTreeSet<&String> = rows.iter().flat_map(|row| &row.measure.reasons).collect();
    let accuracy = |code: &String| {
        let said = rows
            .iter()
            .map(|row| (!row.measure.reasons.contains(code), row.measure.label));
        balanced_accuracy(&said.collect::<Vec<_>>())
    };
    codes
        .into_iter()
        .map(|code| (code.clone(), accuracy(code)))
        .collect()
}

fn best_rule(rows: &Rows<'_>) -> Option<(String, f64)> {
    let known = rules(rows)
        .into_iter()
        .filter_map(|(rule, accuracy)| Some((rule, accuracy?)));
    known.max_by(|one, other| one.1.total_cmp(&other.1))
}

fn parts<'a>(
    rows: &Rows<'a>,
    part: fn(&Claim) -> String,
) -> BTreeMap<String, Vec<&'a Measured<Claim>>> {
    let mut parts = BTreeMap::<String, Vec<_>>::new();
    for row in rows {
        parts.entry(part(&row.measure)).or_default().push(*row);
    }
    parts
}

/// The label's origin in short, and the news that it is about where one origin
/// has several: "QAGS, XSum".
fn source(row: &Row) -> String {
    let name = row.text("source").split(" (").next().unwrap_or_default();
    let name = name.trim_end_matches(" annotations");
    let licence = row.text("licence");
    let news = [("XSum", "XSum"), ("CNN/DailyMail", "CNN/DM")];
    let news = news.iter().find(|(sign, _)| licence.contains(sign));
    match news {
        Some((_, news)) if !name.contains(news) => format!("{name}, {news}"),
        _ => name.to_owned(),
    }
}
