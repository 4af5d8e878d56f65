//! Many digests in a row, and the memory of the process as they pass.

use serde::Serialize;

use crate::eval::statistics::count;

use super::articles::Piece;
use super::machine::Process;
use super::{BenchError, Observer, Product};

/// Digests between two looks at the memory; the first so many are not judged, as caches
/// fill.
const EVERY: usize = 50;
/// Share by which memory may differ from what it was after the first digests.
const TOLERANCE: f64 = 0.05;

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Soak {
    /// Digests that were made.
    pub digests: usize,
    /// Digests made, and MiB that the process had then.
    pub resident_mib: Vec<(usize, u64)>,
    /// The largest difference to the first of them, as a share of it; `null` without two.
    pub drift: Option<f64>,
    /// Whether that is within the tolerance.
    pub is_flat: Option<bool>,
}

/// Makes so many digests, one after the other, of the articles in turn.
///
/// # Errors
/// [`BenchError`] when the engine fails.
pub async fn soak(
    product: &Product,
    pieces: &[Piece],
    digests: usize,
    observer: &dyn Observer,
) -> Result<Soak, BenchError> {
    observer.start(digests);
    let mut resident = Vec::new();
    for (made, piece) in (1..=digests).zip(pieces.iter().cycle()) {
        if made % EVERY == 1 {
            observer.step(&format!("digest {made}"));
        }
        drop(
            product
                .pipeline
                .digest(&piece.input, &product.options)
                .await?,
        );
        drop(product.meter.take());
        observer.done();
        if made % EVERY == 0 {
            let memory = Process::own().memory();
            resident.extend(memory.map(|memory| (made, memory.resident_mib)));
        }
    }
    Ok(Soak::of(digests, resident))
}

impl Soak {
    fn of(digests: usize, resident_mib: Vec<(usize, u64)>) -> Self {
        let drift = drift(&resident_mib);
        Self {
            digests,
            drift,
            is_flat: drift.map(|drift| drift.abs() <= TOLERANCE),
            resident_mib,
        }
    }

    /// As it is printed.
    #[must_use]
    pub fn table(&self) -> String {
        let looks = self.resident_mib.iter();
        let looks = looks.map(|(made, mib)| format!("{made:>8} digests {mib:>8} MiB\n"));
        let judged = match self.drift {
            None => format!("fewer than {} digests: nothing to compare\n", 2 * EVERY),
            Some(drift) => format!(
                "memory moved by {:.1} % after the first {EVERY}: {}\n",
                drift * 100.0,
                if self.is_flat == Some(true) {
                    "flat"
                } else {
                    "not flat"
                }
            ),
        };
        looks.chain([judged]).collect()
    }
}

/// The difference to the first look that is largest, as a share of the first.
fn drift(looks: &[(usize, u64)]) -> Option<f64> {
    let mebibytes = |mib: u64| count(usize::try_from(mib).unwrap_or(usize::MAX));
    let ((_, first), later) = looks.split_first()?;
    let first = mebibytes(*first);
    let drifts = later
        .iter()
        .map(|(_, mib)| (mebibytes(*mib) - first) / first);
    drifts.max_by(|a, b| a.abs().total_cmp(&b.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_flat_when_it_stays_near_what_it_was_after_the_first() {
        let flat = Soak::of(150, vec![(50, 1000), (100, 1040), (150, 1010)]);
        assert_eq!((flat.drift, flat.is_flat), (Some(0.04), Some(true)));
        let grows = Soak::of(150, vec![(50, 1000), (100, 1040), (150, 1060)]);
        assert_eq!(grows.is_flat, Some(false));
        assert!(grows.table().contains("6.0 % after the first 50: not flat"));
        let shrinks = Soak::of(100, vec![(50, 1000), (100, 900)]);
        assert_eq!(shrinks.is_flat, Some(false));
        assert_eq!(Soak::of(60, vec![(50, 1000)]).is_flat, None);
    }
}
