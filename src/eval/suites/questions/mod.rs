//! `questions`: whether the checks let the right questions through, and whether
//! the questions that are returned stand alone and differ.
//!
//! Four kinds of rows: questions on a passage that answers them or does not,
//! machines' questions with human scores, articles whose digest is looked at,
//! and questions by people, to see what the measure of standing alone is worth.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::eval::bench::{Bench, text};
use crate::eval::data::Row;
use crate::eval::error::EvalError;
use crate::eval::figures::Figures;
use crate::eval::rouge::{rouge_n, tokens};
use crate::eval::run::{Measured, Suite};

mod alone;
mod figures;
mod passage;
mod round_trip;

use passage::Checked;

/// The suite.
pub struct Questions;

/// What is kept of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Question {
    /// A question that its passage answers, or does not.
    Answerable(Answerable),
    /// A question on a passage in another language than English.
    Foreign(Foreign),
    /// A machine's question with human scores.
    Scored(Scored),
    /// The questions of a digest.
    Asked(Asked),
    /// A question that a person wrote to stand alone.
    Quiz {
        /// Whether it does by our measure.
        stands_alone: bool,
    },
}

/// A question on a passage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answerable {
    answerable: bool,
    /// What the checks say, the answer being the passage's own sentences.
    checked: Checked,
    /// Whether that answer has the reference's words.
    has_reference: bool,
    /// What the model answered; `None` without a model.
    round_trip: Option<RoundTrip>,
}

/// A question on a passage in a language whose articles are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Foreign {
    language: String,
    /// Whether the passage's language was told as another than English, for which a digest
    /// is refused.
    refused: bool,
    /// What the model answered; `None` without a model.
    round_trip: Option<RoundTrip>,
}

/// A model's answer to a question from the passage alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoundTrip {
    /// F1 of its words against the nearest reference; 0 without one.
    f1: f64,
    /// Whether the model says that the passage does not tell.
    declined: bool,
}

/// A machine's question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    checked: Checked,
    /// ROUGE-2 F1 against the human question.
    rouge_2: f64,
    /// Human scores by axis.
    scores: BTreeMap<String, f64>,
}

/// The questions of a digest.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Asked {
    /// Why there is no digest.
    refused: Option<String>,
    questions: usize,
    /// Questions that another of the digest nearly repeats, in themselves or in
    /// their answer.
    duplicates: usize,
    stand_alone: usize,
    /// Words of all questions.
    words: usize,
}

#[derive(Deserialize)]
struct OnPassage {
    passage: String,
    question: String,
    answers: Vec<String>,
    answerable: bool,
}

#[derive(Deserialize)]
struct WithScores {
    passage: String,
    question: String,
    reference_question: String,
    scores: BTreeMap<String, f64>,
}

const PASSAGES: &str = "qa_passages";
const SCORES: &str = "qg_human_scores";
const ARTICLES: &str = "news_summaries";
const QUIZ: &str = "news_quiz_questions";

impl Suite for Questions {
    type Measure = Question;
    const NAME: &'static str = "questions";
    const FILES: &'static [&'static str] = &[PASSAGES, SCORES, ARTICLES, QUIZ];
    const PROTOCOL: &'static str = "Answerability: each English question is drafted on its \
        passage with no answer, so that the checks complete it from the passage or refuse it. \
        Round trip: the model answers the question from the passage alone; F1 of words as of \
        SQuAD against the nearest reference answer, and the same by language: `refused` is the \
        share of passages that would be refused by their language. Human scores: correlation of \
        passing the checks (1 or 0) with each axis, beside that of ROUGE-2 with the human question. \
        Duplicates and standing alone: on the digests of whole articles.";
    const NOTES: &'static [&'static str] = &[
        "The passages are of an encyclopaedia and their questions ask for details, which is not \
            what readers of news ask.",
        "`stand_alone` is a measure of the surface (something named, no pronoun without it); \
            `quiz_stand_alone` says how many questions by people pass it.",
        "Checking gives pass or refusal, so a correlation with it cannot be high.",
        "Whether a question is worth asking is not measured.",
        "In other languages than English a few dozen passages are there, and nothing of what a \
            digest in them would be: none is made.",
    ];
    const ASKS_AUTHOR: bool = true;

    fn takes(row: &Row) -> bool {
        row.file == PASSAGES || is_english(row.text("language"))
    }

    async fn measure(bench: &Bench, row: &Row) -> Result<Question, EvalError> {
        match row.file {
            PASSAGES if is_english(row.text("language")) => {
                answerable(bench, row).await.map(Question::Answerable)
            }
            PASSAGES => foreign(bench, row).await.map(Question::Foreign),
            SCORES => scored(bench, row).map(Question::Scored),
            ARTICLES => asked(bench, row).await.map(Question::Asked),
            _ => Ok(Question::Quiz {
                stands_alone: alone::stands_alone(row.text("question")),
            }),
        }
    }

    fn figures(rows: &[&Measured<Question>]) -> Figures {
        figures::figures(rows.iter().map(|row| &row.measure))
    }
}

fn is_english(language: &str) -> bool {
    matches!(language, "" | "en")
}

async fn answerable(bench: &Bench, row: &Row) -> Result<Answerable, EvalError> {
    let fields: OnPassage = row.read()?;
    let (checked, answer) = passage::check(bench, &fields.passage, &fields.question);
    Ok(Answerable {
        answerable: fields.answerable,
        has_reference: round_trip::has_any(&answer, &fields.answers),
        checked,
        round_trip: answered(bench, &fields).await?,
    })
}

async fn foreign(bench: &Bench, row: &Row) -> Result<Foreign, EvalError> {
    let fields: OnPassage = row.read()?;
    let read = bench.read(&text(&fields.passage, None));
    let told = read.ok().and_then(|read| read.article.language);
    Ok(Foreign {
        refused: told.is_some_and(|told| !is_english(told)),
        round_trip: answered(bench, &fields).await?,
        language: row.text("language").to_owned(),
    })
}

/// What the model answers, where there is one.
async fn answered(bench: &Bench, fields: &OnPassage) -> Result<Option<RoundTrip>, EvalError> {
    let Some(engine) = bench.engine() else {
        return Ok(None);
    };
    let said = round_trip::ask(engine, &fields.passage, &fields.question).await?;
    Ok(Some(RoundTrip {
        f1: round_trip::f1(&said, &fields.answers),
        declined: round_trip::declines(&said),
    }))
}

fn scored(bench: &Bench, row: &Row) -> Result<Scored, EvalError> {
    let fields: WithScores = row.read()?;
    let (checked, _) = passage::check(bench, &fields.passage, &fields.question);
    let (own, reference) = (tokens(&fields.question), tokens(&fields.reference_question));
    Ok(Scored {
        checked,
        rouge_2: rouge_n(&own, &reference, 2).f1,
        scores: fields.scores,
    })
}

async fn asked(bench: &Bench, row: &Row) -> Result<Asked, EvalError> {
    let digest = match bench.digest(&text(row.text("article"), None)).await? {
        Ok(digest) => digest,
        Err(refusal) => {
            return Ok(Asked {
                refused: Some(refusal),
                ..Asked::default()
            });
        }
    };
    let questions = || digest.faq.iter().map(|pair| pair.question.as_str());
    Ok(Asked {
        refused: None,
        questions: digest.faq.len(),
        duplicates: alone::duplicates(&digest.faq),
        stand_alone: questions().filter(|it| alone::stands_alone(it)).count(),
        words: questions().map(|it| it.split_whitespace().count()).sum(),
    })
}
