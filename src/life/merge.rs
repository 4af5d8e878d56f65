//! A digest of a newer text into the items that there are: what the text still backs
//! is kept, word for word, with its new places; what it does not is replaced from the
//! digest; what a person wrote, locked or turned down is never touched.

use crate::digest::{Digest, EXTRACTIVE};
use crate::pipeline::select::same_pair;
use crate::pipeline::verify::Recheck;
use crate::text::words::content_stems;

use super::Ids;
use super::check;
use super::content::{Changes, Content, Fallen, Replaced};
use super::item::{Item, ItemState, Kind, Origin, Review};

/// What is merged, and within which bounds.
pub struct Merging<'a> {
    /// The job that made the digest.
    pub job: &'a str,
    /// The number of the text that it was made of.
    pub version: i64,
    /// Whether that is the text which the items' evidence points into.
    pub is_same_text: bool,
    /// That text.
    pub recheck: &'a Recheck<'a>,
    /// The digest.
    pub digest: Digest,
    /// Whether the digest's evidence points into that text as it is read here; made
    /// by another version of the program it may not.
    pub is_same_reading: bool,
    /// Pairs that were asked for.
    pub count: usize,
    /// Items that an article may have.
    pub most_items: usize,
}

/// What becomes of an item.
enum Fate {
    /// It stays, protected or backed.
    Stays(Item),
    /// It leaves, and its place may be taken.
    Falls(Item),
}

/// The article's content after a merge.
#[must_use]
pub fn merge(before: Content, merging: Merging<'_>, ids: &mut Ids<'_>) -> Content {
    let mut changes = Changes {
        job: merging.job.to_owned(),
        version: Some(merging.version),
        ..Changes::default()
    };
    let fates = before.items.iter();
    let fates: Vec<Fate> = fates.map(|it| fate(it, &merging, &mut changes)).collect();
    let mut fresh = Fresh::new(&before, &fates, &merging, ids);
    let mut items = Vec::new();
    for fate in fates {
        match fate {
            Fate::Stays(item) => items.push(item),
            Fate::Falls(item) => match fresh.take(item.kind) {
                Some(new) => {
                    changes.replaced.push(Replaced {
                        old: item.id,
                        new: new.id.clone(),
                    });
                    items.push(new);
                }
                None => changes.dropped.push(item.id),
            },
        }
    }
    changes.added = fresh.items.iter().map(|it| it.id.clone()).collect();
    items.append(&mut fresh.items);
    let digest = merging.digest;
    let mut after = Content {
        items,
        removed: before.removed,
        refused: digest.refused,
        notices: digest.notices,
        provenance: Some(digest.provenance),
        changes: Some(changes),
    };
    after.settle();
    after
}

/// Holds an item against the text, and notes what comes of it.
fn fate(item: &Item, merging: &Merging<'_>, changes: &mut Changes) -> Fate {
    // Locked when the article left it behind, and unlocked since.
    let is_left = item.state == ItemState::Stale && !item.is_protected();
    if merging.is_same_text && !is_left {
        changes.kept.push(item.id.clone());
        return Fate::Stays(item.clone());
    }
    let mut now = check::carried(item, merging.recheck);
    let holds = now.supported == Some(true);
    // What a person wrote against the article cannot fall.
    let falls = !holds && (item.supported != Some(false) || is_left);
    if holds {
        now.state = ItemState::Current;
    }
    if !falls {
        let is_moved = !now.evidence().map(place).eq(item.evidence().map(place));
        let list = if is_moved {
            &mut changes.moved
        } else {
            &mut changes.kept
        };
        list.push(item.id.clone());
        return Fate::Stays(now);
    }
    changes.fallen.push(Fallen {
        id: item.id.clone(),
        kind: item.kind,
        question: item.question.clone(),
        text: item.text.clone(),
        reasons: now.reasons.clone(),
    });
    if item.is_protected() {
        now.state = ItemState::Stale;
        changes.stale.push(item.id.clone());
        return Fate::Stays(now);
    }
    Fate::Falls(now)
}

fn place(evidence: &crate::digest::Evidence) -> (usize, usize) {
    (evidence.start, evidence.end)
}

/// What the digest has that is neither there nor was turned down, as far as there is
/// room for it.
struct Fresh {
    items: Vec<Item>,
}

/// The words that a new item must not repeat.
struct Known<'a> {
    kind: Kind,
    question: Option<&'a str>,
    text: &'a str,
}

impl Fresh {
    fn new(before: &Content, fates: &[Fate], merging: &Merging<'_>, ids: &mut Ids<'_>) -> Self {
        let staying: Vec<&Item> = fates
            .iter()
            .filter_map(|fate| match fate {
                Fate::Stays(item) => Some(item),
                Fate::Falls(_) => None,
            })
            .collect();
        let known = staying.iter().map(|it| Known {
            kind: it.kind,
            question: it.question.as_deref(),
            text: &it.text,
        });
        let removed = before.removed.iter().map(|it| Known {
            kind: it.kind,
            question: it.question.as_deref(),
            text: &it.text,
        });
        let known: Vec<Known<'_>> = known.chain(removed).collect();
        let mut left = merging.most_items.saturating_sub(staying.len());
        let mut items: Vec<Item> = Vec::new();
        for item in drafted(merging, ids) {
            let shown = |it: &&&Item| it.kind == item.kind && it.review != Review::Rejected;
            let had = staying.iter().filter(shown).count()
                + items.iter().filter(|it| it.kind == item.kind).count();
            let has_room = left > 0 && had < room(before, merging, item.kind);
            if has_room && !known.iter().any(|it| repeats(it, &item)) {
                items.push(item);
                left -= 1;
            }
        }
        Self { items }
    }

    /// Takes the first of a kind.
    fn take(&mut self, kind: Kind) -> Option<Item> {
        let at = self.items.iter().position(|it| it.kind == kind)?;
        Some(self.items.remove(at))
    }
}

/// How many of a kind there may be.
fn room(before: &Content, merging: &Merging<'_>, kind: Kind) -> usize {
    match kind {
        Kind::Topic | Kind::Summary => 1,
        Kind::Pair => merging.count,
        Kind::Related => merging
            .digest
            .related
            .len()
            .max(before.of_kind(kind).count()),
    }
}

/// The digest as items that the text backs.
fn drafted(merging: &Merging<'_>, ids: &mut Ids<'_>) -> Vec<Item> {
    let digest = &merging.digest;
    let origin = match digest.provenance.model.as_str() {
        EXTRACTIVE => Origin::Extractive,
        _ => Origin::Machine,
    };
    let mut made = |kind, text: &str| Item::made(ids(), kind, origin, text.to_owned());
    let topic = digest.topic.iter().map(|it| (Kind::Topic, it));
    let related = digest.related.iter().map(|it| (Kind::Related, it));
    let phrases: Vec<Item> = topic
        .chain(related)
        .map(|(kind, text)| made(kind, text))
        .collect();
    let summary = digest.summary.iter();
    let summary = summary.map(|it| Item {
        summary_form: digest.summary_form,
        ..made(Kind::Summary, "").of_passage(it.clone())
    });
    let summary: Vec<Item> = summary.collect();
    let pairs = digest.faq.iter().map(|pair| Item {
        question: Some(pair.question.clone()),
        ..made(Kind::Pair, "").of_passage(pair.answer.clone())
    });
    let pairs: Vec<Item> = pairs.collect();
    let all = phrases.into_iter().chain(summary).chain(pairs);
    if merging.is_same_reading {
        return all.collect();
    }
    let held = all.map(|it| check::carried(&it, merging.recheck));
    held.filter(|it| it.supported == Some(true)).collect()
}

/// Whether a new item says what is there or was turned down.
fn repeats(known: &Known<'_>, new: &Item) -> bool {
    if known.kind != new.kind {
        return false;
    }
    match (known.question, &new.question) {
        (Some(question), Some(asked)) => same_pair((question, known.text), (asked, &new.text)),
        _ if new.kind.is_phrase() => same_phrase(known.text, &new.text),
        _ => known.text == new.text,
    }
}

/// Whether all words of one stand in the other.
fn same_phrase(one: &str, other: &str) -> bool {
    let (one, other) = (content_stems(one), content_stems(other));
    one.iter().all(|stem| other.contains(stem)) || other.iter().all(|stem| one.contains(stem))
}

#[cfg(test)]
mod tests;
