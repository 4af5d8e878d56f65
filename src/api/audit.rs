//! `GET /v1/audit`: who changed what and who was refused, newest first.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::Uri;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::store::{AuditEntry, AuditFilter};

use super::error::{ApiError, Place};
use super::job::parse;
use super::openapi::problems;
use super::state::AppState;
use crate::text::time::rfc3339;

/// Entries of one page when the caller does not say.
const PAGE: i64 = 100;
/// Entries of one page at most.
const MAX_PAGE: i64 = 1000;

/// One entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditView {
    /// When.
    pub at: String,
    /// The id of the key; absent where no known one came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The HTTP method.
    pub method: String,
    /// The route, with its parameters unfilled.
    pub route: String,
    /// The job or article that it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The HTTP status.
    pub status: u16,
    /// The problem's code, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The request's id, as in the log.
    pub request_id: String,
    /// Where the request came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// A page of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditList {
    /// The entries, newest first.
    pub entries: Vec<AuditView>,
    /// `cursor` of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl From<&AuditEntry> for AuditView {
    fn from(entry: &AuditEntry) -> Self {
        let deed = entry.deed.clone();
        Self {
            at: rfc3339(entry.at),
            key: deed.api_key,
            method: deed.method,
            route: deed.route,
            subject: deed.subject,
            status: deed.status,
            code: deed.code,
            request_id: deed.request_id,
            address: deed.address,
        }
    }
}

/// A page of entries that fit the query.
#[utoipa::path(
    get,
    path = "/v1/audit",
    tag = "access",
    operation_id = "list_audit",
    summary = "Who changed what and who was refused, newest first",
    params(
        ("key" = Option<String>, Query, pattern = "^[^\\u0000]*$", description = "Only what this key did, by its id."),
        ("cursor" = Option<i64>, Query, description = "`next` of the page before."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "Entries of a page; 100 without it."),
    ),
    responses((status = 200, description = "A page.",
        body = ref("#/components/schemas/AuditList"), content_type = "application/json")),
    extensions(("x-problems" = json!([problems::STORE, "invalid_parameter"])))
)]
pub(super) async fn list(
    State(state): State<Arc<AppState>>,
    uri: Uri,
) -> Result<Json<AuditList>, ApiError> {
    let (filter, limit) = read_query(&uri)?;
    let store = state.gate.store()?;
    // One more, to know whether there is another page.
    let mut entries = store.audit(&filter, limit + 1).await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = entries.len() > most;
    entries.truncate(most);
    let last = entries.last().filter(|_| more);
    Ok(Json(AuditList {
        next: last.map(|entry| entry.seq.to_string()),
        entries: entries.iter().map(AuditView::from).collect(),
    }))
}

fn read_query(uri: &Uri) -> Result<(AuditFilter, i64), ApiError> {
    let (mut filter, mut limit) = (AuditFilter::default(), PAGE);
    let refuse = |name: &str, reason: String| ApiError::BadParameter {
        place: Place::Query,
        name: name.to_owned(),
        reason,
    };
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map_err(|error| refuse("query", error.body_text()))?;
    for (name, value) in pairs {
        match name.as_str() {
            "key" if !value.contains('\0') => filter.api_key = Some(value),
            "cursor" => filter.before = Some(parse(&name, &value)?),
            "limit" => limit = parse(&name, &value)?,
            _ => {
                let known = "is unknown; known are key, cursor and limit";
                return Err(refuse(&name, known.to_owned()));
            }
        }
    }
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(refuse("limit", format!("is outside 1 to {MAX_PAGE}")));
    }
    Ok((filter, limit))
}
