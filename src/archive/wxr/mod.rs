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
        let quote = rest.chars().next()?;
        Encoding::for_label(rest[1..].split(quote).next()?.as_bytes())
    });
    named.filter(|it| it.is_ascii_compatible()).unwrap_or(UTF_8)
}
