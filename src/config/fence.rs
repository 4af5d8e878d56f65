//! How long the fence around an article in a prompt lasts: a choice of `[engine]`.

use super::render::Choice;

/// What the nonce of a fence is drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fence {
    /// Each request: nobody who sees one prompt knows the next one's.
    Request,
    /// Each article, as long as the process lives: a second request on it finds its
    /// prefix in the KV cache.
    Article,
}

impl Choice for Fence {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("request", Self::Request), ("article", Self::Article)];
}
