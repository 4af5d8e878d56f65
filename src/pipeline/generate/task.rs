//! What branches are asked for, and in which rounds. Asks nothing itself.

use crate::digest::SummaryForm;
use crate::lane::Lane;
use crate::pipeline::plan::{Ask, Subject};

/// Questions that are written before all else, beside the topic, for who looks on: about
/// half of them hold, and each puts the rest off by a second or two.
const FIRST_QUESTIONS: usize = 4;
/// Summaries that are drafted; the one that says most and holds is taken.
const SUMMARIES: usize = 2;

/// What a branch was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// One of several.
    Summary(usize),
    Part,
    Topic,
    /// The topic in the article's words, where the model's own do not hold.
    TopicInItsWords,
    Related,
    Question(Ask),
}

impl Task {
    pub(super) fn is_topic(self) -> bool {
        matches!(self, Self::Topic | Self::TopicInItsWords)
    }

    /// What takes far more steps than a question, and the next round does not hang on.
    pub(super) fn is_long(self) -> bool {
        matches!(self, Self::Summary(_) | Self::Part | Self::Related)
    }

    /// A question whose answer is the article's.
    fn is_short(self) -> bool {
        matches!(self, Self::Question(ask) if matches!(ask.subject, Subject::Sentence(_)))
    }
}

/// What concerns the whole article. A list of points is long, and says all there is to
/// say: there is one.
pub(super) fn about_whole(summary: SummaryForm) -> impl Iterator<Item = Task> {
    let summaries = match summary {
        SummaryForm::Short | SummaryForm::Medium => SUMMARIES,
        SummaryForm::KeyPoints => 1,
    };
    let summaries = (0..summaries).map(Task::Summary);
    summaries.chain([Task::Topic, Task::TopicInItsWords, Task::Related])
}

/// The tasks of window `at`, one round after the other. Where somebody looks on, the
/// topic and a few questions, which are soon written, go before all else.
pub(super) fn rounds(at: usize, lane: Lane, tasks: Vec<Task>) -> impl Iterator<Item = Vec<Task>> {
    let mut left = match (at, lane) {
        (0, Lane::Draft) => FIRST_QUESTIONS,
        _ => 0,
    };
    let begins = left > 0;
    let (early, rest): (Vec<Task>, Vec<Task>) = tasks.into_iter().partition(|task| {
        if task.is_topic() {
            return begins;
        }
        let is_early = left > 0 && task.is_short();
        left -= usize::from(is_early);
        is_early
    });
    [early, rest].into_iter().filter(|round| !round.is_empty())
}
