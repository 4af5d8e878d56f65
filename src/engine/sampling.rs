//! Choosing the next token: greedy, under a grammar's mask. Pure and
//! deterministic: the same logits and mask give the same token.

use super::backend::TokenId;

/// A set of tokens, one bit each, lowest bit of the first word first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mask(pub(super) Vec<u32>);

impl Mask {
    fn allows(&self, token: TokenId) -> bool {
        let word = self.0.get((token / u32::BITS) as usize);
        word.is_some_and(|word| word >> (token % u32::BITS) & 1 == 1)
    }

    /// The tokens of the set, ascending.
    fn tokens(&self) -> impl Iterator<Item = TokenId> + '_ {
        (0u32..)
            .zip(&self.0)
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

/// The likeliest allowed token; the lowest id wins a tie. `None` when the mask
/// allows nothing that has a finite logit.
pub(super) fn greedy(logits: &[f32], allowed: &Mask) -> Option<Choice> {
    // The model's own favourite is nearly always allowed, and to look it up is
    // much cheaper than to walk a mask of 150,000 bits.
    let favourite = likeliest(logits, 0..u32::try_from(logits.len()).ok()?);
    let token = match favourite {
        Some(token) if allowed.allows(token) => token,
        _ => likeliest(logits, allowed.tokens())?,
    };
    let logprob = logprob(logits, token)?;
    Some(Choice { token, logprob })
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

/// The natural-log probability of a token under the model.
pub(super) fn logprob(logits: &[f32], token: TokenId) -> Option<f32> {
    let logit = logits.get(token as usize)?;
    Some(logit - log_sum_exp(logits))
}

/// `ln(sum(exp(x)))`, shifted by the maximum so that it cannot overflow. What is
/// more than e^24 times less likely than the likeliest is left out: all of a
/// vocabulary of a million tokens of that kind would change the sum by 0.004 %.
fn log_sum_exp(logits: &[f32]) -> f32 {
    const NEGLIGIBLE: f32 = -24.0;
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let near = logits.iter().map(|logit| logit - highest);
    let sum: f32 = near.filter(|it| *it > NEGLIGIBLE).map(f32::exp).sum();
    highest + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_allowed_token_wins() {
        let logits = [0.0, 3.0, 5.0, 1.0];
        let choice = greedy(&logits, &Mask(vec![0b1011])).expect("three are allowed");
        assert_eq!(choice.token, 1);
        assert!(
            choice.logprob < -2.0,
            "token 2 holds most of the probability"
        );
    }

    #[test]
    fn masks_reach_beyond_their_first_word_and_stop_at_the_vocabulary() {
        let logits = [1.0; 40];
        let choice = greedy(&logits, &Mask(vec![0, 1 << 5, u32::MAX])).expect("37 is allowed");
        assert_eq!(choice.token, 37);
    }

    #[test]
    fn probabilities_sum_to_one() {
        let logits = [-4.0, 0.5, 2.0, 900.0];
        let sum: f32 = (0..4)
            .filter_map(|only| greedy(&logits, &Mask(vec![1 << only])))
            .map(|choice| choice.logprob.exp())
            .sum();
        assert!((sum - 1.0).abs() < 1e-5);
    }

    #[test]
    fn nothing_allowed_or_nothing_finite_gives_nothing() {
        assert_eq!(greedy(&[1.0, 2.0], &Mask(vec![0])), None);
        assert_eq!(
            greedy(&[f32::NAN, f32::NEG_INFINITY], &Mask(vec![u32::MAX])),
            None
        );
    }
}
