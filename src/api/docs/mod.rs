//! `GET /openapi.json`, the API's description, and `/docs`, which shows it: Swagger UI
//! from an archive in the program, with a page of our own. Nothing is fetched from
//! elsewhere, and the policy of the page would not let it.

use std::io::{Cursor, Read, Write};
use std::sync::LazyLock;

use axum::http::HeaderValue;
use axum::http::header::{
    CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
};
use axum::response::{IntoResponse, Redirect, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;

use super::error::ApiError;
use super::id::Id;
use super::openapi;

const PAGE: &str = include_str!("page.html");
const START: &str = include_str!("start.js");
const SCRIPT: &str = "text/javascript; charset=utf-8";
/// Scripts and styles from here only; icons stand in the styles.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// What of the archive the page loads, with its media type.
const TAKEN: [(&str, &str); 3] = [
    ("favicon-32x32.png", "image/png"),
    ("swagger-ui-bundle.js", SCRIPT),
    ("swagger-ui.css", "text/css; charset=utf-8"),
];

/// A file as it is sent.
struct File {
    name: &'static str,
    kind: &'static str,
    /// By gzip, which every browser unpacks.
    packed: Vec<u8>,
}

/// Unpacked from the archive when somebody looks, and packed one by one.
static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let file = |&(name, kind): &(&'static str, &'static str)| {
        let packed = packed(name);
        let packed = packed.map_err(|error| tracing::error!(%error, name, "no page"));
        let packed = packed.ok()?;
        Some(File { name, kind, packed })
    };
    TAKEN.iter().filter_map(file).collect()
});

fn packed(name: &str) -> std::io::Result<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    let root = archive.by_index(0)?.enclosed_name().unwrap_or_default();
    let path = root.join("dist").join(name);
    let mut text = Vec::new();
    let mut file = archive.by_name(&path.to_string_lossy())?;
    file.read_to_end(&mut text)?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&text)?;
    encoder.finish()
}

/// The API's description, as OpenAPI.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "service",
    operation_id = "read_description",
    summary = "This description",
    responses((status = 200, description = "OpenAPI 3.1.", body = serde_json::Value, content_type = "application/json"))
)]
pub(super) async fn description() -> Response {
    answer("application/json", openapi::TEXT.as_str())
}

/// Links of the page are relative to a folder.
pub(super) async fn folder() -> Redirect {
    Redirect::permanent("docs/")
}

/// The page.
pub(super) async fn page() -> Response {
    answer("text/html; charset=utf-8", PAGE)
}

/// What the page loads.
pub(super) async fn file(Id(name): Id) -> Result<Response, ApiError> {
    if name == "start.js" {
        return Ok(answer(SCRIPT, START));
    }
    if !TAKEN.iter().any(|(taken, _)| *taken == name) {
        return Err(ApiError::NotFound);
    }
    // The first time it takes a moment.
    let files = tokio::task::spawn_blocking(|| FILES.as_slice());
    let files = files.await.map_err(|_| ApiError::Panicked)?;
    let file = files.iter().find(|file| file.name == name);
    let file = file.ok_or(ApiError::NotFound)?;
    let mut response = answer(file.kind, file.packed.as_slice());
    let gzip = HeaderValue::from_static("gzip");
    response.headers_mut().insert(CONTENT_ENCODING, gzip);
    Ok(response)
}

fn answer(kind: &'static str, body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
