//! Long articles: every window knows where it belongs, every word is read, and
//! what comes back is of the whole. No clock is read: work is counted.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use afterword::config::{Limits, Settings};
use afterword::digest::{Digest, Passage};
use afterword::engine::scripted::ScriptedEngine;
use afterword::engine::{Batch, Branch, Engine, EngineError, ModelDescription, Prefix, Running};
use afterword::pipeline::error::PipelineError;
use afterword::pipeline::options::{DigestOptions, OptionsRequest};
use afterword::pipeline::{Author, SourceKind};

use super::articles::{LAST, report};
use super::program::{assert_sound, in_a_tone, with_source};
use super::set_up::{plain_pipeline, sent};

const TITLE: &str = "How the Orrin valley rebuilt its towns";
const OUTLINE: &str = "Sections of the article:";

fn limits() -> Limits {
    Settings::from_toml("", "test").unwrap().limits
}

async fn digest(author: Author, article: &str) -> Result<Digest, PipelineError> {
    digest_of(author, article, &with_source()).await
}

async fn digest_of(
    author: Author,
    article: &str,
    request: &OptionsRequest,
) -> Result<Digest, PipelineError> {
    let pipeline = plain_pipeline(limits(), author);
    let input = sent(article, SourceKind::Markdown);
    let options = DigestOptions::check(request, &pipeline.limits)?;
    pipeline.digest(&input, &options).await
}

/// Where the evidence of a passage begins, as a share of the article.
fn places(digest: &Digest, passage: &Passage) -> Vec<f64> {
    let length = digest.source.as_ref().unwrap().len();
    let sentences = passage.sentences.iter();
    sentences
        .map(|sentence| sentence.evidence[0].start as f64 / length as f64)
        .collect()
}

/// How many fifths of the article have at least one of the places.
fn fifths(places: &[f64]) -> usize {
    let mut seen = [false; 5];
    for place in places {
        seen[((place * 5.0) as usize).min(4)] = true;
    }
    seen.iter().filter(|it| **it).count()
}

/// An engine that keeps what it is shown and counts what it is asked to count.
struct Watching {
    engine: ScriptedEngine,
    counted: Arc<AtomicUsize>,
    prompts: Arc<Mutex<Vec<String>>>,
}

impl Watching {
    fn new(script: impl Fn(&Prefix, &Branch) -> String + Send + Sync + 'static) -> Self {
        Self {
            engine: ScriptedEngine::new(script),
            counted: Arc::default(),
            prompts: Arc::default(),
        }
    }
}

impl Engine for Watching {
    fn model(&self) -> &ModelDescription {
        self.engine.model()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.counted.fetch_add(text.len(), Ordering::Relaxed);
        self.engine.count_tokens(text)
    }

    fn start(&self, batch: Batch) -> Result<Running, EngineError> {
        self.prompts.lock().unwrap().push(batch.prefix.user.clone());
        self.engine.start(batch)
    }
}

/// The numbered paragraphs of a prompt.
fn paragraphs(prompt: &str) -> Vec<&str> {
    let numbered = prompt.lines().filter_map(|line| {
        let (number, text) = line.strip_prefix('[')?.split_once("] ")?;
        number.parse::<usize>().ok().map(|_| text)
    });
    numbered.collect()
}

/// A model that writes true sentences: the first of a window as its part, the
/// last of the article in the summary, and questions on the spending in [`report`].
fn diligent(prefix: &Prefix, branch: &Branch) -> String {
    let shown = paragraphs(&prefix.user);
    let first = |text: &str| text.split_inclusive(". ").next().unwrap().trim().to_owned();
    if branch.instruction.starts_with("Write a summary") {
        return format!("{} {LAST}", first(shown[0]));
    }
    if branch.instruction.starts_with("Write one sentence") {
        return first(shown[0]);
    }
    if let Some(until) = branch.until {
        // A question to the last sentence that it sees.
        let shown = paragraphs(&prefix.user[..until]);
        let last = shown.last().unwrap();
        return pair(last, shown.len()).unwrap_or_default();
    }
    let Some((_, after)) = branch.instruction.split_once("paragraph [") else {
        return String::new();
    };
    let number: usize = after.split_once(']').unwrap().0.parse().unwrap();
    pair(shown[number - 1], number).unwrap_or_default()
}

fn pair(paragraph: &str, number: usize) -> Option<String> {
    let between = |text: &str, start: &str, end: &str| {
        let (_, rest) = text.split_once(start)?;
        Some(rest.split_once(end)?.0.to_owned())
    };
    let sentence = |start: &str| {
        let at = paragraph.find(start)?;
        let end = paragraph[at..]
            .find(". ")
            .map_or(paragraph.len(), |end| at + end + 1);
        Some(&paragraph[at..end])
    };
    let paid = sentence("The council of")?;
    let town = between(paid, "council of ", " paid")?;
    let things = between(paid, "000 for ", " in")?;
    let opening = ["Why did", "When did", "How much did"][number % 3];
    Some(format!(
        "Q: {opening} the council of {town} pay for {things}?\nA: {paid}"
    ))
}

#[tokio::test]
async fn every_window_knows_where_it_belongs() {
    let article = report(20_000);
    let engine = Watching::new(diligent);
    let (counted, prompts) = (engine.counted.clone(), engine.prompts.clone());
    let digest = digest(Author::Model(Arc::new(engine)), &article)
        .await
        .unwrap();
    assert_sound(&digest);
    assert!(digest.provenance.source_words > 20_000);
    let mut prompts = prompts.lock().unwrap();
    // What several rounds of questions show stands there once.
    let mut seen = HashSet::new();
    prompts.retain(|prompt| seen.insert(prompt.clone()));
    let (brief, windows) = prompts.split_last().unwrap();
    assert!(windows.len() > 5, "{} windows", windows.len());
    let lead = paragraphs(&windows[0])[0];
    let fence = windows[0].split("\n\n").nth(1).unwrap();
    for window in &windows[1..] {
        let opening: Vec<&str> = window.split("\n\n").take(6).collect();
        assert!(opening[0].contains(fence), "{opening:?}");
        assert_eq!(opening[1..4], [fence, TITLE, lead]);
        assert!(opening[4].starts_with(OUTLINE), "{opening:?}");
        assert!(opening[4].contains("\n- Rebuilding"), "{opening:?}");
        assert_eq!(window.trim_end().rsplit("\n\n").next(), Some(fence));
    }
    assert!(!windows[0].contains(OUTLINE));
    assert_eq!(paragraphs(brief).len(), windows.len(), "{brief}");
    assert!(brief.contains(TITLE), "{brief}");
    // Nothing is shown twice but what places a window, and little is counted twice.
    let shown: usize = prompts.iter().map(String::len).sum();
    assert!(
        shown < article.len() * 3 / 2,
        "{shown} of {}",
        article.len()
    );
    assert!(counted.load(Ordering::Relaxed) < article.len() * 3);
}

#[tokio::test]
async fn the_digest_of_a_long_article_is_of_all_of_it() {
    let engine = Author::Model(Arc::new(Watching::new(diligent)));
    let digest = digest(engine, &report(20_000)).await.unwrap();
    let summary = digest.summary.as_ref().unwrap();
    assert!(summary.text.contains(LAST), "{}", summary.text);
    let asked: Vec<f64> = digest
        .faq
        .iter()
        .flat_map(|pair| places(&digest, &pair.answer))
        .collect();
    assert!(
        digest.faq.len() >= 6,
        "{:?} {:#?}",
        digest.refused,
        digest
            .faq
            .iter()
            .map(|p| p.question.clone())
            .collect::<Vec<_>>()
    );
    assert!(fifths(&asked) >= 4, "{asked:?} {:?}", digest.faq);
}

#[tokio::test]
async fn the_author_without_a_model_spreads_its_digest() {
    let digest = digest(Author::Extractive, &report(20_000)).await.unwrap();
    assert_sound(&digest);
    let summary = places(&digest, digest.summary.as_ref().unwrap());
    assert!(
        fifths(&summary) >= 2,
        "{summary:?} {:#?} {:?}",
        digest.summary,
        digest.refused
    );
    let asked: Vec<f64> = digest
        .faq
        .iter()
        .flat_map(|pair| places(&digest, &pair.answer))
        .collect();
    assert!(
        fifths(&asked) >= 2,
        "{asked:?} {:#?}",
        digest
            .refused
            .iter()
            .map(|r| (&r.text, &r.reason))
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn two_windows_that_say_the_same_are_one_pair() {
    const ANSWER: &str = "Surveyor Quenby Harrowgate closed the last file of the Orrin valley in \
        Tollmouth on Friday.";
    const QUESTIONS: [&str; 2] = [
        "Who closed the last file of the Orrin valley in Tollmouth?",
        "When did Quenby Harrowgate shut a folder of that river region?",
    ];
    let next = AtomicUsize::new(0);
    let engine = Watching::new(move |_, branch| {
        if !branch.answer_start.starts_with("Q: ") {
            return String::new();
        }
        let question = QUESTIONS[next.fetch_add(1, Ordering::Relaxed) % 2];
        format!("Q: {question}\nA: {ANSWER}")
    });
    let author = Author::Model(Arc::new(engine));
    let digest = digest_of(author, &report(6_000), &in_a_tone())
        .await
        .unwrap();
    let told = digest
        .faq
        .iter()
        .filter(|pair| pair.answer.text.contains("Harrowgate"));
    assert_eq!(told.count(), 1, "{:?}", digest.faq);
    assert!(
        digest
            .refused
            .iter()
            .any(|it| it.reason.starts_with("duplicate"))
    );
}

#[tokio::test]
async fn more_than_a_limit_is_refused_by_its_name() {
    let words = digest(Author::Extractive, &report(26_000))
        .await
        .unwrap_err();
    assert!(
        words
            .to_string()
            .contains("limits.max_article_words = 25000"),
        "{words}"
    );
    let many = "<!-- -->".repeat(1 << 20);
    let bytes = digest(Author::Extractive, &many).await.unwrap_err();
    assert!(
        bytes
            .to_string()
            .contains("limits.max_input_bytes = 4194304"),
        "{bytes}"
    );
}
