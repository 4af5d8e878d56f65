//! `GET /v1/about`: what answers here, as far as two digests may differ by it, and
//! under which licences. Tells nothing of the machine, of keys or of other callers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::jobs::Maker;
use crate::pipeline::{PIPELINE_VERSION, generate};

use super::state::AppState;

/// Licence of the program, as SPDX names it.
const LICENCE: &str = env!("CARGO_PKG_LICENSE");
/// The commit that a release is built from; whoever builds one sets it.
const COMMIT: Option<&str> = option_env!("AFTERWORD_BUILD_COMMIT");

/// What answers here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AboutView {
    /// `afterword`.
    pub name: String,
    /// Version of the program.
    pub version: String,
    /// SPDX identifier of the program's licence.
    pub licence: String,
    /// Version of the pipeline, as in the provenance of a digest.
    pub pipeline_version: String,
    /// Version of the prompts, as in the provenance of a digest.
    pub prompt_version: String,
    /// Who drafts; absent while the engine is being loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<AuthorView>,
    /// What the program was built as.
    pub build: BuildView,
}

/// Who drafts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuthorView {
    /// Name of the model, as in the provenance of a digest.
    pub model: String,
    /// SHA-256 of the model's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// SPDX identifier of the model's licence; absent for a file that the catalogue
    /// does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
}

impl AuthorView {
    /// What drafts, and the licence of its model.
    #[must_use]
    pub fn new(maker: Maker, licence: Option<String>) -> Self {
        Self {
            model: maker.model,
            sha256: maker.model_sha256,
            licence,
        }
    }
}

/// What the program was built as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BuildView {
    /// The commit; absent where the build was not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Operating system and processor.
    pub target: String,
    /// Engines that are built in.
    pub engines: Vec<String>,
}

impl BuildView {
    fn of_this() -> Self {
        let engines = [
            ("extractive", true),
            ("llama", cfg!(feature = "llama")),
            ("remote", true),
        ];
        let engines = engines.into_iter().filter(|(_, is_in)| *is_in);
        Self {
            commit: COMMIT.map(str::to_owned),
            target: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
            engines: engines.map(|(name, _)| name.to_owned()).collect(),
        }
    }
}

#[utoipa::path(
    get,
    path = "/v1/about",
    tag = "service",
    operation_id = "read_about",
    summary = "What answers here, and under which licences",
    responses((status = 200, description = "Versions, model and licences.",
        body = ref("#/components/schemas/AboutView"), content_type = "application/json"))
)]
pub(super) async fn read(State(state): State<Arc<AppState>>) -> Json<AboutView> {
    Json(AboutView {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        licence: LICENCE.to_owned(),
        pipeline_version: PIPELINE_VERSION.to_owned(),
        prompt_version: generate::version(),
        author: state.author().cloned(),
        build: BuildView::of_this(),
    })
}
