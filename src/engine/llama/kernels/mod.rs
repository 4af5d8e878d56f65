//! Our own kernels for the products of weights and inputs that take nearly all of a step's
//! time: each block of weights is read and taken apart once for all rows of a step, where
//! llama.cpp does so for each row of a step with few (docs/decisions/0051-own-kernels.md).
//!
//! llama.cpp's CPU backend asks here first (`hook.cpp`), with its own threads, and computes
//! itself what is declined. Reads weights as they lie in the file, and keeps nothing.
#![expect(
    unsafe_code,
    reason = "tensors of llama.cpp are pointers, and so are their weights"
)]

use std::ffi::{c_int, c_void};
use std::ops::Range;
use std::sync::OnceLock;

use llama_cpp_sys_2::{GGML_TYPE_F16, GGML_TYPE_F32, ggml_tensor};

use attend::Attending;
use attention::Attention;
use blocks::{BLOCK, Inputs, Q4K, Q6K};
use multiply::Multiplication;
pub(super) use peak::peak;
use product::{Outputs, Part, Product};

mod attend;
mod attention;
mod avx2;
mod avx512;
mod blocks;
mod lanes;
mod multiply;
mod peak;
mod product;
#[cfg(test)]
mod tests;

/// Whether operations are taken, once that is decided: never while one is computed, whose
/// threads would not agree.
static TAKEN: OnceLock<bool> = OnceLock::new();

/// What a processor has instructions for.
struct Kernels {
    /// Rows of weights that are taken at once.
    tile_rows: usize,
    quantised: unsafe fn(&[f32; BLOCK]) -> Inputs,
    q4k: Tiles<Q4K>,
    q6k: Tiles<Q6K>,
    attend_64: Attend,
    attend_128: Attend,
    products: Products,
}

/// Computes the outputs of some tiles.
type Tiles<B> = unsafe fn(&Product<'_, B>, &Part, &Outputs);

/// Computes the attention of some rows, for one head of keys, with room for their scores.
type Attend = unsafe fn(&Attention, usize, Range<usize>, *mut f32);

/// Multiplies numbers of 8 bits so many rounds, and says how many products that were.
type Products = unsafe fn(u32) -> f64;

const AVX512: Kernels = Kernels {
    tile_rows: avx512::TILE_ROWS,
    quantised: avx512::quantised,
    q4k: avx512::tiles,
    q6k: avx512::tiles,
    attend_64: avx512::attend::<64>,
    attend_128: avx512::attend::<128>,
    products: avx512::products,
};

const AVX2: Kernels = Kernels {
    tile_rows: avx2::LANES,
    quantised: avx2::quantised,
    q4k: avx2::tiles,
    q6k: avx2::tiles,
    attend_64: avx2::attend::<64>,
    attend_128: avx2::attend::<128>,
    products: avx2::products,
};

/// The best that this processor has instructions for.
fn kernels() -> Option<&'static Kernels> {
    static KERNELS: OnceLock<Option<&'static Kernels>> = OnceLock::new();
    *KERNELS.get_or_init(|| {
        if avx512::runs_here() {
            Some(&AVX512)
        } else {
            avx2::runs_here().then_some(&AVX2)
        }
    })
}

/// Takes what can be computed here from llama.cpp, or leaves it. The first model of a process
/// decides for all of them, before it computes; whether it was decided so.
pub(super) fn take(on: bool) -> bool {
    let taken = TAKEN.get_or_init(|| {
        let on = on && kernels().is_some();
        if on {
            // SAFETY: called once. The functions are there for as long as the process is, and
            // take what llama.cpp gives to those that compute for it.
            unsafe { afterword_kernels_install(takes, scratch, compute) };
        }
        on
    });
    *taken
}

// SAFETY: as `hook.cpp` and `ggml-cpu-impl.h` declare them.
unsafe extern "C" {
    fn afterword_kernels_install(
        takes: unsafe extern "C" fn(*const ggml_tensor) -> bool,
        scratch: unsafe extern "C" fn(c_int, *const ggml_tensor) -> usize,
        compute: unsafe extern "C" fn(*const Worker, *const ggml_tensor),
    );
    fn ggml_barrier(pool: *mut c_void);
    fn ggml_threadpool_chunk_set(pool: *mut c_void, next: c_int);
    fn ggml_threadpool_chunk_add(pool: *mut c_void, by: c_int) -> c_int;
}

/// One of the threads that compute an operation: `ggml_compute_params`.
#[repr(C)]
struct Worker {
    index: c_int,
    workers: c_int,
    scratch_bytes: usize,
    scratch: *mut c_void,
    pool: *mut c_void,
    reference: bool,
}

impl Worker {
    fn index(&self) -> usize {
        count(self.index)
    }

    fn workers(&self) -> usize {
        count(self.workers)
    }

    /// Waits for all workers, which then begin to take parts.
    ///
    /// # Safety
    /// Called by each of the workers once.
    unsafe fn begin(&self) {
        // SAFETY: the pool of the threads that run this.
        unsafe {
            if self.index == 0 {
                ggml_threadpool_chunk_set(self.pool, 0);
            }
            ggml_barrier(self.pool);
        }
    }

    /// The next part that no worker has taken.
    fn next_part(&self) -> usize {
        // SAFETY: the pool of the threads that run this.
        count(unsafe { ggml_threadpool_chunk_add(self.pool, 1) })
    }
}

/// An operation that is computed here.
enum Operation {
    Multiplication(Multiplication),
    Attending(Attending),
}

impl Operation {
    /// # Safety
    /// An operation of llama.cpp with its sources.
    unsafe fn of(operation: &ggml_tensor) -> Option<Self> {
        let kernels = kernels()?;
        // SAFETY: as above.
        unsafe {
            Multiplication::of(kernels, operation)
                .map(Self::Multiplication)
                .or_else(|| Attending::of(kernels, operation).map(Self::Attending))
        }
    }
}

/// Whether an operation is computed here.
unsafe extern "C" fn takes(operation: *const ggml_tensor) -> bool {
    // SAFETY: llama.cpp asks of operations of its graph.
    TAKEN.get() == Some(&true) && unsafe { Operation::of(&*operation) }.is_some()
}

/// Bytes that so many workers need for an operation, which is one that `takes` took.
unsafe extern "C" fn scratch(workers: c_int, operation: *const ggml_tensor) -> usize {
    // SAFETY: as above.
    match unsafe { Operation::of(&*operation) } {
        Some(Operation::Multiplication(multiplication)) => multiplication.scratch(),
        Some(Operation::Attending(attending)) => attending.scratch(count(workers)),
        None => 0,
    }
}

fn count(number: c_int) -> usize {
    number.unsigned_abs() as usize
}

/// Computes an operation with other threads that call this at the same time.
unsafe extern "C" fn compute(worker: *const Worker, operation: *const ggml_tensor) {
    // SAFETY: llama.cpp's own, alive for the call; each worker has another index.
    unsafe {
        match Operation::of(&*operation) {
            Some(Operation::Multiplication(multiplication)) => multiplication.compute(&*worker),
            Some(Operation::Attending(attending)) => attending.compute(&*worker),
            None => {}
        }
    }
}

/// The sizes of a tensor.
fn sizes(tensor: &ggml_tensor) -> [usize; 4] {
    tensor.ne.map(|size| usize::try_from(size).unwrap_or(0))
}

/// Of single precision: items from one to the next in the second and the third dimension.
fn floats(tensor: &ggml_tensor) -> Option<[usize; 2]> {
    (tensor.type_ == GGML_TYPE_F32).then(|| steps(tensor, size_of::<f32>()))?
}

/// The same of half floats.
fn halves(tensor: &ggml_tensor) -> Option<[usize; 2]> {
    (tensor.type_ == GGML_TYPE_F16).then(|| steps(tensor, size_of::<u16>()))?
}

fn steps(tensor: &ggml_tensor, item: usize) -> Option<[usize; 2]> {
    let [own, first, second, _] = tensor.nb;
    let even = own == item && first % item == 0 && second % item == 0;
    even.then(|| [first / item, second / item])
}
