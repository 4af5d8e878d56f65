//! `GET /v1/digests/{id}/events`: server-sent events of a stored job, from its
//! beginning to its end. So many at once; a client that is gone gives its place
//! back. Decides nothing: `jobs` says what there is to tell.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State as Shared;
use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedSemaphorePermit;

use crate::digest::{Pair, Passage, SummaryForm};
use crate::jobs::{Follow, Progress};
use crate::pipeline::observe::Event;
use crate::store::{Job, State};

use super::error::ApiError;
use super::id::Id;
use super::job::{JobView, find};
use super::openapi::problems;
use super::state::AppState;
use super::stored;

/// A comment goes out as often: proxies close what is silent, and a client that
/// is gone is found out.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Has proxies pass each event on at once.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Data of `stage`: a part of the work has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StageView {
    /// `ingest`, `generate` or `verify`.
    pub stage: String,
}

/// Data of `item`: something is verified. A pair may still be left out of the
/// digest for a better one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ItemView {
    /// A question and its answer.
    Pair {
        /// The pair.
        pair: Pair,
    },
    /// The topic.
    Topic {
        /// The phrase.
        text: String,
    },
    /// The summary.
    Summary {
        /// Its sentences.
        summary: Passage,
        /// What it is like; absent for `medium`.
        #[serde(default, skip_serializing_if = "SummaryForm::is_default")]
        form: SummaryForm,
    },
    /// A related topic.
    Related {
        /// The phrase.
        text: String,
    },
}

/// Streams what happens to a job.
#[utoipa::path(
    get,
    path = "/v1/digests/{id}/events",
    tag = "jobs",
    operation_id = "follow_job",
    summary = "A job as a stream of events",
    description = "Server-sent events from the beginning of the attempt. `status` and `end` carry a \
        `JobView`, `stage` a `StageView`, `item` an `ItemView`, `refused` a `Refused`; nothing comes \
        after `end`.",
    params(("id" = String, Path, format = "uuid", description = "The job.")),
    responses((status = 200, description = "The stream.",
        body = ref("#/components/schemas/JobEvent"), content_type = "text/event-stream")),
    extensions(("x-problems" = json!([problems::STORE, "no_such_job", "too_many_streams"])))
)]
pub(super) async fn stream(
    Shared(state): Shared<Arc<AppState>>,
    Id(id): Id,
) -> Result<Response, ApiError> {
    let queue = state.queue()?;
    let terms = state.terms();
    let place = terms.streams.clone().try_acquire_owned();
    let place = place.map_err(|_| ApiError::TooManyStreams {
        limit: terms.server.max_event_streams,
    })?;
    let job = find(queue, &id).await?;
    let stream = Stream {
        follow: queue.follow(&job.id),
        state: state.clone(),
        _place: place,
    };
    let events = unfold(stream, |mut stream| async move {
        let event = stream.next().await?;
        Some((Ok::<_, Infallible>(event), stream))
    });
    let alive = KeepAlive::new().interval(HEARTBEAT);
    let mut response = Sse::new(events).keep_alive(alive).into_response();
    let headers = response.headers_mut();
    headers.insert(ACCEL_BUFFERING, HeaderValue::from_static("no"));
    Ok(response)
}

/// One client's stream.
struct Stream {
    follow: Follow,
    state: Arc<AppState>,
    _place: OwnedSemaphorePermit,
}

impl Stream {
    /// The next event; `None` when there is none any more, or the service stops.
    async fn next(&mut self) -> Option<Sent> {
        let progress = tokio::select! {
            progress = self.follow.next() => progress,
            () = self.state.drained() => return None,
        };
        match progress {
            Ok(Some(Progress::Status(job))) => told("status", &JobView::short(&job)),
            Ok(Some(Progress::Made(event))) => made(event),
            Ok(Some(Progress::Ended(job))) => self.ended(&job).await,
            Ok(None) => None,
            Err(error) => {
                tracing::error!(%error, "an event stream breaks off");
                None
            }
        }
    }

    /// The job at its end, with its digest when it has one.
    async fn ended(&self, job: &Job) -> Option<Sent> {
        let queue = self.state.queue().ok()?;
        let view = JobView::about(queue, job).await;
        let mut view = view.unwrap_or_else(|error| {
            tracing::warn!(%error, "the last event goes without article");
            JobView::short(job)
        });
        if job.status.state == State::Done {
            let digest = stored::digest(queue, job).await;
            match digest {
                Ok(digest) => view.digest = Some(digest),
                // The client can ask for it.
                Err(error) => tracing::warn!(%error, "the last event goes without digest"),
            }
        }
        told("end", &view)
    }
}

fn made(event: Event) -> Option<Sent> {
    match event {
        Event::Stage(stage) => {
            let stage = stage.name().to_owned();
            told("stage", &StageView { stage })
        }
        Event::Pair(pair) => told("item", &ItemView::Pair { pair }),
        Event::Topic(text) => told("item", &ItemView::Topic { text }),
        Event::Summary(summary, form) => told("item", &ItemView::Summary { summary, form }),
        Event::Related(text) => told("item", &ItemView::Related { text }),
        Event::Refused(refused) => told("refused", &refused),
    }
}

/// JSON has no line breaks of its own, so that no text ends an event.
fn told(name: &str, data: &impl Serialize) -> Option<Sent> {
    let event = Sent::default().event(name).json_data(data);
    event
        .map_err(|error| tracing::error!(%error, "an event cannot be written"))
        .ok()
}
