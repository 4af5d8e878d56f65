//! `afterword backfill push wordpress`: digests that an editor has approved, into the
//! posts that they are of. Looks before it writes: a post that was changed since it was
//! read is left alone, and so is everything in a post but our own section.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use similar::TextDiff;

use crate::archive::line::{Line, Review};
use crate::backfill::output::RESULTS;
use crate::backfill::section::replaced;
use crate::cli::exit::{Exit, Failure};
use crate::cli::stderr::say;
use crate::cli::stdout;
use crate::config::{Choice, Settings};
use crate::pipeline::render::{Format, RenderOptions, RenderRequest, render};
use crate::text::hex::hex_sha256;

mod site;
mod undo;

use site::{Post, Site};
use undo::{Entry, Undo};

/// Arguments of `afterword backfill push`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    target: Target,
}

#[derive(Subcommand)]
enum Target {
    /// Into WordPress, by its REST interface and an application password.
    Wordpress(WordpressArgs),
}

/// Arguments of `afterword backfill push wordpress`.
#[derive(clap::Args)]
struct WordpressArgs {
    /// The folder that `backfill run --out` wrote; custom_id has to be the post's id.
    #[arg(value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    site: site::SiteArgs,
    /// What is put into a post.
    #[arg(long, default_value = "wordpress-details", value_parser = ["wordpress-details", "wordpress-yoast", "wordpress-rank-math", "html"])]
    format: String,
    /// Headings in another language: en, de, es, fr, or a set of the configuration.
    #[arg(long, value_name = "NAME")]
    labels: Option<String>,
    /// File with the ids that are approved, one a line, beside those whose line says
    /// "review": "approved".
    #[arg(long, value_name = "FILE")]
    approved: Option<PathBuf>,
    /// Push what the archive did not say the time of the last change of, too.
    #[arg(long)]
    unchecked: bool,
    /// Show what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Put back what was there before, where nobody has changed it since.
    #[arg(long)]
    undo: bool,
    /// Configuration file, laid over the defaults.
    #[arg(long, value_name = "FILE", env = "AFTERWORD_CONFIG")]
    config: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let Target::Wordpress(args) = &args.target;
    let push = Push {
        site: args.site.open()?,
        undo: Undo::open(&args.out)?,
        args,
    };
    if args.undo { push.back() } else { push.all() }
}

/// What became of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Became {
    Pushed,
    Current,
    LeftAlone(&'static str),
}

struct Push<'a> {
    args: &'a WordpressArgs,
    site: Site,
    undo: Undo,
}

impl Push<'_> {
    /// Pushes all that is approved.
    fn all(mut self) -> Result<(), Failure> {
        let rendering = self.rendering()?;
        let approved = self.approved()?;
        let path = self.args.out.join(RESULTS);
        let file = File::open(&path).map_err(|error| unreadable(&path, &error))?;
        let mut told = Told::default();
        for line in BufReader::new(file).lines() {
            let line = line.map_err(|error| unreadable(&path, &error))?;
            let Ok(line) = serde_json::from_str::<Line>(&line) else {
                told.failed("?", "a line of the results cannot be read");
                continue;
            };
            let is_approved =
                line.review == Some(Review::Approved) || approved.contains(&line.custom_id);
            if !is_approved || line.review == Some(Review::Rejected) {
                told.not_approved += 1;
                continue;
            }
            match self.one(&line, &rendering) {
                Ok(became) => told.count(&line.custom_id, became),
                Err(failure) if failure.exit == Exit::Usage => return Err(failure),
                Err(failure) => told.failed(&line.custom_id, &failure.message),
            }
        }
        told.end(if self.args.dry_run {
            "would be pushed"
        } else {
            "pushed"
        })
    }

    fn one(&mut self, line: &Line, rendering: &RenderOptions) -> Result<Became, Failure> {
        let Some(digest) = &line.digest else {
            return Ok(Became::LeftAlone("it has no digest"));
        };
        let Some(id) = line.custom_id.parse::<u64>().ok() else {
            return Ok(Became::LeftAlone("its custom_id is no post's id"));
        };
        let post = self.site.read(id)?;
        if let Some(why) = self.changed(line, &post) {
            return Ok(Became::LeftAlone(why));
        }
        let section = render(digest, rendering);
        let section =
            section.map_err(|error| Failure::new(Exit::Failure, error.to_string(), ""))?;
        let content = match replaced(&post.content, &section) {
            Ok(content) => content,
            Err(why) => {
                say(&format!("{id}: {why}"));
                return Ok(Became::LeftAlone("our section cannot be told"));
            }
        };
        if content == post.content {
            return Ok(Became::Current);
        }
        if self.args.dry_run {
            show(id, &post.content, &content)?;
            return Ok(Became::Pushed);
        }
        // What was there is on disk before it is gone.
        self.undo.add(Entry {
            id,
            before: post.content,
            after_sha256: hex_sha256(content.as_bytes()),
            modified_gmt: None,
        })?;
        let written = self.site.write(id, &content)?;
        self.undo
            .pushed(id, &written.content, &written.modified_gmt)?;
        if written.content != content {
            say(&format!(
                "{id}: the site has changed what was sent; look at the post"
            ));
        }
        Ok(Became::Pushed)
    }

    /// Why a post is not the one that was read.
    fn changed(&self, line: &Line, post: &Post) -> Option<&'static str> {
        let ours = self.undo.modified(post.id);
        if ours.is_some_and(|ours| ours == post.modified_gmt) {
            // The last change was our own.
            return None;
        }
        match &line.modified {
            Some(modified) if same_time(modified, &post.modified_gmt) => None,
            Some(_) => Some("the post was changed since it was read"),
            None if self.args.unchecked => None,
            None => Some("the archive does not say when it was last changed"),
        }
    }

    /// Puts back what was there before.
    fn back(mut self) -> Result<(), Failure> {
        let mut told = Told::default();
        for entry in self.undo.entries() {
            match self.back_one(&entry) {
                Ok(became) => told.count(&entry.id.to_string(), became),
                Err(failure) => told.failed(&entry.id.to_string(), &failure.message),
            }
        }
        told.end(if self.args.dry_run {
            "would be put back"
        } else {
            "put back"
        })
    }

    fn back_one(&mut self, entry: &Entry) -> Result<Became, Failure> {
        let post = self.site.read(entry.id)?;
        if post.content == entry.before {
            return Ok(Became::Current);
        }
        if hex_sha256(post.content.as_bytes()) != entry.after_sha256 {
            return Ok(Became::LeftAlone(
                "the post was changed since it was pushed",
            ));
        }
        if self.args.dry_run {
            show(entry.id, &post.content, &entry.before)?;
            return Ok(Became::Pushed);
        }
        self.site.write(entry.id, &entry.before)?;
        self.undo.forget(entry.id)?;
        Ok(Became::Pushed)
    }

    fn rendering(&self) -> Result<RenderOptions, Failure> {
        let settings = Settings::load(self.args.config.as_deref())?;
        let request = RenderRequest {
            labels: self.args.labels.clone(),
            ..RenderRequest::default()
        };
        let format = Format::named(&self.args.format).unwrap_or(Format::WordpressDetails);
        Ok(RenderOptions::check(format, &request, &settings.render)?)
    }

    fn approved(&self) -> Result<HashSet<String>, Failure> {
        let Some(path) = &self.args.approved else {
            return Ok(HashSet::new());
        };
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        Ok(text.lines().map(|id| id.trim().to_owned()).collect())
    }
}

/// Counts what became of posts, and says it.
#[derive(Default)]
struct Told {
    pushed: u64,
    current: u64,
    left_alone: u64,
    not_approved: u64,
    failed: u64,
}

impl Told {
    fn count(&mut self, id: &str, became: Became) {
        match became {
            Became::Pushed => self.pushed += 1,
            Became::Current => self.current += 1,
            Became::LeftAlone(why) => {
                self.left_alone += 1;
                say(&format!("{id}: left alone: {why}"));
            }
        }
    }

    fn failed(&mut self, id: &str, why: &str) {
        self.failed += 1;
        say(&format!("{id}: failed: {why}"));
    }

    fn end(self, done: &str) -> Result<(), Failure> {
        say(&format!(
            "{} {done}, {} were so already, {} left alone, {} failed, {} not approved",
            self.pushed, self.current, self.left_alone, self.failed, self.not_approved
        ));
        if self.failed == 0 {
            return Ok(());
        }
        let message = format!("{} posts failed", self.failed);
        Err(Failure::new(
            Exit::Failure,
            message,
            "the same command tries them again",
        ))
    }
}

/// Shows a change as a diff on stdout.
fn show(id: u64, old: &str, new: &str) -> Result<(), Failure> {
    // Posts do not end in a line end, and that is no change.
    let (old, new) = (format!("{old}\n"), format!("{new}\n"));
    let diff = TextDiff::from_lines(&old, &new);
    let (before, after) = (
        format!("post {id} as it is"),
        format!("post {id} as it would be"),
    );
    stdout::write(&diff.unified_diff().header(&before, &after).to_string())
}

/// Whether two times of WordPress are the same: with a blank or a T between.
fn same_time(one: &str, other: &str) -> bool {
    let normal = |text: &str| text.trim().trim_end_matches('Z').replacen(' ', "T", 1);
    normal(one) == normal(other)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let hint = "name the folder that `afterword backfill run --out` wrote";
    Failure::new(Exit::Input, format!("{}: {error}", path.display()), hint)
}
