//! Logins of the editor page: a key in, a cookie and a request token out. The
//! page sends the token as `X-CSRF-Token` with whatever changes something.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::{Denied, Scope, Secret, SecretKind};
use crate::store::{ApiKey, Millis};

use super::access::{COOKIE, Caller, Noted};
use super::body::{self, BodyLimit};
use super::error::ApiError;
use super::openapi::problems;
use super::state::AppState;

/// Bytes of a login's body: a key and the braces around it.
const MAX_LOGIN_BYTES: usize = 1024;

/// A login.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    /// A key of `afterword keys create`.
    key: String,
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionView {
    /// What the operator calls the key; absent where none is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it may do; all where none is needed.
    pub scopes: Vec<String>,
    /// Goes into `X-CSRF-Token` with whatever changes something; only where
    /// there is a session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_token: Option<String>,
}

impl SessionView {
    fn of(key: Option<&ApiKey>, session: Option<&Secret>) -> Self {
        let has = |scope: &Scope| key.is_none_or(|key| key.scopes.has(*scope));
        let scopes = Scope::ALL.into_iter().filter(has);
        Self {
            name: key.map(|key| key.name.clone()),
            scopes: scopes.map(|it| it.name().to_owned()).collect(),
            request_token: session.map(Secret::request_token),
        }
    }
}

/// Logs in: sets the cookie, which no script can read, and tells the token.
#[utoipa::path(
    post,
    path = "/v1/session",
    tag = "access",
    operation_id = "begin_session",
    summary = "Logs a browser in",
    description = "Sets a cookie that no script reads, and tells the token that goes with it.",
    request_body(content = ref("#/components/schemas/Login"), content_type = "application/json"),
    responses((status = 201, description = "Logged in.",
        body = ref("#/components/schemas/SessionView"), content_type = "application/json",
        headers(("Set-Cookie" = String, description = "The session.")))),
    extensions(("x-problems" = json!([
        problems::BODY, problems::STORE, "key_expired", "key_invalid", "key_revoked",
        "too_many_requests",
    ])))
)]
pub(super) async fn begin(
    State(state): State<Arc<AppState>>,
    request: axum::extract::Request,
) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    let secret = read_key(&head.headers, &read_body(&state, body).await?)?;
    let key = state.gate.known(&secret).await?;
    // Whoever has a key is named in the audit log, let in or not.
    Ok(Noted::key(&key.id).on(log_in(&state, &key).await))
}

/// Begins a session of a key, if it counts and keeps its pace.
async fn log_in(state: &AppState, key: &ApiKey) -> Result<Response, ApiError> {
    state.gate.admits(key)?;
    let session = Secret::generate(SecretKind::Session).map_err(|_| ApiError::NoRandom)?;
    let lifetime = state.gate.settings().session;
    let millis = Millis::try_from(lifetime.as_millis()).unwrap_or(Millis::MAX);
    let store = state.gate.store()?;
    store.begin_session(&session, key, millis).await?;
    let cookie = cookie(session.expose(), lifetime.as_secs())?;
    let view = SessionView::of(Some(key), Some(&session));
    let headers = AppendHeaders([(SET_COOKIE, cookie)]);
    Ok((StatusCode::CREATED, headers, Json(view)).into_response())
}

async fn read_body(state: &AppState, body: axum::body::Body) -> Result<Bytes, ApiError> {
    let limit = BodyLimit {
        raw_bytes: MAX_LOGIN_BYTES,
        input_bytes: MAX_LOGIN_BYTES,
        time: state.terms().server.request_body_timeout,
    };
    Ok(body::read(body, &limit).await?.into())
}

/// JSON only: a form of another site cannot send that without being asked.
fn read_key(headers: &HeaderMap, body: &[u8]) -> Result<Secret, ApiError> {
    let sent = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let is_json = sent.is_some_and(|it| it.split(';').next() == Some("application/json"));
    if !is_json {
        let sent = sent.map(str::to_owned);
        return Err(ApiError::MediaType { sent });
    }
    let login: Login = serde_json::from_slice(body).map_err(ApiError::BadJson)?;
    let key = Secret::parse(SecretKind::Key, login.key.trim());
    key.ok_or(Denied::UnknownKey.into())
}

/// Says who is logged in.
#[utoipa::path(
    get,
    path = "/v1/session",
    tag = "access",
    operation_id = "read_session",
    summary = "Who calls, and what it may do",
    responses((status = 200, description = "The key's name and scopes, and the token of a session.",
        body = ref("#/components/schemas/SessionView"), content_type = "application/json"))
)]
pub(super) async fn read(Extension(caller): Extension<Caller>) -> Json<SessionView> {
    Json(SessionView::of(caller.key(), caller.session()))
}

/// Logs out.
#[utoipa::path(
    delete,
    path = "/v1/session",
    tag = "access",
    operation_id = "end_session",
    summary = "Logs out",
    responses((status = 204, description = "Logged out.",
        headers(("Set-Cookie" = String, description = "An empty one."))))
)]
pub(super) async fn end(
    State(state): State<Arc<AppState>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, ApiError> {
    if let Some(session) = caller.session() {
        state.gate.store()?.end_session(session).await?;
    }
    let headers = AppendHeaders([(SET_COOKIE, cookie("", 0)?)]);
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}

fn cookie(value: &str, seconds: u64) -> Result<HeaderValue, ApiError> {
    let text =
        format!("{COOKIE}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict");
    HeaderValue::from_str(&text).map_err(|_| ApiError::NoRandom)
}
