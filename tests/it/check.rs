//! One sentence against an article, over HTTP.

use std::sync::Arc;

use afterword::api::{AppState, CarryView, CheckView};
use afterword::config::Settings;
use afterword::digest::Digest;
use afterword::pipeline::options::{DigestOptions, OptionsRequest};
use afterword::pipeline::{Author, SourceKind};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::articles::BRIDGE;
use super::http::{Answer, send};
use super::set_up::{plain_pipeline, sent};

const SAID: &str = "The repair cost $38 million, because divers found cracks in three piers \
    that the first survey had missed.";

async fn check(body: &Value) -> Answer {
    ask(&body.to_string(), "application/json", "/v1/check").await
}

async fn ask(body: &str, content_type: &str, uri: &str) -> Answer {
    let request = Request::post(uri)
        .header("content-type", content_type)
        .body(Body::from(body.to_owned()))
        .unwrap();
    // Needs neither an engine nor a store.
    let settings = Settings::from_toml("", "test").unwrap();
    send(&Arc::new(AppState::new(&settings)), request).await
}

async fn judged(sentence: &str, article: Value) -> CheckView {
    let mut body = article;
    body["sentence"] = json!(sentence);
    let answer = check(&body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test]
async fn what_the_article_says_is_supported_with_its_place() {
    let view = judged(SAID, json!({ "text": BRIDGE })).await;
    assert!(view.supported && view.score >= 0.5, "{view:?}");
    assert_eq!(view.reasons, [""; 0]);
    let place = &view.evidence[0];
    assert_eq!(place.quote, SAID);
    let input = place.input.unwrap();
    assert_eq!(&BRIDGE[input.start..input.end], SAID);
}

#[tokio::test]
async fn what_it_does_not_say_comes_with_the_reason() {
    let wrong = SAID.replace("$38", "$39");
    let view = judged(&wrong, json!({ "text": BRIDGE })).await;
    assert!(!view.supported && view.score < 0.5, "{view:?}");
    let named = |it: &String| it.starts_with("unsupported_number: ");
    assert!(view.reasons.iter().any(named), "{view:?}");
    assert!(view.evidence[0].quote.contains("$38 million"));
    let both = format!("{SAID} Penguins sleep in winter storms.");
    assert!(!judged(&both, json!({ "text": BRIDGE })).await.supported);
}

#[tokio::test]
async fn an_article_may_be_html_or_markdown() {
    let paragraphs = BRIDGE.split("\n\n").map(|it| format!("<p>{it}</p>"));
    let html: String = paragraphs.collect();
    let source = json!({ "kind": "body" });
    for article in [
        json!({ "html": html, "source": source }),
        json!({ "markdown": BRIDGE }),
    ] {
        assert!(judged(SAID, article).await.supported);
    }
}

#[tokio::test]
async fn what_cannot_be_checked_is_refused() {
    let long = "x".repeat(4001);
    let cases = [
        (json!({ "text": BRIDGE }), "invalid_json"),
        (
            json!({ "text": BRIDGE, "sentence": " " }),
            "invalid_parameter",
        ),
        (
            json!({ "text": BRIDGE, "sentence": long }),
            "invalid_parameter",
        ),
        (json!({ "sentence": SAID }), "invalid_parameter"),
        (
            json!({ "sentence": SAID, "text": BRIDGE, "html": "x" }),
            "invalid_parameter",
        ),
        (
            json!({ "sentence": SAID, "text": BRIDGE, "lane": "draft" }),
            "invalid_json",
        ),
        (json!({ "sentence": SAID, "text": "" }), "empty_input"),
    ];
    for (body, code) in cases {
        let answer = check(&body).await;
        assert_eq!(answer.refusal(), (400, code.to_owned()), "{body}");
    }
    let plain = ask(BRIDGE, "text/plain", "/v1/check").await;
    assert_eq!(plain.refusal(), (415, "media_type_unsupported".to_owned()));
    let body = json!({ "sentence": SAID, "text": BRIDGE }).to_string();
    let query = ask(&body, "application/json", "/v1/check?count=3").await;
    assert_eq!(query.refusal(), (400, "invalid_parameter".to_owned()));
}

async fn digest_of(text: &str) -> Digest {
    let limits = Settings::from_toml("", "test").unwrap().limits;
    let options = DigestOptions::check(&OptionsRequest::default(), &limits).unwrap();
    let author = Author::Extractive;
    let input = sent(text, SourceKind::Text);
    let pipeline = plain_pipeline(limits, author);
    pipeline.digest(&input, &options).await.unwrap()
}

async fn carried(digest: &Digest, text: &str) -> CarryView {
    let body = json!({ "digest": digest, "text": text }).to_string();
    let answer = ask(&body, "application/json", "/v1/check/digest").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test]
async fn an_unchanged_article_keeps_everything() {
    let digest = digest_of(BRIDGE).await;
    assert!(digest.faq.len() > 2, "{digest:?}");
    let view = carried(&digest, BRIDGE).await;
    assert_eq!(view.stale, []);
    assert_eq!((view.topic, view.related), (digest.topic, digest.related));
    let texts = |pairs: &[afterword::digest::Pair]| -> Vec<(String, String)> {
        let both = pairs.iter();
        both.map(|it| (it.question.clone(), it.answer.text.clone()))
            .collect()
    };
    assert_eq!(texts(&view.faq), texts(&digest.faq));
    assert_eq!(view.summary.unwrap().text, digest.summary.unwrap().text);
}

#[tokio::test]
async fn what_moves_is_kept_and_what_changes_is_stale() {
    let digest = digest_of(BRIDGE).await;
    let (title, body) = BRIDGE.split_once("\n\n").unwrap();
    let news = "A brass band from Skarra played until the evening.";
    let first = &digest.faq[0];
    let gone = &first.answer.sentences[0].evidence[0].quote;
    let newer = format!("{title}\n\n{news}\n\n{body}").replace(gone, "Rain fell.");
    let view = carried(&digest, &newer).await;
    let stale: Vec<&str> = view.stale.iter().map(|it| it.text.as_str()).collect();
    assert!(stale.contains(&first.question.as_str()), "{view:?}");
    assert!(!view.faq.iter().any(|it| it.question == first.question));
    assert!(!view.faq.is_empty(), "{view:?}");
    let passages = view.faq.iter().map(|pair| &pair.answer);
    for sentence in passages.flat_map(|it| &it.sentences) {
        for place in &sentence.evidence {
            let input = place.input.unwrap();
            assert_eq!(&newer[input.start..input.end], place.quote);
        }
    }
}
