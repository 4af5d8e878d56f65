//! SHA-256 of files: the one form in which hashes are compared and shown.

use std::fmt;
use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bytes read at once.
const CHUNK_BYTES: usize = 1 << 18;

/// A SHA-256: 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Checksum(String);

impl Checksum {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The checksum of all that `reader` has left.
    ///
    /// # Errors
    /// Whatever reading fails with.
    pub fn of(mut reader: impl Read) -> io::Result<Self> {
        let mut hasher = Hasher::default();
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            match reader.read(&mut chunk) {
                Ok(0) => return Ok(hasher.finish()),
                Ok(read) => hasher.update(&chunk[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl TryFrom<String> for Checksum {
    type Error = String;

    fn try_from(digits: String) -> Result<Self, String> {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if digits.len() == 64 && digits.bytes().all(hex) {
            Ok(Self(digits))
        } else {
            Err(format!(
                "{digits:?} is no SHA-256: 64 lower-case hexadecimal digits are"
            ))
        }
    }
}

impl From<Checksum> for String {
    fn from(checksum: Checksum) -> Self {
        checksum.0
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Computes a [`Checksum`] of bytes that pass by.
#[derive(Default)]
pub(super) struct Hasher(Sha256);

impl Hasher {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> Checksum {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digest = self.0.finalize();
        let nibbles = digest.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        Checksum(
            nibbles
                .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn matches_the_published_test_vector() {
        assert_eq!(
            Checksum::of(&b"abc"[..]).unwrap().as_str(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn refuses_what_is_no_sha256() {
        for bad in ["", "abc", &"A".repeat(64), &"g".repeat(64), &"a".repeat(65)] {
            assert!(Checksum::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_computed_checksum_parses_and_chunks_do_not_matter(
            bytes in prop::collection::vec(any::<u8>(), 0..4096),
            cut in any::<prop::sample::Index>(),
        ) {
            let whole = Checksum::of(&bytes[..]).unwrap();
            let (head, tail) = bytes.split_at(cut.index(bytes.len() + 1));
            let mut hasher = Hasher::default();
            hasher.update(head);
            hasher.update(tail);
            prop_assert_eq!(&hasher.finish(), &whole);
            prop_assert_eq!(Checksum::try_from(whole.to_string()).unwrap(), whole);
        }
    }
}
