//! A tile of a product with AVX2: as `avx512`, with 8 rows of weights.
#![expect(
    clippy::needless_range_loop,
    reason = "several arrays are gone through side by side"
)]

use std::arch::x86_64::{
    __m128i, __m256, __m256i, _MM_HINT_T0, _mm_loadu_si128, _mm256_add_epi16, _mm256_add_epi32,
    _mm256_and_si256, _mm256_andnot_ps, _mm256_castsi128_si256, _mm256_cvtepi32_ps,
    _mm256_cvtph_ps, _mm256_cvtps_epi32, _mm256_fmadd_ps, _mm256_fnmadd_ps,
    _mm256_inserti128_si256, _mm256_loadu_ps, _mm256_loadu_si256, _mm256_madd_epi16,
    _mm256_maddubs_epi16, _mm256_max_ps, _mm256_mul_ps, _mm256_or_si256, _mm256_packs_epi16,
    _mm256_packs_epi32, _mm256_permute2x128_si256, _mm256_permutevar8x32_epi32, _mm256_set1_epi8,
    _mm256_set1_epi16, _mm256_set1_epi32, _mm256_set1_ps, _mm256_setr_epi32, _mm256_setzero_ps,
    _mm256_setzero_si256, _mm256_slli_epi32, _mm256_srai_epi32, _mm256_srli_epi32,
    _mm256_storeu_ps, _mm256_storeu_si256, _mm256_sub_epi32, _mm256_unpackhi_epi32,
    _mm256_unpackhi_epi64, _mm256_unpacklo_epi32, _mm256_unpacklo_epi64,
};
use std::hint::black_box;
use std::ops::Range;

use super::attention::{self, Attention};
use super::blocks::{BLOCK, Inputs, Q4K, Q6K, codes, heads, high_bits, low_bits, scales, units};
use super::product::{Outputs, Part, Place, Product};

/// Rows of weights that are taken at once.
pub(super) const LANES: usize = 8;

/// Rows of inputs that a pass over a block takes: as many sums stay in registers.
const GROUP: usize = 4;

/// A block of 8 rows of weights, taken apart: each vector has a lane for each row.
pub(super) struct Tile {
    /// Four codes of each row.
    codes: [__m256i; 64],
    /// The scale of each 16 weights, in both halves of a lane.
    scales: [__m256i; 16],
    /// What a sum of inputs is taken times, two sums in each lane: the minima of
    /// 32 weights each, or what the codes of 16 are too large by.
    corrections: [__m256i; 8],
    unit: __m256,
    unit_of_minima: __m256,
}

/// A layout of weights.
///
/// # Safety
/// The processor must have the instructions that [`runs_here`] asks for.
pub(super) trait Block: Sized {
    /// Takes a block of 8 rows apart.
    unsafe fn take_apart(rows: &[&Self; LANES], tile: &mut Tile);

    /// Adds the sums of 4 times two products of codes, times their scale.
    unsafe fn scaled(total: __m256i, products: [__m256i; 4], scale: __m256i) -> __m256i;

    /// What a block adds to a row, but for the inputs' unit.
    unsafe fn result(tile: &Tile, total: __m256i, inputs: &Inputs) -> __m256;
}

/// Whether this processor has the instructions.
pub(super) fn runs_here() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("f16c")
}

/// Computes the outputs of some tiles of 8 rows of weights, for all rows of inputs.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn tiles<B: Block>(product: &Product<'_, B>, part: &Part, outputs: &Outputs) {
    let mut tile = Tile::empty();
    let mut sums = vec![_mm256_setzero_ps(); product.rows()];
    for at in part.tiles.clone() {
        let tiles = [at, part.after(at)].map(|tile| tile * LANES);
        compute(product, tiles, &mut tile, &mut sums);
        for (row, sums) in sums.iter().enumerate() {
            // SAFETY: the pointer is to 8 floats that are this tile's alone.
            unsafe { _mm256_storeu_ps(outputs.of(row, at * LANES), *sums) };
        }
    }
}

/// Computes the outputs of 8 rows of weights from `first` on; those after them begin with `next`.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn compute<B: Block>(
    product: &Product<'_, B>,
    [first, next]: [usize; 2],
    tile: &mut Tile,
    sums: &mut [__m256],
) {
    sums.fill(_mm256_setzero_ps());
    for block in 0..product.blocks {
        // SAFETY: who calls this says that the processor has the instructions.
        unsafe { B::take_apart(&product.weights(first, block), tile) };
        let mut row = 0;
        while row < sums.len() {
            let sums = &mut sums[row..];
            let place = Place { next, block, row };
            row += match sums.len() {
                1 => group::<B, 1>(tile, product, place, sums),
                2 => group::<B, 2>(tile, product, place, sums),
                3 => group::<B, 3>(tile, product, place, sums),
                _ => group::<B, GROUP>(tile, product, place, sums),
            };
        }
    }
}

/// The attention of some rows, for one head of keys.
///
/// # Safety
/// As for [`attention::attend`].
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn attend<const DIMENSIONS: usize>(
    attention: &Attention,
    head_of_keys: usize,
    rows: Range<usize>,
    scores: *mut f32,
) {
    // SAFETY: as above, and the instructions are those of this function.
    unsafe { attention::attend::<__m256, DIMENSIONS>(attention, head_of_keys, rows, scores) }
}

/// As many products as there can be: 32 with each instruction, in as many sums that none
/// waits for the one before.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn products(rounds: u32) -> f64 {
    const SUMS: u32 = 12;
    let codes = black_box(_mm256_set1_epi8(1));
    let mut sums = [codes; SUMS as usize];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = _mm256_maddubs_epi16(*sum, codes);
        }
    }
    black_box(sums);
    f64::from(rounds) * f64::from(SUMS * 32)
}

/// Adds a block to the sums of `ROWS` rows, and says how many those are.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn group<B: Block, const ROWS: usize>(
    tile: &Tile,
    product: &Product<'_, B>,
    place: Place,
    sums: &mut [__m256],
) -> usize {
    let inputs = product.inputs::<ROWS>(place.row, place.block);
    let mut totals = [_mm256_setzero_si256(); ROWS];
    for (sixteen, scale) in tile.scales.iter().enumerate() {
        if place.row == 0 {
            product.fetch_ahead::<_MM_HINT_T0>(place, LANES, sixteen);
        }
        for at in 0..ROWS {
            let mut products = [_mm256_setzero_si256(); 4];
            for (four, product) in products.iter_mut().enumerate() {
                let codes = _mm256_set1_epi32(inputs[at].codes[4 * sixteen + four]);
                *product = _mm256_maddubs_epi16(tile.codes[4 * sixteen + four], codes);
            }
            // SAFETY: as above.
            totals[at] = unsafe { B::scaled(totals[at], products, *scale) };
        }
    }
    for at in 0..ROWS {
        let unit = _mm256_set1_ps(inputs[at].unit);
        // SAFETY: as above.
        let result = unsafe { B::result(tile, totals[at], inputs[at]) };
        sums[at] = _mm256_fmadd_ps(result, unit, sums[at]);
    }
    ROWS
}

impl Tile {
    #[target_feature(enable = "avx2")]
    fn empty() -> Self {
        let zero = _mm256_setzero_si256();
        Self {
            codes: [zero; 64],
            scales: [zero; 16],
            corrections: [zero; 8],
            unit: _mm256_setzero_ps(),
            unit_of_minima: _mm256_setzero_ps(),
        }
    }
}

impl Block for Q4K {
    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn take_apart(rows: &[&Self; LANES], tile: &mut Tile) {
        tile.unit = floats(&units_of(rows, 0));
        tile.unit_of_minima = floats(&units_of(rows, 1));
        let [_, low, high, mixed] = words_of_16(&heads(rows));
        // As in `avx512`.
        let scales = [
            bits::<0>(low, 0x3f),
            joined(bits::<0>(mixed, 0x0f), bits::<6>(low, 3)),
        ];
        let minima = [
            bits::<0>(high, 0x3f),
            joined(bits::<4>(mixed, 0x0f), bits::<6>(high, 3)),
        ];
        for four in 0..2 {
            let scales = bytes(scales[four]);
            for at in 0..4 {
                let scale = pair(scales[at], scales[at]);
                tile.scales[8 * four + 2 * at] = scale;
                tile.scales[8 * four + 2 * at + 1] = scale;
            }
            let minima = bytes(minima[four]);
            tile.corrections[2 * four] = pair(minima[0], minima[1]);
            tile.corrections[2 * four + 1] = pair(minima[2], minima[3]);
        }
        for half in 0..2 {
            let halves = codes(rows, half);
            for part in 0..2 {
                let words = words_of_32(&halves, 32 * part);
                for (at, word) in words.into_iter().enumerate() {
                    let to = 32 * half + 16 * part + at;
                    tile.codes[to] = bits::<0>(word, 0x0f);
                    tile.codes[to + 8] = bits::<4>(word, 0x0f);
                }
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn scaled(total: __m256i, products: [__m256i; 4], scale: __m256i) -> __m256i {
        // Each is 2 * 15 * 127 at most: all four fit into 16 bits.
        let [a, b, c, d] = products;
        let sum = _mm256_add_epi16(_mm256_add_epi16(a, b), _mm256_add_epi16(c, d));
        _mm256_add_epi32(total, _mm256_madd_epi16(sum, scale))
    }

    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn result(tile: &Tile, total: __m256i, inputs: &Inputs) -> __m256 {
        let mut minima = _mm256_setzero_si256();
        for (correction, sums) in tile.corrections.iter().zip(&inputs.sums_of_32) {
            let sums = _mm256_set1_epi32(*sums);
            minima = _mm256_add_epi32(minima, _mm256_madd_epi16(*correction, sums));
        }
        let scaled = _mm256_mul_ps(_mm256_cvtepi32_ps(total), tile.unit);
        _mm256_fnmadd_ps(_mm256_cvtepi32_ps(minima), tile.unit_of_minima, scaled)
    }
}

impl Block for Q6K {
    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn take_apart(rows: &[&Self; LANES], tile: &mut Tile) {
        tile.unit = floats(&units(rows));
        let scales = words_of_16(&scales(rows));
        for four in 0..4 {
            let scales = signed_bytes(scales[four]);
            for at in 0..4 {
                tile.scales[4 * four + at] = pair(scales[at], scales[at]);
            }
            for at in 0..2 {
                // Codes are 32 more than what is meant.
                let low = _mm256_slli_epi32::<5>(scales[2 * at]);
                let high = _mm256_slli_epi32::<5>(scales[2 * at + 1]);
                tile.corrections[2 * four + at] = pair(low, high);
            }
        }
        let both = high_bits(rows);
        for half in 0..2 {
            let high = words_of_32(&both, 32 * half);
            let halves = low_bits(rows, half);
            let low = [words_of_32(&halves, 0), words_of_32(&halves, 32)];
            for at in 0..8 {
                let codes = &mut tile.codes[32 * half + at..];
                codes[0] = joined(bits::<0>(low[0][at], 0x0f), bits::<0>(high[at], 3));
                codes[8] = joined(bits::<0>(low[1][at], 0x0f), bits::<2>(high[at], 3));
                codes[16] = joined(bits::<4>(low[0][at], 0x0f), bits::<4>(high[at], 3));
                codes[24] = joined(bits::<4>(low[1][at], 0x0f), bits::<6>(high[at], 3));
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn scaled(total: __m256i, products: [__m256i; 4], scale: __m256i) -> __m256i {
        // Each is 2 * 63 * 127 at most: two fit into 16 bits, and not four.
        let [a, b, c, d] = products;
        let total = _mm256_add_epi32(total, _mm256_madd_epi16(_mm256_add_epi16(a, b), scale));
        _mm256_add_epi32(total, _mm256_madd_epi16(_mm256_add_epi16(c, d), scale))
    }

    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn result(tile: &Tile, total: __m256i, inputs: &Inputs) -> __m256 {
        let mut excess = _mm256_setzero_si256();
        for (correction, sums) in tile.corrections.iter().zip(&inputs.sums_of_16) {
            let sums = _mm256_set1_epi32(*sums);
            excess = _mm256_add_epi32(excess, _mm256_madd_epi16(*correction, sums));
        }
        let total = _mm256_sub_epi32(total, excess);
        _mm256_mul_ps(_mm256_cvtepi32_ps(total), tile.unit)
    }
}

#[inline]
fn units_of(rows: &[&Q4K; LANES], at: usize) -> [u16; LANES] {
    rows.map(|row| u16::from_le_bytes([row.head[2 * at], row.head[2 * at + 1]]))
}

/// Bits of every byte, from `FROM` on.
#[inline]
#[target_feature(enable = "avx2")]
fn bits<const FROM: i32>(words: __m256i, mask: u8) -> __m256i {
    let mask = _mm256_set1_epi32(i32::from(mask) * 0x0101_0101);
    _mm256_and_si256(_mm256_srli_epi32::<FROM>(words), mask)
}

/// Bytes of low bits with what comes above their four.
#[inline]
#[target_feature(enable = "avx2")]
fn joined(low: __m256i, above: __m256i) -> __m256i {
    _mm256_or_si256(low, _mm256_slli_epi32::<4>(above))
}

/// The four bytes of each lane, each in lanes of its own.
#[inline]
#[target_feature(enable = "avx2")]
fn bytes(words: __m256i) -> [__m256i; 4] {
    let byte = _mm256_set1_epi32(0xff);
    [
        _mm256_and_si256(words, byte),
        _mm256_and_si256(_mm256_srli_epi32::<8>(words), byte),
        _mm256_and_si256(_mm256_srli_epi32::<16>(words), byte),
        _mm256_srli_epi32::<24>(words),
    ]
}

/// The same of bytes with a sign.
#[inline]
#[target_feature(enable = "avx2")]
fn signed_bytes(words: __m256i) -> [__m256i; 4] {
    [
        _mm256_srai_epi32::<24>(_mm256_slli_epi32::<24>(words)),
        _mm256_srai_epi32::<24>(_mm256_slli_epi32::<16>(words)),
        _mm256_srai_epi32::<24>(_mm256_slli_epi32::<8>(words)),
        _mm256_srai_epi32::<24>(words),
    ]
}

/// Two numbers of 16 bits in each lane.
#[inline]
#[target_feature(enable = "avx2")]
fn pair(low: __m256i, high: __m256i) -> __m256i {
    let low = _mm256_and_si256(low, _mm256_set1_epi32(0xffff));
    _mm256_or_si256(low, _mm256_slli_epi32::<16>(high))
}

#[inline]
#[target_feature(enable = "f16c")]
fn floats(halves: &[u16; LANES]) -> __m256 {
    // SAFETY: reads the 16 bytes of the array.
    _mm256_cvtph_ps(unsafe { _mm_loadu_si128(halves.as_ptr().cast::<__m128i>()) })
}

/// The four words of 8 rows, each word in a vector with a lane for each row.
#[inline]
#[target_feature(enable = "avx2")]
fn words_of_16(rows: &[&[u8; 16]; LANES]) -> [__m256i; 4] {
    let mut mixed = [_mm256_setzero_si256(); 4];
    for (at, mixed) in mixed.iter_mut().enumerate() {
        // SAFETY: each reads the 16 bytes of its array.
        let [first, second] = unsafe {
            [
                _mm_loadu_si128(rows[at].as_ptr().cast::<__m128i>()),
                _mm_loadu_si128(rows[4 + at].as_ptr().cast::<__m128i>()),
            ]
        };
        *mixed = _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(first), second);
    }
    turned(mixed)
}

/// The 8 words of 8 rows from a byte on, each word in a vector with a lane for each row.
#[inline]
#[target_feature(enable = "avx2")]
fn words_of_32(rows: &[&[u8; 64]; LANES], from: usize) -> [__m256i; LANES] {
    let mut words = [_mm256_setzero_si256(); LANES];
    for (words, row) in words.iter_mut().zip(rows) {
        // SAFETY: reads the 32 bytes of the part.
        *words = unsafe { _mm256_loadu_si256(row[from..from + 32].as_ptr().cast::<__m256i>()) };
    }
    let [a, b, c, d, e, f, g, h] = words;
    let (first, last) = (turned([a, b, c, d]), turned([e, f, g, h]));
    for at in 0..4 {
        words[at] = _mm256_permute2x128_si256::<0x20>(first[at], last[at]);
        words[4 + at] = _mm256_permute2x128_si256::<0x31>(first[at], last[at]);
    }
    words
}

/// Rows and columns changed for one another in each half of four vectors.
#[inline]
#[target_feature(enable = "avx2")]
fn turned([a, b, c, d]: [__m256i; 4]) -> [__m256i; 4] {
    let low = [_mm256_unpacklo_epi32(a, b), _mm256_unpacklo_epi32(c, d)];
    let high = [_mm256_unpackhi_epi32(a, b), _mm256_unpackhi_epi32(c, d)];
    [
        _mm256_unpacklo_epi64(low[0], low[1]),
        _mm256_unpackhi_epi64(low[0], low[1]),
        _mm256_unpacklo_epi64(high[0], high[1]),
        _mm256_unpackhi_epi64(high[0], high[1]),
    ]
}

/// Inputs in 8 bits, the nearest that those have: the largest becomes 127.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn quantised(values: &[f32; BLOCK]) -> Inputs {
    let sign = _mm256_set1_ps(-0.0);
    let mut vectors = [_mm256_setzero_ps(); BLOCK / LANES];
    let mut largest = _mm256_setzero_ps();
    for (vector, values) in vectors.iter_mut().zip(values.as_chunks::<LANES>().0) {
        // SAFETY: reads the 8 floats of the array.
        *vector = unsafe { _mm256_loadu_ps(values.as_ptr()) };
        largest = _mm256_max_ps(largest, _mm256_andnot_ps(sign, *vector));
    }
    let mut magnitudes = [0.0_f32; LANES];
    // SAFETY: writes 32 bytes into as many.
    unsafe { _mm256_storeu_ps(magnitudes.as_mut_ptr(), largest) };
    let largest = highest(magnitudes);
    let per_unit = _mm256_set1_ps(if largest > 0.0 { 127.0 / largest } else { 0.0 });
    let mut codes = [0; BLOCK / 4];
    let mut sums = [0; BLOCK / 16];
    for (at, vectors) in vectors.as_chunks::<4>().0.iter().enumerate() {
        let bytes = nearest(vectors, per_unit);
        let of_2 = _mm256_maddubs_epi16(_mm256_set1_epi8(1), bytes);
        let of_4 = _mm256_madd_epi16(of_2, _mm256_set1_epi16(1));
        let mut of_4s = [0_i32; LANES];
        // SAFETY: each writes 32 bytes into as many.
        unsafe {
            _mm256_storeu_si256(codes[8 * at..8 * at + 8].as_mut_ptr().cast(), bytes);
            _mm256_storeu_si256(of_4s.as_mut_ptr().cast(), of_4);
        }
        for (sum, [a, b, c, d]) in sums[2 * at..].iter_mut().zip(of_4s.as_chunks().0) {
            *sum = a + b + c + d;
        }
    }
    Inputs::new(codes, &sums, largest / 127.0)
}

#[inline]
fn highest(magnitudes: [f32; LANES]) -> f32 {
    magnitudes.into_iter().fold(0.0, f32::max)
}

/// 32 codes in their order, which packing alone does not keep.
#[inline]
#[target_feature(enable = "avx2")]
fn nearest(values: &[__m256; 4], per_unit: __m256) -> __m256i {
    let mut whole = [_mm256_setzero_si256(); 4];
    for (whole, values) in whole.iter_mut().zip(values) {
        *whole = _mm256_cvtps_epi32(_mm256_mul_ps(*values, per_unit));
    }
    let [a, b, c, d] = whole;
    let packed = _mm256_packs_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
    _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7))
}
