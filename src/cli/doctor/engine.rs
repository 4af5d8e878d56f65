//! Whether the engine can run the default model here: loads it and decodes one
//! word, which finds what no look at files can.

use std::time::Instant;

use super::Check;
use crate::cli::author::{EngineKind, author};
use crate::cli::exit::Failure;
use crate::config::Settings;
use crate::engine::{Batch, Branch, Finish, Goal, Prefix, Shape};
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
    match one_word(store) {
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

fn one_word(store: &Store) -> Result<String, Failure> {
    let mut settings = Settings::load(None)?;
    settings.engine.context_tokens = CONTEXT_TOKENS;
    let Author::Model(engine) = author(EngineKind::Llama, None, store, &settings)? else {
        return Ok(String::new());
    };
    let prefix = Prefix {
        system: "Answer in one word.".into(),
        user: "Is water wet?".into(),
    };
    let branch = Branch {
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
