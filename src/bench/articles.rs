//! The articles that are measured with: those of a folder or an archive, else the one
//! that comes with the program. What the product refuses is told and left out.

use std::ops::ControlFlow;
use std::path::Path;

use crate::archive::{Bounds, Source};
use crate::config::Limits;
use crate::pipeline::{Input, SourceKind, SourceScope, ingest};

use super::BenchError;

/// The article of the repository, free of copyright.
pub(super) const BUILT_IN: (&str, &str) = (
    "peking-legations.md",
    include_str!("../../articles/peking-legations.md"),
);

/// An article to measure with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its name in the archive.
    pub name: String,
    /// As the product reads it.
    pub input: Input,
    /// Words of the article that was found in it.
    pub words: usize,
}

/// What is read, and what is told of the rest.
#[derive(Debug, Default)]
pub struct Articles {
    /// In the order of the archive.
    pub pieces: Vec<Piece>,
    /// Names of what gives no article, each with the reason.
    pub left_out: Vec<(String, String)>,
}

/// Reads at most `most` articles.
///
/// # Errors
/// [`BenchError`] when the archive cannot be read or holds no article.
pub fn read(from: Option<&Path>, most: usize, limits: &Limits) -> Result<Articles, BenchError> {
    let mut articles = Articles::default();
    match from {
        None => articles.take(BUILT_IN.0.to_owned(), built_in(), limits),
        Some(path) => articles.read(path, most, limits)?,
    }
    match articles.pieces.is_empty() {
        true => Err(BenchError::NoArticles),
        false => Ok(articles),
    }
}

impl Articles {
    fn read(&mut self, path: &Path, most: usize, limits: &Limits) -> Result<(), BenchError> {
        let source = Source {
            path: path.to_owned(),
            format: None,
        };
        let bounds = Bounds {
            max_item_bytes: limits.max_item_bytes,
            post_types: vec!["post".to_owned()],
        };
        source.read(&bounds, &mut |item| {
            match item.content {
                Ok(entry) => self.take(item.id, entry.input, limits),
                Err(problem) => self.left_out.push((item.id, problem.detail)),
            }
            if self.pieces.len() < most {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        Ok(())
    }

    fn take(&mut self, name: String, input: Input, limits: &Limits) {
        match ingest::ingest(&input, limits) {
            Ok(article) => self.pieces.push(Piece {
                name,
                words: article.words(),
                input,
            }),
            Err(error) => self.left_out.push((name, error.to_string())),
        }
    }
}

fn built_in() -> Input {
    Input {
        bytes: BUILT_IN.1.as_bytes().to_vec(),
        kind: SourceKind::Markdown,
        scope: SourceScope::Auto,
        title: None,
        charset: None,
        language: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    #[test]
    fn what_is_refused_is_told_and_what_is_too_many_is_not_read() {
        let limits = Settings::load(None).expect("the defaults hold").limits;
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["a.md", "b.md", "c.md"] {
            std::fs::write(folder.path().join(name), BUILT_IN.1).expect("it is written");
        }
        std::fs::write(folder.path().join("a-short.txt"), "Too short.").expect("it is written");
        let articles = read(Some(folder.path()), 2, &limits).expect("they are read");
        let names: Vec<&str> = articles.pieces.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["a.md", "b.md"]);
        assert_eq!(articles.left_out.len(), 1, "{:?}", articles.left_out);
        let alone = read(None, 1, &limits).expect("it is there");
        assert!(alone.pieces[0].words > 500);
        let empty = tempfile::tempdir().expect("a folder");
        let nothing = read(Some(empty.path()), 2, &limits);
        assert!(matches!(nothing, Err(BenchError::NoArticles)));
    }
}
