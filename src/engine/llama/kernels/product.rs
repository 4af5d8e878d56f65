//! A product of a matrix of weights with rows of inputs, and where its parts lie. Goes
//! through the parts in no order of its own.

use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
use std::array;

use super::blocks::Inputs;

/// Bytes.
const CACHE_LINE: usize = 64;

/// `outputs[row][column]` is the sum over all places of `weights[column]` times
/// `inputs[row]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Product<'a, B> {
    /// Row after row, `blocks` in each.
    pub(super) weights: &'a [B],
    /// Row after row, `blocks` in each.
    pub(super) inputs: &'a [Inputs],
    /// Blocks of a row.
    pub(super) blocks: usize,
}

impl<B> Product<'_, B> {
    /// Rows of inputs.
    pub(super) fn rows(&self) -> usize {
        self.inputs.len() / self.blocks
    }

    /// A block of as many rows of weights as are taken at once.
    #[inline]
    pub(super) fn weights<const LANES: usize>(&self, first: usize, block: usize) -> [&B; LANES] {
        array::from_fn(|lane| &self.weights[(first + lane) * self.blocks + block])
    }

    /// Asks the memory for a part of the weights of the next tile, as large as a block of
    /// each of this one's `lanes`. Rows lie one after the other, so that parts do too. Into
    /// the second cache: asking for the first one made the same take twice the time.
    #[inline]
    pub(super) fn fetch_ahead(&self, first: usize, lanes: usize, block: usize) {
        let part = (first + lanes) * self.blocks + block * lanes;
        let Some(next) = self.weights.get(part..part + lanes) else {
            return;
        };
        let range = next.as_ptr_range();
        let (mut line, end) = (range.start.cast::<i8>(), range.end.cast::<i8>());
        while line < end {
            // SAFETY: no memory is accessed.
            unsafe { _mm_prefetch::<_MM_HINT_T1>(line) };
            line = line.wrapping_add(CACHE_LINE);
        }
    }

    /// A block of rows of inputs.
    #[inline]
    pub(super) fn inputs<const ROWS: usize>(&self, first: usize, block: usize) -> [&Inputs; ROWS] {
        array::from_fn(|row| &self.inputs[(first + row) * self.blocks + block])
    }
}

/// Where outputs go: rows of floats, `stride` floats from one to the next. Threads write to
/// them at once, each to columns of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outputs {
    /// The first row.
    pub(super) start: *mut f32,
    /// Floats from one row to the next.
    pub(super) stride: usize,
}

impl Outputs {
    /// Where a row's outputs are from `column` on.
    pub(super) fn of(&self, row: usize, column: usize) -> *mut f32 {
        self.start.wrapping_add(row * self.stride + column)
    }
}
