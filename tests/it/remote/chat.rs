//! A service that speaks the chat API as the test wants it: it keeps what it is asked,
//! and answers by a script, or in the shape of the schema that it was sent.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) authorization: Option<String>,
    pub(crate) body: Value,
}

impl Asked {
    pub(crate) fn user(&self) -> &str {
        self.body["messages"][1]["content"].as_str().unwrap()
    }

    /// The properties of its schema.
    pub(crate) fn properties(&self) -> &Value {
        &self.body["response_format"]["json_schema"]["schema"]["properties"]
    }
}

/// One answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    pub(crate) body: String,
    pub(crate) after: Duration,
}

impl Reply {
    /// A completion that says this.
    pub(crate) fn saying(content: &str) -> Self {
        Self::completion(content, "stop")
    }

    pub(crate) fn completion(content: &str, finish_reason: &str) -> Self {
        let message = json!({ "role": "assistant", "content": content });
        let body = json!({
            "object": "chat.completion",
            "choices": [{ "index": 0, "message": message, "finish_reason": finish_reason }],
            "usage": { "prompt_tokens": 4000, "completion_tokens": 20, "total_tokens": 4020,
                "prompt_tokens_details": { "cached_tokens": 3000 } },
        });
        Self {
            status: 200,
            headers: vec![("content-type", "application/json")],
            body: body.to_string(),
            after: Duration::ZERO,
        }
    }

    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            body: r#"{"error": {"message": "secret", "type": "told"}}"#.to_owned(),
            ..Self::saying("")
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value));
        self
    }

    pub(crate) fn after(self, after: Duration) -> Self {
        Self { after, ..self }
    }
}

/// Says what comes of the request with this number.
type Script = Box<dyn Fn(usize, &Asked) -> Reply + Send + Sync>;

struct Desk {
    script: Script,
    asked: Mutex<Vec<Asked>>,
    /// Requests that are being answered, and the most that were at once.
    now: AtomicUsize,
    most: AtomicUsize,
}

/// Counts a request as long as somebody waits for its answer.
struct UnderWay<'a>(&'a Desk);

impl<'a> UnderWay<'a> {
    fn new(desk: &'a Desk) -> Self {
        let now = desk.now.fetch_add(1, Ordering::SeqCst) + 1;
        desk.most.fetch_max(now, Ordering::SeqCst);
        Self(desk)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The service; gone when dropped.
pub(crate) struct Chat {
    /// URL of its API.
    pub(crate) url: String,
    desk: Arc<Desk>,
    task: JoinHandle<()>,
}

impl Chat {
    pub(crate) async fn start(
        script: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let desk = Arc::new(Desk {
            script: Box::new(script),
            asked: Mutex::default(),
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        });
        let app = Router::new()
            .route("/v1/chat/completions", post(answer))
            .with_state(desk.clone());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, desk, task }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.desk.asked.lock().unwrap().clone()
    }

    /// Requests that somebody waits for.
    pub(crate) fn now(&self) -> usize {
        self.desk.now.load(Ordering::SeqCst)
    }

    /// The most that were under way at once.
    pub(crate) fn most(&self) -> usize {
        self.desk.most.load(Ordering::SeqCst)
    }

    /// Host and port.
    pub(crate) fn host(&self) -> &str {
        self.url
            .trim_start_matches("http://")
            .trim_end_matches("/v1")
    }
}

impl Drop for Chat {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name| Some(headers.get(name)?.to_str().unwrap().to_owned());
    assert_eq!(header("content-type").as_deref(), Some("application/json"));
    let asked = Asked {
        authorization: header("authorization"),
        body: serde_json::from_slice(&body).unwrap(),
    };
    let number = {
        let mut all = desk.asked.lock().unwrap();
        all.push(asked.clone());
        all.len() - 1
    };
    let _under_way = UnderWay::new(&desk);
    let reply = (desk.script)(number, &asked);
    tokio::time::sleep(reply.after).await;
    let mut response = reply.body.into_response();
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap();
    for (name, value) in reply.headers {
        let name = HeaderName::from_static(name);
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

/// A model that answers by the schema: `pair` where a question is wanted, `sentences`
/// where only sentences are, and `phrase` wherever that is the word.
pub(crate) fn by_schema(
    asked: &Asked,
    (question, answer): (&str, &str),
    sentences: &[&str],
    phrase: &str,
) -> Reply {
    let wanted = asked.properties().as_object().unwrap();
    let mut said = json!({});
    for (name, schema) in wanted {
        said[name] = match name.as_str() {
            "question" => json!(opened(schema, question)),
            "sentences" if wanted.contains_key("question") => json!([answer]),
            "sentences" => json!(sentences),
            "phrase" => json!(phrase),
            "phrases" => json!([phrase]),
            "choice" => schema["enum"][0].clone(),
            other => panic!("{other}"),
        };
    }
    Reply::saying(&said.to_string())
}

/// The question if its pattern takes it, else one that it takes.
fn opened(schema: &Value, question: &str) -> String {
    let pattern = schema["pattern"].as_str().unwrap();
    if regex::Regex::new(pattern).unwrap().is_match(question) {
        return question.to_owned();
    }
    let opening = pattern.trim_start_matches('^').split(" [").next().unwrap();
    format!("{opening} came of the harbour bridge?")
}
