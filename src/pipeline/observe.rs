//! What can be told of a digest while it is made: the stage that has begun, each
//! item once it is verified, each draft once it is refused. A side road of the
//! flow: nothing that is told here decides anything.
//!
//! What was told early is verified and may still be left out of the digest for
//! something better, or lose a sentence that another answer has; the digest is what
//! counts.

use std::collections::HashSet;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use crate::digest::{Digest, Pair, Passage, Refused, SummaryForm};

/// A part of the work that takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The article is read.
    Ingest,
    /// The author drafts; what it drafted is verified at once.
    Generate,
    /// What is left is verified, and the digest chosen.
    Verify,
}

impl Stage {
    /// As it is shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Generate => "generate",
            Self::Verify => "verify",
        }
    }
}

/// Something that has happened on the way to a digest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A stage has begun.
    Stage(Stage),
    /// A pair is verified.
    Pair(Pair),
    /// A topic is verified; the last that is told is the digest's.
    Topic(String),
    /// The summary is verified.
    Summary(Passage, SummaryForm),
    /// A related topic is verified.
    Related(String),
    /// A draft is refused.
    Refused(Refused),
}

/// Who is told. Called from the midst of the work: it must not wait.
pub trait Observer: Send + Sync {
    /// Takes note of an event.
    fn observe(&self, event: Event);
}

/// Tells nobody.
pub struct Nobody;

impl Observer for Nobody {
    fn observe(&self, _event: Event) {}
}

/// Tells an observer of one digest, of each item once.
pub(super) struct Teller<'a> {
    observer: &'a dyn Observer,
    /// Questions, texts of what was refused, and the first topic, that were told.
    told: Mutex<HashSet<String>>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(observer: &'a dyn Observer) -> Self {
        Self {
            observer,
            told: Mutex::default(),
        }
    }

    /// Tells the first topic that holds; another one only the digest may bring.
    pub(super) fn early_topic(&self, topic: &str) {
        if self.is_new("a topic".to_owned()) {
            self.topic(topic);
        }
    }

    fn topic(&self, topic: &str) {
        if self.is_new(format!("topic {topic}")) {
            self.observer.observe(Event::Topic(topic.to_owned()));
        }
    }

    pub(super) fn stage(&self, stage: Stage) {
        self.observer.observe(Event::Stage(stage));
    }

    pub(super) fn pair(&self, pair: &Pair) {
        if self.is_new(format!("pair {}", pair.question)) {
            self.observer.observe(Event::Pair(pair.clone()));
        }
    }

    pub(super) fn refused(&self, refused: &Refused) {
        let name = format!("{:?} {} {}", refused.kind, refused.reason, refused.text);
        if self.is_new(name) {
            self.observer.observe(Event::Refused(refused.clone()));
        }
    }

    /// Tells what was not told before.
    pub(super) fn digest(&self, digest: &Digest) {
        digest.topic.iter().for_each(|it| self.topic(it));
        let summary = digest.summary.iter().cloned();
        summary
            .map(|it| Event::Summary(it, digest.summary_form))
            .for_each(|event| self.observer.observe(event));
        digest.faq.iter().for_each(|pair| self.pair(pair));
        for related in &digest.related {
            self.observer.observe(Event::Related(related.clone()));
        }
        digest.refused.iter().for_each(|it| self.refused(it));
    }

    fn is_new(&self, name: String) -> bool {
        let mut told = self
            .told
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        told.insert(name)
    }
}
