//! Whole digests through a service, by the program: the same verification, what
//! provenance says, and that the key is told to nobody else.

use std::io::Write as _;
use std::process::Stdio;

use afterword::digest::Digest;

use crate::articles::BRIDGE;
use crate::program::{Ended, assert_sound, file, program};

use super::chat::{self, Asked, Chat, Reply};

const KEY: &str = "sk-0123456789";
const PAIR: (&str, &str) = (
    "Why did the repair cost $38 million?",
    "The repair cost $38 million, because divers found cracks in three piers that the first \
     survey had missed.",
);
const TRUE: &str = "The national transport fund paid $25 million of the bill.";
const FALSE: &str = "Mayor Ines Calder cut the ribbon at noon before a crowd of 9,000 people.";

pub(super) fn editor(_number: usize, asked: &Asked) -> Reply {
    chat::by_schema(asked, PAIR, &[TRUE, FALSE], "Port Ellery")
}

/// Runs the program with variables, beside the service.
async fn run(arguments: &[&str], variables: &[(&str, &str)], input: &'static str) -> Ended {
    let mut command = program();
    command.args(arguments).envs(variables.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.stderr(Stdio::piped());
    let ended = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        // A program that refuses early does not read to the end.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Ended::of(child.wait_with_output().unwrap())
    });
    ended.await.unwrap()
}

const DIGEST: &[&str] = &[
    "digest",
    "-",
    "--engine",
    "remote",
    "--format",
    "json",
    "--include-source",
];

fn variables(chat: &Chat) -> Vec<(&'static str, &str)> {
    vec![
        ("AFTERWORD__ENGINE__REMOTE__URL", chat.url.as_str()),
        ("AFTERWORD__ENGINE__REMOTE__MODEL", "small"),
        ("AFTERWORD_REMOTE_KEY", KEY),
        ("AFTERWORD_LOG", "trace"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_is_verified_like_any_other() {
    let chat = Chat::start(editor).await;
    let ended = run(DIGEST, &variables(&chat), BRIDGE).await;
    let (told, printed) = (ended.stderr.clone(), ended.success());
    let digest: Digest = serde_json::from_str(&printed).unwrap();
    assert_sound(&digest);
    let pair = digest.faq.iter().find(|it| it.question == PAIR.0).unwrap();
    assert_eq!(pair.answer.sentences[0].text, PAIR.1);
    assert_eq!(pair.answer.sentences[0].evidence[0].quote, PAIR.1);
    let summary = digest.summary.unwrap().text;
    assert!(
        summary.contains(TRUE) && !summary.contains(FALSE),
        "{summary}"
    );
    let refused = digest.refused.iter().find(|it| it.text == FALSE).unwrap();
    assert!(
        refused.reason.starts_with("unsupported_number"),
        "{refused:?}"
    );
    assert_eq!(digest.topic.as_deref(), Some("Port Ellery"));
    let provenance = digest.provenance;
    assert_eq!(provenance.model, format!("remote:small@{}", chat.host()));
    assert_eq!(provenance.model_sha256, None);
    // All of the article went there, and the key nowhere else.
    let asked = chat.asked();
    assert!(
        asked
            .iter()
            .all(|it| it.authorization == Some(format!("Bearer {KEY}")))
    );
    let whole = |user: &str| user.contains("night passages between November");
    assert!(asked.iter().any(|it| whole(it.user())));
    assert!(!printed.contains(KEY) && !told.contains(KEY), "{told}");
    assert!(!told.contains("night passages"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_model_is_named_by_the_flag_and_a_key_by_a_file() {
    let chat = Chat::start(editor).await;
    let (_folder, key) = file("key", b"sk-of-the-file\n");
    let text = format!(
        "[engine.remote]\nurl = \"{}/\"\nmodel = \"small\"\nkey_file = \"{}\"\n",
        chat.url,
        key.display()
    );
    let (_other, config) = file("afterword.toml", text.as_bytes());
    let arguments = [
        DIGEST,
        &["--model", "large", "--config", config.to_str().unwrap()],
    ]
    .concat();
    let digest = run(&arguments, &[], BRIDGE).await.digest();
    assert_eq!(
        digest.provenance.model,
        format!("remote:large@{}", chat.host())
    );
    for asked in chat.asked() {
        assert_eq!(asked.body["model"], "large");
        assert_eq!(
            asked.authorization.as_deref(),
            Some("Bearer sk-of-the-file")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_or_wrong_is_named() {
    const USAGE: i32 = 2;
    const ENGINE: i32 = 5;
    run(DIGEST, &[], BRIDGE)
        .await
        .refused(USAGE, "engine.remote.url");
    let url = ("AFTERWORD__ENGINE__REMOTE__URL", "http://127.0.0.1:9/v1");
    run(DIGEST, &[url], BRIDGE)
        .await
        .refused(USAGE, "engine.remote.model");
    let model = ("AFTERWORD__ENGINE__REMOTE__MODEL", "small");
    let file = ("AFTERWORD__ENGINE__REMOTE__KEY_FILE", "/nowhere/key");
    let ended = run(DIGEST, &[url, model, file], BRIDGE).await;
    ended.refused(USAGE, "engine.remote.key_file");
    let key = ("AFTERWORD_REMOTE_KEY", "two words");
    let ended = run(DIGEST, &[url, model, key], BRIDGE).await;
    ended.refused(USAGE, "engine.remote.key");
    assert!(!ended.stderr.contains("two words"), "{}", ended.stderr);
    let once = ("AFTERWORD__ENGINE__REMOTE__MAX_ATTEMPTS", "1");
    let ended = run(DIGEST, &[url, model, once], BRIDGE).await;
    ended.refused(ENGINE, "127.0.0.1:9 does not answer");
    let small = ("AFTERWORD__ENGINE__REMOTE__CONTEXT_TOKENS", "2047");
    let ended = run(DIGEST, &[url, model, small], BRIDGE).await;
    ended.refused(USAGE, "2048 to 1048576");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_that_does_not_fit_is_not_sent() {
    const INPUT: i32 = 3;
    let chat = Chat::start(editor).await;
    let sentence: &'static str = Box::leak(
        format!(
            "The council of Port Ellery bought {}ink.",
            "paper and ".repeat(900)
        )
        .into_boxed_str(),
    );
    let mut variables = variables(&chat);
    variables.push(("AFTERWORD__ENGINE__REMOTE__CONTEXT_TOKENS", "2048"));
    let ended = run(DIGEST, &variables, sentence).await;
    assert_eq!(ended.code, Some(INPUT), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("context_tokens = 2048"),
        "{}",
        ended.stderr
    );
    assert!(chat.asked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_asks_the_service_for_a_word() {
    let chat = Chat::start(editor).await;
    let check = |variables: Vec<(&'static str, String)>| async move {
        let variables: Vec<_> = variables.iter().map(|it| (it.0, it.1.as_str())).collect();
        let ended = run(&["doctor", "--json"], &variables, "").await;
        let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        let checks = report["checks"].as_array().unwrap();
        let found = checks.iter().find(|it| it["name"] == "remote engine");
        found.unwrap().clone()
    };
    let none = check(vec![]).await;
    assert_eq!(
        (&none["level"], &none["finding"]),
        (&"ok".into(), &"none is configured".into())
    );
    let url = |url: &str| ("AFTERWORD__ENGINE__REMOTE__URL", url.to_owned());
    let model = ("AFTERWORD__ENGINE__REMOTE__MODEL", "small".to_owned());
    let fine = check(vec![url(&chat.url), model.clone()]).await;
    assert_eq!(fine["level"], "ok", "{fine}");
    assert!(
        fine["finding"].as_str().unwrap().contains("answers (yes)"),
        "{fine}"
    );
    assert_eq!(chat.asked().len(), 1);
    let gone = check(vec![url("http://127.0.0.1:9/v1"), model]).await;
    assert_eq!(gone["level"], "fail", "{gone}");
}
