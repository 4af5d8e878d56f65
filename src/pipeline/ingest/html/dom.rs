//! The elements and texts of a document in one list, in document order, so that
//! whatever is inside an element follows it directly. Every text knows where it
//! stands in the input. Filled by `build`, read by all others here; nothing
//! recurses and nothing points, so depth is no danger and dropping is free.

use std::borrow::Cow;
use std::ops::Range;

use crate::text::mapped::Mapped;
use crate::text::span::Span;

/// Index of a node.
pub(super) type Id = usize;

/// A parsed document. Node 0 holds all others.
#[derive(Debug)]
pub(super) struct Dom<'a> {
    pub(super) source: &'a str,
    pub(super) nodes: Vec<Node>,
    pub(super) attributes: Vec<Attribute>,
    /// All texts, decoded, one after the other.
    pub(super) text: String,
    pub(super) chunks: Vec<Chunk>,
    /// Whether there was more than may be; the rest is not in it.
    pub(super) is_cut: bool,
    /// Whether it has a tag that only whole pages have.
    pub(super) says_page: bool,
    /// Where the documents of linked data stand in the input.
    pub(super) linked_data: Vec<Span>,
    /// Where the style sheets for screens stand in it.
    pub(super) styles: Vec<Span>,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) parent: u32,
    /// After the last node inside.
    pub(super) end: u32,
}

#[derive(Debug)]
pub(super) enum Kind {
    Element {
        name: &'static str,
        attributes: Range<u32>,
    },
    Text {
        chunks: Range<u32>,
        is_linked: bool,
    },
}

/// Of the attributes that the reader looks at, one.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) name: Cow<'static, str>,
    pub(super) value: String,
}

/// A part of the text and what it stands for in the input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    /// Where it starts in the text; it ends where the next one starts.
    pub(super) at: u32,
    pub(super) from: (u32, u32),
}

/// An element of a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    dom: &'a Dom<'a>,
    pub(super) id: Id,
    pub(super) name: &'static str,
}

impl Dom<'_> {
    /// The element at `id`; `None` for a text.
    pub(super) fn element(&self, id: Id) -> Option<Element<'_>> {
        match self.nodes.get(id)?.kind {
            Kind::Element { name, .. } => Some(Element {
                dom: self,
                id,
                name,
            }),
            Kind::Text { .. } => None,
        }
    }

    /// All elements in document order.
    pub(super) fn elements(&self) -> impl Iterator<Item = Element<'_>> {
        self.elements_in(0..self.nodes.len())
    }

    pub(super) fn elements_in(&self, ids: Range<Id>) -> impl Iterator<Item = Element<'_>> {
        ids.filter_map(|id| self.element(id))
    }

    /// An element and all inside it.
    pub(super) fn subtree(&self, id: Id) -> Range<Id> {
        id..self.end(id)
    }

    /// After the last node inside.
    pub(super) fn end(&self, id: Id) -> Id {
        self.nodes.get(id).map_or(id, |node| wide(node.end))
    }

    /// Node 0 is its own parent.
    pub(super) fn parent(&self, id: Id) -> Id {
        self.nodes.get(id).map_or(0, |node| wide(node.parent))
    }

    /// The nodes directly inside an element.
    pub(super) fn children(&self, id: Id) -> impl Iterator<Item = Id> {
        let end = self.end(id);
        let first = (id + 1 < end).then_some(id + 1);
        std::iter::successors(first, move |child| {
            Some(self.end(*child)).filter(|next| *next < end)
        })
    }

    /// The decoded text of the text node `id`; empty for an element.
    pub(super) fn text_of(&self, id: Id) -> &str {
        let Some(Kind::Text { chunks, .. }) = self.nodes.get(id).map(|node| &node.kind) else {
            return "";
        };
        let start = self.chunk_start(chunks.start);
        self.text
            .get(start..self.chunk_start(chunks.end))
            .unwrap_or_default()
    }

    /// Whether `id` is a text inside a link.
    pub(super) fn is_linked(&self, id: Id) -> bool {
        matches!(
            self.nodes.get(id).map(|node| &node.kind),
            Some(Kind::Text {
                is_linked: true,
                ..
            })
        )
    }

    /// Appends the text node `id` to `text`, with its places in the input.
    pub(super) fn append_text(&self, id: Id, text: &mut Mapped) {
        let Some(Kind::Text { chunks, .. }) = self.nodes.get(id).map(|node| &node.kind) else {
            return;
        };
        for index in chunks.clone() {
            let Some(chunk) = self.chunks.get(wide(index)) else {
                continue;
            };
            let part = wide(chunk.at)..self.chunk_start(index + 1);
            let from = Span::new(wide(chunk.from.0), wide(chunk.from.1));
            text.replace(self.text.get(part).unwrap_or_default(), from);
        }
    }

    /// All text inside an element.
    pub(super) fn text_in(&self, id: Id) -> Mapped {
        let mut text = Mapped::default();
        for id in self.subtree(id) {
            self.append_text(id, &mut text);
        }
        text
    }

    fn chunk_start(&self, index: u32) -> usize {
        self.chunks
            .get(wide(index))
            .map_or(self.text.len(), |chunk| wide(chunk.at))
    }
}

impl<'a> Element<'a> {
    /// The value of an attribute; of several, the first.
    pub(super) fn attr(&self, name: &str) -> Option<&'a str> {
        self.attributes()
            .iter()
            .find(|attribute| attribute.name == name)
            .map(|attribute| attribute.value.as_str())
    }

    /// The attributes that were kept.
    pub(super) fn attributes(&self) -> &'a [Attribute] {
        match self.dom.nodes.get(self.id).map(|node| &node.kind) {
            Some(Kind::Element { attributes, .. }) => self
                .dom
                .attributes
                .get(wide(attributes.start)..wide(attributes.end))
                .unwrap_or_default(),
            _ => &[],
        }
    }

    pub(super) fn classes(&self) -> impl Iterator<Item = &'a str> {
        self.attr("class").unwrap_or_default().split_whitespace()
    }

    /// The elements around it, from the inside out, itself first.
    pub(super) fn ancestors(&self) -> impl Iterator<Item = Element<'a>> {
        let dom = self.dom;
        std::iter::successors(Some(*self), |element| {
            (element.id > 0).then(|| dom.element(dom.parent(element.id)))?
        })
    }
}

/// Inputs are bounded far below this; what lies beyond has no place.
pub(super) fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn wide(number: u32) -> usize {
    number as usize
}
