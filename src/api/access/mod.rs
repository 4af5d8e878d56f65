//! Before every route: who calls, whether that may be, and how fast; after it,
//! a word in the audit log. `routes` says what each route needs, `credentials`
//! reads what was sent, `gate` decides, `caller` is what handlers learn of it,
//! `visit` is what is written down.
//!
//! Nothing here reads a body.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

mod caller;
mod credentials;
mod gate;
mod routes;
mod visit;

pub(super) use caller::Caller;
pub(super) use credentials::COOKIE;
pub(super) use gate::Gate;
#[cfg(test)]
pub(super) use routes::operations;
pub(super) use routes::{Needed, needed};
pub(super) use visit::Noted;

use super::error::ApiError;
use super::state::AppState;
use visit::Visit;

/// Lets a request through to its route, or refuses it.
pub(super) async fn guard(
    State(state): State<Arc<AppState>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(route) = request.extensions().get::<MatchedPath>().cloned() else {
        // Nothing is there, and that is told to everybody.
        return next.run(request).await;
    };
    let (mut head, body) = request.into_parts();
    let mut visit = Visit::of(&head, route.as_str(), &state.gate.settings());
    let admitted = match routes::needed(route.as_str(), &head.method) {
        Ok(needed) => state.gate.admit(&head, needed).await,
        Err(error) => Err(error.into()),
    };
    let response = match admitted {
        Ok(caller) => {
            visit.name(&caller);
            head.extensions.insert(caller);
            next.run(Request::from_parts(head, body)).await
        }
        Err(refused) => {
            visit.name(&refused.caller);
            refused.error.into_response()
        }
    };
    if let Some(deed) = visit.deed(&response) {
        state.gate.record(deed).await;
    }
    response
}

/// Why a request was not let in, and whose it was as far as that is known.
pub(super) struct Refused {
    error: ApiError,
    caller: Caller,
}

impl<E: Into<ApiError>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self {
            error: error.into(),
            caller: Caller::default(),
        }
    }
}
