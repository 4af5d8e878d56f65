//! Who did what, when, and how it came out. Names jobs and routes; never holds a
//! word of an article.

use super::Store;
use super::database::{Durability, Row};
use super::error::StoreError;
use super::job::Millis;
use super::statements;

/// Something that a caller did or was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// The id of the key; `None` where no known one came.
    pub api_key: Option<String>,
    /// The HTTP method.
    pub method: String,
    /// The route, with its parameters unfilled.
    pub route: String,
    /// The job or article that it was about.
    pub subject: Option<String>,
    /// The HTTP status.
    pub status: u16,
    /// The problem's code, where there was one.
    pub code: Option<String>,
    /// The request's id, to find it in the log.
    pub request_id: String,
    /// Where the request came from.
    pub address: Option<String>,
}

/// A deed, as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Order of writing.
    pub seq: i64,
    /// When.
    pub at: Millis,
    /// What.
    pub deed: Deed,
}

/// Which entries to list; newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only of this key.
    pub api_key: Option<String>,
    /// Only what was written before the entry with this number.
    pub before: Option<i64>,
}

impl Store {
    /// Writes a deed down.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn record(&self, deed: &Deed) -> Result<(), StoreError> {
        let mut transaction = self.database.begin(Durability::Relaxed).await?;
        let now = transaction.now().await?;
        let values = [
            now.into(),
            (&deed.api_key).into(),
            (&deed.method).into(),
            (&deed.route).into(),
            (&deed.subject).into(),
            i64::from(deed.status).into(),
            (&deed.code).into(),
            (&deed.request_id).into(),
            (&deed.address).into(),
        ];
        transaction
            .execute(&statements::INSERT_AUDIT, &values)
            .await?;
        transaction.commit().await
    }

    /// Entries that fit the filter, newest first, `limit` at most.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn audit(
        &self,
        filter: &AuditFilter,
        limit: i64,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let values = [
            (&filter.api_key).into(),
            filter.before.unwrap_or(i64::MAX).into(),
            limit.into(),
        ];
        let rows = self.database.rows(&statements::AUDIT, &values).await?;
        rows.iter().map(entry).collect()
    }
}

fn entry(row: &Row) -> Result<AuditEntry, StoreError> {
    let status: i64 = row.get("status")?;
    Ok(AuditEntry {
        seq: row.get("seq")?,
        at: row.get("at")?,
        deed: Deed {
            api_key: row.get("api_key")?,
            method: row.get("method")?,
            route: row.get("route")?,
            subject: row.get("subject")?,
            status: u16::try_from(status).unwrap_or(0),
            code: row.get("code")?,
            request_id: row.get("request_id")?,
            address: row.get("address")?,
        },
    })
}
