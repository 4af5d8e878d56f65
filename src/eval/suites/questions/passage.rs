//! What the product's checks say of a question on a passage.

use serde::{Deserialize, Serialize};

use crate::digest::RefusedKind;
use crate::eval::bench::{Bench, text};
use crate::pipeline::draft::{Draft, DraftPair, Drafts};
use crate::pipeline::verify::Verifier;

/// A verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checked {
    /// Whether the question would be returned.
    pub(super) passed: bool,
    /// The code of the reason against it.
    pub(super) reason: Option<String>,
}

/// Checks a question whose answer is left to the checks to complete from the
/// passage; gives the answer too.
pub(super) fn check(bench: &Bench, passage: &str, question: &str) -> (Checked, String) {
    let read = match bench.read(&text(passage, None)) {
        Ok(read) => read,
        Err(refusal) => return (refused(refusal), String::new()),
    };
    let pair = DraftPair {
        question: question.to_owned(),
        answer: Vec::new(),
        passage: 0..read.understanding.sentences.len(),
        confidence: 1.0,
        is_forced: false,
    };
    let drafts = Drafts {
        main: Draft {
            pairs: vec![pair],
            ..Draft::default()
        },
        spare: Draft::default(),
    };
    let verifier = Verifier::new(&read.article, &read.understanding, bench.options());
    let verified = verifier.verify(drafts);
    if let Some(pair) = verified.pairs.first() {
        let sentences = pair.answer.iter().map(|sentence| sentence.text.as_str());
        let passed = Checked {
            passed: true,
            reason: None,
        };
        return (passed, sentences.collect::<Vec<_>>().join(" "));
    }
    let mut reasons = verified.refused.iter();
    let reason = reasons.find(|it| it.kind == RefusedKind::Question);
    let code = reason.and_then(|it| it.reason.split(':').next());
    (refused(code.unwrap_or_default().to_owned()), String::new())
}

fn refused(reason: String) -> Checked {
    Checked {
        passed: false,
        reason: Some(reason),
    }
}
