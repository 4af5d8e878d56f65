//! The models: is there a place for them, are they there, are they whole.

use std::fs;
use std::path::Path;

use indicatif::DecimalBytes;

use super::Check;
use crate::models::{Model, ModelError, State, Store};

const TEST_MODEL: &str = "smollm2-135m-instruct";

/// Whether the directory can be written to, and what fits.
pub(super) fn directory(store: &Store) -> Check {
    const NAME: &str = "models directory";
    let directory = store.directory();
    let shown = directory.display();
    // A pull creates what is missing: what exists above it decides.
    let Some(existing) = directory.ancestors().find(|path| path.is_dir()) else {
        return Check::fail(NAME, format!("{shown} cannot be created"), CHOOSE_ANOTHER);
    };
    let free = fs4::available_space(existing);
    let free = free.map_or_else(
        |_| "unknown".to_owned(),
        |free| DecimalBytes(free).to_string(),
    );
    let finding = format!("{shown}, {free} free");
    match is_writable(existing) {
        true => Check::ok(NAME, finding),
        false => Check::warn(
            NAME,
            format!("{finding}, not writable"),
            "models in it can be used, but not fetched; they are hashed at each start",
        ),
    }
}

const CHOOSE_ANOTHER: &str = "give another one with --models-dir or AFTERWORD_MODELS_DIR";

/// Only trying tells: permission bits know nothing of read-only mounts.
fn is_writable(directory: &Path) -> bool {
    let probe = directory.join(format!(".afterword-doctor-{}", std::process::id()));
    let written = fs::File::create_new(&probe).is_ok();
    if written {
        let _ = fs::remove_file(&probe);
    }
    written
}

/// Whether the default model can be run.
pub(super) fn default_model(store: &Store, full: bool) -> Check {
    const NAME: &str = "default model";
    let model = store.catalog().default_model();
    match state(store, model, full) {
        Ok(State::Verified) => Check::ok(NAME, format!("{}, verified", model.name)),
        Ok(State::Unverified) => Check::warn(
            NAME,
            format!("{}, right size, not hashed yet", model.name),
            "the next start hashes it; `afterword models verify` does so now",
        ),
        Ok(State::Absent) => Check::fail(
            NAME,
            format!("{} is not there", model.name),
            "run `afterword models pull`",
        ),
        Ok(State::Damaged) => Check::fail(
            NAME,
            format!("{} has the wrong size", model.name),
            "run `afterword models pull` to fetch it again",
        ),
        Err(error) => Check::fail(NAME, error.to_string(), error.hint()),
    }
}

fn state(store: &Store, model: &Model, full: bool) -> Result<State, ModelError> {
    match store.state(model) {
        State::Verified | State::Unverified if full => store.verify(model).map(|_| State::Verified),
        state => Ok(state),
    }
}

/// Whether the tests' model is there; digests do without.
pub(super) fn test_model(store: &Store) -> Check {
    const NAME: &str = "test model";
    match store
        .catalog()
        .find(TEST_MODEL)
        .map(|model| store.state(model))
    {
        Ok(State::Verified) => Check::ok(NAME, "verified"),
        Ok(State::Unverified) => Check::ok(NAME, "there, not hashed yet"),
        Ok(State::Absent) => Check::ok(NAME, "not there; only the tests need it"),
        Ok(State::Damaged) => Check::warn(
            NAME,
            "it has the wrong size",
            format!("run `afterword models pull {TEST_MODEL}` to fetch it again"),
        ),
        Err(error) => Check::fail(NAME, error.to_string(), error.hint()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn an_absent_default_model_fails_with_what_to_do() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::new(Some(directory.path().join("deep/models"))).unwrap();
        let check = default_model(&store, true);
        assert_eq!(check.level, Level::Fail);
        assert!(check.advice.contains("models pull"));
        assert_eq!(test_model(&store).level, Level::Ok);
    }

    #[test]
    fn a_truncated_model_fails() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::new(Some(directory.path().to_owned())).unwrap();
        let model = store.catalog().default_model();
        fs::write(store.path(model), b"GGUF").unwrap();
        assert_eq!(default_model(&store, false).level, Level::Fail);
    }

    #[test]
    fn looking_creates_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let store = Store::new(Some(parent.path().join("deep/models"))).unwrap();
        assert_eq!(super::directory(&store).level, Level::Ok);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }
}
