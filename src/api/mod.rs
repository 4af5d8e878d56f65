//! The HTTP interface: takes an article, answers its digest, at once (`digests`)
//! or as a stored job (`stored`, `job`), whose way is told by `events` and whose end by callbacks
//! (`deliveries`); many at once are `batches`. `check` holds one sentence against an article;
//! `articles` is for what callers name, over its versions; `about` says what answers.
//! `wire` and `prefer` read what was sent,
//! `media` what may be answered, `error` and `problem` say what went wrong;
//! `server` runs the router on a socket. `openapi` describes it all, for programs and, by
//! `docs`, for people. `access` stands before every route; `session` and `audit` belong to
//! it. `page` serves the editor page, which uses all this.
//!
//! Knows no model and no configuration file. Never logs an article's text, nor
//! a query string, which may hold its title.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::decompression::RequestDecompressionLayer;

mod about;
mod access;
mod articles;
mod audit;
mod batches;
mod body;
mod check;
mod deliveries;
mod digests;
mod docs;
mod error;
mod events;
mod fetch;
mod health;
mod id;
mod job;
mod media;
mod metrics;
mod observe;
mod openapi;
mod page;
mod prefer;
mod problem;
mod rendering;
mod server;
mod session;
mod slots;
mod state;
mod stored;
mod terms;
mod tls;
mod wire;

pub use about::{AboutView, AuthorView, BuildView};
pub use articles::{
    ArticleList, ArticleView, BatchItemView, Counts, ExportView, ExportedVersion, JobLink,
    SourceView, StepView, VersionView, Who,
};
pub use audit::{AuditList, AuditView};
pub use batches::{BatchCounts, BatchError, BatchList, BatchView};
pub use check::{CarryView, CheckView};
pub use deliveries::{AttemptView, DeliveryList, DeliveryView};
pub use error::{ApiError, Place};
pub use events::{ItemView, StageView};
pub use fetch::{FetchHosts, FetchedPage};
pub use health::HealthView;
pub use job::{JobList, JobView, Step};
pub use metrics::serve as serve_metrics;
pub use openapi::document;
pub use problem::{InvalidParam, Problem};
pub use server::serve;
pub use session::SessionView;
pub use state::AppState;
pub use tls::{Tls, TlsError};

/// All routes over one shared state.
pub fn router(state: Arc<AppState>) -> Router {
    // `body` counts what it reads, which is after unpacking.
    let digests =
        post(digests::create).layer(RequestDecompressionLayer::new().pass_through_unaccepted(true));
    Router::new()
        .route("/", get(page::index))
        .route("/ui/{*path}", get(page::file))
        .route("/v1/digests", digests.get(job::list))
        .route("/v1/digests/{id}", get(job::read).delete(job::cancel))
        .route("/v1/digests/{id}/deliveries", get(deliveries::of_job))
        .route("/v1/digests/{id}/events", get(events::stream))
        .route("/v1/batches", get(batches::list).post(batches::create))
        .route("/v1/batches/{id}", get(batches::read))
        .route("/v1/batches/{id}/results", get(batches::results))
        .route("/v1/batches/{id}/errors", get(batches::errors))
        .route("/v1/batches/{id}/cancel", post(batches::cancel))
        .route("/v1/batches/{id}/pause", post(batches::pause))
        .route("/v1/batches/{id}/resume", post(batches::resume))
        .route(
            "/v1/articles",
            get(articles::list).delete(articles::delete_by_name),
        )
        .route(
            "/v1/articles/{id}",
            get(articles::read).delete(articles::delete),
        )
        .route("/v1/articles/{id}/source", get(articles::source))
        .route("/v1/articles/{id}/digest", get(articles::digest))
        .route("/v1/articles/{id}/ledger", get(articles::ledger))
        .route("/v1/articles/{id}/export", get(articles::export))
        .route("/v1/articles/{id}/approve", post(articles::approve))
        .route("/v1/articles/{id}/reject", post(articles::reject))
        .route("/v1/articles/{id}/items", post(articles::add))
        .route(
            "/v1/articles/{id}/items/{item}",
            patch(articles::change).delete(articles::remove),
        )
        .route(
            "/v1/articles/{id}/items/{item}/regenerate",
            post(articles::regenerate),
        )
        .route("/v1/deliveries", get(deliveries::list))
        .route("/v1/deliveries/{id}/redeliver", post(deliveries::redeliver))
        .route(
            "/v1/session",
            get(session::read).post(session::begin).delete(session::end),
        )
        .route(
            "/v1/check",
            post(check::check)
                .layer(RequestDecompressionLayer::new().pass_through_unaccepted(true)),
        )
        .route(
            "/v1/check/digest",
            post(check::check_digest)
                .layer(RequestDecompressionLayer::new().pass_through_unaccepted(true)),
        )
        .route("/v1/fetch", get(fetch::hosts).post(fetch::fetch))
        .route("/v1/about", get(about::read))
        .route("/v1/audit", get(audit::list))
        .merge(description())
        .route("/healthz", get(health::live))
        .route("/metrics", get(metrics::read))
        .route("/readyz", get(health::ready))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        // `body` bounds what it reads, by the configured limit.
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(state.clone(), access::guard))
        .layer(from_fn(observe::observe))
        .with_state(state)
}

/// What the API is, for programs and in a browser.
fn description() -> Router<Arc<AppState>> {
    Router::new()
        .route("/docs", get(docs::folder))
        .route("/docs/", get(docs::page))
        .route("/docs/{file}", get(docs::file))
        .route("/openapi.json", get(docs::description))
}

async fn not_found() -> ApiError {
    ApiError::NotFound
}

async fn method_not_allowed() -> ApiError {
    ApiError::MethodNotAllowed {
        allowed: String::new(),
    }
}

/// A panic is a bug of ours: it costs one request, not the service. The panic
/// hook has written the message to stderr; the caller gets none of it.
fn panicked(_message: Box<dyn std::any::Any + Send>) -> Response {
    ApiError::Panicked.into_response()
}
