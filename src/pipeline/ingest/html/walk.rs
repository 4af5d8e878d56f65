//! The walk over a document: text into pieces, by block elements, what is not
//! article with the reason. Iterative: depth is the input's choice.

use crate::pipeline::article::BlockKind;
use crate::pipeline::ingest::piece::Piece;
use crate::text::mapped::Mapped;

use super::choose::Content;
use super::dom::{Dom, Element, Id};
use super::measure::Measures;
use super::names::is_block;
use super::refuse::Verdicts;

/// Share of a block, in tenths, that is link text in a mere link.
const LINK_TENTHS: usize = 9;
/// What separates the cells of a row.
const CELL_MARK: &str = "; ";

/// The pieces of a document.
#[derive(Default)]
pub(super) struct Pieces {
    /// Those of the content, in the order of the page.
    pub(super) inside: Vec<Piece>,
    /// Those of the page around it, each with the reason.
    pub(super) outside: Vec<Piece>,
}

/// The pieces of `dom`.
pub(super) fn walk(
    dom: &Dom<'_>,
    verdicts: &Verdicts,
    measures: &Measures,
    content: &Content,
) -> Pieces {
    let mut walker = Walker {
        dom,
        verdicts,
        measures,
        content,
        pieces: Pieces::default(),
        buffer: Buffer::default(),
        open: Vec::new(),
        refused: None,
    };
    for id in 0..dom.nodes.len() {
        walker.close_before(id);
        match dom.element(id) {
            Some(element) => walker.open(element),
            None => walker.text(id),
        }
    }
    walker.close_before(dom.nodes.len());
    walker.pieces
}

struct Walker<'a> {
    dom: &'a Dom<'a>,
    verdicts: &'a Verdicts,
    measures: &'a Measures,
    content: &'a Content,
    pieces: Pieces,
    buffer: Buffer,
    open: Vec<Open>,
    /// The element being left out.
    refused: Option<Refused>,
}

/// The text of the piece that is being read.
#[derive(Default)]
struct Buffer {
    text: Mapped,
    /// Bytes of it inside links.
    linked: usize,
    /// The first node in it that is not blank.
    first: Option<Id>,
}

/// An open element that matters when it ends.
struct Open {
    end: Id,
    /// Whether it ends a piece.
    parts: bool,
    /// The kind that it gives the text inside.
    kind: Option<BlockKind>,
    /// Whether a header inside is the article's own.
    is_section: bool,
}

struct Refused {
    id: Id,
    end: Id,
    /// `None` for elements that show nothing.
    reason: Option<&'static str>,
    /// What was read before, when it goes on after the element.
    outer: Buffer,
}

impl Walker<'_> {
    fn text(&mut self, id: Id) {
        self.dom.append_text(id, &mut self.buffer.text);
        let text = self.dom.text_of(id).trim();
        if !text.is_empty() {
            self.buffer.first.get_or_insert(id);
        }
        if self.dom.is_linked(id) {
            self.buffer.linked += text.len();
        }
    }

    fn open(&mut self, element: Element<'_>) {
        if self.refused.is_some() {
            // Inside what is left out, blocks only part words.
            if is_block(element.name) || element.name == "br" {
                self.buffer.text.insert(" ");
            }
            return;
        }
        if let Some(reason) = self.refusal(element) {
            self.refuse(element, reason);
            return;
        }
        match element.name {
            "br" => self.line_break(element.id),
            "td" | "th" => self.cell(),
            _ => {}
        }
        self.enter(element);
    }

    /// Leaves an element out. A paragraph goes on after one in its midst.
    fn refuse(&mut self, element: Element<'_>, reason: Option<&'static str>) {
        if is_block(element.name) {
            self.flush();
        }
        self.refused = Some(Refused {
            id: element.id,
            end: self.dom.end(element.id),
            reason,
            outer: std::mem::take(&mut self.buffer),
        });
    }

    fn enter(&mut self, element: Element<'_>) {
        let is_border = self.content.is_border(element.id);
        let parts = self.parts(element) || is_border;
        let kind = kind_of(self.dom, element);
        let is_section = matches!(element.name, "article" | "section" | "main");
        if parts || kind.is_some() {
            self.flush();
        }
        if parts || kind.is_some() || is_section {
            self.open.push(Open {
                end: self.dom.end(element.id),
                parts,
                kind,
                is_section,
            });
        }
    }

    /// Ends all that ends before `id`.
    fn close_before(&mut self, id: Id) {
        if let Some(refused) = self.refused.take_if(|refused| refused.end <= id) {
            self.close_refused(refused);
        }
        while let Some(open) = self.open.pop_if(|open| open.end <= id) {
            if open.parts || open.kind.is_some() {
                self.open.push(open);
                self.flush();
                self.open.pop();
            }
        }
    }

    fn close_refused(&mut self, refused: Refused) {
        let buffer = std::mem::replace(&mut self.buffer, refused.outer);
        let piece = refused
            .reason
            .and_then(|reason| Piece::refused(reason, &buffer.text));
        self.put(refused.id, piece);
    }

    /// Whether to leave an element out, and the reason if there is one to give.
    fn refusal(&self, element: Element<'_>) -> Option<Option<&'static str>> {
        let verdict = self.verdicts.of(element.id);
        let inside = self.measures.inside(self.dom, element.id);
        let holds_content = || self.content.is_inside(&self.dom.subtree(element.id));
        if verdict.refuses(inside, self.content.chars) && !(verdict.is_doubted() && holds_content())
        {
            return Some(verdict.reason());
        }
        let is_page_header = element.name == "header"
            && !self.open.iter().any(|open| open.is_section)
            && !has_headline(self.dom, element);
        let is_main = || inside.chars * 2 > self.content.chars || holds_content();
        (is_page_header && !is_main()).then_some(Some("navigation"))
    }

    /// A second `<br>` in a row parts paragraphs, one is a space.
    fn line_break(&mut self, id: Id) {
        let mut before = id;
        if self.dom.text_of(before - 1).trim().is_empty() && self.dom.element(before - 1).is_none()
        {
            before -= 1;
        }
        let is_second = before > 0
            && self
                .dom
                .element(before - 1)
                .is_some_and(|element| element.name == "br");
        if is_second && !self.is_in_row() {
            self.flush();
        } else {
            self.buffer.text.insert(" ");
        }
    }

    fn cell(&mut self) {
        if self.is_in_row() && self.buffer.first.is_some() {
            let text = &mut self.buffer.text;
            text.truncate(text.trim_end().len());
            text.insert(CELL_MARK);
        }
    }

    fn is_in_row(&self) -> bool {
        self.kind() == BlockKind::TableRow
    }

    fn kind(&self) -> BlockKind {
        let innermost = self.open.iter().rev().find_map(|open| open.kind);
        innermost.unwrap_or(BlockKind::Paragraph)
    }

    /// Whether an element starts and ends a piece. In a table's row blocks
    /// only part words.
    fn parts(&mut self, element: Element<'_>) -> bool {
        let is_block = is_block(element.name);
        if is_block && self.is_in_row() && element.name != "tr" {
            self.buffer.text.insert(" ");
            return false;
        }
        is_block
    }

    /// Ends a piece.
    fn flush(&mut self) {
        let buffer = std::mem::take(&mut self.buffer);
        let Some(first) = buffer.first else {
            return;
        };
        let mut piece = Piece::new(self.kind(), &buffer.text);
        if let Some(piece) = &mut piece {
            piece.is_link = buffer.linked * 10 >= piece.text.len() * LINK_TENTHS;
        }
        self.put(first, piece);
    }

    /// Puts a piece that starts at `id` where it belongs.
    fn put(&mut self, id: Id, piece: Option<Piece>) {
        if self.content.contains(id) {
            self.pieces.inside.extend(piece);
        } else if let Some(mut piece) = piece {
            piece.drop_as("outside");
            self.pieces.outside.push(piece);
        }
    }
}

/// Whether a header has a headline close to its top.
fn has_headline(dom: &Dom<'_>, header: Element<'_>) -> bool {
    let near = dom.subtree(header.id).take(200);
    near.filter_map(|id| dom.element(id))
        .any(|element| element.name == "h1")
}

fn kind_of(dom: &Dom<'_>, element: Element<'_>) -> Option<BlockKind> {
    match element.name {
        "h1" => Some(BlockKind::Heading(1)),
        "h2" => Some(BlockKind::Heading(2)),
        "h3" => Some(BlockKind::Heading(3)),
        "h4" => Some(BlockKind::Heading(4)),
        "h5" => Some(BlockKind::Heading(5)),
        "h6" => Some(BlockKind::Heading(6)),
        "li" => Some(BlockKind::ListItem),
        "blockquote" => Some(BlockKind::Quote),
        "figcaption" | "caption" => Some(BlockKind::Caption),
        "tr" if !is_layout(dom, element.id) => Some(BlockKind::TableRow),
        _ => None,
    }
}

/// Old pages lay out whole articles in tables: a cell that holds blocks is no
/// cell of data.
fn is_layout(dom: &Dom<'_>, row: Id) -> bool {
    let is_cell_layout = |cell: Id| {
        let names = || {
            dom.children(cell)
                .filter_map(|id| Some(dom.element(id)?.name))
        };
        names().filter(|name| *name == "p").count() > 1
            || names().any(|name| name != "p" && is_block(name))
    };
    dom.children(row).any(is_cell_layout)
}
