//! `afterword digest --jsonl`: lines in, lines out.

use serde_json::{Value, json};

use super::{EXTRACTIVE, article};
use crate::program::{Ended, run};

fn filter(arguments: &[&str], input: &str) -> Ended {
    let fixed = ["digest", "--jsonl"];
    run(
        &[&fixed, &EXTRACTIVE[..], arguments].concat(),
        input.as_bytes(),
    )
}

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn ids(lines: &[Value]) -> Vec<&str> {
    lines
        .iter()
        .map(|line| line["custom_id"].as_str().unwrap())
        .collect()
}

#[test]
fn each_line_is_answered_in_its_place() {
    let input: String = (0..20)
        .map(|at| match at {
            3 => "no json\n".to_owned(),
            7 => format!("{}\n", json!({"custom_id": "short", "text": "Too short."})),
            _ => format!(
                "\n{}\n",
                json!({"custom_id": at.to_string(), "text": article(at)})
            ),
        })
        .collect();
    let told = filter(&[], &input).success();
    let told = lines(&told);
    assert_eq!(told.len(), 20);
    assert_eq!(
        (&told[3]["custom_id"], &told[3]["status"]),
        (&"line-4".into(), &"unreadable".into())
    );
    assert_eq!(
        (&told[7]["custom_id"], &told[7]["problem"]["code"]),
        (&"short".into(), &"too_few_words".into())
    );
    assert_eq!(told[19]["custom_id"], "19");
    assert_eq!(told[19]["status"], "done");
    let shards: Vec<Vec<Value>> = ["0/3", "1/3", "2/3"]
        .iter()
        .map(|shard| lines(&filter(&["--shard", shard], &input).success()))
        .collect();
    assert_eq!(shards.iter().map(Vec::len).sum::<usize>(), 20);
    assert_eq!(ids(&shards[1])[..2], ["1", "4"]);
    assert_eq!(shards[1][1], told[4]);
}

#[test]
fn exit_codes_tell_what_went_wrong() {
    filter(&[], "").success();
    let none = filter(&[], "a\nb\n");
    assert_eq!(none.code, Some(3), "{}", none.stderr);
    assert_eq!(lines(&none.stdout).len(), 2);
    filter(&["--shard", "3/3"], "").refused_plainly(2, "has to be I/N");
    filter(&["/nowhere/at/all"], "").refused(3, "/nowhere");
    let plain = run(&["digest", "--shard", "0/2", "-"], b"");
    plain.refused_plainly(2, "--jsonl");
    run(&["digest", "--engine", "extractive"], b"").refused(2, "no article");
}
