//! The OpenAI-compatible chat API, as far as it is needed: one question with its
//! schema, and what comes back. Nothing here believes the service: each answer is
//! bounded, read by type and held against what it was to be. Pure.

use std::time::Duration;

use hyper::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use serde::Deserialize;
use serde_json::json;

use crate::engine::{EngineError, Shape};
use crate::net::{Answer, SendError};

use super::retry::Failure;
use super::schema;

/// The same each time: with temperature 0 it changes little, and makes services
/// that draw all the same draw alike.
const SEED: u32 = 1;
/// Characters of a service's name for its reason.
const MAX_CODE_CHARS: usize = 64;

/// One question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) model: &'a str,
    pub(super) system: &'a str,
    pub(super) user: &'a str,
    pub(super) shape: &'a Shape,
    pub(super) max_tokens: usize,
}

/// What the service said to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// JSON, it is to be hoped.
    pub(super) content: String,
    /// Whether it ended at the limit of tokens.
    pub(super) is_cut: bool,
    pub(super) tokens: Tokens,
}

/// What it took, as far as the service tells; 0 where it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tokens {
    pub(super) prompt: usize,
    pub(super) cached: usize,
    pub(super) answer: usize,
}

impl Question<'_> {
    /// The body of the request.
    pub(super) fn body(&self) -> Vec<u8> {
        let body = json!({
            "model": self.model,
            "messages": [
                { "role": "system", "content": self.system },
                { "role": "user", "content": self.user },
            ],
            "response_format": {
                "type": "json_schema",
                "json_schema": {
                    "name": "answer",
                    "strict": true,
                    "schema": schema::schema(self.shape),
                },
            },
            "temperature": 0,
            "seed": SEED,
            "max_tokens": self.max_tokens,
            "stream": false,
        });
        body.to_string().into_bytes()
    }
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Usage {
    prompt_tokens: usize,
    completion_tokens: usize,
    prompt_tokens_details: Option<PromptDetails>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PromptDetails {
    cached_tokens: Option<usize>,
}

/// What an answer says, or why it says nothing.
pub(super) fn read(host: &str, answer: &Answer) -> Result<Said, Failure> {
    if !(200..300).contains(&answer.status) {
        return Err(refusal(host, answer));
    }
    let unusable = |reason: &str| {
        Failure::Lasting(EngineError::Unusable {
            host: host.to_owned(),
            reason: reason.to_owned(),
        })
    };
    if !answer.is_whole {
        return Err(unusable("it is larger than engine.remote.max_answer_bytes"));
    }
    if !is_json(&answer.headers) {
        return Err(unusable("it is not of the type application/json"));
    }
    let completion: Completion =
        serde_json::from_slice(&answer.body).map_err(|_| unusable("it is no chat completion"))?;
    let choice = completion.choices.into_iter().next();
    let choice = choice.ok_or_else(|| unusable("it has no choice"))?;
    let is_cut = match choice.finish_reason.as_deref() {
        Some("length") => true,
        Some("stop") | None => false,
        Some(_) => return Err(unusable("it did not end by itself")),
    };
    let content = choice.message.content;
    Ok(Said {
        content: content.ok_or_else(|| unusable("it has no content"))?,
        is_cut,
        tokens: completion.usage.unwrap_or_default().tokens(),
    })
}

impl Usage {
    fn tokens(self) -> Tokens {
        let details = self.prompt_tokens_details.unwrap_or_default();
        Tokens {
            prompt: self.prompt_tokens,
            cached: details
                .cached_tokens
                .unwrap_or_default()
                .min(self.prompt_tokens),
            answer: self.completion_tokens,
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let essence = value.unwrap_or_default().split(';').next();
    essence.is_some_and(|it| it.trim().eq_ignore_ascii_case("application/json"))
}

/// Why there was no answer at all.
pub(super) fn silence(host: &str, error: &SendError) -> Failure {
    let unreachable = EngineError::Unreachable {
        host: host.to_owned(),
        reason: error.to_string(),
    };
    match error {
        SendError::Tls(_) | SendError::NotPublic => Failure::Everywhere(unreachable),
        SendError::UnknownHost
        | SendError::NoConnection
        | SendError::NoAnswer
        | SendError::Timeout => Failure::Passing {
            error: unreachable,
            after: None,
        },
    }
}

fn refusal(host: &str, answer: &Answer) -> Failure {
    let host = host.to_owned();
    let status = answer.status;
    if matches!(status, 408 | 429 | 500..) {
        return Failure::Passing {
            error: EngineError::Unreachable {
                host,
                reason: format!("its status is {status}"),
            },
            after: retry_after(&answer.headers),
        };
    }
    let code = reason_code(&answer.body);
    let error = EngineError::Refused { host, status, code };
    match status {
        400 | 413 | 422 => Failure::Lasting(error),
        _ => Failure::Everywhere(error),
    }
}

/// In seconds; a date is not read, and our own wait is taken.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    Some(Duration::from_secs(value.trim().parse().ok()?))
}

/// The service's name for its reason. Not its message: that may repeat a key, or
/// the article.
fn reason_code(body: &[u8]) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let error = body.get("error").unwrap_or(&body);
    let mut named = ["code", "type"]
        .into_iter()
        .filter_map(|it| error.get(it)?.as_str());
    let is_name = |it: &&str| {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        (1..=MAX_CODE_CHARS).contains(&it.len()) && it.chars().all(known)
    };
    named.find(|it| is_name(it)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            headers: HeaderMap::from_iter([(
                CONTENT_TYPE,
                "application/json; charset=utf-8".parse().unwrap(),
            )]),
            body: body.into(),
            is_whole: true,
        }
    }

    #[test]
    fn a_question_as_it_goes_out() {
        let question = Question {
            model: "m",
            system: "Be brief.",
            user: "Is water wet?",
            shape: &Shape::Choice(vec!["yes".into(), "no".into()]),
            max_tokens: 9,
        };
        // The order of fields hangs on a feature that other crates turn on.
        let mut body: serde_json::Value = serde_json::from_slice(&question.body()).unwrap();
        body.sort_all_objects();
        insta::assert_snapshot!(body);
    }

    #[test]
    fn an_answer_is_read_with_what_it_took() {
        let body = r#"{"id": "1", "choices": [{"index": 0, "finish_reason": "length",
            "message": {"role": "assistant", "content": "{}"}}],
            "usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9,
            "prompt_tokens_details": {"cached_tokens": 5}}}"#;
        let said = read("h", &answer(200, body)).unwrap();
        let tokens = Tokens {
            prompt: 7,
            cached: 5,
            answer: 2,
        };
        assert_eq!(
            (said.content.as_str(), said.is_cut, said.tokens),
            ("{}", true, tokens)
        );
        let bare = r#"{"choices": [{"message": {"content": ""}}], "usage": null}"#;
        assert_eq!(
            read("h", &answer(200, bare)).unwrap().tokens,
            Tokens::default()
        );
    }

    #[test]
    fn what_is_no_answer_says_why() {
        let reason = |it: &Answer| match read("h", it) {
            Err(Failure::Lasting(error @ EngineError::Unusable { .. })) => error.to_string(),
            other => panic!("{other:?}"),
        };
        let cases = [
            ("{", "no chat completion"),
            (r#"{"choices": []}"#, "no choice"),
            (
                r#"{"choices": [{"message": {"content": null}}]}"#,
                "no content",
            ),
            (
                r#"{"choices": [{"message": {"content": "x"}, "finish_reason": "content_filter"}]}"#,
                "by itself",
            ),
        ];
        for (body, told) in cases {
            assert!(reason(&answer(200, body)).contains(told), "{body}");
        }
        let mut page = answer(200, "{}");
        page.headers
            .insert(CONTENT_TYPE, "text/html".parse().unwrap());
        assert!(reason(&page).contains("application/json"));
        let mut huge = answer(200, "{}");
        huge.is_whole = false;
        assert!(reason(&huge).contains("max_answer_bytes"));
    }

    #[test]
    fn statuses_pass_last_or_concern_everything() {
        for status in [408, 429, 500, 502, 503, 504, 599] {
            let mut busy = answer(status, "");
            busy.headers.insert(RETRY_AFTER, "3".parse().unwrap());
            let failure = read("h", &busy).unwrap_err();
            let Failure::Passing { after, .. } = failure else {
                panic!("{failure:?}");
            };
            assert_eq!(after, Some(Duration::from_secs(3)), "{status}");
        }
        for status in [400, 413, 422] {
            let failure = read("h", &answer(status, "")).unwrap_err();
            assert!(matches!(failure, Failure::Lasting(_)), "{status}");
        }
        for status in [301, 401, 403, 404] {
            let failure = read("h", &answer(status, "")).unwrap_err();
            assert!(matches!(failure, Failure::Everywhere(_)), "{status}");
        }
        let mut dated = answer(503, "");
        let date = "Wed, 21 Oct 2026 07:28:00 GMT".parse().unwrap();
        dated.headers.insert(RETRY_AFTER, date);
        let failure = read("h", &dated).unwrap_err();
        assert!(matches!(failure, Failure::Passing { after: None, .. }));
    }

    #[test]
    fn a_refusal_names_its_code_and_repeats_nothing() {
        let told = |body: &str| {
            read("h", &answer(401, body))
                .unwrap_err()
                .into_error()
                .to_string()
        };
        let body = r#"{"error": {"message": "Wrong key: sk-secret", "type": "auth", "code": 401}}"#;
        assert!(told(body).contains("(auth)") && !told(body).contains("secret"));
        let odd = r#"{"error": {"code": "the article says: secret"}}"#;
        assert!(!told(odd).contains("secret"));
        assert!(told("<html>").ends_with("401"));
    }
}
