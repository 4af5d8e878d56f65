//! HTML text to tags and texts with their places, by the tokenizer of
//! html5gum; hands them to [`Builder`] one by one. Keeps only the attributes
//! that somebody looks at, so that a million others cost nothing.

use std::borrow::Cow;
use std::convert::Infallible;

use html5gum::{Emitter, Error, State, Tokenizer};

use crate::text::mapped::SourceMap;
use crate::text::span::Span;

use super::build::Builder;
use super::dom::{Attribute, Dom};
use super::names::known;

/// The attributes that the reader looks at.
const ATTRIBUTES: [&str; 25] = [
    "aria-hidden",
    "aria-label",
    "bgcolor",
    "class",
    "color",
    "content",
    "datetime",
    "hidden",
    "href",
    "http-equiv",
    "id",
    "itemprop",
    "itemtype",
    "lang",
    "media",
    "name",
    "open",
    "property",
    "rel",
    "role",
    "size",
    "style",
    "title",
    "type",
    "xml:lang",
];
/// Attributes for scripts, of which plugins leave their marks, are kept up to
/// this many for an element.
const MAX_DATA_ATTRIBUTES: usize = 16;

/// Parses `source`, up to `max_nodes` of it. Linear in its length, whatever it
/// holds.
pub(super) fn parse(source: &str, max_nodes: usize) -> Dom<'_> {
    let mut builder = Builder::new(source, max_nodes);
    feed(source, None, &mut builder);
    builder.finish()
}

/// Hands the tags and texts of `source` to `builder`; `places` lead from it to
/// the input, of which it may be a part.
pub(super) fn feed(source: &str, places: Option<&SourceMap>, builder: &mut Builder<'_>) {
    let feed = Feed {
        source,
        places,
        builder,
        position: 0,
        told: 0,
        verbatim: Span::new(0, 0),
        tag: Tag::default(),
        attribute: None,
        attributes: Vec::new(),
        last_start: Vec::new(),
        raw: None,
    };
    let Ok(()) = Tokenizer::new_with_emitter(source, feed).finish();
}

#[derive(Default)]
struct Tag {
    name: Vec<u8>,
    is_end: bool,
}

/// The kinds of document that a page holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Raw {
    LinkedData,
    Style,
}

/// An attribute that is being read.
#[derive(Default)]
struct Reading {
    name: Vec<u8>,
    /// `None` when nobody looks at it; known once its name is complete.
    kept: Option<Cow<'static, str>>,
    value: Vec<u8>,
}

struct Feed<'b, 'a, 's> {
    source: &'s str,
    places: Option<&'s SourceMap>,
    builder: &'b mut Builder<'a>,
    /// How much of the source is read.
    position: usize,
    /// Where the last text or tag ended.
    told: usize,
    /// Text as it stands in the source, not yet handed on: it may come in
    /// parts that end inside a character.
    verbatim: Span,
    tag: Tag,
    attribute: Option<Reading>,
    attributes: Vec<Attribute>,
    last_start: Vec<u8>,
    /// What is read as a document of its own, and where it starts.
    raw: Option<(Raw, usize)>,
}

impl Feed<'_, '_, '_> {
    fn tell_verbatim(&mut self) {
        let from = std::mem::replace(&mut self.verbatim, Span::new(self.position, self.position));
        self.tell(from.of(self.source), from);
    }

    /// Hands a text on: it stands for `from` of the source.
    fn tell(&mut self, text: &str, from: Span) {
        self.builder.text(text, self.place(from));
    }

    /// Where a part of the source stands in the input.
    fn place(&self, part: Span) -> Span {
        let Some(places) = self.places else {
            return part;
        };
        places.source(part).unwrap_or(Span::new(0, 0))
    }

    /// Ends the attribute that is being read.
    fn keep_attribute(&mut self) {
        let Some(mut reading) = self.attribute.take() else {
            return;
        };
        if reading.kept.is_none() {
            reading.kept = self.wanted(&reading.name);
        }
        if let Some(name) = reading.kept {
            let value = String::from_utf8_lossy(&reading.value).into_owned();
            self.attributes.push(Attribute { name, value });
        }
    }

    /// The name to keep an attribute by; `None` for a repeated one, too.
    fn wanted(&self, name: &[u8]) -> Option<Cow<'static, str>> {
        if self.tag.is_end {
            return None;
        }
        if let Some(known) = ATTRIBUTES.iter().find(|known| known.as_bytes() == name) {
            let is_new = !self.attributes.iter().any(|it| it.name == *known);
            return is_new.then_some(Cow::Borrowed(known));
        }
        let is_data = name.starts_with(b"data-")
            && self.attributes.len() < ATTRIBUTES.len() + MAX_DATA_ATTRIBUTES;
        is_data.then(|| Cow::Owned(String::from_utf8_lossy(name).into_owned()))
    }

    fn start_tag(&mut self) -> Option<State> {
        std::mem::swap(&mut self.last_start, &mut self.tag.name);
        let name = known(&self.last_start);
        let is_foreign = self.builder.is_foreign();
        self.raw = self.raw_of(name).map(|raw| (raw, self.position));
        self.builder.start(name, &mut self.attributes);
        match name {
            "title" | "textarea" if !is_foreign => Some(State::RcData),
            "script" => Some(State::ScriptData),
            "iframe" | "noembed" | "noframes" | "noscript" | "style" | "xmp" if !is_foreign => {
                Some(State::RawText)
            }
            "plaintext" => Some(State::PlainText),
            _ => None,
        }
    }

    /// What the element that starts holds, by its attributes.
    fn raw_of(&self, name: &str) -> Option<Raw> {
        let value = |wanted: &str| {
            let mut found = self.attributes.iter().filter(|it| it.name == wanted);
            found.next().map(|it| it.value.as_str())
        };
        let is_screen = || matches!(value("media"), None | Some("" | "all" | "screen"));
        let is_data = || {
            value("type")?
                .eq_ignore_ascii_case("application/ld+json")
                .then_some(())
        };
        match name {
            "script" => is_data().map(|()| Raw::LinkedData),
            "style" => is_screen().then_some(Raw::Style),
            _ => None,
        }
    }

    fn end_tag(&mut self) {
        if let Some((raw, start)) = self.raw.take() {
            let place = self.place(Span::new(start, self.told.max(start)));
            match raw {
                Raw::LinkedData => self.builder.linked_data(place),
                Raw::Style => self.builder.style(place),
            }
        }
        self.builder.end(known(&self.tag.name));
    }
}

impl Emitter for Feed<'_, '_, '_> {
    type Token = Infallible;

    fn move_position(&mut self, offset: isize) {
        self.position = self.position.saturating_add_signed(offset);
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn emit_error(&mut self, _: Error) {}

    fn pop_token(&mut self) -> Option<Infallible> {
        None
    }

    fn emit_eof(&mut self) {
        self.tell_verbatim();
    }

    fn emit_string(&mut self, text: &[u8]) {
        let start = self.position.saturating_sub(text.len());
        if self.source.as_bytes().get(start..self.position) != Some(text) {
            // What differs from the source, as a decoded character reference,
            // stands for all that was read since the last text or tag.
            self.tell_verbatim();
            let from = Span::new(self.told.min(self.position), self.position);
            self.tell(&String::from_utf8_lossy(text), from);
        } else if self.verbatim.end == start {
            self.verbatim.end = self.position;
        } else {
            self.tell_verbatim();
            self.verbatim = Span::new(start, self.position);
        }
        self.told = self.position;
    }

    fn set_last_start_tag(&mut self, name: Option<&[u8]>) {
        self.last_start = name.unwrap_or_default().to_vec();
    }

    fn init_start_tag(&mut self) {
        self.tag = Tag::default();
        self.attributes.clear();
        self.attribute = None;
    }

    fn init_end_tag(&mut self) {
        self.init_start_tag();
        self.tag.is_end = true;
    }

    fn push_tag_name(&mut self, part: &[u8]) {
        self.tag.name.extend_from_slice(part);
    }

    fn init_attribute(&mut self) {
        self.keep_attribute();
        self.attribute = Some(Reading::default());
    }

    fn push_attribute_name(&mut self, part: &[u8]) {
        if let Some(reading) = &mut self.attribute {
            reading.name.extend_from_slice(part);
        }
    }

    fn init_attribute_value(&mut self) {
        let name = self.attribute.as_ref().map(|reading| &*reading.name);
        let kept = name.and_then(|name| self.wanted(name));
        match &mut self.attribute {
            Some(reading) if kept.is_some() => reading.kept = kept,
            attribute => *attribute = None,
        }
    }

    fn push_attribute_value(&mut self, part: &[u8]) {
        if let Some(reading) = &mut self.attribute {
            reading.value.extend_from_slice(part);
        }
    }

    fn set_self_closing(&mut self) {}

    fn emit_current_tag(&mut self) -> Option<State> {
        self.tell_verbatim();
        self.keep_attribute();
        let state = if self.tag.is_end {
            self.end_tag();
            None
        } else {
            self.start_tag()
        };
        self.told = self.position;
        state
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.tag.is_end && !self.tag.name.is_empty() && self.tag.name == self.last_start
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.builder.is_foreign()
    }

    fn init_comment(&mut self) {}

    fn push_comment(&mut self, _: &[u8]) {}

    fn emit_current_comment(&mut self) {
        self.told = self.position;
    }

    fn init_doctype(&mut self) {}

    fn push_doctype_name(&mut self, _: &[u8]) {}

    fn set_force_quirks(&mut self) {}

    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}

    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}

    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}

    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}

    fn emit_current_doctype(&mut self) {
        self.builder.doctype();
        self.told = self.position;
    }
}
