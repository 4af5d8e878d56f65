//! A tile of a product with AVX512 and VNNI: 32 rows of weights, one in each lane of two
//! vectors, against all rows of inputs. Sums of codes are exact, so that a row's result depends
//! neither on how many rows there are nor on its place among them.
#![expect(
    clippy::needless_range_loop,
    reason = "several arrays are gone through side by side"
)]

use std::arch::x86_64::{
    __m128i, __m256i, __m512, __m512i, _MM_HINT_T1, _mm_loadu_si128, _mm256_loadu_si256,
    _mm512_abs_ps, _mm512_add_epi32, _mm512_and_si512, _mm512_castsi128_si512,
    _mm512_cvtepi32_epi16, _mm512_cvtepi32_ps, _mm512_cvtph_ps, _mm512_cvtps_epi32,
    _mm512_cvtsepi32_epi8, _mm512_dpbusd_epi32, _mm512_dpwssd_epi32, _mm512_fmadd_ps,
    _mm512_fnmadd_ps, _mm512_inserti32x4, _mm512_loadu_ps, _mm512_loadu_si512, _mm512_max_ps,
    _mm512_mul_ps, _mm512_mullo_epi32, _mm512_or_si512, _mm512_reduce_max_ps, _mm512_set1_epi8,
    _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps, _mm512_setzero_si512,
    _mm512_shuffle_i32x4, _mm512_slli_epi32, _mm512_srai_epi32, _mm512_srli_epi32,
    _mm512_storeu_si512, _mm512_sub_epi32, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64,
    _mm512_unpacklo_epi32, _mm512_unpacklo_epi64,
};
use std::hint::black_box;
use std::ops::Range;

use super::attention::{self, Attention};
use super::blocks::{BLOCK, Inputs, Q4K, Q6K, codes, heads, high_bits, low_bits, scales, units};
use super::product::{Outputs, Part, Place, Product};

/// Rows of weights in a vector, one in each lane.
const LANES: usize = 16;

/// Vectors of weights that each input is read once for.
const VECTORS: usize = 2;

/// Rows of weights that are taken at once.
pub(super) const TILE_ROWS: usize = VECTORS * LANES;

/// Where weights wait for their turn: the second cache. Asked for into the first, they hold up
/// what is read from the second on some processors (docs/decisions/0051-own-kernels.md).
const AHEAD: i32 = _MM_HINT_T1;

/// Rows of inputs that a pass over a block takes at most: as many sums stay in registers.
const GROUP: usize = 6;

/// Inputs in 8 bits, the nearest that those have: the largest becomes 127.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub(super) fn quantised(values: &[f32; BLOCK]) -> Inputs {
    let mut vectors = [_mm512_setzero_ps(); BLOCK / LANES];
    let mut largest = _mm512_setzero_ps();
    for (vector, values) in vectors.iter_mut().zip(values.as_chunks::<LANES>().0) {
        // SAFETY: reads the 16 floats of the array.
        *vector = unsafe { _mm512_loadu_ps(values.as_ptr()) };
        largest = _mm512_max_ps(largest, _mm512_abs_ps(*vector));
    }
    let largest = _mm512_reduce_max_ps(largest);
    let per_unit = _mm512_set1_ps(if largest > 0.0 { 127.0 / largest } else { 0.0 });
    let mut codes = [0; BLOCK / 4];
    let mut sums = [0; BLOCK / 16];
    let ones = _mm512_set1_epi8(1);
    for at in 0..4 {
        let mut bytes = _mm512_setzero_si512();
        bytes = _mm512_inserti32x4::<0>(bytes, nearest(vectors[4 * at], per_unit));
        bytes = _mm512_inserti32x4::<1>(bytes, nearest(vectors[4 * at + 1], per_unit));
        bytes = _mm512_inserti32x4::<2>(bytes, nearest(vectors[4 * at + 2], per_unit));
        bytes = _mm512_inserti32x4::<3>(bytes, nearest(vectors[4 * at + 3], per_unit));
        let of_4 = _mm512_dpbusd_epi32(_mm512_setzero_si512(), ones, bytes);
        let mut of_4s = [0_i32; 16];
        // SAFETY: each writes 64 bytes into as many.
        unsafe {
            _mm512_storeu_si512(codes[16 * at..16 * at + 16].as_mut_ptr().cast(), bytes);
            _mm512_storeu_si512(of_4s.as_mut_ptr().cast(), of_4);
        }
        for (sum, [a, b, c, d]) in sums[4 * at..].iter_mut().zip(of_4s.as_chunks().0) {
            *sum = a + b + c + d;
        }
    }
    Inputs::new(codes, &sums, largest / 127.0)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn nearest(values: __m512, per_unit: __m512) -> __m128i {
    _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(_mm512_mul_ps(values, per_unit)))
}

/// Whether this processor has the instructions.
pub(super) fn runs_here() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vnni")
}

/// A block of all rows of a tile.
type Tile = [Apart; VECTORS];

/// What a tile comes to for a row of inputs.
type Sums = [__m512; VECTORS];

/// A block of 16 rows of weights, taken apart: each vector has a lane for each row.
pub(super) struct Apart {
    /// Four codes of each row.
    codes: [__m512i; BLOCK / 4],
    /// The scale of each [`Block::SCALED`] weights.
    scales: [__m512i; 16],
    /// What a sum of inputs is taken times, two sums in each lane: the minima of
    /// 32 weights each, or what the codes of 16 are too large by.
    corrections: [__m512i; 8],
    unit: __m512,
    unit_of_minima: __m512,
}

/// A layout of weights.
///
/// # Safety
/// The processor must have the instructions that [`runs_here`] asks for.
pub(super) trait Block: Sized {
    /// Weights that have a scale in common.
    const SCALED: usize;

    /// Takes a block of 16 rows apart.
    unsafe fn take_apart(rows: &[&Self; LANES], to: &mut Apart);

    /// What a block adds to a row, but for the inputs' unit.
    unsafe fn result(apart: &Apart, total: __m512i, inputs: &Inputs) -> __m512;
}

/// Computes the outputs of some tiles, for all rows of inputs.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub(super) fn tiles<B: Block>(product: &Product<'_, B>, part: &Part, outputs: &Outputs) {
    let mut tile = [Apart::empty(), Apart::empty()];
    let mut sums = vec![[_mm512_setzero_ps(); VECTORS]; product.rows()];
    for at in part.tiles.clone() {
        let tiles = [at, part.after(at)].map(|tile| tile * TILE_ROWS);
        compute(product, tiles, &mut tile, &mut sums);
        for (row, sums) in sums.iter().enumerate() {
            let to = outputs.of(row, at * TILE_ROWS).cast::<Sums>();
            // SAFETY: the pointer is to 32 floats that are this tile's alone.
            unsafe { to.write_unaligned(*sums) };
        }
    }
}

/// Computes the outputs of a tile whose first row of weights is `first`; of the one after it that
/// is `next`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn compute<B: Block>(
    product: &Product<'_, B>,
    [first, next]: [usize; 2],
    tile: &mut Tile,
    sums: &mut [Sums],
) {
    sums.fill([_mm512_setzero_ps(); VECTORS]);
    for block in 0..product.blocks {
        for (vector, apart) in tile.iter_mut().enumerate() {
            let rows = product.weights(first + vector * LANES, block);
            // SAFETY: who calls this says that the processor has the instructions.
            unsafe { B::take_apart(&rows, apart) };
        }
        let mut row = 0;
        while row < sums.len() {
            let sums = &mut sums[row..];
            let place = Place { next, block, row };
            // As even as can be: eight rows are four and four, and not six and two.
            row += match sums.len().div_ceil(sums.len().div_ceil(GROUP)) {
                1 => group::<B, 1>(tile, product, place, sums),
                2 => group::<B, 2>(tile, product, place, sums),
                3 => group::<B, 3>(tile, product, place, sums),
                4 => group::<B, 4>(tile, product, place, sums),
                5 => group::<B, 5>(tile, product, place, sums),
                _ => group::<B, GROUP>(tile, product, place, sums),
            };
        }
    }
}

/// The attention of some rows, for one head of keys.
///
/// # Safety
/// As for [`attention::attend`].
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub(super) unsafe fn attend<const DIMENSIONS: usize>(
    attention: &Attention,
    head_of_keys: usize,
    rows: Range<usize>,
    scores: *mut f32,
) {
    // SAFETY: as above, and the instructions are those of this function.
    unsafe { attention::attend::<__m512, DIMENSIONS>(attention, head_of_keys, rows, scores) }
}

/// As many products as there can be: 64 with each instruction, in as many sums that none
/// waits for the one before.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub(super) fn products(rounds: u32) -> f64 {
    const SUMS: u32 = 12;
    let codes = black_box(_mm512_set1_epi8(1));
    let mut sums = [_mm512_setzero_si512(); SUMS as usize];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = _mm512_dpbusd_epi32(*sum, codes, codes);
        }
    }
    black_box(sums);
    f64::from(rounds) * f64::from(SUMS * 64)
}

/// Adds a block to the sums of `ROWS` rows, and says how many those are.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn group<B: Block, const ROWS: usize>(
    tile: &Tile,
    product: &Product<'_, B>,
    place: Place,
    sums: &mut [Sums],
) -> usize {
    let inputs = product.inputs::<ROWS>(place.row, place.block);
    let mut totals = [[_mm512_setzero_si512(); VECTORS]; ROWS];
    let (parts, fours) = (BLOCK / B::SCALED, B::SCALED / 4);
    for part in 0..parts {
        if place.row == 0 {
            for row in TILE_ROWS * part / parts..TILE_ROWS * (part + 1) / parts {
                product.fetch_ahead::<AHEAD>(place, TILE_ROWS, row);
            }
        }
        let mut products = [[_mm512_setzero_si512(); VECTORS]; ROWS];
        for four in fours * part..fours * (part + 1) {
            for at in 0..ROWS {
                let codes = _mm512_set1_epi32(inputs[at].codes[four]);
                for vector in 0..VECTORS {
                    let products = &mut products[at][vector];
                    *products = _mm512_dpbusd_epi32(*products, tile[vector].codes[four], codes);
                }
            }
        }
        for at in 0..ROWS {
            for vector in 0..VECTORS {
                let scaled = _mm512_mullo_epi32(products[at][vector], tile[vector].scales[part]);
                totals[at][vector] = _mm512_add_epi32(totals[at][vector], scaled);
            }
        }
    }
    for at in 0..ROWS {
        let unit = _mm512_set1_ps(inputs[at].unit);
        for vector in 0..VECTORS {
            // SAFETY: as above.
            let result = unsafe { B::result(&tile[vector], totals[at][vector], inputs[at]) };
            sums[at][vector] = _mm512_fmadd_ps(result, unit, sums[at][vector]);
        }
    }
    ROWS
}

impl Apart {
    #[target_feature(enable = "avx512f")]
    fn empty() -> Self {
        let zero = _mm512_setzero_si512();
        Self {
            codes: [zero; BLOCK / 4],
            scales: [zero; 16],
            corrections: [zero; 8],
            unit: _mm512_setzero_ps(),
            unit_of_minima: _mm512_setzero_ps(),
        }
    }
}

impl Block for Q4K {
    const SCALED: usize = 32;

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    unsafe fn take_apart(rows: &[&Self; LANES], to: &mut Apart) {
        let [units, low, high, mixed] = words_of_16(&heads(rows));
        to.unit = floats(units);
        to.unit_of_minima = floats(_mm512_srli_epi32::<16>(units));
        // Of the first four scales the six bits are in their own bytes, of the last four
        // the low four bits are in `mixed`, and the high two above the first four. The
        // same of the minima.
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
                to.scales[4 * four + at] = scales[at];
            }
            let minima = bytes(minima[four]);
            to.corrections[2 * four] = pair(minima[0], minima[1]);
            to.corrections[2 * four + 1] = pair(minima[2], minima[3]);
        }
        for half in 0..2 {
            let words = words_of_64(&codes(rows, half));
            for (at, word) in words.into_iter().enumerate() {
                let place = 32 * half + 16 * (at / 8) + at % 8;
                to.codes[place] = bits::<0>(word, 0x0f);
                to.codes[place + 8] = bits::<4>(word, 0x0f);
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    unsafe fn result(apart: &Apart, total: __m512i, inputs: &Inputs) -> __m512 {
        let mut minima = _mm512_setzero_si512();
        for (correction, sums) in apart.corrections.iter().zip(&inputs.sums_of_32) {
            minima = _mm512_dpwssd_epi32(minima, *correction, _mm512_set1_epi32(*sums));
        }
        let scaled = _mm512_mul_ps(_mm512_cvtepi32_ps(total), apart.unit);
        _mm512_fnmadd_ps(_mm512_cvtepi32_ps(minima), apart.unit_of_minima, scaled)
    }
}

impl Block for Q6K {
    const SCALED: usize = 16;

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    unsafe fn take_apart(rows: &[&Self; LANES], to: &mut Apart) {
        to.unit = floats_of(&units(rows));
        let scales = words_of_16(&scales(rows));
        for four in 0..4 {
            let scales = signed_bytes(scales[four]);
            for at in 0..4 {
                to.scales[4 * four + at] = scales[at];
            }
            for at in 0..2 {
                // Codes are 32 more than what is meant.
                let low = _mm512_slli_epi32::<5>(scales[2 * at]);
                let high = _mm512_slli_epi32::<5>(scales[2 * at + 1]);
                to.corrections[2 * four + at] = pair(low, high);
            }
        }
        let high = words_of_64(&high_bits(rows));
        for half in 0..2 {
            let low = words_of_64(&low_bits(rows, half));
            for at in 0..8 {
                let high = high[8 * half + at];
                let codes = &mut to.codes[32 * half + at..];
                codes[0] = joined(bits::<0>(low[at], 0x0f), bits::<0>(high, 3));
                codes[8] = joined(bits::<0>(low[8 + at], 0x0f), bits::<2>(high, 3));
                codes[16] = joined(bits::<4>(low[at], 0x0f), bits::<4>(high, 3));
                codes[24] = joined(bits::<4>(low[8 + at], 0x0f), bits::<6>(high, 3));
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    unsafe fn result(apart: &Apart, total: __m512i, inputs: &Inputs) -> __m512 {
        let mut excess = _mm512_setzero_si512();
        for (correction, sums) in apart.corrections.iter().zip(&inputs.sums_of_16) {
            excess = _mm512_dpwssd_epi32(excess, *correction, _mm512_set1_epi32(*sums));
        }
        let total = _mm512_sub_epi32(total, excess);
        _mm512_mul_ps(_mm512_cvtepi32_ps(total), apart.unit)
    }
}

/// Bits of every byte, from `FROM` on.
#[inline]
#[target_feature(enable = "avx512f")]
fn bits<const FROM: u32>(words: __m512i, mask: u8) -> __m512i {
    let mask = _mm512_set1_epi32(i32::from(mask) * 0x0101_0101);
    _mm512_and_si512(_mm512_srli_epi32::<FROM>(words), mask)
}

/// Bytes of low bits with what comes above their four.
#[inline]
#[target_feature(enable = "avx512f")]
fn joined(low: __m512i, above: __m512i) -> __m512i {
    _mm512_or_si512(low, _mm512_slli_epi32::<4>(above))
}

/// The four bytes of each lane, each in lanes of its own.
#[inline]
#[target_feature(enable = "avx512f")]
fn bytes(words: __m512i) -> [__m512i; 4] {
    let byte = _mm512_set1_epi32(0xff);
    [
        _mm512_and_si512(words, byte),
        _mm512_and_si512(_mm512_srli_epi32::<8>(words), byte),
        _mm512_and_si512(_mm512_srli_epi32::<16>(words), byte),
        _mm512_srli_epi32::<24>(words),
    ]
}

/// The same of bytes with a sign.
#[inline]
#[target_feature(enable = "avx512f")]
fn signed_bytes(words: __m512i) -> [__m512i; 4] {
    [
        _mm512_srai_epi32::<24>(_mm512_slli_epi32::<24>(words)),
        _mm512_srai_epi32::<24>(_mm512_slli_epi32::<16>(words)),
        _mm512_srai_epi32::<24>(_mm512_slli_epi32::<8>(words)),
        _mm512_srai_epi32::<24>(words),
    ]
}

/// Two numbers of 16 bits in each lane.
#[inline]
#[target_feature(enable = "avx512f")]
fn pair(low: __m512i, high: __m512i) -> __m512i {
    let low = _mm512_and_si512(low, _mm512_set1_epi32(0xffff));
    _mm512_or_si512(low, _mm512_slli_epi32::<16>(high))
}

/// The half floats in the low halves of lanes.
#[inline]
#[target_feature(enable = "avx512f")]
fn floats(words: __m512i) -> __m512 {
    _mm512_cvtph_ps(_mm512_cvtepi32_epi16(words))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn floats_of(halves: &[u16; LANES]) -> __m512 {
    // SAFETY: reads the 32 bytes of the array.
    _mm512_cvtph_ps(unsafe { _mm256_loadu_si256(halves.as_ptr().cast::<__m256i>()) })
}

/// The four words of 16 rows, each word in a vector with a lane for each row.
#[inline]
#[target_feature(enable = "avx512f")]
fn words_of_16(rows: &[&[u8; 16]; LANES]) -> [__m512i; 4] {
    let mut mixed = [_mm512_setzero_si512(); 4];
    for (at, mixed) in mixed.iter_mut().enumerate() {
        // SAFETY: each reads the 16 bytes of its array.
        let [first, second, third, fourth] = unsafe {
            [
                _mm_loadu_si128(rows[at].as_ptr().cast::<__m128i>()),
                _mm_loadu_si128(rows[4 + at].as_ptr().cast::<__m128i>()),
                _mm_loadu_si128(rows[8 + at].as_ptr().cast::<__m128i>()),
                _mm_loadu_si128(rows[12 + at].as_ptr().cast::<__m128i>()),
            ]
        };
        *mixed = _mm512_castsi128_si512(first);
        *mixed = _mm512_inserti32x4::<1>(*mixed, second);
        *mixed = _mm512_inserti32x4::<2>(*mixed, third);
        *mixed = _mm512_inserti32x4::<3>(*mixed, fourth);
    }
    turned(mixed)
}

/// The 16 words of 16 rows, each word in a vector with a lane for each row.
#[inline]
#[target_feature(enable = "avx512f")]
fn words_of_64(rows: &[&[u8; 64]; LANES]) -> [__m512i; LANES] {
    let mut words = [_mm512_setzero_si512(); LANES];
    for (words, row) in words.iter_mut().zip(rows) {
        // SAFETY: reads the 64 bytes of the array.
        *words = unsafe { _mm512_loadu_si512(row.as_ptr().cast::<__m512i>()) };
    }
    // Rows by fours: then a quarter of vector `4 * four + at` has word `at` of that quarter
    // for the four rows.
    for four in words.as_chunks_mut::<4>().0 {
        *four = turned(*four);
    }
    let mut turned = words;
    for at in 0..4 {
        let [a, b, c, d] = [words[at], words[4 + at], words[8 + at], words[12 + at]];
        let even = [
            _mm512_shuffle_i32x4::<0x88>(a, b),
            _mm512_shuffle_i32x4::<0x88>(c, d),
        ];
        let odd = [
            _mm512_shuffle_i32x4::<0xdd>(a, b),
            _mm512_shuffle_i32x4::<0xdd>(c, d),
        ];
        turned[at] = _mm512_shuffle_i32x4::<0x88>(even[0], even[1]);
        turned[4 + at] = _mm512_shuffle_i32x4::<0x88>(odd[0], odd[1]);
        turned[8 + at] = _mm512_shuffle_i32x4::<0xdd>(even[0], even[1]);
        turned[12 + at] = _mm512_shuffle_i32x4::<0xdd>(odd[0], odd[1]);
    }
    turned
}

/// Rows and columns changed for one another in each quarter of four vectors.
#[inline]
#[target_feature(enable = "avx512f")]
fn turned([a, b, c, d]: [__m512i; 4]) -> [__m512i; 4] {
    let low = [_mm512_unpacklo_epi32(a, b), _mm512_unpacklo_epi32(c, d)];
    let high = [_mm512_unpackhi_epi32(a, b), _mm512_unpackhi_epi32(c, d)];
    [
        _mm512_unpacklo_epi64(low[0], low[1]),
        _mm512_unpackhi_epi64(low[0], low[1]),
        _mm512_unpacklo_epi64(high[0], high[1]),
        _mm512_unpackhi_epi64(high[0], high[1]),
    ]
}
