//! The arguments that say which articles of which archive.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use clap::ValueEnum;

use crate::archive::filter::{Filter, is_day};
use crate::archive::{Bounds, Format, Source};
use crate::backfill::choose::Choose;
use crate::config::Limits;

/// Which articles of which archive.
#[derive(clap::Args)]
pub(super) struct SelectArgs {
    /// The archive: a file of JSONL, a WordPress export, RSS, Atom or Parquet, a folder
    /// of articles, or - for standard input. A gzip file is unpacked.
    #[arg(value_name = "SOURCE")]
    source: PathBuf,
    /// What the source is [default: by its name, else by its first bytes].
    #[arg(long, value_enum)]
    from: Option<From>,
    /// Only these articles.
    #[arg(long, value_name = "ID,...", value_delimiter = ',')]
    ids: Vec<String>,
    /// Only articles from this day on.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    since: Option<String>,
    /// Only articles until this day, which is included.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    until: Option<String>,
    /// Only articles of one of these categories.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    category: Vec<String>,
    /// So many articles at most, from the first.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Only articles of so many words.
    #[arg(long, value_name = "N", default_value_t = 0)]
    min_words: usize,
    /// Types of posts of a WordPress export that are articles.
    #[arg(
        long,
        value_name = "TYPE,...",
        value_delimiter = ',',
        default_value = "post"
    )]
    post_type: Vec<String>,
    /// Have articles that are almost the same share a digest, where each of its
    /// sentences holds in both.
    #[arg(long)]
    share_near_duplicates: bool,
}

/// Formats of archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum From {
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

impl SelectArgs {
    /// What to choose from, and how.
    pub(super) fn choose(&self, limits: &Limits) -> Choose {
        let lower = |names: &[String]| {
            names
                .iter()
                .map(|name| name.trim().to_lowercase())
                .collect()
        };
        Choose {
            source: Source {
                path: self.source.clone(),
                format: self.from.map(|from| match from {
                    From::Jsonl => Format::Jsonl,
                    From::Wxr => Format::Wxr,
                    From::Feed => Format::Feed,
                    From::Folder => Format::Folder,
                    From::Parquet => Format::Parquet,
                }),
            },
            bounds: Bounds {
                max_item_bytes: limits.max_item_bytes,
                post_types: self.post_type.clone(),
            },
            limits: limits.clone(),
            filter: Filter {
                ids: self.ids.iter().cloned().collect::<HashSet<_>>(),
                since: self.since.clone(),
                until: self.until.clone(),
                categories: lower(&self.category),
                min_words: self.min_words,
            },
            limit: self.limit,
            finds_near: self.share_near_duplicates,
        }
    }

    /// Whether it can be read twice.
    pub(super) fn is_file(&self) -> bool {
        self.source.as_os_str() != "-"
    }

    /// What was said, for comparison with an earlier run.
    pub(super) fn describe(&self, options: &mut BTreeMap<String, String>) {
        let mut say = |name: &str, value: String| {
            if !value.is_empty() {
                options.insert(name.to_owned(), value);
            }
        };
        say("SOURCE", self.source.display().to_string());
        say("--ids", self.ids.join(","));
        say("--since", self.since.clone().unwrap_or_default());
        say("--until", self.until.clone().unwrap_or_default());
        say("--category", self.category.join(","));
        say(
            "--limit",
            self.limit.map(|it| it.to_string()).unwrap_or_default(),
        );
        say("--min-words", self.min_words.to_string());
        say("--post-type", self.post_type.join(","));
        say(
            "--share-near-duplicates",
            self.share_near_duplicates.to_string(),
        );
    }
}

fn day(text: &str) -> Result<String, String> {
    if is_day(text) {
        return Ok(text.to_owned());
    }
    Err("has to be a day, such as 2024-05-31".to_owned())
}
