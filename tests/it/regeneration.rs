//! Our own output in an input: whatever was printed and appended, a digest of the
//! longer input is the digest of the article, again and again. And the same
//! article, pasted with its page around it, has the same digest.

use afterword::config::{Choice, Settings, built_in_labels};
use afterword::digest::{Digest, NoticeCode, SummaryForm};
use afterword::pipeline::options::{DigestOptions, OptionsRequest};
use afterword::pipeline::render::{Format, RenderOptions, RenderRequest, render};
use afterword::pipeline::{Author, SourceKind};

use super::articles::BRIDGE;
use super::program::{assert_sound, folder, with_source};
use super::set_up::{plain_pipeline, sent};

/// Names a folder with `article.txt`, and with `page.txt`, the same pasted with
/// all that stood around it.
const SEED: &str = "AFTERWORD_TEST_SEED";

/// Times that output is appended as it is printed by default; in another way it is
/// once.
const ROUNDS: usize = 3;

fn settings() -> Settings {
    Settings::from_toml("", "test").unwrap()
}

async fn digest(kind: SourceKind, text: &str) -> Digest {
    digest_with(kind, text, SummaryForm::Medium).await
}

async fn digest_with(kind: SourceKind, text: &str, summary: SummaryForm) -> Digest {
    let pipeline = plain_pipeline(settings().limits, Author::Extractive);
    let input = sent(text, kind);
    let request = OptionsRequest {
        summary: Some(summary.name().to_owned()),
        ..with_source()
    };
    let options = DigestOptions::check(&request, &pipeline.limits).unwrap();
    let digest = pipeline.digest(&input, &options).await.unwrap();
    assert_sound(&digest);
    digest
}

/// All that a digest says, without the time that it took and what it tells of the
/// input around the article.
fn said(digest: &Digest) -> Digest {
    let mut said = digest.clone();
    said.provenance.timings_ms.clear();
    said.notices
        .retain(|notice| notice.code != NoticeCode::OlderFaq);
    said
}

/// [`said`] without places in the input, which move with what stands before.
fn said_anywhere(digest: &Digest) -> Digest {
    let mut said = said(digest);
    let answers = said.faq.iter_mut().map(|pair| &mut pair.answer);
    let passages = said.summary.iter_mut().chain(answers);
    let sentences = passages.flat_map(|passage| &mut passage.sentences);
    for evidence in sentences.flat_map(|sentence| &mut sentence.evidence) {
        evidence.input = None;
    }
    said
}

/// The ways in which a format can be printed.
fn ways(format: Format) -> Vec<RenderRequest> {
    let plain = RenderRequest::default;
    let mut ways = vec![
        plain(),
        RenderRequest {
            summary_style: Some("points".to_owned()),
            faq_style: Some("headings".to_owned()),
            tag_link: Some("/tag/{slug}/".to_owned()),
            disclosure: Some(true),
            ..plain()
        },
    ];
    ways.extend(["de", "es", "fr"].map(|labels| RenderRequest {
        labels: Some(labels.to_owned()),
        ..plain()
    }));
    if matches!(format, Format::Html | Format::WordpressDetails) {
        ways.push(RenderRequest {
            json_ld: Some(true),
            ..plain()
        });
    }
    ways
}

/// The article as each kind of input, and what comes after it there.
fn inputs() -> [(&'static str, SourceKind, String, &'static str); 4] {
    let (title, body) = BRIDGE.split_once("\n\n").unwrap();
    let html: String = body
        .split("\n\n")
        .map(|text| format!("<p>{text}</p>\n"))
        .collect();
    let page = format!(
        "<!doctype html><html><body><nav><a href=/>Home</a></nav><article><h1>{title}</h1>{html}"
    );
    [
        ("text", SourceKind::Text, BRIDGE.to_owned(), ""),
        (
            "Markdown",
            SourceKind::Markdown,
            format!("# {title}\n\n{body}"),
            "",
        ),
        (
            "a body",
            SourceKind::Html,
            format!("<h1>{title}</h1>{html}"),
            "",
        ),
        (
            "a page",
            SourceKind::Html,
            page,
            "</article><footer>Imprint</footer></body></html>",
        ),
    ]
}

#[tokio::test]
async fn what_was_appended_is_never_read_as_article() {
    let settings = settings();
    for (name, kind, article, rest) in inputs() {
        let first = digest(kind, &format!("{article}\n\n{rest}")).await;
        assert!(first.faq.len() > 2 && first.related.len() > 2, "{first:?}");
        for (format, choice) in Format::CHOICES {
            for way in ways(*choice) {
                let options = RenderOptions::check(*choice, &way, &settings.render).unwrap();
                let mut longer = article.clone();
                let mut last = first.clone();
                let is_plain = way == RenderRequest::default();
                for round in 1..=if is_plain { ROUNDS } else { 1 } {
                    longer = format!("{longer}\n\n{}", render(&last, &options).unwrap());
                    last = digest(kind, &format!("{longer}\n\n{rest}")).await;
                    assert_eq!(
                        said(&last),
                        said(&first),
                        "{format} appended to {name}, round {round}, {way:?}"
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn points_that_were_appended_are_never_read_as_article() {
    let settings = settings();
    for (name, kind, article, rest) in inputs() {
        let read = async |text: String| digest_with(kind, &text, SummaryForm::KeyPoints).await;
        let first = read(format!("{article}\n\n{rest}")).await;
        assert_eq!(first.summary_form, SummaryForm::KeyPoints);
        assert!(first.summary.as_ref().unwrap().sentences.len() > 2);
        for (format, choice) in Format::CHOICES {
            for labels in ["en", "de", "es", "fr"] {
                let way = RenderRequest {
                    labels: Some(labels.to_owned()),
                    ..RenderRequest::default()
                };
                let options = RenderOptions::check(*choice, &way, &settings.render).unwrap();
                let printed = render(&first, &options).unwrap();
                let last = read(format!("{article}\n\n{printed}\n\n{rest}")).await;
                assert_eq!(said(&last), said(&first), "{format} after {name}, {labels}");
            }
        }
    }
}

#[tokio::test]
async fn points_are_known_where_only_their_text_is_left() {
    let first = digest_with(SourceKind::Text, BRIDGE, SummaryForm::KeyPoints).await;
    let points: Vec<String> = first
        .summary
        .iter()
        .flat_map(|it| &it.sentences)
        .map(|it| format!("- {}", it.text))
        .collect();
    for labels in built_in_labels().values() {
        let text = format!(
            "{BRIDGE}\n\n{}\n\n{}\n",
            labels.key_points,
            points.join("\n")
        );
        let last = digest_with(SourceKind::Text, &text, SummaryForm::KeyPoints).await;
        assert_eq!(said(&last), said(&first), "{}", labels.key_points);
    }
}

#[tokio::test]
async fn a_pasted_page_has_the_digest_of_its_article() {
    let Some(seed) = folder(SEED) else {
        return;
    };
    let read = |name: &str| std::fs::read_to_string(seed.join(name)).unwrap();
    let article = digest(SourceKind::Text, &read("article.txt")).await;
    let page = digest(SourceKind::Text, &read("page.txt")).await;
    assert_eq!(said_anywhere(&page), said_anywhere(&article));
    assert!(page.faq.len() > 2, "{page:?}");
}
