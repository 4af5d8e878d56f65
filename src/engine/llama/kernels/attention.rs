//! Attention of a step's rows over the KV cache: the heads of a row that share keys and values
//! go over them together, and as many rows as there is work for, so that a cell is converted
//! once for all of them. In single precision throughout; cells that a row does not see count
//! nothing, and those that no row of a part sees are not read.
//!
//! The running maximum and sum are those of Milakov and Gimelshein, "Online normalizer
//! calculation for softmax" (2018).
#![expect(
    unsafe_op_in_unsafe_fn,
    reason = "all of it needs what the functions ask of their callers"
)]
#![expect(
    clippy::needless_range_loop,
    reason = "several arrays are gone through side by side"
)]

use std::ops::Range;

use super::lanes::Lanes;

/// Cells that are gone through at once. The cache grows by multiples of it.
pub(super) const CELLS: usize = 32;

/// Heads of a row that are computed at once: as many sums stay in registers.
const HEADS: usize = 3;

/// Vectors of a head's values that are summed up at once.
const VECTORS: usize = 4;

/// Rows of a matrix, somewhere: from one row, and one head, to the next it is so many items.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strided<T> {
    pub(super) start: *const T,
    pub(super) row: usize,
    pub(super) head: usize,
}

impl<T> Strided<T> {
    fn at(&self, row: usize, head: usize) -> *const T {
        self.start.wrapping_add(row * self.row + head * self.head)
    }
}

/// What is asked of which cells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attention {
    pub(super) queries: Strided<f32>,
    /// Half floats, a row for each cell.
    pub(super) keys: Strided<u16>,
    pub(super) values: Strided<u16>,
    /// Half floats, for each row one for each cell: 0 where it is seen, else minus infinity.
    pub(super) mask: Strided<u16>,
    /// Where it goes: for each row all heads, one after the other.
    pub(super) outputs: *mut f32,
    pub(super) heads: usize,
    /// Heads that have the same keys and values.
    pub(super) heads_of_keys: usize,
    pub(super) cells: usize,
    /// What products of queries and keys are multiplied by.
    pub(super) scale: f32,
}

/// Some cells in single precision.
struct Cells<const DIMENSIONS: usize> {
    /// For each dimension all cells.
    keys: [[f32; CELLS]; DIMENSIONS],
    /// For each cell all dimensions.
    values: [[f32; DIMENSIONS]; CELLS],
}

/// A head of a row on its way over the cells.
struct Query<const DIMENSIONS: usize> {
    /// Scaled.
    query: [f32; DIMENSIONS],
    /// The values seen so far, by their weights.
    sum: [f32; DIMENSIONS],
    /// The weights of some cells.
    weights: [f32; CELLS],
    weight: f32,
    largest: f32,
}

/// Computes some rows' heads of one head of keys.
///
/// # Safety
/// The pointers are good for what the sizes say, and the processor has the instructions.
#[inline(always)]
pub(super) unsafe fn attend<L: Lanes, const DIMENSIONS: usize>(
    attention: &Attention,
    head_of_keys: usize,
    rows: Range<usize>,
) {
    let heads =
        head_of_keys * attention.heads_of_keys..(head_of_keys + 1) * attention.heads_of_keys;
    let mut queries = Vec::with_capacity(rows.len() * heads.len());
    for row in rows.clone() {
        for head in heads.clone() {
            queries.push(Query::<DIMENSIONS>::new(attention, row, head));
        }
    }
    let mut cells = Cells {
        keys: [[0.0; CELLS]; DIMENSIONS],
        values: [[0.0; DIMENSIONS]; CELLS],
    };
    let mut masks = vec![[0.0; CELLS]; rows.len()];
    for first in (0..attention.cells).step_by(CELLS) {
        let seen = masks
            .iter_mut()
            .zip(rows.clone())
            .fold(false, |seen, (mask, row)| {
                L::halves(attention.mask.at(row, 0).wrapping_add(first), mask);
                seen | sees(mask)
            });
        if !seen {
            continue;
        }
        cells.read_keys::<L>(attention, head_of_keys, first);
        cells.read_values::<L>(attention, head_of_keys, first);
        for (queries, mask) in queries.chunks_mut(heads.len()).zip(&masks) {
            if sees(mask) {
                let (some, rest) = queries.as_chunks_mut::<HEADS>();
                for heads in some {
                    over::<L, DIMENSIONS, HEADS>(heads, &cells, mask);
                }
                for head in rest.as_chunks_mut::<1>().0 {
                    over::<L, DIMENSIONS, 1>(head, &cells, mask);
                }
            }
        }
    }
    for (queries, row) in queries.chunks(heads.len()).zip(rows) {
        for (query, head) in queries.iter().zip(heads.clone()) {
            let to = (row * attention.heads + head) * DIMENSIONS;
            query.write(attention.outputs.wrapping_add(to));
        }
    }
}

#[inline(always)]
fn sees(mask: &[f32; CELLS]) -> bool {
    mask.iter().fold(false, |seen, mask| seen | (*mask == 0.0))
}

/// Takes some heads of a row over some cells.
#[inline(always)]
unsafe fn over<L: Lanes, const DIMENSIONS: usize, const HEADS: usize>(
    queries: &mut [Query<DIMENSIONS>; HEADS],
    cells: &Cells<DIMENSIONS>,
    mask: &[f32; CELLS],
) {
    for from in (0..CELLS).step_by(2 * L::COUNT) {
        scores::<L, DIMENSIONS, HEADS>(queries, cells, from);
    }
    for query in queries.iter_mut() {
        query.weigh::<L>(mask);
    }
    for from in (0..DIMENSIONS).step_by(VECTORS * L::COUNT) {
        sums::<L, DIMENSIONS, HEADS>(queries, cells, from);
    }
}

/// The products of queries and keys, for two vectors of cells.
#[inline(always)]
unsafe fn scores<L: Lanes, const DIMENSIONS: usize, const HEADS: usize>(
    queries: &mut [Query<DIMENSIONS>; HEADS],
    cells: &Cells<DIMENSIONS>,
    from: usize,
) {
    let mut products = [[L::splat(0.0); 2]; HEADS];
    for (dimension, keys) in cells.keys.iter().enumerate() {
        let keys = [0, 1].map(|at| L::load(keys.as_ptr().add(from + at * L::COUNT)));
        for head in 0..HEADS {
            let query = L::splat(queries[head].query[dimension]);
            for at in 0..2 {
                products[head][at] = query.times_plus(keys[at], products[head][at]);
            }
        }
    }
    for head in 0..HEADS {
        for at in 0..2 {
            products[head][at].store(queries[head].weights.as_mut_ptr().add(from + at * L::COUNT));
        }
    }
}

/// Adds the values of all cells, by their weights, for some vectors of dimensions.
#[inline(always)]
unsafe fn sums<L: Lanes, const DIMENSIONS: usize, const HEADS: usize>(
    queries: &mut [Query<DIMENSIONS>; HEADS],
    cells: &Cells<DIMENSIONS>,
    from: usize,
) {
    let mut sums = [[L::splat(0.0); VECTORS]; HEADS];
    for head in 0..HEADS {
        for at in 0..VECTORS {
            sums[head][at] = L::load(queries[head].sum.as_ptr().add(from + at * L::COUNT));
        }
    }
    for (cell, values) in cells.values.iter().enumerate() {
        let mut vectors = [L::splat(0.0); VECTORS];
        for at in 0..VECTORS {
            vectors[at] = L::load(values.as_ptr().add(from + at * L::COUNT));
        }
        for head in 0..HEADS {
            let weight = L::splat(queries[head].weights[cell]);
            for at in 0..VECTORS {
                sums[head][at] = weight.times_plus(vectors[at], sums[head][at]);
            }
        }
    }
    for head in 0..HEADS {
        for at in 0..VECTORS {
            sums[head][at].store(queries[head].sum.as_mut_ptr().add(from + at * L::COUNT));
        }
    }
}

impl<const DIMENSIONS: usize> Query<DIMENSIONS> {
    /// # Safety
    /// As for [`attend`].
    unsafe fn new(attention: &Attention, row: usize, head: usize) -> Self {
        let query = &*attention.queries.at(row, head).cast::<[f32; DIMENSIONS]>();
        Self {
            query: query.map(|value| value * attention.scale),
            sum: [0.0; DIMENSIONS],
            weights: [0.0; CELLS],
            weight: 0.0,
            largest: f32::NEG_INFINITY,
        }
    }

    /// Makes weights of the products with some cells' keys, of which one at least is seen.
    #[inline(always)]
    unsafe fn weigh<L: Lanes>(&mut self, mask: &[f32; CELLS]) {
        let mut largest = L::splat(self.largest);
        for from in (0..CELLS).step_by(L::COUNT) {
            let at = self.weights.as_mut_ptr().add(from);
            let score = L::load(at).plus(L::load(mask.as_ptr().add(from)));
            score.store(at);
            largest = largest.larger(score);
        }
        let largest = largest.largest();
        if largest > self.largest {
            self.shrink(largest);
        }
        let mut weight = L::splat(0.0);
        for from in (0..CELLS).step_by(L::COUNT) {
            let at = self.weights.as_mut_ptr().add(from);
            let power = exponential(L::load(at).plus(L::splat(-largest)));
            power.store(at);
            weight = weight.plus(power);
        }
        self.weight += weight.sum();
    }

    /// What was added up so far, when a new score is the largest.
    #[inline(always)]
    fn shrink(&mut self, largest: f32) {
        let by = (self.largest - largest).exp();
        self.weight *= by;
        self.largest = largest;
        for sum in &mut self.sum {
            *sum *= by;
        }
    }

    /// # Safety
    /// There is room for all dimensions.
    unsafe fn write(&self, to: *mut f32) {
        let by = if self.weight > 0.0 {
            1.0 / self.weight
        } else {
            0.0
        };
        to.cast::<[f32; DIMENSIONS]>()
            .write(self.sum.map(|sum| sum * by));
    }
}

impl<const DIMENSIONS: usize> Cells<DIMENSIONS> {
    #[inline(always)]
    unsafe fn read_keys<L: Lanes>(&mut self, attention: &Attention, head: usize, first: usize) {
        for from in (0..CELLS).step_by(L::COUNT) {
            for dimension in (0..DIMENSIONS).step_by(L::COUNT) {
                let row = attention
                    .keys
                    .at(first + from, head)
                    .wrapping_add(dimension);
                let to = self.keys[dimension..].as_mut_ptr().cast::<f32>().add(from);
                L::turn(row, attention.keys.row, to, CELLS);
            }
        }
    }

    #[inline(always)]
    unsafe fn read_values<L: Lanes>(&mut self, attention: &Attention, head: usize, first: usize) {
        for (cell, values) in self.values.iter_mut().enumerate() {
            L::halves(attention.values.at(first + cell, head), values);
        }
    }
}

/// e to the power of each: 2 to the power of the nearest whole number of binary digits, times
/// the polynomial for the rest of the Cephes library (`expf`). What is below the smallest
/// float becomes nothing.
#[inline(always)]
unsafe fn exponential<L: Lanes>(power: L) -> L {
    const LEAST: f32 = -87.0;
    /// ln 2, in two parts so that whole numbers of the first are exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    const FACTORS: [f32; 6] = [
        1.987_569_2e-4,
        1.398_2e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        0.5,
    ];
    let bounded = power.larger(L::splat(LEAST));
    let whole = bounded
        .times_plus(L::splat(std::f32::consts::LOG2_E), L::splat(0.0))
        .nearest();
    let rest = whole.times_plus(L::splat(-LN_2[0]), bounded);
    let rest = whole.times_plus(L::splat(-LN_2[1]), rest);
    let mut polynomial = L::splat(FACTORS[0]);
    for factor in &FACTORS[1..] {
        polynomial = polynomial.times_plus(rest, L::splat(*factor));
    }
    let square = rest.times_plus(rest, L::splat(0.0));
    let result = polynomial.times_plus(square, rest).plus(L::splat(1.0));
    result.times_2_to(whole).where_at_least(power, LEAST)
}
