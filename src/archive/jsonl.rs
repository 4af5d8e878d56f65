//! One JSON object a line: an id, an article, and what is said of it. Fields that
//! are not known are passed over: an archive was not written for us.

use std::io::BufRead;
use std::ops::ControlFlow;

use serde::Deserialize;
use serde_json::Value;

use crate::pipeline::{Input, SourceKind, SourceScope};

use super::lines::{Lines, ReadLine};
use super::{ArchiveError, Bounds, Entry, Out, Problem, Source};

/// Gives the items of a JSONL stream.
pub(super) fn read(
    source: &Source,
    reader: impl BufRead,
    bounds: &Bounds,
    out: &mut Out<'_>,
) -> Result<ControlFlow<()>, ArchiveError> {
    let mut lines = Lines::new(reader, bounds.max_item_bytes);
    while let Some(line) = lines.next_line().map_err(|error| source.failed(error))? {
        let told = match line {
            ReadLine::TooLong => {
                let detail = format!(
                    "the line is longer than limits.max_item_bytes = {}",
                    bounds.max_item_bytes
                );
                out.put(None, Err(Problem::broken("too_many_bytes", detail)))
            }
            ReadLine::Whole(line) if line.iter().all(u8::is_ascii_whitespace) => continue,
            ReadLine::Whole(line) => {
                let (id, entry) = parse(&line);
                out.put(id, entry)
            }
        };
        if told.is_break() {
            return Ok(told);
        }
    }
    Ok(out.end())
}

/// A line as written. Archives name the same thing differently, and some twice.
#[derive(Debug, Default, Deserialize)]
pub struct Written {
    custom_id: Option<Value>,
    id: Option<Value>,
    external_id: Option<Value>,
    text: Option<String>,
    html: Option<String>,
    markdown: Option<String>,
    title: Option<String>,
    url: Option<String>,
    date: Option<Value>,
    published: Option<Value>,
    published_at: Option<Value>,
    modified: Option<Value>,
    categories: Option<Value>,
    category: Option<Value>,
}

/// Reads one line: its id, as far as it has one, and its article.
pub fn parse(line: &[u8]) -> (Option<String>, Result<Entry, Problem>) {
    match serde_json::from_slice::<Written>(line) {
        Ok(written) => written.entry(),
        Err(error) => {
            // The message of the parser may quote the line; its place does not.
            let detail = format!(
                "not the JSON object of an article, at column {}",
                error.column()
            );
            (None, Err(Problem::broken("bad_json", detail)))
        }
    }
}

impl Written {
    pub(super) fn entry(self) -> (Option<String>, Result<Entry, Problem>) {
        let id = first([&self.custom_id, &self.id, &self.external_id]);
        let body = match (self.text, self.html, self.markdown) {
            (Some(text), None, None) => Some((text, SourceKind::Text)),
            (None, Some(html), None) => Some((html, SourceKind::Html)),
            (None, None, Some(markdown)) => Some((markdown, SourceKind::Markdown)),
            _ => None,
        };
        let Some((body, kind)) = body else {
            let detail = "exactly one of text, html and markdown has to be the article";
            return (id, Err(Problem::broken("one_body", detail)));
        };
        let entry = Entry {
            input: Input {
                bytes: body.into_bytes(),
                kind,
                scope: SourceScope::Auto,
                title: self.title.filter(|title| !title.trim().is_empty()),
                charset: Some("utf-8".to_owned()),
                language: None,
            },
            url: self.url,
            date: first([&self.date, &self.published, &self.published_at]),
            modified: self.modified.as_ref().and_then(scalar),
            categories: names(self.categories.or(self.category)),
        };
        (id, Ok(entry))
    }
}

/// The first of several that is a text or a number.
fn first(values: [&Option<Value>; 3]) -> Option<String> {
    values.into_iter().flatten().find_map(scalar)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn names(value: Option<Value>) -> Vec<String> {
    let values = match value {
        Some(Value::Array(values)) => values,
        Some(value) => vec![value],
        None => Vec::new(),
    };
    values
        .iter()
        .filter_map(scalar)
        .map(|name| name.to_lowercase())
        .collect()
}
