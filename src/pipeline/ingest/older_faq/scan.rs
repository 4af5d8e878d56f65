//! Finds older FAQs by their markup in the source of any format, before a reader
//! sees it: markers and blocks by their comments, elements by their classes,
//! series of `<details>`, JSON-LD, digests as JSON. Marks ranges; reads no text.

use serde::de::IgnoredAny;

use crate::pipeline::article::FaqFormat;
use crate::text::span::Span;

use super::recognise;

/// Elements that hold text which is not markup.
const RAW: [&str; 4] = ["script", "style", "textarea", "template"];
/// Elements without an end that the scan looks for; more are no page.
const MAX_UNENDED: usize = 16;
/// JSON in a text: what it is, a key that it starts with and what it holds.
const BARE: [(FaqFormat, &str, &str); 2] = [
    (FaqFormat::Afterword, "\"topic\"", "\"pipeline_version\""),
    (FaqFormat::JsonLd, "\"@context\"", "FAQPage"),
];
/// Bytes of a start tag; longer ones are no markup.
const MAX_TAG_BYTES: usize = 4_096;

/// An older FAQ in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marked {
    pub(super) format: FaqFormat,
    pub(super) span: Span,
}

/// The FAQs of `source`, in order, none inside another. Linear in its length.
pub(super) fn scan(source: &str) -> Vec<Marked> {
    let mut scan = Scan {
        source,
        found: Vec::new(),
        details: Vec::new(),
        unended: 0,
    };
    let mut at = 0;
    while let Some(next) = source.get(at..).and_then(|rest| rest.find('<')) {
        at = scan.markup(at + next);
    }
    scan.close_details();
    BARE.into_iter().for_each(|kind| scan.bare_json(kind));
    scan.found
}

struct Scan<'a> {
    source: &'a str,
    found: Vec<Marked>,
    /// `<details>` that follow each other with nothing between them.
    details: Vec<Span>,
    unended: usize,
}

/// A start tag.
struct Tag<'a> {
    name: String,
    attributes: Vec<(&'a str, &'a str)>,
    end: usize,
}

impl<'a> Scan<'a> {
    /// Looks at the markup at `at` and says where to go on.
    fn markup(&mut self, at: usize) -> usize {
        let rest = self.rest(at);
        if rest.starts_with("<!--") {
            return self.comment(at);
        }
        if self.unended >= MAX_UNENDED {
            return at + 1;
        }
        let Some(tag) = tag(rest) else {
            return self.no_tag(at);
        };
        let inside = at + tag.end;
        if RAW.contains(&tag.name.as_str()) {
            return self.raw(at, inside, &tag);
        }
        let names = tag.attributes.iter().map(|(name, _)| *name);
        let format = recognise::format_of(&tag.name, tag.classes(), names);
        if format.is_none() && !recognise::is_details(&tag.name) {
            return inside;
        }
        let Some(end) = self.element_end(inside, &tag.name) else {
            return inside;
        };
        match format {
            Some(format) => self.add(format, Span::new(at, end)),
            None => self.details(Span::new(at, end)),
        }
        end
    }

    /// Where to go on after what is no start tag, or one too long to be looked at:
    /// what stands in its attributes is no markup, and nothing is read twice.
    fn no_tag(&mut self, at: usize) -> usize {
        let rest = self.rest(at);
        let is_tag = rest.as_bytes().get(1).is_some_and(u8::is_ascii_alphabetic);
        let length = tag_length(rest).filter(|_| is_tag);
        self.unended += usize::from(is_tag && length.is_none());
        at + length.unwrap_or(1)
    }

    /// JSON that stands in a text without a script around it. What is read once is
    /// not looked into again, however deep it goes.
    fn bare_json(&mut self, (format, key, mark): (FaqFormat, &str, &str)) {
        let mut bare = Vec::new();
        let mut end = 0;
        for (at, _) in self.source.match_indices(key) {
            let before = self.source.get(..at).unwrap_or_default().trim_end();
            let start = before.len().saturating_sub(1);
            if start < end || !before.ends_with('{') || self.is_found(start) {
                continue;
            }
            if self.unended >= MAX_UNENDED {
                break;
            }
            let Some(length) = json_length(self.rest(start)) else {
                self.unended += 1;
                continue;
            };
            let span = Span::new(start, start + length);
            end = span.end;
            if span.of(self.source).contains(mark) {
                bare.push(Marked { format, span });
            }
        }
        self.found.extend(bare);
        self.found.sort_by_key(|one| one.span);
    }

    /// Whether something found covers the place.
    fn is_found(&self, at: usize) -> bool {
        let after = self.found.partition_point(|one| one.span.start <= at);
        let last = after.checked_sub(1).and_then(|last| self.found.get(last));
        last.is_some_and(|last| at < last.span.end)
    }

    fn rest(&self, at: usize) -> &'a str {
        self.source.get(at..).unwrap_or_default()
    }

    fn comment(&mut self, at: usize) -> usize {
        let rest = self.rest(at);
        if let Some((format, end)) = recognise::block(rest)
            && self.unended < MAX_UNENDED
        {
            if let Some(found) = rest.find(end) {
                let end = at + found + end.len();
                self.add(format, Span::new(at, end));
                return end;
            }
            self.unended += 1;
        }
        rest.find("-->")
            .map_or(self.source.len(), |end| at + end + 3)
    }

    fn raw(&mut self, at: usize, inside: usize, tag: &Tag<'_>) -> usize {
        let close = format!("</{}", tag.name);
        let is_searched = self.unended < MAX_UNENDED;
        let end = is_searched.then(|| find_caseless(self.rest(inside), &close));
        let Some(end) = end.flatten() else {
            self.unended += usize::from(is_searched);
            return inside;
        };
        let is_data = tag.name == "script"
            && tag
                .value("type")
                .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json"));
        if is_data
            && self
                .rest(inside)
                .get(..end)
                .is_some_and(|json| json.contains("FAQPage"))
        {
            let close = self
                .rest(inside + end)
                .find('>')
                .map_or(close.len(), |end| end + 1);
            self.add(FaqFormat::JsonLd, Span::new(at, inside + end + close));
        }
        inside + end
    }

    fn add(&mut self, format: FaqFormat, span: Span) {
        self.close_details();
        self.found.push(Marked { format, span });
    }

    /// Joins a `<details>` to the one before it when only white space, comments
    /// or the wrapping of the editor's blocks stand between them.
    fn details(&mut self, span: Span) {
        let follows = self
            .details
            .last()
            .is_some_and(|last| is_blank(Span::new(last.end, span.start).of(self.source)));
        if !follows {
            self.close_details();
        }
        self.details.push(span);
    }

    fn close_details(&mut self) {
        let series = std::mem::take(&mut self.details);
        let asks = series
            .iter()
            .any(|details| summary(details.of(self.source)).ends_with('?'));
        if let [first, .., last] = series.as_slice()
            && asks
        {
            self.found.push(Marked {
                format: FaqFormat::Details,
                span: first.cover(*last),
            });
        }
    }

    /// Where the element that was opened before `from` ends.
    fn element_end(&mut self, from: usize, name: &str) -> Option<usize> {
        let (mut at, mut depth) = (from, 1_usize);
        if self.unended >= MAX_UNENDED {
            return None;
        }
        while let Some(next) = self.rest(at).find('<') {
            let here = at + next;
            let rest = self.rest(here);
            at = here + 1;
            if let Some(comment) = rest.strip_prefix("<!--") {
                at = here + 4 + comment.find("-->").unwrap_or(comment.len());
            } else if is_tag_of(rest, "</", name) {
                depth -= 1;
                if depth == 0 {
                    return Some(here + rest.find('>').map_or(rest.len(), |end| end + 1));
                }
            } else if is_tag_of(rest, "<", name) {
                depth += 1;
            }
        }
        self.unended += 1;
        None
    }
}

/// The length of the JSON value that `text` starts with.
fn json_length(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    Some(values.byte_offset())
}

/// Whether `rest` starts with `start` and the whole `name`.
fn is_tag_of(rest: &str, start: &str, name: &str) -> bool {
    let Some(rest) = rest.strip_prefix(start) else {
        return false;
    };
    let is_named = rest
        .get(..name.len())
        .is_some_and(|found| found.eq_ignore_ascii_case(name));
    let after = rest.as_bytes().get(name.len());
    is_named && after.is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'))
}

/// Where `wanted`, which starts with `<`, stands.
fn find_caseless(text: &str, wanted: &str) -> Option<usize> {
    let bytes = wanted.as_bytes();
    let is_wanted = |at: &usize| {
        let found = text.as_bytes().get(*at..*at + bytes.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(bytes))
    };
    let mut starts = text.match_indices('<').map(|(at, _)| at);
    starts.find(is_wanted)
}

/// White space and comments only.
fn is_blank(mut between: &str) -> bool {
    loop {
        between = between.trim_start();
        let Some(comment) = between.strip_prefix("<!--") else {
            return between.is_empty();
        };
        between = comment.split_once("-->").map_or("", |(_, rest)| rest);
    }
}

/// The text of a `<details>`'s summary, without tags.
fn summary(details: &str) -> String {
    let start = details.find("<summary").unwrap_or(details.len());
    let inside = details.get(start..).unwrap_or_default();
    let inside = inside.split("</summary").next().unwrap_or_default();
    without_tags(inside).trim().to_owned()
}

/// Text with each tag and comment replaced by a line end.
pub(super) fn without_tags(markup: &str) -> String {
    let mut text = String::with_capacity(markup.len());
    let mut rest = markup;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = if rest.starts_with("<!--") { "-->" } else { ">" };
        match rest.find(end) {
            Some(close) => rest = &rest[close + end.len()..],
            None => return text,
        }
        text.push('\n');
    }
    text.push_str(rest);
    text
}

impl<'a> Tag<'a> {
    fn value(&self, wanted: &str) -> Option<&'a str> {
        let found = self.attributes.iter();
        let mut found = found.filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.next().map(|(_, value)| *value)
    }

    fn classes(&self) -> impl Iterator<Item = &'a str> {
        self.value("class")
            .unwrap_or_default()
            .split_ascii_whitespace()
    }
}

/// The length of a tag of any length; `None` when it has no end.
fn tag_length(rest: &str) -> Option<usize> {
    let mut quote = None;
    rest.bytes()
        .position(|byte| {
            match quote {
                Some(open) if open == byte => quote = None,
                None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
                _ => {}
            }
            byte == b'>' && quote.is_none()
        })
        .map(|at| at + 1)
}

/// The start tag at the start of `rest`.
fn tag(rest: &str) -> Option<Tag<'_>> {
    let rest = rest.get(..rest.floor_char_boundary(MAX_TAG_BYTES))?;
    let inside = rest.strip_prefix('<')?;
    let name_end = inside.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))?;
    let (name, mut left) = inside.split_at(name_end);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut attributes = Vec::new();
    loop {
        left = left.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if let Some(after) = left.strip_prefix('>') {
            return Some(Tag {
                name: name.to_ascii_lowercase(),
                attributes,
                end: rest.len() - after.len(),
            });
        }
        let (attribute, after) = attribute(left)?;
        attributes.push(attribute);
        left = after;
    }
}

/// One attribute, its value empty without one, and what follows it.
fn attribute(text: &str) -> Option<((&str, &str), &str)> {
    let first = text.chars().next()?.len_utf8();
    let is_end = |c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/');
    let end = first + text.get(first..)?.find(is_end)?;
    let (name, after) = text.split_at(end);
    let Some(value) = after.trim_ascii_start().strip_prefix('=') else {
        return Some(((name, ""), after));
    };
    let value = value.trim_ascii_start();
    for quote in ['"', '\''] {
        if let Some(quoted) = value.strip_prefix(quote) {
            let (value, after) = quoted.split_once(quote)?;
            return Some(((name, value), after));
        }
    }
    let end = value.find(|c: char| c.is_ascii_whitespace() || c == '>')?;
    let (value, after) = value.split_at(end);
    Some(((name, value), after))
}
