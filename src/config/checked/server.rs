//! The table `[server]`.

use std::path::PathBuf;

use super::super::raw::RawServer;
use super::super::{ConfigError, ServerSettings, TlsFiles};
use super::Check;

impl Check<'_> {
    pub(super) fn server(&self, raw: RawServer) -> Result<ServerSettings, ConfigError> {
        Ok(ServerSettings {
            listen: self.address("server.listen", &raw.listen)?,
            data_dir: Some(PathBuf::from(raw.data_dir)).filter(|dir| !dir.as_os_str().is_empty()),
            max_concurrent_requests: self.integer(
                "server.max_concurrent_requests",
                raw.max_concurrent_requests,
                1..=4096,
            )?,
            max_waiting_requests: self.integer(
                "server.max_waiting_requests",
                raw.max_waiting_requests,
                0..=65_536,
            )?,
            max_event_streams: self.integer(
                "server.max_event_streams",
                raw.max_event_streams,
                0..=65_536,
            )?,
            max_wait: self.seconds("server.max_wait_seconds", raw.max_wait_seconds, 0..=3600)?,
            shutdown_grace: self.seconds(
                "server.shutdown_grace_seconds",
                raw.shutdown_grace_seconds,
                0..=3600,
            )?,
            max_connections: self.integer(
                "server.max_connections",
                raw.max_connections,
                16..=65_536,
            )?,
            max_tls_handshakes: self.integer(
                "server.max_tls_handshakes",
                raw.max_tls_handshakes,
                1..=65_536,
            )?,
            tls_handshake_timeout: self.seconds(
                "server.tls_handshake_timeout_seconds",
                raw.tls_handshake_timeout_seconds,
                1..=3600,
            )?,
            max_request_head_bytes: self.integer(
                "server.max_request_head_bytes",
                raw.max_request_head_bytes,
                8192..=1 << 20,
            )?,
            request_head_timeout: self.seconds(
                "server.request_head_timeout_seconds",
                raw.request_head_timeout_seconds,
                1..=3600,
            )?,
            request_body_timeout: self.seconds(
                "server.request_body_timeout_seconds",
                raw.request_body_timeout_seconds,
                1..=3600,
            )?,
            response_timeout: self.seconds(
                "server.response_timeout_seconds",
                raw.response_timeout_seconds,
                1..=3600,
            )?,
            tls: self.tls(raw.tls_certificate, raw.tls_key)?,
            watch: Some(self.seconds("server.watch_seconds", raw.watch_seconds, 0..=86_400)?)
                .filter(|watch| !watch.is_zero()),
        })
    }

    /// Both files, or none.
    fn tls(&self, certificate: String, key: String) -> Result<Option<TlsFiles>, ConfigError> {
        let (missing, given) = match (certificate.is_empty(), key.is_empty()) {
            (true, true) => return Ok(None),
            (false, false) => {
                return Ok(Some(TlsFiles {
                    certificate: certificate.into(),
                    key: key.into(),
                }));
            }
            (true, false) => ("server.tls_certificate", "server.tls_key"),
            (false, true) => ("server.tls_key", "server.tls_certificate"),
        };
        let allowed = format!(
            "a file, because {given} is set ({})",
            self.origins.of(given)
        );
        Err(self.refuse(missing, "\"\"", allowed))
    }
}
