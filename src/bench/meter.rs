//! An engine that notes what it was asked and what that took, and hands all else on.
//! What it notes can be asked of another engine, word for word.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::engine::{Batch, Engine, EngineError, ModelDescription, Peak, Reporter, Running, Usage};

/// A batch that has ended well.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// As it was asked.
    pub batch: Batch,
    /// What each branch said.
    pub texts: Vec<String>,
    /// Tokens of its prefix, chat template left out.
    pub prefix_tokens: usize,
    /// Tokens of the system message among them, which all articles share.
    pub system_tokens: usize,
    /// What it took.
    pub usage: Usage,
    /// From when to when it was under way.
    pub under_way: Range<Instant>,
}

impl Asked {
    /// Whether both begin with the same text: two rounds of questions on one article.
    #[must_use]
    pub fn shares_prefix(&self, other: &Self) -> bool {
        self.batch.prefix == other.batch.prefix
    }
}

/// The engine, and what it was asked since [`Meter::take`] was last called.
pub struct Meter {
    engine: Arc<dyn Engine>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Meter {
    /// Nothing noted yet.
    #[must_use]
    pub fn new(engine: Arc<dyn Engine>) -> Self {
        Self {
            engine,
            asked: Arc::default(),
        }
    }

    /// What was noted, in the order in which batches ended.
    #[must_use]
    pub fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Engine for Meter {
    fn model(&self) -> &ModelDescription {
        self.engine.model()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.engine.count_tokens(text)
    }

    fn peak(&self) -> Option<Peak> {
        self.engine.peak()
    }

    /// Must be called within a runtime of tokio.
    fn start(&self, batch: Batch) -> Result<Running, EngineError> {
        let system_tokens = self.count_tokens(&batch.prefix.system);
        let now = Instant::now();
        let asked = Asked {
            under_way: now..now,
            texts: vec![String::new(); batch.branches.len()],
            prefix_tokens: system_tokens + self.count_tokens(&batch.prefix.user),
            system_tokens,
            usage: Usage::default(),
            batch: batch.clone(),
        };
        let inner = self.engine.start(batch)?;
        let (reporter, running) = Running::new(asked.texts.len());
        tokio::spawn(hand_on(inner, reporter, asked, self.asked.clone()));
        Ok(running)
    }
}

/// Passes on what comes until the batch ends or nobody waits any more.
async fn hand_on(
    mut inner: Running,
    reporter: Reporter,
    mut asked: Asked,
    notes: Arc<Mutex<Vec<Asked>>>,
) {
    while !reporter.is_abandoned() {
        match inner.next().await {
            Ok(Some((branch, completion))) => {
                if let Some(text) = asked.texts.get_mut(branch) {
                    text.clone_from(&completion.text);
                }
                reporter.completed(branch, completion);
            }
            Ok(None) => {
                let usage = inner.usage().unwrap_or_default();
                asked.usage = usage;
                asked.under_way.end = Instant::now();
                let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
                notes.push(asked);
                return reporter.ended(Ok(usage));
            }
            Err(error) => return reporter.ended(Err(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::scripted::ScriptedEngine;
    use crate::engine::{Branch, Goal, Prefix};
    use crate::lane::Lane;

    fn batch() -> Batch {
        let branch = |text: &str| Branch {
            until: None,
            instruction: "score".into(),
            answer_start: "It ".into(),
            goal: Goal::Score { text: text.into() },
        };
        Batch {
            lane: Lane::Draft,
            prefix: Prefix {
                system: "one two three".into(),
                user: "four five six".into(),
            },
            branches: vec![branch("closes."), branch("opens.")],
        }
    }

    #[tokio::test]
    async fn what_is_asked_comes_back_and_is_noted_once() {
        let engine = ScriptedEngine::new(|_, _| String::new());
        let direct = engine.run(batch()).await.expect("it runs");
        let meter = Meter::new(Arc::new(engine));
        let output = meter.run(batch()).await.expect("it runs");
        assert_eq!(output, direct);
        let asked = meter.take();
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].batch, batch());
        assert_eq!(asked[0].texts, ["It closes.", "It opens."]);
        assert_eq!((asked[0].system_tokens, asked[0].prefix_tokens), (4, 8));
        assert!(meter.take().is_empty());
    }
}
