//! `afterword worker`: works on stored jobs and serves nothing. Any number of
//! them may share one PostgreSQL, on any number of machines.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};

use crate::config::{Configuration, Sources};
use crate::engine::EngineError;
use crate::jobs::{Digester, Ended, Queue, Replaceable};

use super::callbacks::Sending;
use super::exit::{Exit, Failure};
use super::metrics::{bind_metrics, start_metrics};
use super::models::ModelsDirectory;
use super::reload::{Parts, Reloader};
use super::signals::{self, Hangup};
use super::stderr::{self, say};
use super::work::{
    self, Drafting, WorkArgs, failure, open_store, start_conductor, start_workers,
    tell_contradictions,
};

/// What threads that still decode get when everything else is done.
const THREAD_GRACE: Duration = Duration::from_secs(1);

/// Arguments of `afterword worker`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    work: WorkArgs,
    #[command(flatten)]
    models: ModelsDirectory,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let sources = args.work.sources();
    let configuration = work::load(&sources)?;
    let drafting = args.work.drafting(args.models.store()?);
    let _log = stderr::log_as(&configuration.settings.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| failure(format!("no threads for the worker: {error}"), ""))?;
    let outcome = runtime.block_on(work(sources, configuration, drafting));
    runtime.shutdown_timeout(THREAD_GRACE);
    outcome
}

async fn work(
    sources: Sources,
    configuration: Configuration,
    drafting: Drafting,
) -> Result<(), Failure> {
    let no_signals = |error| failure(format!("no signals: {error}"), "");
    let stop = signals::first().map_err(no_signals)?;
    let hangup = Hangup::new().map_err(no_signals)?;
    let (told, stopping) = watch::channel(false);
    let mut stop = std::pin::pin!(stop);
    let settings = configuration.settings.clone();
    let metrics = bind_metrics(&settings).await?;
    let store = open_store(&settings).await?;
    let pipeline = tokio::select! {
        () = &mut stop => return Ok(()),
        loaded = drafting.load(settings.clone()) => loaded?,
    };
    let queue = Queue::new(store.clone(), pipeline.maker(), settings.jobs.clone());
    start_conductor(queue.clone(), &settings, stopping.clone());
    let digester = Arc::new(Replaceable::new(pipeline.clone()));
    let sending = Sending::start(&store, &settings.callbacks)?;
    let sending = Arc::new(Mutex::new(sending));
    let mut workers = start_workers(
        &store,
        digester.clone(),
        &settings,
        stopping,
        Arc::default(),
    );
    tell_contradictions(&configuration);
    let reloader = Reloader {
        sources,
        now: configuration,
        parts: Parts {
            store: store.clone(),
            sending: sending.clone(),
            state: None,
            queue,
            digester: Some((digester, pipeline)),
        },
    };
    let reloading = tokio::spawn(reloader.run(hangup));
    start_metrics(metrics, &store, None, &settings);
    say("ready");
    let ended = tokio::select! {
        () = &mut stop => {
            say("stopping: jobs in work may finish or are handed back; a second signal ends at once");
            told.send_replace(true);
            sending.lock().await.stop();
            workers.await
        }
        ended = &mut workers => ended,
    };
    reloading.abort();
    sending.lock().await.end().await;
    store.close().await;
    match ended.map_err(|error| failure(format!("the worker failed: {error}"), ""))? {
        Ended::Drained => Ok(()),
        Ended::EngineStopped => {
            let error = EngineError::Stopped;
            Err(Failure::new(Exit::Engine, error.to_string(), error.hint()))
        }
    }
}
