//! The house style from outside: what a model and the article itself write in other
//! words, what becomes of it, and what no house style can do.

use std::sync::Arc;

use afterword::config::{HouseStyle, Settings};
use afterword::digest::{Digest, NoticeCode, Passage};
use afterword::engine::Branch;
use afterword::engine::scripted::ScriptedEngine;
use afterword::pipeline::options::DigestOptions;
use afterword::pipeline::{Author, Fences, Pipeline, SourceKind};

use super::articles::BRIDGE;
use super::program::{assert_sound, extractive, file, program, with_source};
use super::set_up::sent;

/// A model that says `summary`, and nothing else.
fn author(summary: &'static str) -> Author {
    Author::Model(Arc::new(ScriptedEngine::new(
        move |_, branch: &Branch| match branch.answer_start.as_str() {
            "" if branch.instruction.contains("noun phrase") => "Inez Calder".to_owned(),
            "" => summary.to_owned(),
            "- " => "- Ines Calder\n- Blue Tern".to_owned(),
            _ => format!("Q: How much did the repair cost?\nA: {summary}"),
        },
    )))
}

async fn digest(author: Author, style: &str) -> Digest {
    let settings = Settings::from_toml("", "test").unwrap();
    let pipeline = Pipeline {
        limits: settings.limits,
        author,
        house_style: Some(Arc::new(HouseStyle::parse(style, 4096).unwrap())),
        fences: Fences::of_text(),
    };
    let input = sent(BRIDGE, SourceKind::Text);
    let options = DigestOptions::check(&with_source(), &pipeline.limits).unwrap();
    let digest = pipeline.digest(&input, &options).await.unwrap();
    assert_sound(&digest);
    digest
}

fn passages(digest: &Digest) -> impl Iterator<Item = &Passage> {
    let answers = digest.faq.iter().map(|pair| &pair.answer);
    digest.summary.iter().chain(answers)
}

/// All that a reader is shown, in lower case.
fn shown(digest: &Digest) -> String {
    let questions = digest.faq.iter().map(|pair| pair.question.as_str());
    let phrases = digest
        .topic
        .iter()
        .chain(&digest.related)
        .map(String::as_str);
    let texts = passages(digest).map(|it| it.text.as_str());
    let all: Vec<&str> = questions.chain(phrases).chain(texts).collect();
    all.join("\n").to_lowercase()
}

#[tokio::test]
async fn what_has_a_word_to_avoid_is_refused_whoever_wrote_it() {
    const SAID: &str = "The repair cost $38 million, because divers found cracks in three piers \
        that the first survey had missed.";
    for author in [author(SAID), Author::Extractive] {
        let digest = digest(author, "avoid = [\"cracks\", \"toll\", \"baker\"]").await;
        assert!(
            digest.summary.is_some() && digest.faq.len() > 2,
            "{digest:?}"
        );
        for word in ["cracks", "toll", "baker"] {
            assert!(!shown(&digest).contains(word), "{word}: {}", shown(&digest));
        }
        let told = digest.refused.iter().find(|it| it.text == SAID);
        let told = told.map(|it| it.reason.as_str());
        assert_eq!(told, Some("house_style: avoids “cracks”"));
        let hash = digest.provenance.house_style_sha256.unwrap();
        assert_eq!(hash.len(), 64);
    }
}

#[tokio::test]
async fn a_model_s_name_is_put_right_where_the_article_has_it() {
    const SAID: &str = "Mayor Inez Calder cut the ribbon at noon before a crowd of 4,000 people.";
    let style = "[names]\n\"Ines Calder\" = [\"Inez Calder\"]";
    let digest = digest(author(SAID), style).await;
    let sentences = digest.summary.iter().flat_map(|it| &it.sentences);
    let put_right = sentences.filter(|it| it.text.starts_with("Mayor Ines Calder cut"));
    assert_eq!(put_right.count(), 1, "{:?}", digest.refused);
    assert_eq!(digest.topic.as_deref(), Some("Ines Calder"));
    assert!(!shown(&digest).contains("inez"));
    assert!(
        digest
            .notices
            .iter()
            .all(|it| it.code != NoticeCode::HouseStyle)
    );
}

#[tokio::test]
async fn no_style_makes_a_digest_say_what_the_article_does_not() {
    const SAID: &str = "Mayor Ines Calder cut the ribbon at noon before a crowd of 4,000 people.";
    let style = "[prefer]\nrepair = \"demolition\"\n[names]\n\"Ann Smith\" = [\"Ines Calder\"]";
    for author in [author(SAID), Author::Extractive] {
        let digest = digest(author, style).await;
        let shown = shown(&digest);
        for word in ["demolition", "repair", "ann smith"] {
            assert!(!shown.contains(word), "{word}: {shown}");
        }
        assert!(shown.contains("calder"), "{shown}");
        let notices = digest.notices.iter();
        let told: Vec<_> = notices
            .filter(|it| it.code == NoticeCode::HouseStyle)
            .collect();
        assert_eq!(told.len(), 1);
        assert!(
            told[0].detail.contains("“Ines Calder”"),
            "{}",
            told[0].detail
        );
    }
}

#[test]
fn the_file_is_named_by_a_flag_or_the_configuration() {
    let (_folder, style) = file("style.toml", b"avoid = [\"cracks\"]");
    let flag = ["--format", "json", "--house-style", style.to_str().unwrap()];
    let ended = extractive(&flag, BRIDGE);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let digest: Digest = serde_json::from_str(&ended.stdout).unwrap();
    assert!(digest.provenance.house_style_sha256.is_some());
    assert!(!shown(&digest).contains("cracks"));
    let text = format!("[editorial]\nhouse_style = '{}'\n", style.display());
    let (_folder, config) = file("site.toml", text.as_bytes());
    let same = extractive(
        &["--format", "json", "--config", config.to_str().unwrap()],
        BRIDGE,
    );
    let same: Digest = serde_json::from_str(&same.stdout).unwrap();
    assert_eq!(shown(&same), shown(&digest));
    let none = extractive(&["--format", "json"], BRIDGE);
    assert!(!none.stdout.contains("house_style"));
}

#[test]
fn the_doctor_refuses_a_style_that_contradicts_itself() {
    let (_folder, style) = file(
        "style.toml",
        b"avoid = [\"use\"]\n[prefer]\nutilise = \"use\"",
    );
    let text = format!("[editorial]\nhouse_style = '{}'\n", style.display());
    let (_folder, config) = file("site.toml", text.as_bytes());
    let doctor = |text: &str| {
        std::fs::write(&style, text).unwrap();
        let output = program().args(["doctor", "--config"]).arg(&config).output();
        let output = output.unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), told)
    };
    let (code, told) = doctor("avoid = [\"use\"]\n[prefer]\nutilise = \"use\"");
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("\"utilise\" is replaced by"), "{told}");
    let (code, told) = doctor(&format!("avoid = [\"{}\"]", "x".repeat(70_000)));
    assert_eq!(code, Some(2));
    assert!(
        told.contains("limits.max_house_style_bytes = 65536"),
        "{told}"
    );
    assert_eq!(doctor("avoid = [\"slams\"]").0, Some(0));
}
