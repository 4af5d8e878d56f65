//! The table `[log]`.

use super::super::raw::RawLog;
use super::super::{ConfigError, LogSettings};
use super::Check;

/// Bytes of a filter.
const MAX_FILTER_BYTES: usize = 1000;

impl Check<'_> {
    pub(super) fn log(&self, raw: RawLog) -> Result<LogSettings, ConfigError> {
        Ok(LogSettings {
            filter: self.filter(raw.filter)?,
            format: self.choice("log.format", &raw.format)?,
            otlp_endpoint: self.otlp_endpoint(raw.otlp_endpoint)?,
        })
    }

    fn filter(&self, filter: String) -> Result<String, ConfigError> {
        let is_filter = !filter.trim().is_empty()
            && filter.len() <= MAX_FILTER_BYTES
            && tracing_subscriber::EnvFilter::try_new(&filter).is_ok();
        if is_filter {
            return Ok(filter);
        }
        let allowed = "levels such as info, or info,afterword=debug";
        Err(self.refuse("log.filter", format!("{filter:?}"), allowed))
    }

    fn otlp_endpoint(&self, url: String) -> Result<Option<String>, ConfigError> {
        if url.is_empty() {
            return Ok(None);
        }
        let is_web = url.starts_with("https://") || url.starts_with("http://");
        if !(is_web && url::Url::parse(&url).is_ok()) {
            let allowed = "a URL such as http://127.0.0.1:4318/v1/traces, or nothing";
            return Err(self.refuse("log.otlp_endpoint", format!("{url:?}"), allowed));
        }
        if cfg!(feature = "otlp") {
            return Ok(Some(url));
        }
        let allowed = "nothing in this build; build it with --features otlp";
        Err(self.refuse("log.otlp_endpoint", format!("{url:?}"), allowed))
    }
}
