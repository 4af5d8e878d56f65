//! Grammars in llguidance's matcher. Each is compiled once, and each branch gets a copy.

use std::cell::RefCell;
use std::collections::HashMap;

use llguidance::api::TopLevelGrammar;
use llguidance::toktrie::SimpleVob;
use llguidance::{Matcher, ParserFactory};

use crate::engine::backend::{Constraint, State, TokenId};
use crate::engine::sampling::Mask;
use crate::engine::{EngineError, Shape};

/// Compiled grammars that are kept; one more, and all begin anew. Most of a digest's are
/// every digest's; those with words of its article are large, and of no use to others.
const MAX_COMPILED: usize = 32;

/// Compiles grammars.
pub(super) struct Grammars {
    factory: ParserFactory,
    /// By their text, which shapes with other opening words share. On the engine's
    /// thread alone.
    compiled: RefCell<HashMap<String, Matcher>>,
}

impl Grammars {
    pub(super) fn new(factory: ParserFactory) -> Self {
        Self {
            factory,
            compiled: RefCell::default(),
        }
    }

    /// What holds a branch to a shape.
    pub(super) fn matcher(&self, shape: &Shape) -> Result<GrammarMatcher, EngineError> {
        let grammar = shape.lark();
        let mut compiled = self.compiled.borrow_mut();
        if let Some(matcher) = compiled.get(&grammar) {
            return Ok(GrammarMatcher::copy_of(matcher));
        }
        let matcher = self.compile(grammar.clone())?;
        let copy = GrammarMatcher::copy_of(&matcher);
        if compiled.len() >= MAX_COMPILED {
            compiled.clear();
        }
        compiled.insert(grammar, matcher);
        Ok(copy)
    }

    fn compile(&self, grammar: String) -> Result<Matcher, EngineError> {
        let grammar = TopLevelGrammar::from_lark(grammar);
        let matcher = Matcher::new(self.factory.create_parser(grammar));
        match matcher.get_error() {
            Some(error) => Err(EngineError::Grammar(error)),
            None => Ok(matcher),
        }
    }
}

/// llguidance's matcher, along one branch.
pub(super) struct GrammarMatcher {
    matcher: Matcher,
    /// What may come next.
    mask: SimpleVob,
}

impl GrammarMatcher {
    /// A deep copy: others share a lexer, and with it that one of them has failed.
    fn copy_of(matcher: &Matcher) -> Self {
        Self {
            matcher: matcher.deep_clone(),
            mask: SimpleVob::new(),
        }
    }
}

impl Constraint for GrammarMatcher {
    fn allowed(&mut self) -> Result<Mask<'_>, EngineError> {
        self.mask = self.matcher.compute_mask_or_eos().map_err(failed)?;
        Ok(Mask(self.mask.as_slice()))
    }

    fn allows(&mut self, token: TokenId) -> Result<bool, EngineError> {
        let env = self.matcher.tok_env().map_err(failed)?;
        let trie = env.tok_trie();
        // A token without bytes would be taken, and lead nowhere.
        let known = (token as usize) < trie.vocab_size() && !trie.token(token).is_empty();
        Ok(known && self.matcher.validate_tokens(&[token]).map_err(failed)? == 1)
    }

    fn accept(&mut self, token: TokenId) -> Result<State, EngineError> {
        self.matcher.consume_token(token).map_err(failed)?;
        Ok(if self.matcher.is_stopped() {
            State::Ended
        } else {
            State::Continues
        })
    }
}

fn failed(error: impl std::fmt::Display) -> EngineError {
    EngineError::Grammar(error.to_string())
}

#[cfg(test)]
mod tests {
    use llguidance::toktrie::ApproximateTokEnv;

    use super::*;

    /// One token for each byte, and one that ends a text.
    fn matcher(shape: &Shape) -> GrammarMatcher {
        let env = ApproximateTokEnv::single_byte_env();
        let factory = ParserFactory::new_simple(&env).expect("a factory");
        Grammars::new(factory).matcher(shape).expect("a grammar")
    }

    /// Along a text, each token alone is judged as the mask has it.
    #[test]
    fn one_token_is_allowed_as_the_mask_says() {
        let mut matcher = matcher(&Shape::Question {
            opening: "Why".into(),
            words: Vec::new(),
        });
        for byte in " did the Elm Road pool close?".bytes() {
            let mask = matcher.allowed().expect("a mask").0.to_vec();
            let mut some = 0;
            for token in 0..=260 {
                let in_mask = Mask(&mask).allows(token);
                let allowed = matcher.allows(token).expect("an answer");
                assert_eq!(allowed, in_mask, "token {token} before {byte}");
                some += u32::from(allowed);
            }
            assert!(some > 0, "nothing before {byte}");
            matcher.accept(byte.into()).expect("the text is a question");
        }
    }
}
