//! JSON that can stand inside HTML: in a comment that opens a block, or in a
//! script. Its strings hold nothing that could end either.

use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CharEscape, Formatter};

use super::RenderError;

/// Compact JSON that cannot end what it stands in. Made here only.
pub(super) struct Embedded(String);

impl Embedded {
    /// For the comment of a block, written as WordPress itself would.
    pub(super) fn in_comment(value: &impl Serialize) -> Result<Self, RenderError> {
        Self::with(value, &['<', '>', '&'])
    }

    /// For a script. WordPress runs shortcodes even there, so brackets are
    /// escaped too.
    pub(super) fn in_script(value: &impl Serialize) -> Result<Self, RenderError> {
        Self::with(value, &['<', '>', '&', '[', '\u{2028}', '\u{2029}'])
    }

    fn with(value: &impl Serialize, escaped: &'static [char]) -> Result<Self, RenderError> {
        let mut bytes = Vec::new();
        let mut serializer = Serializer::with_formatter(&mut bytes, Escaping { escaped });
        value.serialize(&mut serializer)?;
        // JSON is UTF-8; the lossy conversion changes nothing.
        Ok(Self(String::from_utf8_lossy(&bytes).into_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Writes what is active in HTML as `\uXXXX`, and so `"`, `\` and every hyphen
/// that follows another.
struct Escaping {
    escaped: &'static [char],
}

impl Formatter for Escaping {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        let mut plain = 0;
        for (at, pair) in fragment.match_indices("--") {
            self.write_plain(writer, &fragment[plain..at])?;
            writer.write_all(br"\u002d\u002d")?;
            plain = at + pair.len();
        }
        self.write_plain(writer, &fragment[plain..])
    }

    fn write_char_escape<W>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        match escape {
            CharEscape::Quote => write_code(writer, '"'),
            CharEscape::ReverseSolidus => write_code(writer, '\\'),
            CharEscape::Solidus => writer.write_all(b"/"),
            CharEscape::Backspace => writer.write_all(br"\b"),
            CharEscape::FormFeed => writer.write_all(br"\f"),
            CharEscape::LineFeed => writer.write_all(br"\n"),
            CharEscape::CarriageReturn => writer.write_all(br"\r"),
            CharEscape::Tab => writer.write_all(br"\t"),
            CharEscape::AsciiControl(byte) => write_code(writer, char::from(byte)),
        }
    }
}

impl Escaping {
    fn write_plain<W>(&self, writer: &mut W, text: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        for part in text.split_inclusive(self.escaped) {
            let last = part.chars().next_back();
            match last.filter(|last| self.escaped.contains(last)) {
                Some(last) => {
                    writer.write_all(&part.as_bytes()[..part.len() - last.len_utf8()])?;
                    write_code(writer, last)?;
                }
                None => writer.write_all(part.as_bytes())?,
            }
        }
        Ok(())
    }
}

/// Only for characters below U+10000.
fn write_code<W: ?Sized + io::Write>(writer: &mut W, c: char) -> io::Result<()> {
    write!(writer, "\\u{:04x}", u32::from(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn both(text: &str) -> [String; 2] {
        [Embedded::in_comment(&text), Embedded::in_script(&text)].map(|it| it.unwrap().0)
    }

    #[test]
    fn what_is_active_is_escaped() {
        let [comment, script] = both("a--->b<\"\\[&\u{1}\n");
        assert_eq!(
            comment,
            r#""a\u002d\u002d-\u003eb\u003c\u0022\u005c[\u0026\u0001\n""#
        );
        assert_eq!(
            script,
            r#""a\u002d\u002d-\u003eb\u003c\u0022\u005c\u005b\u0026\u0001\n""#
        );
    }

    proptest! {
        #[test]
        fn any_text_reads_back_and_ends_nothing(
            text in prop_oneof![any::<String>(), "[-<>!/\"\\\\&a\\[\u{2028}]{0,30}"]
        ) {
            for json in both(&text) {
                prop_assert_eq!(&serde_json::from_str::<String>(&json).unwrap(), &text);
                prop_assert!(!json.contains("--") && !json.contains(['<', '>', '&']));
            }
        }
    }
}
