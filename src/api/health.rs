//! For whoever watches the service: `/healthz` says that the process lives,
//! `/readyz` whether it is to be sent requests, and why not. Neither does any work.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{AppendHeaders, IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::state::{AppState, Phase};

/// Seconds after which to ask again: a model is loaded in about that time.
const ASK_AGAIN_SECONDS: u32 = 10;

/// Where the service stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HealthView {
    /// `alive`; or of `/readyz`: `loading`, `ready`, `saturated`, `draining` or
    /// `engine_stopped`.
    pub status: String,
}

impl HealthView {
    fn new(status: &str) -> Json<Self> {
        let status = status.to_owned();
        Json(Self { status })
    }
}

/// Says that the process lives.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "service",
    operation_id = "read_health",
    summary = "Whether the process lives",
    responses((status = 200, description = "It does.",
        body = ref("#/components/schemas/HealthView"), content_type = "application/json"))
)]
pub(super) async fn live() -> Json<HealthView> {
    HealthView::new("alive")
}

/// A service all of whose slots are taken is ready all the same: it tells of jobs
/// and takes more of them, and others that it would be replaced by are no emptier.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "service",
    operation_id = "read_readiness",
    summary = "Whether articles are taken",
    responses(
        (status = 200, description = "They are: `ready` or `saturated`.",
            body = ref("#/components/schemas/HealthView"), content_type = "application/json"),
        (status = 503, description = "They are not: `loading`, `draining` or `engine_stopped`.",
            body = ref("#/components/schemas/HealthView"), content_type = "application/json",
            headers(("Retry-After" = u32, description = "Seconds after which to ask again."))),
    )
)]
pub(super) async fn ready(State(state): State<Arc<AppState>>) -> Response {
    let (status, name) = match state.phase() {
        Phase::Ready => (StatusCode::OK, "ready"),
        Phase::Saturated => (StatusCode::OK, "saturated"),
        Phase::Loading => (StatusCode::SERVICE_UNAVAILABLE, "loading"),
        Phase::Draining => (StatusCode::SERVICE_UNAVAILABLE, "draining"),
        Phase::EngineStopped => (StatusCode::SERVICE_UNAVAILABLE, "engine_stopped"),
    };
    let mut answer = (status, HealthView::new(name)).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let again = AppendHeaders([(RETRY_AFTER, ASK_AGAIN_SECONDS)]);
        answer = (again, answer).into_response();
    }
    answer
}
