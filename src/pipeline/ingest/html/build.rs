//! Tags and texts in the order of the input to a [`Dom`]: which start tags end
//! what is open, which end tag ends what. A text never moves from its place in
//! the input: of the standard's rules those are left out that move or repeat
//! elements (reopening formatting, taking text out of tables), for no words
//! depend on them.

use std::collections::HashMap;

use crate::text::span::Span;

use super::dom::{Attribute, Chunk, Dom, Id, Kind, Node, narrow};
use super::names::{is_block, is_void};

/// Open elements, beyond which elements hold nothing. Bounds the search for
/// what an end tag ends.
const MAX_DEPTH: usize = 256;

/// Elements whose text is not shown as text.
const WITHOUT_TEXT: [&str; 9] = [
    "iframe", "noembed", "noframes", "noscript", "script", "select", "style", "template",
    "textarea",
];
const HEADINGS: [&str; 6] = ["h1", "h2", "h3", "h4", "h5", "h6"];
/// Elements in which names mean something else.
const FOREIGN: [&str; 2] = ["math", "svg"];
const TABLE_PARTS: [&str; 8] = [
    "caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
];
/// What an end tag of something outside does not reach through.
const BARRIERS: [&str; 7] = [
    "button", "caption", "object", "table", "td", "template", "th",
];
const ITEM_BARRIERS: [&str; 9] = [
    "button", "caption", "object", "ol", "table", "td", "template", "th", "ul",
];

/// Builds a [`Dom`].
pub(super) struct Builder<'a> {
    dom: Dom<'a>,
    max_nodes: usize,
    open: OpenElements,
    /// Elements that were not opened for depth and whose end tags are to come.
    too_deep: usize,
    /// The open link, if one is.
    link: Option<Id>,
    /// Elements open that show no text.
    mute: usize,
    /// Elements open of SVG and MathML, where names mean something else.
    foreign: usize,
}

impl<'a> Builder<'a> {
    /// An empty document, which takes `max_nodes` at most.
    pub(super) fn new(source: &'a str, max_nodes: usize) -> Self {
        let dom = Dom {
            source,
            nodes: Vec::new(),
            attributes: Vec::new(),
            text: String::with_capacity(source.len() / 4),
            chunks: Vec::new(),
            is_cut: false,
            says_page: false,
            linked_data: Vec::new(),
            styles: Vec::new(),
        };
        let mut builder = Self {
            dom,
            max_nodes,
            open: OpenElements::default(),
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
        self.open.last().map_or("html", |(_, name)| name)
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
        if self.is_full() {
            return;
        }
        self.dom.says_page |= matches!(name, "html" | "head" | "body");
        match name {
            "html" | "body" if self.open.outermost(name).is_some() => self.merge(name, attributes),
            _ => {
                self.close_implied(name);
                self.insert(name, attributes);
            }
        }
        attributes.clear();
    }

    /// An end tag.
    pub(super) fn end(&mut self, name: &'static str) {
        if self.is_full() {
            return;
        }
        match name {
            // Text after them still belongs to the page.
            "html" | "body" => {}
            "br" => self.insert("br", &mut Vec::new()),
            // One that nothing opened is an empty paragraph, as in browsers.
            "p" if self.open.innermost(&["p"]) <= self.open.innermost(&BARRIERS) => {
                self.start("p", &mut Vec::new());
                self.close(&["p"], &BARRIERS);
            }
            _ if self.too_deep > 0 && !ends_by_itself(name) => self.too_deep -= 1,
            _ if HEADINGS.contains(&name) => self.close(&HEADINGS, stops(name)),
            _ => self.close(&[name], stops(name)),
        }
        if name == "a" {
            self.link = None;
        }
    }

    /// A part of a text: `text` stands for `from`.
    pub(super) fn text(&mut self, text: &str, from: Span) {
        if self.mute > 0 || text.is_empty() || self.is_full() {
            return;
        }
        if self.current() == "head" && !text.trim_ascii().is_empty() {
            self.close(&["head"], &[]);
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

    /// Whether no more fits. The rest is not kept: the document is refused.
    fn is_full(&mut self) -> bool {
        let size = self.dom.nodes.len().max(self.dom.chunks.len());
        self.dom.is_cut |= size >= self.max_nodes;
        self.dom.is_cut
    }

    /// A document of linked data stands at `from`.
    pub(super) fn linked_data(&mut self, from: Span) {
        self.dom.linked_data.push(from);
    }

    /// A style sheet for screens stands at `from`.
    pub(super) fn style(&mut self, from: Span) {
        self.dom.styles.push(from);
    }

    /// Whether the last node is a text that goes on.
    fn continues_text(&self) -> bool {
        let Some(node) = self.dom.nodes.last() else {
            return false;
        };
        let is_inside = self
            .open
            .last()
            .is_some_and(|(id, _)| narrow(id) == node.parent);
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
        self.foreign += usize::from(FOREIGN.contains(&name));
        self.open.push(id, name);
    }

    fn push(&mut self, kind: Kind) -> Id {
        let id = self.dom.nodes.len();
        self.dom.nodes.push(Node {
            kind,
            parent: self.open.last().map_or(0, |(id, _)| narrow(id)),
            end: narrow(id + 1),
        });
        id
    }

    /// `html` and `body` are there once; a later tag only adds attributes.
    fn merge(&mut self, name: &str, attributes: &mut Vec<Attribute>) {
        let Some(id) = self.open.outermost(name) else {
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
        if self.current() == "head" && !is_head_content(name) {
            self.close(&["head"], &[]);
        }
        if self.foreign > 0 && is_block(name) {
            self.close(&FOREIGN, &[]);
        }
        match name {
            "li" => self.close(&["li"], &[SPECIAL]),
            "dt" | "dd" => self.close(&["dt", "dd"], &[SPECIAL]),
            "option" | "optgroup" => self.close(&["option"], &["select", SPECIAL]),
            "td" | "th" => self.close(&["td", "th"], &["table", "tr"]),
            "tr" => self.close(&["tr"], &["table", "tbody", "thead", "tfoot"]),
            "tbody" | "thead" | "tfoot" => {
                self.close(&["tbody", "thead", "tfoot", "caption"], &["table"]);
            }
            "a" => self.close(&["a"], &[BLOCK]),
            "button" => self.close(&["button"], &["form"]),
            _ if HEADINGS.contains(&name) && HEADINGS.contains(&self.current()) => {
                self.close(&HEADINGS, &[]);
            }
            _ => {}
        }
        if is_block(name) && !TABLE_PARTS.contains(&name) {
            self.close(&["p"], &BARRIERS);
        }
    }

    /// Closes the innermost open element that has one of the names, and all
    /// inside it, unless one that stops the search is further inside.
    fn close(&mut self, names: &[&str], stops: &[&str]) {
        let wanted = self.open.innermost(names);
        if wanted.is_some() && wanted >= self.open.innermost(stops) {
            self.close_from(wanted.unwrap_or_default());
        }
    }

    fn close_from(&mut self, at: usize) {
        let end = narrow(self.dom.nodes.len());
        while self.open.len() > at
            && let Some((id, name)) = self.open.pop()
        {
            if let Some(node) = self.dom.nodes.get_mut(id) {
                node.end = end;
            }
            if self.link == Some(id) {
                self.link = None;
            }
            self.mute -= usize::from(WITHOUT_TEXT.contains(&name));
            self.foreign -= usize::from(FOREIGN.contains(&name));
        }
    }
}

/// The open elements, from the outside in. Finds the innermost of a name
/// without a search: a document may close what it never opened ten million
/// times.
#[derive(Default)]
struct OpenElements {
    elements: Vec<(Id, &'static str)>,
    /// For each name and class of names, where it is open.
    places: HashMap<&'static str, Vec<usize>>,
}

/// The class of all blocks.
const BLOCK: &str = "#block";
/// The class of blocks that an item does not reach through.
const SPECIAL: &str = "#special";

impl OpenElements {
    fn len(&self) -> usize {
        self.elements.len()
    }

    fn last(&self) -> Option<(Id, &'static str)> {
        self.elements.last().copied()
    }

    fn push(&mut self, id: Id, name: &'static str) {
        let place = self.elements.len();
        for class in classes(name) {
            self.places.entry(class).or_default().push(place);
        }
        self.elements.push((id, name));
    }

    fn pop(&mut self) -> Option<(Id, &'static str)> {
        let (id, name) = self.elements.pop()?;
        for class in classes(name) {
            self.places.entry(class).or_default().pop();
        }
        Some((id, name))
    }

    /// Place of the innermost element of these names and classes.
    fn innermost(&self, names: &[&str]) -> Option<usize> {
        let last = |name: &&str| self.places.get(*name)?.last().copied();
        names.iter().filter_map(last).max()
    }

    /// The outermost element of a name.
    fn outermost(&self, name: &str) -> Option<Id> {
        let place = self.places.get(name)?.first()?;
        self.elements.get(*place).map(|(id, _)| *id)
    }
}

fn classes(name: &'static str) -> impl Iterator<Item = &'static str> {
    let is_block = is_block(name);
    let is_special = is_block && !matches!(name, "address" | "div" | "p");
    [
        Some(name),
        is_block.then_some(BLOCK),
        is_special.then_some(SPECIAL),
    ]
    .into_iter()
    .flatten()
}

/// What the search for the start of `</name>` does not reach through.
fn stops(name: &str) -> &'static [&'static str] {
    match name {
        "table" => &[],
        "li" => &ITEM_BARRIERS,
        _ if TABLE_PARTS.contains(&name) => &["table"],
        _ if is_block(name) || WITHOUT_TEXT.contains(&name) => &BARRIERS,
        _ => &[BLOCK],
    }
}

/// Elements whose content is not read as tags.
fn is_raw(name: &str) -> bool {
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
