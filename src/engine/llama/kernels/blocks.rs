//! How numbers lie in memory: weights in the blocks of a GGUF file, inputs in blocks of our
//! own. Computes nothing.
//!
//! Source: `ggml-common.h` and `ggml-quants.c` of llama.cpp.

/// Weights, and inputs, of a block.
pub(super) const BLOCK: usize = 256;

/// 256 weights of 4 bits: a weight is `scale * code - minimum`, with a scale and a minimum
/// for each 32, themselves in 6 bits.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Q4K {
    /// What scales and minima are multiples of, two half floats; and then the scales and
    /// minima, in 12 bytes.
    pub(super) head: [u8; 16],
    /// 64 weights in each 32 bytes: the low halves of the bytes, and then the high ones.
    pub(super) codes: [[u8; 64]; 2],
}

/// 256 weights of 6 bits: a weight is `scale * (code - 32)`, with a scale for each 16.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Q6K {
    /// The low 4 bits of 128 weights in each 64 bytes: low halves of the bytes first.
    pub(super) low: [[u8; 64]; 2],
    /// The high 2 bits of 128 weights in each 32 bytes.
    pub(super) high: [u8; 64],
    /// With a sign.
    pub(super) scales: [u8; 16],
    /// What scales are multiples of: a half float.
    pub(super) unit: u16,
}

/// 256 inputs in 8 bits: an input is `unit * code`.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Inputs {
    /// Four codes in each word, the first one lowest.
    pub(super) codes: [i32; BLOCK / 4],
    /// Sums of 16 codes, two in each word.
    pub(super) sums_of_16: [i32; BLOCK / 32],
    /// Sums of 32 codes, two in each word.
    pub(super) sums_of_32: [i32; BLOCK / 64],
    pub(super) unit: f32,
}

const _: () = assert!(size_of::<Q4K>() == 144 && size_of::<Q6K>() == 210);

impl Inputs {
    /// Inputs of which `codes` and `unit` are known: what follows from them is added.
    /// `sums` are those of 16 codes each.
    #[inline]
    pub(super) fn new(codes: [i32; BLOCK / 4], sums: &[i32; BLOCK / 16], unit: f32) -> Self {
        let mut of_32 = [0; BLOCK / 32];
        for (sum, [first, second]) in of_32.iter_mut().zip(sums.as_chunks().0) {
            *sum = first + second;
        }
        Self {
            codes,
            sums_of_16: pairs(sums),
            sums_of_32: pairs(&of_32),
            unit,
        }
    }
}

#[inline]
fn pairs<const PAIRS: usize, const SUMS: usize>(sums: &[i32; SUMS]) -> [i32; PAIRS] {
    let mut pairs = [0; PAIRS];
    for (pair, [low, high]) in pairs.iter_mut().zip(sums.as_chunks().0) {
        *pair = (low & 0xffff) | high << 16;
    }
    pairs
}

// Parts of the blocks of several rows, for functions that have instructions of their own:
// a closure there would have them too, and `map`, which has not, could not take it in.

#[inline]
pub(super) fn heads<'a, const ROWS: usize>(rows: &[&'a Q4K; ROWS]) -> [&'a [u8; 16]; ROWS] {
    rows.map(|row| &row.head)
}

#[inline]
pub(super) fn codes<'a, const ROWS: usize>(
    rows: &[&'a Q4K; ROWS],
    half: usize,
) -> [&'a [u8; 64]; ROWS] {
    rows.map(|row| &row.codes[half])
}

#[inline]
pub(super) fn low_bits<'a, const ROWS: usize>(
    rows: &[&'a Q6K; ROWS],
    half: usize,
) -> [&'a [u8; 64]; ROWS] {
    rows.map(|row| &row.low[half])
}

#[inline]
pub(super) fn high_bits<'a, const ROWS: usize>(rows: &[&'a Q6K; ROWS]) -> [&'a [u8; 64]; ROWS] {
    rows.map(|row| &row.high)
}

#[inline]
pub(super) fn scales<'a, const ROWS: usize>(rows: &[&'a Q6K; ROWS]) -> [&'a [u8; 16]; ROWS] {
    rows.map(|row| &row.scales)
}

#[inline]
pub(super) fn units<const ROWS: usize>(rows: &[&Q6K; ROWS]) -> [u16; ROWS] {
    rows.map(|row| row.unit)
}
