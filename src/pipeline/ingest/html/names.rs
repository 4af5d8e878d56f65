//! Names of elements and what the standard says about them, as far as reading
//! text needs it. Tables and look-ups only.

/// The name of every element that is not in [`NAMES`].
pub(super) const UNKNOWN: &str = "unknown";

/// Parts of Markdown that HTML has no element for; no tag can have such a name.
pub(in crate::pipeline::ingest) const CODE: &str = "#code";
pub(in crate::pipeline::ingest) const COMMENT: &str = "#comment";
pub(in crate::pipeline::ingest) const FOOTNOTE: &str = "#footnote";

/// Elements that the reader tells apart, sorted.
const NAMES: [&str; 103] = [
    CODE,
    COMMENT,
    FOOTNOTE,
    "a",
    "address",
    "applet",
    "area",
    "article",
    "aside",
    "audio",
    "b",
    "base",
    "blockquote",
    "body",
    "br",
    "button",
    "canvas",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "fieldset",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "frame",
    "frameset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "input",
    "legend",
    "li",
    "link",
    "main",
    "map",
    "math",
    "menu",
    "meta",
    "nav",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "ol",
    "optgroup",
    "option",
    "p",
    "picture",
    "plaintext",
    "pre",
    "progress",
    "q",
    "script",
    "section",
    "select",
    "source",
    "span",
    "strong",
    "style",
    "summary",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "template",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "time",
    "title",
    "tr",
    "track",
    "ul",
    "video",
    "wbr",
    "xmp",
];

/// Elements that start and end a paragraph.
const BLOCKS: [&str; 50] = [
    CODE,
    FOOTNOTE,
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "button",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "dir",
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
    "hgroup",
    "hr",
    "html",
    "legend",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
];

/// The known name that `name`, in lower case, is.
pub(super) fn known(name: &[u8]) -> &'static str {
    NAMES
        .binary_search_by(|known| known.as_bytes().cmp(name))
        .ok()
        .and_then(|at| NAMES.get(at))
        .copied()
        .unwrap_or(UNKNOWN)
}

/// Whether an element has no end tag.
pub(super) fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "frame"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "source"
            | "track"
            | "wbr"
    )
}

/// Whether an element starts and ends a paragraph.
pub(super) fn is_block(name: &str) -> bool {
    BLOCKS.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_halving() {
        assert!(NAMES.is_sorted() && BLOCKS.is_sorted());
        for name in NAMES {
            assert_eq!(known(name.as_bytes()), name);
        }
        assert_eq!(known(b"x-card"), UNKNOWN);
        assert!(BLOCKS.iter().all(|name| NAMES.contains(name)));
    }
}
