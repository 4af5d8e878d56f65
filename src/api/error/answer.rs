//! How an error is told: its problem, its headers, and how much of what happened
//! the caller may know.

use std::fmt;
use std::time::Duration;

use axum::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::access::Denied;
use crate::api::problem::{InvalidParam, Problem};
use crate::engine::EngineError;
use crate::pipeline::error::PipelineError;
use crate::store::StoreError;

use super::{ApiError, Place, ProblemCode};

/// Seconds after which a refused caller may try again where nothing tells better.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("10");

impl ApiError {
    fn retry_after(&self) -> Option<HeaderValue> {
        if let Self::Busy { after, .. }
        | Self::LaneFull { after, .. }
        | Self::OwnerFull { after, .. }
        | Self::Denied(Denied::TooFast { after, .. }) = self
        {
            return Some(whole_seconds(*after).into());
        }
        let later = self.status() == StatusCode::SERVICE_UNAVAILABLE;
        later.then_some(RETRY_AFTER_SECONDS)
    }

    fn invalid_params(&self) -> Vec<InvalidParam> {
        match self {
            Self::Pipeline {
                error: error @ PipelineError::Option { name, .. },
                place,
            } => vec![place.param(&format!("{}{name}", place.options()), error)],
            Self::BadParameter {
                place,
                name,
                reason,
            } => vec![place.param(name, reason)],
            Self::OneBody => {
                let one = "exactly one of text, html and markdown is needed";
                vec![Place::Body.param("body", one)]
            }
            Self::BadJson(error) => vec![InvalidParam {
                line: Some(error.line()),
                column: Some(error.column()),
                ..Place::Body.param("body", error)
            }],
            _ => Vec::new(),
        }
    }

    /// What the caller is told: the whole of a refusal, little of a failure.
    fn detail(&self) -> String {
        match self {
            Self::Pipeline {
                error: PipelineError::Engine(error),
                ..
            } => match error {
                EngineError::Load { .. } => "the model cannot be loaded".to_owned(),
                EngineError::Grammar(_) => "a grammar was rejected".to_owned(),
                EngineError::Decode(_) => "decoding failed".to_owned(),
                EngineError::Unreachable { .. } => "the model's service does not answer".to_owned(),
                EngineError::Refused { .. } => "the model's service refused".to_owned(),
                EngineError::Unusable { .. } | EngineError::PromptCut { .. } => {
                    "the model's service answered what cannot be used".to_owned()
                }
                shown => shown.to_string(),
            },
            Self::Render(_) => "the digest cannot be printed".to_owned(),
            Self::StoredDigest(_) => "a stored digest cannot be read".to_owned(),
            Self::Store(StoreError::Full) => "the service has no space left for jobs".to_owned(),
            Self::Store(error) if error.is_transient() => {
                "the store of jobs cannot be reached".to_owned()
            }
            Self::Store(_) => "the store of jobs failed".to_owned(),
            shown => shown.to_string(),
        }
    }
}

/// Rounded up: who comes back too early is refused again.
fn whole_seconds(after: Duration) -> u64 {
    after.as_secs() + u64::from(after.subsec_nanos() > 0)
}

impl Place {
    fn options(self) -> &'static str {
        match self {
            Self::Body => "options.",
            Self::Query | Self::Header => "",
        }
    }

    fn param(self, name: &str, reason: impl fmt::Display) -> InvalidParam {
        InvalidParam {
            name: name.to_owned(),
            reason: reason.to_string(),
            line: None,
            column: None,
        }
    }
}

impl From<&ApiError> for Problem {
    fn from(error: &ApiError) -> Self {
        let status = error.status();
        Self {
            kind: format!("/problems/{}", error.code()),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: error.detail(),
            hint: error.hint().to_owned(),
            code: error.code().to_owned(),
            invalid_params: error.invalid_params(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status();
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(error = %self, "failed");
        }
        let mut response = (status, Problem::from(&self)).into_response();
        response
            .extensions_mut()
            .insert(ProblemCode(self.code().to_owned()));
        let headers = response.headers_mut();
        if let Some(after) = self.retry_after() {
            headers.insert(RETRY_AFTER, after);
        }
        if let Self::MethodNotAllowed { allowed } = &self
            && let Ok(allowed) = HeaderValue::from_str(allowed)
            && !allowed.is_empty()
        {
            headers.insert(ALLOW, allowed);
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
