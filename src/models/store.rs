//! The store: a directory of model files, and what is known of each. Hands out
//! only files that were compared with the catalogue, or that a user named by
//! path. Changes nothing but the sidecar notes; fetching is `pull`'s business, copies in
//! another layout that of `copies`.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Catalog, Checksum, Entry, Model, ModelError, sidecar};

/// What every GGUF file starts with.
pub(super) const GGUF_MAGIC: &[u8; 4] = b"GGUF";

/// A directory of models, and the catalogue of what may lie in it.
#[derive(Debug, Clone)]
pub struct Store {
    directory: PathBuf,
    catalog: Catalog,
}

/// A model file that may be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFile {
    /// Catalogue name, name of a copy, or the file's name.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its hash, computed from the file, now or when it was verified.
    pub sha256: Checksum,
    /// For a copy, the hash of the file that it was made from.
    pub source_sha256: Option<Checksum>,
    /// Tokens that the model attends to, if the catalogue knows.
    pub context_tokens: Option<usize>,
}

/// What is known of a model's file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// There, and unchanged since its hash was right.
    Verified,
    /// There with the right size; not yet hashed, or changed since.
    Unverified,
    /// There with the wrong size.
    Damaged,
    /// Not there.
    Absent,
}

impl Store {
    /// The store in `directory`, or in the user's data directory.
    ///
    /// # Errors
    /// [`ModelError::NoDirectory`] when none is given and there is no home.
    pub fn new(directory: Option<PathBuf>) -> Result<Self, ModelError> {
        let directory = directory.filter(|directory| !directory.as_os_str().is_empty());
        let data_home = std::env::var_os("XDG_DATA_HOME");
        let directory = directory
            .or_else(|| default_directory(data_home, std::env::home_dir()))
            .ok_or(ModelError::NoDirectory)?;
        Ok(Self::with_catalog(directory, Catalog::builtin()?))
    }

    /// A store with a catalogue of its own.
    #[must_use]
    pub fn with_catalog(directory: PathBuf, catalog: Catalog) -> Self {
        // Subprocesses run elsewhere, and users copy printed paths.
        let directory = std::path::absolute(&directory).unwrap_or(directory);
        Self { directory, catalog }
    }

    /// Where the files lie. It need not exist yet.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// What may lie there.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Where the model's file is, or would be.
    #[must_use]
    pub fn path(&self, model: &Model) -> PathBuf {
        self.directory.join(&model.file)
    }

    /// What can be said of the model without reading its file.
    #[must_use]
    pub fn state(&self, model: &Model) -> State {
        let path = self.path(model);
        match fs::metadata(&path) {
            Err(_) => State::Absent,
            Ok(metadata) if !metadata.is_file() || metadata.len() != model.bytes => State::Damaged,
            Ok(metadata) if sidecar::vouches(&path, &metadata, &model.sha256) => State::Verified,
            Ok(_) => State::Unverified,
        }
    }

    /// The file for a name of the catalogue or of a copy, or for the path of any `.gguf`
    /// file. What has a name is hashed unless it is unchanged since its last
    /// verification; a file given by path is hashed each time.
    ///
    /// # Errors
    /// When the name is unknown, or the file is absent, damaged or unreadable.
    pub fn resolve(&self, name_or_path: &str) -> Result<ModelFile, ModelError> {
        if is_path(name_or_path) {
            return self.resolve_path(Path::new(name_or_path));
        }
        match self.entry(name_or_path)? {
            Entry::Published(model) => self.verified(model),
            Entry::Copy(copy) => self.verified_copy(copy),
        }
    }

    /// The model's file, hashed unless it is unchanged since its last verification.
    ///
    /// # Errors
    /// When the file is absent, damaged or unreadable.
    pub fn verified(&self, model: &Model) -> Result<ModelFile, ModelError> {
        match self.state(model) {
            State::Verified => Ok(self.file(model)),
            _ => self.verify(model),
        }
    }

    /// The model's file, hashed now.
    ///
    /// # Errors
    /// When the file is absent, damaged or unreadable.
    pub fn verify(&self, model: &Model) -> Result<ModelFile, ModelError> {
        let path = self.path(model);
        let (metadata, file) = open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ModelError::Absent {
                name: model.name.clone(),
                path: path.clone(),
            },
            _ => ModelError::io("open", &path)(error),
        })?;
        let outcome = compare(model, &path, &metadata, file);
        match &outcome {
            Ok(()) => sidecar::write(&path, &metadata, &model.sha256),
            Err(_) => sidecar::remove(&path),
        }
        outcome.map(|()| self.file(model))
    }

    /// Notes that the file just put in place was hashed on its way there.
    pub(super) fn note_verified(&self, model: &Model) -> Result<ModelFile, ModelError> {
        let path = self.path(model);
        let metadata = fs::metadata(&path).map_err(ModelError::io("read", &path))?;
        sidecar::write(&path, &metadata, &model.sha256);
        Ok(self.file(model))
    }

    fn file(&self, model: &Model) -> ModelFile {
        ModelFile {
            name: model.name.clone(),
            path: self.path(model),
            sha256: model.sha256.clone(),
            source_sha256: None,
            context_tokens: Some(model.context_tokens),
        }
    }

    fn resolve_path(&self, path: &Path) -> Result<ModelFile, ModelError> {
        let (_, mut file) = open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ModelError::NoFile(path.to_owned()),
            _ => ModelError::io("open", path)(error),
        })?;
        let mut magic = [0; GGUF_MAGIC.len()];
        let read = file.read_exact(&mut magic);
        if read.is_err() || &magic != GGUF_MAGIC {
            return Err(ModelError::NotGguf(path.to_owned()));
        }
        let sha256 = Checksum::of(magic.chain(file)).map_err(ModelError::io("read", path))?;
        let known = self.catalog.models().iter();
        let known = known.into_iter().find(|model| model.sha256 == sha256);
        let file_name = path.file_name().unwrap_or(path.as_os_str());
        Ok(ModelFile {
            name: known.map_or_else(
                || file_name.to_string_lossy().into_owned(),
                |model| model.name.clone(),
            ),
            path: path.to_owned(),
            sha256,
            source_sha256: None,
            context_tokens: known.map(|model| model.context_tokens),
        })
    }
}

/// Whether the user means a file rather than a name of the catalogue.
fn is_path(name_or_path: &str) -> bool {
    let extension = Path::new(name_or_path).extension();
    extension.is_some_and(|extension| extension.eq_ignore_ascii_case("gguf"))
        || name_or_path.contains(std::path::is_separator)
}

/// The XDG data directory's `afterword/models`. A relative `XDG_DATA_HOME` is
/// ignored, as the specification asks.
fn default_directory(data_home: Option<OsString>, home: Option<PathBuf>) -> Option<PathBuf> {
    let data_home = data_home
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let home = home.filter(|path| !path.as_os_str().is_empty());
    let data_home = data_home.or_else(|| Some(home?.join(".local/share")))?;
    Some(data_home.join("afterword").join("models"))
}

pub(super) fn open(path: &Path) -> io::Result<(Metadata, File)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    Ok((metadata, file))
}

fn compare(model: &Model, path: &Path, metadata: &Metadata, file: File) -> Result<(), ModelError> {
    if metadata.len() != model.bytes {
        return Err(ModelError::WrongSize {
            path: path.to_owned(),
            expected: model.bytes,
            actual: metadata.len(),
        });
    }
    let actual = Checksum::of(file).map_err(ModelError::io("read", path))?;
    if actual != model.sha256 {
        return Err(ModelError::WrongHash {
            path: path.to_owned(),
            expected: model.sha256.clone(),
            actual,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
