//! One item of a WordPress export: what it is, and the article that it holds. Reads
//! what can be read: unknown entities stay as they are written, ends without a
//! beginning are passed over.

use quick_xml::Reader;
use quick_xml::escape::resolve_html5_entity;
use quick_xml::events::{BytesStart, Event};

use crate::archive::{Bounds, Entry, Problem};
use crate::pipeline::{Input, SourceKind, SourceScope};

/// The elements that are read; all others are passed over.
const FIELDS: [&str; 10] = [
    "title",
    "link",
    "guid",
    "content:encoded",
    "wp:post_id",
    "wp:post_type",
    "wp:status",
    "wp:post_date_gmt",
    "wp:post_modified_gmt",
    "wp:post_password",
];
const CATEGORY: &str = "category";
/// What WordPress writes where there is no date.
const NO_DATE: &str = "0000";

/// The texts of an item.
#[derive(Default)]
struct Texts {
    fields: [Option<String>; FIELDS.len()],
    categories: Vec<String>,
    /// Whether the item ended before all its elements did, or is no XML.
    is_broken: bool,
}

/// Reads an item: its id, as far as it has one, and its article.
pub(super) fn read(xml: &str, bounds: &Bounds) -> (Option<String>, Result<Entry, Problem>) {
    let mut texts = texts(xml);
    let id = texts
        .take("wp:post_id")
        .or_else(|| texts.get("guid").map(str::to_owned));
    let id = id.or_else(|| texts.get("link").map(str::to_owned));
    let entry = check(&texts, bounds).and_then(|()| entry(texts));
    (id.map(|id| id.trim().to_owned()), entry)
}

fn check(texts: &Texts, bounds: &Bounds) -> Result<(), Problem> {
    // An export of before 1.0 has posts only.
    let kind = texts.get("wp:post_type").unwrap_or("post").trim();
    if !bounds.post_types.iter().any(|it| it == kind) {
        let kind: String = kind.chars().take(40).collect();
        return Err(Problem::skip(
            "post_type",
            format!("it is of type {kind:?}"),
        ));
    }
    let status = texts.get("wp:status").unwrap_or("publish").trim();
    if !status.is_empty() && status != "publish" {
        let status: String = status.chars().take(40).collect();
        return Err(Problem::skip(
            "not_published",
            format!("its status is {status:?}"),
        ));
    }
    if texts
        .get("wp:post_password")
        .is_some_and(|it| !it.trim().is_empty())
    {
        return Err(Problem::skip("password", "it is behind a password"));
    }
    if texts.is_broken && texts.get("content:encoded").is_none() {
        return Err(Problem::broken(
            "broken_item",
            "the item is no well-formed XML, and its content cannot be told",
        ));
    }
    if texts
        .get("content:encoded")
        .is_none_or(|it| it.trim().is_empty())
    {
        return Err(Problem::broken("no_content", "the item has no content"));
    }
    Ok(())
}

fn entry(mut texts: Texts) -> Result<Entry, Problem> {
    let content = texts.take("content:encoded").unwrap_or_default();
    let date = |text: Option<String>| {
        let text = text.map(|text| text.trim().replacen(' ', "T", 1));
        text.filter(|text| !text.is_empty() && !text.starts_with(NO_DATE))
    };
    Ok(Entry {
        input: Input {
            bytes: paragraphs(content).into_bytes(),
            kind: SourceKind::Html,
            scope: SourceScope::Body,
            title: texts.take("title").filter(|title| !title.trim().is_empty()),
            charset: Some("utf-8".to_owned()),
            language: None,
        },
        url: texts
            .take("link")
            .map(|link| link.trim().to_owned())
            .filter(|link| !link.is_empty()),
        date: date(texts.take("wp:post_date_gmt")),
        modified: date(texts.take("wp:post_modified_gmt")),
        categories: texts.categories,
    })
}

/// Posts of the classic editor part paragraphs by blank lines, which WordPress
/// turns into elements when it shows them.
fn paragraphs(content: String) -> String {
    let is_marked = ["<p>", "<p ", "<!-- wp:", "<div"]
        .iter()
        .any(|mark| content.contains(mark));
    if is_marked {
        return content;
    }
    content.replace("\r\n", "\n").replace("\n\n", "\n<p>")
}

fn texts(xml: &str) -> Texts {
    let mut reader = Reader::from_str(xml);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    let mut texts = Texts::default();
    let mut open: Option<Open> = None;
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                if open.is_none() {
                    open = Open::of(&start);
                }
            }
            Ok(Event::End(end)) => {
                let ends = |it: &mut Open| it.name == end.name().as_ref();
                if let Some(ended) = open.take_if(ends) {
                    texts.put(ended);
                }
            }
            Ok(Event::Text(text)) => append(&mut open, &text.xml10_content()),
            Ok(Event::CData(text)) => append(&mut open, &text.xml10_content()),
            Ok(Event::GeneralRef(name)) => {
                let resolved = match name.resolve_char_ref() {
                    Ok(Some(character)) => Some(character.to_string()),
                    Ok(None) => resolve_html5_entity(&name.xml10_content()).map(str::to_owned),
                    Err(_) => None,
                };
                let resolved = resolved.unwrap_or_else(|| format!("&{};", name.xml10_content()));
                append(&mut open, &resolved);
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(_) => {
                texts.is_broken = true;
                break;
            }
        }
    }
    texts.is_broken |= open.is_some();
    texts
}

/// An element whose text is being read.
struct Open {
    name: String,
    text: String,
}

impl Open {
    fn of(start: &BytesStart<'_>) -> Option<Self> {
        let name = start.name();
        let name = name.as_ref();
        let is_category = || {
            let domain = start
                .html_attributes()
                .flatten()
                .find(|it| it.key.as_ref() == "domain");
            name == CATEGORY && domain.is_none_or(|it| it.value == "category")
        };
        (FIELDS.contains(&name) || is_category()).then(|| Self {
            name: name.to_owned(),
            text: String::new(),
        })
    }
}

fn append(open: &mut Option<Open>, text: &str) {
    if let Some(open) = open {
        open.text.push_str(text);
    }
}

impl Texts {
    fn put(&mut self, ended: Open) {
        if ended.name == CATEGORY {
            self.categories.push(ended.text.trim().to_lowercase());
        } else if let Some(at) = place(&ended.name) {
            self.fields[at].get_or_insert(ended.text);
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.fields[place(name)?].as_deref()
    }

    fn take(&mut self, name: &str) -> Option<String> {
        self.fields[place(name)?].take()
    }
}

fn place(name: &str) -> Option<usize> {
    FIELDS.iter().position(|field| *field == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bounds() -> Bounds {
        Bounds {
            max_item_bytes: 1 << 20,
            post_types: vec!["post".to_owned()],
        }
    }

    #[test]
    fn what_is_wrong_in_a_text_stays_in_it() {
        let xml = "<item><title>A &amp; B &nope; &eacute; &</title><wp:post_id>7</wp:post_id>\
            <category domain='category' nicename='n'><![CDATA[News]]></category>\
            <category domain='post_tag'><![CDATA[Tag]]></category>\
            <wp:postmeta><wp:meta_key>title</wp:meta_value></wp:postmeta>\
            <content:encoded><![CDATA[One.\n\nTwo ]]]]><![CDATA[> three.]]></content:encoded>\
            <wp:post_date_gmt>2020-01-02 03:04:05</wp:post_date_gmt></item>";
        let (id, entry) = read(xml, &bounds());
        let entry = entry.unwrap();
        assert_eq!(id.as_deref(), Some("7"));
        assert_eq!(entry.input.title.as_deref(), Some("A & B &nope; é &"));
        assert_eq!(entry.input.bytes, b"One.\n<p>Two ]]> three.");
        assert_eq!(entry.date.as_deref(), Some("2020-01-02T03:04:05"));
        assert_eq!(entry.categories, ["news"]);
    }

    #[test]
    fn what_is_no_article_says_why() {
        let code = |inner: &str| {
            let xml = format!("<item><content:encoded>x</content:encoded>{inner}</item>");
            read(&xml, &bounds()).1.map_err(|it| (it.is_skip, it.code))
        };
        assert!(code("").is_ok());
        assert_eq!(
            code("<wp:post_type>attachment</wp:post_type>").unwrap_err(),
            (true, "post_type")
        );
        assert_eq!(
            code("<wp:status>draft</wp:status>").unwrap_err(),
            (true, "not_published")
        );
        let none = read("<item><wp:post_id>1</wp:post_id></item>", &bounds()).1;
        assert_eq!(none.unwrap_err().code, "no_content");
        let broken = read("<item><content:encoded>x</item>", &bounds()).1;
        assert_eq!(broken.unwrap_err().code, "broken_item");
    }

    proptest! {
        #[test]
        fn any_text_is_read(xml in "(<|>|/|item|content:encoded|<!\\[CDATA\\[|\\]\\]>|&|;|'|\"|=|\\PC){0,60}") {
            let _ = read(&xml, &bounds());
        }
    }
}
