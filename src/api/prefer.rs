//! What a caller prefers (`Prefer`, RFC 7240) and the key that makes repeating a
//! request safe (`Idempotency-Key`). Pure. A preference that is not understood
//! is ignored, as the RFC has it; a key that cannot be used is refused.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName};

use super::error::{ApiError, Place};

const PREFER: HeaderName = HeaderName::from_static("prefer");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Bytes of a key.
const MAX_KEY_BYTES: usize = 255;

/// How a caller wants to be answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wishes {
    /// Not to wait.
    pub(super) respond_async: bool,
    /// To wait so long.
    pub(super) wait: Option<Duration>,
    /// The key.
    pub(super) idempotency_key: Option<String>,
}

impl Wishes {
    /// Reads both headers.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let mut wishes = Self {
            idempotency_key: key(headers)?,
            ..Self::default()
        };
        let values = headers.get_all(PREFER).iter();
        let values = values.filter_map(|value| value.to_str().ok());
        for preference in values.flat_map(|value| value.split(',')) {
            wishes.read(preference);
        }
        Ok(wishes)
    }

    /// Of a preference that is given twice the first counts.
    fn read(&mut self, preference: &str) {
        let preference = preference.split(';').next().unwrap_or_default();
        let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "respond-async" => self.respond_async = true,
            "wait" => {
                let seconds = value.trim().trim_matches('"').parse().ok();
                self.wait = self.wait.or(seconds.map(Duration::from_secs));
            }
            _ => {}
        }
    }

    /// Whether any of it is about a stored job.
    pub(super) fn are_for_a_job(&self) -> bool {
        self.respond_async || self.wait.is_some() || self.idempotency_key.is_some()
    }

    /// How long to wait; `None` is as long as it takes.
    pub(super) fn patience(&self) -> Option<Duration> {
        match self.wait {
            None if self.respond_async => Some(Duration::ZERO),
            wait => wait,
        }
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    // The draft has it in quotes, and most clients leave them out.
    let key = value.to_str().unwrap_or_default().trim();
    let key = key
        .strip_prefix('"')
        .and_then(|it| it.strip_suffix('"'))
        .unwrap_or(key);
    if key.is_empty() || key.len() > MAX_KEY_BYTES {
        return Err(ApiError::BadParameter {
            place: Place::Header,
            name: "Idempotency-Key".to_owned(),
            reason: format!("has to be 1 to {MAX_KEY_BYTES} visible ASCII characters"),
        });
    }
    Ok(Some(key.to_owned()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn wishes(prefer: &str) -> Wishes {
        let value = HeaderValue::from_str(prefer).unwrap();
        Wishes::of(&HeaderMap::from_iter([(PREFER, value)])).unwrap()
    }

    #[test]
    fn preferences_are_read() {
        let seconds = |it| Some(Duration::from_secs(it));
        assert_eq!(wishes("respond-async").patience(), seconds(0));
        assert_eq!(wishes("Respond-Async, WAIT=10").patience(), seconds(10));
        assert_eq!(wishes("wait = \"7\"; x=y").patience(), seconds(7));
        assert_eq!(wishes("wait=5, wait=9").patience(), seconds(5));
        assert_eq!(wishes("return=minimal").patience(), None);
        for ignored in ["wait=-1", "wait=soon", "wait", "handling=lenient", ""] {
            assert!(!wishes(ignored).are_for_a_job(), "{ignored}");
        }
    }

    #[test]
    fn keys_are_bounded() {
        let read = |key: &str| {
            let value = HeaderValue::from_str(key).unwrap();
            Wishes::of(&HeaderMap::from_iter([(IDEMPOTENCY_KEY, value)]))
        };
        let key = |text: &str| read(text).unwrap().idempotency_key.unwrap();
        assert_eq!(key("\"a-1\""), "a-1");
        assert_eq!(key("a-1"), "a-1");
        assert_eq!(key(&"x".repeat(255)).len(), 255);
        assert!(read(&"x".repeat(256)).is_err());
        assert!(read("").is_err() && read("\"\"").is_err() && read("ä").is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_headers_never_panic(value in "[ -~]{0,80}") {
            let _ = wishes(&value);
        }
    }
}
