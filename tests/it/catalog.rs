//! `afterword models list`: of each model of the catalogue its licence, its hash, and
//! whether its file is there. What else the program may list is not looked at.

use std::path::Path;

use afterword::models::{Catalog, Model};
use serde_json::Value;

use super::program::run;

fn list(folder: &Path, more: &[&str]) -> String {
    let folder = folder.to_str().unwrap();
    let arguments = ["models", "list", "--models-dir", folder];
    run(&[&arguments[..], more].concat(), b"").success()
}

/// The line of a model, and those below it that are about it too.
fn entry<'a>(listed: &'a str, name: &str) -> Vec<&'a str> {
    let is_below = |line: &str| line.starts_with("    ");
    let is_its_own = |line: &&str| {
        let mut words = line.trim_start_matches('*').split_whitespace();
        !is_below(line) && words.next() == Some(name)
    };
    let mut lines = listed.lines().skip_while(|line| !is_its_own(line));
    let first = lines.next();
    let below = lines.take_while(|line| is_below(line));
    first.into_iter().chain(below).collect()
}

fn has_word(line: &str, word: &str) -> bool {
    line.split_whitespace().any(|it| it == word)
}

fn models() -> Vec<Model> {
    let models = Catalog::builtin().unwrap().models().to_vec();
    assert!(models.len() > 1, "{models:?}");
    models
}

#[test]
fn licences_and_hashes_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let listed = list(folder.path(), &[]);
    for model in models() {
        let entry = entry(&listed, &model.name);
        let first = entry.first().copied().unwrap_or_default();
        assert!(has_word(first, &model.licence), "{}: {listed}", model.name);
        assert!(has_word(first, "absent"), "{}: {listed}", model.name);
        assert_eq!(first.starts_with('*'), model.default, "{first}");
        let hash = format!("SHA-256 {}", model.sha256);
        let told = entry.iter().any(|line| line.trim() == hash);
        assert!(told, "{}: {listed}", model.name);
    }
}

#[test]
fn the_same_is_listed_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let damaged = &models()[1];
    std::fs::write(folder.path().join(&damaged.file), "a part of it").unwrap();
    let listed: Vec<Value> = serde_json::from_str(&list(folder.path(), &["--json"])).unwrap();
    for model in models() {
        let found: Vec<&Value> = listed
            .iter()
            .filter(|it| it["name"] == *model.name)
            .collect();
        assert_eq!(found.len(), 1, "{}: {listed:?}", model.name);
        assert_eq!(found[0]["sha256"], model.sha256.as_str());
        assert_eq!(found[0]["licence"], *model.licence);
        assert_eq!(found[0]["bytes"], model.bytes);
        assert_eq!(found[0]["default"], model.default);
        let is_damaged = model.name == damaged.name;
        assert_eq!(
            found[0]["state"],
            if is_damaged { "damaged" } else { "absent" }
        );
        let path = folder.path().join(&model.file).display().to_string();
        assert_eq!(found[0]["path"], path);
    }
    // And in words.
    let told = list(folder.path(), &[]);
    assert!(
        has_word(entry(&told, &damaged.name)[0], "damaged"),
        "{told}"
    );
}
