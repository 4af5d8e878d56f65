//! Fourth stage: the model drafts. Each window becomes one batch: its text the
//! prefix, the summary, topic, tags and every question a branch. What comes
//! back is a [`Draft`]; nothing of it is believed until `verify` has read it.

use crate::engine::{Batch, BatchOutput, Branch, Completion, Engine, Finish};

use super::article::Article;
use super::draft::{Draft, DraftPair};
use super::error::PipelineError;
use super::options::DigestOptions;
use super::plan::{Ask, Passage, Plan, PlanBounds, Window, plan};
use super::understand::Understanding;

mod grammar;
mod parse;
mod prompts;

use prompts::Prompts;
pub use prompts::version;

/// Share of the context that one window may fill; the rest is the branches'.
const WINDOW_SHARE: f32 = 0.4;
/// Tokens that the system message and the chat template take.
const FRAME_TOKENS: usize = 320;
/// Sentences of a summary at most.
const SUMMARY_SENTENCES: usize = 4;
/// Questions drafted for each pair asked for: about half of a 1.5B model's fall.
const ASKS_PER_PAIR: usize = 2;
/// Tokens that a sentence of the longest allowed length can take.
const SENTENCE_TOKENS: usize = 75;

/// A model's draft and what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// The draft over all windows.
    pub draft: Draft,
    /// Milliseconds spent in prefill of prefixes.
    pub prefill_ms: u64,
    /// Milliseconds spent decoding.
    pub decode_ms: u64,
    /// Words that the model was shown.
    pub words_read: usize,
}

/// Drafts a digest with a model: more questions than asked for, as some fall.
///
/// # Errors
/// [`PipelineError::Engine`] when the engine fails or a passage fits no window.
pub async fn generate(
    engine: &dyn Engine,
    article: &Article,
    understanding: &Understanding,
    options: &DigestOptions,
) -> Result<Generated, PipelineError> {
    let plan = plan_for(engine, article, understanding, options)?;
    let prompts = Prompts::builtin()?;
    let mut generated = Generated {
        draft: Draft::default(),
        prefill_ms: 0,
        decode_ms: 0,
        words_read: words_read(article, &plan),
    };
    for (at, window) in plan.windows.iter().enumerate() {
        let drafting = Drafting {
            article,
            window,
            options,
            prompts: &prompts,
        };
        let branches = drafting.branches(at == 0)?;
        let prefix = prompts.prefix(article, window)?;
        let asked: Vec<Task> = branches.iter().map(|(task, _)| *task).collect();
        let branches = branches.into_iter().map(|(_, branch)| branch).collect();
        let output = engine.run(Batch { prefix, branches }).await?;
        generated.prefill_ms += output.usage.prefill_ms;
        generated.decode_ms += output.usage.decode_ms;
        drafting.collect(&asked, &output, &mut generated.draft);
    }
    generated.draft.summary.truncate(SUMMARY_SENTENCES);
    Ok(generated)
}

fn plan_for(
    engine: &dyn Engine,
    article: &Article,
    understanding: &Understanding,
    options: &DigestOptions,
) -> Result<Plan, PipelineError> {
    let context = engine.model().context_tokens;
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a context of millions of tokens is far below the precision"
    )]
    let window_tokens = (context as f32 * WINDOW_SHARE) as usize;
    let bounds = PlanBounds {
        window_tokens: window_tokens.saturating_sub(FRAME_TOKENS),
        asks: options.count * ASKS_PER_PAIR,
    };
    let count = |text: &str| engine.count_tokens(text);
    plan(article, understanding, bounds, count).map_err(|needed| {
        let limit = bounds.window_tokens;
        crate::engine::EngineError::ContextFull { needed, limit }.into()
    })
}

/// Words of title, headings and passages shown; repeated context counts once.
fn words_read(article: &Article, plan: &Plan) -> usize {
    let mut shown = vec![false; article.text.len()];
    for window in &plan.windows {
        for piece in &window.pieces {
            shown[window.span_of(*piece).range()].fill(true);
        }
    }
    let start = article.text.as_ptr() as usize;
    let offset = |word: &str| word.as_ptr() as usize - start;
    article
        .text
        .split_whitespace()
        .filter(|word| shown[offset(word)])
        .count()
}

/// What a branch was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    Summary,
    Part,
    Topic,
    Related,
    Question(Ask),
}

/// The drafting of one window.
struct Drafting<'a> {
    article: &'a Article,
    window: &'a Window,
    options: &'a DigestOptions,
    prompts: &'a Prompts,
}

impl Drafting<'_> {
    /// The branches of this window; what concerns the whole article is asked
    /// in the first, which carries title and lead.
    fn branches(&self, first: bool) -> Result<Vec<(Task, Branch)>, PipelineError> {
        let whole = [Task::Summary, Task::Topic, Task::Related];
        let about: &[Task] = if first { &whole } else { &[Task::Part] };
        let questions = self.window.asks.iter().map(|ask| Task::Question(*ask));
        let tasks = about.iter().copied().chain(questions);
        tasks.map(|task| Ok((task, self.branch(task)?))).collect()
    }

    fn branch(&self, task: Task) -> Result<Branch, PipelineError> {
        let prompts = self.prompts;
        let most = if self.options.max_answer_words < 35 {
            2
        } else {
            3
        };
        Ok(match task {
            Task::Summary => branch(
                prompts.summary()?,
                "",
                grammar::sentences(2, 3),
                3 * SENTENCE_TOKENS,
            ),
            Task::Part => branch(
                prompts.part(self.window)?,
                "",
                grammar::sentences(1, 1),
                SENTENCE_TOKENS,
            ),
            Task::Topic => branch(prompts.topic()?, "", grammar::phrase(5), 20),
            Task::Related => branch(prompts.related()?, "- ", grammar::phrases(6, 8, 5), 90),
            Task::Question(ask) => branch(
                prompts.question(self.window, ask.passage, self.article)?,
                &format!("Q: {}", ask.opening.words()),
                grammar::question_and_answer(1, most),
                40 + most * SENTENCE_TOKENS,
            ),
        })
    }

    fn collect(&self, asked: &[Task], output: &BatchOutput, draft: &mut Draft) {
        for (task, completion) in asked.iter().zip(&output.completions) {
            if completion.finish != Finish::Failed {
                self.take(*task, completion, draft);
            }
        }
    }

    fn take(&self, task: Task, completion: &Completion, draft: &mut Draft) {
        let text = completion.text.trim();
        let cut = completion.finish == Finish::Length;
        match task {
            Task::Summary | Task::Part => draft.summary.extend(parse::sentences_of(text, cut)),
            Task::Topic => draft.topic.extend((!cut).then(|| text.to_owned())),
            Task::Related => draft.related.extend(parse::list(text, cut)),
            Task::Question(ask) => {
                draft
                    .pairs
                    .extend(self.pair(ask, text, cut, completion.mean_logprob.exp()));
            }
        }
    }

    fn pair(&self, ask: Ask, text: &str, cut: bool, confidence: f32) -> Option<DraftPair> {
        let (question, answer) = parse::question_and_answer(text, cut)?;
        let passage: &Passage = &self.window.passages[ask.passage];
        Some(DraftPair {
            question,
            answer,
            passage: passage.sentences.clone(),
            confidence,
        })
    }
}

fn branch(instruction: String, answer_start: &str, grammar: String, max_tokens: usize) -> Branch {
    Branch {
        instruction,
        answer_start: answer_start.into(),
        grammar,
        max_tokens,
    }
}
