//! CommonMark to pieces. Links and emphasis are read by their text; images,
//! code and raw HTML are not article.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::pipeline::article::BlockKind;

use super::Reading;
use super::piece::Piece;
use crate::text::mapped::Mapped;
use crate::text::span::Span;

/// Reads Markdown; `title:` of YAML front matter is the title.
pub(super) fn read(source: &str) -> Reading {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut reader = Reader::default();
    for (event, range) in Parser::new_ext(source, options).into_offset_iter() {
        reader.event(source, event, Span::new(range.start, range.end));
    }
    reader.flush();
    Reading {
        pieces: reader.pieces,
        title: reader.title,
        ..Reading::default()
    }
}

#[derive(Default)]
struct Reader {
    pieces: Vec<Piece>,
    title: Option<String>,
    buffer: Mapped,
    kinds: Vec<BlockKind>,
    /// Images that are open; they nest.
    images: usize,
    /// Definitions of footnotes that are open.
    footnotes: usize,
}

impl Reader {
    fn event(&mut self, source: &str, event: Event<'_>, from: Span) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.images == 0 => self.text(source, &text, from),
            Event::Code(code) if self.images == 0 => self.text(source, &code, inside(source, from)),
            Event::Html(html) => self.text(source, &html, from),
            Event::SoftBreak | Event::HardBreak => self.buffer.replace(" ", from),
            Event::Rule => self.flush(),
            _ => {}
        }
    }

    /// The text of an event is a part of its source, but for escapes,
    /// character references and what stands around code.
    fn text(&mut self, source: &str, text: &str, from: Span) {
        match from.of(source).find(text) {
            Some(at) => self.buffer.push(text, from.start + at),
            None => self.buffer.replace(text, from),
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Image { .. } => self.images += 1,
            Tag::FootnoteDefinition(_) => {
                self.flush();
                self.footnotes += 1;
            }
            Tag::TableCell if !self.buffer.trim().is_empty() => self.buffer.insert("; "),
            tag => {
                if is_block(&tag.to_end()) {
                    self.flush();
                }
                self.kinds.extend(kind_of(tag));
            }
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Image => self.images = self.images.saturating_sub(1),
            TagEnd::CodeBlock => self.refuse("code"),
            TagEnd::HtmlBlock if self.buffer.trim_start().starts_with("<!--") => {
                self.refuse("hidden");
            }
            TagEnd::HtmlBlock => self.refuse("raw_html"),
            TagEnd::FootnoteDefinition => {
                self.flush();
                self.footnotes = self.footnotes.saturating_sub(1);
            }
            TagEnd::MetadataBlock(_) => self.metadata(),
            TagEnd::Heading(_)
            | TagEnd::Item
            | TagEnd::BlockQuote(_)
            | TagEnd::TableRow
            | TagEnd::TableHead => {
                self.flush();
                self.kinds.pop();
            }
            tag if is_block(&tag) => self.flush(),
            _ => {}
        }
    }

    /// Ends a piece; what stands in a footnote is about the article.
    fn flush(&mut self) {
        if self.footnotes > 0 {
            return self.refuse("footnote");
        }
        let kind = self.kinds.last().copied().unwrap_or(BlockKind::Paragraph);
        self.pieces.extend(Piece::new(kind, &self.buffer));
        self.buffer.clear();
    }

    fn refuse(&mut self, reason: &'static str) {
        self.pieces.extend(Piece::refused(reason, &self.buffer));
        self.buffer.clear();
    }

    fn metadata(&mut self) {
        self.title = self.buffer.lines().find_map(title_of);
        self.refuse("front_matter");
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

/// The value of a `title:` line of YAML or a `title =` line of TOML, unquoted.
fn title_of(line: &str) -> Option<String> {
    let value = line.strip_prefix("title")?.trim_start();
    let value = value.strip_prefix([':', '='])?.trim();
    let unquoted = ['"', '\'']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    let title = unquoted.unwrap_or(value).trim();
    (!title.is_empty()).then(|| title.to_owned())
}

fn kind_of(tag: &Tag<'_>) -> Option<BlockKind> {
    match tag {
        Tag::Heading { level, .. } => Some(BlockKind::Heading(level_number(*level))),
        Tag::Item => Some(BlockKind::ListItem),
        Tag::BlockQuote(_) => Some(BlockKind::Quote),
        Tag::TableRow | Tag::TableHead => Some(BlockKind::TableRow),
        _ => None,
    }
}

fn level_number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

/// Everything but inline tags starts and ends a piece.
fn is_block(tag: &TagEnd) -> bool {
    !matches!(
        tag,
        TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::Link
            | TagEnd::Image
            | TagEnd::TableCell
    )
}
