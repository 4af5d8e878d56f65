//! From runs of capitalised words to mentions of names: titles and dates are
//! cut off, and the first word of a sentence has to prove that it is a name.

use std::collections::HashSet;
use std::ops::Range;

use crate::text::span::Span;

use super::lexicon;
use super::runs::Tokens;

/// One mention of a name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mention {
    /// Where it is, without title and possessive.
    pub(super) span: Span,
    /// Whether a title stood before it: then it names a person.
    pub(super) titled: bool,
    /// Whether more than the first word of a sentence speaks for it.
    pub(super) proven: bool,
    /// Whether it opens a sentence: then its first word may be none of its own.
    pub(super) opens: bool,
}

/// Every mention of a name in `text`, in order.
pub(super) fn mentions(text: &str) -> Vec<Mention> {
    let tokens = Tokens::new(text);
    let seen = Seen::in_text(&tokens);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let Some(end) = tokens.run_end(at) else {
            at += 1;
            continue;
        };
        let start = first_of_name(&tokens, at, end, &seen);
        for (range, titled) in split_titles(&tokens, start..end) {
            if let Some(range) = without_dates(&tokens, range) {
                let word = tokens.word(range.start);
                let opens = tokens.opens_sentence(range.start);
                found.push(Mention {
                    span: tokens.span(range.start, range.end),
                    titled,
                    proven: range.len() > 1 || !opens || seen.proves(word),
                    opens,
                });
            }
        }
        at = end;
    }
    found
}

/// How words are written where the grammar asks for no capital.
struct Seen<'a> {
    /// Capitalised inside a sentence.
    inside: HashSet<&'a str>,
    /// In small letters anywhere.
    lower: HashSet<&'a str>,
}

impl<'a> Seen<'a> {
    fn in_text(tokens: &Tokens<'a>) -> Self {
        let mut seen = Self {
            inside: HashSet::new(),
            lower: HashSet::new(),
        };
        for at in 0..tokens.len() {
            let word = tokens.word(at);
            if word.starts_with(char::is_lowercase) {
                seen.lower.insert(word);
            } else if !tokens.opens_sentence(at) {
                seen.inside.insert(word);
            }
        }
        seen
    }

    /// Whether a capitalised first word of a sentence is surely a name.
    fn proves(&self, word: &str) -> bool {
        word.chars().skip(1).any(char::is_uppercase) || self.inside.contains(word)
    }

    /// Whether it is a name, as far as can be told.
    fn names(&self, word: &str) -> bool {
        let lower = word.to_lowercase();
        let common = lexicon::is_common(&lower) || self.lower.contains(lower.as_str());
        self.proves(word) || !common
    }
}

/// Leaves out what opens the sentence and is no name: "Former" in "Former
/// Senator Ada Berg", all of "Residents".
fn first_of_name(tokens: &Tokens<'_>, at: usize, end: usize, seen: &Seen<'_>) -> usize {
    let word = tokens.word(at);
    if !tokens.opens_sentence(at) || seen.inside.contains(word) {
        return at;
    }
    let alone = end == at + 1;
    let modifier = lexicon::is_modifier(&word.to_lowercase());
    if modifier || (alone && !seen.names(word)) {
        return at + 1;
    }
    at
}

/// The names inside a run: around an office and its holder ("Oslo Mayor Ada
/// Berg"), or the run itself. The flag says that a title stood before.
fn split_titles(tokens: &Tokens<'_>, run: Range<usize>) -> Vec<(Range<usize>, bool)> {
    let is_title = |at: &usize| lexicon::is_title(tokens.word(*at), tokens.word(at + 1));
    let Some(title) = run.clone().rev().find(is_title) else {
        return vec![(run, false)];
    };
    let before = without_role(tokens, run.start..title);
    let holder = holder(tokens, title, run.end);
    if holder.is_empty() && !lexicon::is_office(tokens.word(title)) && title > run.start {
        // A surname that is also a title: "Martin Luther King".
        return vec![(run, false)];
    }
    [(before, false), (holder, true)]
        .into_iter()
        .filter(|(range, _)| !range.is_empty())
        .collect()
}

/// Who holds the title at word `title`. Behind "Minister of Natural Resources"
/// only the last two words can be a person.
fn holder(tokens: &Tokens<'_>, title: usize, end: usize) -> Range<usize> {
    let after = title + 1..end;
    if after.len() == 1 && lexicon::is_suffix(tokens.word(after.start)) {
        return end..end;
    }
    if !lexicon::is_particle(tokens.word(title + 1)) {
        return after;
    }
    let capitals = after.filter(|at| tokens.is_capital(*at)).count();
    if capitals >= 3 {
        end - 2..end
    } else {
        end..end
    }
}

/// "Russian Defense" before "Minister" is "Russian".
fn without_role(tokens: &Tokens<'_>, mut before: Range<usize>) -> Range<usize> {
    while !before.is_empty() && lexicon::is_role_word(tokens.word(before.end - 1)) {
        before.end -= 1;
    }
    before
}

/// Cuts months and days off both ends; "Theresa May" keeps hers. What is left
/// of "May" or of a list "A, B" is no name.
fn without_dates(tokens: &Tokens<'_>, mut range: Range<usize>) -> Option<Range<usize>> {
    while !range.is_empty() && tokens.is_calendar(range.start) {
        range.start += 1;
    }
    while !range.is_empty() && tokens.is_calendar(range.end - 1) {
        if range.len() == 2 && tokens.word(range.end - 1) == "May" {
            break;
        }
        range.end -= 1;
    }
    let letter = range.len() == 1 && tokens.word(range.start).chars().count() == 1;
    (!range.is_empty() && !letter).then_some(range)
}
