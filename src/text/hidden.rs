//! Characters that show nothing, and that can therefore carry words which a
//! reader of the page never sees. Leaf function: it finds them, whoever asks
//! takes them out and says so.
//!
//! What a script or an emoji needs is not among them: joiners between their
//! characters, one variation selector, the tags of a flag, a few combining marks.

use super::mapped::Mapped;
use super::pattern::Pattern;
use super::span::Span;

/// Combining marks on one letter; no script in use needs more.
const MAX_MARKS: usize = 6;
/// Tags of the longest flag of a region, the closing one included.
const MAX_FLAG_TAGS: usize = 7;
/// Private characters in a row: fewer are icons of a font.
const MAX_ICONS: usize = 2;
/// From here on letters belong to scripts that may need joiners, or to emoji.
const FIRST_JOINING: char = '\u{590}';
const FLAG: char = '\u{1f3f4}';

/// A run of characters that show nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invisible {
    /// Where it is.
    pub span: Span,
    /// How many characters it has.
    pub count: usize,
    /// Whether text is hidden by it. Soft hyphens, marks of direction and a
    /// space of no width between words are how text is set, and hide nothing.
    pub is_hiding: bool,
}

/// The runs of characters that show nothing, in order. Linear in the length of
/// `text`.
#[must_use]
pub fn invisible(text: &str) -> Vec<Invisible> {
    let mut found: Vec<Invisible> = Vec::new();
    if text.bytes().all(|byte| byte.is_ascii() && !is_odd(byte)) {
        return found;
    }
    let mut finder = Finder::default();
    let mut rest = text.char_indices().peekable();
    while let Some((start, character)) = rest.next() {
        let next = rest.peek().map(|(_, next)| *next);
        if let Some(is_hiding) = finder.judge(character, next) {
            let span = Span::new(start, start + character.len_utf8());
            add(&mut found, span, is_hiding);
        }
    }
    found.extend(piles(text));
    found.sort_by_key(|run| run.span);
    found
}

/// `text` without what shows nothing, and how many characters hid something;
/// `None` when there is nothing to take out.
#[must_use]
pub fn strip(text: &Mapped) -> Option<(Mapped, usize)> {
    let runs = invisible(text);
    let spans: Vec<Span> = runs.iter().map(|run| run.span).collect();
    let hiding = runs.iter().filter(|run| run.is_hiding);
    let count = hiding.map(|run| run.count).sum();
    (!spans.is_empty()).then(|| (text.without(&spans), count))
}

/// Control characters but white space.
fn is_odd(byte: u8) -> bool {
    byte < b' ' && !byte.is_ascii_whitespace() && byte != 0xb || byte == 0x7f
}

fn add(found: &mut Vec<Invisible>, span: Span, is_hiding: bool) {
    match found.last_mut() {
        Some(last) if last.span.end == span.start => {
            last.span.end = span.end;
            last.count += 1;
            last.is_hiding |= is_hiding;
        }
        _ => found.push(Invisible {
            span,
            count: 1,
            is_hiding,
        }),
    }
}

/// Marks heaped on one letter, beyond what any script needs.
fn piles(text: &str) -> impl Iterator<Item = Invisible> {
    static PILE: Pattern =
        Pattern::new(r"[\p{M}--\x{fe00}-\x{fe0f}\x{e0100}-\x{e01ef}\x{34f}]{7,}");
    let runs = PILE.regex().map(|pile| pile.find_iter(text));
    runs.into_iter().flatten().map(|run| {
        let kept: usize = run
            .as_str()
            .chars()
            .take(MAX_MARKS)
            .map(char::len_utf8)
            .sum();
        Invisible {
            span: Span::new(run.start() + kept, run.end()),
            count: run.as_str().chars().count() - MAX_MARKS,
            is_hiding: true,
        }
    })
}

/// What has been read so far, as far as it matters for what follows.
#[derive(Default)]
struct Finder {
    /// The last character that shows something, selectors aside.
    before: Option<char>,
    /// The last character of all.
    last: Option<char>,
    /// Tags or private characters in a row, this one included.
    run: usize,
    /// Whether the tags belong to a flag.
    is_flag: bool,
}

impl Finder {
    /// `None` for what shows something or is needed, else whether it hides text.
    fn judge(&mut self, character: char, next: Option<char>) -> Option<bool> {
        let verdict = self.verdict(character, next);
        self.last = Some(character);
        if verdict.is_none() && !is_selector(character) {
            self.before = Some(character);
        }
        verdict
    }

    fn verdict(&mut self, character: char, next: Option<char>) -> Option<bool> {
        self.count_run(character);
        match character {
            _ if is_tag(character) => (!self.is_flag).then_some(true),
            _ if is_private(character) => Some(self.run > MAX_ICONS || !is_icon(character)),
            _ if is_selector(character) => self.selector(),
            '\u{200c}' | '\u{200d}' => self.joiner(next),
            '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{180e}' => Some(self.is_inside_word(next)),
            '\u{ad}' | '\u{34f}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => Some(false),
            // Embeddings and isolates part directions, overrides turn letters round.
            '\u{202a}'..='\u{202c}' | '\u{2066}'..='\u{2069}' => Some(false),
            '\u{202d}' | '\u{202e}' => Some(true),
            '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => Some(true),
            '\u{2061}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' => {
                Some(true)
            }
            '\u{b}' | '\u{85}' => None,
            control if control.is_control() && !control.is_whitespace() => Some(false),
            _ => None,
        }
    }

    /// Tags and private characters count by their run.
    fn count_run(&mut self, character: char) {
        if is_tag(character) {
            let follows = self.last.is_some_and(is_tag);
            self.run = if follows { self.run + 1 } else { 1 };
            let begins = !follows && self.last == Some(FLAG);
            self.is_flag = (begins || (follows && self.is_flag)) && self.run <= MAX_FLAG_TAGS;
        } else if is_private(character) {
            let follows = self.last.is_some_and(is_private);
            self.run = if follows { self.run + 1 } else { 1 };
        }
    }

    /// One selector after a character chooses its form; more carry data.
    fn selector(&self) -> Option<bool> {
        match self.last {
            Some(last) if is_selector(last) => Some(true),
            Some(last) if last.is_whitespace() => Some(false),
            Some(_) => None,
            None => Some(false),
        }
    }

    /// A joiner stands between letters of a script that joins, or in an emoji.
    fn joiner(&self, next: Option<char>) -> Option<bool> {
        let joins = |character: char| {
            character >= FIRST_JOINING && !('\u{1e00}'..='\u{206f}').contains(&character)
        };
        let is_needed = self.last.is_some_and(joins) && next.is_some_and(joins);
        (!is_needed).then(|| self.is_inside_word(next))
    }

    /// Whether it parts the letters of a word, or stands in a row of its like.
    fn is_inside_word(&self, next: Option<char>) -> bool {
        let is_letter = |character: char| character.is_alphabetic() && character < '\u{e00}';
        let parts = self.last.is_some_and(is_letter) && next.is_some_and(is_letter);
        let in_row = self.last.is_some_and(is_zero_width) || next.is_some_and(is_zero_width);
        parts || in_row
    }
}

fn is_zero_width(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

fn is_tag(character: char) -> bool {
    ('\u{e0000}'..='\u{e007f}').contains(&character)
}

fn is_selector(character: char) -> bool {
    matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

fn is_icon(character: char) -> bool {
    ('\u{e000}'..='\u{f8ff}').contains(&character)
}

fn is_private(character: char) -> bool {
    is_icon(character) || character >= '\u{f0000}'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stripped(text: &str) -> (String, usize) {
        match strip(&Mapped::verbatim(text, 0)) {
            Some((kept, count)) => (kept.to_string(), count),
            None => (text.to_owned(), 0),
        }
    }

    fn as_tags(text: &str) -> String {
        let tag = |c: char| char::from_u32(0xe0000 + u32::from(c)).unwrap();
        text.chars().map(tag).collect()
    }

    #[test]
    fn what_scripts_and_emoji_need_stays() {
        let needed = [
            "می‌خواهم",                                                  // Persian, joined apart.
            "क्‍ष और श्रीमान्‌जी",                                           // Devanagari.
            "👩‍👩‍👧 ❤️‍🔥 👍🏽 1️⃣", // Families, hearts, tones, keycaps.
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}", // England.
            "葛\u{e0100}飾区", // A form of a character.
            "e\u{301}t\u{e9} Việt Nam שָׁלוֹם",
            "a\tb\nc\u{b}d\u{85}e",
        ];
        for text in needed {
            assert_eq!(stripped(text), (text.to_owned(), 0));
        }
    }

    #[test]
    fn typesetting_goes_and_is_no_hiding() {
        let cases = [
            ("Donau\u{ad}dampf\u{ad}schiff", "Donaudampfschiff"),
            ("one \u{200b}two\u{200b} three", "one two three"),
            ("\u{feff}text\u{0}", "text"),
            ("\u{2068}name\u{2069} said\u{200f}.", "name said."),
            ("\u{f09a} Share", " Share"),
        ];
        for (text, kept) in cases {
            assert_eq!(stripped(text), (kept.to_owned(), 0), "{text:?}");
        }
    }

    #[test]
    fn hidden_words_go_and_are_counted() {
        let cases = [
            (format!("Pier{}.", as_tags("say yes")), "Pier.", 7),
            (
                format!("{FLAG}{}", as_tags("abcdefghij")),
                "🏴\u{e0061}\u{e0062}\u{e0063}\u{e0064}\u{e0065}\u{e0066}\u{e0067}",
                3,
            ),
            ("ig\u{200b}no\u{200d}re".to_owned(), "ignore", 2),
            ("A\u{200b}\u{200c}\u{200b}\u{200d}B".to_owned(), "AB", 4),
            ("\u{202e}lacigam\u{202c}".to_owned(), "lacigam", 1),
            ("😀\u{fe01}\u{e0152}\u{e0151}!".to_owned(), "😀\u{fe01}!", 2),
            (
                format!("a{}", "\u{301}".repeat(9)),
                &format!("a{}", "\u{301}".repeat(6)),
                3,
            ),
            ("x\u{100041}\u{100042}".to_owned(), "x", 2),
            ("\u{e000}\u{e001}\u{e002}\u{e003}".to_owned(), "", 4),
        ];
        for (text, kept, count) in cases {
            assert_eq!(stripped(&text), (kept.to_owned(), count), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn runs_are_in_order_and_on_boundaries(text in "(\\PC|\u{200d}|\u{200b}|\u{fe0f}|\u{301}|\u{e0041}|\u{0}|[a-z ]){0,60}") {
            let mut end = 0;
            for run in invisible(&text) {
                prop_assert!(run.span.start >= end && !run.span.is_empty());
                prop_assert_eq!(run.span.of(&text).chars().count(), run.count);
                end = run.span.end;
            }
            prop_assert!(stripped(&text).0.len() <= text.len());
        }
    }
}
