//! Guesses save steps and change nothing: what is decoded greedily with them is what is
//! decoded without, over articles as they come.

use serde_json::Value;

use super::super::program::folder;
use super::*;

/// Articles of the development half.
const ARTICLES: usize = 6;
/// Characters of an article that are read.
const CHARACTERS: usize = 3_000;

fn articles() -> Option<Vec<String>> {
    let data = folder("AFTERWORD_TEST_EVALDATA")?;
    let lines = std::fs::read_to_string(data.join("news_summaries.dev.jsonl")).unwrap();
    let article = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        row["article"].as_str().unwrap().to_owned()
    };
    let texts = lines.lines().take(ARTICLES).map(article);
    Some(
        texts
            .map(|it| it.chars().take(CHARACTERS).collect())
            .collect(),
    )
}

/// Summaries, which repeat the article, and short branches, which end while they go on.
fn asked(article: &str) -> Batch {
    let sentences = |most: usize| Shape::Sentences(Count::new(1, most));
    let branches = vec![
        branch("\n\nSummarise it.", sentences(3), 120),
        branch("\n\nRepeat its first sentence.", sentences(1), 80),
        branch("\n\nWhat is it about?", phrase(3), 20),
        branch("\n\nIs it news? Answer yes or no.", choice(), 4),
    ];
    batch(article, branches)
}

/// What the model says of each article, alone in the cache.
fn said(draft_tokens: usize, articles: &[String]) -> Vec<BatchOutput> {
    let alone = LlamaSettings {
        max_prefixes: 1,
        draft_tokens,
        ..settings()
    };
    let engine = load_with(&model(), &alone).unwrap();
    let outputs = articles
        .iter()
        .map(|it| block_on(engine.run(asked(it))).unwrap());
    let outputs = outputs.collect();
    engine.close();
    outputs
}

#[test]
#[ignore = "reads the development articles twice: a minute or two"]
fn guesses_change_no_word() {
    let _alone = alone();
    let Some(articles) = articles() else {
        return;
    };
    let [without, with] = [0, 8].map(|drafts| said(drafts, &articles));
    let accepted: usize = with.iter().map(|it| it.usage.accepted_tokens).sum();
    assert!(accepted > 0, "nothing was guessed");
    let pairs = || without.iter().zip(&with);
    let other = pairs().filter(|(without, with)| texts(without) != texts(with));
    let other = other.count();
    eprintln!("{accepted} guesses right; {other} of {ARTICLES} articles come out otherwise");
    assert_eq!(other, 0);
}
