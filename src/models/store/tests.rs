//! What the store says of files that are there, changed, damaged or absent.

use super::*;
use crate::models::testing::{model, store as store_of};
use std::time::{Duration, SystemTime};

const CONTENT: &[u8] = b"GGUF and a little more";

fn filled(content: &[u8]) -> (tempfile::TempDir, Store, Model) {
    let directory = tempfile::tempdir().unwrap();
    let model = model(CONTENT);
    let store = store_of(directory.path(), &model);
    fs::write(store.path(&model), content).unwrap();
    (directory, store, model)
}

#[test]
fn a_right_file_is_verified_once_and_then_vouched_for() {
    let (_directory, store, model) = filled(CONTENT);
    assert_eq!(store.state(&model), State::Unverified);
    let file = store.resolve("tiny").unwrap();
    assert_eq!(file.sha256, model.sha256);
    assert_eq!(file.context_tokens, Some(128));
    assert_eq!(store.state(&model), State::Verified);
}

#[test]
fn an_absent_file_names_where_it_would_be() {
    let directory = tempfile::tempdir().unwrap();
    let model = model(CONTENT);
    let store = store_of(directory.path(), &model);
    let error = store.resolve("tiny").unwrap_err();
    assert_eq!(error.code(), "model_absent");
    assert!(error.to_string().contains("tiny.gguf"));
    assert!(error.hint().contains("models pull"));
}

#[test]
fn a_truncated_file_names_both_sizes() {
    let (_directory, store, model) = filled(&CONTENT[..7]);
    assert_eq!(store.state(&model), State::Damaged);
    let message = store.resolve("tiny").unwrap_err().to_string();
    assert!(message.contains("7 bytes instead of 22"), "{message}");
}

#[test]
fn a_changed_byte_is_found_although_size_is_right() {
    let (_directory, store, model) = filled(b"GGUF and a little mare");
    let error = store.resolve("tiny").unwrap_err();
    assert!(matches!(error, ModelError::WrongHash { .. }), "{error}");
    assert_ne!(store.state(&model), State::Verified);
}

#[test]
fn a_change_after_verification_is_found() {
    let (_directory, store, model) = filled(CONTENT);
    store.verify(&model).unwrap();
    let path = store.path(&model);
    fs::write(&path, b"GGUF and a little mare").unwrap();
    let later = SystemTime::now() + Duration::from_secs(7);
    let file = File::options().write(true).open(&path).unwrap();
    file.set_modified(later).unwrap();
    assert_eq!(store.state(&model), State::Unverified);
    assert!(store.resolve("tiny").is_err());
    assert!(!sidecar::path(&path).exists());
}

#[test]
fn a_broken_or_foreign_note_vouches_for_nothing() {
    let (_directory, store, model) = filled(CONTENT);
    store.verify(&model).unwrap();
    let note = sidecar::path(&store.path(&model));
    let written = fs::read_to_string(&note).unwrap();
    let foreign = written.replace(model.sha256.as_str(), &"0".repeat(64));
    for broken in ["", "{}", "null", &foreign] {
        fs::write(&note, broken).unwrap();
        assert_eq!(store.state(&model), State::Unverified, "{broken}");
    }
    fs::write(&note, written).unwrap();
    assert_eq!(store.state(&model), State::Verified);
}

#[test]
fn any_gguf_is_resolved_by_path() {
    let (directory, store, _) = filled(CONTENT);
    let other = directory.path().join("other.GGUF");
    fs::write(&other, b"GGUF of another kind").unwrap();
    let file = store.resolve(other.to_str().unwrap()).unwrap();
    assert_eq!(file.name, "other.GGUF");
    assert_eq!(file.context_tokens, None);
    let expected = Checksum::of(&b"GGUF of another kind"[..]).unwrap();
    assert_eq!(file.sha256, expected);
}

#[test]
fn a_path_to_a_known_file_is_recognised_by_its_hash() {
    let (_directory, store, model) = filled(CONTENT);
    let path = store.path(&model);
    let file = store.resolve(path.to_str().unwrap()).unwrap();
    assert_eq!((file.name.as_str(), file.path), ("tiny", path));
}

#[test]
fn what_is_no_gguf_is_refused() {
    let (directory, store, _) = filled(CONTENT);
    for (name, content) in [("short.gguf", &b"GG"[..]), ("page.gguf", b"<html>")] {
        let path = directory.path().join(name);
        fs::write(&path, content).unwrap();
        let error = store.resolve(path.to_str().unwrap()).unwrap_err();
        assert!(matches!(error, ModelError::NotGguf(_)), "{error}");
    }
    let error = store.resolve("missing.gguf").unwrap_err();
    assert!(matches!(error, ModelError::NoFile(_)), "{error}");
    let folder = directory.path().join("folder.gguf");
    fs::create_dir(&folder).unwrap();
    assert!(store.resolve(folder.to_str().unwrap()).is_err());
}

#[test]
fn the_default_directory_follows_xdg() {
    let home = || Some(PathBuf::from("/home/ada"));
    let in_home = PathBuf::from("/home/ada/.local/share/afterword/models");
    let in_data = PathBuf::from("/data/afterword/models");
    assert_eq!(default_directory(None, home()), Some(in_home.clone()));
    assert_eq!(default_directory(Some("rel".into()), home()), Some(in_home));
    assert_eq!(default_directory(Some("/data".into()), None), Some(in_data));
    assert_eq!(default_directory(None, None), None);
    assert_eq!(default_directory(None, Some(PathBuf::new())), None);
}
