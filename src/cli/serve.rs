//! `afterword serve`: the HTTP service, from the command line to the last
//! request. Binds first and loads the engine after, so that a taken port is told
//! at once and `/healthz` answers while a large model is read.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

use crate::api::{self, AppState, AuthorView};
use crate::config::{Configuration, Settings, Sources};
use crate::jobs::{Digester, Ended, Live, Queue, Replaceable};
use crate::net::{Bounds, Pages};
use crate::store::Store;

use super::callbacks::Sending;
use super::exit::Failure;
use super::files;
use super::metrics::{bind, bind_metrics, start_metrics};
use super::models::ModelsDirectory;
use super::reload::{Parts, Reloader};
use super::signals::{self, Hangup};
use super::stderr::{self, say};
use super::work::{
    self, Drafting, WorkArgs, check_access, failure, licence, load_tls, network_client, open_store,
    start_conductor, start_workers, tell_contradictions,
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
    let sources = args.work.sources();
    let sources = sources.flag("--listen", "server.listen", args.listen);
    let configuration = work::load(&sources)?;
    let drafting = args.work.drafting(args.models.store()?);
    let _log = stderr::log_as(&configuration.settings.log)?;
    files::raise_limit(configuration.settings.server.max_connections);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(HTTP_THREADS)
        .enable_all()
        .build()
        .map_err(|error| failure(format!("no threads for the service: {error}"), ""))?;
    let service = Service {
        sources,
        configuration,
        drafting,
        no_worker: args.no_worker,
    };
    let outcome = runtime.block_on(service.run());
    runtime.shutdown_timeout(THREAD_GRACE);
    outcome
}

/// A service that is to be run.
struct Service {
    sources: Sources,
    configuration: Configuration,
    drafting: Drafting,
    no_worker: bool,
}

impl Service {
    async fn run(self) -> Result<(), Failure> {
        // Before anyone is told where to reach the service: who stops it as soon as
        // it listens stops it well.
        let no_signals = |error| failure(format!("no signals: {error}"), "");
        let stop = signals::first().map_err(no_signals)?;
        let hangup = Hangup::new().map_err(no_signals)?;
        let settings = self.configuration.settings.clone();
        tell_contradictions(&self.configuration);
        let tls = load_tls(&settings)?;
        let listener = bind(settings.server.listen, "--listen").await?;
        let metrics = bind_metrics(&settings).await?;
        // Before anyone is let in: who may is kept there.
        let store = open_store(&settings).await?;
        check_access(&settings.access, settings.server.listen.ip(), &store).await?;
        tell_address(&listener, tls.is_some())?;
        let state = Arc::new(AppState::new(&settings));
        state.speak_tls(tls);
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
            service: self,
            state,
            store,
            settings,
            metrics,
        };
        let work = tokio::select! {
            // A signal while the engine is being loaded ends the service as well.
            outcome = &mut server => return ended(outcome),
            started = start.run(stopping, hangup) => started?,
        };
        let outcome = ended(server.await);
        work.end().await;
        outcome
    }
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
    service: Service,
    state: Arc<AppState>,
    store: Arc<Store>,
    settings: Settings,
    metrics: Option<TcpListener>,
}

impl Start {
    /// Loads the engine, and makes the service ready.
    async fn run(self, stopping: watch::Receiver<bool>, hangup: Hangup) -> Result<Work, Failure> {
        let (store, state) = (self.store, self.state);
        let sending = Sending::start(&store, &self.settings.callbacks)?;
        let sending = Arc::new(Mutex::new(sending));
        let live = Arc::new(Live::default());
        let take_in = |maker, stop| {
            let queue = Queue::new(store.clone(), maker, self.settings.jobs.clone());
            let queue = queue.telling(live.clone());
            // One for what comes alone and in batches, so that a reload reaches both.
            start_conductor(queue.clone(), &self.settings, stop);
            state.keep_jobs(queue.clone());
            queue
        };
        let (queue, workers, digester) = if self.service.no_worker {
            let maker = self.service.drafting.maker(&self.settings)?;
            let licence = licence(&self.service.drafting.models, &maker);
            state.tell_author(AuthorView::new(maker.clone(), licence));
            let queue = take_in(maker, stopping);
            state.start_without_worker();
            (queue, None, None)
        } else {
            let models = self.service.drafting.models.clone();
            let pipeline = self.service.drafting.load(self.settings.clone()).await?;
            let maker = pipeline.maker();
            let licence = licence(&models, &maker);
            state.tell_author(AuthorView::new(maker.clone(), licence));
            let queue = take_in(maker, stopping.clone());
            let digester = Arc::new(Replaceable::new(pipeline.clone()));
            state.start(digester.clone());
            let workers = start_workers(
                &store,
                digester.clone(),
                &self.settings,
                stopping,
                live.clone(),
            );
            let watched = tokio::spawn(watch_over(workers, state.clone()));
            (queue, Some(watched), Some((digester, pipeline)))
        };
        let reloader = Reloader {
            sources: self.service.sources,
            now: self.service.configuration,
            parts: Parts {
                store: store.clone(),
                sending: sending.clone(),
                state: Some(state.clone()),
                queue,
                digester,
            },
        };
        let reloading = tokio::spawn(reloader.run(hangup));
        start_metrics(self.metrics, &store, Some(state), &self.settings);
        say("ready");
        Ok(Work {
            store,
            workers,
            sending,
            reloading,
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
    sending: Arc<Mutex<Sending>>,
    reloading: JoinHandle<()>,
}

impl Work {
    /// Waits for jobs in work to finish or to be handed back.
    async fn end(self) {
        self.reloading.abort();
        self.sending.lock().await.stop();
        if let Some(workers) = self.workers {
            // A panic in there was reported; leases run out.
            let _ = workers.await;
        }
        self.sending.lock().await.end().await;
        self.store.close().await;
    }
}

/// Says where the service is reached; a port may be the system's choice.
fn tell_address(listener: &TcpListener, has_tls: bool) -> Result<(), Failure> {
    let failed = |error| failure(format!("the socket has no address: {error}"), "");
    let address = listener.local_addr().map_err(failed)?;
    let scheme = if has_tls { "https" } else { "http" };
    say(&format!("listening on {scheme}://{address}"));
    Ok(())
}
