//! Attention, against weights in double precision and through llama.cpp's own graphs.

use llama_cpp_sys_2::{ggml_flash_attn_ext, ggml_new_tensor_3d};

use super::*;
use crate::engine::llama::kernels::attention::{Strided, room};

const KEY_HEADS: usize = 2;
/// For each head of keys: some that are taken together and one that is left.
const SHARED: usize = 4;
const HEADS: usize = KEY_HEADS * SHARED;
const CELLS: usize = 96;
const SCALE: f32 = 0.125;
const MINUS_INFINITY: u16 = 0xfc00;

/// What is attended to, with as many dimensions for each head.
pub(super) struct Case {
    dimensions: usize,
    rows: usize,
    queries: Vec<f32>,
    keys: Vec<u16>,
    values: Vec<u16>,
    mask: Vec<u16>,
}

impl Case {
    pub(super) fn new(seed: u64, dimensions: usize, rows: usize) -> Self {
        let floats = |seed, count| {
            let noise = noise(seed, count).into_iter();
            noise.map(|byte| f32::from(byte.cast_signed()) / 40.0)
        };
        // Halves of 1 to 2, either sign: of the bits that differ most.
        let halves = |seed, count| {
            let noise = noise(seed, count).into_iter().map(u16::from);
            noise.map(|byte| 0x3c00 | (byte & 0x7f) << 3 | (byte & 0x80) << 8)
        };
        let cells = CELLS * KEY_HEADS * dimensions;
        let mut mask: Vec<u16> = noise(seed + 3, rows * CELLS)
            .into_iter()
            .map(|byte| if byte < 90 { 0 } else { MINUS_INFINITY })
            .collect();
        // Cells that nobody sees, and a row that sees nothing.
        for row in mask.chunks_mut(CELLS) {
            row[32..64].fill(MINUS_INFINITY);
        }
        mask[..CELLS].fill(MINUS_INFINITY);
        Self {
            dimensions,
            rows,
            queries: floats(seed, rows * HEADS * dimensions).collect(),
            keys: halves(seed + 1, cells).collect(),
            values: halves(seed + 2, cells).collect(),
            mask,
        }
    }

    pub(super) fn by(&self, kernels: &Kernels) -> Vec<f32> {
        let mut outputs = vec![f32::NAN; self.rows * HEADS * self.dimensions];
        let attention = Attention {
            queries: strided(&self.queries, HEADS * self.dimensions, self.dimensions),
            keys: strided(&self.keys, KEY_HEADS * self.dimensions, self.dimensions),
            values: strided(&self.values, KEY_HEADS * self.dimensions, self.dimensions),
            mask: strided(&self.mask, CELLS, 0),
            outputs: outputs.as_mut_ptr(),
            heads: HEADS,
            heads_of_keys: SHARED,
            cells: CELLS,
            scale: SCALE,
        };
        let attend = match self.dimensions {
            64 => kernels.attend_64,
            _ => kernels.attend_128,
        };
        let mut scores = vec![f32::NAN; room(3, SHARED, CELLS)];
        for head in 0..KEY_HEADS {
            for first in (0..self.rows).step_by(3) {
                let rows = first..self.rows.min(first + 3);
                // SAFETY: the kernels are of `here`, and the arrays as large as they say.
                unsafe { attend(&attention, head, rows, scores.as_mut_ptr()) };
            }
        }
        outputs
    }

    /// The same, where cells lie elsewhere: each is moved on by as many, and those at the end
    /// come first.
    fn moved(&self, by: usize) -> Self {
        let turned = |items: &[u16], size: usize| {
            let mut items = items.to_vec();
            items
                .chunks_mut(CELLS * size)
                .for_each(|all| all.rotate_right(by * size));
            items
        };
        Self {
            queries: self.queries.clone(),
            keys: turned(&self.keys, KEY_HEADS * self.dimensions),
            values: turned(&self.values, KEY_HEADS * self.dimensions),
            mask: turned(&self.mask, 1),
            ..*self
        }
    }

    /// One of the rows, alone.
    fn row(&self, row: usize) -> Self {
        let size = HEADS * self.dimensions;
        Self {
            rows: 1,
            queries: self.queries[row * size..][..size].to_vec(),
            keys: self.keys.clone(),
            values: self.values.clone(),
            mask: self.mask[row * CELLS..][..CELLS].to_vec(),
            ..*self
        }
    }

    fn expected(&self) -> Vec<f64> {
        let heads = (0..self.rows * HEADS).map(|at| self.head(at / HEADS, at % HEADS));
        heads.flatten().collect()
    }

    fn head(&self, row: usize, head: usize) -> Vec<f64> {
        let dimensions = self.dimensions;
        let query = &self.queries[(row * HEADS + head) * dimensions..][..dimensions];
        let of_cell = |values: &[u16], cell: usize| -> Vec<f64> {
            let start = (cell * KEY_HEADS + head / SHARED) * dimensions;
            values[start..start + dimensions]
                .iter()
                .copied()
                .map(signed)
                .collect()
        };
        let (mut sum, mut total) = (vec![0.0; dimensions], 0.0);
        for cell in (0..CELLS).filter(|cell| self.mask[row * CELLS + cell] == 0) {
            let key = of_cell(&self.keys, cell);
            let product: f64 = key.iter().zip(query).map(|(k, q)| k * f64::from(*q)).sum();
            let weight = (product * f64::from(SCALE)).exp();
            total += weight;
            for (sum, value) in sum.iter_mut().zip(of_cell(&self.values, cell)) {
                *sum += weight * value;
            }
        }
        sum.into_iter()
            .map(|it| if total > 0.0 { it / total } else { 0.0 })
            .collect()
    }

    /// What llama.cpp's graph makes of it, with two threads.
    pub(super) fn by_llama(&self) -> Vec<f32> {
        // SAFETY: as llama.cpp documents it: tensors are written within their sizes, and the
        // context that owns all is freed after the last use.
        unsafe {
            let context = ggml_init(ggml_init_params {
                mem_size: 16 << 20,
                mem_buffer: ptr::null_mut(),
                no_alloc: false,
            });
            let [dimensions, rows, cells] = [self.dimensions, self.rows, CELLS].map(to_i64);
            let [heads, key_heads] = [HEADS, KEY_HEADS].map(to_i64);
            let queries = ggml_new_tensor_3d(context, GGML_TYPE_F32, dimensions, heads, rows);
            ptr::copy_nonoverlapping(
                self.queries.as_ptr(),
                (*queries).data.cast(),
                self.queries.len(),
            );
            let keys = ggml_new_tensor_3d(context, GGML_TYPE_F16, dimensions, key_heads, cells);
            ptr::copy_nonoverlapping(self.keys.as_ptr(), (*keys).data.cast(), self.keys.len());
            let values = ggml_new_tensor_3d(context, GGML_TYPE_F16, dimensions, key_heads, cells);
            ptr::copy_nonoverlapping(
                self.values.as_ptr(),
                (*values).data.cast(),
                self.values.len(),
            );
            let mask = ggml_new_tensor_2d(context, GGML_TYPE_F16, cells, rows);
            ptr::copy_nonoverlapping(self.mask.as_ptr(), (*mask).data.cast(), self.mask.len());
            let [queries, keys, values] =
                [queries, keys, values].map(|it| ggml_permute(context, it, 0, 2, 1, 3));
            let attention =
                ggml_flash_attn_ext(context, queries, keys, values, mask, SCALE, 0.0, 0.0);
            computed(context, attention);
            let count = self.rows * HEADS * self.dimensions;
            let outputs = std::slice::from_raw_parts((*attention).data.cast(), count).to_vec();
            ggml_free(context);
            outputs
        }
    }
}

fn strided<T>(items: &[T], row: usize, head: usize) -> Strided<T> {
    Strided {
        start: items.as_ptr(),
        row,
        head,
    }
}

/// A half float with its sign.
fn signed(half: u16) -> f64 {
    if half & 0x8000 == 0 {
        float(half)
    } else {
        -float(half & 0x7fff)
    }
}

fn farthest(outputs: &[f32], expected: &[f64]) -> f64 {
    assert_eq!(outputs.len(), expected.len());
    let pairs = outputs.iter().zip(expected);
    pairs.fold(0.0, |farthest, (output, expected)| {
        let off = (f64::from(*output) - expected).abs();
        assert!(off.is_finite());
        f64::max(farthest, off)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn attention_is_right(seed: u32, rows in 1_usize..9) {
        for dimensions in [64, 128] {
            let case = Case::new(seed.into(), dimensions, rows);
            for kernels in here() {
                let farthest = farthest(&case.by(kernels), &case.expected());
                // Weights are multiples of 2^-18, of 64 cells at most.
                prop_assert!(farthest < 1e-4, "{farthest} with {dimensions} dimensions");
            }
        }
    }

    #[test]
    fn attention_depends_on_no_other_row_and_on_no_place(seed: u32, by in 1..CELLS) {
        for dimensions in [64, 128] {
            let case = Case::new(seed.into(), dimensions, 5);
            for kernels in here() {
                let together = case.by(kernels);
                prop_assert_eq!(&case.moved(by).by(kernels), &together);
                for (row, together) in together.chunks(HEADS * dimensions).enumerate() {
                    prop_assert_eq!(&case.row(row).by(kernels), together);
                }
            }
        }
    }
}
