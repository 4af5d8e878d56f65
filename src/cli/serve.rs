//! `afterword serve`: the HTTP service, from the command line to the last
//! request. Binds first and loads the engine after, so that a taken port is told
//! at once and `/healthz` answers while a large model is read.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::api::{self, AppState};
use crate::config::Settings;
use crate::models::Store;
use crate::pipeline::Pipeline;

use super::author::{EngineKind, author};
use super::exit::{Exit, Failure};
use super::models::ModelsDirectory;
use super::signals;
use super::stderr::{self, say};

/// Threads that answer HTTP: few, as the cores belong to the engine.
const HTTP_THREADS: usize = 2;
/// What threads that still load or decode get when everything else is done.
const THREAD_GRACE: Duration = Duration::from_secs(1);

/// Arguments of `afterword serve`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Address to listen on, such as 127.0.0.1:8017; overrides the configuration.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Directory for what the service keeps, created when missing; nothing is
    /// kept in it yet.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Configuration file, laid over the defaults.
    #[arg(long, value_name = "FILE", env = "AFTERWORD_CONFIG")]
    config: Option<PathBuf>,
    /// Who drafts.
    #[arg(long, value_enum, default_value = "llama")]
    engine: EngineKind,
    /// Model: a catalogue name or the path of a GGUF file; overrides the
    /// configuration.
    #[arg(long, value_name = "NAME|PATH")]
    model: Option<String>,
    #[command(flatten)]
    models: ModelsDirectory,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let settings = settings(args)?;
    let store = args.models.store()?;
    stderr::log("info,llama_cpp_2=warn");
    if let Some(dir) = &settings.server.data_dir {
        create(dir)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(HTTP_THREADS)
        .enable_all()
        .build()
        .map_err(|error| failure(format!("no threads for the service: {error}"), ""))?;
    let drafting = Drafting {
        engine: args.engine,
        model: args.model.clone(),
        store,
    };
    let outcome = runtime.block_on(serve(settings, drafting));
    runtime.shutdown_timeout(THREAD_GRACE);
    outcome
}

fn settings(args: &Args) -> Result<Settings, Failure> {
    let mut settings = Settings::load(args.config.as_deref())?;
    settings.server.listen = args.listen.unwrap_or(settings.server.listen);
    if args.data_dir.is_some() {
        settings.server.data_dir.clone_from(&args.data_dir);
    }
    Ok(settings)
}

/// Who is to draft, and where models lie.
struct Drafting {
    engine: EngineKind,
    model: Option<String>,
    store: Store,
}

async fn serve(settings: Settings, drafting: Drafting) -> Result<(), Failure> {
    // Before anyone is told where to reach the service: who stops it as soon as
    // it listens stops it well.
    let stop = signals::first().map_err(|error| failure(format!("no signals: {error}"), ""))?;
    let listener = bind(settings.server.listen).await?;
    let state = AppState::new(&settings);
    let state = Arc::new(state);
    let stop = async {
        stop.await;
        say("stopping: requests in flight may finish; a second signal ends at once");
    };
    let mut server = tokio::spawn(api::serve(listener, state.clone(), stop));
    tokio::select! {
        // A signal while the engine is being loaded ends the service as well.
        outcome = &mut server => return ended(outcome),
        loaded = load(state, settings, drafting) => loaded?,
    }
    ended(server.await)
}

fn ended(outcome: Result<io::Result<()>, tokio::task::JoinError>) -> Result<(), Failure> {
    let outcome = outcome.map_err(io::Error::other).flatten();
    outcome.map_err(|error| failure(format!("the service failed: {error}"), ""))
}

/// Loads the engine on a thread of its own and makes the service ready.
async fn load(state: Arc<AppState>, settings: Settings, drafting: Drafting) -> Result<(), Failure> {
    let loaded = tokio::task::spawn_blocking(move || {
        let Drafting {
            engine,
            model,
            store,
        } = drafting;
        let author = author(engine, model.as_deref(), &store, &settings)?;
        let limits = settings.limits;
        Ok::<_, Failure>(Pipeline { limits, author })
    });
    let pipeline = loaded
        .await
        .map_err(|error| failure(format!("loading failed: {error}"), ""))??;
    state.start(Arc::new(pipeline));
    say("ready");
    Ok(())
}

async fn bind(listen: SocketAddr) -> Result<TcpListener, Failure> {
    let refused = |error: io::Error| {
        failure(
            format!("cannot listen on {listen}: {error}"),
            "stop what uses the port, or choose another with --listen",
        )
    };
    let listener = TcpListener::bind(listen).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    if !address.ip().is_loopback() {
        say(
            "warning: there is no authentication yet: everyone who reaches this address can use the service",
        );
    }
    say(&format!("listening on http://{address}"));
    Ok(listener)
}

fn create(dir: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(dir).map_err(|error| {
        failure(
            format!(
                "cannot create the data directory {}: {error}",
                dir.display()
            ),
            "choose a directory that you may write to with --data-dir",
        )
    })
}

fn failure(message: String, hint: &str) -> Failure {
    Failure::new(Exit::Failure, message, hint)
}
