//! Older FAQs in an input, ours or another tool's: found, kept from being read,
//! and told, so that a content system can replace them. Regeneration gives the
//! same result as the first run only if earlier output never backs itself.
//!
//! Those with markup are found in the source here; those that only a heading
//! tells are found by `clean` among the pieces.

use std::borrow::Cow;

use serde_json::Value;

use crate::pipeline::article::{Dropped, FaqFormat, OlderFaq, Origin};
use crate::text::span::Span;

use super::piece::{Piece, excerpt, tidy};

pub(super) mod recognise;
mod scan;

use scan::{Marked, scan, without_tags};

/// Words of a question.
const MAX_QUESTION_WORDS: usize = 30;
/// An article made of questions stays: so many of its words have to be left
/// without them, in percent.
const MIN_REST_PERCENT: usize = 20;
/// Levels that are searched in JSON-LD.
const MAX_DEPTH: usize = 16;

/// The older FAQs that markup tells.
#[derive(Default)]
pub(super) struct Found {
    marked: Vec<Marked>,
}

impl Found {
    /// Looks through the source of any format.
    pub(super) fn of(source: &str) -> Self {
        let mut marked = scan(source);
        let total = words(source);
        let mut left = total;
        marked.retain(|one| {
            let words = words(one.span.of(source));
            let is_certain = matches!(one.format, FaqFormat::Afterword | FaqFormat::JsonLd);
            let rest = left.saturating_sub(words);
            let goes = is_certain || rest * 100 >= total * MIN_REST_PERCENT;
            left = if goes { rest } else { left };
            goes
        });
        Self { marked }
    }

    /// The source with white space in place of the FAQs, so that no reader sees
    /// them and every offset stays.
    pub(super) fn without<'a>(&self, source: &'a str) -> Cow<'a, str> {
        if self.marked.is_empty() {
            return Cow::Borrowed(source);
        }
        let mut masked = String::with_capacity(source.len());
        let mut at = 0;
        for one in &self.marked {
            masked.push_str(Span::new(at, one.span.start).of(source));
            // A blank line on either side: what stood around it stays apart.
            let blank = one.span.len().saturating_sub(4);
            masked.extend(["\n\n", &" ".repeat(blank), "\n\n"]);
            at = one.span.end;
        }
        masked.push_str(source.get(at..).unwrap_or_default());
        Cow::Owned(masked)
    }

    /// What is told of them: the FAQs, and what was left out of the article.
    pub(super) fn report(&self, source: &str, origin: &Origin) -> (Vec<OlderFaq>, Vec<Dropped>) {
        let faq = |one: &Marked| OlderFaq {
            format: one.format,
            input: origin.sent(one.span),
            questions: questions(one.format, one.span.of(source)),
        };
        let dropped = |one: &Marked| {
            let text = tidy(&without_tags(one.span.of(source)));
            let is_shown = !one.span.of(source).starts_with("<script");
            (is_shown && !text.is_empty()).then(|| Dropped {
                reason: "older_faq",
                excerpt: excerpt(&text),
                words: text.split(' ').count(),
                input: origin.sent(one.span),
            })
        };
        let faqs = self.marked.iter().map(faq).collect();
        (faqs, self.marked.iter().filter_map(dropped).collect())
    }
}

/// The FAQs among the pieces, which headings or a reader told.
pub(super) fn among(pieces: &[Piece], origin: &Origin) -> Vec<OlderFaq> {
    let runs = pieces.chunk_by(|left, right| left.dropped == right.dropped);
    let is_faq = |run: &&[Piece]| {
        run.first()
            .is_some_and(|it| it.dropped == Some("older_faq"))
    };
    runs.filter(is_faq)
        .map(|run| {
            let texts = run.iter().map(|piece| piece.text.to_string());
            let sources = run.iter().filter_map(|piece| piece.text.source());
            OlderFaq {
                format: FaqFormat::Heading,
                input: sources.reduce(Span::cover).and_then(|it| origin.sent(it)),
                questions: asked(texts.collect::<Vec<_>>().join("\n").lines()),
            }
        })
        .collect()
}

fn words(markup: &str) -> usize {
    without_tags(markup).split_whitespace().count()
}

fn questions(format: FaqFormat, source: &str) -> Vec<String> {
    let is_bare = source.starts_with('{');
    if format != FaqFormat::JsonLd {
        let digest = is_bare.then(|| serde_json::from_str(source).ok()).flatten();
        return digest.map_or_else(|| asked(without_tags(source).lines()), answered);
    }
    let start = source.find('>').filter(|_| !is_bare).map_or(0, |at| at + 1);
    let json = source.get(start..).unwrap_or_default();
    let end = json.rfind("</").filter(|_| !is_bare).unwrap_or(json.len());
    let json = &json[..end];
    let mut names = Vec::new();
    if let Ok(value) = serde_json::from_str(json) {
        named(&value, 0, &mut names);
    }
    names
}

/// The questions of a digest as JSON.
fn answered(digest: Value) -> Vec<String> {
    let pairs = digest.get("faq").and_then(Value::as_array);
    let asked = |pair: &Value| pair.get("question")?.as_str().map(tidy);
    pairs.into_iter().flatten().filter_map(asked).collect()
}

/// Lines that ask, without the marks of Markdown.
fn asked<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let plain = lines.map(|line| tidy(line.trim().trim_matches(['#', '*', '_', ' ']).trim()));
    let is_question =
        |line: &String| line.ends_with('?') && line.split(' ').count() <= MAX_QUESTION_WORDS;
    plain
        .filter(is_question)
        .map(|line| unescaped(&line))
        .collect()
}

/// Without backslashes and the character references that templates write.
fn unescaped(line: &str) -> String {
    const REFERENCES: [(&str, &str); 7] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&#123;", "{"),
        ("&amp;", "&"),
    ];
    let plain = line.replace('\\', "");
    let replaced = |text: String, (from, to): &(&str, &str)| text.replace(from, to);
    REFERENCES.iter().fold(plain, replaced)
}

/// The names of all questions in a JSON-LD value.
fn named(value: &Value, depth: usize, names: &mut Vec<String>) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::Array(values) => values.iter().for_each(|it| named(it, depth + 1, names)),
        Value::Object(fields) => {
            let is_question = fields.get("@type").is_some_and(|kind| kind == "Question");
            if let Some(Value::String(name)) = fields.get("name").filter(|_| is_question) {
                names.push(tidy(name));
            }
            fields.values().for_each(|it| named(it, depth + 1, names));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
