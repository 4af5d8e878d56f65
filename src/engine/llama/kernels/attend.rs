//! Attention, from llama.cpp's tensors to rows and heads. Threads take parts of some rows and
//! one head of keys until none is left.

use llama_cpp_sys_2::{GGML_OP_FLASH_ATTN_EXT, ggml_tensor};

use super::attention::{Attention, CELLS, Strided, room};
use super::{Attend, Kernels, Worker, floats, halves, sizes};

/// Parts for each thread, if there are so many rows.
const PARTS: usize = 2;

/// Rows of a part at most: what is converted for them is used often enough by then.
const MAX_ROWS: usize = 8;

/// Attention that is ours.
pub(super) struct Attending {
    attention: Attention,
    attend: Attend,
    rows: usize,
    key_heads: usize,
}

impl Attending {
    /// The attention that an operation is, if it is one of ours: without positions in its
    /// scores, bounds of them or sinks, over half floats.
    ///
    /// # Safety
    /// An operation of llama.cpp with its sources.
    pub(super) unsafe fn of(kernels: &'static Kernels, operation: &ggml_tensor) -> Option<Self> {
        let [queries, keys, values, mask, sinks, ..] = operation.src;
        if operation.op != GGML_OP_FLASH_ATTN_EXT || mask.is_null() || !sinks.is_null() {
            return None;
        }
        // SAFETY: attention has these sources.
        let [queries, keys, values, mask] = unsafe { [&*queries, &*keys, &*values, &*mask] };
        let [scale, bias, bound, ..] = operation
            .op_params
            .map(|it| f32::from_bits(it.cast_unsigned()));
        let [dimensions, rows, heads, 1] = sizes(queries) else {
            return None;
        };
        let [_, cells, key_heads, 1] = sizes(keys) else {
            return None;
        };
        let attend = match dimensions {
            64 => kernels.attend_64,
            128 => kernels.attend_128,
            _ => return None,
        };
        let plain = bias == 0.0 && bound == 0.0;
        let alike = sizes(values) == sizes(keys) && sizes(keys)[0] == dimensions;
        let seen = sizes(mask)[0] >= cells && sizes(mask)[1] >= rows && sizes(mask)[2..] == [1, 1];
        let whole = cells % CELLS == 0 && key_heads > 0 && heads % key_heads == 0;
        let outputs = floats(operation)? == [dimensions, dimensions * heads];
        (plain && alike && seen && whole && outputs).then_some(())?;
        let attention = Attention {
            queries: strided(queries, floats(queries)?),
            keys: strided(keys, halves(keys)?),
            values: strided(values, halves(values)?),
            mask: strided(mask, halves(mask)?),
            outputs: operation.data.cast(),
            heads,
            heads_of_keys: heads / key_heads,
            cells,
            scale,
        };
        Some(Self {
            attention,
            attend,
            rows,
            key_heads,
        })
    }

    /// Bytes for the scores of as many workers' parts.
    pub(super) fn scratch(&self, workers: usize) -> usize {
        workers * self.room() * size_of::<f32>()
    }

    /// Floats for the scores of a part.
    fn room(&self) -> usize {
        let attention = &self.attention;
        room(
            self.rows.min(MAX_ROWS),
            attention.heads_of_keys,
            attention.cells,
        )
    }

    /// Computes parts until none is left.
    ///
    /// # Safety
    /// The tensors are alive, each worker calls this once, and their scratch is as large as
    /// was asked for.
    pub(super) unsafe fn compute(&self, worker: &Worker) {
        let even = (self.rows * self.key_heads).div_ceil(worker.workers() * PARTS);
        let rows = even.clamp(1, MAX_ROWS);
        let parts = self.rows.div_ceil(rows);
        let scores = worker.scratch.cast::<f32>();
        let scores = scores.wrapping_add(worker.index() * self.room());
        // SAFETY: as above.
        unsafe { worker.begin() };
        loop {
            let part = worker.next_part();
            if part >= parts * self.key_heads {
                break;
            }
            let first = part % parts * rows;
            let rows = first..self.rows.min(first + rows);
            // SAFETY: the kernels are for this processor, and each part is taken once.
            unsafe { (self.attend)(&self.attention, part / parts, rows, scores) };
        }
    }
}

fn strided<T>(tensor: &ggml_tensor, [row, head]: [usize; 2]) -> Strided<T> {
    Strided {
        start: tensor.data.cast::<T>().cast_const(),
        row,
        head,
    }
}
