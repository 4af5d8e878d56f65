//! Afterword appends to an article what a careful editor would: a summary, a
//! topic, FAQ pairs and related topics, every sentence backed by the article.
//!
//! Data flows one way, and `tests/architecture.rs` keeps it so:
//! `text`, `net`, `digest`, `access` and `ui` are leaves; `engine` and `models` know no article;
//! `pipeline` turns an article into a [`digest::Digest`]; `archive` reads many of them;
//! `store` keeps jobs and articles, `life` says what becomes of an article's items, `jobs`
//! works on both; `api` and `cli` call all.

pub mod access;
pub mod api;
pub mod archive;
pub mod backfill;
pub mod bench;
pub mod cli;
pub mod config;
pub mod digest;
pub mod engine;
pub mod eval;
pub mod jobs;
pub mod lane;
pub mod layout;
pub mod life;
pub mod models;
pub mod net;
pub mod pipeline;
pub mod store;
pub mod telemetry;
pub mod text;
pub mod ui;
