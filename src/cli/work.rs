//! What `serve` and `worker` have in common: opening the store of jobs, loading
//! who drafts, and running the workers until they are told to stop.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::api::Tls;
use crate::config::{
    AccessSettings, Configuration, HouseStyleError, Settings, SigningSecret, Sources, StoreSettings,
};
use crate::jobs::{Conductor, Digester, Ended, Live, Maker, Queue, Workers, keep_house};
use crate::models::{Checksum, Entry, ModelError, Store as Models};
use crate::net::{Client, Rules, SystemResolver};
use crate::pipeline::{Fences, Pipeline};
use crate::store::{Retention, Store, StoreError, sqlite_url};

use super::author::{EngineKind, author};
use super::exit::{Exit, Failure};
use super::stderr::say;

/// Name of the file that jobs are kept in.
const FILE: &str = "afterword.db";

/// Where jobs and keys are kept, as the command line says it.
#[derive(clap::Args)]
pub(super) struct StoreArgs {
    /// Directory for what the service keeps, created when missing [default:
    /// afterword in the user's data directory].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Database for the jobs, sqlite:// or postgres://; overrides the
    /// configuration. Better set as AFTERWORD_DATABASE_URL, where no password shows.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Any key of the configuration, such as jobs.concurrency=4; wins over the file
    /// and the environment.
    #[arg(long, value_name = "KEY=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
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
    /// Model: a catalogue name or the path of a GGUF file, or what the remote service
    /// calls it; overrides the configuration.
    #[arg(long, value_name = "NAME|PATH")]
    model: Option<String>,
    /// The house style: words to avoid, forms to use; overrides the configuration.
    #[arg(long, value_name = "FILE")]
    house_style: Option<PathBuf>,
}

/// A key and its value.
fn assignment(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("has to be KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

impl StoreArgs {
    /// What the configuration is read from, the command line included.
    pub(super) fn sources(&self) -> Sources {
        let dir = self.data_dir.as_ref().map(|dir| dir.display());
        let url = self.database_url.as_ref().filter(|url| !url.is_empty());
        let sources = Sources::of_process(self.config.clone())
            .flag("--data-dir", "server.data_dir", dir)
            .flag("--database-url", "store.database_url", url);
        let set = self.set.iter();
        set.fold(sources, |sources, (key, value)| {
            sources.flag("--set", key, Some(value))
        })
    }

    /// The configuration, with what the command line says laid over it.
    pub(super) fn settings(&self) -> Result<Settings, Failure> {
        Ok(load(&self.sources())?.settings)
    }
}

/// Says what makes no sense together, before anyone wonders.
pub(super) fn tell_contradictions(configuration: &Configuration) {
    for contradiction in &configuration.contradictions {
        let keys = contradiction.keys.join(", ");
        say(&format!("warning: {keys}: {}", contradiction.consequence));
    }
}

/// Reads a configuration and the secrets that it names.
pub(super) fn load(sources: &Sources) -> Result<Configuration, Failure> {
    let mut configuration = sources.load()?;
    read_secrets(&mut configuration.settings)?;
    configuration.settings.read_house_style()?;
    Ok(configuration)
}

impl WorkArgs {
    /// What the configuration is read from, the command line included.
    pub(super) fn sources(&self) -> Sources {
        let model = self.model.as_ref();
        let key = match self.engine {
            EngineKind::Remote => "engine.remote.model",
            EngineKind::Llama | EngineKind::Extractive => "engine.model",
        };
        let style = self.house_style.as_ref().map(|file| file.display());
        let sources = self.store.sources().flag("--model", key, model);
        sources.flag("--house-style", "editorial.house_style", style)
    }

    /// The configuration, with what the command line says laid over it.
    pub(super) fn settings(&self) -> Result<Settings, Failure> {
        Ok(load(&self.sources())?.settings)
    }

    /// Who is to draft.
    pub(super) fn drafting(&self, models: Models) -> Drafting {
        Drafting {
            engine: self.engine,
            models,
        }
    }
}

/// Who is to draft, and where models lie.
#[derive(Clone)]
pub(super) struct Drafting {
    engine: EngineKind,
    pub(super) models: Models,
}

impl Drafting {
    /// Loads the engine, on a thread of its own.
    pub(super) async fn load(self, settings: Settings) -> Result<Arc<Pipeline>, Failure> {
        let loaded = tokio::task::spawn_blocking(move || {
            let author = author(self.engine, None, &self.models, &settings)?;
            let fences = Fences::drawn(settings.engine.fence)
                .map_err(|error| failure(format!("there are no random bytes: {error}"), ""));
            Ok::<_, Failure>(Arc::new(Pipeline {
                limits: settings.limits,
                author,
                house_style: settings.editorial.house_style,
                fences: fences?,
            }))
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
            EngineKind::Llama => settings.engine.model.clone(),
            EngineKind::Remote => settings.engine.remote.name(),
        }
    }

    /// What will draft, where this process does not. A model of the catalogue
    /// need not lie here.
    pub(super) fn maker(&self, settings: &Settings) -> Result<Maker, ModelError> {
        let model = &settings.engine.model;
        let style = settings.editorial.house_style.as_deref();
        let maker = match self.engine {
            EngineKind::Extractive => Ok(Maker::extractive()),
            EngineKind::Remote => Ok(Maker::with_model(&settings.engine.remote.name(), None)),
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
        };
        maker.map(|it| it.in_style(style))
    }
}

/// The licence of what drafts; `None` for a file that the catalogue does not know.
pub(super) fn licence(models: &Models, maker: &Maker) -> Option<String> {
    let (known, sha256) = match models.entry(&maker.model).ok()? {
        Entry::Published(known) => (known, Some(known.sha256.clone())),
        Entry::Copy(copy) => (copy.source, models.copy_facts(copy).sha256),
    };
    let is_its_file = maker.model_sha256.as_deref() == sha256.as_ref().map(Checksum::as_str);
    is_its_file.then(|| known.licence.clone())
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

/// What is kept, and how long.
pub(super) fn retention(settings: &StoreSettings) -> Retention {
    Retention {
        finished: settings.keep_finished,
        articles: settings.keep_articles,
        idempotency_keys: settings.keep_idempotency_keys,
        deliveries: settings.keep_deliveries,
        audit: settings.keep_audit,
        named_articles: settings.keep_named_articles,
        current_texts: settings.keep_current_texts,
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

/// Starts to conduct batches, whose articles are handed in to `queue`.
pub(super) fn start_conductor(
    queue: Queue,
    settings: &Settings,
    stop: watch::Receiver<bool>,
) -> JoinHandle<()> {
    let conductor = Conductor {
        store: queue.store().clone(),
        queue,
        settings: settings.batches.clone(),
    };
    tokio::spawn(conductor.run(stop))
}

/// The secrets of the file that is named, beside those that are written out.
fn read_secrets(settings: &mut Settings) -> Result<(), Failure> {
    let callbacks = &mut settings.callbacks;
    let Some(file) = &callbacks.secrets_file else {
        return Ok(());
    };
    let text = std::fs::read_to_string(file).map_err(|error| {
        let message = format!("callbacks.secrets_file cannot be read: {error}");
        Failure::new(Exit::Usage, message, "check the path and its permissions")
    })?;
    let more = SigningSecret::list(&text).ok_or_else(|| {
        let message = "callbacks.secrets_file holds something else than secrets (not shown)";
        let hint = format!("each has to be {}", SigningSecret::ALLOWED);
        Failure::new(Exit::Usage, message, &hint)
    })?;
    callbacks.secrets.extend(more);
    Ok(())
}

/// Reads what TLS is spoken with, if it is.
pub(super) fn load_tls(settings: &Settings) -> Result<Option<Tls>, Failure> {
    let files = settings.server.tls.as_ref();
    let loaded = files.map(Tls::load).transpose();
    loaded.map_err(|error| Failure::new(Exit::Usage, error.to_string(), error.hint()))
}

/// Refuses to serve where callers need keys and nobody has one.
pub(super) async fn check_access(
    access: &AccessSettings,
    listen: IpAddr,
    store: &Store,
) -> Result<(), Failure> {
    if !access.needs_keys(listen) {
        return Ok(());
    }
    let keys = store.keys().await?;
    if keys.iter().any(|key| key.revoked_at.is_none()) {
        return Ok(());
    }
    let message = format!("callers on {listen} need keys, and there are none");
    let hint = "make one with `afterword keys create`, listen on 127.0.0.1, or set access.keys = never where only trusted systems reach the service";
    Err(Failure::new(Exit::Usage, message, hint))
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

impl From<HouseStyleError> for Failure {
    fn from(error: HouseStyleError) -> Self {
        Self::new(Exit::Usage, error.to_string(), error.hint())
    }
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
