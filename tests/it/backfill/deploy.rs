//! What the examples tell others to run is what the program takes.

use std::path::Path;

use crate::program::run;

/// The command line in the Job, up to where its output goes.
#[test]
fn the_kubernetes_job_s_command_line_is_one_of_ours() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/kubernetes/backfill-job.yaml");
    let text = std::fs::read_to_string(path).unwrap();
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
