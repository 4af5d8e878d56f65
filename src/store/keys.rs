//! Keys of callers: made, found, listed and taken back. The store has a key's
//! public id and its hash, and never the key.

use crate::access::{Denied, Scopes, Secret};

use super::Store;
use super::database::{Durability, Row, failed};
use super::error::StoreError;
use super::job::{Lane, Millis};
use super::statements;

/// A key, as far as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its public part.
    pub id: String,
    /// What the operator calls it.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// The lane of its jobs where a request names none.
    pub lane: Option<Lane>,
    /// Requests per minute; `None` is as configured.
    pub requests_per_minute: Option<u32>,
    /// Jobs that may be open; `None` is as configured.
    pub max_open_jobs: Option<u32>,
    /// When it was made.
    pub created_at: Millis,
    /// From when on it does not count.
    pub expires_at: Option<Millis>,
    /// When it was taken back.
    pub revoked_at: Option<Millis>,
    hash: String,
}

/// A key to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// What the operator calls it.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// The lane of its jobs where a request names none.
    pub lane: Option<Lane>,
    /// Requests per minute; `None` is as configured.
    pub requests_per_minute: Option<u32>,
    /// Jobs that may be open; `None` is as configured.
    pub max_open_jobs: Option<u32>,
    /// How long it counts, in milliseconds; `None` is for ever.
    pub lifetime: Option<Millis>,
}

impl ApiKey {
    /// Whether `secret` is this key. Compared first: who has not got the key
    /// learns nothing of it.
    ///
    /// # Errors
    /// [`Denied`] when it is another, was revoked or has expired.
    pub fn admits(&self, secret: &Secret, now: Millis) -> Result<(), Denied> {
        if !self.is(secret) {
            return Err(Denied::UnknownKey);
        }
        self.counts(now)
    }

    /// Whether `secret` is this key, whether it counts or not; in constant time.
    #[must_use]
    pub fn is(&self, secret: &Secret) -> bool {
        secret.matches(&self.hash)
    }

    /// Whether it counts at all.
    ///
    /// # Errors
    /// [`Denied`] when it was revoked or has expired.
    pub fn counts(&self, now: Millis) -> Result<(), Denied> {
        if self.revoked_at.is_some() {
            return Err(Denied::Revoked);
        }
        match self.expires_at {
            Some(end) if end <= now => Err(Denied::Expired),
            _ => Ok(()),
        }
    }
}

impl Store {
    /// Keeps a key; `secret` is the only place where it stands in the clear.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn create_key(&self, new: &NewKey, secret: &Secret) -> Result<ApiKey, StoreError> {
        let mut transaction = self.database.begin(Durability::Full).await?;
        let now = transaction.now().await?;
        let key = ApiKey {
            id: secret.id().to_owned(),
            name: new.name.clone(),
            scopes: new.scopes,
            lane: new.lane,
            requests_per_minute: new.requests_per_minute,
            max_open_jobs: new.max_open_jobs,
            created_at: now,
            expires_at: new.lifetime.map(|it| now.saturating_add(it)),
            revoked_at: None,
            hash: secret.hash(),
        };
        let scopes = key.scopes.to_string();
        let values = [
            (&key.id).into(),
            (&key.name).into(),
            (&key.hash).into(),
            (&scopes).into(),
            key.lane.map(Lane::rank).into(),
            key.requests_per_minute.map(i64::from).into(),
            key.max_open_jobs.map(i64::from).into(),
            now.into(),
            key.expires_at.into(),
        ];
        transaction
            .execute(&statements::INSERT_API_KEY, &values)
            .await?;
        transaction.commit().await?;
        Ok(key)
    }

    /// The key with this id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn key(&self, id: &str) -> Result<Option<ApiKey>, StoreError> {
        let values = [id.into()];
        let rows = self.database.rows(&statements::API_KEY, &values).await?;
        rows.first().map(api_key).transpose()
    }

    /// All keys, the oldest first, those taken back among them.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        let rows = self.database.rows(&statements::API_KEYS, &[]).await?;
        rows.iter().map(api_key).collect()
    }

    /// Takes a key back, for good; whether there is one.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn revoke_key(&self, id: &str) -> Result<bool, StoreError> {
        let mut transaction = self.database.begin(Durability::Full).await?;
        let now = transaction.now().await?;
        let values = [id.into(), now.into()];
        let changed = transaction
            .execute(&statements::REVOKE_API_KEY, &values)
            .await?;
        transaction.commit().await?;
        Ok(changed > 0)
    }
}

fn api_key(row: &Row) -> Result<ApiKey, StoreError> {
    let scopes: String = row.get("scopes")?;
    let rank: Option<i64> = row.get("lane")?;
    let lane = rank.map(|rank| Lane::of_rank(rank).ok_or_else(|| failed("an unknown lane")));
    Ok(ApiKey {
        id: row.get("id")?,
        name: row.get("name")?,
        scopes: scopes.parse().map_err(|_| failed("unknown scopes"))?,
        lane: lane.transpose()?,
        requests_per_minute: limit(row, "requests_per_minute")?,
        max_open_jobs: limit(row, "max_open_jobs")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        revoked_at: row.get("revoked_at")?,
        hash: row.get("hash")?,
    })
}

fn limit(row: &Row, column: &str) -> Result<Option<u32>, StoreError> {
    let value: Option<i64> = row.get(column)?;
    let value = value.map(|it| u32::try_from(it).map_err(|_| failed("a limit out of bounds")));
    value.transpose()
}
