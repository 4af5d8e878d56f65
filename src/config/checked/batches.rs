//! The bounds of batches.

use crate::config::raw::RawBatches;
use crate::config::{BatchSettings, ConfigError};

use super::{Check, hours};

impl Check<'_> {
    pub(super) fn batches(&self, raw: &RawBatches) -> Result<BatchSettings, ConfigError> {
        let lifetime = self.integer("batches.lifetime_hours", raw.lifetime_hours, 1..=8760)?;
        Ok(BatchSettings {
            max_lines: self.integer("batches.max_lines", raw.max_lines, 1..=1_000_000)?,
            max_bytes: self.integer("batches.max_bytes", raw.max_bytes, 1024..=4 << 30)?,
            upload_timeout: self.seconds(
                "batches.upload_timeout_seconds",
                raw.upload_timeout_seconds,
                1..=3600,
            )?,
            max_uploads: self.integer("batches.max_uploads", raw.max_uploads, 0..=64)?,
            max_open_jobs: self.integer("batches.max_open_jobs", raw.max_open_jobs, 1..=10_000)?,
            lifetime: hours(lifetime),
        })
    }
}
