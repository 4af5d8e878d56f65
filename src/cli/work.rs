//! What `serve` and `worker` have in common: opening the store of jobs, loading
//! who drafts, and running the workers until they are told to stop.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::config::{DatabaseUrl, Settings, SigningSecret, StoreSettings};
use crate::jobs::{Callbacks, Conductor, Digester, Ended, Live, Maker, Queue, Workers, keep_house};
use crate::models::{ModelError, Store as Models};
use crate::net::{Client, Rules, SystemResolver};
use crate::pipeline::Pipeline;
use crate::store::{Retention, Store, StoreError, sqlite_url};

use super::author::{EngineKind, author};
use super::exit::{Exit, Failure};

/// Name of the file that jobs are kept in.
const FILE: &str = "afterword.db";

/// Variable with what signs callbacks.
const SECRETS: &str = "AFTERWORD_CALLBACK_SECRETS";

/// Where jobs and keys are kept, as the command line says it.
#[derive(clap::Args)]
pub(super) struct StoreArgs {
    /// Directory for what the service keeps, created when missing [default:
    /// afterword in the user's data directory].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Database for the jobs, sqlite:// or postgres://; overrides the
    /// configuration. Better set in the environment, where no password shows.
    #[arg(
        long,
        value_name = "URL",
        env = "AFTERWORD_DATABASE_URL",
        hide_env_values = true
    )]
    database_url: Option<String>,
    /// Configuration file, laid over the defaults.
    #[arg(long, value_name = "FILE", env = "AFTERWORD_CONFIG")]
    config: Option<PathBuf>,
}

/// Where jobs are kept and who drafts, as the command line says it.
#[derive(clap::Args)]
pub(super) struct WorkArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Who drafts.
    #[arg(long, value_enum, default_value = "llama")]
    engine: EngineKind,
    /// Model: a catalogue name or the path of a GGUF file; overrides the
    /// configuration.
    #[arg(long, value_name = "NAME|PATH")]
    model: Option<String>,
}

impl StoreArgs {
    /// The configuration, with what the command line says laid over it.
    pub(super) fn settings(&self) -> Result<Settings, Failure> {
        let mut settings = Settings::load(self.config.as_deref())?;
        if self.data_dir.is_some() {
            settings.server.data_dir.clone_from(&self.data_dir);
        }
        if let Some(url) = self.database_url.as_deref().filter(|url| !url.is_empty()) {
            let url = DatabaseUrl::new(url).ok_or(StoreError::UnknownDatabase)?;
            settings.store.database_url = Some(url);
        }
        read_secrets(&mut settings)?;
        Ok(settings)
    }
}

impl WorkArgs {
    /// The configuration, with what the command line says laid over it.
    pub(super) fn settings(&self) -> Result<Settings, Failure> {
        self.store.settings()
    }

    /// Who is to draft.
    pub(super) fn drafting(&self, models: Models) -> Drafting {
        Drafting {
            engine: self.engine,
            model: self.model.clone(),
            models,
        }
    }
}

/// Who is to draft, and where models lie.
#[derive(Clone)]
pub(super) struct Drafting {
    engine: EngineKind,
    model: Option<String>,
    models: Models,
}

impl Drafting {
    /// Loads the engine, on a thread of its own.
    pub(super) async fn load(self, settings: Settings) -> Result<Arc<Pipeline>, Failure> {
        let loaded = tokio::task::spawn_blocking(move || {
            let author = author(self.engine, self.model.as_deref(), &self.models, &settings)?;
            let limits = settings.limits;
            Ok::<_, Failure>(Arc::new(Pipeline { limits, author }))
        });
        let failed = |error| failure(format!("loading failed: {error}"), "");
        loaded.await.map_err(failed)?
    }

    /// Whether no model is asked.
    pub(super) fn is_extractive(&self) -> bool {
        self.engine == EngineKind::Extractive
    }

    /// Who drafts, by name.
    pub(super) fn name(&self, settings: &Settings) -> String {
        match self.engine {
            EngineKind::Extractive => "extractive".to_owned(),
            EngineKind::Llama => {
                let model = self.model.as_deref();
                model.unwrap_or(&settings.engine.model).to_owned()
            }
        }
    }

    /// What will draft, where this process does not. A model of the catalogue
    /// need not lie here.
    pub(super) fn maker(&self, settings: &Settings) -> Result<Maker, ModelError> {
        let model = self.model.as_deref().unwrap_or(&settings.engine.model);
        match self.engine {
            EngineKind::Extractive => Ok(Maker::extractive()),
            EngineKind::Llama => match self.models.catalog().find(model) {
                Ok(known) => Ok(Maker::with_model(
                    &known.name,
                    Some(known.sha256.to_string()),
                )),
                Err(_) => {
                    let file = self.models.resolve(model)?;
                    Ok(Maker::with_model(&file.name, Some(file.sha256.to_string())))
                }
            },
        }
    }
}

/// Opens the store of jobs, and keeps it tidy from now on.
pub(super) async fn open_store(settings: &Settings) -> Result<Arc<Store>, Failure> {
    let store = Arc::new(look_into_store(settings).await?);
    tokio::spawn(keep_house(store.clone(), settings.jobs.clone()));
    Ok(store)
}

/// Opens the store, and leaves it as it is.
pub(super) async fn look_into_store(settings: &Settings) -> Result<Store, Failure> {
    let url = match &settings.store.database_url {
        Some(url) => url.expose().to_owned(),
        None => sqlite_url(&data_dir(settings.server.data_dir.as_deref())?.join(FILE)),
    };
    Ok(Store::open(&url, retention(&settings.store)).await?)
}

fn retention(settings: &StoreSettings) -> Retention {
    Retention {
        finished: settings.keep_finished,
        articles: settings.keep_articles,
        idempotency_keys: settings.keep_idempotency_keys,
        audit: settings.keep_audit,
    }
}

fn data_dir(configured: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(dir) = configured {
        return Ok(dir.to_owned());
    }
    let home = || Some(std::env::home_dir()?.join(".local/share"));
    let data_home = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let data_home = data_home.filter(|path| path.is_absolute()).or_else(home);
    let data_home = data_home.filter(|path| path.is_absolute());
    let found = data_home.map(|path| path.join("afterword"));
    found.ok_or_else(|| {
        let hint = "choose a directory with --data-dir, or a database with AFTERWORD_DATABASE_URL";
        failure("there is no home for jobs to be kept in".to_owned(), hint)
    })
}

/// Starts the workers of this process; they stop when `stop` is true, and tell `live`
/// how they get on.
pub(super) fn start_workers(
    store: &Arc<Store>,
    digester: Arc<dyn Digester>,
    settings: &Settings,
    stop: watch::Receiver<bool>,
    live: Arc<Live>,
) -> JoinHandle<Ended> {
    let workers = Workers {
        store: store.clone(),
        digester,
        settings: settings.jobs.clone(),
        name: name(),
    };
    tokio::spawn(workers.run_told(stop, live))
}

/// Starts to conduct batches; `maker` is what makes their digests.
pub(super) fn start_conductor(
    store: &Arc<Store>,
    maker: Maker,
    settings: &Settings,
    stop: watch::Receiver<bool>,
) -> JoinHandle<()> {
    let conductor = Conductor {
        store: store.clone(),
        queue: Queue::new(store.clone(), maker, settings.jobs.clone()),
        settings: settings.batches.clone(),
    };
    tokio::spawn(conductor.run(stop))
}

/// What signs callbacks, from the environment or from the file that is named.
fn read_secrets(settings: &mut Settings) -> Result<(), Failure> {
    let callbacks = &mut settings.callbacks;
    if let Some(file) = &callbacks.secrets_file {
        let text = std::fs::read_to_string(file).map_err(|error| {
            let message = format!("callbacks.secrets_file cannot be read: {error}");
            Failure::new(Exit::Usage, message, "check the path and its permissions")
        })?;
        let more = parsed_secrets("callbacks.secrets_file", &text)?;
        callbacks.secrets.extend(more);
    }
    if let Ok(text) = std::env::var(SECRETS) {
        let secrets = parsed_secrets(SECRETS, &text)?;
        if !secrets.is_empty() {
            callbacks.secrets = secrets;
        }
    }
    Ok(())
}

fn parsed_secrets(origin: &str, text: &str) -> Result<Vec<SigningSecret>, Failure> {
    SigningSecret::list(text).ok_or_else(|| {
        let message = format!("{origin} holds something else than secrets (not shown)");
        let hint = format!("each has to be {}", SigningSecret::ALLOWED);
        Failure::new(Exit::Usage, message, &hint)
    })
}

/// Starts to send callbacks, if there is a secret to sign them.
pub(super) fn start_callbacks(
    store: &Arc<Store>,
    settings: &Settings,
    stop: watch::Receiver<bool>,
) -> Result<Option<JoinHandle<()>>, Failure> {
    let settings = settings.callbacks.clone();
    if settings.secrets.is_empty() {
        return Ok(None);
    }
    let client = network_client(&settings.rules, "callbacks cannot be encrypted")?;
    let callbacks = Callbacks {
        store: store.clone(),
        client,
        settings,
    };
    Ok(Some(tokio::spawn(callbacks.run(stop))))
}

/// What calls others, by rules; `lack` is what does not work without it.
pub(super) fn network_client(rules: &Rules, lack: &str) -> Result<Client, Failure> {
    let client = Client::new(rules.clone(), Arc::new(SystemResolver));
    client.map_err(|error| {
        let hint = "install the system's certificates (on Debian: ca-certificates)";
        failure(format!("{lack}: {error}"), hint)
    })
}

/// Different for each process, and telling to who looks for it.
fn name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = Some(host.trim())
        .filter(|it| !it.is_empty())
        .unwrap_or("host");
    let tail = Uuid::now_v7().simple().to_string();
    format!("{host}:{}:{}", std::process::id(), &tail[24..])
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = match error {
            StoreError::UnknownDatabase => Exit::Usage,
            _ => Exit::Failure,
        };
        Self::new(exit, error.to_string(), error.hint())
    }
}

/// A failure that no exit code names.
pub(super) fn failure(message: String, hint: &str) -> Failure {
    Failure::new(Exit::Failure, message, hint)
}
