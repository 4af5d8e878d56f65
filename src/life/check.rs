//! Holds an item against the text of its article, and says so in the item. Changes
//! no word of it.

use crate::digest::Pair;
use crate::pipeline::verify::{Judgement, Recheck};
use crate::text::sentences::sentences;

use super::item::{Item, Kind, Sentence};

/// The item with what a newer text has for it; its evidence of before is where the
/// search begins.
pub(super) fn carried(item: &Item, recheck: &Recheck<'_>) -> Item {
    let sentences = item.sentences.iter().map(|it| {
        let before: &[_] = if it.supported { &it.evidence } else { &[] };
        judged(&it.text, recheck.carried(&it.text, before))
    });
    let sentences = sentences.collect();
    concluded(item, sentences, recheck)
}

/// The item as a person has just written it.
pub(super) fn written(item: &Item, recheck: Option<&Recheck<'_>>) -> Item {
    let texts = split(item);
    let Some(recheck) = recheck else {
        let unknown = |text: String| Sentence {
            text,
            supported: false,
            reasons: vec!["text_dropped".to_owned()],
            evidence: Vec::new(),
        };
        return Item {
            sentences: texts.into_iter().map(unknown).collect(),
            supported: None,
            reasons: Vec::new(),
            ..item.clone()
        };
    };
    let sentences = texts.iter().map(|it| judged(it, recheck.sentence(it)));
    let sentences = sentences.collect();
    concluded(item, sentences, recheck)
}

fn split(item: &Item) -> Vec<String> {
    if item.kind.is_phrase() {
        return Vec::new();
    }
    let spans = sentences(&item.text).into_iter();
    spans.map(|span| span.of(&item.text).to_owned()).collect()
}

fn judged(text: &str, judgement: Judgement) -> Sentence {
    Sentence {
        text: text.to_owned(),
        supported: judgement.reasons.is_empty(),
        reasons: judgement.reasons.iter().map(ToString::to_string).collect(),
        evidence: judgement.evidence,
    }
}

/// The item with its sentences as judged, and what comes of it as a whole.
fn concluded(item: &Item, sentences: Vec<Sentence>, recheck: &Recheck<'_>) -> Item {
    let mut item = Item {
        sentences,
        reasons: Vec::new(),
        ..item.clone()
    };
    let mut reasons: Vec<String> = match item.kind {
        Kind::Topic | Kind::Related => recheck
            .phrase(&item.text, item.kind.refused())
            .into_iter()
            .collect(),
        Kind::Pair => of_question(&item, recheck).into_iter().collect(),
        Kind::Summary => Vec::new(),
    };
    let of_sentences = item.sentences.iter().flat_map(|it| it.reasons.clone());
    reasons.extend(of_sentences);
    reasons.dedup();
    let is_empty = item.sentences.is_empty() && !item.kind.is_phrase();
    item.supported = Some(reasons.is_empty() && !is_empty);
    item.reasons = reasons;
    item
}

fn of_question(item: &Item, recheck: &Recheck<'_>) -> Option<String> {
    let pair: Pair = item.pair()?;
    let problem = recheck.question(&pair.question);
    // What a machine asked was answered when it was let through.
    let by_hand = item.edited.is_some();
    let problem = problem.or_else(|| recheck.unanswered(&pair).filter(|_| by_hand));
    problem.map(|it| it.to_string())
}
