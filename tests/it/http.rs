//! The HTTP interface without a socket: every status that it documents, with a
//! scripted digester in the pipeline's place.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use afterword::api::{AboutView, AppState, AuthorView, HealthView, Problem, router};
use afterword::config::Settings;
use afterword::digest::{Digest, Pair, Passage, Provenance, SummaryForm};
use afterword::engine::EngineError;
use afterword::jobs::{DigestFuture, Digester, Maker};
use afterword::pipeline::error::PipelineError;
use afterword::pipeline::observe::{Event, Observer, Stage};
use afterword::pipeline::options::{DigestOptions, ReadingLevel, Tone};
use afterword::pipeline::{Input, SourceKind, SourceScope};
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::sync::Notify;
use tower::ServiceExt;

type Script = Box<dyn Fn() -> Result<Digest, PipelineError> + Send + Sync>;

/// Answers by script and remembers what it was asked.
pub(crate) struct Scripted {
    script: Script,
    pub(crate) asked: Mutex<Vec<(Input, DigestOptions)>>,
    /// When set, an answer waits until it is notified.
    gate: Option<Notify>,
    begun: Notify,
}

impl Scripted {
    pub(crate) fn new(
        script: impl Fn() -> Result<Digest, PipelineError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            script: Box::new(script),
            asked: Mutex::default(),
            gate: None,
            begun: Notify::new(),
        }
    }

    pub(crate) fn gated() -> Self {
        Self::new(|| Ok(digest())).behind_a_gate()
    }

    pub(crate) fn behind_a_gate(self) -> Self {
        Self {
            gate: Some(Notify::new()),
            ..self
        }
    }

    /// Completes when an article has reached the digester.
    pub(crate) async fn begun(&self) {
        self.begun.notified().await;
    }

    pub(crate) fn open_gate(&self) {
        self.gate.as_ref().unwrap().notify_one();
    }
}

impl Digester for Scripted {
    fn maker(&self) -> Maker {
        Maker::with_model("scripted", None)
    }

    /// Tells of a stage and a pair before it begins.
    fn digest_observed(
        &self,
        input: Input,
        options: DigestOptions,
        observer: Arc<dyn Observer>,
    ) -> DigestFuture<'_> {
        observer.observe(Event::Stage(Stage::Generate));
        observer.observe(Event::Pair(digest().faq[0].clone()));
        self.digest(input, options)
    }

    fn digest(&self, input: Input, options: DigestOptions) -> DigestFuture<'_> {
        Box::pin(async move {
            self.asked.lock().unwrap().push((input, options));
            self.begun.notify_one();
            if let Some(gate) = &self.gate {
                gate.notified().await;
            }
            (self.script)()
        })
    }
}

pub(crate) fn digest() -> Digest {
    let passage = |text: &str| Passage {
        text: text.to_owned(),
        sentences: Vec::new(),
    };
    Digest {
        topic: Some("Harbour bridge".to_owned()),
        summary: Some(passage("The bridge closes.")),
        summary_form: SummaryForm::Medium,
        faq: vec![Pair {
            question: "Why <now>?".to_owned(),
            answer: passage("It is old."),
        }],
        related: vec!["Ferries".to_owned()],
        refused: Vec::new(),
        notices: Vec::new(),
        provenance: Provenance {
            model: "scripted".to_owned(),
            model_sha256: None,
            model_source_sha256: None,
            prompt_version: "1".to_owned(),
            pipeline_version: "1".to_owned(),
            house_style_sha256: None,
            source_sha256: "0".to_owned(),
            source_words: 50,
            source_words_read: 50,
            timings_ms: BTreeMap::new(),
        },
        source: None,
    }
}

/// A service that is starting, with small limits.
pub(crate) fn state(extra: &str) -> Arc<AppState> {
    let text = format!("[limits]\nmax_input_bytes = 1024\n[server]\n{extra}");
    let settings = Settings::from_toml(&text, "test").unwrap();
    Arc::new(AppState::new(&settings))
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The problem, after checking what all problems have in common.
    pub(crate) fn problem(&self) -> Problem {
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.header("x-content-type-options"), "nosniff");
        let problem: Problem = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem.status, self.status.as_u16());
        assert_eq!(problem.kind, format!("/problems/{}", problem.code));
        for text in [&problem.title, &problem.detail, &problem.hint] {
            assert!(!text.is_empty(), "{problem:?}");
        }
        let later = matches!(self.status.as_u16(), 429 | 503);
        assert_eq!(self.headers.contains_key("retry-after"), later);
        problem
    }

    /// Status and code of the problem.
    pub(crate) fn refusal(&self) -> (u16, String) {
        (self.status.as_u16(), self.problem().code)
    }
}

pub(crate) async fn send(state: &Arc<AppState>, request: Request<Body>) -> Answer {
    let response = router(state.clone()).oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    Answer {
        status: head.status,
        headers: head.headers,
        body: to_bytes(body, usize::MAX).await.unwrap(),
    }
}

pub(crate) fn post(content_type: &str, body: impl Into<Body>) -> Request<Body> {
    post_to("/v1/digests", content_type, body)
}

pub(crate) fn post_to(uri: &str, content_type: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(uri)
        .header("content-type", content_type)
        .body(body.into())
        .unwrap()
}

pub(crate) fn get(uri: &str) -> Request<Body> {
    Request::get(uri).body(Body::empty()).unwrap()
}

fn accepting(accept: &str) -> Request<Body> {
    let mut request = post("text/plain", "Some text.");
    request
        .headers_mut()
        .insert("accept", accept.parse().unwrap());
    request
}

/// A service that answers with one digest, and its digester.
fn ready() -> (Arc<AppState>, Arc<Scripted>) {
    running(Scripted::new(|| Ok(digest())))
}

fn running(scripted: Scripted) -> (Arc<AppState>, Arc<Scripted>) {
    let (state, scripted) = (state(""), Arc::new(scripted));
    state.start(scripted.clone());
    (state, scripted)
}

fn asked(scripted: &Scripted) -> (Input, DigestOptions) {
    scripted.asked.lock().unwrap().pop().unwrap()
}

#[tokio::test]
async fn json_in_json_out() {
    let (state, scripted) = ready();
    let body = r#"{"html":"<p>Hi</p>","title":"A title","source":{"kind":"page","language":"en"},
        "options":{"count":3,"max_answer_words":40,"include_source":true,"summary":"key-points","tone":"formal","reading_level":"simple","model":"scripted"}}"#;
    let answer = send(&state, post("application/json; charset=UTF-8", body)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("vary"), "accept");
    let parsed: Digest = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(parsed, digest());
    let (input, options) = asked(&scripted);
    assert_eq!(input.bytes, b"<p>Hi</p>");
    assert_eq!(input.kind, SourceKind::Html);
    assert_eq!(input.scope, SourceScope::Page);
    assert_eq!(input.title.as_deref(), Some("A title"));
    assert_eq!(input.language, Some("en"));
    assert_eq!((options.count, options.max_answer_words), (3, 40));
    assert!(options.include_source);
    assert_eq!(options.summary, SummaryForm::KeyPoints);
    assert_eq!(
        (options.tone, options.reading_level),
        (Tone::Formal, ReadingLevel::Simple)
    );
}

#[tokio::test]
async fn plain_bodies_are_described_by_the_query() {
    let kinds = [
        ("text/plain", SourceKind::Text),
        ("text/html; charset=utf-8", SourceKind::Html),
        ("text/markdown", SourceKind::Markdown),
    ];
    for (content_type, kind) in kinds {
        let (state, scripted) = ready();
        let uri = "/v1/digests?count=2&include_source=true&summary=short&source=body&title=On%20%C3%84rger";
        let answer = send(&state, post_to(uri, content_type, "Body")).await;
        assert_eq!(answer.status, StatusCode::OK);
        let (input, options) = asked(&scripted);
        assert_eq!((input.kind, input.bytes.as_slice()), (kind, &b"Body"[..]));
        assert_eq!(input.title.as_deref(), Some("On Ärger"));
        assert_eq!(input.scope, SourceScope::Body);
        assert_eq!((options.count, options.include_source), (2, true));
        assert_eq!(options.summary, SummaryForm::Short);
    }
}

#[tokio::test]
async fn the_answer_has_the_form_asked_for() {
    let (state, _) = ready();
    let html = send(&state, accepting("text/html, */*;q=0.1")).await;
    assert_eq!(html.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(html.header("content-security-policy"), "default-src 'none'");
    assert!(html.text().contains("<summary>Why &lt;now&gt;?</summary>"));
    let markdown = send(&state, accepting("text/markdown")).await;
    assert_eq!(
        markdown.header("content-type"),
        "text/markdown; charset=utf-8"
    );
    assert!(markdown.text().contains("### Why \\<now\\>?"));
    let any = send(&state, accepting("*/*")).await;
    assert_eq!(any.header("content-type"), "application/json");
    let json_ld = send(&state, accepting("application/ld+json")).await;
    assert_eq!(json_ld.header("content-type"), "application/ld+json");
    assert!(json_ld.text().contains("\"FAQPage\""));
    let none = send(&state, accepting("image/png")).await;
    assert_eq!(none.refusal(), (406, "not_acceptable".to_owned()));
}

#[tokio::test]
async fn the_query_says_how_the_answer_is_printed() {
    let (state, _) = ready();
    let query = "format=wordpress-yoast&labels=de&parts=faq,related&tag_link=/tag/%7Bslug%7D/";
    // Whatever the body is, and whatever Accept says.
    let bodies = [("text/plain", "x"), ("application/json", r#"{"text":"x"}"#)];
    for (content_type, body) in bodies {
        let mut request = post_to(&format!("/v1/digests?{query}"), content_type, body);
        let headers = request.headers_mut();
        headers.insert("accept", "application/json".parse().unwrap());
        let answer = send(&state, request).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(
            answer.header("content-security-policy"),
            "default-src 'none'"
        );
        let text = answer.text();
        assert!(text.starts_with("<!-- wp:group "), "{text}");
        assert!(text.contains("zu Harbour bridge") && !text.contains("The bridge closes."));
        assert!(
            text.contains("<a href=\"/tag/ferries/\" rel=\"tag\">Ferries</a>"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_printed_is_refused_by_name() {
    let (state, scripted) = ready();
    let cases = [
        ("format=pdf", "format", "wordpress-rank-math"),
        ("format=html&format=json", "format", "twice"),
        ("labels=nl", "labels", "de, en, es, fr"),
        ("parts=faq,tags", "parts", "summary, faq, related"),
        ("faq_style=tabs", "faq_style", "headings"),
        ("summary_style=tabs", "summary_style", "points"),
        ("tag_link=javascript:%7Btag%7D", "tag_link", "{slug}"),
        ("disclosure=1", "disclosure", "true or false"),
        (
            "format=wordpress-yoast&json_ld=true",
            "json_ld",
            "wordpress-details",
        ),
    ];
    for (query, name, reason) in cases {
        for (content_type, body) in [("text/plain", "x"), ("application/json", "{}")] {
            let request = post_to(&format!("/v1/digests?{query}"), content_type, body);
            let answer = send(&state, request).await;
            assert_eq!(answer.status.as_u16(), 400, "{query}");
            let param = &answer.problem().invalid_params[0];
            assert_eq!(param.name, name);
            assert!(param.reason.contains(reason), "{}", param.reason);
        }
    }
    assert!(scripted.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn paths_and_methods() {
    let (state, _) = ready();
    let missing = send(&state, get("/v1/digest")).await;
    assert_eq!(missing.refusal(), (404, "not_found".to_owned()));
    let put = Request::put("/v1/digests").body(Body::empty()).unwrap();
    let wrong = send(&state, put).await;
    assert_eq!(wrong.refusal(), (405, "method_not_allowed".to_owned()));
    assert_eq!(wrong.header("allow"), "GET, HEAD, POST");
}

#[tokio::test]
async fn media_types() {
    let (state, _) = ready();
    let csv = send(&state, post("text/csv", "a,b")).await;
    assert_eq!(csv.refusal(), (415, "media_type_unsupported".to_owned()));
    let unknown = send(&state, post("text/plain; charset=klingon", "x")).await;
    assert_eq!(unknown.refusal(), (415, "charset_unsupported".to_owned()));
    assert!(unknown.problem().hint.contains("UTF-8"));
    let unsaid = Request::post("/v1/digests").body(Body::from("x")).unwrap();
    assert_eq!(send(&state, unsaid).await.status.as_u16(), 415);
}

fn packed(encoding: &str, body: Vec<u8>) -> Request<Body> {
    let mut request = post("text/plain; charset=windows-1252", body);
    let encoding = encoding.parse().unwrap();
    request.headers_mut().insert("content-encoding", encoding);
    request
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn packed_bodies_are_unpacked_within_the_limit() {
    let (state, scripted) = ready();
    let answer = send(&state, packed("gzip", gzip(b"Caf\xe9"))).await;
    assert_eq!(answer.status, StatusCode::OK);
    let (input, _) = asked(&scripted);
    assert_eq!(input.bytes, b"Caf\xe9");
    assert_eq!(input.charset.as_deref(), Some("windows-1252"));
    let bomb = send(&state, packed("gzip", gzip(&[b'a'; 100_000]))).await;
    assert_eq!(bomb.refusal(), (413, "too_many_bytes".to_owned()));
    let unknown = send(&state, packed("br", b"x".to_vec())).await;
    let code = "content_encoding_unsupported".to_owned();
    assert_eq!(unknown.refusal(), (415, code));
    let damaged = send(&state, packed("gzip", b"no gzip".to_vec())).await;
    assert_eq!(damaged.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn bad_json_is_located() {
    let (state, _) = ready();
    for (body, column) in [(r#"{"text": }"#, 10), (r#"{"txt":"x"}"#, 6)] {
        let answer = send(&state, post("application/json", body)).await;
        assert_eq!(answer.refusal(), (400, "invalid_json".to_owned()));
        let param = answer.problem().invalid_params.remove(0);
        assert_eq!(param.name, "body");
        assert_eq!((param.line, param.column), (Some(1), Some(column)));
    }
}

#[tokio::test]
async fn exactly_one_body() {
    let (state, _) = ready();
    for body in [r#"{"title":"x"}"#, r#"{"text":"x","html":"y"}"#] {
        let answer = send(&state, post("application/json", body)).await;
        assert_eq!(answer.refusal(), (400, "invalid_parameter".to_owned()));
    }
}

#[tokio::test]
async fn a_model_is_named_or_done_without() {
    let (state, scripted) = ready();
    for (model, is_without) in [("scripted", false), ("extractive", true)] {
        let body = format!(r#"{{"text":"x","options":{{"model":"{model}"}}}}"#);
        let answer = send(&state, post("application/json", body)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let (_, options) = scripted.asked.lock().unwrap().pop().unwrap();
        assert_eq!(options.without_model, is_without);
    }
}

#[tokio::test]
async fn bad_options_are_named() {
    let (state, scripted) = ready();
    let json = r#"{"text":"x","options":{"count":31}}"#;
    let summary = r#"{"text":"x","options":{"summary":"long"}}"#;
    let model = r#"{"text":"x","options":{"model":"gpt"}}"#;
    let language = r#"{"text":"x","source":{"language":"de"}}"#;
    let kind = r#"{"html":"x","source":{"kind":"all"}}"#;
    let long_title = format!(r#"{{"text":"x","title":"{}"}}"#, "x".repeat(2001));
    let with_query = post_to("/v1/digests?count=1", "application/json", "{}");
    let query = |query: &str| post_to(&format!("/v1/digests?{query}"), "text/plain", "x");
    let cases = [
        (post("application/json", json), "options.count"),
        (post("application/json", summary), "options.summary"),
        (post("application/json", model), "options.model"),
        (post("application/json", language), "source.language"),
        (post("application/json", long_title), "title"),
        (post("application/json", kind), "source.kind"),
        (with_query, "count"),
        (query("count=31"), "count"),
        (query("count=many"), "count"),
        (query("count=-1"), "count"),
        (query("count=1&count=2"), "count"),
        (query("summary=long"), "summary"),
        (query("tone=angry"), "tone"),
        (query("language=de"), "language"),
        (query("model=gpt"), "model"),
        (query("reading_level=hard"), "reading_level"),
        (query("include_source=yes"), "include_source"),
        (query("source=all"), "source"),
        (query("max_answer_words=1"), "max_answer_words"),
        (query("cuont=1"), "cuont"),
    ];
    for (request, name) in cases {
        let answer = send(&state, request).await;
        assert_eq!(answer.status.as_u16(), 400, "{name}");
        assert_eq!(answer.problem().invalid_params[0].name, name);
    }
    assert!(scripted.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn another_model_is_refused_by_the_name_of_the_one_that_runs() {
    let (state, scripted) = ready();
    let body = r#"{"text":"x","options":{"model":"qwen3-4b"}}"#;
    let answer = send(&state, post("application/json", body)).await;
    let param = &answer.problem().invalid_params[0];
    assert_eq!(
        param.reason,
        "is \"qwen3-4b\", and the model that runs here is scripted; \"extractive\" does without"
    );
    state.tell_author(AuthorView::new(Maker::with_model("told", None), None));
    let body = r#"{"text":"x","options":{"model":"told"}}"#;
    let answer = send(&state, post("application/json", body)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(scripted.asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn large_bodies_are_refused_by_the_limits_name() {
    let (state, scripted) = ready();
    let plain = send(&state, post("text/plain", "x".repeat(1025))).await;
    assert_eq!(plain.refusal(), (413, "too_many_bytes".to_owned()));
    let detail = plain.problem().detail;
    assert!(detail.contains("limits.max_input_bytes = 1024"), "{detail}");
    let envelope = 3 * 1024 + 64 * 1024;
    let json = send(&state, post("application/json", "x".repeat(envelope + 1))).await;
    assert_eq!(json.refusal(), (413, "too_many_bytes".to_owned()));
    let fitting = send(&state, post("text/plain", "x".repeat(1024))).await;
    assert_eq!(fitting.status, StatusCode::OK);
    let escaped = format!(r#"{{"text":"{}"}}"#, "\\u0436".repeat(512));
    let json = send(&state, post("application/json", escaped)).await;
    assert_eq!(json.status, StatusCode::OK);
    assert_eq!(asked(&scripted).0.bytes.len(), 1024);
}

#[tokio::test]
async fn every_pipeline_error_has_its_status() {
    use EngineError as Engine;
    use PipelineError as Error;
    let (path, reason) = ("/srv/secret".to_owned(), "secret".to_owned());
    let (needed, limit) = (2, 1);
    let load = Engine::Load { path, reason };
    let context_tokens = 3;
    let window = Error::WindowFull {
        needed,
        limit,
        context_tokens,
    };
    let host = || "secret".to_owned();
    let cases: [(u16, Error); 21] = [
        (400, Error::Empty),
        (400, Error::NotUtf8 { offset: 3 }),
        (413, Error::TooManyBytes { bytes: 2, limit }),
        (413, Error::TooManyWords { words: 2, limit }),
        (422, Error::NoText),
        (422, Error::TooFewWords { words: 0, limit }),
        (422, Error::Language { language: "de" }),
        (422, Error::Engine(Engine::ContextFull { needed, limit })),
        (422, window),
        (500, Error::NotReadWhole { read: 1, words: 2 }),
        (504, Error::TookTooLong { seconds: 1 }),
        (503, Error::Engine(Engine::Saturated { waiting: 1 })),
        (503, Error::Engine(Engine::Stopped)),
        (503, Error::Engine(load)),
        (500, Error::Engine(Engine::Decode("secret".to_owned()))),
        (500, Error::Engine(Engine::Grammar("secret".to_owned()))),
        (500, Error::Engine(Engine::NoScores)),
        (
            503,
            Error::Engine(Engine::Unreachable {
                host: host(),
                reason: host(),
            }),
        ),
        (
            502,
            Error::Engine(Engine::Refused {
                host: host(),
                status: 401,
                code: Some(host()),
            }),
        ),
        (
            502,
            Error::Engine(Engine::Unusable {
                host: host(),
                reason: host(),
            }),
        ),
        (
            502,
            Error::Engine(Engine::PromptCut {
                host: host(),
                read: 1,
                words: 2,
            }),
        ),
    ];
    for (status, error) in cases {
        expect(status, error).await;
    }
}

/// The service answers `error` with `status`, its code, and no inner details.
async fn expect(status: u16, error: PipelineError) {
    let code = error.code().to_owned();
    let error = Mutex::new(Some(error));
    let script = move || Err(error.lock().unwrap().take().unwrap());
    let (state, _) = running(Scripted::new(script));
    let answer = send(&state, post("text/plain", "x")).await;
    assert_eq!(answer.refusal(), (status, code));
    assert!(!answer.text().contains("secret"), "{}", answer.text());
}

#[tokio::test]
async fn an_engine_that_stopped_makes_the_service_unready() {
    let stopped = || Err(PipelineError::Engine(EngineError::Stopped));
    let (state, _) = running(Scripted::new(stopped));
    assert_eq!(readiness(&state).await, (200, "ready".to_owned()));
    send(&state, post("text/plain", "x")).await;
    assert_eq!(readiness(&state).await, (503, "engine_stopped".to_owned()));
}

/// What `/readyz` says, after checking what all its answers have in common.
pub(crate) async fn readiness(state: &Arc<AppState>) -> (u16, String) {
    let answer = send(state, get("/readyz")).await;
    assert_eq!(answer.header("content-type"), "application/json");
    let later = answer.status == StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(answer.header("retry-after") == "10", later);
    let view: HealthView = serde_json::from_slice(&answer.body).unwrap();
    (answer.status.as_u16(), view.status)
}

#[tokio::test]
async fn health_follows_the_phase() {
    let state = state("");
    assert_eq!(send(&state, get("/healthz")).await.status.as_u16(), 200);
    assert_eq!(readiness(&state).await, (503, "loading".to_owned()));
    let early = send(&state, post("text/plain", "x")).await;
    assert_eq!(early.refusal(), (503, "starting".to_owned()));
    state.start(Arc::new(Scripted::new(|| Ok(digest()))));
    assert_eq!(readiness(&state).await, (200, "ready".to_owned()));
    state.drain();
    assert_eq!(readiness(&state).await, (503, "draining".to_owned()));
    assert_eq!(send(&state, get("/healthz")).await.status.as_u16(), 200);
}

#[tokio::test]
async fn what_answers_is_told() {
    let state = state("");
    let about = |answer: Answer| serde_json::from_slice::<AboutView>(&answer.body).unwrap();
    let starting = about(send(&state, get("/v1/about")).await);
    assert_eq!(starting.author, None);
    let maker = Maker::with_model("scripted", Some("0".repeat(64)));
    let prompts = maker.prompt_version.clone();
    state.tell_author(AuthorView::new(maker, Some("MIT".to_owned())));
    let started = about(send(&state, get("/v1/about")).await);
    let author = started.author.unwrap();
    assert_eq!(author.licence.as_deref(), Some("MIT"));
    assert_eq!(
        (author.model.as_str(), started.prompt_version),
        ("scripted", prompts)
    );
    assert_eq!(started.version, env!("CARGO_PKG_VERSION"));
    assert!(started.build.engines.contains(&"extractive".to_owned()));
}

#[tokio::test]
async fn a_panic_costs_one_request() {
    let first = AtomicBool::new(true);
    let (state, _) = running(Scripted::new(move || {
        let first = first.swap(false, Ordering::Relaxed);
        assert!(!first, "as the test wants it");
        Ok(digest())
    }));
    let answer = send(&state, post("text/plain", "x")).await;
    assert_eq!(answer.refusal(), (500, "internal".to_owned()));
    assert!(!answer.text().contains("as the test wants it"));
    let again = send(&state, post("text/plain", "x")).await;
    assert_eq!(again.status, StatusCode::OK);
}

#[tokio::test]
async fn more_than_the_slots_are_refused_and_slots_come_back() {
    let state = state("max_concurrent_requests = 1");
    let scripted = Arc::new(Scripted::gated());
    state.start(scripted.clone());
    let busy = state.clone();
    let first = tokio::spawn(async move { send(&busy, post("text/plain", "x")).await });
    scripted.begun().await;
    assert_eq!(readiness(&state).await, (200, "saturated".to_owned()));
    let second = send(&state, post("text/plain", "x")).await;
    assert_eq!(second.refusal(), (503, "busy".to_owned()));
    let after: u64 = second.header("retry-after").parse().unwrap();
    assert!((1..=300).contains(&after), "{after}");
    // The client goes away: its work is dropped and its slot is free.
    first.abort();
    assert!(first.await.is_err());
    scripted.open_gate();
    let third = send(&state, post("text/plain", "x")).await;
    assert_eq!(third.status, StatusCode::OK);
}

#[tokio::test]
async fn request_ids_come_back_or_are_made() {
    let (state, _) = ready();
    let with = |id: &str| {
        let request = Request::get("/healthz").header("x-request-id", id);
        request.body(Body::empty()).unwrap()
    };
    let kept = send(&state, with("abc-123")).await;
    assert_eq!(kept.header("x-request-id"), "abc-123");
    let made = send(&state, get("/nowhere")).await;
    assert_eq!(made.header("x-request-id").len(), 16);
    let unfit = send(&state, with("forged line=\"1\" x")).await;
    assert_eq!(unfit.header("x-request-id").len(), 16);
}
