//! The catalogue and what is said are the same: each metric is told somewhere, under
//! its name, with its labels and in its buckets. The figures are those of the whole
//! process, so that other tests add to them.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// Says everything once, and returns what Prometheus would read.
fn told() -> String {
    request("GET", "/v1/digests", 200, Duration::from_millis(3));
    problem("busy");
    connection_opened("service");
    connection_closed("service");
    connection_refused("service", "head_timeout");
    slots_in_use(2);
    backlog(Lane::Publish, 7, 1, Duration::from_secs(90));
    job_accepted(Lane::Draft);
    job_ended(Lane::Draft, "done", Duration::from_secs(40));
    refused("reworded");
    supported(0.75);
    digest("made", Duration::from_secs(30));
    callback("taken", Duration::from_millis(80));
    reload("done");
    remote_attempt("answered");
    step(96, 128);
    cells(100, 8192);
    waiting_batches(3);
    batch(&Batch {
        outcome: "done",
        tokens: [
            ("prefill", 5),
            ("cached", 4),
            ("decode", 3),
            ("draft", 2),
            ("accepted", 1),
        ],
        ms: [("queue", 1), ("prefill", 2), ("decode", 3)],
    });
    render()
}

/// Names with their labels, as printed; those of buckets without `le`.
fn printed(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some(end) = line.find(['{', ' ']) else {
            continue;
        };
        let mut name = &line[..end];
        for suffix in ["_bucket", "_sum", "_count"] {
            name = name.strip_suffix(suffix).unwrap_or(name);
        }
        let labels = line
            .split_once('{')
            .and_then(|(_, rest)| rest.split_once('}'));
        let labels = labels.map_or("", |(labels, _)| labels).split("\",");
        let labels = labels.filter_map(|label| Some(label.split_once('=')?.0.to_owned()));
        let labels = labels.filter(|label| label != "le");
        found.entry(name.to_owned()).or_default().extend(labels);
    }
    found
}

#[test]
fn every_metric_is_told_with_its_labels_and_no_other() {
    let printed = printed(&told());
    let listed: BTreeMap<String, BTreeSet<String>> = ALL
        .iter()
        .map(|metric| {
            let labels = metric.labels.iter().map(|it| (*it).to_owned());
            (metric.name.to_owned(), labels.collect())
        })
        .collect();
    assert_eq!(printed, listed);
}

#[test]
fn kinds_and_help_are_told() {
    let text = told();
    for metric in ALL {
        let kind = format!("# TYPE {} {}\n", metric.name, metric.kind.name());
        assert!(text.contains(&kind), "{kind}");
        assert!(
            text.contains(&format!("# HELP {} ", metric.name)),
            "{}",
            metric.name
        );
    }
}

#[test]
fn figures_stand_where_they_belong() {
    let figures = Figures::new();
    let lane = [("lane", "publish")];
    figures.set(&names::QUEUE_OLDEST, &lane, 90.0);
    figures.add(&names::PROBLEMS, &[("code", "a\"b")], 2);
    let service = [("port", "service")];
    for by in [1.0, 1.0, -1.0] {
        figures.change(&names::OPEN_CONNECTIONS, &service, by);
    }
    figures.observe(&names::STEP_FILL, &[], 0.75);
    // Of another kind, it is nothing.
    figures.add(&names::STEP_FILL, &[], 1);
    figures.change(&names::STEP_FILL, &[], 1.0);
    let text = figures.render();
    for line in [
        "afterword_queue_oldest_seconds{lane=\"publish\"} 90.0",
        "afterword_problems_total{code=\"a\\\"b\"} 2",
        "afterword_open_connections{port=\"service\"} 1.0",
        "afterword_step_fill_bucket{le=\"0.7\"} 0",
        "afterword_step_fill_bucket{le=\"0.8\"} 1",
        "afterword_step_fill_count 1",
    ] {
        assert!(
            text.lines().any(|it| it == line),
            "{line} is not in:\n{text}"
        );
    }
}

#[test]
fn names_follow_one_rule() {
    for metric in ALL {
        let ours = metric.name.starts_with("afterword_") || metric.name.starts_with("process_");
        assert!(ours, "{}", metric.name);
        let is_total = metric.name.ends_with("_total");
        assert_eq!(is_total, metric.kind == Kind::Counter, "{}", metric.name);
        assert!(!metric.help.is_empty() && !metric.help.ends_with('.'));
    }
}
