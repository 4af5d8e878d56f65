//! What the store says of copies: how they are named, kept, found unchanged, and refused.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::*;
use crate::models::testing::{model, store as store_of};
use crate::models::{Catalog, Entry};

const SOURCE: &[u8] = b"GGUF and a little more";
const COPY: &[u8] = b"GGUF and a little less";
const NAME: &str = "tiny+q4_0";

fn made() -> Made {
    Made {
        quantiser: "quantiser 1".to_owned(),
        measured: serde_json::json!({ "gain_percent": 12.5 }),
    }
}

/// A store with the model, and nothing else.
fn store() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let model = model(SOURCE);
    let store = store_of(directory.path(), &model);
    fs::write(store.path(&model), SOURCE).unwrap();
    (directory, store)
}

fn keep(store: &Store) -> ModelFile {
    let draft = store.draft_copy(store.copy(NAME).unwrap()).unwrap();
    fs::write(draft.path(), COPY).unwrap();
    draft.keep(made()).unwrap()
}

/// The same with a copy.
fn filled() -> (tempfile::TempDir, Store, ModelFile) {
    let (directory, store) = store();
    let kept = keep(&store);
    (directory, store, kept)
}

#[track_caller]
fn fault(store: &Store) -> CopyFault {
    match store.resolve(NAME).unwrap_err() {
        ModelError::Copy { fault, .. } => fault,
        error => panic!("{error}"),
    }
}

fn change_note(file: &ModelFile, from: &str, to: &str) {
    let path = note::path(&file.path);
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.contains(from), "{written}");
    fs::write(path, written.replace(from, to)).unwrap();
}

fn touch(path: &Path) {
    let later = SystemTime::now() + Duration::from_secs(7);
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(later).unwrap();
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_copy_is_named_by_its_model_and_its_layout() {
    let (_directory, store) = store();
    for layout in Layout::ALL {
        let name = format!("tiny+{layout}");
        let copy = store.copy(&name).unwrap();
        assert_eq!((copy.layout, copy.name()), (layout, name));
        assert!(copy.file().ends_with(".gguf"));
    }
    for name in [
        "tiny",
        "tiny+",
        "tiny+q5_0",
        "+q4_0",
        "other+q4_0",
        "tiny+q4_0+q4_0",
    ] {
        assert_eq!(store.copy(name), None, "{name}");
        let error = store.entry(name).map(|it| it.name());
        assert!(error.is_err() || name == "tiny", "{name}");
    }
}

#[test]
fn no_name_of_the_catalogue_is_that_of_a_copy() {
    for model in Catalog::builtin().unwrap().models() {
        assert!(!model.name.contains(JOINT) && !model.file.contains(JOINT));
    }
}

#[test]
fn a_kept_copy_is_used_by_its_name_and_tells_both_hashes() {
    let (directory, store, kept) = filled();
    let file = store.resolve(NAME).unwrap();
    assert_eq!(file, kept);
    assert_eq!((file.name.as_str(), file.context_tokens), (NAME, Some(128)));
    assert_eq!(file.sha256, Checksum::of(COPY).unwrap());
    assert_eq!(file.source_sha256, Some(Checksum::of(SOURCE).unwrap()));
    assert_eq!(store.resolve("tiny").unwrap().source_sha256, None);
    let there = names(directory.path());
    assert!(
        there.iter().all(|name| !name.contains(".part")),
        "{there:?}"
    );
    let note = fs::read_to_string(note::path(&file.path)).unwrap();
    assert!(
        note.contains("quantiser 1") && note.contains("12.5"),
        "{note}"
    );
}

#[test]
fn copies_are_found_beside_the_models() {
    let (_directory, store) = store();
    assert!(store.copies().is_empty());
    assert_eq!(
        store.copy_facts(store.copy(NAME).unwrap()).state,
        State::Absent
    );
    let kept = keep(&store);
    let entries = store.entries();
    let entries: Vec<String> = entries.iter().map(Entry::name).collect();
    assert_eq!(entries, ["tiny", NAME]);
    let facts = store.copy_facts(store.copies()[0]);
    assert_eq!(facts.state, State::Verified);
    assert_eq!(
        (facts.bytes, facts.sha256),
        (COPY.len() as u64, Some(kept.sha256))
    );
}

#[test]
fn an_absent_copy_names_where_it_would_be_and_how_it_is_made() {
    let (_directory, store) = store();
    let error = store.resolve(NAME).unwrap_err();
    assert_eq!(error.code(), "model_absent");
    assert!(error.to_string().contains("tiny+q4_0.gguf"), "{error}");
    assert!(error.hint().contains("models optimise"));
    let entry = store.entry(NAME).unwrap();
    assert!(store.entry_path(entry).is_err());
}

#[test]
fn a_copy_without_a_readable_note_is_refused() {
    let (_directory, store, kept) = filled();
    let path = note::path(&kept.path);
    for broken in ["", "{}", "null", "{\"source\": \"tiny\"}"] {
        fs::write(&path, broken).unwrap();
        assert_eq!(fault(&store), CopyFault::NoNote, "{broken}");
    }
    fs::remove_file(path).unwrap();
    assert_eq!(fault(&store), CopyFault::NoNote);
    let facts = store.copy_facts(store.copy(NAME).unwrap());
    assert_eq!((facts.state, facts.sha256), (State::Damaged, None));
}

#[test]
fn the_note_of_another_copy_is_no_note() {
    let (_directory, store, kept) = filled();
    change_note(&kept, "\"q4_0\"", "\"iq4_nl\"");
    let (model, layout) = ("tiny".to_owned(), Layout::Iq4Nl);
    assert_eq!(fault(&store), CopyFault::NoteOfAnother { model, layout });
}

#[test]
fn a_copy_of_a_file_that_the_catalogue_has_no_more_is_refused() {
    let (directory, _store, _kept) = filled();
    let newer = model(b"GGUF, another edition.");
    let store = store_of(directory.path(), &newer);
    let fault = fault(&store);
    assert!(
        matches!(&fault, CopyFault::OtherSource { expected, .. } if *expected == newer.sha256),
        "{fault}"
    );
    let error = store.resolve(NAME).unwrap_err();
    assert_eq!(error.code(), "copy_unusable");
    assert!(error.to_string().contains(newer.sha256.as_str()), "{error}");
}

#[test]
fn a_copy_that_has_changed_is_refused() {
    let (_directory, store, kept) = filled();
    fs::write(&kept.path, &COPY[..9]).unwrap();
    let (expected, actual) = (COPY.len() as u64, 9);
    assert_eq!(fault(&store), CopyFault::WrongSize { expected, actual });
    fs::write(&kept.path, b"GGUF and a little lass").unwrap();
    touch(&kept.path);
    let copy = store.copy(NAME).unwrap();
    assert_eq!(store.copy_facts(copy).state, State::Unverified);
    assert!(matches!(fault(&store), CopyFault::WrongHash { .. }));
}

#[test]
fn a_copy_that_was_moved_is_hashed_once() {
    let (_directory, store, kept) = filled();
    touch(&kept.path);
    let copy = store.copy(NAME).unwrap();
    assert_eq!(store.copy_facts(copy).state, State::Unverified);
    assert_eq!(store.resolve(NAME).unwrap(), kept);
    assert_eq!(store.copy_facts(copy).state, State::Verified);
}

#[test]
fn what_is_vouched_for_is_hashed_on_request() {
    let (_directory, store, kept) = filled();
    let modified = fs::metadata(&kept.path).unwrap().modified().unwrap();
    fs::write(&kept.path, b"GGUF and a little lass").unwrap();
    let file = File::options().write(true).open(&kept.path).unwrap();
    file.set_modified(modified).unwrap();
    assert!(store.resolve(NAME).is_ok(), "size and time are the same");
    let entry = store.entry(NAME).unwrap();
    assert!(matches!(
        store.verify_entry(entry),
        Err(ModelError::Copy {
            fault: CopyFault::WrongHash { .. },
            ..
        })
    ));
    assert!(
        store.resolve(NAME).is_err(),
        "what is known is not forgotten"
    );
}

#[test]
fn a_draft_that_is_not_kept_leaves_nothing() {
    let (directory, store) = store();
    let copy = store.copy(NAME).unwrap();
    let draft = store.draft_copy(copy).unwrap();
    fs::write(draft.path(), COPY).unwrap();
    assert_eq!(draft.written(), COPY.len() as u64);
    let partial = draft.path().to_owned();
    drop(draft);
    assert!(!partial.exists());
    assert!(
        names(directory.path())
            .iter()
            .all(|name| !name.contains(JOINT))
    );
}

#[test]
fn a_draft_takes_the_place_of_one_that_was_killed() {
    let (_directory, store) = store();
    let copy = store.copy(NAME).unwrap();
    let draft = store.draft_copy(copy).unwrap();
    let partial = draft.path().to_owned();
    drop(draft);
    fs::write(&partial, b"half a co").unwrap();
    let draft = store.draft_copy(copy).unwrap();
    assert_eq!((draft.written(), partial.exists()), (0, false));
}

#[test]
fn two_drafts_do_not_meet() {
    let (_directory, store) = store();
    let copy = |name| store.copy(name).unwrap();
    let _draft = store.draft_copy(copy(NAME)).unwrap();
    let second = store.draft_copy(copy("tiny+iq4_nl"));
    assert!(matches!(second, Err(ModelError::Busy { .. })));
}

#[test]
fn a_copy_that_was_not_written_to_its_end_is_not_kept() {
    let (_directory, store) = store();
    for torn in [&b""[..], b"GG", &[0; 64]] {
        let draft = store.draft_copy(store.copy(NAME).unwrap()).unwrap();
        fs::write(draft.path(), torn).unwrap();
        let error = draft.keep(made()).unwrap_err();
        let fault = CopyFault::Torn;
        assert!(
            matches!(&error, ModelError::Copy { fault: it, .. } if *it == fault),
            "{error}"
        );
        assert!(store.copies().is_empty());
    }
}

#[test]
fn a_disk_without_room_is_told_before_anything_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let mut huge = model(SOURCE);
    huge.bytes = u64::MAX / 2;
    let store = store_of(directory.path(), &huge);
    let error = store.draft_copy(store.copy(NAME).unwrap()).unwrap_err();
    assert!(matches!(error, ModelError::DiskFull { .. }), "{error}");
}

#[test]
fn an_earlier_copy_gives_way_and_a_draft_leaves_it_alone() {
    let (_directory, store, kept) = filled();
    let draft = store.draft_copy(store.copy(NAME).unwrap()).unwrap();
    fs::write(draft.path(), b"GGUF once more").unwrap();
    drop(draft);
    assert_eq!(store.resolve(NAME).unwrap(), kept);
    let draft = store.draft_copy(store.copy(NAME).unwrap()).unwrap();
    fs::write(draft.path(), b"GGUF once more").unwrap();
    let newer = draft.keep(made()).unwrap();
    assert_ne!(newer.sha256, kept.sha256);
    assert_eq!(store.resolve(NAME).unwrap(), newer);
}
