//! Decodes bytes of a known charset and records which bytes each character
//! stands for. `encoding_rs` knows the charsets; it is asked character by
//! character, because that is what the map needs.

use encoding_rs::{DecoderResult, Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE};

use crate::text::mapped::Mapped;
use crate::text::span::Span;

/// What stands for bytes that are no character.
const REPLACEMENT: &str = "\u{fffd}";
/// Bytes of the longest character of the charsets without state.
const MAX_CHARACTER_BYTES: usize = 4;
/// Bytes of UTF-8 that one byte can give at most, with room to spare.
const MAX_STEP_BYTES: usize = 16;

/// A decoded text.
#[derive(Default)]
pub(super) struct Read {
    pub(super) text: Mapped,
    /// Runs of bytes that could not be read.
    pub(super) bad_count: usize,
    /// The first of them.
    pub(super) bad: Option<Span>,
}

impl Read {
    fn bad(&mut self, from: Span) {
        self.text.replace(REPLACEMENT, from);
        self.bad_count += 1;
        self.bad.get_or_insert(from);
    }
}

/// Decodes `bytes`, which stand in the input at `start`.
pub(super) fn decode(bytes: &[u8], start: usize, encoding: &'static Encoding) -> Read {
    let mut read = Read::default();
    if encoding == UTF_8 {
        utf8(bytes, start, &mut read);
    } else if encoding == UTF_16LE || encoding == UTF_16BE {
        utf16(bytes, start, encoding == UTF_16BE, &mut read);
    } else if encoding == ISO_2022_JP {
        shifting(bytes, start, encoding, &mut read);
    } else {
        stateless(bytes, start, encoding, &mut read);
    }
    read
}

fn utf8(bytes: &[u8], start: usize, read: &mut Read) {
    let mut at = start;
    for chunk in bytes.utf8_chunks() {
        read.text.push(chunk.valid(), at);
        at += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            read.bad(Span::new(at, at + chunk.invalid().len()));
            at += chunk.invalid().len();
        }
    }
}

fn utf16(bytes: &[u8], start: usize, is_big: bool, read: &mut Read) {
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        [first, second] if is_big => u16::from_be_bytes([*first, *second]),
        [first, second] => u16::from_le_bytes([*first, *second]),
        _ => 0,
    });
    let mut at = start;
    for unit in char::decode_utf16(units) {
        match unit {
            Ok(character) => {
                let from = Span::new(at, at + character.len_utf16() * 2);
                push(character, from, read);
                at = from.end;
            }
            Err(_) => {
                read.bad(Span::new(at, at + 2));
                at += 2;
            }
        }
    }
    if bytes.len() % 2 == 1 {
        read.bad(Span::new(at, at + 1));
    }
}

/// Charsets in which each character stands for itself: runs of ASCII at once,
/// of the rest the fewest bytes that make a character.
fn stateless(bytes: &[u8], start: usize, encoding: &'static Encoding, read: &mut Read) {
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let ascii = rest.iter().position(|byte| !byte.is_ascii());
        let ascii = ascii.unwrap_or(rest.len());
        if ascii > 0 {
            // ASCII bytes are valid UTF-8, so nothing is lost here.
            let text = std::str::from_utf8(&rest[..ascii]).unwrap_or_default();
            read.text.push(text, start + at);
            at += ascii;
            continue;
        }
        at += character(rest, start + at, encoding, read);
    }
}

/// Reads the character that `rest` starts with and says how many bytes it took.
fn character(rest: &[u8], at: usize, encoding: &'static Encoding, read: &mut Read) -> usize {
    for length in 1..=MAX_CHARACTER_BYTES.min(rest.len()) {
        let bytes = &rest[..length];
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            read.text.replace(&text, Span::new(at, at + length));
            return length;
        }
    }
    read.bad(Span::new(at, at + 1));
    1
}

/// Charsets with escapes that shift what the next bytes mean: one byte at a time
/// tells which bytes a character stands for.
fn shifting(bytes: &[u8], start: usize, encoding: &'static Encoding, read: &mut Read) {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut buffer = [0_u8; MAX_STEP_BYTES];
    let mut pending = start;
    for (at, byte) in bytes.iter().enumerate() {
        let after = start + at + 1;
        let is_last = at + 1 == bytes.len();
        let mut left = std::slice::from_ref(byte);
        loop {
            let (result, taken, written) =
                decoder.decode_to_utf8_without_replacement(left, &mut buffer, is_last);
            left = left.get(taken..).unwrap_or_default();
            let text = buffer.get(..written).map(std::str::from_utf8);
            if let Some(Ok(text)) = text
                && !text.is_empty()
            {
                read.text
                    .replace(text, Span::new(pending.min(after - 1), after));
                pending = after;
            }
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    read.bad(Span::new(pending.min(after - 1), after));
                    pending = after;
                }
            }
        }
    }
}

fn push(character: char, from: Span, read: &mut Read) {
    read.text.replace(character.encode_utf8(&mut [0; 4]), from);
}
