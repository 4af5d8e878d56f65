//! The line that stands before and after the article in a prompt: digits that no
//! line of the article has, so that nothing in it can end it. Drawn from the
//! article's hash and not at random: the same article gives the same prompt, and
//! with it the same digest and the same kept prefix.

use crate::text::hex::hex_sha256;

/// Hexadecimal digits of a fence.
const DIGITS: usize = 8;

/// A fence for what is shown of `article`. Ends because the texts hold finitely
/// many runs of digits; whoever writes an article cannot put its own hash into it,
/// so that the first try nearly always fits.
pub(super) fn fence<'a>(article: &str, shown: impl Iterator<Item = &'a str> + Clone) -> String {
    let mut drawn = hex_sha256(article.as_bytes());
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(article: &str) -> String {
        fence(article, [article].into_iter())
    }

    #[test]
    fn the_same_article_has_the_same_fence_and_another_one_another() {
        assert_eq!(of("The pool closes."), of("The pool closes."));
        assert_ne!(of("The pool closes."), of("The pool opens."));
        assert_eq!(of("The pool closes.").len(), DIGITS);
    }

    #[test]
    fn a_fence_that_the_text_has_is_drawn_out() {
        let drawn = hex_sha256(b"x");
        let shown = [&drawn[..DIGITS], &drawn[..DIGITS + 2]];
        assert_eq!(fence("x", shown.into_iter()), drawn[..DIGITS + 3]);
        let whole = fence("x", [drawn.as_str()].into_iter());
        assert!(whole.starts_with(&drawn) && whole.len() == drawn.len() + 1);
    }

    proptest! {
        #[test]
        fn no_text_has_its_fence(article in "\\PC{0,200}|[0-9a-f]{0,400}") {
            prop_assert!(!article.contains(&of(&article)));
        }
    }
}
