//! Who is let in, as configured: the checked `[access]`.

use std::net::IpAddr;
use std::time::Duration;

use super::render::Choice;

/// Who is let in, and how much of the service a key may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessSettings {
    /// Whether callers need a key.
    pub keys: KeyRule,
    /// Requests per minute of a key that does not say otherwise.
    pub requests_per_minute: u32,
    /// Open jobs of a key that does not say otherwise.
    pub max_open_jobs_per_key: u32,
    /// How long a login lasts.
    pub session: Duration,
    /// Refusals of callers without a valid key that are written into the audit
    /// log each minute; all are counted.
    pub max_recorded_refusals_per_minute: u32,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
}

/// Whether callers need a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRule {
    /// Unless the service listens on loopback only.
    Auto,
    /// In any case.
    Always,
    /// In no case: whoever reaches the service may use it.
    Never,
}

impl Choice for KeyRule {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("auto", Self::Auto),
        ("always", Self::Always),
        ("never", Self::Never),
    ];
}

impl AccessSettings {
    /// Whether callers need a key where the service listens on `address`. Behind
    /// a proxy loopback is the whole world.
    #[must_use]
    pub fn needs_keys(&self, address: IpAddr) -> bool {
        match self.keys {
            KeyRule::Auto => !address.is_loopback() || !self.trusted_proxies.is_empty(),
            KeyRule::Always => true,
            KeyRule::Never => false,
        }
    }
}
