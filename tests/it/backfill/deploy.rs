//! What the examples tell others to run is what the program takes.

use std::path::Path;

use serde_json::Value;

use crate::program::run;

fn job() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/kubernetes/backfill-job.yaml");
    std::fs::read_to_string(path).unwrap()
}

/// The command line in the Job, up to where its output goes.
#[test]
fn the_kubernetes_job_s_command_line_is_one_of_ours() {
    let text = job();
    let start = text.find("afterword digest --jsonl").unwrap();
    let command = text[start..].split('>').next().unwrap();
    let index = ["$JOB_COMPLETION_INDEX", "3"];
    let command = command.replace(index[0], index[1]).replace('"', "");
    let arguments: Vec<&str> = command.split_whitespace().skip(1).collect();
    assert!(arguments.contains(&"3/8"), "{arguments:?}");
    let completions = text.lines().any(|line| line.trim() == "completions: 8");
    assert!(completions, "the shards are as many as the pods");
    // The parser takes it: what is missing is the file, told before a model is loaded.
    let ended = run(&[&arguments[..], &["--engine", "extractive"]].concat(), b"");
    ended.refused(3, "/archive/articles.jsonl");
}

/// The Job's shell with a stand-in for the program, `body`: how it ends, and what is
/// then in the place of the shard's digests.
#[cfg(unix)]
fn shell(body: &str) -> (Option<i32>, Option<String>) {
    let job: Value = serde_saphyr::from_str(&job()).unwrap();
    let container = &job["spec"]["template"]["spec"]["containers"][0];
    let archive = tempfile::tempdir().unwrap();
    let script = container["args"][0].as_str().unwrap();
    let script = script.replace("/archive/", &format!("{}/", archive.path().display()));
    let status = std::process::Command::new("/bin/sh")
        .args(["-c", &format!("afterword() {{ {body}; }}\n{script}")])
        .env("JOB_COMPLETION_INDEX", "3")
        .status();
    let digests = std::fs::read_to_string(archive.path().join("digests-3.jsonl"));
    (status.unwrap().code(), digests.ok())
}

#[cfg(unix)]
#[test]
fn the_kubernetes_job_keeps_a_shard_that_was_answered() {
    let answered = |code| (Some(code), Some("refused\n".to_owned()));
    assert_eq!(shell("echo refused"), answered(0));
    assert_eq!(shell("echo refused; return 3"), answered(0));
    assert_eq!(shell("return 0"), (Some(0), Some(String::new())));
    // There is no archive, or the engine failed half-way: it keeps its code.
    assert_eq!(shell("return 3"), (Some(3), None));
    assert_eq!(shell("echo refused; return 5"), (Some(5), None));
}
