//! Vectors of floats and doubles, as attention needs them, for the instructions that there are.
#![expect(
    unsafe_op_in_unsafe_fn,
    reason = "all of it needs what the functions ask of their callers"
)]

use std::arch::x86_64::{
    __m128i, __m256, __m256d, __m256i, __m512, __m512d, _CMP_GE_OQ, _MM_FROUND_NO_EXC,
    _MM_FROUND_TO_NEAREST_INT, _mm_loadu_ps, _mm_loadu_si128, _mm256_add_epi32, _mm256_add_ps,
    _mm256_and_ps, _mm256_castsi256_ps, _mm256_cmp_ps, _mm256_cvtph_ps, _mm256_cvtps_epi32,
    _mm256_cvtps_pd, _mm256_fmadd_pd, _mm256_fmadd_ps, _mm256_loadu_pd, _mm256_loadu_ps,
    _mm256_loadu_si256, _mm256_max_ps, _mm256_mul_ps, _mm256_permute2f128_ps, _mm256_round_ps,
    _mm256_set1_epi32, _mm256_set1_pd, _mm256_set1_ps, _mm256_setzero_ps, _mm256_shuffle_ps,
    _mm256_slli_epi32, _mm256_storeu_pd, _mm256_storeu_ps, _mm256_unpackhi_ps, _mm256_unpacklo_ps,
    _mm512_add_ps, _mm512_cmp_ps_mask, _mm512_cvtph_ps, _mm512_cvtps_pd, _mm512_fmadd_pd,
    _mm512_fmadd_ps, _mm512_loadu_pd, _mm512_loadu_ps, _mm512_maskz_mov_ps, _mm512_max_ps,
    _mm512_reduce_add_ps, _mm512_reduce_max_ps, _mm512_roundscale_ps, _mm512_scalef_ps,
    _mm512_set1_pd, _mm512_set1_ps, _mm512_setzero_ps, _mm512_shuffle_f32x4, _mm512_shuffle_ps,
    _mm512_storeu_pd, _mm512_storeu_ps, _mm512_unpackhi_ps, _mm512_unpacklo_ps,
};

/// Floats side by side.
///
/// # Safety
/// All of it: the processor must have the instructions, and pointers must be good for as many
/// items as there are lanes.
pub(super) trait Lanes: Copy {
    /// How many.
    const COUNT: usize;
    /// Vectors of the same size.
    type Doubles: Doubles;

    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    /// Half floats.
    unsafe fn load_halves(from: *const u16) -> Self;
    unsafe fn store(self, to: *mut f32);
    unsafe fn times_plus(self, factor: Self, summand: Self) -> Self;
    unsafe fn plus(self, other: Self) -> Self;
    unsafe fn larger(self, other: Self) -> Self;
    unsafe fn largest(self) -> f32;
    unsafe fn sum(self) -> f32;
    /// The nearest whole numbers.
    unsafe fn nearest(self) -> Self;
    /// Times 2 to the power of whole numbers, of which none is below -126.
    unsafe fn times_2_to(self, power: Self) -> Self;
    /// Nothing where `other` is below `least`.
    unsafe fn where_at_least(self, other: Self, least: f32) -> Self;
    /// Half floats of as many rows as there are lanes, from `row` items to `row` items:
    /// written as rows of `to` items, rows and columns changed for one another.
    unsafe fn turn(from: *const u16, row: usize, to: *mut f32, to_row: usize);

    /// An array of half floats, a multiple of the lanes.
    #[inline(always)]
    unsafe fn halves<const COUNT: usize>(from: *const u16, to: &mut [f32; COUNT]) {
        for at in (0..COUNT).step_by(Self::COUNT) {
            Self::load_halves(from.add(at)).store(to.as_mut_ptr().add(at));
        }
    }
}

/// Doubles side by side.
///
/// # Safety
/// As for [`Lanes`].
pub(super) trait Doubles: Copy {
    /// How many.
    const COUNT: usize;

    unsafe fn splat(value: f64) -> Self;
    unsafe fn load(from: *const f64) -> Self;
    /// Floats.
    unsafe fn load_floats(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f64);
    unsafe fn times_plus(self, factor: Self, summand: Self) -> Self;
}

impl Doubles for __m512d {
    const COUNT: usize = 8;

    #[inline(always)]
    unsafe fn splat(value: f64) -> Self {
        _mm512_set1_pd(value)
    }

    #[inline(always)]
    unsafe fn load(from: *const f64) -> Self {
        _mm512_loadu_pd(from)
    }

    #[inline(always)]
    unsafe fn load_floats(from: *const f32) -> Self {
        _mm512_cvtps_pd(_mm256_loadu_ps(from))
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f64) {
        _mm512_storeu_pd(to, self)
    }

    #[inline(always)]
    unsafe fn times_plus(self, factor: Self, summand: Self) -> Self {
        _mm512_fmadd_pd(self, factor, summand)
    }
}

impl Doubles for __m256d {
    const COUNT: usize = 4;

    #[inline(always)]
    unsafe fn splat(value: f64) -> Self {
        _mm256_set1_pd(value)
    }

    #[inline(always)]
    unsafe fn load(from: *const f64) -> Self {
        _mm256_loadu_pd(from)
    }

    #[inline(always)]
    unsafe fn load_floats(from: *const f32) -> Self {
        _mm256_cvtps_pd(_mm_loadu_ps(from))
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f64) {
        _mm256_storeu_pd(to, self)
    }

    #[inline(always)]
    unsafe fn times_plus(self, factor: Self, summand: Self) -> Self {
        _mm256_fmadd_pd(self, factor, summand)
    }
}

impl Lanes for __m512 {
    const COUNT: usize = 16;
    type Doubles = __m512d;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        _mm512_set1_ps(value)
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        _mm512_loadu_ps(from)
    }

    #[inline(always)]
    unsafe fn load_halves(from: *const u16) -> Self {
        _mm512_cvtph_ps(_mm256_loadu_si256(from.cast::<__m256i>()))
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        _mm512_storeu_ps(to, self)
    }

    #[inline(always)]
    unsafe fn times_plus(self, factor: Self, summand: Self) -> Self {
        _mm512_fmadd_ps(self, factor, summand)
    }

    #[inline(always)]
    unsafe fn plus(self, other: Self) -> Self {
        _mm512_add_ps(self, other)
    }

    #[inline(always)]
    unsafe fn larger(self, other: Self) -> Self {
        _mm512_max_ps(self, other)
    }

    #[inline(always)]
    unsafe fn largest(self) -> f32 {
        _mm512_reduce_max_ps(self)
    }

    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        _mm512_reduce_add_ps(self)
    }

    #[inline(always)]
    unsafe fn nearest(self) -> Self {
        _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self)
    }

    #[inline(always)]
    unsafe fn times_2_to(self, power: Self) -> Self {
        _mm512_scalef_ps(self, power)
    }

    #[inline(always)]
    unsafe fn where_at_least(self, other: Self, least: f32) -> Self {
        let kept = _mm512_cmp_ps_mask::<_CMP_GE_OQ>(other, _mm512_set1_ps(least));
        _mm512_maskz_mov_ps(kept, self)
    }

    #[inline(always)]
    unsafe fn turn(from: *const u16, row: usize, to: *mut f32, to_row: usize) {
        let mut rows = [_mm512_setzero_ps(); 16];
        for (at, values) in rows.iter_mut().enumerate() {
            *values = Self::load_halves(from.wrapping_add(at * row));
        }
        for four in rows.as_chunks_mut::<4>().0 {
            let [a, b, c, d] = *four;
            let low = [_mm512_unpacklo_ps(a, b), _mm512_unpacklo_ps(c, d)];
            let high = [_mm512_unpackhi_ps(a, b), _mm512_unpackhi_ps(c, d)];
            *four = [
                _mm512_shuffle_ps::<0x44>(low[0], low[1]),
                _mm512_shuffle_ps::<0xee>(low[0], low[1]),
                _mm512_shuffle_ps::<0x44>(high[0], high[1]),
                _mm512_shuffle_ps::<0xee>(high[0], high[1]),
            ];
        }
        for at in 0..4 {
            let [a, b, c, d] = [rows[at], rows[4 + at], rows[8 + at], rows[12 + at]];
            let even = [
                _mm512_shuffle_f32x4::<0x88>(a, b),
                _mm512_shuffle_f32x4::<0x88>(c, d),
            ];
            let odd = [
                _mm512_shuffle_f32x4::<0xdd>(a, b),
                _mm512_shuffle_f32x4::<0xdd>(c, d),
            ];
            let columns = [
                _mm512_shuffle_f32x4::<0x88>(even[0], even[1]),
                _mm512_shuffle_f32x4::<0x88>(odd[0], odd[1]),
                _mm512_shuffle_f32x4::<0xdd>(even[0], even[1]),
                _mm512_shuffle_f32x4::<0xdd>(odd[0], odd[1]),
            ];
            for (quarter, column) in columns.into_iter().enumerate() {
                column.store(to.wrapping_add((4 * quarter + at) * to_row));
            }
        }
    }
}

impl Lanes for __m256 {
    const COUNT: usize = 8;
    type Doubles = __m256d;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        _mm256_set1_ps(value)
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        _mm256_loadu_ps(from)
    }

    #[inline(always)]
    unsafe fn load_halves(from: *const u16) -> Self {
        _mm256_cvtph_ps(_mm_loadu_si128(from.cast::<__m128i>()))
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        _mm256_storeu_ps(to, self)
    }

    #[inline(always)]
    unsafe fn times_plus(self, factor: Self, summand: Self) -> Self {
        _mm256_fmadd_ps(self, factor, summand)
    }

    #[inline(always)]
    unsafe fn plus(self, other: Self) -> Self {
        _mm256_add_ps(self, other)
    }

    #[inline(always)]
    unsafe fn larger(self, other: Self) -> Self {
        _mm256_max_ps(self, other)
    }

    #[inline(always)]
    unsafe fn largest(self) -> f32 {
        let mut values = [0.0_f32; 8];
        self.store(values.as_mut_ptr());
        values.into_iter().fold(f32::NEG_INFINITY, f32::max)
    }

    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        let mut values = [0.0_f32; 8];
        self.store(values.as_mut_ptr());
        values.into_iter().sum()
    }

    #[inline(always)]
    unsafe fn nearest(self) -> Self {
        _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self)
    }

    #[inline(always)]
    unsafe fn times_2_to(self, power: Self) -> Self {
        let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(power), _mm256_set1_epi32(127));
        _mm256_mul_ps(self, _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent)))
    }

    #[inline(always)]
    unsafe fn where_at_least(self, other: Self, least: f32) -> Self {
        let kept = _mm256_cmp_ps::<_CMP_GE_OQ>(other, _mm256_set1_ps(least));
        _mm256_and_ps(self, kept)
    }

    #[inline(always)]
    unsafe fn turn(from: *const u16, row: usize, to: *mut f32, to_row: usize) {
        let mut rows = [_mm256_setzero_ps(); 8];
        for (at, values) in rows.iter_mut().enumerate() {
            *values = Self::load_halves(from.wrapping_add(at * row));
        }
        for four in rows.as_chunks_mut::<4>().0 {
            let [a, b, c, d] = *four;
            let low = [_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d)];
            let high = [_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d)];
            *four = [
                _mm256_shuffle_ps::<0x44>(low[0], low[1]),
                _mm256_shuffle_ps::<0xee>(low[0], low[1]),
                _mm256_shuffle_ps::<0x44>(high[0], high[1]),
                _mm256_shuffle_ps::<0xee>(high[0], high[1]),
            ];
        }
        for at in 0..4 {
            let (first, last) = (rows[at], rows[4 + at]);
            let columns = [
                _mm256_permute2f128_ps::<0x20>(first, last),
                _mm256_permute2f128_ps::<0x31>(first, last),
            ];
            for (half, column) in columns.into_iter().enumerate() {
                column.store(to.wrapping_add((4 * half + at) * to_row));
            }
        }
    }
}
