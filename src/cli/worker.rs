//! `afterword worker`: works on stored jobs and serves nothing. Any number of
//! them may share one PostgreSQL, on any number of machines.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::config::Settings;
use crate::engine::EngineError;
use crate::jobs::{Digester, Ended};

use super::exit::{Exit, Failure};
use super::models::ModelsDirectory;
use super::signals;
use super::stderr::{self, say};
use super::work::{
    Drafting, WorkArgs, failure, open_store, start_callbacks, start_conductor, start_workers,
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
    let settings = args.work.settings()?;
    let drafting = args.work.drafting(args.models.store()?);
    stderr::log("info,llama_cpp_2=warn");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| failure(format!("no threads for the worker: {error}"), ""))?;
    let outcome = runtime.block_on(work(settings, drafting));
    runtime.shutdown_timeout(THREAD_GRACE);
    outcome
}

async fn work(settings: Settings, drafting: Drafting) -> Result<(), Failure> {
    let stop = signals::first().map_err(|error| failure(format!("no signals: {error}"), ""))?;
    let (told, stopping) = watch::channel(false);
    let mut stop = std::pin::pin!(stop);
    let store = open_store(&settings).await?;
    let pipeline = tokio::select! {
        () = &mut stop => return Ok(()),
        loaded = drafting.load(settings.clone()) => loaded?,
    };
    let callbacks = start_callbacks(&store, &settings, stopping.clone())?;
    start_conductor(&store, pipeline.maker(), &settings, stopping.clone());
    let mut workers = start_workers(&store, pipeline, &settings, stopping, Arc::default());
    say("ready");
    let ended = tokio::select! {
        () = &mut stop => {
            say("stopping: jobs in work may finish or are handed back; a second signal ends at once");
            told.send_replace(true);
            workers.await
        }
        ended = &mut workers => ended,
    };
    if let Some(callbacks) = callbacks {
        told.send_replace(true);
        // A panic in there was reported; leases run out.
        let _ = callbacks.await;
    }
    store.close().await;
    match ended.map_err(|error| failure(format!("the worker failed: {error}"), ""))? {
        Ended::Drained => Ok(()),
        Ended::EngineStopped => {
            let error = EngineError::Stopped;
            Err(Failure::new(Exit::Engine, error.to_string(), error.hint()))
        }
    }
}
