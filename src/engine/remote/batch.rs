//! One batch: all its branches asked, each as soon as the gate lets it in, until all
//! have ended or nobody waits any more. A branch that fails fails alone; where all
//! fail, or what is wrong concerns them all, the batch fails.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hyper::Method;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use tokio::time::{Instant, sleep};

use crate::engine::waiting::Turn;
use crate::engine::{
    Batch, Branch, Completion, EngineError, Finish, Goal, Prefix, Reporter, Shape, Usage,
};
use crate::net::{Bounds, Outgoing};
use crate::telemetry;

use super::chat::{self, Question, Said, Tokens};
use super::plain::plain;
use super::retry::{Failure, draw};
use super::{Service, estimate, schema};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Tokens that a chat template takes around the messages.
const TEMPLATE_TOKENS: usize = 32;

/// What came of a branch.
type Outcome = Result<(Completion, Tokens), Failure>;

/// Asks all branches of a batch and reports them. Its turn comes with the first
/// request that is let in.
pub(super) async fn run(service: Arc<Service>, batch: Batch, reporter: Reporter, turn: Turn) {
    let mut asking = Asking {
        service: &service,
        batch: &batch,
        arrived: Instant::now(),
        usage: Usage::default(),
    };
    let outcome = tokio::select! {
        () = reporter.abandoned() => None,
        outcome = asking.all(&reporter, &turn) => Some(outcome),
    };
    let usage = asking.total();
    match outcome {
        None => usage.tell("abandoned", batch.lane),
        Some(Ok(())) => {
            usage.tell("done", batch.lane);
            reporter.ended(Ok(usage));
        }
        Some(Err(error)) => {
            tracing::warn!(code = error.code(), %error, "batch failed");
            usage.tell("failed", batch.lane);
            reporter.ended(Err(error));
        }
    }
}

struct Asking<'a> {
    service: &'a Service,
    batch: &'a Batch,
    arrived: Instant,
    usage: Usage,
}

impl Asking<'_> {
    async fn all(&mut self, reporter: &Reporter, turn: &Turn) -> Result<(), EngineError> {
        let (service, batch, arrived) = (self.service, self.batch, self.arrived);
        let requests = batch
            .branches
            .iter()
            .map(|it| service.request(&batch.prefix, it));
        let requests: Vec<Request<'_>> = requests.collect::<Result<_, _>>()?;
        let mut queue_ms = None;
        let running = requests.iter().enumerate().map(|(at, request)| async move {
            let permit = service.gate.enter(batch.lane).await;
            let waited = turn.comes().then(|| millis(arrived));
            let outcome = service.ask(request).await;
            drop(permit);
            (at, waited, outcome)
        });
        let mut running: FuturesUnordered<_> = running.collect();
        let mut first_error = None;
        let mut answered = requests.is_empty();
        while let Some((at, waited, outcome)) = running.next().await {
            queue_ms = queue_ms.or(waited);
            self.usage.queue_ms = queue_ms.unwrap_or_default();
            match outcome {
                Ok((completion, tokens)) => {
                    answered = true;
                    self.note(tokens);
                    reporter.completed(at, completion);
                }
                Err(Failure::Everywhere(error)) => return Err(error),
                Err(failure) => {
                    let error = failure.into_error();
                    tracing::warn!(code = error.code(), %error, "a branch failed");
                    first_error.get_or_insert(error);
                    reporter.completed(at, failed());
                }
            }
        }
        match first_error {
            Some(error) if !answered => Err(error),
            _ => Ok(()),
        }
    }

    fn note(&mut self, tokens: Tokens) {
        self.usage.prefill_tokens += tokens.prompt - tokens.cached;
        self.usage.cached_tokens += tokens.cached;
        self.usage.decode_tokens += tokens.answer;
    }

    /// The service does not tell the time of prefill apart.
    fn total(&self) -> Usage {
        Usage {
            decode_ms: millis(self.arrived).saturating_sub(self.usage.queue_ms),
            ..self.usage
        }
    }
}

/// A branch as it is asked.
struct Request<'a> {
    body: Vec<u8>,
    shape: &'a Shape,
    answer_start: &'a str,
    /// Words of the prompt.
    words: usize,
}

impl Service {
    /// What is to be sent for a branch, if the context has room for it.
    fn request<'a>(&self, prefix: &Prefix, branch: &'a Branch) -> Result<Request<'a>, EngineError> {
        let Goal::Decode { shape, max_tokens } = &branch.goal else {
            return Err(EngineError::NoScores);
        };
        let asked = schema::request(shape);
        let told = plain(&branch.told(prefix));
        let user = format!("{told}\n\n{asked}");
        // JSON has escapes, and its model may cut words otherwise than ours.
        let max_tokens = max_tokens + max_tokens / 2 + schema::frame_tokens(shape);
        let prompt = estimate::tokens(&prefix.system) + estimate::tokens(&user);
        let needed = prompt + TEMPLATE_TOKENS + max_tokens;
        let limit = self.context_tokens;
        if needed > limit {
            return Err(EngineError::ContextFull { needed, limit });
        }
        let question = Question {
            model: &self.settings.model,
            system: &prefix.system,
            user: &user,
            shape,
            max_tokens,
        };
        Ok(Request {
            body: question.body(),
            shape,
            answer_start: &branch.answer_start,
            words: estimate::words(&prefix.system) + estimate::words(&user),
        })
    }

    /// Sends a request until it is answered or there is no use in it.
    async fn ask(&self, request: &Request<'_>) -> Outcome {
        let settings = &self.settings;
        let deadline = Instant::now() + settings.request_timeout;
        let mut attempts = 0;
        loop {
            let outcome = self.attempt(request, deadline).await;
            let outcome = outcome.and_then(|said| self.completion(request, said));
            telemetry::remote_attempt(match &outcome {
                Ok(_) => "answered",
                Err(Failure::Passing { .. }) => "passing",
                Err(Failure::Lasting(_) | Failure::Everywhere(_)) => "lasting",
            });
            attempts += 1;
            let (error, after) = match outcome {
                Err(Failure::Passing { error, after }) => (error, after),
                ended => return ended,
            };
            let wait = settings.retries.wait(attempts, after, draw());
            let in_time = |wait: &std::time::Duration| Instant::now() + *wait < deadline;
            match wait.filter(in_time) {
                Some(wait) => {
                    tracing::debug!(%error, attempts, ?wait, "asked again later");
                    sleep(wait).await;
                }
                None => return Err(Failure::Passing { error, after }),
            }
        }
    }

    async fn attempt(&self, request: &Request<'_>, deadline: Instant) -> Result<Said, Failure> {
        let left = deadline.saturating_duration_since(Instant::now());
        let bounds = Bounds {
            time: self.settings.attempt_timeout.min(left),
            answer_bytes: self.settings.max_answer_bytes,
        };
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, JSON), (ACCEPT, JSON)]);
        if let Some(authorization) = &self.settings.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        let outgoing = Outgoing {
            method: Method::POST,
            headers,
            body: request.body.clone(),
        };
        let sent = self.client.send(&self.settings.target, outgoing, bounds);
        match sent.await {
            Ok(answer) => chat::read(&self.host, &answer),
            Err(error) => Err(chat::silence(&self.host, &error)),
        }
    }

    fn completion(&self, request: &Request<'_>, said: Said) -> Outcome {
        let host = || self.host.clone();
        let (read, words) = (said.tokens.prompt, request.words);
        if (1..words).contains(&read) {
            let host = host();
            let error = EngineError::PromptCut { host, read, words };
            return Err(Failure::Everywhere(error));
        }
        let text = schema::read(
            request.shape,
            request.answer_start,
            &said.content,
            said.is_cut,
        );
        let unusable = || {
            Failure::Lasting(EngineError::Unusable {
                host: host(),
                reason: "it has not the form that was asked for".to_owned(),
            })
        };
        let completion = Completion {
            text: text.ok_or_else(unusable)?,
            finish: match said.is_cut {
                true => Finish::Length,
                false => Finish::Complete,
            },
            logprobs: None,
            tokens: said.tokens.answer,
        };
        Ok((completion, said.tokens))
    }
}

fn failed() -> Completion {
    Completion {
        text: String::new(),
        finish: Finish::Failed,
        logprobs: None,
        tokens: 0,
    }
}

fn millis(from: Instant) -> u64 {
    u64::try_from(from.elapsed().as_millis()).unwrap_or(u64::MAX)
}
