//! The round trip: a model answers a question from the passage alone, and its
//! words are held against a person's answer.

use std::collections::HashMap;

use crate::engine::{Batch, Branch, Engine, Goal, Prefix, Shape};
use crate::eval::error::EvalError;
use crate::eval::rouge::Score;
use crate::lane::Lane;
use crate::pipeline::error::PipelineError;

const SYSTEM: &str = "You answer questions from the text that you are given and from nothing else.";
/// What the model says when the text does not tell.
const DECLINED: &str = "Not stated";
/// Characters of an answer at most.
const MAX_CHARACTERS: usize = 160;
/// Tokens of an answer at most.
const MAX_TOKENS: usize = 40;

/// Asks the model.
pub(super) async fn ask(
    engine: &dyn Engine,
    passage: &str,
    question: &str,
) -> Result<String, EvalError> {
    let instruction = format!(
        "Question: {question}\nAnswer in as few words as you can, in the text's own words. \
         If the text does not say, answer \"{DECLINED}\"."
    );
    let batch = Batch {
        lane: Lane::Backfill,
        prefix: Prefix {
            system: SYSTEM.to_owned(),
            user: format!("Text:\n\n{passage}\n\n"),
        },
        branches: vec![Branch {
            until: None,
            instruction,
            answer_start: String::new(),
            goal: Goal::Decode {
                shape: Shape::Line {
                    characters: MAX_CHARACTERS,
                },
                max_tokens: MAX_TOKENS,
            },
        }],
    };
    let output = engine.run(batch).await.map_err(PipelineError::from)?;
    let said = output.completions.into_iter().next();
    Ok(said.map(|completion| completion.text).unwrap_or_default())
}

/// Whether the model found no answer.
pub(super) fn declines(said: &str) -> bool {
    let declined = words(DECLINED);
    said.trim().is_empty()
        || words(said)
            .windows(declined.len())
            .any(|run| run == declined)
}

/// F1 of the words of an answer against the nearest reference, as the SQuAD
/// evaluation computes it (Rajpurkar and others, 2016).
pub(super) fn f1(said: &str, references: &[String]) -> f64 {
    let said = words(said);
    let scores = references.iter().map(|reference| {
        let reference = words(reference);
        let mut left = HashMap::<&String, usize>::new();
        for word in &reference {
            *left.entry(word).or_default() += 1;
        }
        let shared = said.iter().filter(|word| match left.get_mut(word) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        });
        Score::new(shared.count(), said.len(), reference.len()).f1
    });
    scores.fold(0.0, f64::max)
}

/// Whether an answer has all words of a reference, in its order.
pub(super) fn has_any(answer: &str, references: &[String]) -> bool {
    let answer = words(answer);
    references.iter().map(|it| words(it)).any(|reference| {
        !reference.is_empty() && answer.windows(reference.len()).any(|run| run == reference)
    })
}

/// Lower case, without punctuation and articles.
fn words(text: &str) -> Vec<String> {
    let text: String = text
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || c.is_whitespace())
        .collect();
    let words = text.split_whitespace();
    words
        .filter(|word| !matches!(*word, "a" | "an" | "the"))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::scripted::ScriptedEngine;

    #[test]
    fn f1_by_hand() {
        let references = ["The Elm Road pool".to_owned(), "pool".to_owned()];
        // "pool in Elm": two of three words, two of three of the reference.
        let found = f1("pool in Elm", &references);
        assert!((found - 2.0 / 3.0).abs() < 1e-12, "{found}");
        assert_eq!(f1("a pool.", &references), 1.0);
        assert_eq!(f1("library", &references), 0.0);
        assert_eq!(f1("library", &[]), 0.0);
    }

    #[test]
    fn a_reference_is_found_in_an_answer() {
        let reference = ["$2 million".to_owned()];
        assert!(has_any("Repairs cost the $2 million, he said.", &reference));
        assert!(!has_any("Repairs cost 12 million.", &reference));
        assert!(!has_any("Repairs.", &["the".to_owned()]));
    }

    #[tokio::test]
    async fn a_model_is_asked_from_the_passage() {
        let engine = ScriptedEngine::new(|prefix, branch| {
            let known = prefix.user.contains("closed on Monday");
            let asked = branch.instruction.contains("When did the pool close?");
            if known && asked {
                "Monday"
            } else {
                "Not stated."
            }
            .to_owned()
        });
        let said = ask(
            &engine,
            "The pool closed on Monday.",
            "When did the pool close?",
        );
        assert_eq!(said.await.unwrap(), "Monday");
        let said = ask(&engine, "The pool is old.", "When did the pool close?")
            .await
            .unwrap();
        assert!(declines(&said), "{said}");
        assert!(!declines("Monday") && declines(" "));
    }
}
