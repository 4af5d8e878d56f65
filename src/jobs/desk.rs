//! Articles over their versions, between the store and `life`: merges what jobs have
//! made (`settle`), and does what people want of items (`change`). Reads an article,
//! asks `life` what it becomes, and has the store write it if nobody was quicker.
//!
//! Decides nothing about items. Never logs a word of an article.

use std::sync::Arc;

use crate::config::{HouseStyle, JobSettings, Limits, SharedLimits};
use crate::life::{Content, LifeError};
use crate::pipeline::article::Article;
use crate::pipeline::ingest;
use crate::pipeline::options::DigestOptions;
use crate::pipeline::understand::{Understanding, understand};
use crate::pipeline::{Input, SourceKind, SourceScope};
use crate::store::{
    ArticleFilter, LedgerStep, NamedArticle, Order, Source, Store, StoreError, Version,
};

use super::order;

mod change;
mod settle;

pub use change::{By, Operation, Wanted};

/// Steps that are read at once.
const STEPS_AT_ONCE: i64 = 500;

/// The articles of one store.
#[derive(Clone)]
pub struct Desk {
    store: Arc<Store>,
    limits: SharedLimits,
    house_style: Option<Arc<HouseStyle>>,
}

/// An article with its items.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// What the store knows of it.
    pub named: NamedArticle,
    /// Its items.
    pub content: Content,
}

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// There is no such article.
    #[error("there is no such article")]
    NoSuchArticle,
    /// It was changed since the caller read it.
    #[error("the article has revision {0}, and the request is for another")]
    Revision(i64),
    /// It is changed all the time.
    #[error("the article is being changed by others at the moment")]
    Contended,
    /// It cannot be done to this article.
    #[error("{0}")]
    Life(#[from] LifeError),
    /// The store failed.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// An article as it was read, and what is wanted of it.
struct Reading {
    article: Article,
    understanding: Understanding,
    options: DigestOptions,
}

impl Desk {
    /// The articles of `store`.
    #[must_use]
    pub fn new(store: Arc<Store>, settings: &JobSettings) -> Self {
        Self {
            store,
            limits: settings.limits.clone(),
            house_style: settings.house_style.clone(),
        }
    }

    /// An article, with all that its jobs have made.
    ///
    /// # Errors
    /// [`DeskError`] when there is none, or the store fails.
    pub async fn open(&self, id: &str) -> Result<Opened, DeskError> {
        let named = self.store.article(id).await?;
        let named = named.ok_or(DeskError::NoSuchArticle)?;
        if !self.settle_article(&named).await? {
            return opened(named);
        }
        let named = self.store.article(id).await?;
        opened(named.ok_or(DeskError::NoSuchArticle)?)
    }

    /// Articles that fit the filter, last changed first.
    ///
    /// # Errors
    /// [`DeskError`] when the store fails.
    pub async fn list(
        &self,
        filter: &ArticleFilter,
        limit: usize,
    ) -> Result<Vec<Opened>, DeskError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let found = self.store.articles(filter, limit).await?;
        found.into_iter().map(opened).collect()
    }

    /// The article of this name, as it is.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn named(&self, external_id: &str) -> Result<Option<NamedArticle>, StoreError> {
        self.store.article_named(external_id).await
    }

    /// The versions of an article, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn versions(&self, article: &NamedArticle) -> Result<Vec<Version>, StoreError> {
        self.store.versions(article).await
    }

    /// The text of a version; the inner `None` when it was kept long enough.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn text(
        &self,
        article: &NamedArticle,
        number: i64,
    ) -> Result<Option<Option<String>>, StoreError> {
        let source = self.store.source(article, number).await?;
        Ok(source.map(|kept| kept.map(|it| it.text)))
    }

    /// Steps of an article after the one with this number, some hundred at most.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn ledger(
        &self,
        article: &NamedArticle,
        after: i64,
    ) -> Result<Vec<LedgerStep>, StoreError> {
        self.store.ledger(article, after, STEPS_AT_ONCE).await
    }

    /// Removes an article with all that belongs to it; `false` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn delete(&self, external_id: &str) -> Result<bool, StoreError> {
        self.store.delete_article(external_id).await
    }
}

fn opened(named: NamedArticle) -> Result<Opened, DeskError> {
    let content = content(&named)?;
    Ok(Opened { named, content })
}

fn content(named: &NamedArticle) -> Result<Content, StoreError> {
    serde_json::from_str(&named.content).map_err(|error| StoreError::Failed(error.to_string()))
}

/// Reads an order as its worker did. The limits of today do not judge what was
/// accepted before.
fn read(order: Order, limits: &Limits) -> Result<Reading, String> {
    let unpacked = order::unpack(order);
    let (input, options) = unpacked.map_err(|_| "newer_request".to_owned())?;
    let article = ingest::read(&input, limits);
    let article = article.map_err(|error| format!("{}: {error}", error.code()))?;
    Ok(Reading {
        understanding: understand(&article),
        article,
        options,
    })
}

/// Reads a version as it was read: the same text comes out, or none.
fn read_again(source: Source, limits: &Limits) -> Option<Reading> {
    let reading = read(source.order, limits).ok()?;
    if reading.article.text == source.text {
        return Some(reading);
    }
    // Another version of the program read it otherwise. Its text is what evidence
    // points into.
    let input = Input {
        bytes: source.text.clone().into_bytes(),
        kind: SourceKind::Text,
        scope: SourceScope::Body,
        title: None,
        charset: Some("utf-8".to_owned()),
        language: None,
    };
    let article = ingest::read(&input, limits).ok()?;
    (article.text == source.text).then(|| Reading {
        understanding: understand(&article),
        article,
        options: reading.options,
    })
}
