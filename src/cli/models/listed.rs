//! What `afterword models list` shows of a model or a copy of one.

use serde::Serialize;

use crate::models::{Checksum, Entry, Model, ModelCopy, State, Store};

/// One model or copy, as `list --json` prints it.
#[derive(Serialize)]
pub(super) struct Listed<'a> {
    name: String,
    default: bool,
    state: State,
    bytes: u64,
    licence: &'a str,
    context_tokens: usize,
    /// `null` for a copy whose note does not tell.
    sha256: Option<Checksum>,
    /// Of a copy only: hash of the file that it was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    source_sha256: Option<&'a Checksum>,
    path: String,
    note: String,
}

impl<'a> Listed<'a> {
    /// What the store says of it without reading its file.
    pub(super) fn of(store: &Store, entry: Entry<'a>) -> Self {
        match entry {
            Entry::Published(model) => Self::published(store, model),
            Entry::Copy(copy) => Self::copy(store, copy),
        }
    }

    fn published(store: &Store, model: &'a Model) -> Self {
        Self {
            name: model.name.clone(),
            default: model.default,
            state: store.state(model),
            bytes: model.bytes,
            licence: &model.licence,
            context_tokens: model.context_tokens,
            sha256: Some(model.sha256.clone()),
            source_sha256: None,
            path: store.path(model).display().to_string(),
            note: model.note.clone(),
        }
    }

    fn copy(store: &Store, copy: ModelCopy<'a>) -> Self {
        let facts = store.copy_facts(copy);
        let source = copy.source;
        Self {
            name: copy.name(),
            default: false,
            state: facts.state,
            bytes: facts.bytes,
            licence: &source.licence,
            context_tokens: source.context_tokens,
            sha256: facts.sha256,
            source_sha256: Some(&source.sha256),
            path: store.copy_path(copy).display().to_string(),
            note: format!("a copy of {} in {}, made here", source.name, copy.layout),
        }
    }

    /// The same for people.
    pub(super) fn row(&self) -> String {
        let mark = if self.default { "*" } else { " " };
        let Self {
            name,
            licence,
            path,
            note,
            ..
        } = self;
        let size = indicatif::DecimalBytes(self.bytes).to_string();
        let state = word(self.state);
        let sha256 = self.sha256.as_ref().map_or("unknown", Checksum::as_str);
        format!(
            "{mark} {name:<28} {size:>10}  {licence:<11} {state:<10} {path}\n    {note}\n    SHA-256 {sha256}\n"
        )
    }
}

fn word(state: State) -> &'static str {
    match state {
        State::Verified => "verified",
        State::Unverified => "unverified",
        State::Damaged => "damaged",
        State::Absent => "absent",
    }
}
