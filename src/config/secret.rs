//! A secret that signs callbacks, as Standard Webhooks writes it: `whsec_` and the
//! base64 of 24 to 64 bytes. Never shown.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const PREFIX: &str = "whsec_";
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that signs callbacks. Neither `Debug` nor an error shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(Vec<u8>);

impl SigningSecret {
    /// What is allowed, for messages.
    pub const ALLOWED: &str = "whsec_ and the base64 of 24 to 64 bytes";

    /// The secret, if it is written as one.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.trim().strip_prefix(PREFIX)?).ok()?;
        BYTES.contains(&bytes.len()).then_some(Self(bytes))
    }

    /// Secrets apart by line breaks, blanks or commas; `None` if one is none.
    #[must_use]
    pub fn list(text: &str) -> Option<Vec<Self>> {
        let apart = |c: char| c.is_whitespace() || c == ',';
        let written = text.split(apart).filter(|it| !it.is_empty());
        written.map(Self::new).collect()
    }

    /// The key itself, for signatures only.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(not shown)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_read_and_not_shown() {
        let text = format!("whsec_{}", STANDARD.encode([7; 32]));
        let secret = SigningSecret::new(&text).unwrap();
        assert_eq!(secret.expose(), [7; 32]);
        assert!(!format!("{secret:?}").contains("Bwc"));
        let list = SigningSecret::list(&format!("{text}\n {text},{text}\n"));
        assert_eq!(list.unwrap().len(), 3);
        assert_eq!(SigningSecret::list(" \n"), Some(Vec::new()));
        let short = format!("whsec_{}", STANDARD.encode([7; 23]));
        let long = format!("whsec_{}", STANDARD.encode([7; 65]));
        for wrong in ["", "whsec_", "whsec_!", &text[6..], &short, &long] {
            assert_eq!(SigningSecret::new(wrong), None, "{wrong}");
        }
    }
}
