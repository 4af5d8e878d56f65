//! Where branches leave the prefix that they go on from: between two tokens, before the
//! byte that they were told. Pure.

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

/// The places where the prefix of a batch can be left.
pub(super) struct Forks<'a> {
    user: &'a str,
    tokens: usize,
    /// Bytes of the user's message after which a token begins, the last first; empty
    /// where the tokens do not give the message back.
    begins: Vec<usize>,
}

impl<'a> Forks<'a> {
    /// Those of a prefix with these tokens; `piece` has the bytes of one.
    pub(super) fn of(
        (prefix, tokens): (&'a Prefix, &[TokenId]),
        piece: impl Fn(TokenId) -> Vec<u8>,
    ) -> Self {
        let mut text = prefix.user.as_bytes();
        let mut begins = Vec::new();
        for token in tokens.iter().rev() {
            if text.is_empty() {
                break;
            }
            let Some(before) = text.strip_suffix(piece(*token).as_slice()) else {
                tracing::warn!("the model's tokens do not give a text back: it is read whole");
                begins.clear();
                break;
            };
            text = before;
            begins.push(before.len());
        }
        Self {
            user: &prefix.user,
            tokens: tokens.len(),
            begins,
        }
    }

    /// The place for the first `until` bytes of the user's message, its end without. The
    /// token that ends there is left too: with what the branch says next it may be
    /// another, and the branch reads what it would read of the text in one.
    pub(super) fn at(&self, until: Option<usize>) -> Fork<'a> {
        let until = until.filter(|until| *until < self.user.len());
        let found = until.and_then(|until| {
            let mut begins = self.begins.iter().enumerate();
            begins.find_map(|(left, begin)| {
                let rest = self.user.get(*begin..until)?;
                let tokens = self.tokens - left - 1;
                (!rest.is_empty()).then_some(Fork { tokens, rest })
            })
        });
        found.unwrap_or(Fork {
            tokens: self.tokens,
            rest: "",
        })
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
        let fork = Forks::of((&prefix, &tokens), piece).at(until);
        (fork.tokens, fork.rest.to_owned())
    }

    #[test]
    fn a_branch_leaves_between_two_tokens() {
        assert_eq!(fork("abcdef", Some(4)), (2, "cd".into()));
        assert_eq!(fork("abcdef", Some(3)), (2, "c".into()));
        assert_eq!(fork("abcdef", Some(1)), (1, "a".into()));
    }

    #[test]
    fn without_a_place_it_goes_on_from_all() {
        assert_eq!(fork("abcdef", None), (4, String::new()));
        assert_eq!(fork("abcdef", Some(6)), (4, String::new()));
        assert_eq!(fork("abcdef", Some(60)), (4, String::new()));
        assert_eq!(fork("abcdef", Some(0)), (4, String::new()));
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
        let forks = Forks::of((&prefix, &[1, 2]), |_| b"?".to_vec());
        let fork = forks.at(Some(1));
        assert_eq!((fork.tokens, fork.rest), (2, ""));
    }
}
