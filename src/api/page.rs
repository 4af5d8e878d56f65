//! The editor page over HTTP: files, and headers that keep a browser strict. Needs no
//! key: there is nothing in it but the page. What the page shows it asks the API for.

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, REFERRER_POLICY, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::ui::{self, File};

use super::error::ApiError;
use super::id::Id;

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Where the page begins.
pub(super) async fn index(headers: HeaderMap) -> Result<Response, ApiError> {
    ui::index()
        .map(|file| answer(file, &headers))
        .ok_or(ApiError::NotFound)
}

/// One of its files.
pub(super) async fn file(Id(path): Id, headers: HeaderMap) -> Result<Response, ApiError> {
    ui::file(&path)
        .map(|file| answer(file, &headers))
        .ok_or(ApiError::NotFound)
}

fn answer(file: &'static File, asked: &HeaderMap) -> Response {
    let packed = file.gzip.as_deref().filter(|_| takes_gzip(asked));
    let etag = match packed {
        Some(_) => format!("\"{}-gzip\"", file.sha256),
        None => format!("\"{}\"", file.sha256),
    };
    let mut response = match is_known(asked, &etag) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Body::from(packed.unwrap_or(file.bytes)).into_response(),
    };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        // All that is set here is plain ASCII.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(ETAG, &etag);
    // Kept, and asked about each time: a newer program has a newer page.
    set(CACHE_CONTROL, "no-cache");
    set(VARY, "accept-encoding");
    set(CONTENT_TYPE, file.media_type());
    set(CONTENT_SECURITY_POLICY, ui::content_security_policy());
    set(REFERRER_POLICY, "no-referrer");
    set(OPENER_POLICY, "same-origin");
    set(RESOURCE_POLICY, "same-origin");
    if packed.is_some() {
        set(CONTENT_ENCODING, "gzip");
    }
    response
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).iter();
    let listed = values.filter_map(|it| it.to_str().ok());
    listed.flat_map(|it| it.split(',')).any(|coding| {
        let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = quality.trim().trim_start_matches("q=");
        name.trim().eq_ignore_ascii_case("gzip")
            && !matches!(refused, "0" | "0.0" | "0.00" | "0.000")
    })
}

fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).iter();
    let listed = values.filter_map(|it| it.to_str().ok());
    listed
        .flat_map(|it| it.split(','))
        .any(|it| it.trim().trim_start_matches("W/") == etag)
}
