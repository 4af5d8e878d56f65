//! How an article, its versions and its ledger look to callers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::error::ApiError;
use crate::digest::{Notice, Provenance, Refused};
use crate::jobs::Opened;
use crate::life::{Changes, Item, ItemState, Review};
use crate::store::{Hand, Job, LedgerStep, NamedArticle, Version};
use crate::text::time::rfc3339;

/// An article that a caller names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArticleView {
    /// Names the article.
    pub id: String,
    /// The caller's name for it.
    pub external_id: String,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its title, as read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// `draft`, `current`, `stale`, `approved` or `rejected`.
    pub state: String,
    /// Counts changes; the `ETag`.
    pub revision: i64,
    /// The number of the text that evidence points into; 0 before the first.
    pub version: i64,
    /// When it was named first.
    pub created_at: String,
    /// When it was changed last.
    pub changed_at: String,
    /// How many items there are; only in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
    /// Its newest job, while that is kept; not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobLink>,
    /// Its items, by kind and position; not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<Item>>,
    /// What was refused on the way to the last digest; not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Vec<Refused>>,
    /// What an editor should know about the article; not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notices: Option<Vec<Notice>>,
    /// What made the last digest; not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// What the last merge changed; not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
}

/// How many items an article has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// All but the rejected ones.
    pub items: usize,
    /// Those that are stale.
    pub stale: usize,
    /// Those that a person wrote or changed.
    pub edited: usize,
    /// Those that are approved.
    pub approved: usize,
}

/// A job, in brief.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JobLink {
    /// Names the job.
    pub id: String,
    /// Where it stands.
    pub status: String,
}

/// A page of articles, last changed first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArticleList {
    /// The articles, without their items.
    pub articles: Vec<ArticleView>,
    /// `cursor` of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The text of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceView {
    /// Its number.
    pub version: i64,
    /// Whether evidence points into it.
    pub current: bool,
    /// SHA-256 of the text, in lower-case hex.
    pub source_sha256: String,
    /// The text, as read.
    pub text: String,
    /// All versions that there were, oldest first.
    pub versions: Vec<VersionView>,
}

/// A version of an article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VersionView {
    /// Its number.
    pub version: i64,
    /// SHA-256 of its text, in lower-case hex.
    pub source_sha256: String,
    /// When it came first.
    pub at: String,
    /// Whether its text is kept.
    pub text_kept: bool,
}

/// A step of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepView {
    /// When.
    pub at: String,
    /// Who.
    pub who: Who,
    /// `submitted`, `merged`, `edited`, `locked`, `unlocked`, `moved`, `approved`,
    /// `rejected`, `reopened`, `added`, `asked`, `regenerated` or `deleted`.
    pub step: String,
    /// The item that it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// The article's revision after it.
    pub revision: i64,
    /// The words of before and after, what changed, what made it.
    pub detail: serde_json::Value,
}

/// Who took a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Who {
    /// `human`, for whoever calls the service, or `machine`.
    pub kind: String,
    /// The id of the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What the operator calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether it was a browser's session.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub session: bool,
}

impl ArticleView {
    fn bare(named: &NamedArticle) -> Self {
        Self {
            id: named.id.clone(),
            external_id: named.external_id.clone(),
            url: named.url.clone(),
            title: named.title.clone(),
            state: named.state.name().to_owned(),
            revision: named.revision,
            version: named.version,
            created_at: rfc3339(named.created_at),
            changed_at: rfc3339(named.changed_at),
            counts: None,
            job: None,
            items: None,
            refused: None,
            notices: None,
            provenance: None,
            changes: None,
        }
    }

    /// For a list.
    pub(super) fn short(opened: &Opened) -> Self {
        Self {
            counts: Some(Counts::of(&opened.content.items)),
            ..Self::bare(&opened.named)
        }
    }

    /// With its items.
    pub(super) fn whole(opened: &Opened, newest: Option<&Job>) -> Self {
        let content = opened.content.clone();
        Self {
            job: newest.map(|job| JobLink {
                id: job.id.clone(),
                status: job.status.state.name().to_owned(),
            }),
            items: Some(content.items),
            refused: Some(content.refused),
            notices: Some(content.notices),
            provenance: content.provenance,
            changes: content.changes,
            ..Self::bare(&opened.named)
        }
    }
}

impl Counts {
    fn of(items: &[Item]) -> Self {
        let shown = || items.iter().filter(|it| it.review != Review::Rejected);
        Self {
            items: shown().count(),
            stale: shown().filter(|it| it.state == ItemState::Stale).count(),
            edited: shown().filter(|it| it.edited.is_some()).count(),
            approved: shown().filter(|it| it.review == Review::Approved).count(),
        }
    }
}

impl SourceView {
    pub(super) fn of(
        named: &NamedArticle,
        number: i64,
        text: String,
        versions: &[Version],
    ) -> Result<Self, ApiError> {
        let found = versions.iter().find(|it| it.number == number);
        let found = found.ok_or(ApiError::NoSuchVersion)?;
        Ok(Self {
            version: number,
            current: number == named.version,
            source_sha256: found.source_sha256.clone(),
            text,
            versions: versions.iter().map(VersionView::from).collect(),
        })
    }
}

impl From<&Version> for VersionView {
    fn from(version: &Version) -> Self {
        Self {
            version: version.number,
            source_sha256: version.source_sha256.clone(),
            at: rfc3339(version.created_at),
            text_kept: version.is_kept,
        }
    }
}

impl From<LedgerStep> for StepView {
    fn from(step: LedgerStep) -> Self {
        let new = step.new;
        let who = match new.hand {
            Hand::Machine => Who {
                kind: "machine".to_owned(),
                key: None,
                name: None,
                session: false,
            },
            Hand::Caller {
                api_key,
                in_session,
            } => Who {
                kind: "human".to_owned(),
                key: api_key,
                name: step.key_name,
                session: in_session,
            },
        };
        Self {
            at: rfc3339(step.at),
            who,
            step: new.step,
            item: new.item,
            revision: step.revision,
            // What the store has was JSON when it was written.
            detail: serde_json::from_str(&new.detail).unwrap_or_default(),
        }
    }
}
