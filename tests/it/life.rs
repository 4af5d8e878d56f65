//! An article over its versions from a caller's side, over HTTP, on both databases,
//! with the pipeline that needs no model.

use std::sync::Arc;
use std::time::Duration;

use afterword::access::{Secret, SecretKind};
use afterword::api::{
    AppState, ArticleList, ArticleView, ExportView, JobView, SourceView, StepView,
};
use afterword::config::{JobSettings, Settings};
use afterword::digest::{Digest, SummaryForm};
use afterword::jobs::{DigestFuture, Digester, Maker, Queue, Workers};
use afterword::life::{Item, ItemState, Kind, Origin, Review};
use afterword::pipeline::options::{DigestOptions, ReadingLevel, Tone};
use afterword::pipeline::understand::understand;
use afterword::pipeline::verify::Recheck;
use afterword::pipeline::{Author, Input, Pipeline, SourceKind, SourceScope, ingest, select};
use afterword::store::{Finished, Lane, NewKey, Store};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::http::{Answer, send};
use super::set_up::plain_pipeline;
use super::store::fixture::{Kind as Database, Place};

/// Each function as two tests.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::Place::new(super::Database::Sqlite).await.unwrap()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(place) = super::Place::new(super::Database::Postgres).await {
                    super::$name(place).await;
                }
            })*
        }
    };
}

on_both![
    a_newer_text_changes_what_it_has_to,
    an_editor_changes_items,
    a_question_is_answered_or_refused,
    reviews_are_for_the_whole_or_by_name,
    what_is_published_is_printed_in_any_format,
    the_ledger_has_every_step,
    an_edit_and_an_unfinished_merge_outlive_the_process,
    who_comes_second_is_told,
    scopes_are_kept_apart,
    deletion_and_export,
    what_cannot_be_is_refused,
    a_dropped_text_is_told,
];

const PATIENCE: Duration = Duration::from_secs(60);

const POOL: &str = "Mayor Dana Ruiz closed the Elm Road pool in Harlow on Monday because repairs \
    would cost $2 million. The council of Harlow had asked for the repairs in 2019.";
const BRIDGE: &str = "Engineer Tom Hale inspected the harbour bridge in April because rust had \
    been found on 14 of its cables. The harbour bridge carries 9,000 cars each day.";
const BUS: &str = "Officials of Eastport County approved a new bus line to Harlow in June because \
    the train station had closed. The bus line costs $1.2 million a year.";
const CUP: &str = "The Harlow Rovers celebrated at Mill Field on Saturday because Lena Fischer \
    scored in the last minute of the county cup. More than 3,000 people watched the match.";
/// One to each paragraph.
const QUESTIONS: [&str; 4] = [
    "Why did Mayor Dana Ruiz close the Elm Road pool?",
    "Why did Tom Hale inspect the harbour bridge?",
    "Why did officials of Eastport County approve a new bus line to Harlow?",
    "Why did the Harlow Rovers celebrate at Mill Field?",
];

/// The pipeline that needs no model, with the questions above as far as the article
/// answers them.
struct Asking(Pipeline);

impl Digester for Asking {
    fn maker(&self) -> Maker {
        Maker::extractive()
    }

    fn digest(&self, input: Input, options: DigestOptions) -> DigestFuture<'_> {
        Box::pin(async move {
            let mut digest = self.0.digest(&input, &options).await?;
            let article = ingest::read(&input, &self.0.limits)?;
            let understanding = understand(&article);
            let recheck = Recheck::new(&article, &understanding);
            let answered = QUESTIONS.iter().map(|asked| recheck.answer(asked, 60));
            digest.faq = answered.flatten().filter_map(select::pair).collect();
            Ok(digest)
        })
    }
}

struct Service {
    state: Arc<AppState>,
    store: Arc<Store>,
    pipeline: Arc<Asking>,
    settings: JobSettings,
    stop: watch::Sender<bool>,
    /// Kept for its drop: the schema goes last.
    place: Place,
}

impl Service {
    async fn start(place: Place, config: &str) -> Self {
        let service = Self::idle(place, config).await;
        let workers = Workers {
            store: service.store.clone(),
            digester: service.pipeline.clone(),
            settings: service.settings.clone(),
            name: "worker".to_owned(),
        };
        tokio::spawn(workers.run(service.stop.subscribe()));
        service
    }

    /// Without workers.
    async fn idle(place: Place, config: &str) -> Self {
        let settings = Settings::from_toml(config, "test").unwrap();
        let store = Arc::new(place.open().await);
        let pipeline = Arc::new(Asking(plain_pipeline(
            settings.limits.clone(),
            Author::Extractive,
        )));
        let jobs = JobSettings {
            poll: Duration::from_millis(50),
            ..settings.jobs.clone()
        };
        let state = Arc::new(AppState::new(&settings));
        state.keep_keys(store.clone());
        state.keep_jobs(Queue::new(store.clone(), pipeline.maker(), jobs.clone()));
        state.start(pipeline.clone());
        Self {
            state,
            store,
            pipeline,
            settings: jobs,
            stop: watch::channel(false).0,
            place,
        }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let answer = send(&self.state, request);
        tokio::time::timeout(PATIENCE, answer).await.unwrap()
    }

    async fn get(&self, uri: &str) -> Answer {
        self.send(request(Method::GET, uri, None)).await
    }

    /// Sends a version, waits for its digest, and tells the job.
    async fn submit(&self, external_id: &str, paragraphs: &[&str]) -> JobView {
        let body = json!({
            "text": paragraphs.join("\n\n"), "title": "News from Harlow",
            "external_id": external_id, "url": "https://example.org/harlow",
        });
        let mut order = request(Method::POST, "/v1/digests", Some(&body));
        let prefer = "wait=50".parse().unwrap();
        order.headers_mut().insert("prefer", prefer);
        let answer = self.send(order).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let job = self.get(answer.header("location")).await;
        read(&job, StatusCode::OK)
    }

    async fn article(&self, id: &str) -> ArticleView {
        let answer = self.get(&format!("/v1/articles/{id}")).await;
        let article: ArticleView = read(&answer, StatusCode::OK);
        assert_eq!(answer.header("etag"), format!("\"{}\"", article.revision));
        article
    }

    async fn change(&self, method: Method, uri: &str, body: &Value) -> Answer {
        self.send(request(method, uri, Some(body))).await
    }

    async fn patch(&self, article: &ArticleView, item: &Item, body: &Value) -> ArticleView {
        let uri = format!("/v1/articles/{}/items/{}", article.id, item.id);
        read(
            &self.change(Method::PATCH, &uri, body).await,
            StatusCode::OK,
        )
    }

    async fn ledger(&self, id: &str) -> Vec<StepView> {
        let answer = self.get(&format!("/v1/articles/{id}/ledger")).await;
        assert_eq!(answer.header("content-type"), "application/jsonl");
        let lines = answer.text().lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    async fn secret(&self, scopes: &str) -> Secret {
        let new = NewKey {
            name: format!("who may {scopes}"),
            scopes: scopes.parse().unwrap(),
            lane: None,
            requests_per_minute: None,
            max_open_jobs: None,
            lifetime: None,
        };
        let secret = Secret::generate(SecretKind::Key).unwrap();
        self.store.create_key(&new, &secret).await.unwrap();
        secret
    }

    /// Ends as a kill would: nothing is closed, nothing is waited for.
    async fn restart(self, config: &str) -> Self {
        Self::idle(self.place, config).await
    }
}

fn request(method: Method, uri: &str, body: Option<&Value>) -> Request<Body> {
    let request = Request::builder().method(method).uri(uri);
    let request = request.header("content-type", "application/json");
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    request.body(body).unwrap()
}

#[track_caller]
fn read<T: serde::de::DeserializeOwned>(answer: &Answer, status: StatusCode) -> T {
    assert_eq!(answer.status, status, "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

fn of_kind(article: &ArticleView, kind: Kind) -> Vec<Item> {
    let items = article.items.as_ref().unwrap().iter();
    items.filter(|it| it.kind == kind).cloned().collect()
}

#[track_caller]
fn about(article: &ArticleView, words: &str) -> Item {
    let pairs = of_kind(article, Kind::Pair);
    let found = pairs.iter().find(|it| it.text.contains(words));
    found
        .unwrap_or_else(|| panic!("{words}: {pairs:?}"))
        .clone()
}

fn item(article: &ArticleView, id: &str) -> Option<Item> {
    let mut items = article.items.as_ref().unwrap().iter();
    items.find(|it| it.id == id).cloned()
}

async fn a_newer_text_changes_what_it_has_to(place: Place) {
    let service = Service::start(place, "").await;
    let first = service.submit("post-1", &[POOL, BRIDGE, BUS]).await;
    let id = first.article.clone().unwrap();
    let before = service.article(&id).await;
    assert_eq!((before.state.as_str(), before.version), ("draft", 1));
    assert_eq!(before.title.as_deref(), Some("News from Harlow"));
    assert_eq!(before.job.as_ref().unwrap().id, first.id);
    let added = first.changes.unwrap().added;
    assert_eq!(added.len(), before.items.as_ref().unwrap().len());
    let (bus, pool) = (about(&before, "bus line"), about(&before, "Dana Ruiz"));
    let bridge = about(&before, "Tom Hale");
    let own = "Engineer Tom Hale inspected the harbour bridge in April because rust had been \
        found on 14 of its cables.";
    let edited = service
        .patch(&before, &bridge, &json!({ "text": own }))
        .await;
    assert_eq!(edited.state, "current");
    // The same text again: free, and nothing changes.
    let again = service.submit("post-1", &[POOL, BRIDGE, BUS]).await;
    assert_eq!(again.attempts, 0);
    assert_eq!(again.changes.unwrap().kept.len(), added.len());
    assert_eq!(service.article(&id).await.revision, edited.revision);
    // The bridge and the bus go, the cup comes, and comes first.
    let second = service.submit("post-1", &[CUP, POOL]).await;
    let changes = second.changes.unwrap();
    let after = service.article(&id).await;
    assert_eq!(after.changes.as_ref(), Some(&changes));
    assert_eq!((after.state.as_str(), after.version), ("stale", 2));
    let kept = item(&after, &pool.id).unwrap();
    assert_eq!((&kept.question, &kept.text), (&pool.question, &pool.text));
    assert!(changes.moved.contains(&pool.id), "{changes:?}");
    assert_eq!(changes.stale, [bridge.id.as_str()]);
    let stale = item(&after, &bridge.id).unwrap();
    assert_eq!((stale.text.as_str(), stale.state), (own, ItemState::Stale));
    assert_eq!(item(&after, &bus.id), None);
    let fallen: Vec<&str> = changes.fallen.iter().map(|it| it.text.as_str()).collect();
    assert!(fallen.contains(&own) && fallen.contains(&bus.text.as_str()));
    // All evidence points into the text of now.
    let source = service.get(&format!("/v1/articles/{id}/source")).await;
    let source: SourceView = read(&source, StatusCode::OK);
    assert_eq!(
        (source.version, source.current, source.versions.len()),
        (2, true, 2)
    );
    for evidence in after.items.iter().flatten().flat_map(Item::evidence) {
        assert_eq!(&source.text[evidence.start..evidence.end], evidence.quote);
    }
    let list: ArticleList = read(
        &service.get("/v1/articles?state=stale&q=NEWS").await,
        StatusCode::OK,
    );
    let counts = list.articles[0].counts.unwrap();
    assert_eq!(
        (list.articles.len(), counts.stale, counts.edited),
        (1, 1, 1)
    );
}

async fn an_editor_changes_items(place: Place) {
    let service = Service::start(place, "").await;
    let job = service.submit("post-1", &[POOL, BRIDGE, BUS]).await;
    let article = service.article(&job.article.unwrap()).await;
    let pairs = of_kind(&article, Kind::Pair);
    let first = &pairs[0];
    let wrong =
        json!({ "text": "The repairs would cost $3 million, Mayor Dana Ruiz said on Monday." });
    let after = service.patch(&article, first, &wrong).await;
    let edited = item(&after, &first.id).unwrap();
    assert_eq!(
        (edited.supported, edited.question.as_ref()),
        (Some(false), first.question.as_ref())
    );
    assert!(
        edited
            .reasons
            .iter()
            .any(|it| it.starts_with("unsupported_number")),
        "{edited:?}"
    );
    assert!(edited.edited.is_some());
    let others = |article: &ArticleView| {
        let items = article.items.clone().unwrap().into_iter();
        items.filter(|it| it.id != first.id).collect::<Vec<_>>()
    };
    assert_eq!(others(&after), others(&article));
    let moved = service
        .patch(&after, first, &json!({ "position": 1, "locked": true }))
        .await;
    assert_eq!(of_kind(&moved, Kind::Pair)[1].id, first.id);
    assert_eq!(of_kind(&moved, Kind::Pair)[0].position, 0);
    // Nothing new: no new revision.
    let same = service
        .patch(&moved, first, &json!({ "locked": true }))
        .await;
    assert_eq!(same.revision, moved.revision);
    let items = format!("/v1/articles/{}/items", article.id);
    let own = json!({ "kind": "related", "text": "Public pools", "position": 0 });
    let answer = service.change(Method::POST, &items, &own).await;
    let added: ArticleView = read(&answer, StatusCode::CREATED);
    let related = of_kind(&added, Kind::Related);
    assert_eq!(
        (related[0].text.as_str(), related[0].origin),
        ("Public pools", Origin::Human)
    );
    assert_eq!(
        answer.header("location"),
        format!("{items}/{}", related[0].id)
    );
    let uri = format!("{items}/{}", related[0].id);
    let removed = service.send(request(Method::DELETE, &uri, None)).await;
    let removed: ArticleView = read(&removed, StatusCode::OK);
    assert_eq!(of_kind(&removed, Kind::Related).len(), related.len() - 1);
    let locked = format!("{items}/{}", first.id);
    let refused = service.send(request(Method::DELETE, &locked, None)).await;
    assert_eq!(refused.refusal(), (409, "item_locked".to_owned()));
    let anew = format!("{locked}/regenerate");
    let refused = service.send(request(Method::POST, &anew, None)).await;
    assert_eq!(refused.refusal(), (409, "item_locked".to_owned()));
    service
        .patch(&removed, first, &json!({ "locked": false }))
        .await;
    let refused = service.send(request(Method::POST, &anew, None)).await;
    assert_eq!(refused.refusal(), (409, "item_edited".to_owned()));
}

async fn a_question_is_answered_or_refused(place: Place) {
    let service = Service::start(place, "").await;
    let job = service.submit("post-1", &[POOL, BRIDGE, BUS]).await;
    let article = service.article(&job.article.unwrap()).await;
    let items = format!("/v1/articles/{}/items", article.id);
    let first = of_kind(&article, Kind::Pair)[0].clone();
    let instead = "Why did officials of Eastport County approve a new bus line to Harlow?";
    let anew = format!("{items}/{}/regenerate", first.id);
    let body = json!({ "question": instead });
    let after: ArticleView = read(
        &service.change(Method::POST, &anew, &body).await,
        StatusCode::OK,
    );
    let new = item(&after, &first.id).unwrap();
    assert_eq!(
        (new.question.as_deref(), new.supported),
        (Some(instead), Some(true))
    );
    assert_eq!((new.position, new.review), (first.position, Review::Draft));
    assert!(new.text.contains("because the train station had closed"));
    for old in article
        .items
        .iter()
        .flatten()
        .filter(|it| it.id != first.id)
    {
        assert_eq!(item(&after, &old.id).as_ref(), Some(old));
    }
    let asked = json!({ "question": "How many cars does the harbour bridge carry each day?" });
    let added = service.change(Method::POST, &items, &asked).await;
    let added: ArticleView = read(&added, StatusCode::CREATED);
    assert!(about(&added, "9,000 cars").evidence().count() > 0);
    for uri in [&items, &anew] {
        let nowhere = json!({ "question": "Who won the chess cup in Oslo on Friday?" });
        let refused = service.change(Method::POST, uri, &nowhere).await;
        assert_eq!(refused.refusal(), (422, "not_answered".to_owned()));
    }
    assert_eq!(service.article(&article.id).await.revision, added.revision);
}

async fn reviews_are_for_the_whole_or_by_name(place: Place) {
    let service = Service::start(place, "").await;
    let job = service.submit("post-1", &[POOL, BRIDGE, BUS]).await;
    let article = service.article(&job.article.unwrap()).await;
    let (approve, reject) = (
        format!("/v1/articles/{}/approve", article.id),
        format!("/v1/articles/{}/reject", article.id),
    );
    let pairs = of_kind(&article, Kind::Pair);
    let named = json!({ "items": [pairs[0].id] });
    let after: ArticleView = read(
        &service.change(Method::POST, &reject, &named).await,
        StatusCode::OK,
    );
    assert_eq!(after.state, "current");
    let whole = service.send(request(Method::POST, &approve, None)).await;
    let whole: ArticleView = read(&whole, StatusCode::OK);
    assert_eq!(whole.state, "approved");
    assert_eq!(item(&whole, &pairs[0].id).unwrap().review, Review::Rejected);
    // What is kept stays approved, what is new is not.
    service
        .patch(&whole, &pairs[1], &json!({ "locked": true }))
        .await;
    let newer = if pairs[1].text.contains("Tom Hale") {
        [POOL, CUP]
    } else {
        [BRIDGE, CUP]
    };
    service.submit("post-1", &newer).await;
    let stale = service.article(&article.id).await;
    assert_eq!(stale.state, "stale");
    let refused = service.send(request(Method::POST, &approve, None)).await;
    assert_eq!(refused.refusal(), (409, "stale_items".to_owned()));
    let named = json!({ "items": [pairs[1].id] });
    read::<ArticleView>(
        &service.change(Method::POST, &approve, &named).await,
        StatusCode::OK,
    );
    let whole = service.send(request(Method::POST, &approve, None)).await;
    assert_eq!(
        read::<ArticleView>(&whole, StatusCode::OK).state,
        "approved"
    );
    let list: ArticleList = read(
        &service.get("/v1/articles?state=approved").await,
        StatusCode::OK,
    );
    assert_eq!(list.articles.len(), 1);
}

async fn what_is_published_is_printed_in_any_format(place: Place) {
    let service = Service::start(place, "").await;
    let job = service.submit("post-1", &[POOL, BRIDGE, BUS]).await;
    let article = service.article(&job.article.unwrap()).await;
    let uri = format!("/v1/articles/{}/digest", article.id);
    let own = "<script>alert(1)</script> is what I write.";
    let pairs = of_kind(&article, Kind::Pair);
    service
        .patch(
            &article,
            &pairs[0],
            &json!({ "text": own, "review": "approved" }),
        )
        .await;
    service
        .patch(&article, &pairs[1], &json!({ "review": "rejected" }))
        .await;
    let all: Digest = read(&service.get(&uri).await, StatusCode::OK);
    assert_eq!(all.faq.len(), pairs.len() - 1);
    let only: Digest = read(
        &service.get(&format!("{uri}?approved=true")).await,
        StatusCode::OK,
    );
    assert_eq!((only.faq.len(), only.topic, only.summary), (1, None, None));
    assert_eq!(only.faq[0].answer.text, own);
    for format in [
        "html",
        "markdown",
        "json-ld",
        "wordpress-details",
        "wordpress-yoast",
    ] {
        let printed = service
            .get(&format!("{uri}?format={format}&approved=true"))
            .await;
        assert_eq!(printed.status, StatusCode::OK, "{}", printed.text());
        assert!(
            printed.text().contains("is what I write"),
            "{}",
            printed.text()
        );
        assert!(
            !printed.text().contains("<script>alert"),
            "{}",
            printed.text()
        );
        assert!(!printed.header("etag").is_empty());
    }
    let refused = service.get(&format!("{uri}?aproved=true")).await;
    assert_eq!(refused.refusal(), (400, "invalid_parameter".to_owned()));
}

async fn the_ledger_has_every_step(place: Place) {
    let service = Service::start(place, "").await;
    let job = service.submit("post-1", &[POOL, BRIDGE, BUS]).await;
    let article = service.article(job.article.as_ref().unwrap()).await;
    let pair = of_kind(&article, Kind::Pair)[0].clone();
    let body = json!({ "text": "My own words.", "locked": true, "review": "approved" });
    service.patch(&article, &pair, &body).await;
    let steps = service.ledger(&article.id).await;
    let told: Vec<(&str, &str)> = steps
        .iter()
        .map(|it| (it.who.kind.as_str(), it.step.as_str()))
        .collect();
    let expected = [
        ("human", "submitted"),
        ("machine", "merged"),
        ("human", "edited"),
        ("human", "locked"),
        ("human", "approved"),
    ];
    assert_eq!(told, expected);
    assert_eq!(steps[0].detail["job"], job.id);
    assert_eq!(steps[1].detail["model"], "extractive");
    assert!(
        steps[1].detail["changes"]["added"]
            .as_array()
            .unwrap()
            .len()
            > 1
    );
    assert_eq!(steps[2].detail["before"]["text"], pair.text);
    assert_eq!(steps[2].detail["after"]["text"], "My own words.");
    assert_eq!(steps[2].item.as_ref(), Some(&pair.id));
    assert_eq!(steps[2].revision, article.revision + 1);
    // More than are read at once.
    for at in 0..300 {
        let body = json!({ "locked": at % 2 == 0, "text": format!("Words {at}.") });
        service.patch(&article, &pair, &body).await;
    }
    let all = service.ledger(&article.id).await;
    assert_eq!(all.len(), steps.len() + 599);
    assert!(
        all.windows(2)
            .all(|pair| pair[0].revision <= pair[1].revision)
    );
}

async fn an_edit_and_an_unfinished_merge_outlive_the_process(place: Place) {
    let service = Service::start(place, "").await;
    let job = service.submit("post-1", &[POOL, BRIDGE, BUS]).await;
    let id = job.article.unwrap();
    let article = service.article(&id).await;
    let pair = about(&article, "Dana Ruiz");
    let edited = service
        .patch(&article, &pair, &json!({ "text": "The mayor did it." }))
        .await;
    service.stop.send_replace(true);
    // Another process is killed between the end of a job and its merge.
    let service = service.restart("").await;
    assert_eq!(service.article(&id).await.items, edited.items);
    let text = [CUP, BRIDGE].join("\n\n");
    let newer = json!({ "text": text, "external_id": "post-1" });
    let mut order = request(Method::POST, "/v1/digests", Some(&newer));
    order
        .headers_mut()
        .insert("prefer", "respond-async".parse().unwrap());
    let job: JobView = read(&service.send(order).await, StatusCode::ACCEPTED);
    assert_eq!(job.article.as_ref(), Some(&id));
    let claim = service.store.claim("w", PATIENCE).await.unwrap().unwrap();
    let input = Input {
        bytes: claim.order.body.clone(),
        kind: SourceKind::Text,
        scope: SourceScope::Auto,
        title: None,
        charset: Some("utf-8".to_owned()),
        language: None,
    };
    let options = DigestOptions {
        count: 8,
        max_answer_words: 60,
        include_source: false,
        summary: SummaryForm::Medium,
        summary_sentences: 4,
        tone: Tone::Neutral,
        reading_level: ReadingLevel::Default,
        without_model: false,
        house_style: None,
        lane: Lane::Draft,
    };
    let digest = service.pipeline.digest(input, options).await.unwrap();
    let finished = Finished {
        digest: serde_json::to_string(&digest).unwrap(),
        content_key: claim.job.content_key.clone(),
        pipeline_version: claim.job.pipeline_version.clone(),
    };
    service.store.complete(&job.id, 1, &finished).await.unwrap();
    let service = service.restart("").await;
    assert_eq!(
        service.store.pending_merges(None, 10).await.unwrap(),
        [job.id.as_str()]
    );
    // Whoever reads it first has it merged.
    let after = service.article(&id).await;
    assert_eq!(after.version, 2);
    let kept = item(&after, &pair.id).unwrap();
    assert_eq!(kept.text, "The mayor did it.");
    let job: JobView = read(
        &service.get(&format!("/v1/digests/{}", job.id)).await,
        StatusCode::OK,
    );
    assert_eq!(job.changes, after.changes);
    assert_eq!(
        service.store.pending_merges(None, 10).await.unwrap(),
        [""; 0]
    );
}

async fn who_comes_second_is_told(place: Place) {
    let service = Service::start(place, "").await;
    let job = service.submit("post-1", &[POOL, BRIDGE, BUS]).await;
    let article = service.article(&job.article.unwrap()).await;
    let pairs = of_kind(&article, Kind::Pair);
    let uri = |item: &Item| format!("/v1/articles/{}/items/{}", article.id, item.id);
    let tagged = |tag: &str| {
        let body = json!({ "text": "Words." });
        let mut request = request(Method::PATCH, &uri(&pairs[0]), Some(&body));
        request
            .headers_mut()
            .insert("if-match", tag.parse().unwrap());
        request
    };
    let tag = format!("\"{}\"", article.revision);
    assert_eq!(service.send(tagged(&tag)).await.status, StatusCode::OK);
    for tag in [tag.as_str(), "\"x\"", "W/\"2\""] {
        let late = service.send(tagged(tag)).await;
        assert_eq!(
            late.refusal(),
            (412, "revision_mismatch".to_owned()),
            "{tag}"
        );
    }
    assert_eq!(service.send(tagged("*")).await.status, StatusCode::OK);
    // Without it, who comes at the same time all get what they want.
    let (body, uri) = (json!({ "locked": true }), &uri);
    let all = pairs.iter().map(|it| {
        let request = request(Method::PATCH, &uri(it), Some(&body));
        service.send(request)
    });
    for answer in futures_util::future::join_all(all).await {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }
    let after = service.article(&article.id).await;
    assert!(of_kind(&after, Kind::Pair).iter().all(|it| it.locked));
}

/// Scopes, method, path under the article, body and status.
const ALLOWED: [(&str, &str, &str, &str, u16); 11] = [
    ("read", "GET", "", "", 200),
    ("edit", "GET", "", "", 403),
    ("read", "PATCH", "/ITEM", r#"{"text":"Words."}"#, 403),
    ("approve", "PATCH", "/ITEM", r#"{"review":"approved"}"#, 403),
    ("edit", "PATCH", "/ITEM", r#"{"review":"approved"}"#, 403),
    ("edit", "PATCH", "/ITEM", r#"{"text":"Words."}"#, 200),
    (
        "edit,approve",
        "PATCH",
        "/ITEM",
        r#"{"review":"approved"}"#,
        200,
    ),
    ("edit", "POST", "/approve", "{}", 403),
    ("approve", "POST", "/approve", "{}", 200),
    ("read,edit,approve", "GET", "/export", "", 403),
    ("read,edit,approve", "DELETE", "", "", 403),
];

async fn scopes_are_kept_apart(place: Place) {
    let service = Service::start(place, "[access]\nkeys = \"never\"").await;
    let job = service.submit("post-1", &[POOL, BRIDGE, BUS]).await;
    let article = service.article(&job.article.unwrap()).await;
    let item = format!("items/{}", of_kind(&article, Kind::Pair)[0].id);
    let service = service.restart("[access]\nkeys = \"always\"").await;
    let as_who = async |scopes: &str, mut request: Request<Body>| {
        let secret = service.secret(scopes).await;
        let bearer = format!("Bearer {}", secret.expose());
        let headers = request.headers_mut();
        headers.insert("authorization", bearer.parse().unwrap());
        service.send(request).await
    };
    for (scopes, method, path, body, status) in ALLOWED {
        let path = path.replace("ITEM", &item);
        let uri = format!("/v1/articles/{}{path}", article.id);
        let body: Option<Value> = serde_json::from_str(body).ok();
        let request = request(method.parse().unwrap(), &uri, body.as_ref());
        let answer = as_who(scopes, request).await;
        assert_eq!(answer.status.as_u16(), status, "{scopes} {method} {path}");
    }
    let ledger = format!("/v1/articles/{}/ledger", article.id);
    let ledger = as_who("read", request(Method::GET, &ledger, None)).await;
    let mut lines = ledger.text().lines();
    let edited = lines.find(|line| line.contains("\"edited\"")).unwrap();
    let edited: StepView = serde_json::from_str(edited).unwrap();
    assert_eq!(edited.who.name.as_deref(), Some("who may edit"));
    assert!(edited.who.key.is_some() && !edited.who.session);
}

async fn deletion_and_export(place: Place) {
    let service = Service::start(place, "").await;
    let first = service.submit("post-1", &[POOL, BRIDGE, BUS]).await;
    service.submit("post-1", &[POOL, CUP]).await;
    service.submit("post-2", &[POOL, BRIDGE]).await;
    let id = first.article.unwrap();
    let export = service.get(&format!("/v1/articles/{id}/export")).await;
    let export: ExportView = read(&export, StatusCode::OK);
    assert_eq!((export.versions.len(), export.jobs.len()), (2, 2));
    assert!(
        export
            .jobs
            .iter()
            .all(|it| it.digest.is_some() && !it.history.is_empty())
    );
    assert!(
        export.versions[1]
            .text
            .as_ref()
            .unwrap()
            .contains("Lena Fischer")
    );
    assert_eq!(export.ledger.len(), 4);
    let gone = service
        .send(request(Method::DELETE, &format!("/v1/articles/{id}"), None))
        .await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    for uri in [
        format!("/v1/articles/{id}"),
        format!("/v1/articles/{id}/ledger"),
    ] {
        assert_eq!(
            service.get(&uri).await.refusal(),
            (404, "no_such_article".to_owned())
        );
    }
    let job = service.get(&format!("/v1/digests/{}", first.id)).await;
    assert_eq!(job.refusal(), (404, "no_such_job".to_owned()));
    let by_name = |name: &str| request(Method::DELETE, &format!("/v1/articles{name}"), None);
    let gone = service.send(by_name("?external_id=post-2")).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let again = service.send(by_name("?external_id=post-2")).await;
    assert_eq!(again.refusal(), (404, "no_such_article".to_owned()));
    assert_eq!(
        service.send(by_name("")).await.status,
        StatusCode::BAD_REQUEST
    );
    let list: ArticleList = read(&service.get("/v1/articles").await, StatusCode::OK);
    assert!(list.articles.is_empty());
}

/// Method, path under the article, body, status and code of what is refused.
const WRONG: [(&str, &str, &str, u16, &str); 11] = [
    (
        "PATCH",
        "TOPIC",
        r#"{"question":"Why?"}"#,
        400,
        "invalid_parameter",
    ),
    (
        "PATCH",
        "TOPIC",
        r#"{"text":" "}"#,
        400,
        "invalid_parameter",
    ),
    ("PATCH", "TOPIC", r#"{"txt":"x"}"#, 400, "invalid_json"),
    (
        "PATCH",
        "TOPIC",
        r#"{"review":"great"}"#,
        400,
        "invalid_json",
    ),
    ("PATCH", "items/%00", r#"{"text":"x"}"#, 404, "no_such_item"),
    ("PATCH", "items/x", r#"{"text":"x"}"#, 404, "no_such_item"),
    ("POST", "items", "{}", 400, "invalid_parameter"),
    (
        "POST",
        "items",
        r#"{"kind":"topic","text":"X"}"#,
        409,
        "item_exists",
    ),
    (
        "POST",
        "items",
        r#"{"kind":"chart","text":"X"}"#,
        400,
        "invalid_json",
    ),
    (
        "POST",
        "TOPIC/regenerate",
        r#"{"question":"Why?"}"#,
        400,
        "invalid_parameter",
    ),
    ("POST", "approve", r#"{"items":["x"]}"#, 404, "no_such_item"),
];

async fn what_cannot_be_is_refused(place: Place) {
    let service = Service::start(place, "[limits]\nmax_edit_bytes = 100").await;
    let job = service.submit("post-1", &[POOL, BRIDGE, BUS]).await;
    let article = service.article(&job.article.unwrap()).await;
    let topic = format!("items/{}", of_kind(&article, Kind::Topic)[0].id);
    let under = |path: &str| {
        let path = path.replace("TOPIC", &topic);
        format!("/v1/articles/{}/{path}", article.id)
    };
    for (method, path, body, status, code) in WRONG {
        let body: Value = serde_json::from_str(body).unwrap();
        let uri = under(path);
        let answer = service.change(method.parse().unwrap(), &uri, &body);
        assert_eq!(
            answer.await.refusal(),
            (status, code.to_owned()),
            "{path} {body}"
        );
    }
    for length in [101, 90_000] {
        let body = json!({ "text": "x".repeat(length) });
        let answer = service.change(Method::PATCH, &under("TOPIC"), &body).await;
        assert_eq!(answer.refusal(), (413, "item_too_long".to_owned()));
    }
    let nobody = uuid::Uuid::now_v7().to_string();
    for id in [nobody.as_str(), "x", "%00", ".."] {
        let answer = service.get(&format!("/v1/articles/{id}")).await;
        assert_eq!(
            answer.refusal(),
            (404, "no_such_article".to_owned()),
            "{id}"
        );
    }
    for query in [
        "state=new",
        "cursor=x",
        "cursor=1.x",
        "limit=0",
        "page=2",
        "q=%00",
    ] {
        let answer = service.get(&format!("/v1/articles?{query}")).await;
        assert_eq!(
            answer.refusal(),
            (400, "invalid_parameter".to_owned()),
            "{query}"
        );
    }
    let version = service.get(&under("source?version=7")).await;
    assert_eq!(version.refusal(), (404, "no_such_version".to_owned()));
    assert_eq!(
        service.article(&article.id).await.revision,
        article.revision
    );
}

async fn a_dropped_text_is_told(place: Place) {
    let service = Service::start(place, "").await;
    let job = service.submit("post-1", &[POOL, BRIDGE, BUS]).await;
    let id = job.article.unwrap();
    service.submit("post-1", &[POOL, CUP]).await;
    // What was the text before is kept as long as the texts of jobs: not at all.
    service.store.sweep().await.unwrap();
    let dropped = service
        .get(&format!("/v1/articles/{id}/source?version=1"))
        .await;
    assert_eq!(dropped.refusal(), (410, "text_dropped".to_owned()));
    let current = service.get(&format!("/v1/articles/{id}/source")).await;
    assert_eq!(current.status, StatusCode::OK);
}
