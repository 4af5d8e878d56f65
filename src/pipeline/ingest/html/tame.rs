//! Rewrites HTML so that parsing it is about linear and reading it is simple:
//! scripts and comments go, formatting elements lose their special rules, few
//! attributes stay, nesting is bounded. All text stays, in order.
//!
//! The HTML standard makes a parser re-open formatting elements in every later
//! block, look for open elements down the whole stack, and compare every
//! attribute with all before it. Each is quadratic or worse on hostile input.
//! The parser sees only tags written here, so it cannot disagree with us about
//! where a tag starts.

/// Open elements, beyond which start tags become paragraph breaks.
const MAX_DEPTH: usize = 256;
/// Longer names are no HTML.
const MAX_NAME_BYTES: usize = 40;

/// Elements without an end tag.
const VOID: [&str; 13] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];
/// Elements that the parser closes by itself before their like, and which
/// therefore nest no deeper than what holds them.
const SELF_ENDING: [&str; 14] = [
    "body", "dd", "dt", "head", "html", "li", "optgroup", "option", "p", "tbody", "td", "tfoot",
    "th", "thead",
];
/// Elements without text of the article, removed with all inside.
const WITHOUT_TEXT: [&str; 10] = [
    "iframe", "noembed", "noframes", "noscript", "script", "select", "style", "svg", "template",
    "textarea",
];
/// Elements renamed to `x-…`: formatting elements, and others with rules of
/// their own that reading text does not need.
const RENAMED: [&str; 26] = [
    "a",
    "applet",
    "b",
    "big",
    "button",
    "code",
    "em",
    "font",
    "frame",
    "frameset",
    "i",
    "image",
    "isindex",
    "listing",
    "marquee",
    "math",
    "nobr",
    "object",
    "plaintext",
    "s",
    "small",
    "strike",
    "strong",
    "tt",
    "u",
    "xmp",
];
/// The attributes that the reader looks at.
const ATTRIBUTES: [&str; 10] = [
    "aria-hidden",
    "class",
    "content",
    "data-afterword",
    "hidden",
    "id",
    "itemprop",
    "property",
    "role",
    "style",
];

/// Rewrites `html`.
pub(super) fn tame(html: &str) -> String {
    let mut tamer = Tamer {
        out: String::with_capacity(html.len()),
        open: Vec::new(),
        unclosed: Vec::new(),
    };
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        tamer.out.push_str(&rest[..at]);
        rest = tamer.markup(&rest[at..]);
    }
    tamer.out.push_str(rest);
    tamer.out
}

struct Tamer {
    out: String,
    /// Names of the elements that the parser has open, at least.
    open: Vec<String>,
    /// Names of [`WITHOUT_TEXT`] known to have no end tag ahead.
    unclosed: Vec<String>,
}

impl Tamer {
    /// Writes what `rest` starts with, a `<`, and returns what comes after.
    fn markup<'a>(&mut self, rest: &'a str) -> &'a str {
        if let Some(comment) = rest.strip_prefix("<!--") {
            // `<!-->` is a whole comment, hence the dashes are looked at again.
            return after(&rest[rest.len() - comment.len() - 2..], "-->");
        }
        if rest.starts_with("<!") || rest.starts_with("<?") {
            return after(rest, ">");
        }
        let (inside, is_end) = match rest.strip_prefix("</") {
            Some(inside) => (inside, true),
            None => (&rest[1..], false),
        };
        if !inside.starts_with(|first: char| first.is_ascii_alphabetic()) {
            self.out.push_str("&lt;");
            return &rest[1..];
        }
        let (name, inside) = name(inside);
        if is_end {
            self.end(&name);
            return after(inside, ">");
        }
        self.start(&name, inside)
    }

    /// Writes a start tag; `inside` starts after its name.
    fn start<'a>(&mut self, name: &str, inside: &'a str) -> &'a str {
        let mut attributes = Attributes::default();
        let Some(rest) = attributes.read(inside) else {
            return "";
        };
        if WITHOUT_TEXT.contains(&name) {
            return self.skip(name, rest);
        }
        let is_counted = !VOID.contains(&name) && !SELF_ENDING.contains(&name);
        if is_counted && self.open.len() >= MAX_DEPTH {
            self.out.push_str("<p>");
            return rest;
        }
        if is_counted {
            self.open.push(name.to_owned());
        }
        self.out.push('<');
        self.out.push_str(name);
        attributes.write(&mut self.out);
        self.out.push('>');
        rest
    }

    fn end(&mut self, name: &str) {
        let matching = self
            .open
            .iter()
            .rev()
            .take_while(|open| *open == name || !stops(name, open))
            .position(|open| open == name);
        if let Some(above) = matching {
            self.open.truncate(self.open.len() - above - 1);
        }
        if !WITHOUT_TEXT.contains(&name) {
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
    }

    /// What follows the end tag of an element without text. A script that
    /// never ends takes the rest with it, as in browsers; a picture does not.
    fn skip<'a>(&mut self, name: &str, rest: &'a str) -> &'a str {
        if self.unclosed.iter().any(|known| known == name) {
            return rest;
        }
        if let Some(inside) = after_end_tag(rest, name) {
            return inside;
        }
        if matches!(name, "script" | "style") {
            return "";
        }
        self.unclosed.push(name.to_owned());
        rest
    }
}

/// Whether the parser, looking for an open `name` to end, stops at `open`.
fn stops(name: &str, open: &str) -> bool {
    let is_inline = name.starts_with("x-") || name == "span";
    let is_scope = matches!(open, "table" | "caption");
    is_scope || (is_inline && !open.starts_with("x-") && open != "span")
}

/// The tag's name as we write it, and what follows it.
fn name(inside: &str) -> (String, &str) {
    let end = inside
        .find(|next: char| next.is_ascii_whitespace() || matches!(next, '/' | '>'))
        .unwrap_or(inside.len());
    let (name, rest) = inside.split_at(end);
    let is_plain = name.len() <= MAX_NAME_BYTES
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let name = if is_plain {
        name.to_ascii_lowercase()
    } else {
        "x-odd".to_owned()
    };
    if RENAMED.contains(&name.as_str()) {
        return (format!("x-{name}"), rest);
    }
    (name, rest)
}

fn after<'a>(text: &'a str, end: &str) -> &'a str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

fn after_end_tag<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.match_indices("</").find_map(|(at, _)| {
        let tag = &text[at + 2..];
        let is_named = tag
            .get(..name.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(name));
        is_named.then(|| after(tag, ">"))
    })
}

/// Attributes of one tag: the first of each that the reader looks at.
#[derive(Default)]
struct Attributes<'a> {
    values: [Option<&'a str>; ATTRIBUTES.len()],
}

impl<'a> Attributes<'a> {
    /// Reads up to the tag's end and returns what follows; `None` when the tag
    /// has no end.
    fn read(&mut self, mut rest: &'a str) -> Option<&'a str> {
        loop {
            rest = rest.trim_start_matches(|next: char| next.is_ascii_whitespace() || next == '/');
            if let Some(after) = rest.strip_prefix('>') {
                return Some(after);
            }
            let end = attribute_name_end(rest)?;
            let (name, after) = rest.split_at(end);
            let (value, after) = attribute_value(after)?;
            self.keep(name, value);
            rest = after;
        }
    }

    fn keep(&mut self, name: &str, value: &'a str) {
        let known = ATTRIBUTES
            .iter()
            .position(|known| known.eq_ignore_ascii_case(name));
        if let Some(slot) = known.and_then(|index| self.values.get_mut(index)) {
            slot.get_or_insert(value);
        }
    }

    fn write(&self, out: &mut String) {
        for (name, value) in ATTRIBUTES.iter().zip(self.values) {
            if let Some(value) = value {
                out.push(' ');
                out.push_str(name);
                out.push_str("=\"");
                out.push_str(&value.replace('"', "&quot;"));
                out.push('"');
            }
        }
    }
}

/// At least one character, so that reading always moves on.
fn attribute_name_end(rest: &str) -> Option<usize> {
    let first = rest.chars().next()?.len_utf8();
    rest[first..]
        .find(|next: char| next.is_ascii_whitespace() || matches!(next, '/' | '>' | '='))
        .map(|end| first + end)
}

/// The value after an attribute's name, empty without one, and what follows.
fn attribute_value(rest: &str) -> Option<(&str, &str)> {
    let Some(value) = rest.trim_ascii_start().strip_prefix('=') else {
        return Some(("", rest));
    };
    let value = value.trim_ascii_start();
    for quote in ['"', '\''] {
        if let Some(quoted) = value.strip_prefix(quote) {
            return quoted.split_once(quote);
        }
    }
    let end = value.find(|next: char| next.is_ascii_whitespace() || next == '>')?;
    Some(value.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_and_scripts_and_comments_go() {
        let html =
            "a<!-- x --> <b class=k onclick='y()'>b</b><script>var s='</p>';</SCRIPT >c 1 < 2<br/>";
        assert_eq!(tame(html), "a <x-b class=\"k\">b</x-b>c 1 &lt; 2<br>");
    }

    #[test]
    fn attributes_are_read_as_browsers_read_them() {
        assert_eq!(
            tame("<p ID='a\"b' x=\">\" class = c hidden>t"),
            "<p class=\"c\" hidden=\"\" id=\"a&quot;b\">t"
        );
        assert_eq!(tame("<p class=a class=b>t"), "<p class=\"a\">t");
        assert_eq!(tame("t<p class='never closed"), "t");
    }

    #[test]
    fn nesting_is_bounded_and_its_text_stays() {
        let html = "<div>w ".repeat(1_000);
        let tamed = tame(&html);
        assert_eq!(tamed.matches("<div>").count(), MAX_DEPTH);
        assert_eq!(tamed.matches('w').count(), 1_000);
    }

    #[test]
    fn paragraphs_without_end_tags_do_not_nest() {
        let tamed = tame(&"<p class=c>w".repeat(1_000));
        assert_eq!(tamed.matches("class").count(), 1_000);
    }

    #[test]
    fn siblings_do_not_nest() {
        let tamed = tame(&"<div><a><span>w</a></div>".repeat(1_000));
        assert_eq!(tamed.matches("<div>").count(), 1_000);
    }

    #[test]
    fn an_unclosed_picture_does_not_take_the_article() {
        assert_eq!(tame("<svg><path/>text"), "<path>text");
        assert_eq!(tame("a<svg><path/>no</svg>b"), "ab");
    }
}
