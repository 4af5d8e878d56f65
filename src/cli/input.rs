//! The article on the command line: which file, what it is, its title. Shared by
//! the commands that read one; reads and unpacks, and looks at no content.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use clap::builder::PossibleValuesParser;
use flate2::bufread::MultiGzDecoder;

use crate::pipeline::{Input, SourceKind, SourceScope, ingest};

use super::exit::{Exit, Failure};

/// The first bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Which article to read, and what is known of it.
#[derive(clap::Args)]
pub(super) struct InputArgs {
    /// The article: a file, or - for standard input. A gzip file is unpacked.
    #[arg(value_name = "FILE|-")]
    file: Option<PathBuf>,
    /// What the input is [default: by the file's extension, else text].
    #[arg(long, value_enum)]
    input: Option<InputKind>,
    /// How much of an HTML input is the article.
    #[arg(long, value_enum, default_value = "auto")]
    source: Source,
    /// The title, when the input does not carry it.
    #[arg(long)]
    title: Option<String>,
    /// The article's language; auto tells by itself and refuses all but English.
    #[arg(long, value_name = "CODE", value_parser = languages(), default_value = "auto")]
    language: String,
}

/// What the input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InputKind {
    /// Plain text.
    Text,
    /// HTML: a body fragment or a page.
    Html,
    /// Markdown.
    Markdown,
}

/// How much of an HTML input is the article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Source {
    /// Tell by the input.
    Auto,
    /// All: the body of an article.
    Body,
    /// A part: a whole page.
    Page,
}

impl InputArgs {
    /// Reads the input, but not more than one byte beyond the limit, which holds
    /// for what a gzip file unpacks to.
    pub(super) fn read(&self, limit: usize) -> Result<Input, Failure> {
        let file = self.file.as_deref().ok_or_else(|| {
            let hint = "name a file, or - for standard input";
            Failure::new(Exit::Usage, "there is no article", hint)
        })?;
        let bytes = bytes(file, limit).map_err(|error| {
            let message = format!("{}: {error}", file.display());
            Failure::new(
                Exit::Input,
                message,
                "name a readable file, or - for standard input",
            )
        })?;
        Ok(Input {
            bytes,
            kind: self.kind(file),
            scope: match self.source {
                Source::Body => SourceScope::Body,
                Source::Page => SourceScope::Page,
                Source::Auto => SourceScope::Auto,
            },
            title: self.title.clone(),
            charset: None,
            language: ingest::language(&self.language),
        })
    }

    /// The file that was named, standard input when none was.
    pub(super) fn path(&self) -> &Path {
        self.file.as_deref().unwrap_or(Path::new("-"))
    }

    fn kind(&self, file: &Path) -> SourceKind {
        let is_gzip = |path: &&Path| extension(path) == "gz";
        let inner = Some(file).filter(is_gzip).and_then(Path::file_stem);
        let extension = extension(inner.map_or(file, Path::new));
        match (self.input, extension.as_str()) {
            (Some(InputKind::Html), _) | (None, "html" | "htm" | "xhtml") => SourceKind::Html,
            (Some(InputKind::Markdown), _) | (None, "md" | "markdown") => SourceKind::Markdown,
            (Some(InputKind::Text), _) | (None, _) => SourceKind::Text,
        }
    }
}

fn languages() -> PossibleValuesParser {
    PossibleValuesParser::new(std::iter::once("auto").chain(ingest::LANGUAGES.iter().copied()))
}

fn bytes(file: &Path, limit: usize) -> io::Result<Vec<u8>> {
    if file == Path::new("-") {
        return unpacked(io::stdin().lock(), limit);
    }
    unpacked(BufReader::new(File::open(file)?), limit)
}

fn extension(path: &Path) -> String {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.unwrap_or_default().to_ascii_lowercase()
}

/// What a reader holds, unpacked when it is gzip, up to one byte beyond `limit`.
fn unpacked(mut reader: impl BufRead, limit: usize) -> io::Result<Vec<u8>> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    if reader.fill_buf()?.starts_with(&GZIP) {
        MultiGzDecoder::new(reader)
            .take(most)
            .read_to_end(&mut bytes)?;
    } else {
        reader.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}
