//! Merges what jobs have made into their articles. A merge that is to be done stands
//! in the store since its job ended; whoever comes first does it, and only once. One
//! that cannot be done is given up with its reason.

use uuid::Uuid;

use crate::digest::Digest;
use crate::life::{Changes, Content, Merging, merge};
use crate::pipeline::verify::Recheck;
use crate::store::{
    ArticleChange, Changed, Hand, Job, Merge, NamedArticle, NewStep, NewVersion, Order, Source,
    State, StoreError,
};
use crate::text::hex::hex_sha256;

use super::{Desk, Reading, content, read};

/// Merges that one call does.
const AT_ONCE: i64 = 50;
/// How often a merge begins anew because somebody changed the article meanwhile.
const TRIES: usize = 8;
const SUPERSEDED: &str = "superseded: a newer job of this article was merged before";
const TEXT_GONE: &str = "text_dropped: the text of the job is not kept any more";
const DIGEST_GONE: &str = "digest_gone: the digest of the job is not kept any more";

/// All that a merge is made of.
struct Ingredients {
    job: Job,
    named: NamedArticle,
    before: Content,
    order: Order,
    digest: String,
    /// The number of the version with a hash, or of the next one.
    versions: Vec<(String, i64)>,
}

impl Desk {
    /// Merges the digest of a job that is done, if that is still to be done.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; then it is done later.
    pub async fn settle(&self, job: &Job) -> Result<(), StoreError> {
        let (State::Done, Some(external_id)) = (job.status.state, &job.external_id) else {
            return Ok(());
        };
        let status = self.store.merge_status(job).await?;
        if !status.is_some_and(|it| it.is_pending) {
            return Ok(());
        }
        if let Some(named) = self.store.article_named(external_id).await? {
            self.settle_article(&named).await?;
        }
        Ok(())
    }

    /// Merges the digest of a job that has just ended.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; then it is done later.
    pub async fn settle_ended(&self, id: &str) -> Result<(), StoreError> {
        self.merge(id).await
    }

    /// Merges all that an article's jobs have made, oldest first; whether there was
    /// something.
    pub(super) async fn settle_article(&self, named: &NamedArticle) -> Result<bool, StoreError> {
        let pending = self.store.pending_merges(Some(named.seq), AT_ONCE).await?;
        for id in &pending {
            self.merge(id).await?;
        }
        Ok(!pending.is_empty())
    }

    /// Merges what was left over: by a process that was killed, or by jobs that ended
    /// without a worker.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; then it is done later.
    pub async fn settle_rest(&self) -> Result<usize, StoreError> {
        let pending = self.store.pending_merges(None, AT_ONCE).await?;
        for id in &pending {
            self.merge(id).await?;
        }
        Ok(pending.len())
    }

    /// What the merge of a job changed; `None` while it is to be done.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn changes(&self, job: &Job) -> Result<Option<Changes>, StoreError> {
        let status = self.store.merge_status(job).await?;
        let changes = status.and_then(|it| it.changes);
        let read = changes.map(|it| serde_json::from_str(&it));
        let failed = |error: serde_json::Error| StoreError::Failed(error.to_string());
        read.transpose().map_err(failed)
    }

    async fn merge(&self, job: &str) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let Some(merge) = self.prepare(job).await? else {
                return Ok(());
            };
            if self.store.merge(&merge).await? != Changed::Outdated {
                return Ok(());
            }
        }
        tracing::info!(
            job,
            "its article is changed all the time; it is merged later"
        );
        Ok(())
    }

    /// What a merge comes to; `None` when the job is gone.
    async fn prepare(&self, id: &str) -> Result<Option<Merge>, StoreError> {
        let job = self.store.job(id).await?;
        let Some(job) = job.filter(|it| it.status.state == State::Done) else {
            return Ok(None);
        };
        let named = match &job.external_id {
            Some(external_id) => self.store.article_named(external_id).await?,
            None => None,
        };
        let Some(named) = named else {
            return Ok(None);
        };
        if job.seq < named.merged_job {
            return skip(&job, SUPERSEDED).map(Some);
        }
        let Some(order) = self.store.order(&job).await? else {
            return skip(&job, TEXT_GONE).map(Some);
        };
        let Some(digest) = self.store.result(&job.content_key).await? else {
            return skip(&job, DIGEST_GONE).map(Some);
        };
        let versions = self.store.versions(&named).await?.into_iter();
        let ingredients = Ingredients {
            before: content(&named)?,
            versions: versions.map(|it| (it.source_sha256, it.number)).collect(),
            job,
            named,
            order,
            digest,
        };
        self.cook(ingredients).await.map(Some)
    }

    async fn cook(&self, ingredients: Ingredients) -> Result<Merge, StoreError> {
        let limits = self.limits.get();
        let job = ingredients.job.clone();
        let work = tokio::task::spawn_blocking(move || {
            let reading = match read(ingredients.order.clone(), &limits) {
                Ok(reading) => reading,
                Err(reason) => return skip(&ingredients.job, &reason),
            };
            merged(ingredients, reading, limits.max_article_items)
        });
        match work.await {
            Ok(merge) => merge,
            // A bug: the job stays as it is, and the article too.
            Err(_) => skip(&job, "internal: the merge failed"),
        }
    }
}

/// A merge that is given up.
fn skip(job: &Job, reason: &str) -> Result<Merge, StoreError> {
    let changes = Changes {
        job: job.id.clone(),
        skipped: Some(reason.to_owned()),
        ..Changes::default()
    };
    Ok(Merge {
        job: job.seq,
        changes: written(&changes)?,
        change: None,
        version: None,
    })
}

fn merged(from: Ingredients, reading: Reading, most_items: usize) -> Result<Merge, StoreError> {
    let digest: Digest = serde_json::from_str(&from.digest).map_err(failed)?;
    let source_sha256 = hex_sha256(reading.article.text.as_bytes());
    let number_of = |sha256: &str| {
        let found = from.versions.iter().find(|(known, _)| known == sha256);
        found.map(|(_, number)| *number)
    };
    let newest = from.versions.iter().map(|(_, number)| *number).max();
    let version = number_of(&source_sha256).unwrap_or(newest.unwrap_or(0) + 1);
    let recheck = Recheck::new(&reading.article, &reading.understanding);
    let merging = Merging {
        job: &from.job.id,
        version,
        is_same_text: version == from.named.version,
        recheck: &recheck,
        is_same_reading: digest.provenance.source_sha256 == source_sha256,
        digest,
        count: reading.options.count,
        most_items,
    };
    let after = merge(from.before.clone(), merging, &mut || {
        Uuid::now_v7().to_string()
    });
    let changes = after.changes.clone().unwrap_or_default();
    let title = reading.article.title_text().map(str::to_owned);
    let is_quiet = version == from.named.version && after.items == from.before.items;
    let after = match is_quiet {
        true => Content {
            changes: after.changes,
            ..from.before
        },
        false => after,
    };
    let step = step(&from.job, &after, &changes)?;
    let change = ArticleChange {
        content: written(&after)?,
        state: after.state(),
        title: title.map(without_controls).or(from.named.title.clone()),
        steps: if is_quiet { Vec::new() } else { vec![step] },
        read: from.named,
    };
    let source = Source {
        text: reading.article.text,
        order: from.order,
    };
    Ok(Merge {
        job: from.job.seq,
        changes: written(&changes)?,
        change: Some(change),
        version: Some(NewVersion {
            source_sha256,
            source,
        }),
    })
}

/// What the ledger says of a merge.
fn step(job: &Job, after: &Content, changes: &Changes) -> Result<NewStep, StoreError> {
    let provenance = after.provenance.as_ref();
    let detail = serde_json::json!({
        "job": job.id,
        "model": provenance.map(|it| &it.model),
        "prompt_version": provenance.map(|it| &it.prompt_version),
        "pipeline_version": provenance.map(|it| &it.pipeline_version),
        "source_sha256": provenance.map(|it| &it.source_sha256),
        "changes": changes,
    });
    Ok(NewStep {
        hand: Hand::Machine,
        step: "merged".to_owned(),
        item: None,
        detail: detail.to_string(),
    })
}

/// PostgreSQL holds no NUL, and a list no line breaks.
fn without_controls(title: String) -> String {
    title.replace(char::is_control, " ")
}

fn written(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(failed)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn failed(error: serde_json::Error) -> StoreError {
    StoreError::Failed(error.to_string())
}
