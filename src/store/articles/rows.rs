//! From rows to articles, versions and steps.

use crate::store::article::{Hand, LedgerStep, NamedArticle, NewStep, Source, Version};
use crate::store::database::{Row, failed};
use crate::store::error::StoreError;
use crate::store::job::Order;
use crate::store::rows::named;

pub(super) fn article(row: &Row) -> Result<NamedArticle, StoreError> {
    Ok(NamedArticle {
        seq: row.get("seq")?,
        id: row.get("id")?,
        external_id: row.get("external_id")?,
        url: row.get("url")?,
        title: row.get("title")?,
        state: named(&row.get::<String>("state")?)?,
        revision: row.get("revision")?,
        version: row.get("version")?,
        merged_job: row.get("merged_job")?,
        content: row.get("content")?,
        created_at: row.get("created_at")?,
        changed_at: row.get("changed_at")?,
    })
}

pub(super) fn version(row: &Row) -> Result<Version, StoreError> {
    let kept: i64 = row.get("kept")?;
    Ok(Version {
        number: row.get("number")?,
        source_sha256: row.get("source_sha256")?,
        created_at: row.get("created_at")?,
        superseded_at: row.get("superseded_at")?,
        is_kept: kept == 1,
    })
}

pub(super) fn source(row: &Row) -> Result<Option<Source>, StoreError> {
    let text: Option<Vec<u8>> = row.get("source")?;
    let body: Option<Vec<u8>> = row.get("body")?;
    let request: Option<String> = row.get("request")?;
    let (Some(text), Some(body), Some(request)) = (text, body, request) else {
        return Ok(None);
    };
    let text = String::from_utf8(text).map_err(|_| failed("a text that is none"))?;
    Ok(Some(Source {
        text,
        order: Order { body, request },
    }))
}

pub(super) fn step(row: &Row) -> Result<LedgerStep, StoreError> {
    let (by_hand, by_session): (i64, i64) = (row.get("by_hand")?, row.get("by_session")?);
    let hand = match by_hand {
        0 => Hand::Machine,
        _ => Hand::Caller {
            api_key: row.get("api_key")?,
            in_session: by_session == 1,
        },
    };
    Ok(LedgerStep {
        seq: row.get("seq")?,
        at: row.get("at")?,
        key_name: row.get("name")?,
        revision: row.get("revision")?,
        new: NewStep {
            hand,
            step: row.get("step")?,
            item: row.get("item")?,
            detail: row.get("detail")?,
        },
    })
}
