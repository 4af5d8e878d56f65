//! Copies of the tests' model in another layout, made by the program: measured, kept,
//! used by name, and refused when something is wrong with them.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use afterword::models::{Catalog, Checksum};
use serde_json::Value;
use tempfile::TempDir;

use super::{MODEL, UNUSABLE, alone, model};
use crate::articles::BRIDGE;
use crate::program::{Ended, program};

const COPY: &str = "smollm2-135m-instruct+q4_0";

/// A models directory with the tests' model in it, and nothing else.
fn directory() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let model = model();
    let target = folder.path().join(model.path.file_name().unwrap());
    // Another file system has no links to this one.
    if fs::hard_link(&model.path, &target).is_err() {
        fs::copy(&model.path, &target).unwrap();
    }
    folder
}

/// The program with models in this directory, and an article as its input.
fn run(directory: &Path, arguments: &[&str]) -> Ended {
    let mut child = program()
        .args(arguments)
        .arg("--models-dir")
        .arg(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Not every command reads it.
    let _ = child.stdin.take().unwrap().write_all(BRIDGE.as_bytes());
    Ended::of(child.wait_with_output().unwrap())
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

/// What `models list --json` says of a name.
fn listed(directory: &Path, name: &str) -> Option<Value> {
    let told = run(directory, &["models", "list", "--json"]).success();
    let models: Vec<Value> = serde_json::from_str(&told).unwrap();
    models.into_iter().find(|it| it["name"] == name)
}

fn source_sha256() -> String {
    let catalog = Catalog::builtin().unwrap();
    catalog.find(MODEL).unwrap().sha256.to_string()
}

#[test]
fn a_copy_is_made_measured_kept_and_used() {
    let _alone = alone();
    let folder = directory();
    let directory = folder.path();
    assert_eq!(listed(directory, COPY), None);
    let absent = run(directory, &["digest", "-", "--model", COPY]);
    absent.refused(UNUSABLE, COPY);

    let optimise = ["models", "optimise", MODEL, "--layout", "q4_0", "--keep"];
    let told = run(directory, &optimise).success();
    for part in [
        "prefill",
        "8 branches",
        "1 branch",
        "gain: ",
        "kept: ",
        COPY,
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let there = names(directory);
    assert!(there.iter().all(|it| !it.contains(".part")), "{there:?}");

    let path = PathBuf::from(run(directory, &["models", "path", COPY]).success().trim());
    let sha256 = Checksum::of(fs::File::open(&path).unwrap()).unwrap();
    let entry = listed(directory, COPY).unwrap();
    assert_eq!(entry["state"], "verified");
    assert_eq!(entry["sha256"], sha256.as_str());
    assert_eq!(entry["source_sha256"], source_sha256());
    noted(&path, &sha256);
    digested(directory, &sha256);
    refused_once_changed(directory, &path);
}

/// The note beside the copy.
fn noted(path: &Path, sha256: &Checksum) {
    let note = fs::read(format!("{}.json", path.display())).unwrap();
    let note: Value = serde_json::from_slice(&note).unwrap();
    assert_eq!(note["source"], MODEL);
    assert_eq!(note["source_sha256"], source_sha256());
    assert_eq!(note["layout"], "q4_0");
    assert_eq!(note["sha256"], sha256.as_str());
    assert_eq!(note["bytes"], fs::metadata(path).unwrap().len());
    for file in ["source", "copy"] {
        let figures = &note["measured"][file];
        for phase in [
            "prefill_per_second",
            "together_per_second",
            "alone_per_second",
        ] {
            assert!(figures[phase]["median"].as_f64() > Some(0.0), "{note}");
        }
    }
    assert_eq!(note["measured"]["gain_percent"]["count"], 3, "{note}");
}

/// A digest by the copy has both hashes.
fn digested(directory: &Path, sha256: &Checksum) {
    let arguments = [
        "digest", "-", "--model", COPY, "--format", "json", "--count", "1",
    ];
    let digest = run(directory, &arguments).digest();
    let provenance = digest.provenance;
    assert_eq!(provenance.model, COPY);
    assert_eq!(provenance.model_sha256, Some(sha256.to_string()));
    assert_eq!(provenance.model_source_sha256, Some(source_sha256()));
}

/// A byte more, and then no note.
fn refused_once_changed(directory: &Path, path: &Path) {
    let verify = ["models", "verify", MODEL, COPY];
    let told = run(directory, &verify).success();
    assert_eq!(told.matches("ok ").count(), 2, "{told}");
    let mut file = fs::File::options().append(true).open(path).unwrap();
    file.write_all(b"!").unwrap();
    let ended = run(directory, &verify);
    assert_eq!(ended.code, Some(UNUSABLE), "{}", ended.stderr);
    assert!(ended.stdout.contains("damaged"), "{}", ended.stdout);
    fs::remove_file(format!("{}.json", path.display())).unwrap();
    let ended = run(directory, &["digest", "-", "--model", COPY]);
    ended.refused(UNUSABLE, "no note beside it");
}

/// Ctrl-C while the copy is written or measured, whatever it is at.
#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_copy_leaves_nothing() {
    use std::process::Command;
    use std::time::{Duration, Instant};

    let _alone = alone();
    let folder = directory();
    let partial = folder.path().join(format!("{COPY}.gguf.part"));
    for patience in [Duration::ZERO, Duration::from_secs(2)] {
        let mut child = crate::program::isolated("env")
            .args(["--default-signal=INT", env!("CARGO_BIN_EXE_afterword")])
            .args(["models", "optimise", MODEL, "--models-dir"])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let started = Instant::now();
        while !partial.exists() {
            assert!(
                started.elapsed() < Duration::from_secs(60),
                "nothing is written"
            );
            assert!(child.try_wait().unwrap().is_none(), "it ended early");
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(patience);
        let id = child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &id])
                .status()
                .unwrap()
                .success()
        );
        let ended = Ended::of(child.wait_with_output().unwrap());
        assert_eq!(ended.code, Some(130), "{}", ended.stderr);
        assert!(ended.stderr.contains("nothing is kept"), "{}", ended.stderr);
        let there = names(folder.path());
        assert!(there.iter().all(|it| !it.contains('+')), "{there:?}");
    }
}
