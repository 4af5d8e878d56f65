//! Everything that can go wrong with a request, and the one table from errors
//! to statuses. What a caller is told and what the log is told are apart: a
//! failure inside the service keeps its paths and reasons to the log (`answer`).

use std::time::Duration;

use axum::http::StatusCode;

use crate::access::Denied;
use crate::api::batches::BatchError;
use crate::engine::EngineError;
use crate::life::LifeError;
use crate::net::PageError;
use crate::pipeline::error::PipelineError;
use crate::pipeline::render::RenderError;
use crate::store::{Lane, StoreError};

mod answer;
mod life;

/// Code of the one failure for good that lies with the article.
const CONTEXT_FULL: &str = "context_full";

/// Where a caller wrote a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the JSON body.
    Body,
    /// In the query.
    Query,
    /// In a header.
    Header,
}

/// The code of a response's problem, for who logs and counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProblemCode(pub(super) String);

/// Why a request gets no digest.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The pipeline refused or failed.
    #[error("{error}")]
    Pipeline {
        /// Its reason.
        error: PipelineError,
        /// Where the options were written.
        place: Place,
    },
    /// No such path.
    #[error("there is nothing at this path")]
    NotFound,
    /// The path exists, the method does not.
    #[error("this path does not answer this method")]
    MethodNotAllowed {
        /// Those that it answers, comma-separated; empty where `axum` tells.
        allowed: String,
    },
    /// The caller is not let in.
    #[error("{0}")]
    Denied(#[from] Denied),
    /// A route that the table of scopes lacks: a bug.
    #[error("this path is served, and the table of scopes lacks it")]
    RouteWithoutScope,
    /// The system has no random bytes.
    #[error("the system has no random bytes")]
    NoRandom,
    /// The body's media type is missing or unknown.
    #[error("the body's media type is {}", sent.as_deref().unwrap_or("not said"))]
    MediaType {
        /// What the caller said.
        sent: Option<String>,
    },
    /// The body's charset is unknown, or not UTF-8 in JSON.
    #[error("the body's charset is {sent}, which cannot be read here")]
    Charset {
        /// What the caller said.
        sent: String,
    },
    /// The body is packed in a way that is not unpacked.
    #[error("the body's content encoding is {sent}, and only gzip is unpacked")]
    ContentEncoding {
        /// What the caller said.
        sent: String,
    },
    /// None of the formats fits `Accept`.
    #[error("the digest has no form that fits the Accept header")]
    NotAcceptable,
    /// The body is not the JSON that is expected.
    #[error("the body is not a valid request: {0}")]
    BadJson(serde_json::Error),
    /// None or several of `text`, `html` and `markdown`.
    #[error("the body has none or several of text, html and markdown")]
    OneBody,
    /// A parameter that cannot be used.
    #[error("{name} {reason}")]
    BadParameter {
        /// Where it was written.
        place: Place,
        /// The parameter.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// More bytes than the limit allows.
    #[error("the body is larger than limits.max_input_bytes = {limit} allows")]
    BodyTooLarge {
        /// `limits.max_input_bytes`.
        limit: usize,
    },
    /// The body did not arrive in time.
    #[error("the body did not arrive within server.request_body_timeout_seconds = {seconds}")]
    BodyTimeout {
        /// The configured time.
        seconds: u64,
    },
    /// The body broke off.
    #[error("the body broke off")]
    BodyInterrupted,
    /// All slots are taken.
    #[error("{limit} digests are in the making, and server.max_concurrent_requests allows no more")]
    Busy {
        /// The configured number.
        limit: usize,
        /// When one should be free, as measured.
        after: Duration,
    },
    /// As many clients look on as may.
    #[error("{limit} event streams are open, and server.max_event_streams allows no more")]
    TooManyStreams {
        /// The configured number.
        limit: usize,
    },
    /// A batch that is not taken, or not found.
    #[error("{0}")]
    Batch(#[from] BatchError),
    /// As many connections as may be are open.
    #[error("{limit} connections are open, and {by} allows no more")]
    TooManyConnections {
        /// The configured number.
        limit: usize,
        /// The key that says so.
        by: &'static str,
    },
    /// The engine is being loaded.
    #[error("the service is starting: its engine is being loaded")]
    Starting,
    /// The service was told to stop.
    #[error("the service is stopping and takes no new articles")]
    Draining,
    /// The engine is gone.
    #[error("the engine has stopped")]
    EngineStopped,
    /// The lane has no room.
    #[error("{limit} jobs of the lane {} are open, and jobs.max_{}_jobs allows no more", lane.name(), lane.name())]
    LaneFull {
        /// The lane.
        lane: Lane,
        /// The configured number.
        limit: usize,
        /// When there should be room, as measured.
        after: Duration,
    },
    /// The caller's API key has as many open jobs as it may.
    #[error("{limit} jobs of this key are open, and no more are allowed")]
    OwnerFull {
        /// What the key may have.
        limit: u32,
        /// When there should be room, as measured.
        after: Duration,
    },
    /// The key came with another request before.
    #[error("this Idempotency-Key came with another request before")]
    KeyReused,
    /// The request with this key has no answer yet.
    #[error("the request with this Idempotency-Key is still being answered, as job {id}")]
    KeyInFlight {
        /// Its job.
        id: String,
    },
    /// No such job.
    #[error("there is no such job, or it was kept long enough")]
    NoSuchJob,
    /// A job that has ended cannot be called off.
    #[error("the job has ended already")]
    JobEnded,
    /// There is nothing to sign callbacks with.
    #[error("this service sends no callbacks: callbacks.secrets is empty")]
    CallbacksOff,
    /// No host is named whose pages may be fetched.
    #[error("this service fetches nothing: fetch.hosts is empty")]
    FetchOff,
    /// A page that could not be fetched, or may not.
    #[error("{0}")]
    Fetch(#[from] PageError),
    /// No such callback.
    #[error("there is no such delivery, or it was kept long enough")]
    NoSuchDelivery,
    /// A callback that is being sent cannot be sent again.
    #[error("the delivery is being sent at the moment")]
    DeliveryUnderWay,
    /// No such article.
    #[error("there is no such article")]
    NoSuchArticle,
    /// No such version.
    #[error("the article has no such version")]
    NoSuchVersion,
    /// The article was changed since the caller read it.
    #[error("the article has revision {revision}, and If-Match names another")]
    RevisionMismatch {
        /// What it has.
        revision: i64,
    },
    /// The article is changed all the time.
    #[error("the article is being changed by others at the moment")]
    Contended,
    /// It cannot be done to this article.
    #[error("{0}")]
    Life(#[from] LifeError),
    /// The job was called off.
    #[error("the job was cancelled")]
    Cancelled,
    /// The job failed for good.
    #[error("{detail}")]
    Dead {
        /// The failure's code.
        code: String,
        /// What happened.
        detail: String,
    },
    /// The digest was removed while it was asked for.
    #[error("the digest was kept long enough, and is gone")]
    DigestGone,
    /// A stored digest that cannot be read.
    #[error("a stored digest cannot be read: {0}")]
    StoredDigest(serde_json::Error),
    /// The store failed.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The digest could not be printed.
    #[error("the digest cannot be printed: {0}")]
    Render(RenderError),
    /// A handler panicked.
    #[error("the service failed on this request")]
    Panicked,
}

impl ApiError {
    /// The table: one status per error.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Pipeline { error, .. } => pipeline_status(error),
            Self::BadJson(_)
            | Self::OneBody
            | Self::BadParameter { .. }
            | Self::BodyInterrupted => StatusCode::BAD_REQUEST,
            Self::NotFound
            | Self::NoSuchJob
            | Self::NoSuchDelivery
            | Self::NoSuchArticle
            | Self::NoSuchVersion => StatusCode::NOT_FOUND,
            Self::RevisionMismatch { .. } => StatusCode::PRECONDITION_FAILED,
            Self::Life(error) => life::status(error),
            Self::KeyInFlight { .. }
            | Self::JobEnded
            | Self::DeliveryUnderWay
            | Self::Cancelled => StatusCode::CONFLICT,
            Self::DigestGone => StatusCode::GONE,
            Self::KeyReused | Self::CallbacksOff | Self::FetchOff => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::LaneFull { .. } | Self::OwnerFull { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Denied(denied) => denied_status(denied),
            Self::Batch(error) => error.status(),
            Self::Fetch(error) => fetch_status(error),
            Self::Dead { code, .. } if code == CONTEXT_FULL => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Store(error) if error.is_transient() => StatusCode::SERVICE_UNAVAILABLE,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::BodyTimeout { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType { .. } | Self::Charset { .. } | Self::ContentEncoding { .. } => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Self::Busy { .. }
            | Self::TooManyStreams { .. }
            | Self::Contended
            | Self::TooManyConnections { .. }
            | Self::Starting
            | Self::Draining
            | Self::EngineStopped => StatusCode::SERVICE_UNAVAILABLE,
            Self::Dead { .. }
            | Self::StoredDigest(_)
            | Self::Store(_)
            | Self::Render(_)
            | Self::RouteWithoutScope
            | Self::NoRandom
            | Self::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// A stable machine-readable name.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Pipeline { error, .. } => error.code(),
            Self::Dead { code, .. } => code,
            Self::LaneFull { .. } => "lane_full",
            Self::OwnerFull { .. } => "key_full",
            Self::Denied(denied) => denied.code(),
            Self::Batch(error) => error.code(),
            Self::KeyReused => "idempotency_key_reused",
            Self::KeyInFlight { .. } => "idempotency_key_in_flight",
            Self::NoSuchJob => "no_such_job",
            Self::JobEnded => "job_ended",
            Self::CallbacksOff => "callbacks_off",
            Self::FetchOff => "fetch_off",
            Self::Fetch(PageError::NotNamed(_)) => "fetch_not_allowed",
            Self::Fetch(PageError::Target(_)) => "fetch_url_refused",
            Self::Fetch(_) => "fetch_failed",
            Self::NoSuchDelivery => "no_such_delivery",
            Self::DeliveryUnderWay => "delivery_under_way",
            Self::NoSuchArticle => "no_such_article",
            Self::NoSuchVersion => "no_such_version",
            Self::RevisionMismatch { .. } => "revision_mismatch",
            Self::Contended => "contended",
            Self::Life(error) => error.code(),
            Self::Cancelled => "job_cancelled",
            Self::DigestGone => "digest_gone",
            Self::Store(StoreError::Full) => "store_full",
            Self::Store(error) if error.is_transient() => "store_unavailable",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::MediaType { .. } => "media_type_unsupported",
            Self::Charset { .. } => "charset_unsupported",
            Self::ContentEncoding { .. } => "content_encoding_unsupported",
            Self::NotAcceptable => "not_acceptable",
            Self::BadJson(_) => "invalid_json",
            Self::OneBody | Self::BadParameter { .. } => "invalid_parameter",
            Self::BodyTooLarge { .. } => "too_many_bytes",
            Self::BodyTimeout { .. } => "body_timeout",
            Self::BodyInterrupted => "body_interrupted",
            Self::Busy { .. } => "busy",
            Self::TooManyStreams { .. } => "too_many_streams",
            Self::TooManyConnections { .. } => "too_many_connections",
            Self::Starting => "starting",
            Self::Draining => "draining",
            Self::EngineStopped => "engine_stopped",
            Self::StoredDigest(_)
            | Self::Store(_)
            | Self::Render(_)
            | Self::RouteWithoutScope
            | Self::NoRandom
            | Self::Panicked => "internal",
        }
    }

    /// What the caller can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Pipeline { error, .. } => error.hint(),
            Self::NotFound => "send articles to POST /v1/digests, and find them at GET /v1/digests",
            Self::MethodNotAllowed { .. } => "use a method that the Allow header names",
            Self::MediaType { .. } => {
                "set Content-Type to application/json, text/plain, text/html or text/markdown"
            }
            Self::Charset { .. } => {
                "name the charset by a label of the WHATWG encoding standard, or convert the body to UTF-8"
            }
            Self::ContentEncoding { .. } => "send the body as it is, or packed with gzip",
            Self::NotAcceptable => {
                "accept application/json, text/markdown, text/html or application/ld+json, or name a ?format="
            }
            Self::BadJson(_) => {
                "correct the place named; see the API's documentation for the fields"
            }
            Self::OneBody => "send the article in exactly one of text, html and markdown",
            Self::BadParameter { .. } => "correct or remove the parameter",
            Self::BodyTooLarge { .. } => {
                "send the article's body only, or raise the limit in the configuration"
            }
            Self::BodyTimeout { .. } | Self::BodyInterrupted => "send the request again",
            Self::Batch(error) => error.hint(),
            Self::TooManyStreams { .. } => "try again later, or ask for the job with GET",
            Self::Contended | Self::TooManyConnections { .. } | Self::Starting | Self::Draining => {
                "try again later"
            }
            Self::EngineStopped => EngineError::Stopped.hint(),
            Self::Busy { .. } | Self::LaneFull { .. } | Self::OwnerFull { .. } => {
                "send it again after the time in Retry-After"
            }
            Self::Denied(denied) => denied.hint(),
            Self::KeyReused => "take a new key for a new request",
            Self::KeyInFlight { .. } => {
                "wait for the first answer, or ask with Prefer: respond-async"
            }
            Self::NoSuchJob => "check the id; GET /v1/digests lists the jobs that there are",
            Self::JobEnded => "ask for it with GET",
            Self::CallbacksOff => {
                "leave the callback out and ask for the job, or have its operator set a secret"
            }
            Self::FetchOff => "paste the article, or have its operator name hosts",
            Self::Fetch(PageError::NotNamed(_) | PageError::Target(_)) => {
                "GET /v1/fetch lists the hosts; paste the article instead"
            }
            Self::Fetch(_) => "check the address, or paste the article instead",
            Self::NoSuchDelivery => "check the id; GET /v1/deliveries lists what there is",
            Self::DeliveryUnderWay => "ask again when the attempt has ended",
            Self::NoSuchArticle => "check the id; GET /v1/articles lists what there is",
            Self::NoSuchVersion => "leave the version out, or take one that the answer lists",
            Self::RevisionMismatch { .. } => "GET the article, and decide anew",
            Self::Life(error) => error.hint(),
            Self::Cancelled | Self::DigestGone => "send the article again",
            Self::Dead { .. } => "GET the job for its history; then send the article again",
            Self::Store(error) if error.is_transient() => "try again later",
            Self::StoredDigest(_)
            | Self::Store(_)
            | Self::Render(_)
            | Self::RouteWithoutScope
            | Self::NoRandom
            | Self::Panicked => "this is a bug: please report it with the request id",
        }
    }

    /// A job that failed for good, by the reason that the store has: a code, a
    /// colon and a detail.
    pub(super) fn dead(reason: Option<&str>) -> Self {
        let reason = reason.unwrap_or("internal: no reason is known");
        let (code, detail) = reason.split_once(": ").unwrap_or((reason, reason));
        Self::Dead {
            code: code.to_owned(),
            detail: detail.to_owned(),
        }
    }
}

fn denied_status(denied: &Denied) -> StatusCode {
    match denied {
        Denied::NoKey
        | Denied::UnknownKey
        | Denied::Revoked
        | Denied::Expired
        | Denied::NoSession => StatusCode::UNAUTHORIZED,
        Denied::NoScope(_) | Denied::CrossSite | Denied::NoToken => StatusCode::FORBIDDEN,
        Denied::TooFast { .. } => StatusCode::TOO_MANY_REQUESTS,
        Denied::WrongHost => StatusCode::MISDIRECTED_REQUEST,
    }
}

fn fetch_status(error: &PageError) -> StatusCode {
    match error {
        PageError::NotNamed(_) => StatusCode::FORBIDDEN,
        PageError::Target(_) => StatusCode::BAD_REQUEST,
        PageError::Send(_)
        | PageError::Status(_)
        | PageError::Redirects
        | PageError::NotText
        | PageError::TooLarge => StatusCode::BAD_GATEWAY,
    }
}

fn pipeline_status(error: &PipelineError) -> StatusCode {
    match error {
        PipelineError::Empty | PipelineError::NotUtf8 { .. } | PipelineError::Option { .. } => {
            StatusCode::BAD_REQUEST
        }
        PipelineError::TooManyBytes { .. }
        | PipelineError::TooManyNodes { .. }
        | PipelineError::TooManyWords { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        PipelineError::Binary { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        PipelineError::NoText
        | PipelineError::TooFewWords { .. }
        | PipelineError::Language { .. }
        | PipelineError::WindowFull { .. }
        | PipelineError::Engine(EngineError::ContextFull { .. }) => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        PipelineError::Engine(
            EngineError::Saturated { .. }
            | EngineError::Stopped
            | EngineError::Load { .. }
            | EngineError::Unreachable { .. },
        ) => StatusCode::SERVICE_UNAVAILABLE,
        PipelineError::Engine(
            EngineError::Refused { .. }
            | EngineError::Unusable { .. }
            | EngineError::PromptCut { .. },
        ) => StatusCode::BAD_GATEWAY,
        PipelineError::TookTooLong { .. } => StatusCode::GATEWAY_TIMEOUT,
        PipelineError::NotReadWhole { .. }
        | PipelineError::Engine(
            EngineError::Grammar(_) | EngineError::Decode(_) | EngineError::NoScores,
        ) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
