//! The table `[fetch]`: whose pages may be fetched.

use crate::net::{Host, Network, Origin, Rules};

use super::super::raw::RawFetch;
use super::super::{ConfigError, FetchSettings};
use super::Check;

impl Check<'_> {
    pub(super) fn fetch(&self, raw: &RawFetch) -> Result<FetchSettings, ConfigError> {
        Ok(FetchSettings {
            hosts: self.each::<Host>(
                "fetch.hosts",
                &raw.hosts,
                "hosts such as example.org, *.example.org, or * for all",
            )?,
            rules: Rules {
                ports: self.ports("fetch.ports", &raw.ports)?,
                origins: self.each::<Origin>(
                    "fetch.allow_origins",
                    &raw.allow_origins,
                    "scheme, host and port, such as http://10.0.0.7:8080",
                )?,
                networks: self.each::<Network>(
                    "fetch.allow_networks",
                    &raw.allow_networks,
                    "networks such as 10.1.0.0/16 or fd00::/8",
                )?,
            },
            timeout: self.seconds("fetch.timeout_seconds", raw.timeout_seconds, 1..=120)?,
        })
    }
}
