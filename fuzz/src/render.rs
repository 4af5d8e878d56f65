//! Arbitrary digests in every format: each printed text reads back as it was, in
//! its place, and none of it becomes markup, a comment or a shortcode.
//!
//! An input is texts apart by form feeds: a choice of format and options, topic,
//! summary, related topics (apart by line feeds), then questions and answers.

use std::sync::LazyLock;

use afterword::config::{Choice, RenderSettings, Settings};
use afterword::digest::markers::{COMMENT_BEGIN, COMMENT_END};
use afterword::digest::{Digest, Pair, Passage, Supported};
use afterword::pipeline::render::{Format, RenderOptions, RenderRequest, render};
use pulldown_cmark::{Event, Options, Parser, Tag};
use scraper::{Html, Node};
use serde_json::Value;

use super::common::bare_digest;

/// Questions and answers of one digest.
const MAX_PAIRS: usize = 8;

static SETTINGS: LazyLock<RenderSettings> = LazyLock::new(|| {
    Settings::from_toml("", "fuzz")
        .expect("the defaults are valid")
        .render
});

/// Tries one input.
pub fn run(source: &str) {
    let mut texts = source.split('\u{c}');
    let mut choices = texts.next().unwrap_or_default().bytes();
    let format = usize::from(choices.next().unwrap_or(0)) % Format::CHOICES.len();
    let format = Format::CHOICES[format].1;
    let wishes = Wishes(choices.next().unwrap_or(0));
    let digest = digest(texts);
    let printed = render(&digest, &options(format, &wishes)).expect("every digest can be printed");
    let expected = Expected::of(&digest, &wishes);
    match format {
        Format::Json => {
            let again: Digest = serde_json::from_str(&printed).expect("JSON");
            assert_eq!(again, digest);
        }
        Format::JsonLd => json_ld(printed.trim_end(), &expected),
        Format::Markdown => markdown(&printed, &expected),
        Format::Html => page(&printed, &expected, false),
        Format::WordpressDetails | Format::WordpressYoast | Format::WordpressRankMath => {
            page(&printed, &expected, true);
        }
    }
}

/// What may be wished for, a bit for each.
struct Wishes(u8);

impl Wishes {
    fn points(&self) -> bool {
        self.0 & 1 > 0
    }

    fn disclosure(&self) -> bool {
        self.0 & 2 > 0
    }

    fn links(&self) -> bool {
        self.0 & 4 > 0
    }

    fn json_ld(&self) -> bool {
        self.0 & 8 > 0
    }

    fn headings(&self) -> bool {
        self.0 & 16 > 0
    }
}

fn options(format: Format, wishes: &Wishes) -> RenderOptions {
    let carries = matches!(format, Format::Html | Format::WordpressDetails);
    let request = RenderRequest {
        summary_style: wishes.points().then(|| "points".to_owned()),
        disclosure: Some(wishes.disclosure()),
        tag_link: wishes
            .links()
            .then(|| "/tag/{slug}/?q={tag}&l=en".to_owned()),
        json_ld: (carries && wishes.json_ld()).then_some(true),
        faq_style: wishes.headings().then(|| "headings".to_owned()),
        ..RenderRequest::default()
    };
    RenderOptions::check(format, &request, &SETTINGS).expect("all of it is allowed")
}

fn passage(text: &str) -> Passage {
    let sentences = text.split('\n').map(|sentence| Supported {
        text: sentence.to_owned(),
        evidence: Vec::new(),
    });
    Passage {
        text: text.to_owned(),
        sentences: sentences.collect(),
    }
}

fn digest<'a>(mut texts: impl Iterator<Item = &'a str>) -> Digest {
    let topic = texts.next().map(str::to_owned);
    let summary = texts.next().map(passage);
    let related = texts.next().unwrap_or_default();
    let mut faq = Vec::new();
    while let Some(question) = texts.next().filter(|_| faq.len() < MAX_PAIRS) {
        faq.push(Pair {
            question: question.to_owned(),
            answer: passage(texts.next().unwrap_or_default()),
        });
    }
    Digest {
        summary,
        faq,
        related: related.split('\n').map(str::to_owned).collect(),
        ..bare_digest(topic)
    }
}

/// The lines that a page shows, in order.
struct Expected {
    lines: Vec<String>,
    pairs: Vec<[String; 2]>,
}

impl Expected {
    fn of(digest: &Digest, wishes: &Wishes) -> Self {
        let topic = digest.topic.as_deref().and_then(shown);
        let labels = &SETTINGS.label_sets["en"];
        let heading = |about: &str, plain: &str| match &topic {
            Some(topic) => shown(&about.replace("{topic}", topic)),
            None => shown(plain),
        };
        let mut lines = Vec::new();
        if let Some(summary) = &digest.summary {
            if wishes.points() {
                let points: Vec<String> = summary
                    .sentences
                    .iter()
                    .filter_map(|it| shown(&it.text))
                    .collect();
                lines.extend(shown(&labels.key_points).filter(|_| !points.is_empty()));
                lines.extend(points);
            } else {
                lines.extend(shown(&summary.text));
            }
        }
        let pairs: Vec<[String; 2]> = digest
            .faq
            .iter()
            .filter_map(|pair| Some([shown(&pair.question)?, shown(&pair.answer.text)?]))
            .collect();
        if !pairs.is_empty() {
            lines.extend(heading(&labels.faq_about, &labels.faq));
            lines.extend(pairs.iter().flatten().cloned());
        }
        let related: Vec<String> = digest.related.iter().filter_map(|it| shown(it)).collect();
        if !related.is_empty() {
            lines.extend(heading(&labels.related_about, &labels.related));
            lines.extend(related);
        }
        if wishes.disclosure() && !lines.is_empty() {
            lines.extend(shown(&labels.disclosure));
        }
        Self { lines, pairs }
    }
}

/// A text as a page shows it: one line, no control characters.
fn shown(text: &str) -> Option<String> {
    let words = text.split(|c: char| c == ' ' || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let line = words.join(" ").trim().to_owned();
    (!line.is_empty()).then_some(line)
}

/// Without the quotation marks and dashes that some formats print in another way.
fn bare(text: &str) -> String {
    text.chars().filter(|c| !"\"“”-–—".contains(*c)).collect()
}

fn bare_all<'a>(texts: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    texts
        .into_iter()
        .map(|text| bare(text))
        .filter(|text| !text.is_empty())
        .collect()
}

fn json_ld(printed: &str, expected: &Expected) {
    let found: Value = serde_json::from_str(printed).expect("JSON-LD is JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let questions = found["mainEntity"].as_array().cloned().unwrap_or_default();
    let pairs: Vec<String> = questions
        .iter()
        .flat_map(|it| [text(&it["name"]), text(&it["acceptedAnswer"]["text"])])
        .collect();
    assert_eq!(bare_all(&pairs), bare_all(expected.pairs.iter().flatten()));
    assert!(
        !printed.contains(['<', '>', '&']) && !printed.contains("--"),
        "{printed}"
    );
}

fn markdown(printed: &str, expected: &Expected) {
    // Two of the dialects change what is no markup: quotation marks, and dollars.
    let dialect = Options::all() - Options::ENABLE_SMART_PUNCTUATION - Options::ENABLE_MATH;
    for options in [Options::empty(), dialect] {
        let mut texts: Vec<String> = Vec::new();
        let mut comments = String::new();
        for event in Parser::new_ext(printed, options) {
            match event {
                Event::Start(Tag::Paragraph | Tag::Item | Tag::Heading { .. }) => {
                    texts.push(String::new())
                }
                Event::Text(part) => texts.last_mut().expect("in a block").push_str(&part),
                Event::Html(comment) => comments.push_str(&comment),
                Event::Start(Tag::Link { dest_url, .. }) => assert!(dest_url.starts_with("/tag/")),
                Event::Start(Tag::List(None) | Tag::HtmlBlock) | Event::End(_) => {}
                other => panic!("{other:?} in {printed}"),
            }
        }
        assert_eq!(texts, expected.lines, "{printed}");
        let wanted = if texts.is_empty() {
            String::new()
        } else {
            format!("{COMMENT_BEGIN}\n{COMMENT_END}\n")
        };
        assert_eq!(comments, wanted, "{printed}");
    }
}

/// HTML and blocks, as browsers read them.
fn page(printed: &str, expected: &Expected, has_blocks: bool) {
    let page = Html::parse_fragment(printed);
    let (mut texts, mut scripts) = (Vec::new(), 0);
    for node in page.root_element().descendants() {
        let around = node.parent().and_then(|parent| parent.value().as_element());
        let is_script = around.is_some_and(|element| element.name() == "script");
        match node.value() {
            Node::Text(text) if is_script => json_ld(text, expected),
            Node::Text(text) if !text.trim_ascii().is_empty() => texts.push(text.to_string()),
            Node::Comment(comment) => assert!(has_blocks && is_delimiter(comment), "{comment:?}"),
            Node::Element(element) => {
                scripts += usize::from(element.name() == "script");
                assert!(ELEMENTS.contains(&element.name()), "{printed}");
                assert!(
                    element.attrs().all(|(name, _)| ATTRIBUTES.contains(&name)),
                    "{printed}"
                );
            }
            _ => {}
        }
    }
    assert!(scripts <= 1);
    let (found, wanted) = (bare_all(&texts), bare_all(&expected.lines));
    assert_eq!(found, wanted, "{printed}");
    if !has_blocks {
        assert_eq!(texts, expected.lines, "{printed}");
    }
    let acted_on = outside_of_data(printed);
    assert!(
        !acted_on.contains(['[', '{']) && !acted_on.contains("://"),
        "{printed}"
    );
}

const ELEMENTS: [&str; 15] = [
    "a", "details", "div", "h2", "h3", "html", "li", "p", "script", "section", "strong", "summary",
    "ul", "span", "br",
];
const ATTRIBUTES: [&str; 6] = ["class", "data-afterword", "href", "id", "rel", "type"];

/// Whether a comment opens or ends a block, its attributes in sound JSON.
fn is_delimiter(comment: &str) -> bool {
    let Some(delimiter) = comment
        .strip_prefix(' ')
        .and_then(|it| it.strip_suffix(' '))
    else {
        return false;
    };
    if delimiter.starts_with("/wp:") {
        return true;
    }
    let attributes = delimiter.split_once(' ').map(|(_, json)| json);
    delimiter.starts_with("wp:")
        && attributes.is_none_or(|json| serde_json::from_str::<Value>(json).is_ok())
}

/// The page without comments and scripts, which hold JSON.
fn outside_of_data(printed: &str) -> String {
    let mut left = String::new();
    let mut rest = printed;
    while let Some(at) = rest
        .find("<!--")
        .into_iter()
        .chain(rest.find("<script"))
        .min()
    {
        left.push_str(&rest[..at]);
        let end = if rest[at..].starts_with("<!--") {
            "-->"
        } else {
            "</script>"
        };
        let after = rest[at..].find(end).expect("what begins ends");
        rest = &rest[at + after + end.len()..];
    }
    left + rest
}
