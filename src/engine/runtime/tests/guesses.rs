//! Guesses over whole articles: what a branch says is the same with and without them,
//! to the letter, where a step's arithmetic is. The toy's is; that of llama.cpp depends on
//! a step's rows in its last bits (docs/decisions/0024-articles-together.md).

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use super::*;

/// Letters that each branch says.
const LETTERS: usize = 60;
/// Branches of an article.
const BRANCHES: usize = 6;
/// Letters that a branch begins with.
const START: usize = 4;
/// Articles that are tried, of the many that there may be.
const ARTICLES: usize = 60;

/// Copies what followed the last place with the same three letters, as models do, but
/// for every ninth letter or so, which hangs on all that was said.
fn says(cells: &[TokenId]) -> TokenId {
    let mut hash = DefaultHasher::new();
    cells.hash(&mut hash);
    let drawn = hash.finish();
    let other = TokenId::from(b'A') + TokenId::try_from(drawn % 26).expect("it is a letter");
    let earlier = &cells[..cells.len() - 1];
    let key = cells.last_chunk::<3>();
    let found = key.and_then(|key| earlier.windows(3).rposition(|window| window == key));
    match found.and_then(|at| cells.get(at + 3)) {
        Some(copied) if !drawn.is_multiple_of(9) && (65..91).contains(copied) => *copied,
        _ => other,
    }
}

fn letters(text: &str) -> String {
    let letters = text.chars().filter(char::is_ascii_alphabetic);
    letters.map(|letter| letter.to_ascii_uppercase()).collect()
}

/// Those of the development data where they are at hand, and the repository's own.
fn articles() -> Vec<String> {
    let own = include_str!("../../../../articles/peking-legations.md");
    let data = std::env::var_os("AFTERWORD_TEST_EVALDATA");
    let rows = data.map(|data| Path::new(&data).join("news_summaries.dev.jsonl"));
    let rows = rows.map(|rows| std::fs::read_to_string(rows).expect("the rows can be read"));
    let of = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).expect("a row is JSON");
        row["article"]
            .as_str()
            .expect("it has an article")
            .to_owned()
    };
    let rows = rows.iter().flat_map(|rows| rows.lines()).map(of);
    std::iter::once(own.to_owned())
        .chain(rows.take(ARTICLES))
        .collect()
}

/// Branches that begin like places spread over the article, with other lengths.
fn work(article: &str) -> Batch {
    let of = |at: usize| Branch {
        goal: Goal::Decode {
            shape: Shape::Choice(vec![(LETTERS - at).to_string()]),
            max_tokens: LETTERS,
        },
        ..branch(&article[at * article.len() / BRANCHES..][..START], "1")
    };
    batch(article, (0..BRANCHES).map(of).collect())
}

fn said(article: &str, draft_tokens: usize) -> (BatchOutput, usize) {
    let limits = Limits {
        step_tokens: 48,
        cells: 8 * article.len(),
        kept_cells: 0,
        draft_tokens,
        ..LIMITS
    };
    let toy = Toy {
        says: Some(says),
        ..Toy::default()
    };
    let mut machine = Machine::new(toy, limits);
    let running = submit(&mut machine, work(article));
    finish(&mut machine);
    let steps = machine.backend.steps.len();
    (output(running).expect("it runs"), steps)
}

#[test]
fn an_article_is_answered_alike_with_guesses_and_without() {
    let (mut guessed, mut right) = (0, 0);
    for article in articles() {
        let article = letters(&article);
        let (with, steps) = said(&article, 8);
        let (without, more) = said(&article, 0);
        assert_eq!(with.completions, without.completions);
        assert!(steps < more, "{steps} steps with guesses, {more} without");
        guessed += with.usage.draft_tokens;
        right += with.usage.accepted_tokens;
    }
    println!("{right} of {guessed} guesses were right");
    assert!(0 < right && right < guessed, "{right} of {guessed}");
}
