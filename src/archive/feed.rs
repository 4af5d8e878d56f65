//! RSS, Atom and JSON Feed. A feed is short, unlike an export: it is read whole, up
//! to the bound of one item times a few.

use std::io::Read;
use std::ops::ControlFlow;

use feed_rs::model::{Entry as FeedEntry, Text};

use crate::pipeline::{Input, SourceKind, SourceScope};

use super::{ArchiveError, Bounds, Entry, Out, Problem, Source};

/// A feed may be so many times as long as one item.
const ITEMS: u64 = 4;

/// Gives the entries of a feed.
pub(super) fn read(
    source: &Source,
    reader: impl Read,
    bounds: &Bounds,
    out: &mut Out<'_>,
) -> Result<ControlFlow<()>, ArchiveError> {
    let most = (bounds.max_item_bytes as u64).saturating_mul(ITEMS);
    let mut bytes = Vec::new();
    let read = reader.take(most + 1).read_to_end(&mut bytes);
    read.map_err(|error| source.failed(error))?;
    if bytes.len() as u64 > most {
        let detail = format!("the feed is larger than {ITEMS} times limits.max_item_bytes");
        return Ok(out.put(None, Err(Problem::broken("too_many_bytes", detail))));
    }
    let feed = match feed_rs::parser::parse(bytes.as_slice()) {
        Ok(feed) => feed,
        Err(error) => {
            return Ok(out.put(None, Err(Problem::broken("broken_feed", kind_of(&error)))));
        }
    };
    for entry in feed.entries {
        let told = out.put(Some(entry.id.clone()), item(entry, bounds));
        if told.is_break() {
            return Ok(told);
        }
    }
    Ok(out.end())
}

fn kind_of(error: &feed_rs::parser::ParseFeedError) -> &'static str {
    use feed_rs::parser::ParseFeedError;
    match error {
        ParseFeedError::ParseError(_) => "the feed lacks what every feed has",
        ParseFeedError::IoError(_) => "the feed ends early",
        ParseFeedError::JsonSerde(_) | ParseFeedError::JsonUnsupportedVersion(_) => {
            "no JSON Feed that is known"
        }
        ParseFeedError::XmlReader(_) => "the feed is no well-formed XML",
    }
}

fn item(entry: FeedEntry, bounds: &Bounds) -> Result<Entry, Problem> {
    let plain = |text: &Text| text.content_type.subty() == "plain";
    let content = entry.content.as_ref().and_then(|content| {
        let kind = if content.content_type.subty() == "plain" {
            SourceKind::Text
        } else {
            SourceKind::Html
        };
        Some((content.body.clone()?, kind))
    });
    let summary = || {
        let summary = entry.summary.as_ref()?;
        // RSS calls a description plain that is HTML.
        let is_html = !plain(summary) || summary.content.contains("</");
        let kind = if is_html {
            SourceKind::Html
        } else {
            SourceKind::Text
        };
        Some((summary.content.clone(), kind))
    };
    let (body, kind) = content.or_else(summary).ok_or_else(|| {
        Problem::broken("no_content", "the entry has neither content nor a summary")
    })?;
    if body.len() > bounds.max_item_bytes {
        let detail = format!(
            "the entry is larger than limits.max_item_bytes = {}",
            bounds.max_item_bytes
        );
        return Err(Problem::broken("too_many_bytes", detail));
    }
    let date = entry.published.or(entry.updated);
    Ok(Entry {
        input: Input {
            bytes: body.into_bytes(),
            kind,
            scope: SourceScope::Body,
            title: entry
                .title
                .map(|title| title.content)
                .filter(|title| !title.trim().is_empty()),
            charset: Some("utf-8".to_owned()),
            language: None,
        },
        url: entry.links.into_iter().next().map(|link| link.href),
        date: date.map(|date| date.to_rfc3339()),
        modified: entry.updated.map(|date| date.to_rfc3339()),
        categories: entry
            .categories
            .into_iter()
            .map(|it| it.term.to_lowercase())
            .collect(),
    })
}
