//! Attention of a step's rows over the KV cache: the heads of a row that share keys and values
//! go over them together, and as many rows as there is work for, so that a cell is converted
//! once for all of them. Cells that a row does not see count nothing, and those that no row of
//! a part sees are not read.
//!
//! What comes out does not depend on where in the cache a row's cells lie, nor on what else
//! lies there: scores are single precision, each of one cell, and all that is added up over
//! cells is added without rounding. For that weights are multiples of 2^-18, which with values
//! of eleven bits are far from the 53 bits of a double, and the largest score is known before
//! the first weight is.
#![expect(
    unsafe_op_in_unsafe_fn,
    reason = "all of it needs what the functions ask of their callers"
)]
#![expect(
    clippy::needless_range_loop,
    reason = "several arrays are gone through side by side"
)]

use std::ops::Range;

use super::lanes::{Doubles, Lanes};

/// Cells that are gone through at once. The cache grows by multiples of it.
pub(super) const CELLS: usize = 32;

/// Heads of a row that are computed at once: as many sums stay in registers.
const HEADS: usize = 3;

/// Vectors of a head's values that are summed up at once.
const VECTORS: usize = 4;

/// Added to a number of 0 to 1 and taken off again it leaves a multiple of 2^-18: what floats
/// of this size are multiples of.
const TO_ROUND: f32 = 48.0;

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
    /// Its products with the keys of all cells, where the row sees them.
    scores: *mut f32,
    largest: f32,
    /// The weights of some cells.
    weights: [f64; CELLS],
    /// The sum of all weights.
    weight: f64,
    /// The values of all cells, by their weights.
    sum: [f64; DIMENSIONS],
}

/// Floats that are needed for the scores of so many rows' heads of one head of keys.
pub(super) fn room(rows: usize, heads_of_keys: usize, cells: usize) -> usize {
    rows * heads_of_keys * cells
}

/// Computes some rows' heads of one head of keys. `scores` has as much [`room`].
///
/// # Safety
/// The pointers are good for what the sizes say, and the processor has the instructions.
#[inline(always)]
pub(super) unsafe fn attend<L: Lanes, const DIMENSIONS: usize>(
    attention: &Attention,
    head_of_keys: usize,
    rows: Range<usize>,
    scores: *mut f32,
) {
    let shared = attention.heads_of_keys;
    let heads = head_of_keys * shared..(head_of_keys + 1) * shared;
    let mut queries = Vec::with_capacity(rows.len() * shared);
    for row in rows.clone() {
        for head in heads.clone() {
            let scores = scores.wrapping_add(queries.len() * attention.cells);
            queries.push(Query::<DIMENSIONS>::new(attention, row, head, scores));
        }
    }
    let mut cells = Cells {
        keys: [[0.0; CELLS]; DIMENSIONS],
        values: [[0.0; DIMENSIONS]; CELLS],
    };
    let seen = Seen::by::<L>(attention, rows.clone());
    for first in seen.firsts() {
        cells.read_keys::<L>(attention, head_of_keys, first);
        for (at, queries) in queries.chunks_mut(shared).enumerate() {
            if let Some(mask) = seen.mask(at, first) {
                score_all::<L, DIMENSIONS>(queries, &cells, mask, first);
            }
        }
    }
    for first in seen.firsts() {
        cells.read_values::<L>(attention, head_of_keys, first);
        for (at, queries) in queries.chunks_mut(shared).enumerate() {
            if seen.mask(at, first).is_some() {
                add_all::<L, DIMENSIONS>(queries, &cells, first);
            }
        }
    }
    for (queries, row) in queries.chunks(shared).zip(rows) {
        for (query, head) in queries.iter().zip(heads.clone()) {
            let to = (row * attention.heads + head) * DIMENSIONS;
            query.write(attention.outputs.wrapping_add(to));
        }
    }
}

/// Which cells each row of a part sees.
struct Seen {
    /// What is added to scores: for each row all cells, by blocks.
    masks: Vec<[f32; CELLS]>,
    /// For each of them whether any is seen.
    any: Vec<bool>,
    /// Blocks of a row.
    blocks: usize,
}

impl Seen {
    /// # Safety
    /// As for [`attend`].
    #[inline(always)]
    unsafe fn by<L: Lanes>(attention: &Attention, rows: Range<usize>) -> Self {
        let blocks = attention.cells / CELLS;
        let mut masks = vec![[0.0; CELLS]; rows.len() * blocks];
        let mut any = vec![false; masks.len()];
        for (at, mask) in masks.iter_mut().enumerate() {
            let (row, first) = (rows.start + at / blocks, at % blocks * CELLS);
            L::halves(attention.mask.at(row, 0).wrapping_add(first), mask);
            any[at] = mask.iter().fold(false, |seen, mask| seen | (*mask == 0.0));
        }
        Self { masks, any, blocks }
    }

    /// The first cells of those blocks of which some row sees something.
    fn firsts(&self) -> impl Iterator<Item = usize> + '_ {
        let is_seen = |block: &usize| self.any[*block..].iter().step_by(self.blocks).any(|it| *it);
        (0..self.blocks).filter(is_seen).map(|block| block * CELLS)
    }

    /// The mask of the block that begins with a cell, if the row sees something of it.
    fn mask(&self, row: usize, first: usize) -> Option<&[f32; CELLS]> {
        let at = row * self.blocks + first / CELLS;
        self.any[at].then(|| &self.masks[at])
    }
}

/// Scores some cells for the heads of a row.
#[inline(always)]
unsafe fn score_all<L: Lanes, const DIMENSIONS: usize>(
    queries: &mut [Query<DIMENSIONS>],
    cells: &Cells<DIMENSIONS>,
    mask: &[f32; CELLS],
    first: usize,
) {
    let (some, rest) = queries.as_chunks_mut::<HEADS>();
    for from in (0..CELLS).step_by(2 * L::COUNT) {
        for heads in &mut *some {
            score::<L, DIMENSIONS, HEADS>(heads, cells, mask, (first, from));
        }
        for head in &mut *rest.as_chunks_mut::<1>().0 {
            score::<L, DIMENSIONS, 1>(head, cells, mask, (first, from));
        }
    }
}

/// Scores two vectors of cells, from one of a block's on.
#[inline(always)]
unsafe fn score<L: Lanes, const DIMENSIONS: usize, const HEADS: usize>(
    queries: &mut [Query<DIMENSIONS>; HEADS],
    cells: &Cells<DIMENSIONS>,
    mask: &[f32; CELLS],
    (first, from): (usize, usize),
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
            let cell = from + at * L::COUNT;
            products[head][at] = products[head][at].plus(L::load(mask.as_ptr().add(cell)));
            products[head][at].store(queries[head].scores.wrapping_add(first + cell));
        }
        let largest = products[head][0].larger(products[head][1]).largest();
        queries[head].largest = queries[head].largest.max(largest);
    }
}

/// Adds the values of some cells, by their weights, for the heads of a row.
#[inline(always)]
unsafe fn add_all<L: Lanes, const DIMENSIONS: usize>(
    queries: &mut [Query<DIMENSIONS>],
    cells: &Cells<DIMENSIONS>,
    first: usize,
) {
    for query in &mut *queries {
        query.weigh::<L>(first);
    }
    let (some, rest) = queries.as_chunks_mut::<HEADS>();
    for from in (0..DIMENSIONS).step_by(VECTORS * L::Doubles::COUNT) {
        for heads in &mut *some {
            add::<L::Doubles, DIMENSIONS, HEADS>(heads, cells, from);
        }
        for head in &mut *rest.as_chunks_mut::<1>().0 {
            add::<L::Doubles, DIMENSIONS, 1>(head, cells, from);
        }
    }
}

/// The same for some vectors of dimensions.
#[inline(always)]
unsafe fn add<D: Doubles, const DIMENSIONS: usize, const HEADS: usize>(
    queries: &mut [Query<DIMENSIONS>; HEADS],
    cells: &Cells<DIMENSIONS>,
    from: usize,
) {
    let mut sums = [[D::splat(0.0); VECTORS]; HEADS];
    for head in 0..HEADS {
        for at in 0..VECTORS {
            sums[head][at] = D::load(queries[head].sum.as_ptr().add(from + at * D::COUNT));
        }
    }
    for (cell, values) in cells.values.iter().enumerate() {
        let mut vectors = [D::splat(0.0); VECTORS];
        for at in 0..VECTORS {
            vectors[at] = D::load_floats(values.as_ptr().add(from + at * D::COUNT));
        }
        for head in 0..HEADS {
            let weight = D::splat(queries[head].weights[cell]);
            for at in 0..VECTORS {
                sums[head][at] = weight.times_plus(vectors[at], sums[head][at]);
            }
        }
    }
    for head in 0..HEADS {
        for at in 0..VECTORS {
            sums[head][at].store(queries[head].sum.as_mut_ptr().add(from + at * D::COUNT));
        }
    }
}

impl<const DIMENSIONS: usize> Query<DIMENSIONS> {
    /// # Safety
    /// As for [`attend`].
    unsafe fn new(attention: &Attention, row: usize, head: usize, scores: *mut f32) -> Self {
        let query = &*attention.queries.at(row, head).cast::<[f32; DIMENSIONS]>();
        Self {
            query: query.map(|value| value * attention.scale),
            scores,
            largest: f32::NEG_INFINITY,
            weights: [0.0; CELLS],
            weight: 0.0,
            sum: [0.0; DIMENSIONS],
        }
    }

    /// Makes weights of the scores of some cells, of which one at least is seen.
    #[inline(always)]
    unsafe fn weigh<L: Lanes>(&mut self, first: usize) {
        let mut weights = [0.0_f32; CELLS];
        let mut sums = L::splat(0.0);
        for from in (0..CELLS).step_by(L::COUNT) {
            let score = L::load(self.scores.wrapping_add(first + from));
            let power = exponential(score.plus(L::splat(-self.largest)));
            let rounded = power.plus(L::splat(TO_ROUND)).plus(L::splat(-TO_ROUND));
            rounded.store(weights.as_mut_ptr().add(from));
            // 32 at most, which a float holds to the last of 18 digits too.
            sums = sums.plus(rounded);
        }
        for (double, weight) in self.weights.iter_mut().zip(weights) {
            *double = f64::from(weight);
        }
        self.weight += f64::from(sums.sum());
    }

    /// # Safety
    /// There is room for all dimensions.
    unsafe fn write(&self, to: *mut f32) {
        let by = if self.weight > 0.0 {
            1.0 / self.weight
        } else {
            0.0
        };
        #[expect(clippy::cast_possible_truncation, reason = "to single precision")]
        let values = self.sum.map(|sum| (sum * by) as f32);
        to.cast::<[f32; DIMENSIONS]>().write(values);
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
