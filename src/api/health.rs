//! For whoever watches the service: `/healthz` says that the process lives,
//! `/readyz` that it takes articles. Neither does any work.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::error::ApiError;
use super::state::AppState;

#[derive(Serialize)]
pub(super) struct Health {
    status: &'static str,
}

pub(super) async fn live() -> Json<Health> {
    Json(Health { status: "alive" })
}

pub(super) async fn ready(State(state): State<Arc<AppState>>) -> Result<Json<Health>, ApiError> {
    state.digester()?;
    Ok(Json(Health { status: "ready" }))
}
