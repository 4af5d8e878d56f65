//! What is told of a digest while it is made: items before the engine is through,
//! nothing twice, and nothing that changes the digest.

use std::sync::{Arc, Mutex};

use afterword::config::Settings;
use afterword::digest::{Digest, SummaryForm};
use afterword::engine::scripted::ScriptedEngine;
use afterword::engine::{
    Batch, Branch, Engine, EngineError, Goal, ModelDescription, Running, Shape, Usage,
};
use afterword::pipeline::observe::{Event, Nobody, Observer, Stage};
use afterword::pipeline::options::{DigestOptions, OptionsRequest};
use afterword::pipeline::{Author, SourceKind};
use tokio::sync::Notify;

use super::articles::BRIDGE;
use super::set_up::{plain_pipeline, sent};

const QUESTION: &str = "Why did the repair cost $38 million?";
const ANSWER: &str = "The repair cost $38 million, because divers found cracks in three piers \
    that the first survey had missed.";

/// Remembers what it was told, and lets an engine go on after the first pair.
#[derive(Default)]
struct Watching {
    events: Mutex<Vec<Event>>,
    go_on: Arc<Notify>,
}

impl Observer for Watching {
    fn observe(&self, event: Event) {
        if matches!(event, Event::Pair(_)) {
            self.go_on.notify_one();
        }
        self.events.lock().unwrap().push(event);
    }
}

fn scripted() -> ScriptedEngine {
    ScriptedEngine::new(|_, branch| match branch.answer_start.as_str() {
        "" => "Penguins sleep in winter storms.".to_owned(),
        "- " => "- Ines Calder\n- Blue Tern".to_owned(),
        _ => format!("Q: {QUESTION}\nA: {ANSWER}"),
    })
}

/// Whether a branch is to write an answer too.
fn answers(branch: &Branch) -> bool {
    matches!(
        &branch.goal,
        Goal::Decode {
            shape: Shape::QuestionAndAnswer { .. },
            ..
        }
    )
}

/// Says all at once, and ends when it is allowed to.
struct Held {
    inner: ScriptedEngine,
    go_on: Arc<Notify>,
}

impl Engine for Held {
    fn model(&self) -> &ModelDescription {
        self.inner.model()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.inner.count_tokens(text)
    }

    fn start(&self, batch: Batch) -> Result<Running, EngineError> {
        let (reporter, running) = Running::new(batch.branches.len());
        let go_on = self.go_on.clone();
        // Of the rounds, that in which this engine's pairs hold.
        let is_held = batch.branches.iter().any(answers);
        let mut inner = self.inner.start(batch)?;
        tokio::spawn(async move {
            while let Some((branch, completion)) = inner.next().await.unwrap() {
                reporter.completed(branch, completion);
            }
            if is_held {
                go_on.notified().await;
            }
            reporter.ended(Ok(Usage::default()));
        });
        Ok(running)
    }
}

async fn watched(author: Author, observer: &dyn Observer) -> Digest {
    let limits = Settings::from_toml("", "test").unwrap().limits;
    let options = DigestOptions::check(&OptionsRequest::default(), &limits).unwrap();
    let pipeline = plain_pipeline(limits, author);
    let input = sent(BRIDGE, SourceKind::Text);
    let made = pipeline.digest_observed(&input, &options, observer);
    let mut digest = made.await.unwrap();
    digest.provenance.timings_ms.clear();
    digest
}

#[tokio::test]
async fn a_pair_is_told_before_the_engine_is_through() {
    let watching = Watching::default();
    let engine = Held {
        inner: scripted(),
        go_on: watching.go_on.clone(),
    };
    let made = watched(Author::Model(Arc::new(engine)), &watching);
    let patience = std::time::Duration::from_secs(30);
    let digest = tokio::time::timeout(patience, made).await;
    let digest = digest.expect("the engine waits for the pair to be told");
    let plain = watched(Author::Model(Arc::new(scripted())), &Nobody).await;
    assert_eq!(digest, plain, "looking on changes nothing");
}

#[tokio::test]
async fn everything_is_told_and_nothing_twice() {
    for author in [Author::Extractive, Author::Model(Arc::new(scripted()))] {
        let watching = Watching::default();
        let digest = watched(author, &watching).await;
        let events = watching.events.into_inner().unwrap();
        let stages: Vec<_> = events
            .iter()
            .filter_map(|it| match it {
                Event::Stage(stage) => Some(*stage),
                _ => None,
            })
            .collect();
        assert_eq!(stages, [Stage::Ingest, Stage::Generate, Stage::Verify]);
        for pair in &digest.faq {
            let told = events.iter().filter(|it| **it == Event::Pair(pair.clone()));
            assert_eq!(told.count(), 1, "{}", pair.question);
        }
        for refused in &digest.refused {
            assert!(events.contains(&Event::Refused(refused.clone())));
        }
        let summary = digest.summary.unwrap();
        assert!(events.contains(&Event::Summary(summary, SummaryForm::Medium)));
        for (at, event) in events.iter().enumerate() {
            assert!(!events[..at].contains(event), "twice: {event:?}");
        }
    }
}

/// Who looks on has the topic while the engine is still at it, and once.
#[tokio::test]
async fn a_topic_is_told_before_the_engine_is_through() {
    let engine = || {
        ScriptedEngine::new(|_, branch| match &branch.goal {
            Goal::Decode {
                shape: Shape::Phrase { .. },
                ..
            } => "harbour bridge".to_owned(),
            _ => String::new(),
        })
    };
    let watching = WaitingForTopic::default();
    let engine = Held {
        inner: engine(),
        go_on: watching.go_on.clone(),
    };
    let made = watched(Author::Model(Arc::new(engine)), &watching);
    let patience = std::time::Duration::from_secs(30);
    let digest = tokio::time::timeout(patience, made).await;
    let digest = digest.expect("the engine waits for the topic to be told");
    let topics = watching.topics.into_inner().unwrap();
    assert_eq!(topics, [digest.topic.unwrap()]);
}

#[derive(Default)]
struct WaitingForTopic {
    topics: Mutex<Vec<String>>,
    go_on: Arc<Notify>,
}

impl Observer for WaitingForTopic {
    fn observe(&self, event: Event) {
        if let Event::Topic(topic) = event {
            self.topics.lock().unwrap().push(topic);
            self.go_on.notify_one();
        }
    }
}
