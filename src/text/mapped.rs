//! A text that knows where each of its bytes came from, so that a place in what
//! was read can be shown in what the caller sent: through decoded character
//! references, collapsed white space and removed markup. Leaf type: it records
//! what readers tell it and reads nothing itself.

use std::ops::Deref;

use super::span::Span;

/// A run of text and the range of the input that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    at: Span,
    from: Span,
}

impl Run {
    /// Whether byte after byte is the same: text that was changed maps only as
    /// a whole.
    fn is_verbatim(self) -> bool {
        self.at.len() == self.from.len()
    }

    fn is_followed_by(self, next: Run) -> bool {
        self.is_verbatim()
            && next.is_verbatim()
            && self.at.end == next.at.start
            && self.from.end == next.from.start
    }
}

/// From byte offsets of a text to byte offsets of its input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceMap {
    /// In the order of the text, not overlapping. Text between two runs was
    /// inserted and stands for nothing.
    runs: Vec<Run>,
}

impl SourceMap {
    /// Says that `at` stands for `from`; calls come in the order of the text.
    pub fn push(&mut self, at: Span, from: Span) {
        let next = Run { at, from };
        match self.runs.last_mut() {
            _ if at.is_empty() => {}
            Some(last) if last.is_followed_by(next) => {
                last.at.end = at.end;
                last.from.end = from.end;
            }
            _ => self.runs.push(next),
        }
    }

    /// The smallest range of the input that holds all that `span` stands for;
    /// `None` when the text was inserted. Logarithmic in the number of runs.
    #[must_use]
    pub fn source(&self, span: Span) -> Option<Span> {
        let first = self.runs.partition_point(|run| run.at.end <= span.start);
        let end = self.runs.partition_point(|run| run.at.start < span.end);
        let runs = self.runs.get(first..end)?;
        let covered = runs.iter().map(|run| source_in(*run, span));
        covered.reduce(Span::cover)
    }

    /// The ranges of the input that the text stands for, in the order of the text.
    pub fn sources(&self) -> impl Iterator<Item = Span> {
        self.runs.iter().map(|run| run.from)
    }

    fn extend(&mut self, other: &Self, offset: usize) {
        for run in &other.runs {
            self.push(run.at.shifted(offset), run.from);
        }
    }

    fn truncate(&mut self, end: usize) {
        while self.runs.pop_if(|run| run.at.start >= end).is_some() {}
        if let Some(last) = self.runs.last_mut()
            && last.at.end > end
        {
            let cut = Span::new(last.at.start, end);
            *last = Run {
                at: cut,
                from: source_in(*last, cut),
            };
        }
    }
}

/// What the part of `run` inside `span` stands for.
fn source_in(run: Run, span: Span) -> Span {
    if !run.is_verbatim() {
        return run.from;
    }
    let start = span.start.max(run.at.start) - run.at.start;
    let end = span.end.min(run.at.end) - run.at.start;
    Span::new(run.from.start + start, run.from.start + end)
}

/// A text and its [`SourceMap`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapped {
    text: String,
    map: SourceMap,
}

impl Mapped {
    /// `text` as it stands in the input at `start`.
    #[must_use]
    pub fn verbatim(text: &str, start: usize) -> Self {
        let mut mapped = Self::default();
        mapped.push(text, start);
        mapped
    }

    /// Text that stands nowhere in the input.
    #[must_use]
    pub fn inserted(text: &str) -> Self {
        let mut mapped = Self::default();
        mapped.insert(text);
        mapped
    }

    /// Appends `text` as it stands in the input at `start`.
    pub fn push(&mut self, text: &str, start: usize) {
        self.replace(text, Span::new(start, start + text.len()));
    }

    /// Appends `text`, which stands for `from` as a whole: a decoded character
    /// reference, or a space for a line break.
    pub fn replace(&mut self, text: &str, from: Span) {
        let at = Span::new(self.text.len(), self.text.len() + text.len());
        self.text.push_str(text);
        self.map.push(at, from);
    }

    /// Appends `text` that stands nowhere in the input, such as a separator.
    pub fn insert(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Appends another text with its map.
    pub fn append(&mut self, other: &Self) {
        self.map.extend(&other.map, self.text.len());
        self.text.push_str(&other.text);
    }

    /// Cuts the text at `end`, which has to be a character boundary.
    pub fn truncate(&mut self, end: usize) {
        self.text.truncate(end);
        self.map.truncate(end);
    }

    /// Makes it empty.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Where the whole of it stands in the input.
    #[must_use]
    pub fn source(&self) -> Option<Span> {
        self.map.source(Span::new(0, self.text.len()))
    }

    /// Where a part of it stands in the input.
    #[must_use]
    pub fn source_of(&self, part: Span) -> Option<Span> {
        self.map.source(part)
    }

    /// With white space collapsed to single spaces, none at either end, and
    /// without the characters that `is_invisible` names.
    #[must_use]
    pub fn tidy(&self, is_invisible: impl Fn(char) -> bool) -> Self {
        let mut tidy = Self::default();
        for (start, character) in self.text.char_indices() {
            let here = Span::new(start, start + character.len_utf8());
            if character.is_whitespace() {
                if !tidy.text.is_empty() && !tidy.text.ends_with(' ') {
                    tidy.carry(" ", self, here);
                }
            } else if !is_invisible(character) {
                tidy.carry(here.of(&self.text), self, here);
            }
        }
        tidy.truncate(tidy.text.trim_end().len());
        tidy
    }

    /// Without the parts of the text that `spans` names; they come in order, do
    /// not overlap and lie on character boundaries.
    #[must_use]
    pub fn without(&self, spans: &[Span]) -> Self {
        let mut kept = Self::default();
        let mut start = 0;
        for span in spans {
            kept.append_part(self, Span::new(start, span.start.max(start)));
            start = span.end.max(start);
        }
        kept.append_part(self, Span::new(start, self.text.len().max(start)));
        kept
    }

    fn append_part(&mut self, other: &Self, part: Span) {
        let offset = self.text.len();
        self.text.push_str(part.of(&other.text));
        let runs = &other.map.runs;
        let first = runs.partition_point(|run| run.at.end <= part.start);
        for run in runs
            .iter()
            .skip(first)
            .take_while(|run| run.at.start < part.end)
        {
            let start = run.at.start.max(part.start) - part.start;
            let end = run.at.end.min(part.end) - part.start;
            let at = Span::new(start, end).shifted(offset);
            self.map.push(at, source_in(*run, part));
        }
    }

    /// Appends `text`, which stands for `here` of another mapped text.
    fn carry(&mut self, text: &str, other: &Self, here: Span) {
        match other.map.source(here) {
            Some(from) => self.replace(text, from),
            None => self.insert(text),
        }
    }

    /// Its parts, each with what it stands for; what was inserted is left out.
    pub fn parts(&self) -> impl Iterator<Item = (&str, Span)> {
        let part = |run: &Run| (run.at.of(&self.text), run.from);
        self.map.runs.iter().map(part)
    }

    /// The text and its map, apart.
    #[must_use]
    pub fn into_parts(self) -> (String, SourceMap) {
        (self.text, self.map)
    }
}

impl Deref for Mapped {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `Tom &amp; Ann` as an HTML reader records it.
    fn tom() -> Mapped {
        let mut mapped = Mapped::verbatim("Tom ", 10);
        mapped.replace("&", Span::new(14, 19));
        mapped.push(" Ann", 19);
        mapped
    }

    #[test]
    fn verbatim_text_maps_byte_by_byte() {
        let tom = tom();
        assert_eq!(&*tom, "Tom & Ann");
        assert_eq!(tom.map.source(Span::new(1, 3)), Some(Span::new(11, 13)));
        assert_eq!(tom.map.source(Span::new(6, 9)), Some(Span::new(20, 23)));
    }

    #[test]
    fn replaced_text_maps_as_a_whole() {
        let tom = tom();
        assert_eq!(tom.map.source(Span::new(4, 5)), Some(Span::new(14, 19)));
        assert_eq!(tom.source(), Some(Span::new(10, 23)));
    }

    #[test]
    fn inserted_text_stands_for_nothing() {
        let mut mapped = Mapped::verbatim("a", 3);
        mapped.insert("; ");
        mapped.push("b", 9);
        assert_eq!(mapped.map.source(Span::new(1, 3)), None);
        assert_eq!(mapped.source(), Some(Span::new(3, 10)));
        assert_eq!(Mapped::inserted("x").source(), None);
    }

    #[test]
    fn runs_that_follow_each_other_are_one() {
        let mut mapped = Mapped::verbatim("ab", 5);
        mapped.push("cd", 7);
        assert_eq!(mapped.map.runs.len(), 1);
    }

    #[test]
    fn truncation_cuts_the_map() {
        let mut tom = tom();
        tom.truncate(2);
        assert_eq!(tom.source(), Some(Span::new(10, 12)));
    }

    proptest! {
        #[test]
        fn tidy_text_keeps_its_sources(raw in r"[a-zé \n\u{200b}]{0,60}", start in 0_usize..9) {
            let tidy = Mapped::verbatim(&raw, start).tidy(|character| character == '\u{200b}');
            for (at, character) in tidy.char_indices().filter(|(_, c)| *c != ' ') {
                let from = tidy.map.source(Span::new(at, at + character.len_utf8())).unwrap();
                let found = &raw[from.start - start..from.end - start];
                prop_assert_eq!(found, character.to_string());
            }
            prop_assert!(!tidy.contains("  ") && tidy.trim().len() == tidy.len());
        }

        #[test]
        fn what_is_left_without_parts_keeps_its_sources(raw in "[a-zé]{0,40}", start in 0_usize..9) {
            let gone: Vec<Span> = raw.char_indices().filter(|(_, c)| matches!(c, 'a'..='h' | 'é'))
                .map(|(at, c)| Span::new(at, at + c.len_utf8())).collect();
            let kept = Mapped::verbatim(&raw, start).without(&gone);
            prop_assert_eq!(kept.text.chars().count() + gone.len(), raw.chars().count());
            for (at, character) in kept.char_indices() {
                let from = kept.map.source(Span::new(at, at + character.len_utf8())).unwrap();
                prop_assert_eq!(&raw[from.start - start..from.end - start], character.to_string());
            }
        }

        #[test]
        fn appended_text_keeps_its_sources(left in "[a-z]{0,9}", right in "[a-z]{1,9}") {
            let mut both = Mapped::verbatim(&left, 100);
            both.insert(" ");
            both.append(&Mapped::verbatim(&right, 500));
            let at = Span::new(left.len() + 1, both.len());
            prop_assert_eq!(both.map.source(at), Some(Span::new(500, 500 + right.len())));
        }
    }
}
