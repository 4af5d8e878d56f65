//! `POST /v1/batches`: a batch comes in, as JSONL line by line, or as a list in one
//! JSON object. A line is stored as it comes, and is in memory no longer than that;
//! one that is broken is told with the batch and costs only itself. What comes to its
//! end too large, or not at all, is forgotten.

use std::collections::HashSet;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State as Shared};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::timeout;

use crate::api::access::Caller;
use crate::api::deliveries::check_callback;
use crate::api::error::{ApiError, Place};
use crate::api::observe::RequestId;
use crate::api::openapi::problems;
use crate::api::state::AppState;
use crate::api::wire;
use crate::archive::{Entry, Problem, parse_line};
use crate::jobs::pack_item;
use crate::pipeline::options::DigestOptions;
use crate::store::{Batch, NewBatch, NewItem, Store, StoreError};

use super::{BatchError, view};

/// Lines that are stored together.
const LINES_AT_ONCE: usize = 100;
/// Bytes of lines that are stored together.
const BYTES_AT_ONCE: usize = 1 << 20;
/// Bytes of a caller's name for an article.
const MAX_ID_BYTES: usize = 255;

/// Takes a batch in.
#[utoipa::path(
    post,
    path = "/v1/batches",
    tag = "batches",
    operation_id = "create_batch",
    summary = "Many articles at once",
    description = "One JSON object a line, or in a list: `custom_id` and one of `text`, `html` and `markdown`. A line that is broken costs only itself.",
    params(
        ("count" = Option<u32>, Query, minimum = 1, description = "FAQ pairs of each at most."),
        ("max_answer_words" = Option<u32>, Query, minimum = 20, description = "Words of an answer at most."),
        ("include_source" = Option<bool>, Query, description = "Adds the text that was read."),
        ("summary" = Option<String>, Query, description = "`short`, `medium` or `key-points`."),
        ("tone" = Option<String>, Query, description = "`neutral`, `formal` or `conversational`."),
        ("reading_level" = Option<String>, Query, description = "`default` or `simple`."),
        ("model" = Option<String>, Query, description = "The model that runs, as `GET /v1/about` names it."),
        ("callback" = Option<String>, Query, description = "Whom to call when the batch has ended."),
    ),
    request_body(content(
        ("application/jsonl"),
        (ref("#/components/schemas/BatchRequest") = "application/json"),
    )),
    responses((status = 202, description = "Stored; it ends `completed`, `failed`, `expired` or `cancelled`.",
        body = ref("#/components/schemas/BatchView"), content_type = "application/json",
        headers(("Location" = String, description = "Where the batch is.")))),
    extensions(("x-problems" = json!([
        problems::BODY, problems::STORE, "callbacks_off", "draining", "empty_batch",
        "engine_stopped", "invalid_option", "invalid_parameter", "too_many_lines",
        "too_many_uploads",
    ])))
)]
pub(in crate::api) async fn create(
    Shared(state): Shared<Arc<AppState>>,
    request: Request,
) -> Result<Response, ApiError> {
    let limit = state.batches.max_uploads;
    let Ok(_slot) = state.uploads.try_acquire() else {
        return Err(BatchError::TooManyUploads { limit }.into());
    };
    // New work may not be welcome.
    state.digester()?;
    let store = state.queue()?.store().clone();
    let (mut head, body) = request.into_parts();
    let sender = Sender {
        caller: head.extensions.remove().unwrap_or_default(),
        request_id: head.extensions.remove::<RequestId>().map(|it| it.0),
    };
    let sent = Sent::of(&head.headers)?;
    let mut wishes = Wishes::of(&head.uri, &state)?;
    let time = state.batches.upload_timeout;
    let in_time = timeout(time, async {
        match sent {
            Sent::Lines => {
                let mut taking = Taking::begin(&state, &store, &wishes, &sender).await?;
                let taken = taking.lines(body).await;
                taking.end(taken).await
            }
            Sent::List => {
                let list = list(&state, body).await?;
                wishes.lay_over(&list, &state)?;
                let mut taking = Taking::begin(&state, &store, &wishes, &sender).await?;
                let taken = taking.list(list.articles).await;
                taking.end(taken).await
            }
        }
    });
    let seconds = time.as_secs();
    let batch = in_time
        .await
        .map_err(|_| BatchError::UploadTimeout { seconds })??;
    let mut response = (StatusCode::ACCEPTED, view(&store, &batch).await?).into_response();
    if let Ok(place) = HeaderValue::from_str(&format!("/v1/batches/{}", batch.id)) {
        response.headers_mut().insert(LOCATION, place);
    }
    Ok(response)
}

/// Who sends a batch, and with which request.
struct Sender {
    caller: Caller,
    request_id: Option<String>,
}

/// How a batch is sent.
#[derive(Clone, Copy)]
enum Sent {
    Lines,
    List,
}

impl Sent {
    fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let sent = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
        let essence = sent.and_then(|it| it.split(';').next()).map(str::trim);
        match essence.map(str::to_ascii_lowercase).as_deref() {
            Some(
                "application/jsonl"
                | "application/x-ndjson"
                | "application/x-jsonlines"
                | "application/json-lines",
            ) => Ok(Self::Lines),
            Some("application/json") => Ok(Self::List),
            _ => Err(BatchError::BatchMediaType {
                sent: sent.map(str::to_owned),
            }
            .into()),
        }
    }
}

/// What a caller wants of all articles of a batch.
struct Wishes {
    options: DigestOptions,
    callback: Option<String>,
}

/// A batch as a list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BatchRequest")]
pub(in crate::api) struct List {
    /// The articles: `custom_id` and one of `text`, `html` and `markdown` each.
    articles: Vec<serde_json::Value>,
    /// What the digests are to be like.
    #[serde(default, deserialize_with = "wire::object::object")]
    options: wire::JsonOptions,
    /// Whom to call when the batch has ended.
    #[serde(default, deserialize_with = "wire::object::perhaps_object")]
    callback: Option<wire::JsonCallback>,
}

impl Wishes {
    fn of(uri: &Uri, state: &AppState) -> Result<Self, ApiError> {
        let mut options = wire::JsonOptions::default();
        let mut callback = None::<String>;
        for (name, value) in wire::pairs(uri)? {
            if options.take(&name, &value)? {
                continue;
            }
            if name != "callback" {
                let known = wire::OPTIONS.join(", ");
                let reason = format!("is unknown; known are {known}, callback");
                return Err(wire::bad(Place::Query, &name, reason));
            }
            wire::set(&mut callback, &name, &value)?;
        }
        check_callback(state, callback.as_deref(), Place::Query)?;
        Ok(Self {
            options: checked(&options, Place::Query, state)?,
            callback,
        })
    }

    fn lay_over(&mut self, list: &List, state: &AppState) -> Result<(), ApiError> {
        self.options = checked(&list.options, Place::Body, state)?;
        if let Some(callback) = &list.callback {
            check_callback(state, Some(&callback.url), Place::Body)?;
            self.callback = Some(callback.url.clone());
        }
        Ok(())
    }
}

fn checked(
    options: &wire::JsonOptions,
    place: Place,
    state: &AppState,
) -> Result<DigestOptions, ApiError> {
    let (terms, model) = (state.terms(), state.model());
    let here = wire::Here {
        limits: &terms.limits,
        model: model.as_deref(),
    };
    options.check(place, here)
}

/// A batch that is being taken in.
struct Taking<'a> {
    state: &'a AppState,
    store: &'a Store,
    batch: Batch,
    options: &'a DigestOptions,
    seen: HashSet<String>,
    line: i64,
    good: i64,
    pending: Vec<NewItem>,
    pending_bytes: usize,
}

impl<'a> Taking<'a> {
    async fn begin(
        state: &'a AppState,
        store: &'a Store,
        wishes: &'a Wishes,
        sender: &Sender,
    ) -> Result<Self, ApiError> {
        let lifetime = state.batches.lifetime.as_millis();
        let new = NewBatch {
            api_key: sender.caller.owner().map(|owner| owner.api_key),
            callback: wishes.callback.clone(),
            request_id: sender.request_id.clone(),
            lifetime: i64::try_from(lifetime).unwrap_or(i64::MAX),
        };
        Ok(Self {
            state,
            store,
            batch: store.begin_batch(&new).await?,
            options: &wishes.options,
            seen: HashSet::new(),
            line: 0,
            good: 0,
            pending: Vec::new(),
            pending_bytes: 0,
        })
    }

    /// Takes lines as they come.
    async fn lines(&mut self, mut body: Body) -> Result<(), ApiError> {
        let limit = self.state.batches.max_bytes;
        let (mut bytes, mut line, mut is_long) = (0, Vec::new(), false);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| ApiError::BodyInterrupted)?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            bytes += data.len();
            if bytes > limit {
                return Err(BatchError::BatchTooLarge { limit }.into());
            }
            for part in Parts(data) {
                is_long |= line.len() + part.bytes.len() > self.state.terms().limits.max_item_bytes;
                if !is_long {
                    line.extend_from_slice(&part.bytes);
                }
                if part.ends {
                    self.take(&std::mem::take(&mut line), is_long).await?;
                    is_long = false;
                }
            }
        }
        self.take(&line, is_long).await?;
        self.flush().await
    }

    async fn list(&mut self, articles: Vec<serde_json::Value>) -> Result<(), ApiError> {
        for article in articles {
            self.take(article.to_string().as_bytes(), false).await?;
        }
        self.flush().await
    }

    async fn take(&mut self, line: &[u8], is_long: bool) -> Result<(), ApiError> {
        if !is_long && line.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        self.line += 1;
        let limit = self.state.batches.max_lines;
        if self.line > i64::try_from(limit).unwrap_or(i64::MAX) {
            return Err(BatchError::TooManyLines { limit }.into());
        }
        let (id, entry) = if is_long {
            let detail = format!(
                "the line is longer than limits.max_item_bytes = {}",
                self.state.terms().limits.max_item_bytes
            );
            (None, Err(Problem::broken("too_many_bytes", detail)))
        } else {
            parse_line(line)
        };
        let item = self.item(id, entry)?;
        self.good += i64::from(item.order.is_ok());
        self.pending_bytes += line.len();
        self.pending.push(item);
        if self.pending.len() >= LINES_AT_ONCE || self.pending_bytes >= BYTES_AT_ONCE {
            self.flush().await?;
        }
        Ok(())
    }

    fn item(
        &mut self,
        id: Option<String>,
        entry: Result<Entry, Problem>,
    ) -> Result<NewItem, ApiError> {
        let (custom_id, entry) = self.name(id, entry);
        self.seen.insert(custom_id.clone());
        let mut item = NewItem {
            line: self.line,
            custom_id,
            title: None,
            url: None,
            order: Err(String::new()),
        };
        item.order = match entry {
            Ok(entry) => {
                item.title.clone_from(&entry.input.title);
                item.url.clone_from(&entry.url);
                Ok(pack_item(entry.input, self.options)?)
            }
            Err(problem) => Err(format!("{}: {}", problem.code, problem.detail)),
        };
        Ok(item)
    }

    /// A name that no other line of the batch has, and that the store can hold.
    fn name(
        &self,
        id: Option<String>,
        entry: Result<Entry, Problem>,
    ) -> (String, Result<Entry, Problem>) {
        let unnamed = format!("line-{}", self.line);
        let refuse = |code, detail: &str| Err(Problem::broken(code, detail));
        let storable = |text: &str| text.len() <= 8 * MAX_ID_BYTES && !text.contains('\0');
        match id {
            _ if entry.as_ref().is_ok_and(|it| {
                !it.input
                    .title
                    .iter()
                    .chain(&it.url)
                    .all(|text| storable(text))
            }) =>
            {
                (
                    unnamed,
                    refuse("bad_name", "its title or url is too long, or holds a NUL"),
                )
            }
            None if entry.is_ok() => (unnamed, refuse("no_id", "custom_id is missing")),
            None => (unnamed, entry),
            Some(id) if id.len() > MAX_ID_BYTES || id.chars().any(char::is_control) => {
                let detail = "custom_id has more than 255 bytes, or control characters";
                (unnamed, refuse("bad_id", detail))
            }
            Some(id) if self.seen.contains(&id) => {
                (unnamed, refuse("duplicate_id", "custom_id came before"))
            }
            Some(id) => (id, entry),
        }
    }

    async fn flush(&mut self) -> Result<(), ApiError> {
        self.pending_bytes = 0;
        let items = std::mem::take(&mut self.pending);
        if items.is_empty() {
            return Ok(());
        }
        Ok(self.store.add_items(&self.batch, &items).await?)
    }

    /// Begins to work on it, or forgets it.
    async fn end(self, taken: Result<(), ApiError>) -> Result<Batch, ApiError> {
        let refused = match taken {
            Ok(()) if self.good > 0 => None,
            Ok(()) => Some(BatchError::EmptyBatch { lines: self.line }.into()),
            Err(error) => Some(error),
        };
        if let Some(error) = refused {
            self.store.delete_batch(&self.batch.id).await?;
            return Err(error);
        }
        let started = self.store.start_batch(&self.batch.id).await?;
        let gone = || StoreError::Failed("the batch was removed while it came in".to_owned());
        Ok(started.ok_or_else(gone)?)
    }
}

/// Pieces of a frame: up to a line's end, and what is left.
struct Parts(Bytes);

struct Part {
    bytes: Bytes,
    ends: bool,
}

impl Iterator for Parts {
    type Item = Part;

    fn next(&mut self) -> Option<Part> {
        if self.0.is_empty() {
            return None;
        }
        match self.0.iter().position(|byte| *byte == b'\n') {
            Some(at) => {
                let mut bytes = self.0.split_to(at + 1);
                bytes.truncate(at);
                Some(Part { bytes, ends: true })
            }
            None => Some(Part {
                bytes: std::mem::take(&mut self.0),
                ends: false,
            }),
        }
    }
}

/// The list in a JSON body. It is in memory as a whole, so that its bound is that of
/// one item; what is larger comes as lines.
async fn list(state: &AppState, body: Body) -> Result<List, ApiError> {
    let limit = state
        .terms()
        .limits
        .max_item_bytes
        .min(state.batches.max_bytes);
    let mut bytes = Vec::new();
    let mut body = body;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ApiError::BodyInterrupted)?;
        if let Ok(data) = frame.into_data() {
            if bytes.len() + data.len() > limit {
                return Err(BatchError::ListTooLarge { limit }.into());
            }
            bytes.extend_from_slice(&data);
        }
    }
    serde_json::from_slice(&bytes).map_err(ApiError::BadJson)
}
