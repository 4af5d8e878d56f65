//! A model that another service runs: the checked `[engine.remote]`.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::net::{Rules, Target};

/// How the service of `--engine remote` is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteSettings {
    /// Where chat completions are asked for; `None` without a service.
    pub endpoint: Option<Endpoint>,
    /// Name of the model, as the service knows it.
    pub model: String,
    /// What lets us in.
    pub key: Option<RemoteKey>,
    /// File with the key.
    pub key_file: Option<PathBuf>,
    /// Tokens that a request may take: prompt and answer.
    pub context_tokens: usize,
    /// Requests under way at once.
    pub max_concurrent_requests: usize,
    /// What one attempt may take.
    pub attempt_timeout: Duration,
    /// What all attempts of a request may take.
    pub request_timeout: Duration,
    /// Attempts of a request, the first included.
    pub max_attempts: usize,
    /// The wait before the second attempt.
    pub first_retry: Duration,
    /// The wait before an attempt at most, unless the service asks for more.
    pub longest_retry: Duration,
    /// Bytes of one answer.
    pub max_answer_bytes: usize,
}

/// Where chat completions are asked for, and the rules that allow just that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The URL.
    pub target: Target,
    /// What a client may call.
    pub rules: Rules,
}

impl Endpoint {
    /// What is allowed, for messages.
    pub const ALLOWED: &str =
        "the URL of an API up to its version, such as http://127.0.0.1:8080/v1, or nothing";

    /// The endpoint of an API, if that is its URL.
    #[must_use]
    pub fn new(url: &str) -> Option<Self> {
        let bare = !url.contains(['?', '#']);
        let completions = format!("{}/chat/completions", url.trim_end_matches('/'));
        let (target, rules) = Target::named(&completions).ok().filter(|_| bare)?;
        Some(Self { target, rules })
    }

    /// Whether what is sent there can be read on its way.
    #[must_use]
    pub fn is_in_the_clear(&self) -> bool {
        !self.target.is_https() && !self.target.origin().is_loopback()
    }
}

impl RemoteSettings {
    /// What the engine is called: in provenance, and in keys of what was made by it.
    #[must_use]
    pub fn name(&self) -> String {
        let host = self
            .endpoint
            .as_ref()
            .map(|it| it.target.origin().authority());
        format!("remote:{}@{}", self.model, host.unwrap_or_default())
    }
}

/// What a service wants to see before it answers. Neither `Debug` nor an error shows
/// it.
#[derive(Clone, PartialEq, Eq)]
pub struct RemoteKey(String);

impl RemoteKey {
    /// What is allowed, for messages.
    pub const ALLOWED: &str = "up to 4096 visible ASCII characters, or nothing";

    /// The key, if a header can hold it; white space around it is left out.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = (1..=4096).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// The key itself, for the header only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RemoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RemoteKey(not shown)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_the_chat_of_an_api() {
        let endpoint = Endpoint::new("http://10.0.0.7:8080/v1/").unwrap();
        assert_eq!(endpoint.target.path(), "/v1/chat/completions");
        assert_eq!(endpoint.target.origin().authority(), "10.0.0.7:8080");
        assert!(endpoint.is_in_the_clear());
        for fine in [
            "https://models.example.org/v1",
            "http://localhost:1/v1",
            "http://[::1]",
        ] {
            assert!(!Endpoint::new(fine).unwrap().is_in_the_clear(), "{fine}");
        }
        for wrong in [
            "",
            "models.example.org/v1",
            "ftp://models.example.org",
            "https://user:secret@models.example.org/v1",
            "https://models.example.org/v1?key=secret",
            "https://models.example.org/v1#",
        ] {
            assert_eq!(Endpoint::new(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_key_is_not_shown() {
        let key = RemoteKey::new(" sk-123\n").unwrap();
        assert_eq!(key.expose(), "sk-123");
        assert!(!format!("{key:?}").contains("123"));
        for wrong in ["", " ", "two words", "line\nbreak", "ü", &"k".repeat(4097)] {
            assert_eq!(RemoteKey::new(wrong), None, "{wrong}");
        }
    }
}
