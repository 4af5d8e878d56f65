//! Why something cannot be done to an article.

use super::item::Kind;

/// A refusal. The display text is for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LifeError {
    /// No such item.
    #[error("there is no such item in this article")]
    NoSuchItem,
    /// It is locked.
    #[error("the item is locked")]
    Locked,
    /// Somebody has edited it.
    #[error("the item was edited by a person")]
    Edited,
    /// There can be only one of the kind.
    #[error("the article has a {} already", .0.name())]
    ItemExists(Kind),
    /// As many items as there may be.
    #[error("the article has {limit} items, and limits.max_article_items allows no more")]
    TooManyItems {
        /// The configured number.
        limit: usize,
    },
    /// More bytes than an item may have.
    #[error("the item is longer than limits.max_edit_bytes = {limit}")]
    TooLong {
        /// The configured number.
        limit: usize,
    },
    /// Something that such an item does not have.
    #[error("{field} {reason}")]
    Field {
        /// Its name.
        field: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The article does not answer the question.
    #[error("the article does not answer this question: {0}")]
    NotAnswered(String),
    /// Nothing else can be made of the article.
    #[error("the article gives nothing else for this item")]
    NothingElse,
    /// The text of the current version is not kept any more.
    #[error("the text of this version is not kept any more")]
    TextDropped,
    /// Something is not backed any more, and nobody has looked at it.
    #[error("{0} items are stale")]
    StaleItems(usize),
    /// There is nothing to approve or to print.
    #[error("the article has no items yet")]
    NoItems,
}

impl LifeError {
    /// A stable machine-readable name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchItem => "no_such_item",
            Self::Locked => "item_locked",
            Self::Edited => "item_edited",
            Self::ItemExists(_) => "item_exists",
            Self::TooManyItems { .. } => "too_many_items",
            Self::TooLong { .. } => "item_too_long",
            Self::Field { .. } => "invalid_parameter",
            Self::NotAnswered(_) => "not_answered",
            Self::NothingElse => "nothing_else",
            Self::TextDropped => "text_dropped",
            Self::StaleItems(_) => "stale_items",
            Self::NoItems => "no_items",
        }
    }

    /// What the caller can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoSuchItem => "GET the article for its items",
            Self::Locked => "unlock it first",
            Self::Edited => "say \"overwrite\": true where its words may go; the ledger keeps them",
            Self::ItemExists(_) => "change the one that there is",
            Self::TooManyItems { .. } => "delete what was rejected, or raise the limit",
            Self::TooLong { .. } => "write less, or raise the limit",
            Self::Field { .. } => "correct or remove the field",
            Self::NotAnswered(_) => "ask something else, or write the answer yourself",
            Self::NothingElse => "write it yourself, or ask a question of your own",
            Self::TextDropped => {
                "send the article again; store.keep_current_text_days says how long its text is kept"
            }
            Self::StaleItems(_) => "edit, reject, delete or approve them one by one",
            Self::NoItems => "wait until its job is done",
        }
    }
}
