//! Arbitrary bytes in any charset, named or detected.

use afterword::pipeline::SourceKind;

use super::common;

/// The first byte of an input chooses; beyond the end the bytes decide.
const CHARSETS: [&str; 9] = [
    "utf-8",
    "utf-16le",
    "utf-16be",
    "iso-2022-jp",
    "big5",
    "gb18030",
    "shift_jis",
    "euc-kr",
    "windows-1252",
];

/// Tries one input.
pub fn run(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else {
        return;
    };
    let charset = CHARSETS.get(usize::from(*first)).copied();
    common::check(bytes, SourceKind::Text, charset);
}
