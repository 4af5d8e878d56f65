//! Sessions of the editor page. One is as good as the key that it was begun
//! with: it is found together with it, and whoever asks looks whether that counts.

use crate::access::{Denied, Secret};

use super::Store;
use super::database::Durability;
use super::error::StoreError;
use super::job::Millis;
use super::keys::ApiKey;
use super::statements;

impl Store {
    /// Begins a session for `key` that lasts `lifetime` milliseconds.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn begin_session(
        &self,
        secret: &Secret,
        key: &ApiKey,
        lifetime: Millis,
    ) -> Result<(), StoreError> {
        let mut transaction = self.database.begin(Durability::Relaxed).await?;
        let now = transaction.now().await?;
        let hash = secret.hash();
        let values = [
            secret.id().into(),
            (&hash).into(),
            (&key.id).into(),
            now.into(),
            now.saturating_add(lifetime).into(),
        ];
        transaction
            .execute(&statements::INSERT_SESSION, &values)
            .await?;
        transaction.commit().await
    }

    /// The key of a session that counts, revoked ones and expired ones too.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; the inner one when the session does
    /// not count.
    pub async fn session(
        &self,
        secret: &Secret,
        now: Millis,
    ) -> Result<Result<ApiKey, Denied>, StoreError> {
        let values = [secret.id().into()];
        let rows = self.database.rows(&statements::SESSION, &values).await?;
        let Some(row) = rows.first() else {
            return Ok(Err(Denied::NoSession));
        };
        let (hash, end): (String, Millis) = (row.get("hash")?, row.get("expires_at")?);
        if !secret.matches(&hash) || end <= now {
            return Ok(Err(Denied::NoSession));
        }
        let id: String = row.get("api_key")?;
        Ok(self.key(&id).await?.ok_or(Denied::NoSession))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn end_session(&self, secret: &Secret) -> Result<(), StoreError> {
        let mut transaction = self.database.begin(Durability::Relaxed).await?;
        let values = [secret.id().into()];
        transaction
            .execute(&statements::DELETE_SESSION, &values)
            .await?;
        transaction.commit().await
    }
}
