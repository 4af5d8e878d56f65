//! Buckets of many callers, bounded in number. Pure: the time comes in.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::Pace;

/// A bucket for each key, and one for everybody else.
#[derive(Debug)]
pub struct Paces {
    by_key: HashMap<String, Pace>,
    /// Of who has no key, and of keys that there is no room for.
    others: Pace,
    /// Keys that have a bucket of their own, at most.
    most: usize,
}

impl Paces {
    /// Full buckets; `most` keys at once may have one of their own.
    #[must_use]
    pub fn new(most: usize, per_minute: u32, now: Instant) -> Self {
        Self {
            by_key: HashMap::new(),
            others: Pace::new(per_minute, now),
            most,
        }
    }

    /// Takes one out of the key's bucket, or of the one of everybody else.
    ///
    /// # Errors
    /// The time until there is one.
    pub fn take(
        &mut self,
        key: Option<&str>,
        per_minute: u32,
        now: Instant,
    ) -> Result<(), Duration> {
        let own = key.filter(|key| self.has_room(key, per_minute, now));
        let pace = match own {
            Some(key) => {
                let pace = self.by_key.entry(key.to_owned());
                pace.or_insert_with(|| Pace::new(per_minute, now))
            }
            None => &mut self.others,
        };
        pace.take(per_minute, now)
    }

    fn has_room(&mut self, key: &str, per_minute: u32, now: Instant) -> bool {
        if self.by_key.contains_key(key) {
            return true;
        }
        if self.by_key.len() >= self.most {
            // A full bucket says no more than none.
            self.by_key.retain(|_, pace| !pace.is_full(per_minute, now));
        }
        self.by_key.len() < self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn no_key_empties_the_bucket_of_another() {
        let now = Instant::now();
        let mut paces = Paces::new(10, 2, now);
        for key in [None, Some("a"), Some("b")] {
            assert!(paces.take(key, 2, now).is_ok());
            assert!(paces.take(key, 2, now).is_ok());
            assert!(paces.take(key, 2, now).is_err(), "{key:?}");
        }
        for key in [None, Some("a")] {
            assert!(paces.take(key, 2, now + MINUTE).is_ok(), "{key:?}");
        }
    }

    #[test]
    fn more_keys_than_there_is_room_for_share_one_bucket() {
        let now = Instant::now();
        let mut paces = Paces::new(2, 1, now);
        for key in ["a", "b", "c"] {
            assert!(paces.take(Some(key), 1, now).is_ok(), "{key}");
        }
        assert!(paces.take(Some("d"), 1, now).is_err());
        assert!(paces.take(None, 1, now).is_err());
        assert_eq!(paces.by_key.len(), 2);
        // Those whose buckets are full again make room.
        let later = now + MINUTE;
        assert!(paces.take(Some("a"), 1, later).is_ok());
        assert!(paces.take(Some("d"), 1, later).is_ok());
        assert!(paces.take(None, 1, later).is_ok());
        assert!(paces.by_key.len() <= 2);
        assert!(!paces.by_key.contains_key("b"), "it was full");
    }
}
