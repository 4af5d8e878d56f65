//! Every bound of the service, by name. What is over a bound is refused early
//! and by that name; nothing is cut silently.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// Every bound of the service, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one input.
    pub max_input_bytes: usize,
    /// Bytes of one item of an archive, with all its fields.
    pub max_item_bytes: usize,
    /// Elements and runs of text of one HTML or Markdown input.
    pub max_html_nodes: usize,
    /// Words under which an article has too little to say.
    pub min_article_words: usize,
    /// Words of one article.
    pub max_article_words: usize,
    /// Facts under which a digest is short and says so.
    pub min_article_facts: usize,
    /// FAQ pairs that a caller may ask for.
    pub max_faq_pairs: usize,
    /// Words per answer that a caller may ask for.
    pub max_answer_words: usize,
    /// Batches that may wait for the engine.
    pub max_waiting_batches: usize,
    /// Items that a named article may have.
    pub max_article_items: usize,
    /// Bytes of an item that a person writes.
    pub max_edit_bytes: usize,
    /// Bytes of the house style.
    pub max_house_style_bytes: usize,
    /// What a digest may take.
    pub max_digest: Duration,
}

/// Limits that several go by, and that a reload changes for all of them.
#[derive(Debug, Clone)]
pub struct SharedLimits(Arc<RwLock<Limits>>);

impl SharedLimits {
    pub(super) fn new(limits: Limits) -> Self {
        Self(Arc::new(RwLock::new(limits)))
    }

    /// What holds now.
    #[must_use]
    pub fn get(&self) -> Limits {
        let limits = self.0.read().unwrap_or_else(PoisonError::into_inner);
        limits.clone()
    }

    /// What holds from now on.
    pub fn set(&self, limits: Limits) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = limits;
    }
}

impl PartialEq for SharedLimits {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for SharedLimits {}
