//! Whether an engine answers: the default model here, which is loaded, and the service
//! of a remote one. Both are asked for one word, which finds what no look at files and
//! settings can.

use std::time::Instant;

use super::Check;
use crate::cli::author::{self, EngineKind, author};
use crate::cli::exit::Failure;
use crate::config::{RemoteSettings, Settings, Sources};
use crate::engine::{Batch, Branch, Engine, Finish, Goal, Prefix, Shape};
use crate::lane::Lane;
use crate::models::{State, Store};
use crate::pipeline::Author;
use crate::pipeline::error::PipelineError;

const NAME: &str = "inference";
/// Enough for one word; a small context loads fast.
const CONTEXT_TOKENS: usize = 2048;

/// Loads the default model and lets it answer yes or no.
pub(super) fn inference(store: &Store) -> Check {
    let model = store.catalog().default_model();
    if !matches!(store.state(model), State::Verified | State::Unverified) {
        return Check::warn(
            NAME,
            "not tried: the default model is not there",
            "see the check above",
        );
    }
    let started = Instant::now();
    match of_default_model(store) {
        Ok(word) => {
            let seconds = started.elapsed().as_secs_f32();
            Check::ok(
                NAME,
                format!(
                    "{} loads and answers ({word}) in {seconds:.1} s",
                    model.name
                ),
            )
        }
        Err(failure) => Check::fail(NAME, failure.message, failure.hint),
    }
}

fn of_default_model(store: &Store) -> Result<String, Failure> {
    let mut settings = Settings::load(None)?;
    settings.engine.context_tokens = CONTEXT_TOKENS;
    match author(EngineKind::Llama, None, store, &settings)? {
        Author::Model(engine) => one_word(engine.as_ref()),
        Author::Extractive => Ok(String::new()),
    }
}

/// Whether the service of `[engine.remote]`, if there is one, answers as is asked of
/// it, and whether what goes there can be read on its way.
pub(super) fn remote() -> Check {
    const NAME: &str = "remote engine";
    let file = std::env::var_os("AFTERWORD_CONFIG").map(Into::into);
    let Ok(found) = Sources::of_process(file).load() else {
        return Check::warn(NAME, "not asked", "see what is said of the configuration");
    };
    let remote = &found.settings.engine.remote;
    let Some(endpoint) = &remote.endpoint else {
        return Check::ok(NAME, "none is configured");
    };
    let once = RemoteSettings {
        max_attempts: 1,
        ..remote.clone()
    };
    let started = Instant::now();
    let answer = author::remote::engine(&once, 1).and_then(|engine| one_word(&engine));
    let seconds = started.elapsed().as_secs_f32();
    match answer {
        Err(failure) => Check::fail(NAME, failure.message, failure.hint),
        Ok(word) => {
            let finding = format!("{} answers ({word}) in {seconds:.1} s", remote.name());
            match endpoint.is_in_the_clear() {
                false => Check::ok(NAME, finding),
                true => Check::warn(
                    NAME,
                    format!("{finding}, in the clear"),
                    "articles, and the key, can be read on their way: use https",
                ),
            }
        }
    }
}

fn one_word(engine: &dyn Engine) -> Result<String, Failure> {
    let prefix = Prefix {
        system: "Answer in one word.".into(),
        user: "Is water wet?".into(),
    };
    let branch = Branch {
        until: None,
        instruction: String::new(),
        answer_start: String::new(),
        goal: Goal::Decode {
            shape: Shape::Choice(vec!["yes".into(), "no".into()]),
            max_tokens: 4,
        },
    };
    let batch = Batch {
        lane: Lane::Draft,
        prefix,
        branches: vec![branch],
    };
    let output = super::super::block_on(engine.run(batch))?.map_err(PipelineError::from)?;
    let answer = output
        .completions
        .into_iter()
        .find(|answer| answer.finish == Finish::Complete);
    answer.map(|answer| answer.text).ok_or_else(|| {
        Failure::new(
            crate::cli::exit::Exit::Engine,
            "the model loads but does not answer",
            "run `afterword models verify`; if the file is sound, please report this",
        )
    })
}
