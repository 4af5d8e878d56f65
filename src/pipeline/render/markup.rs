//! Writes HTML and WordPress blocks. Names are literals of ours, texts are
//! [`Line`]s and JSON is [`Embedded`]: nothing goes in unescaped, because there
//! is no way in that does not escape.

use super::embedded::Embedded;
use super::line::Line;

/// Attributes of an element: names of ours, values that are escaped.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

/// HTML as it grows.
#[derive(Default)]
pub(super) struct Markup {
    out: String,
    /// Whether the last thing written was a block, from which the next one is
    /// set apart by a blank line.
    after_block: bool,
}

impl Markup {
    pub(super) fn finish(mut self) -> String {
        self.write("\n");
        self.out
    }

    /// Text, which stays text whoever reads it.
    pub(super) fn text(&mut self, line: &Line) {
        let escaped = escape_text(line.as_str());
        self.write(&escaped);
    }

    /// An element with something inside.
    pub(super) fn element(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        inside: impl FnOnce(&mut Self),
    ) {
        self.write("<");
        self.write(name);
        for (name, value) in attributes {
            self.write(" ");
            self.write(name);
            self.write("=\"");
            self.write(&escape_attribute(value));
            self.write("\"");
        }
        self.write(">");
        inside(self);
        self.write("</");
        self.write(name);
        self.write(">");
    }

    /// A script that holds data.
    pub(super) fn json_ld(&mut self, json: &Embedded) {
        self.element("script", &[("type", "application/ld+json")], |script| {
            script.write(json.as_str());
        });
    }

    /// A WordPress block with its saved HTML inside.
    pub(super) fn block(
        &mut self,
        name: &'static str,
        attributes: Option<&Embedded>,
        inside: impl FnOnce(&mut Self),
    ) {
        if self.after_block {
            self.write("\n\n");
        }
        self.write("<!-- wp:");
        self.write(name);
        if let Some(attributes) = attributes {
            self.write(" ");
            self.write(attributes.as_str());
        }
        self.write(" -->\n");
        inside(self);
        self.write("\n<!-- /wp:");
        self.write(name);
        self.write(" -->");
        self.after_block = true;
    }

    pub(super) fn line_break(&mut self) {
        self.write("\n");
    }

    pub(super) fn space(&mut self) {
        self.write(" ");
    }

    fn write(&mut self, markup: &str) {
        self.out.push_str(markup);
        self.after_block = false;
    }
}

/// Text as HTML for the value of a rich-text attribute.
pub(super) fn rich_text(line: &Line) -> String {
    let text = line.as_str().replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

fn escape_attribute(value: &str) -> String {
    let value = value.replace('&', "&amp;").replace('"', "&quot;");
    value.replace('<', "&lt;").replace('>', "&gt;")
}

/// Escapes beside what HTML acts on also what content systems act on in finished
/// pages: shortcodes (`[`), template tags (`{`), and addresses, which WordPress
/// replaces by what they lead to.
fn escape_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for (at, c) in text.char_indices() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '[' => escaped.push_str("&#91;"),
            '{' => escaped.push_str("&#123;"),
            ':' if text[at..].starts_with("://") => escaped.push_str("&#58;"),
            c => escaped.push(c),
        }
    }
    escaped
}
