//! Bringing the windows of a long article together: a sentence from each makes a
//! short text, of which summary, topic and tags are asked. Where these sentences
//! do not fit one window themselves, they are shortened by groups first.
//!
//! Nothing here is believed either: `verify` holds the outcome against the article.

use crate::engine::{BatchOutput, Branch, Engine};
use crate::pipeline::article::Article;
use crate::pipeline::error::PipelineError;
use crate::pipeline::options::DigestOptions;

use super::branches::{batch, part, related, summary, topic};
use super::prompts::Prompts;
use super::vocabulary::vocabulary;
use super::{Answer, Generated, Task, about_whole};

/// Tokens that a paragraph number and the blank line around it take.
const PIECE_TOKENS: usize = 6;

pub(super) struct Whole<'a> {
    pub(super) engine: &'a dyn Engine,
    pub(super) article: &'a Article,
    pub(super) prompts: &'a Prompts,
    pub(super) options: &'a DigestOptions,
    /// Tokens that the sentences may take together.
    pub(super) window_tokens: usize,
}

impl Whole<'_> {
    /// Drafts what concerns the whole article, and puts it before what was
    /// drafted from the first window alone. Without sentences there is nothing
    /// to ask.
    pub(super) async fn draft(&self, generated: &mut Generated) -> Result<(), PipelineError> {
        let mut parts = generated.parts.clone();
        let mut groups = self.groups(&parts);
        while groups.len() > 1 && groups.len() < parts.len() {
            parts = self.shorten(groups, generated).await?;
            groups = self.groups(&parts);
        }
        if let [group] = groups.as_slice() {
            let first = std::mem::take(&mut generated.draft);
            let prompts = self.prompts;
            let told = self.article.title_text().into_iter();
            let vocabulary = vocabulary(told.chain(group.iter().map(String::as_str)));
            let tasks: Vec<Task> = about_whole(self.options.summary).collect();
            let branches = tasks.iter().map(|task| match task {
                Task::Summary(at) => summary(prompts, self.options.summary, *at),
                Task::TopicInItsWords => topic(prompts, Some(vocabulary.clone())),
                Task::Topic => topic(prompts, None),
                _ => related(prompts),
            });
            let branches: Result<Vec<Branch>, PipelineError> = branches.collect();
            let output = self.ask(group, branches?, generated).await?;
            self.collect(&tasks, &output, generated);
            let draft = &mut generated.draft;
            draft.summaries.extend(first.summaries);
            draft.topic.extend(first.topic);
            draft.related.extend(first.related);
            draft.pairs = first.pairs;
        }
        Ok(())
    }

    /// One sentence for each group.
    async fn shorten(
        &self,
        groups: Vec<Vec<String>>,
        generated: &mut Generated,
    ) -> Result<Vec<String>, PipelineError> {
        let mut shorter = Generated::default();
        for group in groups {
            let branches = vec![part(self.prompts, group.len())?];
            let output = self.ask(&group, branches, generated).await?;
            let before = shorter.parts.len();
            self.collect(&[Task::Part], &output, &mut shorter);
            shorter.parts.truncate(before + 1);
            if shorter.parts.len() == before {
                shorter.parts.extend(group.into_iter().next());
            }
        }
        Ok(shorter.parts)
    }

    async fn ask(
        &self,
        parts: &[String],
        branches: Vec<Branch>,
        generated: &mut Generated,
    ) -> Result<BatchOutput, PipelineError> {
        let prefix = self.prompts.prefix_of_parts(self.article, parts)?;
        let output = self
            .engine
            .run(batch(self.options.lane, prefix, branches))
            .await?;
        generated.note(&output.usage);
        Ok(output)
    }

    /// The sentences in groups that fit a window each.
    fn groups(&self, parts: &[String]) -> Vec<Vec<String>> {
        let title = self.article.title_text().unwrap_or_default();
        let room = self
            .window_tokens
            .saturating_sub(self.engine.count_tokens(title) + PIECE_TOKENS);
        let mut groups: Vec<Vec<String>> = Vec::new();
        let mut used = 0;
        for part in parts {
            let tokens = self.engine.count_tokens(part) + PIECE_TOKENS;
            match groups.last_mut() {
                Some(group) if used + tokens <= room => group.push(part.clone()),
                _ => {
                    groups.push(vec![part.clone()]);
                    used = 0;
                }
            }
            used += tokens;
        }
        groups
    }

    fn collect(&self, tasks: &[Task], output: &BatchOutput, into: &mut Generated) {
        for (task, completion) in tasks.iter().zip(&output.completions) {
            if let Some(answer) = Answer::of(completion) {
                into.take(*task, self.options.summary, answer);
            }
        }
    }
}
