//! A product of a matrix of weights with rows of inputs, and where its parts lie. Goes
//! through the parts in no order of its own.

use std::arch::x86_64::_mm_prefetch;
use std::array;
use std::ops::Range;

use super::blocks::Inputs;

/// Bytes.
const CACHE_LINE: usize = 64;

/// `outputs[row][column]` is the sum over all places of `weights[column]` times
/// `inputs[row]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Product<'a, B> {
    /// Row after row, `blocks` in each.
    pub(super) weights: &'a [B],
    /// Block after block, in each all rows: those that are gone through one after the other lie
    /// so.
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

    /// Asks the memory for a block of the next tile's weights, of as many as this one has
    /// `rows`, to come into the cache that `HINT` names. Rows lie one after the other, so that
    /// their blocks do too. To be called in between other work: all blocks asked for at once keep
    /// what is read now waiting.
    #[inline]
    pub(super) fn fetch_ahead<const HINT: i32>(&self, place: Place, rows: usize, block: usize) {
        let next = place.next * self.blocks + place.block * rows + block;
        let Some(next) = self.weights.get(next).filter(|_| block < rows) else {
            return;
        };
        let start = std::ptr::from_ref(next).cast::<i8>();
        for line in (0..size_of::<B>()).step_by(CACHE_LINE) {
            // SAFETY: no memory is accessed.
            unsafe { _mm_prefetch::<HINT>(start.wrapping_add(line)) };
        }
    }

    /// A block of rows of inputs.
    #[inline]
    pub(super) fn inputs<const ROWS: usize>(&self, first: usize, block: usize) -> [&Inputs; ROWS] {
        let inputs = &self.inputs[block * self.rows() + first..][..ROWS];
        array::from_fn(|row| &inputs[row])
    }
}

/// Tiles that a thread takes one after the other.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) tiles: Range<usize>,
    /// The one that it takes when these are done, if there is one.
    pub(super) next: usize,
}

impl Part {
    /// The tile that comes after this one.
    pub(super) fn after(&self, tile: usize) -> usize {
        match tile + 1 {
            next if next < self.tiles.end => next,
            _ => self.next,
        }
    }
}

/// How far a tile has come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The first row of weights of the next one.
    pub(super) next: usize,
    pub(super) block: usize,
    /// The first of some rows of inputs.
    pub(super) row: usize,
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
