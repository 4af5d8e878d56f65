//! Hostile texts, a few of our own and those that others collected, where there are any:
//! the service answers each with a digest or a problem that is the caller's, and a digest
//! that is printed as HTML has the markup of the renderer and none of theirs.

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

/// What says in a row that its text shows itself in a page.
const PAYLOAD: &str = "html_js_payload";
/// Our own such texts, which the editor page is given in a browser too.
const PAYLOADS: &str = include_str!("../browser/payloads.txt");
/// Our own rows of other kinds.
const ROWS: &str = include_str!("../data/eval/adversarial.dev.jsonl");

/// A row of the set. No message shows its text: it need not be ours.
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
        if self.kind == PAYLOAD {
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

fn rows(text: &str) -> Vec<Row> {
    let rows = text.lines().map(|row| serde_json::from_str(row).unwrap());
    rows.collect()
}

fn our_own() -> Vec<Row> {
    let texts = PAYLOADS.lines().filter(|line| !line.starts_with('#'));
    let payloads = texts.zip(1..).map(|(text, number)| Row {
        id: format!("payload {number}"),
        kind: PAYLOAD.to_owned(),
        text: text.to_owned(),
    });
    rows(ROWS).into_iter().chain(payloads).collect()
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

/// Sends all, and counts digests and refusals.
async fn send_all(rows: &[Row]) -> (usize, usize) {
    let state = service();
    let (mut digests, mut refused) = (0, 0);
    for row in rows {
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
    (digests, refused)
}

#[tokio::test]
async fn ours_are_answered_and_none_gets_into_a_page() {
    let rows = our_own();
    let payloads = rows.iter().filter(|row| row.kind == PAYLOAD).count();
    assert!(payloads >= 15 && rows.len() > payloads, "{payloads}");
    let (digests, refused) = send_all(&rows).await;
    println!("{digests} digests, {refused} refused");
    // Each of them stands in an article in four ways, and all of these are digested.
    assert!(digests >= payloads * 4, "{digests} of {payloads}");
}

#[tokio::test]
async fn those_of_others_are_answered_and_none_gets_into_a_page() {
    let Some(data) = folder("AFTERWORD_TEST_EVALDATA") else {
        return;
    };
    let rows = rows(&std::fs::read_to_string(data.join("adversarial.dev.jsonl")).unwrap());
    let ((digests, refused), texts) = (send_all(&rows).await, rows.len());
    println!("{texts} texts: {digests} digests, {refused} refused");
    assert!(digests > texts / 4, "{digests} of {texts}");
}
