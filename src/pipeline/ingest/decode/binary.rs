//! Tells files of other kinds from text, so that a document is refused by its
//! name and not read as nonsense.

/// First bytes and what they are the start of.
const MAGIC: &[(&[u8], &str)] = &[
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG\r\n", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\0", "an xz file"),
    (b"(\xb5/\xfd", "a Zstandard file"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\0", "a program"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
];
/// Bytes looked at.
const SAMPLE_BYTES: usize = 8_192;
/// One control character in so many bytes is no text.
const BYTES_PER_CONTROL: usize = 32;

/// What the bytes are when they are no text.
pub(super) fn kind(bytes: &[u8]) -> Option<&'static str> {
    let known = MAGIC.iter().find(|(start, _)| bytes.starts_with(start));
    if let Some((_, kind)) = known {
        return Some(kind);
    }
    let sample = bytes.get(..SAMPLE_BYTES).unwrap_or(bytes);
    // Escapes shift between the character sets of ISO-2022-JP.
    let is_control = |byte: &&u8| **byte < b' ' && !matches!(**byte, b'\t'..=b'\r' | 0x1b);
    let controls = sample.iter().filter(is_control).count();
    (controls > 1 && controls * BYTES_PER_CONTROL > sample.len()).then_some("binary data")
}
