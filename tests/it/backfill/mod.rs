//! `afterword backfill`: what is chosen, what is written, and what is gone on with.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use super::program::{Ended, run};

mod deploy;
mod filter;
mod kills;
mod large;
mod progress;
mod push;
mod workers;

const EXTRACTIVE: [&str; 2] = ["--engine", "extractive"];

fn data(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/archive");
    path.join(name).to_str().unwrap().to_owned()
}

/// An article of its own kind for each number.
fn article(at: usize) -> String {
    let sentence = |number: usize| {
        format!(
            "The council of harbour {at} voted on motion {number} to repair the old bridge in week {}. ",
            at * 7 + number
        )
    };
    (0..6).map(sentence).collect()
}

/// `count` articles as JSONL.
fn archive(folder: &Path, count: usize) -> PathBuf {
    let line = |at| {
        let line = serde_json::json!({"custom_id": format!("post-{at}"), "text": article(at)});
        format!("{line}\n")
    };
    let path = folder.join("archive.jsonl");
    std::fs::write(&path, (0..count).map(line).collect::<String>()).unwrap();
    path
}

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn out(&self) -> String {
        self.folder.path().join("out").to_str().unwrap().to_owned()
    }

    fn run(&self, source: &str, arguments: &[&str]) -> Ended {
        self.feed(source, arguments, b"")
    }

    /// The same with something on standard input.
    fn feed(&self, source: &str, arguments: &[&str], input: &[u8]) -> Ended {
        let out = self.out();
        let fixed = ["backfill", "run", source, "--out", &out];
        run(&[&fixed, &EXTRACTIVE[..], arguments].concat(), input)
    }

    fn lines(&self, name: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(Path::new(&self.out()).join(name)).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn ids(&self, name: &str) -> Vec<String> {
        let id = |line: &Value| line["custom_id"].as_str().unwrap().to_owned();
        self.lines(name).iter().map(id).collect()
    }

    fn summary(&self) -> Value {
        let text = std::fs::read_to_string(Path::new(&self.out()).join("summary.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

#[test]
fn an_export_gives_a_line_for_each_article() {
    let place = Place::new();
    let ended = place.run(&data("site.xml"), &["--ordered"]);
    ended.success();
    assert_eq!(place.ids("results.jsonl"), ["11", "13"]);
    assert_eq!(place.ids("errors.jsonl"), ["item-4", "16"]);
    let bridge = &place.lines("results.jsonl")[0];
    assert_eq!(bridge["review"], "required");
    assert_eq!(bridge["modified"], "2024-05-07T09:30:00");
    assert!(bridge["digest"]["summary"]["sentences"][0]["evidence"][0]["quote"].is_string());
    let short = &place.lines("errors.jsonl")[1];
    assert_eq!(
        (&short["status"], &short["problem"]["code"]),
        (&"refused".into(), &"too_few_words".into())
    );
    let summary = place.summary();
    assert_eq!(summary["complete"], true);
    assert_eq!(
        (
            &summary["done"],
            &summary["refused"],
            &summary["unreadable"]
        ),
        (&2.into(), &1.into(), &1.into())
    );
    assert_eq!(summary["skipped"]["not_published"], 1);
    assert!(summary["sentences_per_second"].as_f64().unwrap() > 0.0);
}

#[test]
fn an_archive_comes_from_standard_input() {
    let place = Place::new();
    let export = std::fs::read(data("site.xml")).unwrap();
    let feed = || place.feed("-", &["--ordered"], &export).success();
    feed();
    assert_eq!(place.ids("results.jsonl"), ["11", "13"]);
    assert_eq!(place.ids("errors.jsonl"), ["item-4", "16"]);
    let first = place.lines("results.jsonl");
    feed();
    assert_eq!(place.summary()["done"], 0, "it goes on from there too");
    assert_eq!(place.lines("results.jsonl"), first);
}

#[cfg(feature = "parquet")]
#[test]
fn both_files_are_one_table_when_asked() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let place = Place::new();
    let arguments = ["--ordered", "--parquet"];
    place.run(&data("site.xml"), &arguments).success();
    let table = std::fs::File::open(Path::new(&place.out()).join("results.parquet")).unwrap();
    let table = SerializedFileReader::new(table).unwrap();
    let rows = table.get_row_iter(None).unwrap();
    let rows: Vec<Value> = rows.map(|row| row.unwrap().to_json_value()).collect();
    let ids: Vec<&str> = rows
        .iter()
        .map(|row| row["custom_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["11", "13", "item-4", "16"]);
    let digest: Value = serde_json::from_str(rows[0]["digest"].as_str().unwrap()).unwrap();
    let line = &place.lines("results.jsonl")[0];
    assert_eq!(digest["summary"], line["digest"]["summary"]);
    let told = [&rows[0]["status"], &rows[3]["status"], &rows[3]["code"]];
    assert_eq!(told, ["done", "refused", "too_few_words"]);
    assert!(rows[0]["code"].is_null() && rows[3]["digest"].is_null());
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_build_without_parquet_says_so() {
    let place = Place::new();
    let refused = place.run(&data("site.xml"), &["--parquet"]);
    refused.refused(2, "this build writes no Parquet");
}

#[test]
fn what_is_current_is_not_made_again_and_what_changed_is() {
    let place = Place::new();
    let path = archive(place.folder.path(), 5);
    let source = path.to_str().unwrap();
    place.run(source, &["--ordered"]).success();
    let first = place.lines("results.jsonl");
    place.run(source, &["--ordered"]).success();
    assert_eq!(place.summary()["current"], 5);
    assert_eq!(place.lines("results.jsonl"), first);
    let text = std::fs::read_to_string(&path).unwrap();
    let changed = text.replacen("harbour 2 voted", "harbour 2 finally voted", 1);
    std::fs::write(&path, changed).unwrap();
    place.run(source, &["--ordered"]).success();
    assert_eq!(
        (&place.summary()["current"], &place.summary()["done"]),
        (&4.into(), &1.into())
    );
    let now = place.lines("results.jsonl");
    assert_eq!(
        place.ids("results.jsonl"),
        ["post-0", "post-1", "post-2", "post-3", "post-4"]
    );
    assert_ne!(now[2]["key"], first[2]["key"]);
    assert_eq!(now[3], first[3]);
    place.run(source, &["--ordered", "--force"]).success();
    assert_eq!(place.summary()["done"], 5);
    assert_eq!(place.ids("results.jsonl").len(), 5);
}

#[test]
fn other_options_are_asked_about() {
    let place = Place::new();
    let path = archive(place.folder.path(), 2);
    let source = path.to_str().unwrap();
    place.run(source, &[]).success();
    let refused = place.run(source, &["--count", "3"]);
    refused.refused(2, "--count: 8 before, 3 now");
    place.run(source, &["--count", "3", "--yes"]).success();
    assert_eq!(place.summary()["done"], 2);
    assert_eq!(place.ids("results.jsonl").len(), 2);
}

#[test]
fn filters_choose_and_a_dry_run_says_so() {
    let place = Place::new();
    let site = data("site.xml");
    let dry = |arguments: &[&str]| {
        let fixed = ["backfill", "run", &site, "--dry-run"];
        run(&[&fixed, &EXTRACTIVE[..], arguments].concat(), b"").success()
    };
    let all = dry(&[]);
    assert!(all.contains("to do: 2 articles"), "{all}");
    assert!(all.contains("refused: 1 (too_few_words 1)"), "{all}");
    assert!(
        all.contains("skipped: 2 (not_published 1, post_type 1)"),
        "{all}"
    );
    assert!(dry(&["--since", "2024-06-01"]).contains("to do: 1 articles"));
    assert!(dry(&["--until", "2024-05-31", "--category", "News"]).contains("to do: 1 articles"));
    assert!(dry(&["--ids", "13"]).contains("to do: 1 articles"));
    assert!(dry(&["--limit", "1"]).contains("to do: 1 articles"));
    assert!(dry(&["--min-words", "5000"]).contains("fewer_words 3"));
    assert!(!Path::new(&place.out()).exists());
    let out = place.folder.path().to_str().unwrap();
    assert!(dry(&["--out", out]).contains("to do: 2 articles"));
    assert_eq!(
        std::fs::read_dir(out).unwrap().count(),
        0,
        "a dry run writes nothing"
    );
    let wrong = run(
        &["backfill", "run", &site, "--dry-run", "--since", "May"],
        b"",
    );
    wrong.refused_plainly(2, "has to be a day");
}

#[test]
fn articles_that_are_almost_the_same_share_a_digest() {
    let place = Place::new();
    let long = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/articles/press-release.txt"),
    );
    let long = long.unwrap();
    let more = "\n\nThe paragraph above was corrected by the editors on Friday morning.\n\n";
    let edited = long.replacen("\n\n", more, 1);
    let lines = [("a", &long), ("b", &edited)]
        .map(|(id, text)| format!("{}\n", serde_json::json!({"custom_id": id, "text": text})));
    let path = place.folder.path().join("near.jsonl");
    std::fs::write(&path, lines.concat()).unwrap();
    let source = path.to_str().unwrap();
    place
        .run(
            source,
            &["--ordered", "--share-near-duplicates", "--include-source"],
        )
        .success();
    let lines = place.lines("results.jsonl");
    assert_eq!(lines[1]["shared_with"], "a");
    let (first, second) = (&lines[0]["digest"], &lines[1]["digest"]);
    assert_eq!(first["summary"]["text"], second["summary"]["text"]);
    let evidence = &second["summary"]["sentences"][0]["evidence"][0];
    let (start, end) = (
        evidence["start"].as_u64().unwrap(),
        evidence["end"].as_u64().unwrap(),
    );
    let source = second["source"].as_str().unwrap();
    assert_eq!(evidence["quote"], source[start as usize..end as usize]);
    assert_ne!(
        first["provenance"]["source_sha256"],
        second["provenance"]["source_sha256"]
    );
    assert_eq!(place.summary()["shared"], 1);
    assert!(
        place.summary()["repeated_questions"][0]["articles"]
            .as_u64()
            .unwrap()
            >= 2
    );
}
