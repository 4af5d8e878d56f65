//! A batch on its way: completions come one by one as branches end, in the order
//! in which they end. Whoever waits holds [`Running`], the engine holds
//! [`Reporter`]; dropping the first tells the second that nobody waits any more.

use std::future::Future;
use std::pin::Pin;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{BatchOutput, Completion, EngineError, Usage};

/// The future of a batch; dropping it stops the work.
pub type BatchFuture<'a> =
    Pin<Box<dyn Future<Output = Result<BatchOutput, EngineError>> + Send + 'a>>;

enum News {
    Branch(usize, Completion),
    End(Result<Usage, EngineError>),
}

/// The end of a batch that its caller holds. Dropping it stops the work.
pub struct Running {
    // Holds one piece of news per branch and one more: it is bounded.
    news: UnboundedReceiver<News>,
    branches: usize,
    usage: Option<Usage>,
}

/// The end of a batch that the engine holds.
pub struct Reporter {
    news: UnboundedSender<News>,
}

impl Running {
    /// Both ends of a batch of so many branches.
    #[must_use]
    pub fn new(branches: usize) -> (Reporter, Self) {
        let (sender, news) = unbounded_channel();
        let running = Self {
            news,
            branches,
            usage: None,
        };
        (Reporter { news: sender }, running)
    }

    /// The next branch that ended, by its index; `None` after the last one. May be
    /// dropped and called again without loss.
    ///
    /// # Errors
    /// What stopped the batch.
    pub async fn next(&mut self) -> Result<Option<(usize, Completion)>, EngineError> {
        if self.usage.is_some() {
            return Ok(None);
        }
        match self.news.recv().await {
            Some(News::Branch(branch, completion)) => Ok(Some((branch, completion))),
            Some(News::End(usage)) => {
                self.usage = Some(usage?);
                Ok(None)
            }
            None => Err(EngineError::Stopped),
        }
    }

    /// What the batch took, once [`Running::next`] has given `None`.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        self.usage
    }

    /// Waits for all branches.
    ///
    /// # Errors
    /// What stopped the batch.
    pub async fn output(mut self) -> Result<BatchOutput, EngineError> {
        let mut completions: Vec<Option<Completion>> = vec![None; self.branches];
        while let Some((branch, completion)) = self.next().await? {
            if let Some(place) = completions.get_mut(branch) {
                *place = Some(completion);
            }
        }
        let completions: Option<Vec<Completion>> = completions.into_iter().collect();
        Ok(BatchOutput {
            completions: completions.ok_or(EngineError::Stopped)?,
            usage: self.usage.unwrap_or_default(),
        })
    }
}

impl Reporter {
    /// Whether nobody waits any more.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.news.is_closed()
    }

    /// Comes back once nobody waits any more.
    pub async fn abandoned(&self) {
        self.news.closed().await;
    }

    /// A branch has ended.
    pub fn completed(&self, branch: usize, completion: Completion) {
        // A caller that left has no use for it.
        let _ = self.news.send(News::Branch(branch, completion));
    }

    /// The batch has ended.
    pub fn ended(self, outcome: Result<Usage, EngineError>) {
        let _ = self.news.send(News::End(outcome));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Finish;

    fn completion(text: &str) -> Completion {
        Completion {
            text: text.into(),
            finish: Finish::Complete,
            logprobs: None,
            tokens: 1,
        }
    }

    #[tokio::test]
    async fn completions_come_as_they_end_and_go_out_in_order() {
        let (reporter, running) = Running::new(2);
        reporter.completed(1, completion("second"));
        reporter.completed(0, completion("first"));
        reporter.ended(Ok(Usage::default()));
        let output = running.output().await.expect("it ended well");
        let texts: Vec<&str> = output
            .completions
            .iter()
            .map(|it| it.text.as_str())
            .collect();
        assert_eq!(texts, ["first", "second"]);
    }

    #[tokio::test]
    async fn half_an_answer_is_no_answer() {
        let (reporter, running) = Running::new(2);
        reporter.completed(0, completion("first"));
        reporter.ended(Ok(Usage::default()));
        assert!(matches!(running.output().await, Err(EngineError::Stopped)));
        let (reporter, running) = Running::new(1);
        drop(reporter);
        assert!(matches!(running.output().await, Err(EngineError::Stopped)));
    }

    #[test]
    fn the_engine_hears_that_nobody_waits() {
        let (reporter, running) = Running::new(1);
        assert!(!reporter.is_abandoned());
        drop(running);
        assert!(reporter.is_abandoned());
    }
}
