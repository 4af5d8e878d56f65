//! What stands before a Markdown article and tells of it: YAML between lines of
//! `---`, TOML between lines of `+++`, or a JSON object. Only at the very start:
//! further down such a line is a rule, and what follows it is article.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::pipeline::article::Metadata;
use crate::pipeline::ingest::date::iso_date;
use crate::pipeline::ingest::piece::Piece;
use crate::pipeline::ingest::told;
use crate::text::mapped::Mapped;
use crate::text::span::Span;

/// Longer front matter is no front matter, and is read as text.
const MAX_BYTES: usize = 64 * 1024;
/// Aliases that YAML may follow: they multiply what is written once.
const MAX_ALIASES: usize = 100;

/// Names of fields, the more exact first; without case, `-` and `_`.
const TITLES: [&str; 2] = ["title", "headline"];
const AUTHORS: [&str; 4] = ["author", "authors", "byline", "writer"];
const DATES: [&str; 7] = [
    "date",
    "datepublished",
    "publishedat",
    "publishdate",
    "published",
    "pubdate",
    "created",
];
const ADDRESSES: [&str; 4] = ["canonicalurl", "canonical", "url", "permalink"];
const LANGUAGES: [&str; 3] = ["lang", "language", "locale"];
/// Tables in which generators keep fields of the author's own.
const TABLES: [&str; 2] = ["params", "extra"];

/// What a document says of itself before it begins.
#[derive(Default)]
pub(super) struct FrontMatter {
    pub(super) title: Option<Mapped>,
    pub(super) metadata: Metadata,
    /// What it is written in, without the marks around it.
    content: Option<Span>,
    /// Where the article starts.
    pub(super) end: usize,
}

impl FrontMatter {
    /// Reads what `source` starts with; empty when that is article.
    pub(super) fn read(source: &str) -> Self {
        fenced(source).or_else(|| json(source)).unwrap_or_default()
    }

    /// The piece that tells that it was left out.
    pub(super) fn piece(&self, source: &str) -> Option<Piece> {
        let content = self.content?;
        let text = Mapped::verbatim(content.of(source), content.start);
        Piece::refused("front_matter", &text)
    }

    fn of(fields: &Map<String, Value>, source: &str, content: Span, end: usize) -> Self {
        let text = |names: &[&str]| named(fields, names).and_then(told::text);
        let title = text(&TITLES).map(|title| placed(&title, source, content));
        Self {
            title: title.filter(|title| !title.trim().is_empty()),
            metadata: Metadata {
                byline: named(fields, &AUTHORS)
                    .and_then(told::authors)
                    .and_then(|names| told::byline(&names)),
                date: text(&DATES).as_deref().and_then(iso_date),
                url: text(&ADDRESSES).as_deref().and_then(told::address),
                language: text(&LANGUAGES).as_deref().and_then(told::language),
            },
            content: Some(content),
            end,
        }
    }
}

/// Front matter between two lines that say how it is written.
fn fenced(source: &str) -> Option<FrontMatter> {
    let mark = ["---", "+++"]
        .into_iter()
        .find(|mark| source.starts_with(mark))?;
    let head = source.get(..source.floor_char_boundary(MAX_BYTES))?;
    let mut lines = head.split_inclusive('\n');
    let start = lines.next().filter(|line| line.trim_end() == mark)?.len();
    let mut end = start;
    let close = lines.find(|line| {
        let is_close = line.trim_end() == mark || (mark == "---" && line.trim_end() == "...");
        end += if is_close { 0 } else { line.len() };
        is_close
    })?;
    let content = Span::new(start, end);
    let fields = if mark == "---" {
        yaml(content.of(source))
    } else {
        toml(content.of(source))
    };
    Some(FrontMatter::of(
        &fields?,
        source,
        content,
        end + close.len(),
    ))
}

/// A JSON object on lines of its own, with a title, date or author in it.
fn json(source: &str) -> Option<FrontMatter> {
    let head = source.get(..source.floor_char_boundary(MAX_BYTES))?;
    let mut values = serde_json::Deserializer::from_str(head.strip_prefix('{').and(Some(head))?)
        .into_iter::<Map<String, Value>>();
    let fields = values.next()?.ok()?;
    let content = Span::new(0, values.byte_offset());
    let rest = source.get(content.end..)?;
    let is_alone = rest.is_empty() || rest.trim_start_matches([' ', '\t', '\r']).starts_with('\n');
    let tells = [&TITLES[..], &AUTHORS, &DATES];
    let is_told = tells.iter().any(|names| named(&fields, names).is_some());
    (is_alone && is_told).then(|| FrontMatter::of(&fields, source, content, content.end))
}

/// The fields of YAML; `None` for what is text between two rules.
fn yaml(content: &str) -> Option<Map<String, Value>> {
    let mut options = serde_saphyr::Options::default();
    if let Some(budget) = &mut options.budget {
        budget.max_aliases = MAX_ALIASES;
    }
    match serde_saphyr::from_str_with_options::<Value>(content, options) {
        Ok(Value::Object(fields)) => Some(fields),
        Ok(Value::Null) => Some(Map::new()),
        Ok(_) => None,
        Err(_) => lines(content),
    }
}

fn toml(content: &str) -> Option<Map<String, Value>> {
    match toml::from_str::<toml::Table>(content) {
        Ok(table) => match plain(toml::Value::Table(table)) {
            Value::Object(fields) => Some(fields),
            _ => None,
        },
        Err(_) => lines(content),
    }
}

/// Without dates as a type of their own.
fn plain(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(values) => values.into_iter().map(plain).collect(),
        toml::Value::Table(fields) => {
            let fields = fields.into_iter();
            Value::Object(fields.map(|(name, value)| (name, plain(value))).collect())
        }
        toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_) => Value::Null,
    }
}

/// Fields of what is nearly YAML or TOML, as `title: Rates: up again`: one on each
/// line, which has to be all that there is.
fn lines(content: &str) -> Option<Map<String, Value>> {
    let mut fields = Map::new();
    for line in content.lines() {
        let is_part = line.starts_with([' ', '\t', '-', '#', '[']) || line.trim().is_empty();
        if is_part {
            continue;
        }
        let (name, value) = line.split_once([':', '='])?;
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
        if !name.chars().all(is_name) {
            return None;
        }
        let value = value.trim().trim_matches(['"', '\'']);
        fields.insert(name.trim().to_owned(), Value::String(value.to_owned()));
    }
    (!fields.is_empty()).then_some(fields)
}

/// The first field of these names that says something.
fn named<'f>(fields: &'f Map<String, Value>, names: &[&str]) -> Option<&'f Value> {
    let tables = TABLES
        .iter()
        .filter_map(|name| fields.get(*name)?.as_object());
    let all = || [fields].into_iter().chain(tables.clone());
    let is_said = |value: &&Value| !matches!(value, Value::Null) && value.as_str() != Some("");
    names.iter().find_map(|name| {
        let is_named = |field: &str| folded(field) == *name;
        let mut found = all().flatten().filter(|(field, _)| is_named(field));
        found.next().map(|(_, value)| value).filter(is_said)
    })
}

fn folded(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Cow::Borrowed(name);
    }
    let letters = name.chars().filter(|c| !matches!(c, '-' | '_'));
    Cow::Owned(letters.collect::<String>().to_lowercase())
}

/// The title with its place, where it stands as it is read.
fn placed(title: &str, source: &str, content: Span) -> Mapped {
    match content.of(source).find(title) {
        Some(at) => Mapped::verbatim(title, content.start + at),
        None => Mapped::inserted(title),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> (Option<String>, Metadata, &str) {
        let front = FrontMatter::read(source);
        let title = front.title.as_deref().map(str::to_owned);
        (title, front.metadata, &source[front.end..])
    }

    fn told(byline: &str, date: &str) -> Metadata {
        Metadata {
            byline: Some(byline.to_owned()),
            date: Some(date.to_owned()),
            url: Some("https://a.example/pier".to_owned()),
            language: Some("en".to_owned()),
        }
    }

    #[test]
    fn each_language_tells_title_author_date_address_and_language() {
        for source in [
            "---\ntitle: \"Pier: rebuilt\"\nauthors:\n  - Ann Holt\n  - name: Bo Ek\ndate: 2024-05-03 10:00:00Z\n\
             canonical_url: https://a.example/pier\nlang: en-GB\n---\nBody",
            "---\r\nTitle: 'Pier: rebuilt'\r\nauthor: [Ann Holt, Bo Ek]\r\npubDate: 2024-05-03T10:00:00Z\r\n\
             canonical: https://a.example/pier\r\nlanguage: en\r\n...\r\nBody",
            "+++\ntitle = 'Pier: rebuilt'\ndate = 2024-05-03T10:00:00Z\nlocale = 'en_US'\n[params]\n\
             author = 'Ann Holt, Bo Ek'\ncanonicalURL = 'https://a.example/pier'\n+++\nBody",
            "{\"title\": \"Pier: rebuilt\", \"author\": [{\"name\": \"Ann Holt\"}, \"Bo Ek\"],\n\
             \"date\": \"2024-05-03T10:00:00Z\", \"url\": \"https://a.example/pier\", \"lang\": \"en\"}\nBody",
        ] {
            let (title, metadata, rest) = read(source);
            assert_eq!(title.as_deref(), Some("Pier: rebuilt"), "{source}");
            assert_eq!(
                metadata,
                told("Ann Holt, Bo Ek", "2024-05-03T10:00:00Z"),
                "{source}"
            );
            assert_eq!(rest.trim(), "Body");
        }
    }

    #[test]
    fn a_title_stands_where_it_is_written() {
        let source = "---\ndate: 2024-05-03\ntitle: Pier & quay\n---\n";
        let title = FrontMatter::read(source).title.expect("a title");
        assert_eq!(title.source().expect("a place").of(source), "Pier & quay");
        let escaped = FrontMatter::read("---\ntitle: \"\\u0050ier\"\n---\n").title;
        let escaped = escaped.expect("a title");
        assert_eq!((&*escaped, escaped.source()), ("Pier", None));
    }

    #[test]
    fn what_is_nearly_yaml_is_read_line_by_line() {
        let (title, _, rest) = read("---\ntitle: Rates: up again\ntags: [a\n---\nBody");
        assert_eq!(title.as_deref(), Some("Rates: up again"));
        assert_eq!(rest, "Body");
    }

    #[test]
    fn text_between_rules_is_article() {
        for source in [
            "---\nThe board voted on Monday.\n---\nBody",
            "---\n\nBody",
            "---\ntitle: never ends\n",
            "----\ntitle: x\n----\n",
            " ---\ntitle: x\n---\n",
            "+++\nThe board voted.\n+++\n",
            "{\"a\": 1}\nBody",
            "{\"title\": \"x\"} and more",
            "{braces}",
        ] {
            assert_eq!(read(source), (None, Metadata::default(), source));
        }
    }

    #[test]
    fn bombs_cost_nothing() {
        let mut bomb = "---\na: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (name, before) in ('b'..='z').zip('a'..) {
            let eight = format!("*{before}, ").repeat(8);
            bomb.push_str(&format!("{name}: &{name} [{eight}]\n"));
        }
        bomb.push_str("title: x\n---\nBody");
        assert_eq!(read(&bomb).2, "Body");
        let deep = format!("---\ntitle: {}\n---\nBody", "[".repeat(30_000));
        assert_eq!(read(&deep).2, "Body");
        let toml = format!("+++\ntitle = {}\n+++\nBody", "[".repeat(30_000));
        assert_eq!(read(&toml).2, "Body");
        let json = format!("{{\"title\": {}", "[".repeat(30_000));
        assert_eq!(read(&json).2, json);
    }
}
