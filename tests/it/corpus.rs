//! The seeds of the fuzz targets, tried as a test: what a target promises holds for each
//! input that was kept. `make fuzz` looks for new ones, which takes a build of its own and
//! minutes; this takes neither, and so runs always.

use std::path::{Path, PathBuf};

use targets::{decode, html, markdown, plain, render, request, sentences, url, wxr};

/// They are a library there, and say by a panic that a promise is broken.
#[allow(unreachable_pub, clippy::expect_used)]
#[path = "../../fuzz/src/lib.rs"]
mod targets;

/// What tries one input.
type Target = fn(&[u8]);

const TARGETS: [(&str, Target); 9] = [
    ("decode", decode::run),
    ("html", |bytes| html::run(text(bytes))),
    ("markdown", |bytes| markdown::run(text(bytes))),
    ("plain", |bytes| plain::run(text(bytes))),
    ("render", |bytes| render::run(text(bytes))),
    ("request", |bytes| request::Service::start().run(bytes)),
    ("sentences", |bytes| sentences::run(text(bytes))),
    ("url", |bytes| url::run(text(bytes))),
    ("wxr", wxr::run),
];

/// As the fuzzer makes a text of an input: as far as it is one.
fn text(bytes: &[u8]) -> &str {
    let end = match std::str::from_utf8(bytes) {
        Ok(text) => text.len(),
        Err(error) => error.valid_up_to(),
    };
    std::str::from_utf8(&bytes[..end]).unwrap()
}

fn fuzz(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz")
        .join(path)
}

/// Names in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn every_seed_keeps_the_promises_of_its_target() {
    for (name, run) in TARGETS {
        let folder = fuzz("corpus").join(name);
        // What a fuzzer has found here since lies beside them, and is not committed.
        let seeds = names(&folder)
            .into_iter()
            .filter(|it| it.starts_with("seed"));
        let mut tried = 0;
        for seed in seeds {
            println!("{name}/{seed}");
            run(&std::fs::read(folder.join(seed)).unwrap());
            tried += 1;
        }
        assert!(tried > 0, "{name} has no seed");
    }
}

#[test]
fn every_target_is_among_them() {
    let known: Vec<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&fuzz("corpus")), known);
    let targets = names(&fuzz("fuzz_targets"));
    let targets: Vec<&str> = targets
        .iter()
        .filter_map(|it| it.strip_suffix(".rs"))
        .collect();
    assert_eq!(targets, known);
    let makefile = include_str!("../../Makefile");
    let listed = makefile
        .lines()
        .find_map(|line| line.strip_prefix("FUZZ_TARGETS ?= "));
    let mut listed: Vec<&str> = listed.unwrap().split_whitespace().collect();
    listed.sort_unstable();
    assert_eq!(listed, known);
}
