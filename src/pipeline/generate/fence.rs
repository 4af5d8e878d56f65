//! The line that stands before and after the article in a prompt: a nonce of letters
//! that no line of the article has, so that nothing in it can end it. How long a nonce
//! lasts is the operator's choice: each request has its own, or each article, so that
//! what is asked of it again finds the kept prefix.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use getrandom::Error as NoRandom;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::config::Fence;

/// Letters of a fence, of four bits each.
const LENGTH: usize = 8;
/// What four bits are written as, by their value. Models read a digit as a token, and of
/// common letters several as one: a fence is read again with each question.
const LETTERS: &[u8; 16] = b"etaoinshrdlcumwf";
/// Random bytes of a key.
const KEY_BYTES: usize = 64;

/// Where nonces come from.
#[derive(Clone)]
pub struct Fences(Source);

#[derive(Clone)]
enum Source {
    /// They can be worked out by whoever has the article.
    Text,
    /// They hang on the article and a key.
    Article(Key),
    /// They hang on the request, too: how many there were before it. Clones count
    /// together, as they have one key.
    Request(Key, Arc<AtomicU64>),
}

/// Known to nobody outside the process.
#[derive(Clone, Copy)]
pub(super) struct Key([u8; KEY_BYTES]);

impl Fences {
    /// Nonces that hang on the article alone: the same prompt in every run, for what is
    /// to be measured and compared.
    #[must_use]
    pub const fn of_text() -> Self {
        Self(Source::Text)
    }

    /// Nonces under a key that is drawn now and known to nobody: whoever writes what a
    /// service is sent cannot work them out.
    ///
    /// # Errors
    /// The system's, when it has no random bytes.
    pub fn drawn(lasting: Fence) -> Result<Self, NoRandom> {
        let mut key = [0; KEY_BYTES];
        getrandom::fill(&mut key)?;
        Ok(Self(match lasting {
            Fence::Article => Source::Article(Key(key)),
            Fence::Request => Source::Request(Key(key), Arc::default()),
        }))
    }

    /// The nonces of a request that begins now: all its prompts have the same for an
    /// article.
    pub(super) fn of_request(&self) -> Nonces {
        match &self.0 {
            Source::Text => Nonces::Text,
            Source::Article(key) => Nonces::Keyed(*key, None),
            Source::Request(key, begun) => {
                Nonces::Keyed(*key, Some(begun.fetch_add(1, Ordering::Relaxed)))
            }
        }
    }
}

/// Shows no key.
impl std::fmt::Debug for Fences {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let source = match self.0 {
            Source::Text => "text",
            Source::Article(_) => "article",
            Source::Request(..) => "request",
        };
        f.debug_tuple("Fences").field(&source).finish()
    }
}

/// The nonces of one request.
pub(super) enum Nonces {
    /// The article's hash.
    Text,
    /// The article's, and the request's number if it has its own, under a key.
    Keyed(Key, Option<u64>),
}

impl Nonces {
    /// A fence for what is shown of `article`. Ends because the texts hold finitely
    /// many runs of letters; what hangs on the whole of an article can hardly be a part of it,
    /// so that the first try nearly always fits.
    pub(super) fn around<'a>(
        &self,
        article: &str,
        shown: impl Iterator<Item = &'a str> + Clone,
    ) -> String {
        let mut drawn = self.nonce(article);
        let mut length = LENGTH;
        loop {
            if length > drawn.len() {
                drawn += &in_letters(&Sha256::digest(&drawn));
            }
            let fence = &drawn[..length];
            if !shown.clone().any(|text| text.contains(fence)) {
                return fence.to_owned();
            }
            length += 1;
        }
    }

    /// The letters of which a fence is the beginning.
    fn nonce(&self, article: &str) -> String {
        let Self::Keyed(key, request) = self else {
            return in_letters(&Sha256::digest(article));
        };
        let mac = Hmac::<Sha256>::new(&key.0.into());
        let mac = match request {
            Some(number) => mac.chain_update(number.to_be_bytes()),
            None => mac,
        };
        in_letters(&mac.chain_update(article).finalize().into_bytes())
    }
}

/// Bytes as letters, two for each.
fn in_letters(bytes: &[u8]) -> String {
    let values = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    values
        .map(|value| char::from(LETTERS[usize::from(value)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "The pool closes.";

    fn next(fences: &Fences) -> String {
        fences.of_request().around(TEXT, [TEXT].into_iter())
    }

    fn of(article: &str) -> String {
        Nonces::Text.around(article, [article].into_iter())
    }

    #[test]
    fn the_same_article_has_the_same_fence_and_another_one_another() {
        assert_eq!(of(TEXT), next(&Fences::of_text()));
        assert_ne!(of(TEXT), of("The pool opens."));
        assert_eq!(of(TEXT).len(), LENGTH);
    }

    #[test]
    fn a_fence_drawn_for_an_article_is_kept_with_its_prefix() {
        let drawn = || Fences::drawn(Fence::Article).unwrap();
        let (one, other) = (drawn(), drawn());
        assert_eq!(next(&one), next(&one));
        assert_eq!(next(&one.clone()), next(&one));
        assert_ne!(next(&one), next(&other));
        assert_ne!(next(&one), of(TEXT), "nothing in the article tells it");
    }

    #[test]
    fn each_request_has_a_fence_of_its_own_and_keeps_it() {
        let fences = Fences::drawn(Fence::Request).unwrap();
        let request = fences.of_request();
        let around = || request.around(TEXT, [TEXT].into_iter());
        assert_eq!(around(), around(), "its branches share a prefix");
        let others = [
            next(&fences),
            next(&fences.clone()),
            next(&fences),
            of(TEXT),
        ];
        for (at, other) in others.iter().enumerate() {
            assert_ne!(*other, around());
            assert!(!others[..at].contains(other));
        }
    }

    #[test]
    fn no_key_is_shown() {
        let fences = Fences::drawn(Fence::Request).unwrap();
        assert_eq!(format!("{fences:?}"), "Fences(\"request\")");
    }

    #[test]
    fn a_fence_that_the_text_has_is_drawn_out() {
        let drawn = in_letters(&Sha256::digest(b"x"));
        let fence = |shown: &[&str]| Nonces::Text.around("x", shown.iter().copied());
        let shown = [&drawn[..LENGTH], &drawn[..LENGTH + 2]];
        assert_eq!(fence(&shown), drawn[..LENGTH + 3]);
        let whole = fence(&[drawn.as_str()]);
        assert!(whole.starts_with(&drawn) && whole.len() == drawn.len() + 1);
    }

    proptest! {
        #[test]
        fn no_text_has_its_fence(article in "\\PC{0,200}|[etaoinshrdlcumwf]{0,400}") {
            prop_assert!(!article.contains(&of(&article)));
        }
    }
}
