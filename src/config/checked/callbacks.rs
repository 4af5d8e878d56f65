//! The table `[callbacks]`: secrets, where they may go, and when again.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::net::{Network, Origin, Rules};

use super::super::raw::RawCallbacks;
use super::super::{CallbackSettings, ConfigError, SigningSecret};
use super::Check;

/// Secrets at once: the old one, the new one, and one to spare.
const MAX_SECRETS: usize = 4;
/// Attempts after the first one.
const MAX_RETRIES: usize = 50;
/// Seconds before an attempt: a week.
const MAX_WAIT: i64 = 604_800;

impl Check<'_> {
    pub(super) fn callbacks(&self, raw: RawCallbacks) -> Result<CallbackSettings, ConfigError> {
        Ok(CallbackSettings {
            secrets: self.secrets(&raw.secrets)?,
            secrets_file: Some(PathBuf::from(raw.secrets_file))
                .filter(|file| !file.as_os_str().is_empty()),
            rules: Rules {
                ports: self.ports("callbacks.ports", &raw.ports)?,
                origins: self.each::<Origin>(
                    "callbacks.allow_origins",
                    &raw.allow_origins,
                    "scheme, host and port, such as http://10.0.0.7:8080",
                )?,
                networks: self.each::<Network>(
                    "callbacks.allow_networks",
                    &raw.allow_networks,
                    "networks such as 10.1.0.0/16 or fd00::/8",
                )?,
            },
            timeout: self.seconds("callbacks.timeout_seconds", raw.timeout_seconds, 1..=120)?,
            max_payload_bytes: self.integer(
                "callbacks.max_payload_bytes",
                raw.max_payload_bytes,
                1024..=1_048_576,
            )?,
            concurrency: self.integer("callbacks.concurrency", raw.concurrency, 1..=256)?,
            schedule: self.schedule(&raw.retry_seconds)?,
            public_url: self.public_url(raw.public_url)?,
        })
    }

    fn secrets(&self, written: &[String]) -> Result<Vec<SigningSecret>, ConfigError> {
        let secrets: Option<Vec<_>> = written.iter().map(|it| SigningSecret::new(it)).collect();
        secrets
            .filter(|secrets| secrets.len() <= MAX_SECRETS)
            .ok_or_else(|| {
                let allowed = format!("up to {MAX_SECRETS} of: {}", SigningSecret::ALLOWED);
                self.refuse("callbacks.secrets", "(not shown)", allowed)
            })
    }

    pub(super) fn ports(
        &self,
        key: &'static str,
        written: &[i64],
    ) -> Result<Vec<u16>, ConfigError> {
        let port = |&port: &i64| u16::try_from(port).ok().filter(|&port| port > 0);
        let ports: Option<Vec<u16>> = written.iter().map(port).collect();
        ports.ok_or_else(|| self.refuse(key, format!("{written:?}"), "1 to 65535 each"))
    }

    pub(super) fn each<T: FromStr>(
        &self,
        key: &'static str,
        written: &[String],
        allowed: &str,
    ) -> Result<Vec<T>, ConfigError> {
        let read = |text: &String| {
            let refuse = |_| self.refuse(key, format!("{text:?}"), allowed);
            text.parse().map_err(refuse)
        };
        written.iter().map(read).collect()
    }

    fn schedule(&self, written: &[i64]) -> Result<Vec<Duration>, ConfigError> {
        let in_bounds = |wait: &&i64| (0..=MAX_WAIT).contains(*wait);
        let are_fine = written.len() <= MAX_RETRIES
            && written.iter().filter(in_bounds).count() == written.len();
        if !are_fine {
            let allowed = format!("up to {MAX_RETRIES} waits of 0 to {MAX_WAIT} seconds");
            return Err(self.refuse("callbacks.retry_seconds", format!("{written:?}"), allowed));
        }
        let wait = |&seconds: &i64| Duration::from_secs(seconds.unsigned_abs());
        Ok(written.iter().map(wait).collect())
    }

    /// Kept without its last slash: what is appended begins with one.
    fn public_url(&self, written: String) -> Result<String, ConfigError> {
        let url = written.trim_end_matches('/').to_owned();
        let is_web = url.starts_with("https://") || url.starts_with("http://");
        if url.is_empty() || (is_web && url::Url::parse(&url).is_ok()) {
            return Ok(url);
        }
        let allowed = "the URL at which callers reach the service, or nothing";
        Err(self.refuse("callbacks.public_url", format!("{written:?}"), allowed))
    }
}
