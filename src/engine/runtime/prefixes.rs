//! What the slots of the KV cache hold: the prefixes of articles at work and of
//! some that have ended. A new prefix that begins like one of them starts from its
//! cells. Pure.

use std::rc::Rc;

use crate::engine::backend::TokenId;
use crate::engine::scheduler::{ArticleId, Slot};

/// Fewer tokens than this are computed again rather than shared.
const MIN_SHARED: usize = 16;

struct Held {
    tokens: Rc<[TokenId]>,
    /// Tokens that are in the cache.
    filled: usize,
    /// `None`: the article has ended.
    article: Option<ArticleId>,
}

/// One entry for each slot.
pub(super) struct Prefixes {
    slots: Vec<Option<Held>>,
}

impl Prefixes {
    pub(super) fn new(slots: usize) -> Self {
        Self {
            slots: (0..slots).map(|_| None).collect(),
        }
    }

    /// The slot whose article has ended and whose prefix is, for the most part,
    /// the start of this one.
    pub(super) fn heir_of(&self, prefix: &[TokenId]) -> Option<Slot> {
        let kept = |held: &&Held| held.article.is_none();
        let (slot, shared, held) = self.best(prefix, kept)?;
        (shared * 2 >= held.filled).then_some(slot)
    }

    /// The slot that has most of the start of this prefix, and how much.
    pub(super) fn donor(&self, prefix: &[TokenId]) -> Option<(Slot, usize)> {
        self.best(prefix, |_| true)
            .map(|(slot, shared, _)| (slot, shared))
    }

    /// How much of the start of this prefix a slot has.
    pub(super) fn shared(&self, slot: Slot, prefix: &[TokenId]) -> usize {
        let held = self.slots.get(slot).and_then(Option::as_ref);
        held.map_or(0, |held| held.shared(prefix))
    }

    fn best(
        &self,
        prefix: &[TokenId],
        wanted: impl Fn(&&Held) -> bool,
    ) -> Option<(Slot, usize, &Held)> {
        let slots = self.slots.iter().enumerate();
        let held = slots.filter_map(|(slot, held)| Some((slot, held.as_ref().filter(&wanted)?)));
        let shared = held.map(|(slot, held)| (slot, held.shared(prefix), held));
        let best = shared.max_by_key(|(_, shared, _)| *shared)?;
        (best.1 >= MIN_SHARED).then_some(best)
    }

    pub(super) fn hold(&mut self, slot: Slot, article: ArticleId, tokens: Rc<[TokenId]>) {
        self.slots[slot] = Some(Held {
            tokens,
            filled: 0,
            article: Some(article),
        });
    }

    pub(super) fn fill(&mut self, slot: Slot, filled: usize) {
        if let Some(held) = &mut self.slots[slot] {
            held.filled = filled;
        }
    }

    /// The article has ended; what it held may be kept.
    pub(super) fn leave(&mut self, article: ArticleId) {
        let mut held = self.slots.iter_mut().flatten();
        if let Some(held) = held.find(|held| held.article == Some(article)) {
            held.article = None;
        }
    }

    pub(super) fn clear(&mut self, slot: Slot) {
        self.slots[slot] = None;
    }
}

impl Held {
    fn shared(&self, prefix: &[TokenId]) -> usize {
        let pairs = self.tokens[..self.filled].iter().zip(prefix);
        pairs.take_while(|(a, b)| a == b).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(range: std::ops::Range<TokenId>) -> Rc<[TokenId]> {
        range.collect()
    }

    #[test]
    fn only_what_is_filled_is_shared() {
        let mut prefixes = Prefixes::new(2);
        prefixes.hold(0, 7, tokens(0..100));
        assert_eq!(prefixes.donor(&tokens(0..90)), None);
        prefixes.fill(0, 40);
        assert_eq!(prefixes.donor(&tokens(0..90)), Some((0, 40)));
        assert_eq!(prefixes.donor(&tokens(0..10)), None, "too little");
    }

    #[test]
    fn an_heir_is_for_what_has_ended_and_is_mostly_the_same() {
        let mut prefixes = Prefixes::new(2);
        prefixes.hold(1, 7, tokens(0..100));
        prefixes.fill(1, 100);
        assert_eq!(prefixes.heir_of(&tokens(0..90)), None);
        prefixes.leave(7);
        assert_eq!(prefixes.heir_of(&tokens(0..90)), Some(1));
        assert_eq!(prefixes.heir_of(&tokens(0..40)), None);
        prefixes.clear(1);
        assert_eq!(prefixes.heir_of(&tokens(0..90)), None);
    }
}
