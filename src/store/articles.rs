//! Articles over their versions: named when a job comes in, changed by merges of
//! digests and by people, each time as a whole and only as it was read.
//!
//! A merge is written down in the transaction that ends its job (`announce`), and
//! done in one of its own: whoever needs the article does it, and what a crash
//! leaves is found again.

use uuid::Uuid;

use super::Store;
use super::article::{
    ArticleChange, ArticleFilter, ArticleState, Changed, Hand, LedgerStep, Merge, MergeStatus,
    NamedArticle, NewStep, NewVersion, Source, Version,
};
use super::database::{Durability, Row, Transaction, Value, failed};
use super::error::StoreError;
use super::job::{Job, Millis, Order, State};
use super::statements::articles as statements;
use super::wake::Signals;

mod rows;

const SUBMITTED: &str = "submitted";

/// Finds or makes the article that a new job names, and writes down that it came.
pub(super) async fn name(
    transaction: &mut Transaction<'_>,
    job: &Job,
    api_key: Option<&str>,
    now: Millis,
) -> Result<(), StoreError> {
    let Some(external_id) = &job.external_id else {
        return Ok(());
    };
    let id = Uuid::now_v7().to_string();
    let values = [
        (&id).into(),
        external_id.into(),
        (&job.url).into(),
        now.into(),
    ];
    let named = transaction.rows(&statements::NAME, &values).await?;
    let row = named.first().ok_or_else(|| failed("no article"))?;
    let step = NewStep {
        hand: Hand::Caller {
            api_key: api_key.map(str::to_owned),
            in_session: false,
        },
        step: SUBMITTED.to_owned(),
        item: None,
        // An id is a UUID: nothing in it has to be escaped.
        detail: format!(r#"{{"job":"{}"}}"#, job.id),
    };
    let at = Place {
        article: row.get("seq")?,
        revision: row.get("revision")?,
        now,
    };
    write_step(transaction, &at, &step).await
}

/// Notes that the digest of a job which is done has to be merged.
pub(super) async fn announce(
    transaction: &mut Transaction<'_>,
    job: &Job,
) -> Result<(), StoreError> {
    let Some(external_id) = job
        .external_id
        .as_ref()
        .filter(|_| job.status.state == State::Done)
    else {
        return Ok(());
    };
    let values = [job.seq.into(), external_id.into()];
    transaction
        .execute(&statements::INSERT_MERGE, &values)
        .await?;
    Ok(())
}

/// Whether the end of a job leaves its text to a merge.
pub(super) fn is_merged(job: &Job) -> bool {
    job.status.state == State::Done && job.external_id.is_some()
}

/// What a step is written down for.
struct Place {
    article: i64,
    revision: i64,
    now: Millis,
}

async fn write_step(
    transaction: &mut Transaction<'_>,
    at: &Place,
    step: &NewStep,
) -> Result<(), StoreError> {
    let (by_hand, api_key, in_session) = match &step.hand {
        Hand::Machine => (0_i64, None, false),
        Hand::Caller {
            api_key,
            in_session,
        } => (1, api_key.as_deref(), *in_session),
    };
    let values = [
        at.article.into(),
        at.now.into(),
        by_hand.into(),
        Value::Text(api_key),
        i64::from(in_session).into(),
        (&step.step).into(),
        (&step.item).into(),
        at.revision.into(),
        (&step.detail).into(),
    ];
    transaction
        .execute(&statements::INSERT_STEP, &values)
        .await?;
    Ok(())
}

impl Store {
    /// The article with this id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn article(&self, id: &str) -> Result<Option<NamedArticle>, StoreError> {
        let rows = self.database.rows(&statements::NAMED, &[id.into()]).await?;
        rows.first().map(rows::article).transpose()
    }

    /// The article of this name.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn article_named(
        &self,
        external_id: &str,
    ) -> Result<Option<NamedArticle>, StoreError> {
        let statement = &statements::NAMED_BY_EXTERNAL_ID;
        let rows = self.database.rows(statement, &[external_id.into()]).await?;
        rows.first().map(rows::article).transpose()
    }

    /// Articles that fit the filter, last changed first, `limit` at most.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn articles(
        &self,
        filter: &ArticleFilter,
        limit: i64,
    ) -> Result<Vec<NamedArticle>, StoreError> {
        let state = filter.state.map(ArticleState::name);
        let (statement, first) = match &filter.external_id {
            Some(id) => (&statements::LIST_BY_EXTERNAL_ID, Some(id.as_str())),
            None if state.is_some() => (&statements::LIST_BY_STATE, state),
            None => (&statements::LIST, None),
        };
        let words = filter.words.as_deref().map(pattern);
        let (changed_at, seq) = filter.after.unwrap_or((i64::MAX, i64::MAX));
        let values = [
            Value::Text(first),
            Value::Text(state),
            (&filter.url).into(),
            (&words).into(),
            changed_at.into(),
            seq.into(),
            limit.into(),
        ];
        let rows = self.database.rows(statement, &values).await?;
        rows.iter().map(rows::article).collect()
    }

    /// The versions of an article, oldest first, without their texts.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn versions(&self, article: &NamedArticle) -> Result<Vec<Version>, StoreError> {
        let values = [article.seq.into()];
        let rows = self.database.rows(&statements::VERSIONS, &values).await?;
        rows.iter().map(rows::version).collect()
    }

    /// The text of a version; the inner `None` when it was kept long enough.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn source(
        &self,
        article: &NamedArticle,
        number: i64,
    ) -> Result<Option<Option<Source>>, StoreError> {
        let values = [article.seq.into(), number.into()];
        let rows = self.database.rows(&statements::VERSION, &values).await?;
        rows.first().map(rows::source).transpose()
    }

    /// Steps of an article after the one with this number, in order.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn ledger(
        &self,
        article: &NamedArticle,
        after: i64,
        limit: i64,
    ) -> Result<Vec<LedgerStep>, StoreError> {
        let values = [article.seq.into(), after.into(), limit.into()];
        let rows = self.database.rows(&statements::LEDGER, &values).await?;
        rows.iter().map(rows::step).collect()
    }

    /// The ids of jobs whose digests are to be merged, oldest first; of one article
    /// or of all.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn pending_merges(
        &self,
        article: Option<i64>,
        limit: i64,
    ) -> Result<Vec<String>, StoreError> {
        let values = [article.into(), limit.into()];
        let statement = &statements::PENDING_MERGES;
        let rows = self.database.rows(statement, &values).await?;
        rows.iter().map(|row| row.get("id")).collect()
    }

    /// How the merge of a job stands; `None` of one that has none.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn merge_status(&self, job: &Job) -> Result<Option<MergeStatus>, StoreError> {
        let values = [job.seq.into()];
        let rows = self.database.rows(&statements::MERGE, &values).await?;
        let status = |row: &Row| {
            let merged_at: Option<Millis> = row.get("merged_at")?;
            Ok(MergeStatus {
                is_pending: merged_at.is_none(),
                changes: row.get("changes")?,
            })
        };
        rows.first().map(status).transpose()
    }

    /// What a job was to be made of, while it is kept.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn order(&self, job: &Job) -> Result<Option<Order>, StoreError> {
        let values = [job.seq.into()];
        let statement = &super::statements::ARTICLE;
        let rows = self.database.rows(statement, &values).await?;
        let order = |row: &Row| {
            Ok(Order {
                body: row.get("body")?,
                request: row.get("request")?,
            })
        };
        rows.first().map(order).transpose()
    }

    /// Changes an article, if nobody has since it was read.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; then nothing was changed, unless the
    /// connection broke in the very moment of the commit.
    pub async fn change_article(&self, change: &ArticleChange) -> Result<Changed, StoreError> {
        let mut transaction = self.database.begin(Durability::Full).await?;
        let now = transaction.now().await?;
        if let Some(refused) = lock(&mut transaction, &change.read).await? {
            transaction.rollback().await?;
            return Ok(refused);
        }
        let at = Writing {
            version: change.read.version,
            merged_job: change.read.merged_job,
            now,
        };
        let changed = write(&mut transaction, change, &at).await?;
        transaction.commit().await?;
        Ok(Changed::Applied(Box::new(changed)))
    }

    /// Merges a job's digest, once.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; then it is still to be done.
    pub async fn merge(&self, merge: &Merge) -> Result<Changed, StoreError> {
        let mut transaction = self.database.begin(Durability::End).await?;
        let now = transaction.now().await?;
        let mut changed = Changed::Done;
        // The job first, as who removes an article goes from its jobs to it; one that is
        // gone has nothing to merge, which shows below.
        transaction
            .rows(&statements::HOLD_JOB, &[merge.job.into()])
            .await?;
        // The article next, as everybody who changes it does.
        if let Some(change) = &merge.change
            && let Some(refused) = lock(&mut transaction, &change.read).await?
        {
            transaction.rollback().await?;
            return Ok(refused);
        }
        let values = [merge.job.into(), now.into(), (&merge.changes).into()];
        let ended = transaction.execute(&statements::END_MERGE, &values).await?;
        if ended == 0 {
            transaction.rollback().await?;
            return Ok(Changed::Done);
        }
        if let Some(change) = &merge.change {
            let version = match &merge.version {
                Some(new) => bring_version(&mut transaction, change.read.seq, new, now).await?,
                None => change.read.version,
            };
            let at = Writing {
                version,
                merged_job: merge.job,
                now,
            };
            let article = write(&mut transaction, change, &at).await?;
            changed = Changed::Applied(Box::new(article));
        }
        if self.retention().articles.is_zero() {
            let values = [merge.job.into()];
            let statement = &super::statements::DELETE_ARTICLE;
            transaction.execute(statement, &values).await?;
        }
        transaction.commit().await?;
        Ok(changed)
    }

    /// Removes an article with its versions, steps, jobs and digests, and what batches
    /// hold of it; `false` when there is none. What waits or is in work is called off.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn delete_article(&self, external_id: &str) -> Result<bool, StoreError> {
        let mut transaction = self.database.begin(Durability::Full).await?;
        let mut signals = Signals::default();
        let values = [external_id.into()];
        // Items of batches first, as who hands one in goes from the item to the job and
        // to the article: one that is on its way is waited for, and its job goes too.
        let items = super::batches::forget_items(&mut transaction, external_id).await?;
        if items > 0 {
            // Who conducts their batches looks.
            signals.work();
        }
        // Jobs next, as who ends or merges one goes from the job to its article.
        transaction.rows(&statements::LOCK_JOBS_OF, &values).await?;
        let statement = &statements::DELETE_JOBS_OF;
        let jobs = transaction.rows(statement, &values).await?;
        let mut content_keys = Vec::new();
        for row in &jobs {
            let id: String = row.get("id")?;
            let id_only = [(&id).into()];
            let statement = &statements::DELETE_KEYS_OF;
            transaction.execute(statement, &id_only).await?;
            content_keys.push(row.get("content_key")?);
            signals.gone(&id);
        }
        super::sweep::drop_results(&mut transaction, content_keys).await?;
        let deleted = transaction
            .execute(&statements::DELETE_NAMED, &values)
            .await?;
        signals.commit(transaction, &self.wake).await?;
        Ok(deleted > 0 || items > 0 || !jobs.is_empty())
    }
}

/// What a change does not say itself.
struct Writing {
    version: i64,
    merged_job: i64,
    now: Millis,
}

/// Locks an article, or says why it cannot be changed as it was read.
async fn lock(
    transaction: &mut Transaction<'_>,
    read: &NamedArticle,
) -> Result<Option<Changed>, StoreError> {
    let values = [read.seq.into()];
    let rows = transaction.rows(&statements::LOCK_NAMED, &values).await?;
    let Some(row) = rows.first() else {
        return Ok(Some(Changed::Missing));
    };
    let revision: i64 = row.get("revision")?;
    Ok((revision != read.revision).then_some(Changed::Outdated))
}

async fn write(
    transaction: &mut Transaction<'_>,
    change: &ArticleChange,
    at: &Writing,
) -> Result<NamedArticle, StoreError> {
    let is_told = !change.steps.is_empty();
    let changed = NamedArticle {
        title: change.title.clone(),
        state: change.state,
        revision: change.read.revision + i64::from(is_told),
        version: at.version,
        merged_job: at.merged_job,
        content: change.content.clone(),
        changed_at: if is_told {
            at.now
        } else {
            change.read.changed_at
        },
        ..change.read.clone()
    };
    let values = [
        changed.seq.into(),
        (&changed.title).into(),
        changed.state.name().into(),
        changed.revision.into(),
        changed.version.into(),
        changed.merged_job.into(),
        (&changed.content).into(),
        changed.changed_at.into(),
    ];
    transaction
        .execute(&statements::UPDATE_NAMED, &values)
        .await?;
    let place = Place {
        article: changed.seq,
        revision: changed.revision,
        now: at.now,
    };
    for step in &change.steps {
        write_step(transaction, &place, step).await?;
    }
    Ok(changed)
}

/// Makes a text the current one, and tells its number.
async fn bring_version(
    transaction: &mut Transaction<'_>,
    article: i64,
    new: &NewVersion,
    now: Millis,
) -> Result<i64, StoreError> {
    let source = &new.source;
    let values = [
        article.into(),
        (&new.source_sha256).into(),
        now.into(),
        source.text.as_bytes().into(),
        source.order.body.as_slice().into(),
        (&source.order.request).into(),
    ];
    let rows = transaction
        .rows(&statements::INSERT_VERSION, &values)
        .await?;
    let row = rows.first().ok_or_else(|| failed("no version"))?;
    let number: i64 = row.get("number")?;
    let values = [article.into(), number.into(), now.into()];
    let statement = &statements::SUPERSEDE_VERSIONS;
    transaction.execute(statement, &values).await?;
    Ok(number)
}

/// What `LIKE` finds the words by, in lower case.
fn pattern(words: &str) -> String {
    let words = words.to_lowercase();
    let words = words.replace('!', "!!").replace('%', "!%");
    format!("%{}%", words.replace('_', "!_"))
}
