//! The files of a run: `results.jsonl` with digests, `errors.jsonl` with what has
//! none. A line is written whole, in one go; what a kill left of one is cut off
//! before anything is added. The files say themselves what was written, so that
//! they cannot disagree with anything.
//!
//! A line that replaces an earlier one is added, and the earlier one taken out at
//! the end: whoever reads meanwhile takes the later.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fs4::FileExt;
use serde::Deserialize;

use crate::archive::line::{Line, Outcome};

use super::{BackfillError, output_error};

/// Name of the file with digests.
pub const RESULTS: &str = "results.jsonl";
/// Name of the file with what has none.
pub const ERRORS: &str = "errors.jsonl";
const LOCK: &str = "lock";
/// Between two times that lines are made to outlive a loss of power.
const SYNC_EVERY: Duration = Duration::from_secs(5);

/// The files of a run, which nobody else writes.
#[derive(Debug)]
pub struct Output {
    sheets: [Sheet; 2],
    _lock: File,
    synced: Instant,
    /// The line that counts, of each article that was dealt with.
    live: HashMap<String, Place>,
}

/// A file, and its lines.
#[derive(Debug)]
struct Sheet {
    path: PathBuf,
    file: File,
    lines: Vec<Written>,
    end: u64,
}

/// A line of a file.
#[derive(Debug, Clone)]
struct Written {
    id: String,
    start: u64,
    length: usize,
}

/// Where a line is, and its article's place in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    sheet: usize,
    line: usize,
    position: u64,
}

/// What was written before, by article.
#[derive(Debug, Clone, Default)]
pub struct Known(HashMap<String, Vec<Earlier>>);

#[derive(Debug, Clone)]
struct Earlier {
    key: String,
    status: Outcome,
    sheet: usize,
    line: usize,
}

impl Known {
    /// What was written in a folder, which is left as it is.
    ///
    /// # Errors
    /// [`BackfillError::Output`] when its files cannot be read.
    pub fn look(folder: &Path) -> Result<Self, BackfillError> {
        let mut known = Self::default();
        for (sheet, name) in [RESULTS, ERRORS].into_iter().enumerate() {
            let path = folder.join(name);
            match File::open(&path) {
                Ok(file) => {
                    let (lines, _) = load(file, sheet, &mut known).map_err(output_error(&path))?;
                    drop(lines);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(output_error(&path)(error)),
            }
        }
        Ok(known)
    }

    /// Whether there is a line of exactly this. What failed is tried again.
    #[must_use]
    pub fn is_current(&self, id: &str, key: &str) -> bool {
        self.current(id, key).is_some()
    }

    /// Whether it was tried in vain before.
    #[must_use]
    pub fn has_failed(&self, id: &str) -> bool {
        let lines = self.0.get(id).into_iter().flatten();
        lines.into_iter().any(|it| it.status == Outcome::Failed)
    }

    fn current(&self, id: &str, key: &str) -> Option<&Earlier> {
        let lines = self.0.get(id)?;
        lines
            .iter()
            .find(|it| it.key == key && it.status != Outcome::Failed)
    }
}

/// What is read of an earlier line.
#[derive(Deserialize)]
struct Head {
    custom_id: String,
    status: Outcome,
    #[serde(default)]
    key: String,
}

impl Output {
    /// Opens the files of a folder, and repairs what a kill left of them.
    ///
    /// # Errors
    /// [`BackfillError`] when they cannot be opened, or another run has them.
    pub fn open(folder: &Path) -> Result<(Self, Known), BackfillError> {
        std::fs::create_dir_all(folder).map_err(output_error(folder))?;
        let lock = lock(folder)?;
        let mut known = Known::default();
        let mut open = |sheet: usize, name: &str| {
            let path = folder.join(name);
            Sheet::open(&path, sheet, &mut known).map_err(output_error(&path))
        };
        let sheets = [open(0, RESULTS)?, open(1, ERRORS)?];
        let output = Self {
            sheets,
            _lock: lock,
            synced: Instant::now(),
            live: HashMap::new(),
        };
        Ok((output, known))
    }

    /// Writes a line; `position` is its article's place in the source.
    ///
    /// # Errors
    /// [`BackfillError::Output`] when it cannot be written.
    pub fn write(&mut self, line: &Line, position: u64) -> Result<(), BackfillError> {
        let sheet = usize::from(line.status != Outcome::Done);
        let written = self.sheets[sheet].write(line);
        let at = written.map_err(output_error(&self.sheets[sheet].path))?;
        let place = Place {
            sheet,
            line: at,
            position,
        };
        self.live.insert(line.custom_id.clone(), place);
        if self.synced.elapsed() >= SYNC_EVERY {
            self.sync()?;
        }
        Ok(())
    }

    /// Has an earlier line stand.
    pub fn keep(&mut self, known: &Known, id: &str, key: &str, position: u64) {
        if let Some(earlier) = known.current(id, key) {
            let place = Place {
                sheet: earlier.sheet,
                line: earlier.line,
                position,
            };
            self.live.insert(id.to_owned(), place);
        }
    }

    /// Makes what was written outlive a loss of power.
    ///
    /// # Errors
    /// [`BackfillError::Output`] when the disk refuses.
    pub fn sync(&mut self) -> Result<(), BackfillError> {
        for sheet in &self.sheets {
            sheet.file.sync_data().map_err(output_error(&sheet.path))?;
        }
        self.synced = Instant::now();
        Ok(())
    }

    /// Takes out lines that others have replaced and, when the files have to be
    /// `ordered`, puts them in the order of the source. Lines of articles that were not
    /// among those of this run stay, at the end. Tells how many digests there are.
    ///
    /// # Errors
    /// [`BackfillError::Output`] when the files cannot be written.
    pub fn finish(&mut self, ordered: bool) -> Result<u64, BackfillError> {
        self.sync()?;
        let mut digests = 0;
        for sheet in 0..self.sheets.len() {
            let kept = self.kept(sheet, ordered);
            if sheet == 0 {
                digests = kept.len() as u64;
            }
            let is_as_it_is = kept.len() == self.sheets[sheet].lines.len()
                && kept.iter().enumerate().all(|(at, line)| at == *line);
            if !is_as_it_is {
                let sheet = &mut self.sheets[sheet];
                sheet.rewrite(&kept).map_err(output_error(&sheet.path))?;
            }
        }
        Ok(digests)
    }

    /// The lines of a file that stay, in their order.
    fn kept(&self, sheet: usize, ordered: bool) -> Vec<usize> {
        let lines = &self.sheets[sheet].lines;
        let mut last: HashMap<&str, usize> = HashMap::new();
        for (at, line) in lines.iter().enumerate() {
            last.insert(&line.id, at);
        }
        let stays = |(at, line): (usize, &Written)| match self.live.get(&line.id) {
            Some(live) => (live.sheet == sheet && live.line == at).then_some((live.position, at)),
            None => (last.get(line.id.as_str()) == Some(&at)).then_some((u64::MAX, at)),
        };
        let mut kept: Vec<(u64, usize)> = lines.iter().enumerate().filter_map(stays).collect();
        if ordered {
            kept.sort_unstable();
        }
        kept.into_iter().map(|(_, at)| at).collect()
    }
}

impl Sheet {
    /// Opens a file, and cuts off what is no line: of a write that was interrupted, or
    /// what a disk made up after a loss of power.
    fn open(path: &Path, sheet: usize, known: &mut Known) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).read(true).open(path)?;
        let (lines, end) = load(file.try_clone()?, sheet, known)?;
        if file.metadata()?.len() != end {
            file.set_len(end)?;
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            lines,
            end,
        })
    }

    fn push(&mut self, id: String, length: usize) {
        self.lines.push(Written {
            id,
            start: self.end,
            length,
        });
        self.end += length as u64;
    }

    fn write(&mut self, line: &Line) -> io::Result<usize> {
        let mut text = serde_json::to_vec(line).map_err(io::Error::other)?;
        text.push(b'\n');
        self.file.write_all(&text)?;
        self.push(line.custom_id.clone(), text.len());
        Ok(self.lines.len() - 1)
    }

    fn rewrite(&mut self, kept: &[usize]) -> io::Result<()> {
        let beside = self.path.with_extension("new");
        let mut new = io::BufWriter::new(File::create(&beside)?);
        let mut old = File::open(&self.path)?;
        for at in kept {
            let line = &self.lines[*at];
            old.seek(SeekFrom::Start(line.start))?;
            io::copy(
                &mut Read::by_ref(&mut old).take(line.length as u64),
                &mut new,
            )?;
        }
        new.into_inner().map_err(io::Error::other)?.sync_all()?;
        std::fs::rename(&beside, &self.path)?;
        self.file = OpenOptions::new()
            .append(true)
            .read(true)
            .open(&self.path)?;
        Ok(())
    }
}

/// The lines of a file, up to the first that is none, and where they end.
fn load(mut file: File, sheet: usize, known: &mut Known) -> io::Result<(Vec<Written>, u64)> {
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::new(file);
    let (mut lines, mut end, mut bytes) = (Vec::<Written>::new(), 0, Vec::new());
    loop {
        bytes.clear();
        let length = reader.read_until(b'\n', &mut bytes)?;
        let head = serde_json::from_slice::<Head>(&bytes);
        let (Ok(head), Some(b'\n')) = (head, bytes.last()) else {
            return Ok((lines, end));
        };
        let earlier = Earlier {
            key: head.key,
            status: head.status,
            sheet,
            line: lines.len(),
        };
        let id = head.custom_id;
        known.0.entry(id.clone()).or_default().push(earlier);
        lines.push(Written {
            id,
            start: end,
            length,
        });
        end += length as u64;
    }
}

fn lock(folder: &Path) -> Result<File, BackfillError> {
    let path = folder.join(LOCK);
    let file = OpenOptions::new().create(true).append(true).open(&path);
    let file = file.map_err(output_error(&path))?;
    match FileExt::try_lock(&file) {
        Ok(()) => Ok(file),
        Err(fs4::TryLockError::WouldBlock) => Err(BackfillError::Busy {
            path: folder.to_owned(),
        }),
        Err(fs4::TryLockError::Error(error)) => Err(output_error(&path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, key: &str, status: Outcome) -> Line {
        Line {
            key: key.to_owned(),
            ..Line::without_digest(id, status, "code", "detail")
        }
    }

    fn ids(folder: &Path, name: &str) -> Vec<String> {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let head = |line: &str| serde_json::from_str::<Head>(line).unwrap();
        text.lines()
            .map(|it| format!("{}/{}", head(it).custom_id, head(it).key))
            .collect()
    }

    #[test]
    fn a_torn_line_is_cut_off_and_lines_are_known_again() {
        let folder = tempfile::tempdir().unwrap();
        let (mut output, _) = Output::open(folder.path()).unwrap();
        output.write(&line("a", "1", Outcome::Done), 1).unwrap();
        output.write(&line("b", "1", Outcome::Refused), 2).unwrap();
        output.write(&line("c", "1", Outcome::Failed), 3).unwrap();
        assert!(matches!(
            Output::open(folder.path()),
            Err(BackfillError::Busy { .. })
        ));
        drop(output);
        for torn in ["{\"custom_id\":\"d\",\"status\":\"do", "\0\0\0\0\n"] {
            let path = folder.path().join(RESULTS);
            let mut file = OpenOptions::new().append(true).open(path).unwrap();
            file.write_all(torn.as_bytes()).unwrap();
            let (_, known) = Output::open(folder.path()).unwrap();
            assert_eq!(ids(folder.path(), RESULTS), ["a/1"]);
            assert!(known.is_current("a", "1") && known.is_current("b", "1"));
            assert!(!known.is_current("a", "2") && !known.is_current("c", "1"));
            assert!(known.has_failed("c") && !known.has_failed("b"));
        }
    }

    #[test]
    fn replaced_lines_go_and_order_is_the_source_s() {
        let folder = tempfile::tempdir().unwrap();
        let (mut output, _) = Output::open(folder.path()).unwrap();
        for (id, key) in [("c", "1"), ("a", "1"), ("old", "1"), ("b", "1")] {
            output.write(&line(id, key, Outcome::Done), 9).unwrap();
        }
        drop(output);
        let (mut output, known) = Output::open(folder.path()).unwrap();
        output.write(&line("c", "2", Outcome::Done), 3).unwrap();
        output.write(&line("a", "2", Outcome::Refused), 1).unwrap();
        output.keep(&known, "b", "1", 2);
        assert_eq!(output.finish(false).unwrap(), 3);
        assert_eq!(ids(folder.path(), RESULTS), ["old/1", "b/1", "c/2"]);
        assert_eq!(ids(folder.path(), ERRORS), ["a/2"]);
        drop(output);
        let (mut output, known) = Output::open(folder.path()).unwrap();
        output.keep(&known, "c", "2", 1);
        output.keep(&known, "b", "1", 2);
        output.finish(true).unwrap();
        assert_eq!(ids(folder.path(), RESULTS), ["c/2", "b/1", "old/1"]);
    }
}
