//! The line that stands before and after the article in a prompt: a nonce of digits
//! that no line of the article has, so that nothing in it can end it. It hangs on the
//! article's text: what is asked of the same article again finds the kept prefix.

use getrandom::Error as NoRandom;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::text::hex::{hex, hex_sha256};

/// Hexadecimal digits of a fence.
const DIGITS: usize = 8;
/// Random bytes of a key.
const KEY_BYTES: usize = 64;

/// Where nonces come from.
#[derive(Clone)]
pub struct Fences {
    /// `None`: they can be worked out by whoever has the article.
    key: Option<[u8; KEY_BYTES]>,
}

impl Fences {
    /// Nonces that hang on the article alone: the same prompt in every run, for what is
    /// to be measured and compared.
    #[must_use]
    pub const fn of_text() -> Self {
        Self { key: None }
    }

    /// Nonces under a key that is drawn now and known to nobody: whoever writes what a
    /// service is sent cannot work them out.
    ///
    /// # Errors
    /// The system's, when it has no random bytes.
    pub fn drawn() -> Result<Self, NoRandom> {
        let mut key = [0; KEY_BYTES];
        getrandom::fill(&mut key)?;
        Ok(Self { key: Some(key) })
    }

    /// A fence for what is shown of `article`. Ends because the texts hold finitely
    /// many runs of digits; what hangs on the whole of an article can hardly be a part of it,
    /// so that the first try nearly always fits.
    pub(super) fn around<'a>(
        &self,
        article: &str,
        shown: impl Iterator<Item = &'a str> + Clone,
    ) -> String {
        let mut drawn = self.nonce(article);
        let mut digits = DIGITS;
        loop {
            if digits > drawn.len() {
                drawn += &hex_sha256(drawn.as_bytes());
            }
            let fence = &drawn[..digits];
            if !shown.clone().any(|text| text.contains(fence)) {
                return fence.to_owned();
            }
            digits += 1;
        }
    }

    /// The digits of which a fence is the beginning.
    fn nonce(&self, article: &str) -> String {
        let Some(key) = self.key else {
            return hex_sha256(article.as_bytes());
        };
        let mac = Hmac::<Sha256>::new(&key.into()).chain_update(article);
        hex(&mac.finalize().into_bytes())
    }
}

/// Shows no key.
impl std::fmt::Debug for Fences {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keyed = self.key.is_some();
        f.debug_struct("Fences").field("keyed", &keyed).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(article: &str) -> String {
        Fences::of_text().around(article, [article].into_iter())
    }

    #[test]
    fn the_same_article_has_the_same_fence_and_another_one_another() {
        assert_eq!(of("The pool closes."), of("The pool closes."));
        assert_ne!(of("The pool closes."), of("The pool opens."));
        assert_eq!(of("The pool closes.").len(), DIGITS);
    }

    #[test]
    fn a_drawn_fence_is_told_by_nothing_in_the_article() {
        let text = "The pool closes.";
        let (one, other) = (Fences::drawn().unwrap(), Fences::drawn().unwrap());
        let around = |fences: &Fences| fences.around(text, [text].into_iter());
        assert_eq!(around(&one), around(&one), "its prefix can be kept");
        assert_ne!(around(&one), around(&other));
        assert_ne!(around(&one), of(text));
        assert_eq!(around(&one.clone()), around(&one));
        assert_eq!(format!("{one:?}"), "Fences { keyed: true }");
    }

    #[test]
    fn a_fence_that_the_text_has_is_drawn_out() {
        let drawn = hex_sha256(b"x");
        let fence = |shown: &[&str]| Fences::of_text().around("x", shown.iter().copied());
        let shown = [&drawn[..DIGITS], &drawn[..DIGITS + 2]];
        assert_eq!(fence(&shown), drawn[..DIGITS + 3]);
        let whole = fence(&[drawn.as_str()]);
        assert!(whole.starts_with(&drawn) && whole.len() == drawn.len() + 1);
    }

    proptest! {
        #[test]
        fn no_text_has_its_fence(article in "\\PC{0,200}|[0-9a-f]{0,400}") {
            prop_assert!(!article.contains(&of(&article)));
        }
    }
}
