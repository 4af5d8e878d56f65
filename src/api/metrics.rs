//! `GET /metrics`: the figures of the service, for Prometheus. Beside the API to a
//! key with the scope `metrics`, or at an address of its own to whoever asks there.
//! What is open in the store is looked up when somebody asks.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::config::Settings;
use crate::store::Store;
use crate::telemetry;

use super::error::ApiError;
use super::server::{Bounds, Port, serve_port};
use super::state::AppState;

/// Where they are told at an address of their own; beside the API the same.
const PATH: &str = "/metrics";
/// The text format that Prometheus asks for.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The figures, where they are told beside the API.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "service",
    operation_id = "read_metrics",
    summary = "Figures for Prometheus",
    description = "Not found where `metrics.listen` names an address of its own for them.",
    responses((status = 200, description = "The text format of Prometheus.",
        body = String, content_type = "text/plain")),
    extensions(("x-problems" = json!(["not_found"])))
)]
pub(super) async fn read(State(state): State<Arc<AppState>>) -> Result<Response, ApiError> {
    if state.tells_metrics_elsewhere() {
        return Err(ApiError::NotFound);
    }
    telemetry::slots_in_use(state.slots_in_use());
    Ok(answer(state.gate.store().ok()).await)
}

/// Serves the figures, and nothing else, to whoever asks, for as long as the process
/// runs; `state` is that of the service, where there is one. `metrics.max_connections`
/// may be open, each within the bounds of `[server]`: who is slow on purpose here must
/// not use up the files of the process.
pub fn serve(
    listener: TcpListener,
    store: Arc<Store>,
    state: Option<Arc<AppState>>,
    settings: &Settings,
) -> impl Future<Output = ()> + Send + use<> {
    let at_start = Bounds::from(&settings.server);
    let port = Port {
        name: "metrics",
        app: figures(store, state.clone()),
        max_connections: settings.metrics.max_connections,
        limited_by: "metrics.max_connections",
        terms: Box::new(move || {
            let now = state.as_ref().map(|it| Bounds::from(&it.terms().server));
            (now.unwrap_or(at_start), None)
        }),
    };
    serve_port(listener, port)
}

fn figures(store: Arc<Store>, state: Option<Arc<AppState>>) -> Router {
    let tell = move || {
        let (store, state) = (store.clone(), state.clone());
        async move {
            if let Some(state) = state {
                telemetry::slots_in_use(state.slots_in_use());
            }
            answer(Some(&store)).await
        }
    };
    Router::new().route(PATH, get(tell))
}

/// What is known is told, also when the store cannot be reached: that is when
/// somebody looks.
async fn answer(store: Option<&Arc<Store>>) -> Response {
    if let Some(store) = store {
        match store.backlog().await {
            Ok(lanes) => {
                for it in lanes {
                    telemetry::backlog(it.lane, it.waiting, it.leased, it.oldest);
                }
            }
            Err(error) => tracing::warn!(%error, "the queue cannot be counted"),
        }
    }
    ([(CONTENT_TYPE, TEXT)], telemetry::render()).into_response()
}
