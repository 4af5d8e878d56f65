//! Somebody's words over several sentences: which sentences stand inside a quotation that
//! began before them, or begin one that does not end in them. Such a sentence reads like the
//! article's own where it stands alone. Told from the marks and what stands beside them, as
//! a straight mark is an apostrophe too.

/// Bytes before a place in which a quotation may begin, and after it in which one that did not
/// begin the paragraph has to end: farther away a mark is of something else, and a long text
/// is gone through once for each of its sentences.
const FARTHEST: usize = 600;

/// Kinds of marks, the opening and the closing one.
const KINDS: [(char, char); 4] = [('“', '”'), ('"', '"'), ('‘', '’'), ('\'', '\'')];

/// What a mark does to a quotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Opens,
    /// What stands before it may be the end of a sentence.
    Closes {
        ends: bool,
    },
}

/// Whether what begins at byte `at` of a paragraph is within a quotation that began before.
/// One that the paragraph begins with, or that stands after a colon, may go on in the next;
/// another has to end, and with the end of a sentence.
#[must_use]
pub fn is_inside(paragraph: &str, at: usize) -> bool {
    let from = paragraph.floor_char_boundary(at.saturating_sub(FARTHEST));
    let to = paragraph.floor_char_boundary(at + FARTHEST);
    let (before, after) = (&paragraph[from..at], &paragraph[at..to]);
    KINDS.iter().any(|kind| {
        let Some(open) = opened(before, *kind) else {
            return false;
        };
        let head = before[..open].trim_end();
        let is_announced = head.ends_with(':') || (from == 0 && head.is_empty());
        is_announced || ends(after, *kind)
    })
}

/// Whether a sentence begins with a quotation that goes on after it.
#[must_use]
pub fn opens_one(sentence: &str) -> bool {
    KINDS
        .iter()
        .any(|kind| sentence.starts_with(kind.0) && opened(sentence, *kind) == Some(0))
}

/// Where the quotation begins that is open at the end of a text.
fn opened(text: &str, kind: (char, char)) -> Option<usize> {
    marks(text, kind).fold(None, |open, (at, mark)| match (open, mark) {
        (None, Mark::Opens) => Some(at),
        (Some(_), Mark::Closes { .. }) => None,
        (open, _) => open,
    })
}

/// Whether a quotation that is open at the beginning of a text ends in it.
fn ends(text: &str, kind: (char, char)) -> bool {
    marks(text, kind).any(|(_, mark)| mark == Mark::Closes { ends: true })
}

fn marks(text: &str, (open, close): (char, char)) -> impl Iterator<Item = (usize, Mark)> + '_ {
    let is_mark = move |c: char| c == open || c == close;
    let found = text.char_indices().filter(move |(_, c)| is_mark(*c));
    found.filter_map(move |(at, mark)| {
        let before = text[..at].chars().next_back();
        let after = text[at + mark.len_utf8()..].chars().next();
        let role = match open == close || mark == '’' {
            true => role(before, after),
            false if mark == open => Some(Mark::Opens),
            false => Some(Mark::Closes { ends: true }),
        };
        Some((at, role?))
    })
}

/// What a straight mark does between two characters, or a closing one that may be an
/// apostrophe; `None`: it is one ("don't", "the '90s"), or stands by itself.
fn role(before: Option<char>, after: Option<char>) -> Option<Mark> {
    let is_space = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || "([—–-".contains(c));
    let is_end = |c: char| ".,!?;:…)".contains(c);
    match (before, after) {
        (Some(before), Some(after)) if before.is_alphanumeric() && after.is_alphanumeric() => None,
        (before, Some(after)) if is_space(before) && after.is_numeric() => None,
        (before, after) if is_space(before) && is_space(after) => None,
        (before, _) if is_space(before) => Some(Mark::Opens),
        (Some(before), _) if is_end(before) => Some(Mark::Closes { ends: true }),
        (_, after) if is_space(after) || after.is_some_and(is_end) => {
            Some(Mark::Closes { ends: false })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether the sentence that begins with `start` is inside.
    fn inside(paragraph: &str, start: &str) -> bool {
        is_inside(paragraph, paragraph.find(start).unwrap())
    }

    #[test]
    fn sentences_within_a_quotation_are_seen() {
        for (open, close) in [("“", "”"), ("\"", "\""), ("‘", "’"), ("'", "'")] {
            let whole = format!(
                "Hale said: {open}The pool is old. It has to go. We said so.{close} He left."
            );
            assert!(inside(&whole, "It has"), "{whole}");
            assert!(!inside(&whole, "He left"), "{whole}");
            let first = format!("{open}The pool's roof is old. It doesn't hold.");
            assert!(inside(&first, "It doesn't"), "goes on in the next: {first}");
            let told = format!("Hale said: {open}The pool is old. It leaks.");
            assert!(inside(&told, "It leaks"), "goes on in the next: {told}");
        }
    }

    #[test]
    fn what_is_no_quotation_is_not() {
        for paragraph in [
            "The boys' club sees the singers as 'idols' since the '90s. It has no pool.",
            "Hale called it \"old\". It has no roof.",
            "' The pool is old. ' It has no roof. ' We said so. '",
            "He called it 'the pool of the boys' club. It has the boys' name.",
            "Hale's and the twins' pool, 5' deep, is old. It has no roof.",
            "“The pool is old,” said Hale. It has no roof.",
            "‘The pool isn’t old,’ said Hale. It has no roof.",
        ] {
            assert!(!inside(paragraph, "It has"), "{paragraph}");
        }
    }

    #[test]
    fn a_sentence_that_begins_a_quotation_is_seen() {
        assert!(opens_one("'They see their lives as poor, and don't know."));
        assert!(opens_one("“The pool is old."));
        assert!(!opens_one("'The pool is old,' said Hale."));
        assert!(!opens_one("‘Old’ is what Hale calls it."));
        assert!(!opens_one("The pool is 'old."));
    }

    proptest! {
        #[test]
        fn any_text_is_looked_at(text in "[a-z .'‘’“”\"é]{0,60}") {
            for (at, _) in text.char_indices() {
                let _ = is_inside(&text, at);
            }
            let _ = opens_one(&text);
        }
    }
}
