//! What a page's JSON-LD says about its article. Reads a bounded part: a page
//! may hold any amount of it.

use serde_json::Value;

use crate::pipeline::ingest::told::authors;

use super::dom::Dom;

/// Documents of linked data that are read, and the bytes of each.
const MAX_DOCUMENTS: usize = 8;
const MAX_DOCUMENT_BYTES: usize = 256 * 1024;

/// Types of what is an article, by their ends: `NewsArticle`, `BlogPosting`.
const TYPES: [&str; 4] = ["Article", "Posting", "Report", "Review"];

/// What is said of the first article found.
#[derive(Debug, Default)]
pub(super) struct LinkedData {
    pub(super) author: Option<String>,
    pub(super) date: Option<String>,
    pub(super) url: Option<String>,
}

impl LinkedData {
    pub(super) fn read(dom: &Dom<'_>) -> Self {
        let documents = dom.linked_data.iter().map(|from| from.of(dom.source));
        documents
            .filter(|text| text.len() <= MAX_DOCUMENT_BYTES)
            .take(MAX_DOCUMENTS)
            .filter_map(|text| serde_json::from_str::<Value>(text).ok())
            .find_map(|document| article(&document).map(Self::of))
            .unwrap_or_default()
    }

    fn of(article: &Value) -> Self {
        let text = |name: &str| article.get(name).and_then(Value::as_str).map(str::to_owned);
        Self {
            author: article.get("author").and_then(authors),
            date: text("datePublished").or_else(|| text("dateCreated")),
            url: text("url"),
        }
    }
}

/// The first article in a document, which may list several things.
fn article(document: &Value) -> Option<&Value> {
    match document {
        Value::Array(items) => items.iter().find(|item| is_article(item)),
        Value::Object(members) if is_article(document) => {
            Some(document).filter(|_| !members.is_empty())
        }
        Value::Object(members) => members
            .get("@graph")?
            .as_array()?
            .iter()
            .find(|item| is_article(item)),
        _ => None,
    }
}

fn is_article(value: &Value) -> bool {
    let is_named = |name: &Value| {
        name.as_str()
            .is_some_and(|name| TYPES.iter().any(|end| name.ends_with(end)))
    };
    match value.get("@type") {
        Some(Value::Array(names)) => names.iter().any(is_named),
        Some(name) => is_named(name),
        None => false,
    }
}
