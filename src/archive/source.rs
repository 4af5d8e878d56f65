//! Opens an archive and tells what it is: by its name, else by its first bytes.
//! A gzip file is unpacked on the way.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::{ArchiveError, Bounds, Each, Out, feed, folder, jsonl, wxr};

/// The first bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// What is looked at to tell a format.
const SNIFFED: u64 = 64 * 1024;

/// The formats of archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Jsonl,
    /// A WordPress export.
    Wxr,
    /// RSS, Atom or JSON Feed.
    Feed,
    /// Files of HTML, Markdown and text.
    Folder,
    /// Parquet.
    Parquet,
}

/// Where an archive is, and what.
#[derive(Debug, Clone)]
pub struct Source {
    /// A file, a folder, or `-` for standard input.
    pub path: PathBuf,
    /// What it is; `None` to find out.
    pub format: Option<Format>,
}

impl Source {
    /// Gives all items to `each`, in order, until it says stop.
    ///
    /// # Errors
    /// [`ArchiveError`] when the archive cannot be read on; what is wrong with an
    /// item is told with the item.
    pub fn read(&self, bounds: &Bounds, each: &mut Each<'_>) -> Result<(), ArchiveError> {
        let mut out = Out::new(each);
        if self.path.is_dir() {
            return folder::read(self, bounds, &mut out).map(drop);
        }
        if self.format == Some(Format::Parquet) || has_extension(&self.path, "parquet") {
            return self.read_parquet(bounds, &mut out);
        }
        let reader = self.open()?;
        let (format, reader) = self.format(reader).map_err(|error| self.failed(error))?;
        match format {
            Some(Format::Jsonl) => jsonl::read(self, reader, bounds, &mut out).map(drop),
            Some(Format::Wxr) => wxr::read(self, reader, bounds, &mut out).map(drop),
            Some(Format::Feed) => feed::read(self, reader, bounds, &mut out).map(drop),
            Some(Format::Folder | Format::Parquet) | None => Err(ArchiveError::UnknownFormat {
                path: self.path.clone(),
            }),
        }
    }

    #[cfg(feature = "parquet")]
    fn read_parquet(&self, bounds: &Bounds, out: &mut Out<'_>) -> Result<(), ArchiveError> {
        if self.path == Path::new("-") {
            return Err(ArchiveError::NeedsFile);
        }
        super::parquet::read(self, bounds, out).map(drop)
    }

    #[cfg(not(feature = "parquet"))]
    fn read_parquet(&self, _bounds: &Bounds, _out: &mut Out<'_>) -> Result<(), ArchiveError> {
        Err(ArchiveError::NoParquet)
    }

    /// Opens it, and unpacks it on the way when it is a gzip file.
    ///
    /// # Errors
    /// [`ArchiveError::Read`] when it cannot be opened.
    pub fn open(&self) -> Result<Box<dyn BufRead>, ArchiveError> {
        self.reader().map_err(|error| self.failed(error))
    }

    fn reader(&self) -> io::Result<Box<dyn BufRead>> {
        let mut reader: Box<dyn BufRead> = if self.path == Path::new("-") {
            Box::new(BufReader::new(io::stdin()))
        } else {
            Box::new(BufReader::new(File::open(&self.path)?))
        };
        if reader.fill_buf()?.starts_with(&GZIP) {
            return Ok(Box::new(BufReader::new(MultiGzDecoder::new(reader))));
        }
        Ok(reader)
    }

    /// The format, and the reader with nothing taken from it.
    fn format(
        &self,
        mut reader: Box<dyn BufRead>,
    ) -> io::Result<(Option<Format>, Box<dyn BufRead>)> {
        let named = self.format.or_else(|| {
            let is_jsonl = ["jsonl", "ndjson"]
                .iter()
                .any(|it| has_extension(&self.path, it));
            is_jsonl.then_some(Format::Jsonl)
        });
        if named.is_some() {
            return Ok((named, reader));
        }
        let first = first_byte(reader.fill_buf()?);
        if first != Some(b'<') {
            // Somebody may write line by line: not a byte more than there is.
            return Ok(((first == Some(b'{')).then_some(Format::Jsonl), reader));
        }
        let mut head = Vec::new();
        reader.by_ref().take(SNIFFED).read_to_end(&mut head)?;
        let format = sniff(&head);
        Ok((format, Box::new(Cursor::new(head).chain(reader))))
    }

    pub(super) fn failed(&self, source: io::Error) -> ArchiveError {
        ArchiveError::Read {
            path: self.path.clone(),
            source,
        }
    }
}

fn first_byte(bytes: &[u8]) -> Option<u8> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes
        .iter()
        .copied()
        .find(|byte| !byte.is_ascii_whitespace())
}

fn sniff(head: &[u8]) -> Option<Format> {
    let has = |needle: &str| {
        head.windows(needle.len())
            .any(|window| window.eq_ignore_ascii_case(needle.as_bytes()))
    };
    if has("wordpress.org/export") || has("<wp:wxr_version") {
        Some(Format::Wxr)
    } else if has("<rss") || has("<feed") || has("<rdf:rdf") {
        Some(Format::Feed)
    } else {
        None
    }
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    let path = match path.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("gz") => {
            Path::new(path.file_stem().unwrap_or_default())
        }
        _ => path,
    };
    path.extension()
        .is_some_and(|it| it.eq_ignore_ascii_case(wanted))
}
