//! Choosing the next token: greedy, under a grammar's mask. Pure and
//! deterministic: the same logits and mask give the same token.

use super::EngineError;
use super::backend::{Constraint, TokenId};

mod peaks;

use peaks::Peaks;

/// A set of tokens, one bit each, lowest bit of the first word first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mask<'a>(pub(super) &'a [u32]);

impl Mask<'_> {
    pub(super) fn allows(&self, token: TokenId) -> bool {
        let word = self.0.get((token / u32::BITS) as usize);
        word.is_some_and(|word| word >> (token % u32::BITS) & 1 == 1)
    }

    /// The tokens of the set, ascending.
    fn tokens(&self) -> impl Iterator<Item = TokenId> + '_ {
        (0u32..)
            .zip(self.0)
            .filter(|(_, word)| **word != 0)
            .flat_map(|(index, word)| {
                (0..u32::BITS)
                    .filter(move |bit| word >> bit & 1 == 1)
                    .map(move |bit| index * u32::BITS + bit)
            })
    }
}

/// A chosen token and its natural-log probability under the unmasked model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Choice {
    pub(super) token: TokenId,
    pub(super) logprob: f32,
}

/// The likeliest allowed token; the lowest id wins a tie. `None` when the constraint
/// allows nothing that has a finite logit.
pub(super) fn greedy<C: Constraint>(
    logits: &[f32],
    constraint: &mut C,
) -> Result<Option<Choice>, EngineError> {
    let Some(peaks) = Peaks::of(logits) else {
        return Ok(None);
    };
    // The model's own favourite is nearly always allowed, and to ask for it alone is much
    // cheaper than to find out which of 150,000 tokens are.
    let token = match peaks.favourite() {
        Some(favourite) if constraint.allows(favourite)? => Some(favourite),
        _ => likeliest(logits, constraint.allowed()?.tokens()),
    };
    let logprob = token.and_then(|token| logprob_of(&peaks, logits, token));
    Ok(token
        .zip(logprob)
        .map(|(token, logprob)| Choice { token, logprob }))
}

fn likeliest(logits: &[f32], tokens: impl Iterator<Item = TokenId>) -> Option<TokenId> {
    let mut best: Option<(TokenId, f32)> = None;
    for token in tokens {
        let Some(&logit) = logits.get(token as usize) else {
            break;
        };
        if logit.is_finite() && best.is_none_or(|(_, highest)| logit > highest) {
            best = Some((token, logit));
        }
    }
    best.map(|(token, _)| token)
}

/// The natural-log probability of a token under the model. `None` where there is no such
/// token, or no logit is finite.
pub(super) fn logprob(logits: &[f32], token: TokenId) -> Option<f32> {
    logprob_of(&Peaks::of(logits)?, logits, token)
}

fn logprob_of(peaks: &Peaks<'_>, logits: &[f32], token: TokenId) -> Option<f32> {
    let logit = logits.get(token as usize)?;
    Some(logit - peaks.log_sum_exp())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::backend::State;

    /// Allows the same tokens at all times.
    struct Fixed<'a>(Mask<'a>);

    impl Constraint for Fixed<'_> {
        fn allowed(&mut self) -> Result<Mask<'_>, EngineError> {
            Ok(self.0)
        }

        fn accept(&mut self, _: TokenId) -> Result<State, EngineError> {
            Ok(State::Continues)
        }
    }

    fn chosen(logits: &[f32], mask: &[u32]) -> Option<Choice> {
        greedy(logits, &mut Fixed(Mask(mask))).expect("the constraint has no errors")
    }

    #[test]
    fn the_likeliest_allowed_token_wins() {
        let logits = [0.0, 3.0, 5.0, 1.0];
        let choice = chosen(&logits, &[0b1011]).expect("three are allowed");
        assert_eq!(choice.token, 1);
        assert!(
            choice.logprob < -2.0,
            "token 2 holds most of the probability"
        );
    }

    #[test]
    fn masks_reach_beyond_their_first_word_and_stop_at_the_vocabulary() {
        let logits = [1.0; 40];
        let choice = chosen(&logits, &[0, 1 << 5, u32::MAX]).expect("37 is allowed");
        assert_eq!(choice.token, 37);
    }

    #[test]
    fn probabilities_sum_to_one() {
        let logits = [-4.0, 0.5, 2.0, 900.0];
        let sum: f32 = (0..4)
            .filter_map(|only| chosen(&logits, &[1 << only]))
            .map(|choice| choice.logprob.exp())
            .sum();
        assert!((sum - 1.0).abs() < 1e-5);
    }

    #[test]
    fn nothing_allowed_or_nothing_finite_gives_nothing() {
        assert_eq!(chosen(&[1.0, 2.0], &[0]), None);
        assert_eq!(chosen(&[f32::NAN, f32::NEG_INFINITY], &[u32::MAX]), None);
    }

    /// As it would be said: a pass for the token, one for the highest, one for the sum.
    fn plain(logits: &[f32], mask: &[u32]) -> Option<(TokenId, f64)> {
        let finite = logits
            .iter()
            .map(|logit| logit.is_finite().then_some(*logit));
        let mut best: Option<(TokenId, f32)> = None;
        for (token, logit) in (0..).zip(finite.clone()) {
            let allowed = Mask(mask).allows(token);
            let Some(logit) = logit.filter(|_| allowed) else {
                continue;
            };
            if best.is_none_or(|(_, highest)| logit > highest) {
                best = Some((token, logit));
            }
        }
        let all = finite.flatten().map(f64::from);
        let highest = all.clone().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = all.map(|logit| (logit - highest).exp()).sum();
        best.map(|(token, logit)| (token, f64::from(logit) - highest - sum.ln()))
    }

    /// Many that are alike, so that ties are common, and some that are no numbers.
    fn logits() -> impl Strategy<Value = Vec<f32>> {
        let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0];
        let logit = prop_oneof![
            8 => -40f32..40.0,
            4 => (-20i8..20).prop_map(f32::from),
            1 => prop::sample::select(odd.to_vec()),
        ];
        prop::collection::vec(logit, 0..1200)
    }

    fn masks() -> impl Strategy<Value = Vec<u32>> {
        let word = prop_oneof![Just(u32::MAX), Just(0), any::<u32>()];
        prop::collection::vec(word, 0..50)
    }

    proptest! {
        #[test]
        fn the_choice_is_that_of_three_plain_passes(logits in logits(), mask in masks()) {
            let choice = chosen(&logits, &mask);
            let expected = plain(&logits, &mask);
            prop_assert_eq!(choice.map(|it| it.token), expected.map(|(token, _)| token));
            if let (Some(choice), Some((_, logprob))) = (choice, expected) {
                let off = f64::from(choice.logprob) - logprob;
                prop_assert!(off.abs() < 1e-4, "off by {off}");
            }
        }
    }

    #[test]
    fn what_is_far_away_or_infinite_changes_no_probability() {
        let mut logits = vec![-50.0; 2000];
        logits[1700] = 3.0;
        logits[5] = f32::INFINITY;
        logits[1701] = f32::INFINITY;
        let found = logprob(&logits, 1700).expect("it is there");
        assert!(found.abs() < 1e-5, "{found}");
        assert_eq!(logprob(&logits, 2000), None);
        assert_eq!(logprob(&[f32::NAN], 0), None);
    }
}
