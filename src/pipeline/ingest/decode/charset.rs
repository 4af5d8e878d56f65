//! Which charset bytes are in: named by a label or by the document itself, seen
//! in the bytes, or detected. Decides only; `bytes` decodes.

use std::sync::LazyLock;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use regex::bytes::Regex;

use crate::pipeline::SourceKind;

/// Bytes in which a document has to name its charset; browsers look at 1,024,
/// pages come with more before it.
const DECLARATION_BYTES: usize = 4_096;
/// Bytes that the detection looks at.
const SAMPLE_BYTES: usize = 262_144;
/// Bytes that show whether every other one is zero.
const WIDE_SAMPLE_BYTES: usize = 1_024;
/// Letters in a row that make a word of a script other than Latin.
const MIN_WORD_LETTERS: usize = 3;

/// The charset of a label; `None` for unknown ones and for those that browsers
/// refuse to read.
pub(super) fn named(label: &str) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label_no_replacement(label.trim().as_bytes())?;
    (encoding != encoding_rs::X_USER_DEFINED).then_some(encoding)
}

/// UTF-16 without a mark: nearly every second byte of Western text is zero.
pub(super) fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = bytes.get(..WIDE_SAMPLE_BYTES).unwrap_or(bytes);
    let zeros = |odd: usize| {
        let places = sample.iter().skip(odd).step_by(2);
        places.filter(|byte| **byte == 0).count()
    };
    let (even, odd, pairs) = (zeros(0), zeros(1), sample.len() / 2);
    let is_most = |count: usize| pairs >= 4 && count * 10 >= pairs * 6;
    match (is_most(even), is_most(odd)) {
        (false, true) if even * 10 < odd => Some(UTF_16LE),
        (true, false) if odd * 10 < even => Some(UTF_16BE),
        _ => None,
    }
}

/// The charset that an HTML or XML document names. Text that can be read to find
/// the name is not in UTF-16, whatever the name says.
pub(super) fn declared(bytes: &[u8], kind: SourceKind) -> Option<&'static Encoding> {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let pattern = r#"(?i-u)<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]{2,40})|<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{2,40})"#;
        Regex::new(pattern).ok()
    });
    if kind == SourceKind::Text {
        return None;
    }
    let head = bytes.get(..DECLARATION_BYTES).unwrap_or(bytes);
    let found = NAME.as_ref()?.captures(head)?;
    let label = found.get(1).or_else(|| found.get(2))?;
    let encoding = named(std::str::from_utf8(label.as_bytes()).ok()?)?;
    let is_wide = encoding == UTF_16LE || encoding == UTF_16BE;
    Some(if is_wide { UTF_8 } else { encoding })
}

/// The charset that makes text of bytes which are not UTF-8.
pub(super) fn detect(bytes: &[u8]) -> Option<&'static Encoding> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes.get(..SAMPLE_BYTES).unwrap_or(bytes), true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    let is_foreign = guess.is_single_byte() && !is_latin(bytes, guess);
    let encoding = if is_foreign && !has_words(bytes, guess) {
        WINDOWS_1252
    } else {
        guess
    };
    is_plausible(bytes, encoding).then_some(encoding)
}

/// Whether `encoding` makes words of the bytes beyond ASCII. A stray byte or two
/// in a Latin text are a letter of any script, but no word of it.
fn has_words(bytes: &[u8], encoding: &'static Encoding) -> bool {
    let sample = bytes.get(..SAMPLE_BYTES).unwrap_or(bytes);
    let (text, _) = encoding.decode_without_bom_handling(sample);
    let words = text.split(|c: char| c.is_ascii() || !c.is_alphabetic());
    let mut words = words.map(|word| word.chars().take(MIN_WORD_LETTERS).count());
    words.any(|letters| letters == MIN_WORD_LETTERS)
}

/// Whether `encoding` makes nothing but Latin letters and signs of the bytes
/// beyond ASCII.
fn is_latin(bytes: &[u8], encoding: &'static Encoding) -> bool {
    beyond_ascii(bytes, encoding).all(|(_, c, _)| !c.is_alphabetic() || c < '\u{250}')
}

/// Whether at least half of what is not ASCII are letters in words, or the marks
/// and signs of printed text.
fn is_plausible(bytes: &[u8], encoding: &'static Encoding) -> bool {
    let (mut plausible, mut all) = (0, 0);
    for (before, character, after) in beyond_ascii(bytes, encoding) {
        let is_letter = character.is_alphabetic() && goes_with(character, before, after);
        all += 1;
        plausible += usize::from(is_letter || is_printed(character));
    }
    plausible * 2 >= all
}

/// Whether a letter stands in a word: one of Latin beside a plain letter, others
/// beside any. The last two bytes of Western charsets are letters in name only.
fn goes_with(letter: char, before: char, after: char) -> bool {
    let is_latin = letter < '\u{250}';
    let is_beside =
        |other: char| other.is_ascii_alphabetic() || (!is_latin && other.is_alphabetic());
    !matches!(letter, 'ÿ' | 'þ') && (is_beside(before) || is_beside(after))
}

/// The marks and signs that texts in legacy charsets use.
fn is_printed(character: char) -> bool {
    "\u{a0}¡«»¿·°§©®€£¥¢±×÷½¼¾²³¹ªº„“”‘’‚‹›–—…•™†‡№‰、。「」『』（）！？：；，《》·～"
        .contains(character)
}

/// The characters that are not ASCII, each with the ones before and after it.
fn beyond_ascii(
    bytes: &[u8],
    encoding: &'static Encoding,
) -> impl Iterator<Item = (char, char, char)> {
    let sample = bytes.get(..SAMPLE_BYTES).unwrap_or(bytes);
    let (text, _) = encoding.decode_without_bom_handling(sample);
    let text: Vec<char> = text.chars().collect();
    let at = |index: Option<usize>, text: &[char]| {
        index.and_then(|i| text.get(i).copied()).unwrap_or(' ')
    };
    let found: Vec<_> = (0..text.len())
        .filter(|index| text.get(*index).is_some_and(|c| !c.is_ascii()))
        .map(|index| {
            let before = at(index.checked_sub(1), &text);
            (before, at(Some(index), &text), at(Some(index + 1), &text))
        })
        .collect();
    found.into_iter()
}
