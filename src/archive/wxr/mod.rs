//! WordPress exports, WXR 1.0 to 1.2, of any size. `segments` cuts the stream into
//! items, `item` reads one: what is wrong in an item stays in it.

use std::io::Read;
use std::ops::ControlFlow;

use encoding_rs::{Encoding, UTF_8};

mod item;
mod segments;

use super::{ArchiveError, Bounds, Out, Problem, Source};
use segments::{Segment, Segments};

/// Gives the items of an export.
pub(super) fn read(
    source: &Source,
    reader: impl Read,
    bounds: &Bounds,
    out: &mut Out<'_>,
) -> Result<ControlFlow<()>, ArchiveError> {
    let mut segments = Segments::new(reader, bounds.max_item_bytes);
    while let Some(segment) = segments
        .next_segment()
        .map_err(|error| source.failed(error))?
    {
        let told = match segment {
            Segment::Item(bytes) => {
                let (id, entry) = item::read(&decode(&bytes, segments.head()), bounds);
                out.put(id, entry)
            }
            Segment::TooLong => {
                let detail = format!(
                    "the item is larger than limits.max_item_bytes = {}",
                    bounds.max_item_bytes
                );
                out.put(None, Err(Problem::broken("too_many_bytes", detail)))
            }
            Segment::CutOff => out.put(
                None,
                Err(Problem::broken("cut_off", "the item does not end")),
            ),
        };
        if told.is_break() {
            return Ok(told);
        }
    }
    Ok(out.end())
}

/// The item's text; bytes that are no character become U+FFFD.
fn decode(bytes: &[u8], head: &[u8]) -> String {
    let (text, _) = declared(head).decode_without_bom_handling(bytes);
    text.into_owned()
}

/// The charset that the XML declaration names, if it reads like ASCII.
fn declared(head: &[u8]) -> &'static Encoding {
    let head = String::from_utf8_lossy(head);
    let declaration = head.split("?>").next().unwrap_or_default();
    let named = declaration.split_once("encoding=").and_then(|(_, rest)| {
        let quoted = |quote: char| Some(rest.strip_prefix(quote)?.split_once(quote)?.0);
        let label = quoted('"').or_else(|| quoted('\''))?;
        Encoding::for_label(label.as_bytes())
    });
    named.filter(|it| it.is_ascii_compatible()).unwrap_or(UTF_8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charset_is_what_stands_in_quotes() {
        let named = |label: &[u8]| {
            let head = [b"<?xml version=\"1.0\" encoding=", label, b" ?>"].concat();
            declared(&head).name()
        };
        assert_eq!(named(b"'ISO-8859-2'"), "ISO-8859-2");
        assert_eq!(named(b"\"windows-1251\""), "windows-1251");
        for broken in [&b"\xff\xff\"utf-7\""[..], b"\"koi8-r", b"", b"\"utf-16\""] {
            assert_eq!(named(broken), "UTF-8");
        }
    }
}
