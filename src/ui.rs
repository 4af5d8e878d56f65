//! The editor page: its files, compiled in from `ui/`, with what a browser needs to
//! keep them and to be strict with them. The page is a client like any other: it uses
//! the public API, and nothing here knows an article.

use std::io::Write;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::text::hex::hex_sha256;

mod listed;

/// A file of the page.
pub struct File {
    /// Under `ui/`.
    pub path: &'static str,
    /// What it holds.
    pub bytes: &'static [u8],
    /// The same for who takes gzip; `None` where that saves nothing.
    pub gzip: Option<Vec<u8>>,
    /// SHA-256 of what it holds, in lower-case hex.
    pub sha256: String,
}

/// Packed once, when the first file is asked for: some milliseconds.
static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let files = listed::FILES.iter();
    files.map(|(path, bytes)| File::new(path, bytes)).collect()
});

static POLICY: LazyLock<String> = LazyLock::new(policy);

/// The file at a path under `ui/`.
#[must_use]
pub fn file(path: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.path == path)
}

/// Where the page begins.
#[must_use]
pub fn index() -> Option<&'static File> {
    file("index.html")
}

/// The page's Content Security Policy: files of this service and nothing else, no
/// inline script but the map of its modules, and no text that becomes markup.
#[must_use]
pub fn content_security_policy() -> &'static str {
    &POLICY
}

impl File {
    fn new(path: &'static str, bytes: &'static [u8]) -> Self {
        Self {
            path,
            bytes,
            gzip: pack(bytes).filter(|packed| packed.len() < bytes.len() * 9 / 10),
            sha256: hex_sha256(bytes),
        }
    }

    /// The value of `Content-Type`.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        match self.path.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("js" | "mjs") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            Some("woff2") => "font/woff2",
            _ => "text/plain; charset=utf-8",
        }
    }
}

fn pack(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail; if it did, the file goes unpacked.
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

fn policy() -> String {
    let map = index().map_or("", |index| module_map(index.bytes));
    let hash = STANDARD.encode(Sha256::digest(map.as_bytes()));
    format!(
        "default-src 'none'; script-src 'self' 'sha256-{hash}'; style-src 'self'; \
         font-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types 'none'"
    )
}

/// What stands in the one inline script.
fn module_map(index: &'static [u8]) -> &'static str {
    let index = std::str::from_utf8(index).unwrap_or_default();
    let map = index
        .split_once("<script type=\"importmap\">")
        .and_then(|(_, rest)| rest.split_once("</script>"));
    map.map_or("", |(map, _)| map)
}

#[cfg(test)]
mod tests;
