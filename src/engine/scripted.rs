//! An engine for tests: answers by a function of the branch, at once, without
//! a model. It does not enforce the shape.

use super::{
    Batch, Branch, Completion, Engine, EngineError, Finish, Goal, Logprobs, ModelDescription,
    Prefix, Running, Usage,
};

/// How likely everything is.
const LIKELY: Logprobs = Logprobs {
    mean: -0.1,
    lowest: -0.1,
};

type Script = Box<dyn Fn(&Prefix, &Branch) -> String + Send + Sync>;

/// Answers every branch by calling a closure.
pub struct ScriptedEngine {
    model: ModelDescription,
    script: Script,
}

impl ScriptedEngine {
    /// An engine that answers each branch with what `script` returns.
    pub fn new(script: impl Fn(&Prefix, &Branch) -> String + Send + Sync + 'static) -> Self {
        let model = ModelDescription {
            name: "scripted".into(),
            sha256: None,
            source_sha256: None,
            context_tokens: 8192,
        };
        Self {
            model,
            script: Box::new(script),
        }
    }

    /// What is scored is found likely.
    fn complete(&self, prefix: &Prefix, branch: &Branch) -> Completion {
        let text = match &branch.goal {
            Goal::Decode { .. } => (self.script)(prefix, branch),
            Goal::Score { text } => format!("{}{text}", branch.answer_start),
        };
        let tokens = text.split_whitespace().count();
        Completion {
            text,
            finish: Finish::Complete,
            logprobs: Some(LIKELY),
            tokens,
        }
    }
}

impl Engine for ScriptedEngine {
    fn model(&self) -> &ModelDescription {
        &self.model
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.split_whitespace().count() * 4 / 3
    }

    fn start(&self, batch: Batch) -> Result<Running, EngineError> {
        let (reporter, running) = Running::new(batch.branches.len());
        for (index, branch) in batch.branches.iter().enumerate() {
            reporter.completed(index, self.complete(&batch.prefix, branch));
        }
        reporter.ended(Ok(Usage::default()));
        Ok(running)
    }
}
