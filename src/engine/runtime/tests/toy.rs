//! A backend whose tokens are bytes, and whose model always wants to say the next
//! letter of the alphabet, or what a test would have it say.

use std::sync::{Arc, Barrier};

use crate::engine::backend::{Backend, Constraint, Row, State, TokenId};
use crate::engine::sampling::Mask;
use crate::engine::{EngineError, Prefix, Shape};

const VOCABULARY: usize = 128;

/// Keeps, per sequence, the tokens that its cells hold.
#[derive(Default)]
pub(super) struct Toy {
    pub(super) sequences: Vec<Vec<TokenId>>,
    pub(super) logits: Vec<Vec<f32>>,
    pub(super) steps: Vec<usize>,
    /// Fails a step that holds this token.
    pub(super) poison: Option<TokenId>,
    /// Fails one step, the one after so many, and no other.
    pub(super) fails_after: Option<usize>,
    /// Panics in its first step: after it was met there once, and once more.
    pub(super) panics: Option<Arc<Barrier>>,
    /// What each step takes.
    pub(super) pause: std::time::Duration,
    /// What it says after these tokens; the next letter if nothing is said here.
    pub(super) says: Option<fn(&[TokenId]) -> TokenId>,
}

/// Allows capital letters until its end mark; "!" forbids everything.
pub(super) struct Letters {
    left: usize,
    broken: bool,
}

impl Constraint for Letters {
    fn allowed(&mut self) -> Result<Mask<'_>, EngineError> {
        if self.broken {
            return Err(EngineError::Grammar("broken".into()));
        }
        Ok(Mask(&[0, 0, 0x07ff_fffe, 0]))
    }

    fn accept(&mut self, _token: TokenId) -> Result<State, EngineError> {
        self.left -= 1;
        Ok(if self.left == 0 {
            State::Ended
        } else {
            State::Continues
        })
    }
}

pub(super) fn bytes(text: &str) -> Vec<TokenId> {
    text.bytes().map(TokenId::from).collect()
}

impl Backend for Toy {
    type Constraint = Letters;

    fn prefix_tokens(&self, prefix: &Prefix) -> Vec<TokenId> {
        bytes(&format!("{}{}", prefix.system, prefix.user))
    }

    fn branch_tokens(&self, instruction: &str, answer_start: &str) -> Vec<TokenId> {
        bytes(&format!("{instruction}{answer_start}"))
    }

    fn text_tokens(&self, text: &str) -> Vec<TokenId> {
        bytes(text)
    }

    /// The only choice is the number of letters, or "!".
    fn constraint(&self, shape: &Shape) -> Result<Letters, EngineError> {
        let Shape::Choice(choice) = shape else {
            return Err(EngineError::Grammar("no choice".into()));
        };
        let broken = choice[0] == "!";
        let left = if broken { Ok(1) } else { choice[0].parse() };
        let left = left.map_err(|_| EngineError::Grammar(choice[0].clone()))?;
        Ok(Letters { left, broken })
    }

    fn share(&mut self, from: usize, to: usize, tokens: usize) -> Result<(), EngineError> {
        self.sequences.resize(20, Vec::new());
        assert!(
            self.sequences[to].is_empty(),
            "cells of sequence {to} leaked"
        );
        self.sequences[to] = self.sequences[from][..tokens].to_vec();
        Ok(())
    }

    fn truncate(&mut self, sequence: usize, from: usize) -> Result<(), EngineError> {
        self.sequences.resize(20, Vec::new());
        self.sequences[sequence].truncate(from);
        Ok(())
    }

    fn decode(&mut self, rows: &[Row]) -> Result<(), EngineError> {
        if let Some(met) = &self.panics {
            met.wait();
            met.wait();
            panic!("as the test wants it");
        }
        self.sequences.resize(20, Vec::new());
        let fails = self.fails_after.take_if(|at| *at == self.steps.len());
        self.steps.push(rows.len());
        std::thread::sleep(self.pause);
        self.logits.clear();
        let poisoned = rows.iter().any(|row| Some(row.token) == self.poison);
        for row in rows {
            let cells = &mut self.sequences[row.sequence];
            assert_eq!(
                cells.len(),
                row.position,
                "a gap in sequence {}",
                row.sequence
            );
            cells.push(row.token);
            let next = self.says.map_or(row.token + 1, |says| says(cells));
            let mut logits = vec![0.0; VOCABULARY];
            logits[next as usize % VOCABULARY] = 5.0;
            self.logits.push(logits);
        }
        match poisoned || fails.is_some() {
            true => Err(EngineError::Decode("as the test wants it".into())),
            false => Ok(()),
        }
    }

    fn logits(&self, row: usize) -> &[f32] {
        &self.logits[row]
    }

    fn piece(&self, token: TokenId) -> Vec<u8> {
        u8::try_from(token).into_iter().collect()
    }
}
