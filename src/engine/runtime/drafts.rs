//! Speculation by lookup: where an answer repeats three tokens of the article or
//! of its own prompt, what followed there is guessed to follow here (prompt lookup
//! decoding). A guess only saves steps: the model runs over it and has the last
//! word, token by token. Pure.

use std::collections::HashMap;

use crate::engine::backend::TokenId;

/// Tokens that have to agree before anything is guessed.
const KEY: usize = 3;
/// How far back two places are compared to choose the better one.
const MAX_COMPARED: usize = 24;
/// Guesses that a branch begins with.
const FIRST_LENGTH: usize = 3;

/// Where each run of [`KEY`] tokens stands in a prefix.
#[derive(Debug)]
pub(super) struct Lookup {
    /// Positions after the run, ascending.
    places: HashMap<[TokenId; KEY], Vec<usize>>,
}

impl Lookup {
    pub(super) fn new(prefix: &[TokenId]) -> Self {
        let mut places: HashMap<[TokenId; KEY], Vec<usize>> = HashMap::new();
        for (start, window) in prefix.windows(KEY).enumerate() {
            if let Ok(key) = <[TokenId; KEY]>::try_from(window) {
                places.entry(key).or_default().push(start + KEY);
            }
        }
        Self { places }
    }

    /// Up to `most` tokens that may follow `own`, the tokens of a branch after
    /// `prefix`: from the place in the prefix that agrees furthest back, the last
    /// of several; from the branch itself when the prefix has none.
    pub(super) fn guess<'a>(
        &self,
        prefix: &'a [TokenId],
        own: &'a [TokenId],
        most: usize,
    ) -> &'a [TokenId] {
        let Some(key) = own.last_chunk::<KEY>() else {
            return &[];
        };
        let places = self.places.get(key).into_iter().flatten();
        let best = places.max_by_key(|place| agreement(&prefix[..**place], own));
        let rest = match best {
            Some(place) => &prefix[*place..],
            None => repeated(own, key),
        };
        &rest[..rest.len().min(most)]
    }
}

/// What followed the last earlier place in `own` that has the key.
fn repeated<'a>(own: &'a [TokenId], key: &[TokenId; KEY]) -> &'a [TokenId] {
    let earlier = &own[..own.len() - 1];
    let found = earlier.windows(KEY).rposition(|window| window == key);
    found.map_or(&[], |start| &own[start + KEY..])
}

fn agreement(there: &[TokenId], here: &[TokenId]) -> usize {
    let pairs = there.iter().rev().zip(here.iter().rev());
    let equal = pairs.take(MAX_COMPARED).take_while(|(a, b)| a == b);
    equal.count()
}

/// How many tokens a branch guesses ahead: more while guesses hold, fewer when
/// they fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Length {
    now: usize,
    most: usize,
}

impl Length {
    pub(super) fn new(most: usize) -> Self {
        let now = FIRST_LENGTH.min(most);
        Self { now, most }
    }

    pub(super) fn get(self) -> usize {
        self.now
    }

    /// Learns how many of the last guesses were right.
    pub(super) fn learn(&mut self, guessed: usize, accepted: usize) {
        self.now = match accepted {
            _ if guessed == 0 => self.now,
            all if all == guessed => (self.now * 2).min(self.most),
            some => some.max(1).min(self.most),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_that_agrees_furthest_back_is_followed() {
        let prefix = [9, 1, 2, 3, 40, 41, 8, 1, 2, 3, 50, 51];
        let lookup = Lookup::new(&prefix);
        assert_eq!(lookup.guess(&prefix, &[9, 1, 2, 3], 2), [40, 41]);
        assert_eq!(lookup.guess(&prefix, &[8, 1, 2, 3], 9), [50, 51]);
        // Nothing tells the two apart: the later one.
        assert_eq!(lookup.guess(&prefix, &[1, 2, 3], 1), [50]);
    }

    #[test]
    fn without_a_place_in_the_prefix_the_branch_itself_is_looked_at() {
        let lookup = Lookup::new(&[1, 2, 3]);
        assert_eq!(
            lookup.guess(&[1, 2, 3], &[5, 6, 7, 8, 5, 6, 7], 3),
            [8, 5, 6]
        );
        assert!(lookup.guess(&[1, 2, 3], &[5, 6, 7], 3).is_empty());
        assert!(lookup.guess(&[1, 2, 3], &[2, 3], 3).is_empty());
    }

    #[test]
    fn guesses_grow_while_they_hold() {
        let mut length = Length::new(8);
        assert_eq!(length.get(), 3);
        length.learn(3, 3);
        assert_eq!(length.get(), 6);
        length.learn(6, 2);
        assert_eq!(length.get(), 2);
        length.learn(2, 0);
        assert_eq!(length.get(), 1);
        length.learn(0, 0);
        assert_eq!(length.get(), 1);
        assert_eq!(Length::new(0).get(), 0);
    }
}
