//! The same question on many articles, which a site's readers would meet again and
//! again: found in a file of results, one line in memory.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use crate::archive::line::Line;

use super::tally::Repeated;
use super::{BackfillError, output_error};

/// Questions that are told.
const TOLD: usize = 20;
/// Articles that are named for each.
const NAMED: usize = 5;

struct Seen {
    question: String,
    articles: u64,
    custom_ids: Vec<String>,
}

/// Questions that several articles ask, the most frequent first.
///
/// # Errors
/// [`BackfillError::Output`] when the file cannot be read.
pub fn repeated(results: &Path) -> Result<Vec<Repeated>, BackfillError> {
    let failed = output_error(results);
    let file = File::open(results).map_err(&failed)?;
    let mut seen: HashMap<String, Seen> = HashMap::new();
    for line in BufReader::new(file).lines() {
        let line = line.map_err(&failed)?;
        let Ok(line) = serde_json::from_str::<Line>(&line) else {
            continue;
        };
        for pair in line.digest.iter().flat_map(|digest| &digest.faq) {
            let seen = seen.entry(normal(&pair.question)).or_insert_with(|| Seen {
                question: pair.question.clone(),
                articles: 0,
                custom_ids: Vec::new(),
            });
            seen.articles += 1;
            if seen.custom_ids.len() < NAMED {
                seen.custom_ids.push(line.custom_id.clone());
            }
        }
    }
    let mut repeated: Vec<Repeated> = seen
        .into_values()
        .filter(|seen| seen.articles > 1)
        .map(|seen| Repeated {
            question: seen.question,
            articles: seen.articles,
            custom_ids: seen.custom_ids,
        })
        .collect();
    repeated.sort_by(|a, b| (b.articles, &a.question).cmp(&(a.articles, &b.question)));
    repeated.truncate(TOLD);
    Ok(repeated)
}

/// A question without what does not change what it asks.
fn normal(question: &str) -> String {
    let words = question.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}
