//! Bytes as hexadecimal digits, and their hash by which a text is known again. Leaf
//! functions.

use sha2::{Digest as _, Sha256};

/// `bytes` in lower-case hexadecimal digits, two for each.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SHA-256 of `bytes` in lower-case hexadecimal digits.
#[must_use]
pub fn hex_sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_has_two_digits() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
        assert_eq!(hex(&[]), "");
    }

    #[test]
    fn the_hash_of_nothing_is_known() {
        assert!(hex_sha256(b"").starts_with("e3b0c44298fc1c149afbf4c8996fb924"));
    }
}
