//! `afterword serve`: the HTTP service, from the command line to the last
//! request. Binds first and loads the engine after, so that a taken port is told
//! at once and `/healthz` answers while a large model is read.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::api::{self, AppState};
use crate::config::Settings;
use crate::jobs::{Digester, Ended, Live, Queue};
use crate::net::{Bounds, Pages};
use crate::store::Store;

use super::exit::{Exit, Failure};
use super::models::ModelsDirectory;
use super::signals;
use super::stderr::{self, say};
use super::work::{
    Drafting, WorkArgs, failure, network_client, open_store, start_callbacks, start_conductor,
    start_workers,
};

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
    /// Only take jobs in and tell of them; `afterword worker` does them.
    #[arg(long)]
    no_worker: bool,
    #[command(flatten)]
    work: WorkArgs,
    #[command(flatten)]
    models: ModelsDirectory,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let mut settings = args.work.settings()?;
    settings.server.listen = args.listen.unwrap_or(settings.server.listen);
    let drafting = args.work.drafting(args.models.store()?);
    stderr::log("info,llama_cpp_2=warn");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(HTTP_THREADS)
        .enable_all()
        .build()
        .map_err(|error| failure(format!("no threads for the service: {error}"), ""))?;
    let outcome = runtime.block_on(serve(settings, drafting, args.no_worker));
    runtime.shutdown_timeout(THREAD_GRACE);
    outcome
}

async fn serve(settings: Settings, drafting: Drafting, no_worker: bool) -> Result<(), Failure> {
    // Before anyone is told where to reach the service: who stops it as soon as
    // it listens stops it well.
    let stop = signals::first().map_err(|error| failure(format!("no signals: {error}"), ""))?;
    let listener = bind(settings.server.listen).await?;
    // Before anyone is let in: who may is kept there.
    let store = open_store(&settings).await?;
    check_access(&settings, &store).await?;
    tell_address(&listener)?;
    let state = Arc::new(AppState::new(&settings));
    state.keep_keys(store.clone());
    allow_fetching(&settings, &state)?;
    let (told, stopping) = watch::channel(false);
    let stop = async move {
        stop.await;
        say("stopping: requests in flight may finish; a second signal ends at once");
        told.send_replace(true);
    };
    let mut server = tokio::spawn(api::serve(listener, state.clone(), stop));
    let start = Start {
        state,
        store,
        settings,
        drafting,
        no_worker,
    };
    let work = tokio::select! {
        // A signal while the engine is being loaded ends the service as well.
        outcome = &mut server => return ended(outcome),
        started = start.run(stopping) => started?,
    };
    let outcome = ended(server.await);
    work.end().await;
    outcome
}

/// Lets callers have pages fetched, where the operator names hosts.
fn allow_fetching(settings: &Settings, state: &AppState) -> Result<(), Failure> {
    let fetch = &settings.fetch;
    if fetch.hosts.is_empty() && fetch.rules.origins.is_empty() {
        return Ok(());
    }
    let bounds = Bounds {
        time: fetch.timeout,
        answer_bytes: settings.limits.max_input_bytes,
    };
    let client = network_client(&fetch.rules, "pages cannot be fetched")?;
    state.keep_pages(Pages::new(client, fetch.hosts.clone(), bounds));
    Ok(())
}

fn ended(outcome: Result<io::Result<()>, tokio::task::JoinError>) -> Result<(), Failure> {
    let outcome = outcome.map_err(io::Error::other).flatten();
    outcome.map_err(|error| failure(format!("the service failed: {error}"), ""))
}

/// What it takes to make the service ready.
struct Start {
    state: Arc<AppState>,
    store: Arc<Store>,
    settings: Settings,
    drafting: Drafting,
    no_worker: bool,
}

impl Start {
    /// Loads the engine, and makes the service ready.
    async fn run(self, stopping: watch::Receiver<bool>) -> Result<Work, Failure> {
        let store = self.store;
        let callbacks = start_callbacks(&store, &self.settings, stopping.clone())?;
        let live = Arc::new(Live::default());
        let queue = |maker| {
            let queue = Queue::new(store.clone(), maker, self.settings.jobs.clone());
            queue.telling(live.clone())
        };
        let workers = if self.no_worker {
            let maker = self.drafting.maker(&self.settings)?;
            start_conductor(&store, maker.clone(), &self.settings, stopping);
            self.state.keep_jobs(queue(maker));
            self.state.start_without_worker();
            None
        } else {
            let pipeline = self.drafting.load(self.settings.clone()).await?;
            let maker = pipeline.maker();
            start_conductor(&store, maker, &self.settings, stopping.clone());
            self.state.keep_jobs(queue(pipeline.maker()));
            self.state.start(pipeline.clone());
            let workers = start_workers(&store, pipeline, &self.settings, stopping, live.clone());
            Some(tokio::spawn(watch_over(workers, self.state)))
        };
        say("ready");
        Ok(Work {
            store,
            workers,
            callbacks,
        })
    }
}

/// Has whoever watches `/readyz` learn that the engine is gone.
async fn watch_over(workers: JoinHandle<Ended>, state: Arc<AppState>) {
    if matches!(workers.await, Ok(Ended::EngineStopped)) {
        state.engine_stopped();
    }
}

/// What goes on beside HTTP.
struct Work {
    store: Arc<Store>,
    workers: Option<JoinHandle<()>>,
    callbacks: Option<JoinHandle<()>>,
}

impl Work {
    /// Waits for jobs in work to finish or to be handed back.
    async fn end(self) {
        for task in [self.workers, self.callbacks].into_iter().flatten() {
            // A panic in there was reported; leases run out.
            let _ = task.await;
        }
        self.store.close().await;
    }
}

async fn bind(listen: SocketAddr) -> Result<TcpListener, Failure> {
    let refused = |error: io::Error| {
        failure(
            format!("cannot listen on {listen}: {error}"),
            "stop what uses the port, or choose another with --listen",
        )
    };
    TcpListener::bind(listen).await.map_err(refused)
}

/// Says where the service is reached; a port may be the system's choice.
fn tell_address(listener: &TcpListener) -> Result<(), Failure> {
    let failed = |error| failure(format!("the socket has no address: {error}"), "");
    let address = listener.local_addr().map_err(failed)?;
    say(&format!("listening on http://{address}"));
    Ok(())
}

/// Refuses to start where callers need keys and nobody has one, and says it where
/// none are needed though others can come.
async fn check_access(settings: &Settings, store: &Store) -> Result<(), Failure> {
    let address = settings.server.listen.ip();
    if !settings.access.needs_keys(address) {
        if !address.is_loopback() {
            say(
                "warning: access.keys = never: everyone who reaches this address can use the service",
            );
        }
        return Ok(());
    }
    if store
        .keys()
        .await?
        .iter()
        .any(|key| key.revoked_at.is_none())
    {
        return Ok(());
    }
    let message = format!("callers on {address} need keys, and there are none");
    let hint = "make one with `afterword keys create`, listen on 127.0.0.1, or set access.keys = never where only trusted systems reach the service";
    Err(Failure::new(Exit::Usage, message, hint))
}
