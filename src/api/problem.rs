//! The wire form of an error: RFC 9457 problem details. Says nothing of its
//! own; `error` decides what each problem is.

use axum::Json;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why there is no digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// `/problems/` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words; the same for all problems of a status.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened, for a human.
    pub detail: String,
    /// What the caller can do about it.
    pub hint: String,
    /// A stable name, for programs.
    pub code: String,
    /// The parameters at fault, if any are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invalid_params: Vec<InvalidParam>,
}

/// A parameter at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InvalidParam {
    /// `options.count` in a JSON body, `count` in a query, `body` as a whole.
    pub name: String,
    /// What is wrong with it.
    pub reason: String,
    /// Line in the body, from 1; absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Column in that line, in bytes from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Json(self).into_response();
        let media_type = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(CONTENT_TYPE, media_type);
        response
    }
}
