//! The summary: of several that were drafted, the one whose sentences hold and say most.
//! Where too few sentences of it hold, spare ones fill in.

use crate::digest::{Refused, RefusedKind, SummaryForm, Supported};
use crate::pipeline::options::DigestOptions;
use crate::pipeline::understand::coverage::Coverage;

use super::answer::Kept;
use super::claim::Checker;
use super::refuse;

/// Of the drafted summaries the best, up to as many sentences as the options want; spare
/// sentences where it has too few, then all in the order of the article. What was refused
/// of any is told.
pub(super) fn summary(
    checker: &Checker<'_>,
    coverage: &Coverage,
    (drafted, spare): (&[Vec<String>], &[Vec<String>]),
    options: &DigestOptions,
    refused: &mut Vec<Refused>,
) -> Vec<Supported> {
    let checked = drafted.iter().map(|draft| {
        let mut kept = hold(checker, draft, options, refused);
        kept.sentences.truncate(options.summary_sentences);
        // A draft of two sentences that hold is as long as its author found right.
        let wanted = wanted(options).min(draft.len().max(2));
        (kept, wanted)
    });
    let rank = |(kept, wanted): &(Kept, usize)| {
        let text: Vec<&str> = kept.sentences.iter().map(|it| it.text.as_str()).collect();
        let enough = kept.sentences.len().min(*wanted);
        (enough, coverage.score(&text.join(" ")))
    };
    let checked: Vec<(Kept, usize)> = checked.collect();
    // The first of equals: `max_by` takes the last.
    let best = checked.into_iter().rev().max_by(|one, other| {
        let (one, other) = (rank(one), rank(other));
        one.0.cmp(&other.0).then(one.1.total_cmp(&other.1))
    });
    let (mut kept, wanted) = best.unwrap_or_else(|| (nothing(options), wanted(options).min(2)));
    if kept.sentences.len() < wanted {
        fill(&mut kept, checker, spare, wanted);
    }
    kept.sentences
}

/// Sentences that a summary should have.
fn wanted(options: &DigestOptions) -> usize {
    (*options.summary.sentences().start()).min(options.summary_sentences)
}

fn nothing(options: &DigestOptions) -> Kept {
    match options.summary {
        SummaryForm::KeyPoints => Kept::of_points(),
        SummaryForm::Short | SummaryForm::Medium => Kept::default(),
    }
}

/// The sentences of a draft that hold; what was refused is told once, however many
/// drafts have it.
fn hold(
    checker: &Checker<'_>,
    draft: &[String],
    options: &DigestOptions,
    refused: &mut Vec<Refused>,
) -> Kept {
    let mut kept = nothing(options);
    for sentence in draft {
        if let Err(reason) = kept.offer(checker, sentence, None) {
            let fallen = refuse(RefusedKind::SummarySentence, sentence.clone(), &reason);
            if !refused.contains(&fallen) {
                refused.push(fallen);
            }
        }
    }
    kept
}

/// Fills in spare sentences; one that repeats or fails is passed over.
fn fill(kept: &mut Kept, checker: &Checker<'_>, spare: &[Vec<String>], wanted: usize) {
    for sentence in spare.iter().flatten() {
        if kept.sentences.len() < wanted {
            let _ = kept.offer(checker, sentence, None);
        }
    }
    kept.sentences
        .sort_by_key(|sentence| sentence.evidence.first().map(|place| place.start));
}
