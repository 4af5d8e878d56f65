//! Fourth stage: the model drafts. Each window becomes one batch: its text the
//! prefix, the summary, topic, tags and every question a branch. The windows of
//! a long article are brought together by a last batch over a sentence from
//! each. What comes back is a [`Draft`]; nothing of it is believed until `verify` has read it.

use std::ops::Range;
use std::time::{Duration, Instant};

use crate::digest::SummaryForm;
use crate::engine::{
    Branch, Completion, Count, Engine, Finish, Logprobs, Shape, Usage, Vocabulary,
};
use crate::text::span::Span;

use super::article::Article;
use super::draft::{Draft, DraftPair};
use super::error::PipelineError;
use super::options::{DigestOptions, ReadingLevel, Tone};
use super::plan::{Ask, Passage, Plan, PlanBounds, Subject, Window, opens, plan};
use super::understand::Understanding;

mod branches;
mod fence;
mod parse;
mod prompts;
mod rounds;
mod shared;
mod task;
mod vocabulary;
mod whole;

use branches::{SENTENCE_TOKENS, branch, part, related, summary, topic};
pub use fence::Fences;
use prompts::Prompts;
pub use prompts::{version, version_for};
use rounds::Rounds;
use shared::Shared;
use task::{Task, about_whole, rounds};
use vocabulary::vocabulary;
use whole::Whole;

/// Share of the context that one window may fill; the rest is the branches'.
const WINDOW_SHARE: f32 = 0.4;
/// Tokens that the system message, the fence and the chat template take.
const FRAME_TOKENS: usize = 360;
/// Questions drafted to sentences of the article at most, for each two pairs asked for:
/// most of a 1.5B model's fall or are alike.
const FACTS_PER_TWO_PAIRS: usize = 6;
/// The same where answers are drafted as well.
const FACTS_BESIDE_ANSWERS: usize = 3;
/// Questions of each further round, for each pair that the first did not give.
const MORE_PER_PAIR: usize = 3;
/// Further rounds at most: more than one of them only where even [`ENOUGH`] are missing.
const MORE_ROUNDS: usize = 4;
/// Share of the pairs asked for, as a fraction, with which a digest is no longer too short
/// to go on asking.
const ENOUGH: (usize, usize) = (3, 4);
/// Tokens of a question of the longest allowed length.
const QUESTION_TOKENS: usize = 40;
/// Sentences that an answer may take from the article, from the one asked about.
const ANSWER_SENTENCES: usize = 4;
/// Confidence of every pair of an engine that does not tell how likely it found what it
/// wrote: their order then hangs on the rest.
const UNTOLD_CONFIDENCE: f32 = 0.5;

/// Log-probability below which a word is not the model's choice: the shape that it was held
/// to left it no other, and what comes of it makes no sense. Of 24 questions that fell by
/// it on four articles none was one to print.
const LEAST_LOGPROB: f32 = -5.0;

/// A model's draft and what it took.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Generated {
    /// The draft over all windows.
    pub draft: Draft,
    /// Where there are several windows, a sentence on each.
    pub parts: Vec<String>,
    /// Milliseconds spent in prefill of prefixes.
    pub prefill_ms: u64,
    /// Milliseconds after that, waiting for the engine left out: instructions are read and
    /// answers decoded.
    pub decode_ms: u64,
    /// Milliseconds spent waiting for the engine.
    queue_ms: u64,
    /// Words that the model was shown.
    pub words_read: usize,
}

/// Is told of what is drafted as it comes, in any order. Must not wait.
pub trait Reader: Send + Sync {
    /// Reads a pair.
    fn pair(&self, pair: DraftPair);

    /// How many of the pairs read so far one digest could have. It does not hang on the
    /// order in which they came.
    fn pairs(&self) -> usize;

    /// Reads what the author would call the article's subject.
    fn topic(&self, phrase: &str);
}

/// Drafts a digest with a model: more questions than asked for, as some fall, and
/// further rounds of them where too many fell. Tells `reader` of drafts on the way.
///
/// # Errors
/// [`PipelineError`] when the engine fails or a passage fits no window.
pub async fn generate(
    engine: &dyn Engine,
    article: &Article,
    understanding: &Understanding,
    (options, fences): (&DigestOptions, &Fences),
    reader: &dyn Reader,
) -> Result<Generated, PipelineError> {
    let began = Instant::now();
    let prompts = Prompts::with(options, fences)?;
    let (plan, window_tokens) = {
        let count = |text: &str| engine.count_tokens(text);
        let frame_tokens = FRAME_TOKENS + count(prompts.house());
        plan_for(engine, article, understanding, (options, frame_tokens))?
    };
    let mut generated = Generated {
        words_read: words_read(article, &plan),
        ..Generated::default()
    };
    let names = vocabulary::Names::of(&article.text);
    let drafting = |window| {
        Ok(Drafting {
            engine,
            reader,
            article,
            understanding,
            window,
            shared: prompts.shared(article, window)?,
            options,
            prompts: &prompts,
            names: &names,
        })
    };
    let draftings: Result<Vec<Drafting<'_>>, PipelineError> =
        plan.windows.iter().map(drafting).collect();
    let draftings = draftings?;
    let mut asked = Rounds::default();
    for (at, drafting) in draftings.iter().enumerate() {
        let tasks = drafting.tasks(at, plan.windows.len());
        for round in rounds(at, options.lane, tasks) {
            asked.ask(drafting, round).await?;
        }
    }
    go_on(&plan, &draftings, &mut asked).await?;
    asked.end(&mut generated).await?;
    if plan.windows.len() > 1 {
        let whole = Whole {
            engine,
            article,
            prompts: &prompts,
            options,
            window_tokens,
        };
        whole.draft(&mut generated).await?;
    }
    generated.took(began.elapsed());
    Ok(generated)
}

/// Asks further rounds of questions where fewer pairs hold than are wanted.
async fn go_on<'a>(
    plan: &Plan,
    draftings: &'a [Drafting<'a>],
    asked: &mut Rounds<'a>,
) -> Result<(), PipelineError> {
    let Some(first) = draftings.first() else {
        return Ok(());
    };
    let count = first.options.count;
    let missing = count.saturating_sub(first.reader.pairs());
    if missing == 0 {
        return Ok(());
    }
    let enough = (count * ENOUGH.0).div_ceil(ENOUGH.1);
    let more = plan.more(first.article, first.understanding, missing * MORE_PER_PAIR);
    for (at, round) in more.iter().take(MORE_ROUNDS).enumerate() {
        if at > 0 && first.reader.pairs() >= enough {
            break;
        }
        for asks in round.chunk_by(|(one, _), (other, _)| one == other) {
            let drafting = &draftings[asks[0].0];
            let asks = asks.iter().filter(|(_, ask)| drafting.is_new(*ask));
            let tasks: Vec<Task> = asks.map(|(_, ask)| Task::Question(*ask)).collect();
            if !tasks.is_empty() {
                asked.ask_more(drafting, tasks).await?;
            }
        }
    }
    Ok(())
}

/// The plan, and the tokens of one of its windows.
fn plan_for(
    engine: &dyn Engine,
    article: &Article,
    understanding: &Understanding,
    (options, frame_tokens): (&DigestOptions, usize),
) -> Result<(Plan, usize), PipelineError> {
    let context = engine.model().context_tokens;
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a context of millions of tokens is far below the precision"
    )]
    let window_tokens = (context as f32 * WINDOW_SHARE) as usize;
    let (asks, facts) = match is_worded(options) {
        true => (options.count, FACTS_BESIDE_ANSWERS),
        false => (0, FACTS_PER_TWO_PAIRS),
    };
    let bounds = PlanBounds {
        window_tokens: window_tokens.saturating_sub(frame_tokens),
        asks,
        facts: (options.count * facts).div_ceil(2),
        least: options.count,
    };
    let count = |text: &str| engine.count_tokens(text);
    let plan = plan(article, understanding, bounds, count);
    let plan = plan.map_err(|needed| PipelineError::WindowFull {
        needed,
        limit: bounds.window_tokens,
        context_tokens: context,
    })?;
    Ok((plan, bounds.window_tokens))
}

/// Whether a wording is asked for: an answer in the article's own words has nothing of it,
/// so that answers have to be drafted.
fn is_worded(options: &DigestOptions) -> bool {
    let usual = options.tone == Tone::Neutral && options.reading_level == ReadingLevel::Default;
    !usual || options.house_style.is_some()
}

/// Words of title, headings and passages shown; repeated context counts once.
fn words_read(article: &Article, plan: &Plan) -> usize {
    article.words_in(plan.windows.iter().flat_map(shown))
}

/// What a window shows of the article.
fn shown(window: &Window) -> impl Iterator<Item = Span> {
    let pieces = window.pieces.iter();
    pieces.filter_map(|piece| window.span_of(*piece))
}

/// The drafting of one window.
struct Drafting<'a> {
    engine: &'a dyn Engine,
    reader: &'a dyn Reader,
    article: &'a Article,
    understanding: &'a Understanding,
    window: &'a Window,
    /// The same for each of its rounds, so that it is in the KV cache after the first.
    shared: Shared,
    options: &'a DigestOptions,
    prompts: &'a Prompts,
    /// Those of the article.
    names: &'a vocabulary::Names<'a>,
}

impl Drafting<'_> {
    /// What is asked of window `at` of `windows`. What concerns the whole article
    /// is asked of the first, which carries title and lead, and of all in brief
    /// when there are several.
    fn tasks(&self, at: usize, windows: usize) -> Vec<Task> {
        let about = about_whole(self.options.summary);
        let mut tasks: Vec<Task> = match (at, windows) {
            (0, 1) => about.collect(),
            (0, _) => {
                let no_summary = about.filter(|task| !matches!(task, Task::Summary(_)));
                std::iter::once(Task::Part).chain(no_summary).collect()
            }
            _ => vec![Task::Part],
        };
        tasks.extend(self.window.asks.iter().map(|ask| Task::Question(*ask)));
        tasks
    }

    fn branch(&self, task: Task) -> Result<Branch, PipelineError> {
        let prompts = self.prompts;
        let most = if self.options.max_answer_words < 35 {
            2
        } else {
            3
        };
        Ok(match task {
            Task::Summary(at) => summary(prompts, self.options.summary, at)?,
            Task::Part => part(prompts, self.window.passages.len())?,
            Task::Topic => topic(prompts, None)?,
            Task::TopicInItsWords => topic(prompts, Some(self.vocabulary()))?,
            Task::Related => related(prompts)?,
            Task::Question(ask) => self.question(ask, most)?,
        })
    }

    /// A question, and its answer of at most so many sentences unless the article
    /// gives it.
    fn question(&self, ask: Ask, most: usize) -> Result<Branch, PipelineError> {
        let opening = ask.opening.words().to_owned();
        let start = format!("Q: {opening}");
        Ok(match ask.subject {
            Subject::Passage => branch(
                self.prompts
                    .question(self.window, ask.passage, self.article)?,
                &start,
                Shape::QuestionAndAnswer {
                    opening,
                    sentences: Count::new(1, most),
                },
                QUESTION_TOKENS + most * SENTENCE_TOKENS,
            ),
            Subject::Sentence(at) => Branch {
                until: Some(self.end_of(at, ask.passage)?),
                ..branch(
                    self.prompts.fact(&self.shared, self.sentence(at))?,
                    &start,
                    Shape::Question {
                        opening,
                        words: self.question_words(at, ask),
                    },
                    QUESTION_TOKENS,
                )
            },
        })
    }

    /// The words that the window shows.
    fn vocabulary(&self) -> Vocabulary {
        vocabulary(shown(self.window).map(|span| span.of(&self.article.text)))
    }

    /// Whether a question of a further round is another than those of the first: by its
    /// opening, or by the words that it may have.
    fn is_new(&self, ask: Ask) -> bool {
        let is_same = |it: &Ask| (it.subject, it.opening) == (ask.subject, ask.opening);
        !is_worded(self.options) || !self.window.asks.iter().any(is_same)
    }

    /// The words that a question to a sentence may have, where it may not have any. What
    /// is to be worded in another way than the article is not held to its words.
    fn question_words(&self, at: usize, ask: Ask) -> Vec<String> {
        match ask.in_its_words && !is_worded(self.options) {
            true => vocabulary::of_question(self.sentence(at), self.names),
            false => Vec::new(),
        }
    }

    /// Bytes of the user's message up to the end of a sentence of a passage.
    fn end_of(&self, at: usize, passage: usize) -> Result<usize, PipelineError> {
        let shown = self.window.passages[passage].span;
        let end = self.understanding.sentences[at].span.end;
        let until = Span::new(shown.start, end.clamp(shown.start, shown.end));
        self.shared.end_of(passage, until.of(&self.article.text))
    }

    fn sentence(&self, at: usize) -> &str {
        self.understanding.sentences[at].span.of(&self.article.text)
    }

    /// The sentences that may answer a question about `at`: it, what it cannot be understood
    /// without, and what follows in its section.
    fn answering(&self, at: usize) -> Range<usize> {
        let section = self.understanding.sentences[at].section;
        let end = self.understanding.sections[section].sentences.end;
        let first = opens(self.article, self.understanding, at);
        first..end.min(at + ANSWER_SENTENCES)
    }

    /// Takes what a branch said.
    fn collect(&self, task: Task, completion: &Completion, into: &mut Generated) {
        match (task, Answer::of(completion)) {
            (Task::Question(_), _) => into.draft.pairs.extend(self.drafted(task, completion)),
            (task, Some(answer)) => into.take(task, self.options.summary, answer),
            (_, None) => {}
        }
    }

    /// The pair that a branch drafted, if it was to draft one and did.
    fn drafted(&self, task: Task, completion: &Completion) -> Option<DraftPair> {
        let Task::Question(ask) = task else {
            return None;
        };
        let answer = Answer::of(completion)?;
        self.pair(ask, answer, completion.logprobs)
    }

    fn pair(&self, ask: Ask, answer: Answer<'_>, logprobs: Option<Logprobs>) -> Option<DraftPair> {
        let (question, answer, passage) = match ask.subject {
            Subject::Passage => {
                let (question, answer) = parse::question_and_answer(answer.text, answer.cut)?;
                let passage: &Passage = &self.window.passages[ask.passage];
                (question, answer, passage.sentences.clone())
            }
            Subject::Sentence(at) => {
                let answering = self.answering(at);
                let drafted = answering.start..=at;
                let drafted = drafted.map(|at| self.sentence(at).to_owned()).collect();
                (parse::question(answer.text)?, drafted, answering)
            }
        };
        Some(DraftPair {
            question,
            answer,
            passage,
            confidence: logprobs.map_or(UNTOLD_CONFIDENCE, |it| it.mean.exp()),
            // The tokens of a drafted answer are among the others: it is checked by itself.
            is_forced: matches!(ask.subject, Subject::Sentence(_))
                && logprobs.is_some_and(|it| it.lowest < LEAST_LOGPROB),
        })
    }
}

/// What a branch said.
#[derive(Debug, Clone, Copy)]
struct Answer<'a> {
    text: &'a str,
    /// Whether it ended at its limit.
    cut: bool,
}

impl<'a> Answer<'a> {
    /// `None` of a branch that failed.
    fn of(completion: &'a Completion) -> Option<Self> {
        (completion.finish != Finish::Failed).then_some(Self {
            text: completion.text.trim(),
            cut: completion.finish == Finish::Length,
        })
    }
}

impl Generated {
    fn note(&mut self, usage: &Usage) {
        self.prefill_ms += usage.prefill_ms;
        self.queue_ms += usage.queue_ms;
    }

    /// Notes what all of it took. Batches that are under way together would count twice.
    fn took(&mut self, all: Duration) {
        let all = u64::try_from(all.as_millis()).unwrap_or(u64::MAX);
        self.decode_ms = all.saturating_sub(self.prefill_ms + self.queue_ms);
    }

    /// Takes what is no pair.
    fn take(&mut self, task: Task, summary: SummaryForm, Answer { text, cut }: Answer<'_>) {
        let draft = &mut self.draft;
        match task {
            Task::Summary(_) => draft.summaries.push(match summary {
                SummaryForm::KeyPoints => parse::points(text, cut),
                SummaryForm::Short | SummaryForm::Medium => parse::sentences_of(text, cut),
            }),
            Task::Part => self.parts.extend(parse::sentences_of(text, cut)),
            Task::Topic | Task::TopicInItsWords => {
                draft.topic.extend((!cut).then(|| text.to_owned()));
            }
            Task::Related => draft.related.extend(parse::list(text, cut)),
            Task::Question(_) => {}
        }
    }
}

/// The phrase, where it is whole.
fn topic_of(completion: &Completion) -> Option<&str> {
    Answer::of(completion)
        .filter(|it| !it.cut)
        .map(|it| it.text)
}
