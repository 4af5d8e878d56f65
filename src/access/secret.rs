//! Secrets that are given out: keys of callers and tokens of sessions. A secret
//! is a public id and 256 random bits. What is kept is a hash, so that who reads
//! the store cannot call the service. SHA-256 is enough: there is nothing to
//! guess in 256 random bits, and a slow hash would slow every request.

use constant_time_eq::constant_time_eq;
use sha2::{Digest as _, Sha256};

use crate::text::hex::hex;

const ID_BYTES: usize = 6;
const RANDOM_BYTES: usize = 32;

/// What a secret is for; the first letters say it, so that a leaked one is
/// recognised by scanners and by people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// Calls the API.
    Key,
    /// A browser's session.
    Session,
}

impl SecretKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Key => "awk",
            Self::Session => "aws",
        }
    }
}

/// A secret in the clear. `Debug` shows its id only.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    text: String,
    kind: SecretKind,
}

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// The system's, when it has no random bytes.
    pub fn generate(kind: SecretKind) -> Result<Self, getrandom::Error> {
        let mut bytes = [0; ID_BYTES + RANDOM_BYTES];
        getrandom::fill(&mut bytes)?;
        let (id, random) = bytes.split_at(ID_BYTES);
        let text = format!("{}_{}_{}", kind.prefix(), hex(id), hex(random));
        Ok(Self { text, kind })
    }

    /// A secret as a caller sent it; `None` when it does not look like one.
    #[must_use]
    pub fn parse(kind: SecretKind, text: &str) -> Option<Self> {
        let rest = text.strip_prefix(kind.prefix())?.strip_prefix('_')?;
        let (id, random) = rest.split_once('_')?;
        let sound = is_hex(id, ID_BYTES) && is_hex(random, RANDOM_BYTES);
        sound.then(|| Self {
            text: text.to_owned(),
            kind,
        })
    }

    /// What it is known by; no secret.
    #[must_use]
    pub fn id(&self) -> &str {
        let start = self.kind.prefix().len() + 1;
        self.text.get(start..start + 2 * ID_BYTES).unwrap_or("")
    }

    /// The secret itself, to be shown once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(self.text.as_bytes()))
    }

    /// Whether `hash` was made of it, in the same time wherever the two differ.
    #[must_use]
    pub fn matches(&self, hash: &str) -> bool {
        constant_time_eq(self.hash().as_bytes(), hash.as_bytes())
    }

    /// A token that only who has this secret can know, for requests that change
    /// something: a page of another site makes the browser send the cookie, and
    /// cannot read this.
    #[must_use]
    pub fn request_token(&self) -> String {
        hex(&Sha256::digest(format!("request token of {}", self.text)))
    }

    /// Whether `token` is [`Secret::request_token`], in constant time.
    #[must_use]
    pub fn issued(&self, token: &str) -> bool {
        constant_time_eq(self.request_token().as_bytes(), token.as_bytes())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({})", self.id())
    }
}

fn is_hex(text: &str, bytes: usize) -> bool {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 2 * bytes && text.bytes().all(digit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn new(kind: SecretKind) -> Secret {
        Secret::generate(kind).unwrap()
    }

    #[test]
    fn a_secret_survives_its_text_and_no_other_kind_reads_it() {
        let key = new(SecretKind::Key);
        assert_eq!(
            Secret::parse(SecretKind::Key, key.expose()),
            Some(key.clone())
        );
        assert_eq!(Secret::parse(SecretKind::Session, key.expose()), None);
        assert_eq!(key.id().len(), 12);
        assert!(key.expose().contains(key.id()));
        assert_ne!(new(SecretKind::Key), key);
    }

    #[test]
    fn only_the_secret_itself_matches_its_hash() {
        let (key, other) = (new(SecretKind::Key), new(SecretKind::Key));
        assert!(key.matches(&key.hash()));
        assert!(!key.matches(&other.hash()) && !key.matches("") && !key.matches(key.expose()));
        assert!(key.issued(&key.request_token()));
        assert!(!key.issued(&other.request_token()) && !key.issued(&key.hash()));
    }

    #[test]
    fn what_is_kept_and_shown_does_not_hold_the_secret() {
        let key = new(SecretKind::Key);
        let random = key.expose().rsplit('_').next().unwrap().to_owned();
        assert!(!format!("{key:?}").contains(&random));
        assert!(!key.hash().contains(&random));
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_no_secret(text in "\\PC{0,100}|awk_[0-9a-f]{11,13}_[0-9a-f]{63,65}") {
            if let Some(secret) = Secret::parse(SecretKind::Key, &text) {
                prop_assert_eq!(secret.id().len(), 12);
                prop_assert_eq!(text.len(), 81);
            }
        }
    }
}
