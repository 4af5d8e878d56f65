//! What an author, model or not, proposes before anything is verified. Nothing
//! in a draft may reach a reader unchecked.

/// A digest to be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Draft {
    /// Noun phrases that may name the article's subject, best first.
    pub topic: Vec<String>,
    /// Summaries, each its sentences in order; a digest takes one.
    pub summaries: Vec<Vec<String>>,
    /// Questions and answers, in the order of the article.
    pub pairs: Vec<DraftPair>,
    /// Related topics, best first.
    pub related: Vec<String>,
}

/// Two drafts of one digest.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Drafts {
    /// What the author proposes; every item of it is returned or refused.
    pub main: Draft,
    /// What fills in where the author's own does not hold.
    pub spare: Draft,
}

/// A proposed question and its answer.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftPair {
    /// Ends in a question mark.
    pub question: String,
    /// Sentences, in order.
    pub answer: Vec<String>,
    /// The sentences that it was asked about, in
    /// [`Understanding::sentences`](super::understand::Understanding::sentences).
    pub passage: std::ops::Range<usize>,
    /// How sure the author was of its words: their mean probability, `0..=1`.
    pub confidence: f32,
    /// Whether it was held to words of which it found one next to impossible.
    pub is_forced: bool,
}
