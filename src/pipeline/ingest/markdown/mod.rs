//! CommonMark to pieces. A document is what its HTML would be, and so Markdown and
//! the HTML in it are read by one reader: what markup hides around paragraphs of
//! Markdown is hidden. Links and emphasis are read by their text; images, code and
//! footnotes are not article.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::pipeline::error::PipelineError;
use crate::text::mapped::Mapped;
use crate::text::span::Span;

use super::Reading;
use super::html::Document;
use super::html::names::{CODE, COMMENT, FOOTNOTE};

mod front_matter;

use front_matter::FrontMatter;

/// Reads Markdown, up to `max_nodes` of it.
pub(super) fn read(source: &str, max_nodes: usize) -> Result<Reading, PipelineError> {
    let front = FrontMatter::read(source);
    let body = source.get(front.end..).unwrap_or_default();
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES;
    let mut writer = Writer {
        source,
        document: Document::new(source, max_nodes),
        html: None,
        images: 0,
    };
    for (event, range) in Parser::new_ext(body, options).into_offset_iter() {
        let from = Span::new(range.start, range.end).shifted(front.end);
        writer.event(event, from);
    }
    let mut reading = writer.document.read()?;
    reading.pieces.splice(..0, front.piece(source));
    reading.title = front.title;
    reading.metadata = front.metadata;
    Ok(reading)
}

struct Writer<'a> {
    source: &'a str,
    document: Document<'a>,
    /// The block of HTML that is open.
    html: Option<Mapped>,
    /// Images that are open; they nest.
    images: usize,
}

impl Writer<'_> {
    fn event(&mut self, event: Event<'_>, from: Span) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.images == 0 => self.text(&text, from),
            Event::Code(code) if self.images == 0 => {
                self.text(&code, inside(self.source, from));
            }
            Event::Html(html) => {
                let html = sent(self.source, &html, from);
                self.html.get_or_insert_default().append(&html);
            }
            Event::InlineHtml(html) => {
                let html = sent(self.source, &html, from);
                self.markup(html);
            }
            Event::SoftBreak | Event::HardBreak => self.document.text(" ", from),
            Event::Rule => self.document.start("hr"),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Image { .. } => self.images += 1,
            Tag::HtmlBlock => self.html = None,
            tag => {
                if let Some(name) = element(&tag.to_end()) {
                    self.document.start(name);
                }
            }
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Image => self.images = self.images.saturating_sub(1),
            TagEnd::HtmlBlock => {
                let html = self.html.take().unwrap_or_default();
                self.markup(html);
            }
            tag => {
                if let Some(name) = element(&tag) {
                    self.document.end(name);
                }
            }
        }
    }

    fn text(&mut self, text: &str, from: Span) {
        for (text, from) in sent(self.source, text, from).parts() {
            self.document.text(text, from);
        }
    }

    /// A comment is told: nobody sees it on the page, and a machine may.
    fn markup(&mut self, html: Mapped) {
        if !html.trim_start().starts_with("<!--") {
            return self.document.markup(html);
        }
        self.document.start(COMMENT);
        for (text, from) in html.parts() {
            self.document.text(text, from);
        }
        self.document.end(COMMENT);
    }
}

/// The text of an event is a part of its source, but for escapes, character
/// references and what stands around code.
fn sent(source: &str, text: &str, from: Span) -> Mapped {
    match from.of(source).find(text) {
        Some(at) => Mapped::verbatim(text, from.start + at),
        None => {
            let mut mapped = Mapped::default();
            mapped.replace(text, from);
            mapped
        }
    }
}

/// Code without the backticks around it.
fn inside(source: &str, from: Span) -> Span {
    let code = from.of(source);
    let ticks = code.len() - code.trim_start_matches('`').len();
    let is_whole = code.len() >= 2 * ticks && code.ends_with(&code[..ticks]);
    if is_whole {
        return Span::new(from.start + ticks, from.end - ticks);
    }
    from
}

/// The element that a tag stands for; inline tags but images change no text.
fn element(tag: &TagEnd) -> Option<&'static str> {
    match tag {
        TagEnd::Paragraph => Some("p"),
        TagEnd::Heading(level) => Some(heading(*level)),
        TagEnd::BlockQuote(_) => Some("blockquote"),
        TagEnd::CodeBlock => Some(CODE),
        TagEnd::FootnoteDefinition => Some(FOOTNOTE),
        TagEnd::List(_) => Some("ul"),
        TagEnd::Item => Some("li"),
        TagEnd::Table => Some("table"),
        TagEnd::TableHead | TagEnd::TableRow => Some("tr"),
        TagEnd::TableCell => Some("td"),
        _ => None,
    }
}

fn heading(level: HeadingLevel) -> &'static str {
    match level {
        HeadingLevel::H1 => "h1",
        HeadingLevel::H2 => "h2",
        HeadingLevel::H3 => "h3",
        HeadingLevel::H4 => "h4",
        HeadingLevel::H5 => "h5",
        HeadingLevel::H6 => "h6",
    }
}
