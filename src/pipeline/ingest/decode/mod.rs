//! Bytes to text: which charset they are in, what stands for each character, and
//! what shows nothing taken out. Later places in the text lead back through the
//! map to the bytes as sent, whatever the charset.
//!
//! Knows no format beyond where a document names its charset. Refuses what is no
//! text; never guesses silently: each byte that could not be read is counted.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

use crate::pipeline::article::{Finding, FindingKind};
use crate::pipeline::error::PipelineError;
use crate::pipeline::{Input, SourceKind};
use crate::text::hidden;
use crate::text::mapped::{Mapped, SourceMap};
use crate::text::span::Span;

mod binary;
mod bytes;
mod charset;

/// Characters of UTF-8 for each bad byte that make the whole UTF-8 with damage.
const SOUND_PER_BAD: usize = 4;

/// A text and how it came about.
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    /// From the text to the bytes; `None` when they are the same.
    pub(super) map: Option<SourceMap>,
    pub(super) findings: Vec<Finding>,
    /// The charset's name in the WHATWG's list, in lower case.
    pub(super) charset: String,
}

/// Whether `label` names a charset that can be read.
#[must_use]
pub fn is_charset(label: &str) -> bool {
    charset::named(label).is_some()
}

/// Decodes an input.
///
/// # Errors
/// [`PipelineError::Binary`] and [`PipelineError::NotUtf8`] for what is no text.
pub(super) fn decode(input: &Input) -> Result<Decoded<'_>, PipelineError> {
    let bytes = input.bytes.as_slice();
    let (encoding, start) = choose(input)?;
    let body = bytes.get(start..).unwrap_or_default();
    if encoding == UTF_8
        && let Ok(text) = std::str::from_utf8(body)
    {
        return Ok(utf8(text, start));
    }
    let read = bytes::decode(body, start, encoding);
    let undecodable = read.bad.map(|first| Finding {
        kind: FindingKind::Undecodable,
        count: read.bad_count,
        input: Some(first),
    });
    Ok(visible(read.text, undecodable, encoding))
}

/// Text that is UTF-8 already: nothing is copied unless something is hidden.
fn utf8(text: &str, start: usize) -> Decoded<'_> {
    if start > 0 || !hidden::invisible(text).is_empty() {
        return visible(Mapped::verbatim(text, start), None, UTF_8);
    }
    Decoded {
        text: Cow::Borrowed(text),
        map: None,
        findings: Vec::new(),
        charset: UTF_8.name().to_ascii_lowercase(),
    }
}

/// Takes out what shows nothing and says so where it hid something.
fn visible(
    text: Mapped,
    undecodable: Option<Finding>,
    encoding: &'static Encoding,
) -> Decoded<'static> {
    let runs = hidden::invisible(&text);
    let hiding: Vec<_> = runs.iter().filter(|run| run.is_hiding).collect();
    let places = hiding.iter().filter_map(|run| text.source_of(run.span));
    let hidden = places.reduce(Span::cover).map(|place| Finding {
        kind: FindingKind::HiddenText,
        count: hiding.iter().map(|run| run.count).sum(),
        input: Some(place),
    });
    let spans: Vec<Span> = runs.iter().map(|run| run.span).collect();
    let (text, map) = text.without(&spans).into_parts();
    Decoded {
        text: Cow::Owned(text),
        map: Some(map),
        findings: undecodable.into_iter().chain(hidden).collect(),
        charset: encoding.name().to_ascii_lowercase(),
    }
}

/// The charset and where the text starts: by its mark, by what the caller said,
/// by what the document says, by its bytes.
fn choose(input: &Input) -> Result<(&'static Encoding, usize), PipelineError> {
    let bytes = input.bytes.as_slice();
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return Ok((encoding, length));
    }
    if let Some(encoding) = charset::wide(bytes) {
        return Ok((encoding, 0));
    }
    if let Some(kind) = binary::kind(bytes) {
        return Err(PipelineError::Binary { kind });
    }
    let said = input.charset.as_deref().and_then(charset::named);
    if let Some(encoding) = said.filter(|encoding| *encoding != UTF_8) {
        return Ok((encoding, 0));
    }
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok((declared_of_utf8(text, input.kind), 0)),
        Err(error) => error,
    };
    guess(input)
        .map(|encoding| (encoding, 0))
        .ok_or(PipelineError::NotUtf8 {
            offset: error.valid_up_to(),
        })
}

/// What is UTF-8 byte by byte is UTF-8, whatever an old declaration says; but
/// ASCII may be one of the charsets that shift by escapes.
fn declared_of_utf8(text: &str, kind: SourceKind) -> &'static Encoding {
    let shifts = |encoding: &&'static Encoding| *encoding == encoding_rs::ISO_2022_JP;
    let declared = || charset::declared(text.as_bytes(), kind).filter(shifts);
    let is_shifted = text.is_ascii() && text.contains('\u{1b}');
    is_shifted.then(declared).flatten().unwrap_or(UTF_8)
}

/// For bytes that are not UTF-8; `None` when no charset makes text of them.
fn guess(input: &Input) -> Option<&'static Encoding> {
    let declared = charset::declared(&input.bytes, input.kind);
    if let Some(encoding) = declared.filter(|encoding| *encoding != UTF_8) {
        return Some(encoding);
    }
    if is_damaged_utf8(&input.bytes) {
        return Some(UTF_8);
    }
    charset::detect(&input.bytes)
}

/// Whether most of what is not ASCII is sound UTF-8.
fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (mut sound, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        sound += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    sound >= bad * SOUND_PER_BAD
}

#[cfg(test)]
mod tests;
