//! An engine for tests: answers by a function of the branch, at once, without
//! a model. It does not enforce the grammar.

use super::{
    Batch, BatchFuture, BatchOutput, Branch, Completion, Engine, Finish, ModelDescription, Prefix,
    Usage,
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
            context_tokens: 8192,
        };
        Self {
            model,
            script: Box::new(script),
        }
    }

    fn complete(&self, prefix: &Prefix, branch: &Branch) -> Completion {
        let text = (self.script)(prefix, branch);
        let tokens = text.split_whitespace().count();
        Completion {
            text,
            finish: Finish::Complete,
            mean_logprob: -0.1,
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

    fn run(&self, batch: Batch) -> BatchFuture<'_> {
        let completions = batch
            .branches
            .iter()
            .map(|b| self.complete(&batch.prefix, b))
            .collect();
        Box::pin(async {
            Ok(BatchOutput {
                completions,
                usage: Usage::default(),
            })
        })
    }
}
