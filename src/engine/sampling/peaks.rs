//! A model's logits in two passes that run many at a time: the highest of each block,
//! and the sum of the likelihoods, for which most blocks need no second look. Pure.
//!
//! What is not finite counts as if it were not there.

use std::f32::consts::{LN_2, LOG2_E};

use crate::engine::backend::TokenId;

/// Logits that are worked on at a time: whole registers of any processor.
const LANES: usize = 16;
/// Logits of a block.
const BLOCK: usize = 256;
/// What is more than e^24 times less likely than the likeliest is left out: all of a
/// vocabulary of a million tokens of that kind would change the sum by 0.004 %.
const NEGLIGIBLE: f32 = -24.0;

/// The logits of a step and where they are high.
pub(super) struct Peaks<'l> {
    logits: &'l [f32],
    /// The highest of each block.
    blocks: Vec<f32>,
    highest: f32,
}

impl<'l> Peaks<'l> {
    /// `None` where no logit is finite.
    pub(super) fn of(logits: &'l [f32]) -> Option<Self> {
        let blocks: Vec<f32> = logits.chunks(BLOCK).map(peak).collect();
        let highest = blocks.iter().copied().fold(f32::NEG_INFINITY, higher);
        highest.is_finite().then_some(Self {
            logits,
            blocks,
            highest,
        })
    }

    /// The likeliest token; the lowest id wins a tie.
    pub(super) fn favourite(&self) -> Option<TokenId> {
        let is_highest = |it: &f32| *it == self.highest;
        let start = self.blocks.iter().position(is_highest)? * BLOCK;
        let within = self.logits[start..].iter().position(is_highest)?;
        TokenId::try_from(start + within).ok()
    }

    /// `ln(sum(exp(x)))`, shifted by the highest so that it cannot overflow.
    pub(super) fn log_sum_exp(&self) -> f32 {
        let blocks = self.logits.chunks(BLOCK).zip(&self.blocks);
        let near = blocks.filter(|(_, peak)| **peak - self.highest > NEGLIGIBLE);
        let sums = near.map(|(block, _)| sum_exp(block, self.highest));
        self.highest + sums.sum::<f32>().ln()
    }
}

fn peak(block: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = block.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, logit) in lanes.iter_mut().zip(chunk) {
            *lane = higher(*lane, *logit);
        }
    }
    let all = lanes.iter().chain(rest);
    all.copied().fold(f32::NEG_INFINITY, higher)
}

/// The higher of the two, where the second is finite.
fn higher(highest: f32, logit: f32) -> f32 {
    if logit > highest && logit < f32::INFINITY {
        logit
    } else {
        highest
    }
}

fn sum_exp(block: &[f32], highest: f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let (chunks, rest) = block.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, logit) in lanes.iter_mut().zip(chunk) {
            *lane += likelihood(logit - highest);
        }
    }
    let rest = rest.iter().map(|logit| likelihood(logit - highest));
    lanes.iter().sum::<f32>() + rest.sum::<f32>()
}

/// How likely beside the likeliest is what stands so far from it.
fn likelihood(distance: f32) -> f32 {
    if distance > NEGLIGIBLE && distance <= 0.0 {
        exp(distance)
    } else {
        0.0
    }
}

/// e^x for x from [`NEGLIGIBLE`] to 0, within 10^-5 of it. The library's own is a call
/// for each logit; this is plain arithmetic, of which a processor does many at a time.
fn exp(x: f32) -> f32 {
    /// 1.5 * 2^23: what is added to it is rounded, and is then its last bits.
    const ROUNDER: f32 = 12_582_912.0;
    let twos = x * LOG2_E;
    let rounded = twos + ROUNDER;
    let rest = (twos - (rounded - ROUNDER)) * LN_2;
    // The series of e^x: its next term is below the precision of the type.
    let tail = 1.0 / 24.0 + rest * (1.0 / 120.0 + rest / 720.0);
    let of_rest = 1.0 + rest * (1.0 + rest * (0.5 + rest * (1.0 / 6.0 + rest * tail)));
    let exponent = rounded.to_bits().wrapping_shl(f32::MANTISSA_DIGITS - 1);
    of_rest * f32::from_bits(exponent.wrapping_add(1f32.to_bits()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_near_enough() {
        for step in 0u16..24_000 {
            let x = -f32::from(step) / 1000.0;
            let error = (exp(x) / x.exp() - 1.0).abs();
            assert!(error < 1e-5, "e^{x} is off by {error}");
        }
        assert_eq!(exp(0.0), 1.0);
    }
}
