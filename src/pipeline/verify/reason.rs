//! Why a draft falls: a stable code and a detail.

use std::fmt;

/// A reason for refusing a draft. Its display text is `code` or `code: detail`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A number that the evidence lacks.
    UnsupportedNumber(String),
    /// A name that the evidence lacks.
    UnsupportedName(String),
    /// A link, an e-mail address or a telephone number that the evidence lacks.
    UnsupportedContact(String),
    /// Content words that the evidence lacks.
    UnsupportedWords(String),
    /// The words are the article's, their order is not.
    Reworded,
    /// No rule speaks against it, but as a whole it is unlike what the article says.
    LowSupport,
    /// The evidence doubts or attributes what the draft states.
    HedgeLost(String),
    /// One of draft and evidence is negated.
    NegationChanged,
    /// A quotation that is not verbatim.
    QuoteChanged(String),
    /// A pronoun or connective without what it points to.
    DependentStart,
    /// No complete, well-formed sentence or question.
    Malformed(&'static str),
    /// Speaks of the article, a passage or the question itself.
    SelfReference,
    /// Says again what was said before.
    Repeats,
    /// A name does in the draft what others do in the evidence.
    RoleChanged(String),
    /// A question that cannot stand alone.
    NotSelfContained(String),
    /// The answer does not give what the question asks for.
    NotAnswered(&'static str),
    /// No sentence of the answer was supported.
    NoSupportedAnswer,
    /// Another pair asks or answers the same.
    Duplicate(String),
    /// Two questions start with these words already.
    OpeningOverused(String),
    /// Has a word that the house does not print.
    HouseStyle(String),
    /// Good, but more than was asked for.
    Surplus,
}

impl Reason {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnsupportedNumber(_) => "unsupported_number",
            Self::UnsupportedName(_) => "unsupported_name",
            Self::UnsupportedContact(_) => "unsupported_contact",
            Self::UnsupportedWords(_) => "unsupported_words",
            Self::Reworded => "reworded",
            Self::LowSupport => "low_support",
            Self::HedgeLost(_) => "hedge_lost",
            Self::NegationChanged => "negation_changed",
            Self::QuoteChanged(_) => "quote_changed",
            Self::DependentStart => "dependent_start",
            Self::Malformed(_) => "malformed",
            Self::SelfReference => "self_reference",
            Self::Repeats => "repeats",
            Self::RoleChanged(_) => "role_changed",
            Self::NotSelfContained(_) => "not_self_contained",
            Self::NotAnswered(_) => "not_answered",
            Self::NoSupportedAnswer => "no_supported_answer",
            Self::Duplicate(_) => "duplicate",
            Self::OpeningOverused(_) => "opening_overused",
            Self::HouseStyle(_) => "house_style",
            Self::Surplus => "surplus",
        }
    }

    fn detail(&self) -> Option<&str> {
        match self {
            Self::UnsupportedNumber(detail)
            | Self::UnsupportedName(detail)
            | Self::UnsupportedContact(detail)
            | Self::UnsupportedWords(detail)
            | Self::HedgeLost(detail)
            | Self::QuoteChanged(detail)
            | Self::RoleChanged(detail)
            | Self::NotSelfContained(detail)
            | Self::Duplicate(detail)
            | Self::HouseStyle(detail)
            | Self::OpeningOverused(detail) => Some(detail),
            Self::Malformed(detail) | Self::NotAnswered(detail) => Some(detail),
            _ => None,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.detail() {
            Some(detail) => write!(f, "{}: {detail}", self.code()),
            None => f.write_str(self.code()),
        }
    }
}
