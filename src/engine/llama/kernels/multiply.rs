//! Products of weights and inputs, from llama.cpp's tensors to tiles. Inputs are made into
//! 8 bits first, by all threads, and then each takes tiles until none is left.

use std::ffi::c_void;

use llama_cpp_sys_2::{
    GGML_OP_MUL_MAT, GGML_TYPE_Q4_K, GGML_TYPE_Q6_K, ggml_backend_buffer_is_host, ggml_tensor,
};

use super::blocks::{BLOCK, Inputs};
use super::product::{Outputs, Part, Product};
use super::{Kernels, Tiles, Worker, floats, sizes};

/// Parts of a product for each thread, so that one that is held up delays the others little.
const PARTS: usize = 16;

/// A product that is ours.
pub(super) struct Multiplication {
    kernels: &'static Kernels,
    layout: Layout,
    weights: *const c_void,
    /// Rows of weights.
    columns: usize,
    inputs: *const f32,
    /// Floats from one row of inputs to the next.
    input_stride: usize,
    rows: usize,
    /// Blocks of a row, of weights and inputs alike.
    blocks: usize,
    outputs: *mut f32,
    /// Floats from one row of outputs to the next.
    output_stride: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Q4K,
    Q6K,
}

impl Layout {
    fn of(weights: &ggml_tensor) -> Option<Self> {
        match weights.type_ {
            GGML_TYPE_Q4_K => Some(Self::Q4K),
            GGML_TYPE_Q6_K => Some(Self::Q6K),
            _ => None,
        }
    }
}

impl Multiplication {
    /// The product that an operation is, if it is one of ours.
    ///
    /// # Safety
    /// An operation of llama.cpp with its sources.
    pub(super) unsafe fn of(kernels: &'static Kernels, operation: &ggml_tensor) -> Option<Self> {
        if operation.op != GGML_OP_MUL_MAT {
            return None;
        }
        // SAFETY: a product has two sources.
        let [weights, inputs] = unsafe { [&*operation.src[0], &*operation.src[1]] };
        let layout = Layout::of(weights)?;
        let ([places, columns, 1, 1], [_, rows, 1, 1]) = (sizes(weights), sizes(inputs)) else {
            return None;
        };
        // SAFETY: a tensor's buffer is there as long as the tensor.
        let readable =
            weights.buffer.is_null() || unsafe { ggml_backend_buffer_is_host(weights.buffer) };
        let ([input_stride, _], [output_stride, _]) = (floats(inputs)?, floats(operation)?);
        let whole = places % BLOCK == 0 && columns % kernels.tile_rows == 0;
        let together = weights.nb[1] == places / BLOCK * weights.nb[0];
        (readable && whole && together).then(|| Self {
            kernels,
            layout,
            weights: weights.data,
            columns,
            inputs: inputs.data.cast(),
            input_stride,
            rows,
            blocks: places / BLOCK,
            outputs: operation.data.cast(),
            output_stride,
        })
    }

    /// Bytes of the inputs in 8 bits.
    pub(super) fn scratch(&self) -> usize {
        self.rows * self.blocks * size_of::<Inputs>()
    }

    /// Computes a worker's share.
    ///
    /// # Safety
    /// The tensors are alive, each worker calls this once, and their scratch is as large as
    /// was asked for.
    pub(super) unsafe fn compute(&self, worker: &Worker) {
        // SAFETY: as above; all inputs are there after the workers waited for each other.
        unsafe {
            self.quantise(worker);
            worker.begin();
            match self.layout {
                Layout::Q4K => self.multiply(worker, self.kernels.q4k),
                Layout::Q6K => self.multiply(worker, self.kernels.q6k),
            }
        }
    }

    /// Writes a worker's share of the inputs in 8 bits.
    ///
    /// # Safety
    /// The task's pointers are good, and no other worker has the same index.
    unsafe fn quantise(&self, worker: &Worker) {
        let all = self.rows * self.blocks;
        let (index, workers) = (worker.index(), worker.workers());
        for at in all * index / workers..all * (index + 1) / workers {
            let from = at / self.blocks * self.input_stride + at % self.blocks * BLOCK;
            // SAFETY: so many floats are there, and there is room for so many blocks.
            unsafe {
                let values = &*self.inputs.add(from).cast::<[f32; BLOCK]>();
                let to = at % self.blocks * self.rows + at / self.blocks;
                let to = worker.scratch.cast::<Inputs>().add(to);
                to.write((self.kernels.quantised)(values));
            }
        }
    }

    /// Computes parts of the outputs until none is left. The next part is taken before one is
    /// begun, so that its weights can be asked for.
    ///
    /// # Safety
    /// The task's pointers are good, and all inputs are there in 8 bits.
    unsafe fn multiply<B>(&self, worker: &Worker, compute: Tiles<B>) {
        // SAFETY: what the tensors say of their sizes, and what `quantise` wrote.
        let product = unsafe {
            Product {
                weights: std::slice::from_raw_parts(
                    self.weights.cast::<B>(),
                    self.columns * self.blocks,
                ),
                inputs: std::slice::from_raw_parts(
                    worker.scratch.cast::<Inputs>(),
                    self.rows * self.blocks,
                ),
                blocks: self.blocks,
            }
        };
        let tiles = self.columns / self.kernels.tile_rows;
        let size = tiles.div_ceil(worker.workers() * PARTS).max(1);
        let next_part = || {
            let part = worker.next_part();
            tiles.min(part * size)..tiles.min((part + 1) * size)
        };
        let outputs = Outputs {
            start: self.outputs,
            stride: self.output_stride,
        };
        let mut tiles = next_part();
        while !tiles.is_empty() {
            let next = next_part();
            let part = Part {
                tiles,
                next: next.start,
            };
            // SAFETY: the kernels are for this processor, and each tile is taken once.
            unsafe { compute(&product, &part, &outputs) };
            tiles = next;
        }
    }
}
