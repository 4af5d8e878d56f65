//! Runs of capitalised words: the raw material of names.

use crate::text::numbers::is_calendar_word;
use crate::text::span::Span;
use crate::text::stem::strip_possessive;
use crate::text::words::{is_stop_word, words};

use super::lexicon;

/// A text cut into words, with the questions that reading names asks.
pub(super) struct Tokens<'a> {
    text: &'a str,
    spans: Vec<Span>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let spans = words(text).iter().map(|word| word.span).collect();
        Self { text, spans }
    }

    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// The word as written, without possessive; empty past the end.
    pub(super) fn word(&self, at: usize) -> &'a str {
        strip_possessive(self.written(at))
    }

    /// The span of words `from..to`, without the last one's possessive and with
    /// the last dot of an abbreviation.
    pub(super) fn span(&self, from: usize, to: usize) -> Span {
        let last = self.spans[to - 1];
        let mut end = last.start + self.word(to - 1).len();
        let dotted = self.word(to - 1).contains('.');
        if dotted && self.text[end..].starts_with('.') {
            end += 1;
        }
        Span::new(self.spans[from].start, end)
    }

    /// The end (exclusive) of the run that starts at word `at`, if one does.
    pub(super) fn run_end(&self, at: usize) -> Option<usize> {
        if !self.is_capital(at) {
            return None;
        }
        let mut end = at + 1;
        while let Some(next) = self.continuation(end) {
            end = next;
        }
        Some(end)
    }

    /// Whether word `at` is the first of a sentence, a quotation or a line.
    pub(super) fn opens_sentence(&self, at: usize) -> bool {
        let gap = self.gap(at);
        let stop = gap.contains('.') && !lexicon::is_abbreviation(self.word(at.wrapping_sub(1)));
        at == 0
            || stop
            || gap.contains(['!', '?', ':', '“', '"', '‘', '•', '…'])
            || gap.contains("\n\n")
            || gap.ends_with(" '")
    }

    /// Whether word `at` is capitalised and may be part of a name.
    pub(super) fn is_capital(&self, at: usize) -> bool {
        let word = self.word(at);
        if !word.starts_with(char::is_uppercase) {
            return false;
        }
        let initial = word.chars().count() == 1 && self.gap(at + 1).starts_with(". ");
        initial || is_name_of_stop_word(word) || !is_stop_word(self.written(at))
    }

    pub(super) fn is_calendar(&self, at: usize) -> bool {
        is_calendar_word(self.word(at))
    }

    /// The word after the part that continues a run at word `end`.
    fn continuation(&self, end: usize) -> Option<usize> {
        if end >= self.len() || self.word(end - 1) != self.written(end - 1) {
            return None;
        }
        if !self.joins(end) {
            return None;
        }
        if self.is_capital(end) {
            return Some(end + 1);
        }
        if self.gap(end) == "-" {
            return self.hyphenated(end).then_some(end + 1);
        }
        self.after_particles(end)
    }

    /// "Soo-suk" and "COVID-19", not "Moscow-based".
    fn hyphenated(&self, at: usize) -> bool {
        let word = self.word(at);
        let digits = word.bytes().all(|byte| byte.is_ascii_digit());
        let syllable = word.chars().count() > 1 && word.chars().all(char::is_lowercase);
        digits || (syllable && !word.ends_with("ed") && !lexicon::is_hyphen_adjective(word))
    }

    /// Past one or two particles and the capitalised word behind them.
    fn after_particles(&self, at: usize) -> Option<usize> {
        // "Bank of Norway", not "Ada Berg of Norway".
        if self.word(at) == "of" && !lexicon::takes_of(self.word(at - 1)) {
            return None;
        }
        let mut next = at;
        while next < at + 2 && self.joins(next) && lexicon::is_particle(self.word(next)) {
            next += 1;
        }
        // "the" is a particle after "of" only: "of the United States".
        let lone_the = self.word(at) == "the";
        let found = next > at && !lone_the && self.joins(next) && self.is_capital(next);
        found.then_some(next + 1)
    }

    /// Whether words `at - 1` and `at` are parted by a space, a hyphen, an
    /// ampersand or the dot of an abbreviation.
    fn joins(&self, at: usize) -> bool {
        if at == 0 || at >= self.len() {
            return false;
        }
        let gap = self.gap(at);
        if matches!(gap, "-" | "\u{2011}" | " & " | "&") {
            return true;
        }
        let dot = lexicon::is_abbreviation(self.word(at - 1));
        let rest = gap.strip_prefix('.').filter(|_| dot).unwrap_or(gap);
        let one_break = rest.bytes().filter(|byte| *byte == b'\n').count() < 2;
        !rest.is_empty() && one_break && rest.chars().all(char::is_whitespace)
    }

    /// The text between words `at - 1` and `at`.
    fn gap(&self, at: usize) -> &'a str {
        let start = match at.checked_sub(1) {
            Some(before) => self.spans.get(before).map_or(self.text.len(), |s| s.end),
            None => 0,
        };
        let end = self.spans.get(at).map_or(self.text.len(), |s| s.start);
        self.text.get(start..end).unwrap_or_default()
    }

    fn written(&self, at: usize) -> &'a str {
        self.spans.get(at).map_or("", |span| span.of(self.text))
    }
}

fn is_name_of_stop_word(word: &str) -> bool {
    matches!(word, "US" | "WHO" | "IT" | "May")
}
