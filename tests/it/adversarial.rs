//! Hostile texts that others collected, where there are any: the service answers each
//! with a digest or a problem that is the caller's, and a digest that is printed as HTML
//! has the markup of the renderer and none of theirs.

use std::path::Path;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use scraper::Html;
use serde::Deserialize;
use serde_json::json;

use super::articles::BRIDGE;
use super::hostile::{answer, paragraphs, service};
use super::http::{Answer, post_to};
use super::program::folder;

/// What a digest is printed as HTML with, where nothing links and nothing is data.
const ELEMENTS: [&str; 8] = [
    "html", "section", "p", "h2", "details", "summary", "ul", "li",
];
const ATTRIBUTES: [&str; 2] = ["class", "data-afterword"];

/// A row of the set. No message shows its text: it is not ours.
#[derive(Deserialize)]
struct Row {
    id: String,
    kind: String,
    text: String,
}

impl Row {
    fn has_markup(&self) -> bool {
        self.text.contains('<')
    }

    /// The text as it stands, and what shows itself in a page put into an article too:
    /// for itself it is too short for a digest.
    fn requests(&self) -> Vec<Request<Body>> {
        let mut requests = vec![ask("text/plain", &self.text)];
        if self.has_markup() {
            requests.push(ask("text/html", &self.text));
        }
        if self.kind == "html_js_payload" {
            requests.extend(self.inside());
        }
        requests
    }

    fn inside(&self) -> [Request<Body>; 4] {
        let text = &self.text;
        let after = format!("{BRIDGE}\n\nThe harbour bridge has 14 lamps {text} now.\n");
        let page = format!("<h1>{text}</h1>{}<p>{text}</p>", paragraphs());
        let titled = json!({ "title": text, "text": after }).to_string();
        [
            ask("text/plain", &after),
            ask("text/markdown", &after),
            ask("text/html", &page),
            ask("application/json", &titled),
        ]
    }
}

/// Asks for a digest that is printed as HTML.
fn ask(content_type: &str, body: &str) -> Request<Body> {
    post_to("/v1/digests?format=html", content_type, body.to_owned())
}

fn rows(data: &Path) -> Vec<Row> {
    let rows = std::fs::read_to_string(data.join("adversarial.dev.jsonl")).unwrap();
    let rows = rows.lines().map(|row| serde_json::from_str(row).unwrap());
    rows.collect()
}

fn assert_inert(name: &str, answer: &Answer) {
    let page = Html::parse_fragment(answer.text());
    for node in page.tree.root().descendants() {
        assert!(!node.value().is_comment(), "{name}: a comment");
        if let Some(element) = node.value().as_element() {
            assert!(
                ELEMENTS.contains(&element.name()),
                "{name}: {}",
                element.name()
            );
            for (attribute, _) in element.attrs() {
                assert!(ATTRIBUTES.contains(&attribute), "{name}: {attribute}");
            }
        }
    }
}

#[tokio::test]
async fn each_is_answered_and_none_gets_into_a_page() {
    let Some(data) = folder("AFTERWORD_TEST_EVALDATA") else {
        return;
    };
    let (state, rows) = (service(), rows(&data));
    let (mut digests, mut refused) = (0, 0);
    for row in &rows {
        for request in row.requests() {
            let answer = answer(&state, &row.id, request).await;
            if answer.status == StatusCode::OK {
                digests += 1;
                assert_inert(&row.id, &answer);
            } else {
                refused += 1;
                let (status, code) = answer.refusal();
                assert!((400..500).contains(&status), "{}: {status} {code}", row.id);
            }
        }
    }
    let texts = rows.len();
    println!("{texts} texts: {digests} digests, {refused} refused");
    assert!(digests > texts / 4, "{digests} of {texts}");
}
