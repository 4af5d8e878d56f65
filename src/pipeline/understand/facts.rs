//! How many facts an article states, so that a digest is not longer than what
//! there is to say.
//!
//! A fact is a sentence that states something and is not in a sentence before
//! it: no question, enough words with content, and not mostly repeated. A
//! count, no judgement of truth or worth.

use std::collections::HashSet;

use crate::pipeline::article::Article;
use crate::text::numbers::numbers;
use crate::text::similarity::ratio;
use crate::text::words::content_stems;

use super::Sentence;

/// Stems with content that a statement has at least.
const STATEMENT_STEMS: usize = 4;
/// The same for one with a number, such as a row of a table.
const FIGURE_STEMS: usize = 2;
/// A sentence with this share of its stems in one fact repeats it.
const REPEATED: f32 = 0.7;
/// Facts beyond these change nothing, and each costs a comparison.
const MOST_COUNTED: usize = 200;

/// The facts that `sentences` state, counted up to a bound.
pub(super) fn facts(article: &Article, sentences: &[Sentence]) -> usize {
    let mut known: Vec<HashSet<String>> = Vec::new();
    for sentence in sentences {
        if known.len() == MOST_COUNTED {
            break;
        }
        if let Some(stems) = statement(sentence.span.of(&article.text))
            && !known.iter().any(|fact| repeats(&stems, fact))
        {
            known.push(stems);
        }
    }
    known.len()
}

/// The stems of a sentence that states something.
fn statement(text: &str) -> Option<HashSet<String>> {
    let asks = text
        .trim_end_matches(['"', '”', '’', '»', ')'])
        .ends_with(['?', '？', '؟']);
    let stems: HashSet<String> = content_stems(text).into_iter().collect();
    let enough = stems.len() >= STATEMENT_STEMS
        || (stems.len() >= FIGURE_STEMS && !numbers(text).is_empty());
    (enough && !asks).then_some(stems)
}

fn repeats(stems: &HashSet<String>, fact: &HashSet<String>) -> bool {
    ratio(stems.intersection(fact).count(), stems.len()) >= REPEATED
}

#[cfg(test)]
mod tests {
    use crate::pipeline::understand::tests::{article, split};

    fn count(text: &str) -> usize {
        super::super::read(&article(text), split).facts
    }

    #[test]
    fn statements_with_content_count() {
        assert_eq!(
            count(
                "The council closed the pool in Elm Road. Repairs would cost the town $2 million."
            ),
            2
        );
        assert_eq!(count("Oslo; 4 ferries\n\nBergen; 2 ferries"), 2);
    }

    #[test]
    fn questions_exclamations_and_headings_do_not_count() {
        assert_eq!(count("# The council closed the pool in Elm Road\n\n"), 0);
        assert_eq!(
            count("What did the council decide on the pool in Elm Road?"),
            0
        );
        assert_eq!(count("So there it is. We were all so very happy."), 0);
    }

    #[test]
    fn what_was_said_before_does_not_count_again() {
        let twice = "The council closed the pool in Elm Road on Monday. On Monday the pool in Elm \
                     Road was closed by the council.";
        assert_eq!(count(twice), 1);
    }

    #[test]
    fn counting_ends_where_it_changes_nothing() {
        let word = |n: usize| {
            let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap_or_default());
            format!("{}{}{}kro", letter(n), letter(n / 26), letter(n / 676))
        };
        let many: Vec<String> = (0..400)
            .map(|n| {
                format!(
                    "{} {} {} {} met",
                    word(4 * n),
                    word(4 * n + 1),
                    word(4 * n + 2),
                    word(4 * n + 3)
                )
            })
            .collect();
        assert_eq!(count(&many.join("\n\n")), super::MOST_COUNTED);
    }
}
