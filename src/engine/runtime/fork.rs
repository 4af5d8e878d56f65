//! Where a branch leaves the prefix that it goes on from: between two tokens, at or
//! before the byte that it was told. Pure.

use crate::engine::Prefix;
use crate::engine::backend::TokenId;

/// The place where a branch leaves its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fork<'a> {
    /// Tokens of the prefix before it.
    pub(super) tokens: usize,
    /// What of the user's message is left between these tokens and the byte.
    pub(super) rest: &'a str,
}

impl<'a> Fork<'a> {
    /// The place for the first `until` bytes of the user's message, with which a prefix
    /// of these tokens ends; `piece` has the bytes of a token. Its end without `until`,
    /// and where the tokens do not give the message back.
    pub(super) fn of(
        (prefix, tokens): (&'a Prefix, &[TokenId]),
        until: Option<usize>,
        piece: impl Fn(TokenId) -> Vec<u8>,
    ) -> Self {
        let whole = Self {
            tokens: tokens.len(),
            rest: "",
        };
        let Some(until) = until.filter(|until| *until < prefix.user.len()) else {
            return whole;
        };
        let mut text = prefix.user.as_bytes();
        let mut kept = tokens.len();
        loop {
            if let Some(rest) = prefix.user.get(text.len()..until) {
                return Self { tokens: kept, rest };
            }
            let last = kept.checked_sub(1);
            let before = last.and_then(|last| text.strip_suffix(piece(tokens[last]).as_slice()));
            let Some(before) = before else {
                return whole;
            };
            (text, kept) = (before, kept - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message cut after every second byte, behind one token of something else.
    fn fork(user: &str, until: Option<usize>) -> (usize, String) {
        let prefix = Prefix {
            system: "s".into(),
            user: user.into(),
        };
        let pieces: Vec<&[u8]> = user.as_bytes().chunks(2).collect();
        let tokens: Vec<TokenId> = (0..=pieces.len())
            .map(|at| TokenId::try_from(at).expect("it is short"))
            .collect();
        let piece = |token: TokenId| match token {
            0 => b"system".to_vec(),
            token => pieces[token as usize - 1].to_vec(),
        };
        let fork = Fork::of((&prefix, &tokens), until, piece);
        (fork.tokens, fork.rest.to_owned())
    }

    #[test]
    fn a_branch_leaves_between_two_tokens() {
        assert_eq!(fork("abcdef", Some(4)), (3, String::new()));
        assert_eq!(fork("abcdef", Some(3)), (2, "c".into()));
        assert_eq!(fork("abcdef", Some(0)), (1, String::new()));
    }

    #[test]
    fn without_a_place_it_goes_on_from_all() {
        assert_eq!(fork("abcdef", None), (4, String::new()));
        assert_eq!(fork("abcdef", Some(6)), (4, String::new()));
        assert_eq!(fork("abcdef", Some(60)), (4, String::new()));
    }

    #[test]
    fn no_character_is_cut() {
        // The second token ends within the "é".
        assert_eq!(fork("abcéd", Some(5)), (2, "cé".into()));
        assert_eq!(fork("abcéd", Some(3)), (2, "c".into()));
        assert_eq!(fork("abcéd", Some(4)), (4, String::new()), "no such place");
    }

    #[test]
    fn a_vocabulary_that_gives_no_text_back_goes_on_from_all() {
        let prefix = Prefix {
            system: String::new(),
            user: "abc".into(),
        };
        let fork = Fork::of((&prefix, &[1, 2]), Some(1), |_| b"?".to_vec());
        assert_eq!((fork.tokens, fork.rest), (2, ""));
    }
}
