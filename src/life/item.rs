//! The items of an article: what each is, where it stands, and who has touched it.
//! Values, as they are stored and shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::{Evidence, Pair, Passage, RefusedKind, SummaryForm, Supported};

/// A part of what is appended to an article, with a life of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    /// Names the item, whatever becomes of its words.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Its place among those of its kind, from 0.
    pub position: usize,
    /// Whether the newest text still backs it.
    pub state: ItemState,
    /// What an editor thinks of it.
    pub review: Review,
    /// Whether no machine may replace it.
    pub locked: bool,
    /// Who made it.
    pub origin: Origin,
    /// The question of a pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// The answer of a pair, the summary, or the phrase.
    pub text: String,
    /// What a summary is like; absent for `medium`, and of anything else.
    #[serde(default, skip_serializing_if = "SummaryForm::is_default")]
    pub summary_form: SummaryForm,
    /// The same text sentence by sentence; of a phrase there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sentences: Vec<Sentence>,
    /// Whether the article says it; `null` where its text was not kept, and nothing
    /// was checked.
    pub supported: Option<bool>,
    /// What speaks against it, each a code, often followed by a colon and a detail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// Who changed its words last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<Mark>,
    /// Who reviewed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed: Option<Mark>,
}

/// A sentence of an item. Of one that is supported, `evidence` says it; of another
/// these are the places that come nearest. All point into the current version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sentence {
    /// The sentence.
    pub text: String,
    /// Whether the article says it.
    pub supported: bool,
    /// What speaks against it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// Places in the article, best first.
    pub evidence: Vec<Evidence>,
}

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mark {
    /// What the operator calls the key; absent where no key is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When.
    pub at: String,
}

/// The kinds of item, in the order in which they are listed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The topic.
    Topic,
    /// The summary, as a whole.
    Summary,
    /// A question and its answer.
    Pair,
    /// A related topic.
    Related,
}

/// Whether the newest text still backs an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// It stands as it was when somebody, or the check, last looked at it.
    Current,
    /// The text backed it once and does so no more.
    Stale,
}

/// What an editor thinks of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Review {
    /// Nobody has said anything.
    Draft,
    /// It may be published.
    Approved,
    /// It may not, and nothing like it is to come back.
    Rejected,
}

/// Who made an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A model.
    Machine,
    /// The author without a model, from the article's own sentences.
    Extractive,
    /// A person.
    Human,
}

impl Kind {
    /// As shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Summary => "summary",
            Self::Pair => "pair",
            Self::Related => "related",
        }
    }

    /// Whether an article has one at most.
    #[must_use]
    pub fn is_single(self) -> bool {
        matches!(self, Self::Topic | Self::Summary)
    }

    /// Whether it is a phrase, and not made of sentences.
    #[must_use]
    pub fn is_phrase(self) -> bool {
        matches!(self, Self::Topic | Self::Related)
    }

    /// What it is among refused drafts.
    #[must_use]
    pub fn refused(self) -> RefusedKind {
        match self {
            Self::Topic => RefusedKind::Topic,
            Self::Summary => RefusedKind::SummarySentence,
            Self::Pair => RefusedKind::Question,
            Self::Related => RefusedKind::Related,
        }
    }
}

impl Item {
    /// An item that the checks have let through.
    #[must_use]
    pub(super) fn made(id: String, kind: Kind, origin: Origin, text: String) -> Self {
        Self {
            id,
            kind,
            position: 0,
            state: ItemState::Current,
            review: Review::Draft,
            locked: false,
            origin,
            question: None,
            text,
            summary_form: SummaryForm::default(),
            sentences: Vec::new(),
            supported: Some(true),
            reasons: Vec::new(),
            edited: None,
            reviewed: None,
        }
    }

    /// The same, of a passage.
    pub(super) fn of_passage(self, passage: Passage) -> Self {
        let sentence = |it: Supported| Sentence {
            text: it.text,
            supported: true,
            reasons: Vec::new(),
            evidence: it.evidence,
        };
        Self {
            text: passage.text,
            sentences: passage.sentences.into_iter().map(sentence).collect(),
            ..self
        }
    }

    /// Whether no machine may replace it: a person wrote it, locked it, or turned it
    /// down.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.edited.is_some()
            || self.locked
            || self.origin == Origin::Human
            || self.review == Review::Rejected
    }

    /// Whether it is printed.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.review != Review::Rejected && self.state == ItemState::Current
    }

    /// All its evidence, in order.
    pub fn evidence(&self) -> impl Iterator<Item = &Evidence> {
        self.sentences.iter().flat_map(|it| &it.evidence)
    }

    /// Its text as a passage of a digest.
    #[must_use]
    pub fn passage(&self) -> Passage {
        let supported = |it: &Sentence| Supported {
            text: it.text.clone(),
            evidence: match it.supported {
                true => it.evidence.clone(),
                // Places that come near are no evidence.
                false => Vec::new(),
            },
        };
        Passage {
            text: self.text.clone(),
            sentences: self.sentences.iter().map(supported).collect(),
        }
    }

    /// Itself as a pair of a digest.
    #[must_use]
    pub fn pair(&self) -> Option<Pair> {
        Some(Pair {
            question: self.question.clone()?,
            answer: self.passage(),
        })
    }
}
