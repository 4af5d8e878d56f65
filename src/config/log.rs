//! What is logged, and how: the checked `[log]`.

use super::render::Choice;

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// Levels by module, as `tracing` reads them.
    pub filter: String,
    /// How a line looks.
    pub format: LogFormat,
    /// Where spans are sent; `None` keeps them here.
    pub otlp_endpoint: Option<String>,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

impl Choice for LogFormat {
    const CHOICES: &'static [(&'static str, Self)] = &[("text", Self::Text), ("json", Self::Json)];
}
