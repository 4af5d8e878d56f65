//! What the threads of a processor do at most with numbers of 8 bits: products of vectors in
//! registers, and nothing else. What a prefill is held against; nothing of it is used.

use std::thread;
use std::time::{Duration, Instant};

use super::{Products, kernels};

/// How long is measured.
const LONG_ENOUGH: Duration = Duration::from_millis(80);
/// Rounds between two looks at the clock.
const ROUNDS: u32 = 10_000;

/// Products a second of so many threads together; `None` without instructions for them.
pub(in crate::engine::llama) fn peak(threads: usize) -> Option<f64> {
    let products = kernels()?.products;
    let rates = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|_| scope.spawn(move || rate(products)))
            .collect();
        let rates = threads.into_iter().filter_map(|thread| thread.join().ok());
        rates.collect::<Vec<f64>>()
    });
    Some(rates.iter().sum())
}

fn rate(products: Products) -> f64 {
    // SAFETY: the kernels are for this processor.
    let round = || unsafe { products(ROUNDS) };
    // The first brings the processor up to its speed.
    let _ = (0..100).map(|_| round()).sum::<f64>();
    let (mut done, began) = (0.0, Instant::now());
    while began.elapsed() < LONG_ENOUGH {
        done += round();
    }
    done / began.elapsed().as_secs_f64()
}
