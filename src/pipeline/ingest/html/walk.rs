//! The walk over the element that holds the article: text into pieces, by
//! block elements. Iterative: depth is the input's choice.

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use scraper::Node;
use scraper::node::Element;

use crate::pipeline::article::BlockKind;
use crate::pipeline::ingest::piece::Piece;
use crate::text::mapped::Mapped;

use super::page::TextSizes;
use super::refuse::{Verdict, judge};

/// Share of a block, in tenths, that is link text in a mere link.
const LINK_TENTHS: usize = 9;

const BLOCKS: [&str; 33] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "ul",
    "summary",
];

/// The pieces under `root`, in the order of the page.
pub(super) fn walk(root: NodeRef<'_, Node>, sizes: &TextSizes) -> Vec<Piece> {
    let mut walker = Walker::new(sizes, sizes.of(root));
    for edge in root.traverse() {
        match edge {
            Edge::Open(node) => walker.open(node),
            Edge::Close(node) => walker.close(node),
        }
    }
    walker.flush();
    walker.pieces
}

struct Walker<'a> {
    sizes: &'a TextSizes,
    /// Bytes of text under the root.
    total: usize,
    pieces: Vec<Piece>,
    buffer: String,
    /// Bytes of `buffer` inside links.
    linked: usize,
    /// Open elements that give their text a kind.
    kinds: Vec<(NodeId, BlockKind)>,
    /// Open links.
    links: usize,
    /// Open articles and sections, in which a header is the article's own.
    sections: usize,
    /// The element being left out.
    refused: Option<Refused>,
}

struct Refused {
    id: NodeId,
    /// `None` for elements that show nothing.
    reason: Option<&'static str>,
}

impl<'a> Walker<'a> {
    fn new(sizes: &'a TextSizes, total: usize) -> Self {
        Self {
            sizes,
            total,
            pieces: Vec::new(),
            buffer: String::new(),
            linked: 0,
            kinds: Vec::new(),
            links: 0,
            sections: 0,
            refused: None,
        }
    }

    fn open(&mut self, node: NodeRef<'_, Node>) {
        match node.value() {
            Node::Text(text) => self.text(text),
            Node::Element(element) if self.refused.is_some() => self.open_refused(element),
            Node::Element(element) => self.open_element(node, element),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        self.buffer.push_str(text);
        if self.links > 0 {
            self.linked += text.trim().len();
        }
    }

    /// Inside what is left out, blocks only part words.
    fn open_refused(&mut self, element: &Element) {
        if is_block(element) || element.name() == "br" {
            self.buffer.push(' ');
        }
    }

    fn open_element(&mut self, node: NodeRef<'_, Node>, element: &Element) {
        if let Some(reason) = self.refusal(node, element) {
            self.flush();
            self.refused = Some(Refused {
                id: node.id(),
                reason,
            });
            return;
        }
        match element.name() {
            "br" => self.line_break(node),
            "td" | "th" => self.cell(),
            "x-a" => self.links += 1,
            "article" | "section" | "main" => self.sections += 1,
            _ => {}
        }
        if self.parts(element) {
            self.flush();
        }
        if let Some(kind) = kind_of(node, element) {
            self.flush();
            self.kinds.push((node.id(), kind));
        }
    }

    fn close(&mut self, node: NodeRef<'_, Node>) {
        let Some(element) = node.value().as_element() else {
            return;
        };
        if let Some(refused) = &self.refused {
            if refused.id == node.id() {
                self.close_refused();
            }
            return;
        }
        match element.name() {
            "x-a" => self.links = self.links.saturating_sub(1),
            "article" | "section" | "main" => self.sections = self.sections.saturating_sub(1),
            _ => {}
        }
        if self.parts(element) {
            self.flush();
        }
        if self.kinds.last().is_some_and(|(id, _)| *id == node.id()) {
            self.flush();
            self.kinds.pop();
        }
    }

    fn close_refused(&mut self) {
        let reason = self.refused.take().and_then(|refused| refused.reason);
        if let Some(reason) = reason {
            self.pieces
                .extend(Piece::refused(reason, &Mapped::inserted(&self.buffer)));
        }
        self.buffer.clear();
        self.linked = 0;
    }

    /// Whether to leave an element out, and the reason if there is one to give.
    fn refusal(&self, node: NodeRef<'_, Node>, element: &Element) -> Option<Option<&'static str>> {
        let is_page_header =
            element.name() == "header" && self.sections == 0 && !has_headline(node);
        match judge(node, element) {
            Verdict::Skip => Some(None),
            Verdict::Drop(reason) => Some(Some(reason)),
            Verdict::DropUnlessMain(reason) if !self.is_main(node) => Some(Some(reason)),
            _ if is_page_header && !self.is_main(node) => Some(Some("navigation")),
            _ => None,
        }
    }

    /// Whether an element holds so much of the text that a class name alone
    /// must not cost it.
    fn is_main(&self, node: NodeRef<'_, Node>) -> bool {
        self.sizes.of(node) * 2 > self.total
    }

    /// A second `<br>` in a row parts paragraphs, one is a space.
    fn line_break(&mut self, node: NodeRef<'_, Node>) {
        let is_second = node
            .prev_siblings()
            .take_while(|node| !node.value().is_text() || is_blank(*node))
            .take(3)
            .any(|node| {
                node.value()
                    .as_element()
                    .is_some_and(|element| element.name() == "br")
            });
        if is_second && !self.is_in_row() {
            self.flush();
        } else {
            self.buffer.push(' ');
        }
    }

    fn cell(&mut self) {
        if self.is_in_row() && !self.buffer.trim().is_empty() {
            self.buffer.truncate(self.buffer.trim_end().len());
            self.buffer.push_str("; ");
        }
    }

    fn is_in_row(&self) -> bool {
        self.kind() == BlockKind::TableRow
    }

    fn kind(&self) -> BlockKind {
        self.kinds
            .last()
            .map_or(BlockKind::Paragraph, |(_, kind)| *kind)
    }

    /// Whether an element starts and ends a piece. In a table's row blocks
    /// only part words.
    fn parts(&mut self, element: &Element) -> bool {
        let is_block = is_block(element) || matches!(element.name(), "table" | "tr" | "td" | "th");
        if is_block && self.is_in_row() {
            self.buffer.push(' ');
            return false;
        }
        is_block
    }

    fn flush(&mut self) {
        if let Some(mut piece) = Piece::new(self.kind(), &Mapped::inserted(&self.buffer)) {
            piece.is_link = self.linked * 10 >= piece.text.len() * LINK_TENTHS;
            self.pieces.push(piece);
        }
        self.buffer.clear();
        self.linked = 0;
    }
}

fn is_block(element: &Element) -> bool {
    BLOCKS.contains(&element.name())
}

fn is_blank(node: NodeRef<'_, Node>) -> bool {
    node.value()
        .as_text()
        .is_some_and(|text| text.trim().is_empty())
}

/// Whether a header has a headline close to its top.
fn has_headline(node: NodeRef<'_, Node>) -> bool {
    node.descendants().take(200).any(|node| {
        node.value()
            .as_element()
            .is_some_and(|element| element.name() == "h1")
    })
}

fn kind_of(node: NodeRef<'_, Node>, element: &Element) -> Option<BlockKind> {
    match element.name() {
        "h1" => Some(BlockKind::Heading(1)),
        "h2" => Some(BlockKind::Heading(2)),
        "h3" => Some(BlockKind::Heading(3)),
        "h4" => Some(BlockKind::Heading(4)),
        "h5" => Some(BlockKind::Heading(5)),
        "h6" => Some(BlockKind::Heading(6)),
        "li" => Some(BlockKind::ListItem),
        "blockquote" => Some(BlockKind::Quote),
        "figcaption" | "caption" => Some(BlockKind::Caption),
        "tr" if !is_layout(node) => Some(BlockKind::TableRow),
        _ => None,
    }
}

/// Old pages lay out whole articles in tables: a cell that holds blocks is no
/// cell of data.
fn is_layout(row: NodeRef<'_, Node>) -> bool {
    let is_cell_layout = |cell: NodeRef<'_, Node>| {
        let names = || {
            cell.children()
                .filter_map(|node| Some(node.value().as_element()?.name()))
        };
        names().filter(|name| *name == "p").count() > 1
            || names().any(|name| name != "p" && (BLOCKS.contains(&name) || name == "table"))
    };
    row.children().any(is_cell_layout)
}
