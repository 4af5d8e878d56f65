//! Tags and texts in the order of the input to a [`Dom`]: which start tags end
//! what is open, which end tag ends what. A text never moves from its place in
//! the input: of the standard's rules those are left out that move or repeat
//! elements (reopening formatting, taking text out of tables), for no words
//! depend on them.

use crate::text::span::Span;

use super::dom::{Attribute, Chunk, Dom, Id, Kind, Node, narrow};
use super::names::{is_block, is_void};

/// Open elements, beyond which elements hold nothing. Bounds the search for
/// what an end tag ends.
const MAX_DEPTH: usize = 256;

/// Elements whose text is not shown as text.
const WITHOUT_TEXT: [&str; 10] = [
    "iframe", "noembed", "noframes", "noscript", "option", "script", "select", "style", "template",
    "textarea",
];
/// What an end tag of something outside does not reach through.
const BARRIERS: [&str; 7] = [
    "button", "caption", "object", "table", "td", "template", "th",
];

/// Builds a [`Dom`].
pub(super) struct Builder<'a> {
    dom: Dom<'a>,
    open: Vec<Open>,
    /// Elements that were not opened for depth and whose end tags are to come.
    too_deep: usize,
    /// The open link, if one is.
    link: Option<Id>,
    /// Elements open that show no text.
    mute: usize,
    /// Elements open of SVG and MathML, where names mean something else.
    foreign: usize,
}

struct Open {
    id: Id,
    name: &'static str,
}

impl<'a> Builder<'a> {
    /// An empty document.
    pub(super) fn new(source: &'a str) -> Self {
        let dom = Dom {
            source,
            nodes: Vec::new(),
            attributes: Vec::new(),
            text: String::with_capacity(source.len() / 4),
            chunks: Vec::new(),
            says_page: false,
            linked_data: Vec::new(),
        };
        let mut builder = Self {
            dom,
            open: Vec::new(),
            too_deep: 0,
            link: None,
            mute: 0,
            foreign: 0,
        };
        builder.insert("html", &mut Vec::new());
        builder
    }

    /// Closes what is open and gives the document.
    pub(super) fn finish(mut self) -> Dom<'a> {
        self.close_from(0);
        self.dom
    }

    /// The innermost open element.
    pub(super) fn current(&self) -> &'static str {
        self.open.last().map_or("html", |open| open.name)
    }

    /// Whether SVG or MathML is open.
    pub(super) fn is_foreign(&self) -> bool {
        self.foreign > 0
    }

    /// A document type.
    pub(super) fn doctype(&mut self) {
        self.dom.says_page = true;
    }

    /// A start tag.
    pub(super) fn start(&mut self, name: &'static str, attributes: &mut Vec<Attribute>) {
        self.dom.says_page |= matches!(name, "html" | "head" | "body");
        match name {
            "html" | "body" if self.is_open_outermost(name) => self.merge(name, attributes),
            _ => {
                self.close_implied(name);
                self.insert(name, attributes);
            }
        }
        attributes.clear();
    }

    /// An end tag.
    pub(super) fn end(&mut self, name: &'static str) {
        match name {
            // Text after them still belongs to the page.
            "html" | "body" => {}
            "br" => self.insert("br", &mut Vec::new()),
            _ if self.too_deep > 0 && !ends_by_itself(name) => self.too_deep -= 1,
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.close(is_heading, |open| stops(name, open))
            }
            _ => self.close(|open| open == name, |open| stops(name, open)),
        }
        if name == "a" {
            self.link = None;
        }
    }

    /// A part of a text: `text` stands for `from`.
    pub(super) fn text(&mut self, text: &str, from: Span) {
        if self.mute > 0 || text.is_empty() {
            return;
        }
        if self.current() == "head" && !text.trim_ascii().is_empty() {
            self.close(|open| open == "head", |_| false);
        }
        let at = self.dom.text.len();
        self.dom.text.push_str(text);
        let is_new = !self.continues_text();
        let is_verbatim = text.len() == from.len();
        if !is_new && is_verbatim && self.continues_chunk(at, from) {
            return;
        }
        self.dom.chunks.push(Chunk {
            at: narrow(at),
            from: (narrow(from.start), narrow(from.end)),
        });
        let end = narrow(self.dom.chunks.len());
        if is_new {
            let kind = Kind::Text {
                chunks: end - 1..end,
                is_linked: self.link.is_some(),
            };
            self.push(kind);
        } else if let Some(Kind::Text { chunks, .. }) =
            self.dom.nodes.last_mut().map(|node| &mut node.kind)
        {
            chunks.end = end;
        }
    }

    /// A document of linked data stands at `from`.
    pub(super) fn linked_data(&mut self, from: Span) {
        self.dom.linked_data.push(from);
    }

    /// Whether the last node is a text that goes on.
    fn continues_text(&self) -> bool {
        let Some(node) = self.dom.nodes.last() else {
            return false;
        };
        let is_inside = self
            .open
            .last()
            .is_some_and(|open| narrow(open.id) == node.parent);
        is_inside
            && matches!(node.kind, Kind::Text { is_linked, .. } if is_linked == self.link.is_some())
    }

    /// Lengthens the last chunk when both are as in the input.
    fn continues_chunk(&mut self, at: usize, from: Span) -> bool {
        let Some(last) = self.dom.chunks.last_mut() else {
            return false;
        };
        let is_verbatim = at - last.at as usize == (last.from.1 - last.from.0) as usize;
        let follows = is_verbatim && last.from.1 as usize == from.start;
        if follows {
            last.from.1 = narrow(from.end);
        }
        follows
    }

    fn insert(&mut self, name: &'static str, attributes: &mut Vec<Attribute>) {
        let start = narrow(self.dom.attributes.len());
        let is_link = name == "a" && attributes.iter().any(|it| it.name == "href");
        self.dom.attributes.append(attributes);
        let attributes = start..narrow(self.dom.attributes.len());
        let id = self.push(Kind::Element { name, attributes });
        if is_link {
            self.link = Some(id);
        }
        if is_void(name) {
            return;
        }
        // What is raw text inside holds no elements: it goes one deeper at most.
        if self.open.len() >= MAX_DEPTH && !is_raw(name) {
            self.too_deep += usize::from(!ends_by_itself(name));
            return;
        }
        self.mute += usize::from(WITHOUT_TEXT.contains(&name));
        self.foreign += usize::from(is_foreign(name));
        self.open.push(Open { id, name });
    }

    fn push(&mut self, kind: Kind) -> Id {
        let id = self.dom.nodes.len();
        self.dom.nodes.push(Node {
            kind,
            parent: self.open.last().map_or(0, |open| narrow(open.id)),
            end: narrow(id + 1),
        });
        id
    }

    /// `html` and `body` are there once; a later tag only adds attributes.
    fn is_open_outermost(&self, name: &str) -> bool {
        self.open.iter().take(3).any(|open| open.name == name)
    }

    fn merge(&mut self, name: &str, attributes: &mut Vec<Attribute>) {
        let outer = self.open.iter().find(|open| open.name == name);
        let Some(id) = outer.map(|open| open.id) else {
            return;
        };
        // Attributes of one element lie together: only while it has none.
        if let Some(Kind::Element {
            attributes: own, ..
        }) = self.dom.nodes.get_mut(id).map(|node| &mut node.kind)
            && own.start == own.end
        {
            let start = narrow(self.dom.attributes.len());
            self.dom.attributes.append(attributes);
            *own = start..narrow(self.dom.attributes.len());
        }
    }

    /// Closes what a start tag ends without saying so.
    fn close_implied(&mut self, name: &'static str) {
        if !is_head_content(name) {
            self.close(
                |open| open == "head",
                |open| open != "noscript" && open != "head",
            );
        }
        if self.foreign > 0 && is_block(name) {
            self.close(is_foreign, |_| false);
        }
        match name {
            "li" => self.close_item(
                |open| open == "li",
                |open| matches!(open, "ul" | "ol" | "menu"),
            ),
            "dt" | "dd" => self.close_item(|open| matches!(open, "dt" | "dd"), |open| open == "dl"),
            "option" | "optgroup" => {
                self.close_item(|open| open == "option", |open| open == "select")
            }
            "td" | "th" => self.close_cell(|open| matches!(open, "td" | "th"), &["table", "tr"]),
            "tr" => self.close_cell(|open| open == "tr", &["table", "tbody", "thead", "tfoot"]),
            "tbody" | "thead" | "tfoot" => {
                self.close_cell(
                    |open| matches!(open, "tbody" | "thead" | "tfoot" | "caption"),
                    &["table"],
                );
            }
            "a" => self.close(|open| open == "a", is_block),
            "button" => self.close_item(|open| open == "button", |open| open == "form"),
            _ if is_heading(name) && is_heading(self.current()) => {
                self.close_from(self.open.len() - 1)
            }
            _ => {}
        }
        if is_block(name) && !is_table_part(name) {
            self.close(|open| open == "p", |open| BARRIERS.contains(&open));
        }
    }

    fn close_item(&mut self, is_like: impl Fn(&str) -> bool, is_list: impl Fn(&str) -> bool) {
        let is_end = |open: &str| {
            is_list(open) || (is_block(open) && !matches!(open, "address" | "div" | "p"))
        };
        self.close(is_like, is_end);
    }

    fn close_cell(&mut self, is_like: impl Fn(&str) -> bool, ends: &[&str]) {
        self.close(is_like, |open| ends.contains(&open));
    }

    /// Closes the innermost open element that is wanted, and all inside it,
    /// unless one that stops the search is met first.
    fn close(&mut self, is_wanted: impl Fn(&str) -> bool, stops: impl Fn(&str) -> bool) {
        for at in (1..self.open.len()).rev() {
            let Some(open) = self.open.get(at) else {
                return;
            };
            if is_wanted(open.name) {
                return self.close_from(at);
            }
            if stops(open.name) {
                return;
            }
        }
    }

    fn close_from(&mut self, at: usize) {
        let end = narrow(self.dom.nodes.len());
        for open in self.open.drain(at..) {
            if let Some(node) = self.dom.nodes.get_mut(open.id) {
                node.end = end;
            }
            if self.link == Some(open.id) {
                self.link = None;
            }
            self.mute -= usize::from(WITHOUT_TEXT.contains(&open.name));
            self.foreign -= usize::from(is_foreign(open.name));
        }
    }
}

/// Whether the search for what `</name>` ends stops at `open`.
fn stops(name: &str, open: &str) -> bool {
    if is_table_part(name) {
        return open == "table" && name != "table";
    }
    if !is_block(name) && !WITHOUT_TEXT.contains(&name) {
        return is_block(open);
    }
    BARRIERS.contains(&open) || (name == "li" && matches!(open, "ul" | "ol"))
}

fn is_foreign(name: &str) -> bool {
    matches!(name, "svg" | "math")
}

/// Elements whose content is not read as tags.
pub(super) fn is_raw(name: &str) -> bool {
    matches!(
        name,
        "iframe"
            | "noembed"
            | "noframes"
            | "noscript"
            | "script"
            | "style"
            | "textarea"
            | "title"
            | "xmp"
    )
}

fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

fn is_table_part(name: &str) -> bool {
    matches!(
        name,
        "table" | "caption" | "tbody" | "thead" | "tfoot" | "tr" | "td" | "th"
    )
}

/// Elements that end before their like, and so nest no deeper than what holds
/// them.
fn ends_by_itself(name: &str) -> bool {
    is_void(name)
        || matches!(
            name,
            "dd" | "dt"
                | "li"
                | "optgroup"
                | "option"
                | "p"
                | "tbody"
                | "td"
                | "tfoot"
                | "th"
                | "thead"
                | "tr"
        )
}

fn is_head_content(name: &str) -> bool {
    matches!(
        name,
        "html"
            | "head"
            | "base"
            | "link"
            | "meta"
            | "noscript"
            | "script"
            | "style"
            | "template"
            | "title"
    )
}
