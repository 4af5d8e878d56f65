//! One line of text as a page shows it. Whoever writes takes lines only, so that
//! no break and no control character reaches a place where it means something.

/// A text without line breaks and control characters; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line(String);

impl Line {
    /// The text on one line: a break would end a Markdown heading, and control
    /// characters have no place on a page. Inner spaces that are not ASCII stay.
    /// `None` when nothing is left to show.
    pub(super) fn new(text: &str) -> Option<Self> {
        let words: Vec<&str> = text
            .split(|c: char| c == ' ' || c.is_control())
            .filter(|word| !word.is_empty())
            .collect();
        let line = words.join(" ");
        let line = line.trim();
        (!line.is_empty()).then(|| Self(line.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The same with typographic quotation marks and dashes, for places where
    /// content systems lose backslashes: `"` and `--` are what JSON in a comment
    /// has to write with one.
    pub(super) fn typographic(&self) -> Self {
        let mut text = String::with_capacity(self.0.len());
        let mut rest = self.0.as_str();
        while let Some(c) = rest.chars().next() {
            let hyphens = rest.len() - rest.trim_start_matches('-').len();
            let (width, replaced) = match c {
                '-' => (hyphens, dash(hyphens)),
                '"' => (1, quotation_mark(text.chars().next_back())),
                c => (c.len_utf8(), c),
            };
            text.push(replaced);
            rest = &rest[width..];
        }
        Self(text)
    }
}

fn dash(hyphens: usize) -> char {
    match hyphens {
        1 => '-',
        2 => '–',
        _ => '—',
    }
}

/// Opens after a space, a bracket or a dash, closes after everything else.
fn quotation_mark(previous: Option<char>) -> char {
    let opens = previous.is_none_or(|c| c.is_whitespace() || "([{‘“–—-/".contains(c));
    if opens { '“' } else { '”' }
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[test]
    fn quotation_marks_open_and_close() {
        let cases = [
            (r#""Yes," she said."#, "“Yes,” she said."),
            (r#"He said (in a "note") no"#, "He said (in a “note”) no"),
            (
                "cost -- or price --- a well-known matter",
                "cost – or price — a well-known matter",
            ),
            (r#"a 5" disk"#, "a 5” disk"),
            ("-->", "–>"),
        ];
        for (plain, typographic) in cases {
            assert_eq!(
                Line::new(plain).unwrap().typographic().as_str(),
                typographic
            );
        }
    }
}
