//! Cuts a stream into items, without understanding more of XML than where CDATA and
//! comments begin and end: `</item>` in an article's text ends nothing. An item that
//! does not end gives way to the next one that begins.
//!
//! Every byte is looked at a bounded number of times, whatever the input.

use std::io::{self, Read};

const CHUNK: usize = 64 * 1024;
/// Bytes from the beginning of the stream that are kept, for its declaration.
const HEAD: usize = 200;

const BEGIN: &[u8] = b"<item";
const END: &[u8] = b"</item";
const CDATA: &[u8] = b"<![CDATA[";
const CDATA_END: &[u8] = b"]]>";
const COMMENT: &[u8] = b"<!--";
const COMMENT_END: &[u8] = b"-->";

/// A piece of the stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Segment {
    /// From its start tag to its end tag.
    Item(Vec<u8>),
    /// It goes on beyond the bound.
    TooLong,
    /// The stream ends in it, or the next item begins.
    CutOff,
}

/// The items of a stream.
pub(super) struct Segments<R> {
    reader: R,
    buffer: Vec<u8>,
    /// What of the buffer was given out or passed over.
    at: usize,
    /// Offset in the stream of the buffer's first byte.
    offset: u64,
    is_over: bool,
    most: usize,
    head: Vec<u8>,
    /// Where the ends of CDATA and of comments were looked for in vain.
    no_cdata_end: Vain,
    no_comment_end: Vain,
}

/// Offsets in the stream between which something does not begin.
#[derive(Debug, Clone, Copy, Default)]
struct Vain {
    from: u64,
    until: u64,
}

/// How the search for an item's end went.
enum Found {
    /// The offset after it, in the buffer.
    End(usize),
    /// Not within the bound.
    TooLong,
    /// The stream ends, or the next item begins, so many bytes after its beginning.
    CutOff(usize),
}

impl<R: Read> Segments<R> {
    pub(super) fn new(reader: R, most: usize) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            at: 0,
            offset: 0,
            is_over: false,
            most,
            head: Vec::new(),
            no_cdata_end: Vain::default(),
            no_comment_end: Vain::default(),
        }
    }

    /// The first bytes of the stream.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// The next item; `None` at the end.
    pub(super) fn next_segment(&mut self) -> io::Result<Option<Segment>> {
        if !self.find_begin()? {
            return Ok(None);
        }
        let segment = match self.find_end()? {
            Found::End(end) => {
                let item = self.buffer[self.at..end].to_vec();
                self.at = end;
                Segment::Item(item)
            }
            Found::TooLong => {
                self.at += BEGIN.len();
                Segment::TooLong
            }
            Found::CutOff(_) => {
                self.at += BEGIN.len();
                Segment::CutOff
            }
        };
        Ok(Some(segment))
    }

    /// Puts `at` on the next start tag of an item.
    fn find_begin(&mut self) -> io::Result<bool> {
        loop {
            let found = find(&self.buffer[self.at..], BEGIN);
            if let Some(found) = found {
                let after = self.at + found + BEGIN.len();
                if after == self.buffer.len() && self.fill()? {
                    continue;
                }
                let is_tag = self.buffer.get(after).is_some_and(|byte| ends_name(*byte));
                self.at += found + if is_tag { 0 } else { BEGIN.len() };
                if is_tag {
                    return Ok(true);
                }
                continue;
            }
            // The tag may be cut in two by the end of the buffer.
            self.at = self.at.max(self.buffer.len().saturating_sub(BEGIN.len()));
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    /// The end of the item that begins at `at`, if that is within the bound: what came
    /// in one read with it makes no difference.
    fn find_end(&mut self) -> io::Result<Found> {
        Ok(match self.look_for_end()? {
            Found::End(end) if end - self.at > self.most => Found::TooLong,
            Found::CutOff(scanned) if scanned > self.most => Found::TooLong,
            found => found,
        })
    }

    /// Looks for the end of the item that begins at `at`.
    fn look_for_end(&mut self) -> io::Result<Found> {
        // From `at`, as the buffer moves.
        let mut cursor = BEGIN.len();
        loop {
            if cursor > self.most {
                return Ok(Found::TooLong);
            }
            let here = &self.buffer[self.at + cursor..];
            let Some(found) = here.iter().position(|byte| *byte == b'<') else {
                cursor = self.buffer.len() - self.at;
                if !self.fill()? {
                    return Ok(Found::CutOff(cursor));
                }
                continue;
            };
            cursor += found;
            let here = &self.buffer[self.at + cursor..];
            if here.len() <= CDATA.len() && self.fill()? {
                continue;
            }
            let here = &self.buffer[self.at + cursor..];
            if is_tag(here, END) {
                if let Some(close) = here.iter().position(|byte| *byte == b'>') {
                    return Ok(Found::End(self.at + cursor + close + 1));
                }
                if !self.fill()? {
                    return Ok(Found::CutOff(self.buffer.len() - self.at));
                }
            } else if is_tag(here, BEGIN) {
                return Ok(Found::CutOff(cursor));
            } else if here.starts_with(CDATA) {
                match self.skip(cursor + CDATA.len(), CDATA_END)? {
                    Ok(after) => cursor = after,
                    Err(why) => return Ok(why),
                }
            } else if here.starts_with(COMMENT) {
                match self.skip(cursor + COMMENT.len(), COMMENT_END)? {
                    Ok(after) => cursor = after,
                    Err(why) => return Ok(why),
                }
            } else {
                cursor += 1;
            }
        }
    }

    /// The offset from `at` after the next `end`, looked for from `from`.
    fn skip(&mut self, mut from: usize, end: &[u8]) -> io::Result<Result<usize, Found>> {
        let base = self.offset + self.at as u64;
        let begun = base + from as u64;
        let vain = if end == CDATA_END {
            self.no_cdata_end
        } else {
            self.no_comment_end
        };
        if (vain.from..vain.until).contains(&begun) {
            // What was looked through before, from a place further up, is not again.
            from = usize::try_from(vain.until - base).unwrap_or(usize::MAX);
        }
        loop {
            let here = self.buffer.get(self.at + from..).unwrap_or_default();
            if let Some(found) = find(here, end) {
                return Ok(Ok(from + found + end.len()));
            }
            from = from.max((self.buffer.len() - self.at).saturating_sub(end.len()));
            let why = if from > self.most {
                Found::TooLong
            } else if self.fill()? {
                continue;
            } else {
                Found::CutOff(self.buffer.len() - self.at)
            };
            let vain = Vain {
                from: begun,
                until: self.offset + (self.at + from) as u64,
            };
            if end == CDATA_END {
                self.no_cdata_end = vain;
            } else {
                self.no_comment_end = vain;
            }
            return Ok(Err(why));
        }
    }

    /// Reads on, and forgets what is done with; whether there was more.
    fn fill(&mut self) -> io::Result<bool> {
        if self.is_over {
            return Ok(false);
        }
        // Only when it is worth it: an item of many chunks is not moved for each.
        if self.at >= self.buffer.len() / 2 {
            self.buffer.drain(..self.at);
            self.offset += self.at as u64;
            self.at = 0;
        }
        let old = self.buffer.len();
        self.buffer.resize(old + CHUNK, 0);
        let read = loop {
            match self.reader.read(&mut self.buffer[old..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer
            .truncate(old + read.as_ref().copied().unwrap_or(0));
        let read = read?;
        if self.head.len() < HEAD {
            let wanted = (HEAD - self.head.len()).min(read);
            self.head.extend_from_slice(&self.buffer[old..old + wanted]);
        }
        self.is_over = read == 0;
        Ok(read > 0)
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    loop {
        let at = from
            + haystack
                .get(from..)?
                .iter()
                .position(|byte| *byte == first)?;
        if haystack[at..].starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// Whether a tag of exactly this name stands here.
fn is_tag(here: &[u8], tag: &[u8]) -> bool {
    here.starts_with(tag) && here.get(tag.len()).is_none_or(|byte| ends_name(*byte))
}

fn ends_name(byte: u8) -> bool {
    byte == b'>' || byte == b'/' || byte.is_ascii_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives its bytes one by one: every boundary is tried.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else {
                return Ok(0);
            };
            into[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn all(text: &str, most: usize) -> Vec<String> {
        let told = |reader: &mut dyn FnMut() -> Option<Segment>| {
            let mut all = Vec::new();
            while let Some(segment) = reader() {
                all.push(match segment {
                    Segment::Item(bytes) => String::from_utf8(bytes).unwrap(),
                    other => format!("{other:?}"),
                });
            }
            all
        };
        let mut slow = Segments::new(Slow(text.as_bytes()), most);
        let mut fast = Segments::new(text.as_bytes(), most);
        let slow = told(&mut || slow.next_segment().unwrap());
        assert_eq!(slow, told(&mut || fast.next_segment().unwrap()));
        slow
    }

    #[test]
    fn items_end_where_they_end() {
        let text = "<rss><item><a><![CDATA[</item> <item>]]></a><!-- </item> --></item>\n\
                    <items/><item x='1'>b</item ></rss>";
        assert_eq!(
            all(text, 1000),
            [
                "<item><a><![CDATA[</item> <item>]]></a><!-- </item> --></item>",
                "<item x='1'>b</item >"
            ]
        );
    }

    #[test]
    fn an_item_without_an_end_costs_only_itself() {
        let text = "<item>a <item>b</item><item><![CDATA[c</item><item>d</item>";
        // The open CDATA takes all that follows; it is looked into again.
        let expected = ["CutOff", "<item>b</item>", "CutOff", "<item>d</item>"];
        assert_eq!(all(text, 1000), expected);
        let long = format!("<item>{}</item><item>e</item>", "x".repeat(100));
        assert_eq!(all(&long, 40), ["TooLong", "<item>e</item>"]);
    }

    proptest! {
        #[test]
        fn any_stream_is_cut(parts in prop::collection::vec(
            prop_oneof![Just("<item>"), Just("</item>"), Just("<![CDATA["), Just("]]>"),
                Just("<!--"), Just("-->"), Just("x<"), Just("<ite")], 0..30), most in 1usize..60) {
            all(&parts.concat(), most);
        }
    }
}
