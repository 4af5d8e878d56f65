//! `results.parquet`: both files of a run as one table.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use crate::archive::line::Line;
use crate::archive::parquet::{Row, WriteError, write as write_rows};
use crate::backfill::output::{ERRORS, RESULTS};
use crate::cli::exit::Failure;
use crate::cli::work::failure;

/// Writes the table.
pub(super) fn write(out: &Path) -> Result<(), Failure> {
    let mut rows = rows(&out.join(RESULTS))?.chain(rows(&out.join(ERRORS))?);
    let written = write_rows(&out.join("results.parquet"), &mut rows);
    written.map_err(|error| failure(format!("results.parquet cannot be written: {error}"), ""))
}

fn rows(path: &Path) -> Result<impl Iterator<Item = Result<Row, WriteError>> + use<>, Failure> {
    let file =
        File::open(path).map_err(|error| failure(format!("{}: {error}", path.display()), ""))?;
    Ok(BufReader::new(file).lines().map(|line| row(&line?)))
}

fn row(line: &str) -> Result<Row, WriteError> {
    let line: Line = serde_json::from_str(line).map_err(std::io::Error::other)?;
    let digest = line.digest.as_ref().map(serde_json::to_string).transpose();
    let (code, detail) = line.problem.map(|it| (it.code, it.detail)).unzip();
    Ok([
        Some(line.custom_id),
        Some(line.status.name().to_owned()),
        code,
        detail,
        digest.map_err(std::io::Error::other)?,
    ])
}
