//! The next round of questions hangs on the questions of the last and not on its summary: an
//! engine that ends no summary before it is asked again still gives a digest.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use afterword::config::Settings;
use afterword::engine::scripted::ScriptedEngine;
use afterword::engine::{
    Batch, Completion, Engine, EngineError, Finish, Goal, ModelDescription, Reporter, Running,
    Shape, Usage,
};
use afterword::lane::Lane;
use afterword::pipeline::options::{DigestOptions, OptionsRequest};
use afterword::pipeline::{Author, SourceKind};

use super::articles::BRIDGE;
use super::set_up::{plain_pipeline, sent};

/// A digest that waits for the summary never comes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Answers every question at once, and badly; the rest of a batch when the next one comes.
struct Late {
    inner: ScriptedEngine,
    /// Branches of the last batch that have no answer.
    held: Mutex<Option<(Reporter, Vec<usize>)>>,
    batches: Mutex<usize>,
}

fn answer(text: &str) -> Completion {
    Completion {
        text: text.to_owned(),
        finish: Finish::Complete,
        logprobs: None,
        tokens: 1,
    }
}

/// Summaries and lists, which no question is.
fn is_long(goal: &Goal) -> bool {
    let Goal::Decode { shape, .. } = goal else {
        return false;
    };
    matches!(shape, Shape::Sentences(_) | Shape::Phrases { .. })
}

impl Late {
    fn end_held(&self) {
        if let Some((reporter, branches)) = self.held.lock().unwrap().take() {
            for branch in branches {
                reporter.completed(branch, answer("Nothing of it."));
            }
            reporter.ended(Ok(Usage::default()));
        }
    }
}

impl Engine for Late {
    fn model(&self) -> &ModelDescription {
        self.inner.model()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.inner.count_tokens(text)
    }

    fn start(&self, batch: Batch) -> Result<Running, EngineError> {
        self.end_held();
        *self.batches.lock().unwrap() += 1;
        let (reporter, running) = Running::new(batch.branches.len());
        let goals = batch.branches.iter().map(|branch| &branch.goal).enumerate();
        let (long, short): (Vec<_>, Vec<_>) = goals.partition(|(_, goal)| is_long(goal));
        for (at, _) in short {
            reporter.completed(at, answer("Q: What?"));
        }
        match long.is_empty() {
            true => reporter.ended(Ok(Usage::default())),
            false => {
                let long = long.into_iter().map(|(at, _)| at).collect();
                *self.held.lock().unwrap() = Some((reporter, long));
            }
        }
        Ok(running)
    }
}

#[tokio::test]
async fn a_summary_does_not_keep_the_next_round_waiting() {
    let engine = Arc::new(Late {
        inner: ScriptedEngine::new(|_, _| String::new()),
        held: Mutex::default(),
        batches: Mutex::default(),
    });
    let limits = Settings::from_toml("", "test").unwrap().limits;
    let asked = DigestOptions::check(&OptionsRequest::default(), &limits).unwrap();
    let pipeline = plain_pipeline(limits, Author::Model(engine.clone()));
    let input = sent(BRIDGE, SourceKind::Text);
    let options = DigestOptions {
        lane: Lane::Publish,
        ..asked
    };
    let digest = tokio::time::timeout(PATIENCE, pipeline.digest(&input, &options));
    let digest = digest.await.expect("it waits for a summary").unwrap();
    assert!(
        *engine.batches.lock().unwrap() > 1,
        "nothing was asked again"
    );
    assert!(!digest.refused.is_empty(), "{digest:?}");
}
