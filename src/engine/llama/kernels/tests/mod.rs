//! Against sums in double precision, and through llama.cpp's own graphs.

use std::ptr;

use llama_cpp_sys_2::{GGML_TYPE_Q4_K, GGML_TYPE_Q6_K};
use llama_cpp_sys_2::{
    ggml_build_forward_expand, ggml_context, ggml_free, ggml_graph_compute_with_ctx, ggml_init,
    ggml_init_params, ggml_mul_mat, ggml_new_graph, ggml_new_tensor_2d, ggml_permute, ggml_type,
};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

mod attention;

const COLUMNS: usize = 64;
const BLOCKS: usize = 3;

/// A layout as the tests need it.
trait Weights: Copy + Default {
    const TYPE: ggml_type;
    fn tiles(kernels: &Kernels) -> Tiles<Self>;
    /// A block of any bytes, with units of a common size.
    fn of(bytes: &[u8]) -> Self;
    /// llama.cpp's `dequantize_row_*`.
    fn values(&self) -> Vec<f64>;
}

impl Default for Q4K {
    fn default() -> Self {
        Self {
            head: [0; 16],
            codes: [[0; 64]; 2],
        }
    }
}

impl Weights for Q4K {
    const TYPE: ggml_type = GGML_TYPE_Q4_K;

    fn tiles(kernels: &Kernels) -> Tiles<Self> {
        kernels.q4k
    }

    fn of(bytes: &[u8]) -> Self {
        let mut block = Self::default();
        block.head.copy_from_slice(&bytes[..16]);
        block.head[..2].copy_from_slice(&unit(bytes[0]).to_le_bytes());
        block.head[2..4].copy_from_slice(&unit(bytes[1]).to_le_bytes());
        let codes = block.codes.as_flattened_mut();
        codes.copy_from_slice(&bytes[16..144]);
        block
    }

    fn values(&self) -> Vec<f64> {
        let s = &self.head[4..];
        let unit = |at| float(u16::from_le_bytes([self.head[at], self.head[at + 1]]));
        let (unit, of_minima) = (unit(0), unit(2));
        let six = |at: usize| match at {
            0..4 => (s[at] & 63, s[at + 4] & 63),
            _ => (
                (s[at + 4] & 15) | (s[at - 4] >> 6) << 4,
                (s[at + 4] >> 4) | (s[at] >> 6) << 4,
            ),
        };
        let codes = self.codes.as_flattened();
        (0..BLOCK)
            .map(|at| {
                let (scale, minimum) = six(at / 32);
                let byte = codes[at / 64 * 32 + at % 32];
                let code = if at / 32 % 2 == 0 {
                    byte & 15
                } else {
                    byte >> 4
                };
                unit * f64::from(scale) * f64::from(code) - of_minima * f64::from(minimum)
            })
            .collect()
    }
}

impl Default for Q6K {
    fn default() -> Self {
        Self {
            low: [[0; 64]; 2],
            high: [0; 64],
            scales: [0; 16],
            unit: 0,
        }
    }
}

impl Weights for Q6K {
    const TYPE: ggml_type = GGML_TYPE_Q6_K;

    fn tiles(kernels: &Kernels) -> Tiles<Self> {
        kernels.q6k
    }

    fn of(bytes: &[u8]) -> Self {
        let mut block = Self {
            unit: unit(bytes[0]),
            ..Self::default()
        };
        block.low.as_flattened_mut().copy_from_slice(&bytes[1..129]);
        block.high.copy_from_slice(&bytes[129..193]);
        block.scales.copy_from_slice(&bytes[193..209]);
        block
    }

    fn values(&self) -> Vec<f64> {
        (0..BLOCK)
            .map(|at| {
                let (half, quarter, place) = (at / 128, at / 32 % 4, at % 32);
                let low = self.low[half][quarter % 2 * 32 + place] >> (quarter / 2 * 4) & 15;
                let high = self.high[half * 32 + place] >> (quarter * 2) & 3;
                let code = f64::from(low | high << 4) - 32.0;
                float(self.unit) * f64::from(self.scales[at / 16].cast_signed()) * code
            })
            .collect()
    }
}

/// A half float between 2^-10 and 2^-9.
fn unit(byte: u8) -> u16 {
    0x1400 + 4 * u16::from(byte)
}

/// A half float that is no subnormal, infinity or NaN.
fn float(half: u16) -> f64 {
    let exponent = i32::from(half >> 10 & 31) - 15;
    (1.0 + f64::from(half & 1023) / 1024.0) * f64::from(exponent).exp2()
}

/// All that this processor has instructions for.
fn here() -> Vec<&'static Kernels> {
    let mut here = Vec::new();
    here.extend(avx512::runs_here().then_some(&AVX512));
    here.extend(avx2::runs_here().then_some(&AVX2));
    here
}

/// Numbers of no pattern, the same for the same seed.
fn noise(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    };
    (0..count).map(|_| next()).collect()
}

fn weights<B: Weights>(seed: u64) -> Vec<B> {
    noise(seed, COLUMNS * BLOCKS * 256)
        .chunks(256)
        .map(B::of)
        .collect()
}

fn inputs(seed: u64, rows: usize) -> Vec<[f32; BLOCK]> {
    noise(seed + 1, rows * BLOCKS * BLOCK)
        .chunks(BLOCK)
        .map(|bytes| std::array::from_fn(|at| f32::from(bytes[at].cast_signed()) / 37.0))
        .collect()
}

/// Row after row.
fn outputs<B: Weights>(kernels: &Kernels, weights: &[B], inputs: &[[f32; BLOCK]]) -> Vec<f32> {
    let rows = (0..BLOCKS).flat_map(|block| inputs.iter().skip(block).step_by(BLOCKS));
    // SAFETY: the kernels are of `here`.
    let inputs: Vec<Inputs> = rows
        .map(|values| unsafe { (kernels.quantised)(values) })
        .collect();
    let product = Product {
        weights,
        inputs: &inputs,
        blocks: BLOCKS,
    };
    let mut outputs = vec![0.0; product.rows() * COLUMNS];
    let to = Outputs {
        start: outputs.as_mut_ptr(),
        stride: COLUMNS,
    };
    let tiles = COLUMNS / kernels.tile_rows;
    let part = Part {
        tiles: 0..tiles,
        next: tiles,
    };
    // SAFETY: as above, and there is room for all outputs.
    unsafe { B::tiles(kernels)(&product, &part, &to) };
    outputs
}

/// How far outputs are from sums in double precision, as a share of what was added up.
fn worst<B: Weights>(outputs: &[f32], weights: &[B], inputs: &[[f32; BLOCK]]) -> f64 {
    let places = outputs.iter().enumerate();
    places.fold(0.0, |worst, (at, output)| {
        let (row, column) = (at / COLUMNS, at % COLUMNS);
        let (mut sum, mut size) = (0.0, 0.0);
        for block in 0..BLOCKS {
            let values = weights[column * BLOCKS + block].values();
            for (weight, input) in values.iter().zip(&inputs[row * BLOCKS + block]) {
                sum += weight * f64::from(*input);
                size += (weight * f64::from(*input)).abs();
            }
        }
        f64::max(worst, (f64::from(*output) - sum).abs() / size)
    })
}

/// Inputs have 8 bits: half of 1/127 of the largest, of which most cancels out.
const OF_8_BITS: f64 = 0.003;

fn is_right<B: Weights>(seed: u64, rows: usize) {
    let (weights, inputs) = (weights::<B>(seed), inputs(seed, rows));
    for kernels in here() {
        let worst = worst(&outputs(kernels, &weights, &inputs), &weights, &inputs);
        assert!(
            worst < OF_8_BITS,
            "{worst} with {} rows in a tile",
            kernels.tile_rows
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn products_are_right(seed: u64, rows in 1_usize..20) {
        is_right::<Q4K>(seed / 2, rows);
        is_right::<Q6K>(seed / 2, rows);
    }

    #[test]
    fn inputs_are_the_nearest(values in vec(-300.0_f32..300.0, BLOCK)) {
        let values: &[f32; BLOCK] = values.as_slice().try_into().unwrap();
        for kernels in here() {
            // SAFETY: the kernels are of `here`.
            let inputs = unsafe { (kernels.quantised)(values) };
            let code = |at: usize| (inputs.codes[at / 4] >> (8 * (at % 4))) as i8;
            for (at, value) in values.iter().enumerate() {
                let off = (f32::from(code(at)) * inputs.unit - value).abs();
                prop_assert!(off <= inputs.unit * 0.5001, "{off} of {}", inputs.unit);
            }
            let sum = |from: usize, count: usize| -> i32 {
                (from..from + count).map(|at| i32::from(code(at))).sum()
            };
            for at in 0..16 {
                let of_16 = (inputs.sums_of_16[at / 2] >> (16 * (at % 2))) as i16;
                prop_assert_eq!(i32::from(of_16), sum(16 * at, 16));
            }
            for at in 0..8 {
                let of_32 = (inputs.sums_of_32[at / 2] >> (16 * (at % 2))) as i16;
                prop_assert_eq!(i32::from(of_32), sum(32 * at, 32));
            }
        }
    }
}

#[test]
fn nothing_stays_nothing() {
    for kernels in here() {
        // SAFETY: the kernels are of `here`.
        let inputs = unsafe { (kernels.quantised)(&[0.0; BLOCK]) };
        assert_eq!((inputs.codes, inputs.unit), ([0; BLOCK / 4], 0.0));
    }
}

/// The extremes of codes, scales and inputs, which no sum may leave its bits for.
#[test]
fn the_largest_sums_fit() {
    let weights = [Q4K::of(&[0xff; 256]); COLUMNS * BLOCKS];
    let (least, most) = (Q6K::of(&[0x80; 256]), Q6K::of(&[0x7f; 256]));
    let high: Vec<_> = [least, most].repeat(COLUMNS * BLOCKS / 2);
    for sign in [-1.0, 1.0] {
        let inputs = vec![[sign * 5.0; BLOCK]; BLOCKS];
        for kernels in here() {
            let worst_low = worst(&outputs(kernels, &weights, &inputs), &weights, &inputs);
            let worst_high = worst(&outputs(kernels, &high, &inputs), &high, &inputs);
            assert!(worst_low < OF_8_BITS, "{worst_low}");
            assert!(worst_high < OF_8_BITS, "{worst_high}");
        }
    }
}

#[test]
fn a_row_is_the_same_among_others() {
    let (weights, inputs) = (weights::<Q4K>(5), inputs(5, 13));
    for kernels in here() {
        let together = outputs(kernels, &weights, &inputs);
        for (row, alone) in inputs.chunks(BLOCKS).enumerate() {
            let alone = outputs(kernels, &weights, alone);
            assert_eq!(alone, together[row * COLUMNS..][..COLUMNS], "row {row}");
        }
    }
}

/// What llama.cpp's graph makes of a product, with two threads.
fn by_llama<B: Weights>(weights: &[B], inputs: &[[f32; BLOCK]]) -> Vec<f32> {
    // SAFETY: as llama.cpp documents it: tensors are written within their sizes, and the
    // context that owns all is freed after the last use.
    unsafe {
        let context = ggml_init(ggml_init_params {
            mem_size: 8 << 20,
            mem_buffer: ptr::null_mut(),
            no_alloc: false,
        });
        let rows = inputs.len() / BLOCKS;
        let matrix = |kind, rows| ggml_new_tensor_2d(context, kind, to_i64(BLOCKS * BLOCK), rows);
        let left = matrix(B::TYPE, to_i64(COLUMNS));
        ptr::copy_nonoverlapping(weights.as_ptr(), (*left).data.cast(), weights.len());
        let right = matrix(GGML_TYPE_F32, to_i64(rows));
        ptr::copy_nonoverlapping(inputs.as_ptr(), (*right).data.cast(), inputs.len());
        let product = ggml_mul_mat(context, left, right);
        computed(context, product);
        let outputs = std::slice::from_raw_parts((*product).data.cast(), rows * COLUMNS).to_vec();
        ggml_free(context);
        outputs
    }
}

/// # Safety
/// A tensor of this context.
unsafe fn computed(context: *mut ggml_context, tensor: *mut ggml_tensor) {
    // SAFETY: as above.
    unsafe {
        let graph = ggml_new_graph(context);
        ggml_build_forward_expand(graph, tensor);
        ggml_graph_compute_with_ctx(context, graph, 2);
    }
}

fn to_i64(count: usize) -> i64 {
    i64::try_from(count).unwrap()
}

/// To the bit what ours compute, once they are taken, and not before. One test, as it is
/// decided once in a process.
#[test]
fn llama_cpp_asks_here_first() {
    let Some(kernels) = kernels() else { return };
    let (weights, inputs) = (weights::<Q6K>(8), inputs(8, 5));
    let case = attention::Case::new(11, 64, 5);
    let left = (by_llama(&weights, &inputs), case.by_llama());
    assert!(take(true));
    let taken = (by_llama(&weights, &inputs), case.by_llama());
    let ours = (outputs(kernels, &weights, &inputs), case.by(kernels));
    assert_eq!(taken, ours);
    assert_ne!(left.0, ours.0);
    assert_ne!(left.1, ours.1);
    assert!(worst(&left.0, &weights, &inputs) < OF_8_BITS);
    let alone = by_llama(&weights, &inputs[..BLOCKS]);
    assert_eq!(alone, ours.0[..COLUMNS]);
}
