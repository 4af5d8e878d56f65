//! Values that a source tells of its article, in whatever field: names, addresses,
//! languages. Checks and trims one value at a time; which field counts is the
//! reader's business.

use serde_json::Value;

use super::piece::tidy;

/// Longer values are no names, dates or addresses.
pub(super) const MAX_VALUE_BYTES: usize = 2_000;
/// A byline has at most this many characters.
const MAX_BYLINE_CHARS: usize = 200;
/// Authors that are named.
const MAX_AUTHORS: usize = 8;

/// A value that is one text.
pub(super) fn text(value: &Value) -> Option<String> {
    let text = value.as_str().filter(|text| text.len() <= MAX_VALUE_BYTES);
    text.map(|text| text.trim().to_owned())
}

/// Authors as data tells them: a name, something with a name, or several of them.
pub(super) fn authors(value: &Value) -> Option<String> {
    let name = |value: &Value| text(value).or_else(|| text(value.get("name")?));
    let names: Vec<String> = match value {
        Value::Array(values) => values.iter().filter_map(name).take(MAX_AUTHORS).collect(),
        value => name(value).into_iter().collect(),
    };
    (!names.is_empty()).then(|| names.join(", "))
}

/// A name without "By"; addresses are no names.
pub(super) fn byline(value: &str) -> Option<String> {
    let value = tidy(value);
    let name = ["By: ", "By ", "by ", "BY "]
        .iter()
        .find_map(|by| value.strip_prefix(by))
        .unwrap_or(&value)
        .trim();
    let is_name = name.chars().any(char::is_alphabetic)
        && name.chars().count() <= MAX_BYLINE_CHARS
        && !name.contains("://");
    is_name.then(|| name.to_owned())
}

/// An absolute address of the web.
pub(super) fn address(value: &str) -> Option<String> {
    let value = value.trim();
    let is_address = value.starts_with("https://") || value.starts_with("http://");
    let is_whole = value.len() <= MAX_VALUE_BYTES && !value.contains(char::is_whitespace);
    (is_address && is_whole).then(|| value.to_owned())
}

/// The language of a tag such as `en-GB` or `pt_BR`.
pub(super) fn language(value: &str) -> Option<String> {
    let code = value
        .trim()
        .split(['-', '_', ','])
        .next()?
        .to_ascii_lowercase();
    let is_code = matches!(code.len(), 2 | 3) && code.bytes().all(|byte| byte.is_ascii_lowercase());
    is_code.then_some(code)
}
