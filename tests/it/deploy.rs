//! What `compose.yaml`, `deploy/kubernetes` and the Dockerfile start is what the program
//! has: every command line, every key of a configuration, every variable, and the time
//! that something gets to end. Whether their own formats hold, `make lint-deploy` says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use afterword::config::Settings;
use regex::Regex;
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn compose() -> Value {
    serde_saphyr::from_str(&text("compose.yaml")).unwrap()
}

/// Every document of every manifest.
fn manifests() -> Vec<Value> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join("deploy/kubernetes")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "yaml") {
            let documents: Vec<Value> = serde_saphyr::from_multiple(&text(&path)).unwrap();
            found.extend(documents);
        }
    }
    assert!(found.len() >= 7, "{}", found.len());
    found
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The pods of the manifests, with the names of what makes them.
fn pods() -> Vec<(String, Value)> {
    let makes_pods = |it: &Value| it["kind"] == "Deployment" || it["kind"] == "Job";
    let pods = manifests().into_iter().filter(makes_pods).map(|it| {
        let name = it["metadata"]["name"].as_str().unwrap().to_owned();
        (name, it["spec"]["template"]["spec"].clone())
    });
    pods.collect()
}

/// The containers of the manifests, those that come before included.
fn containers() -> Vec<Value> {
    let of_pod = |(_, pod): (String, Value)| {
        let all = items(&pod["initContainers"]).chain(items(&pod["containers"]));
        all.cloned().collect::<Vec<_>>()
    };
    pods().into_iter().flat_map(of_pod).collect()
}

fn words(value: &Value) -> Vec<String> {
    items(value)
        .map(|it| it.as_str().unwrap().to_owned())
        .collect()
}

/// Every command line of the program, with where it stands.
fn command_lines() -> Vec<(&'static str, Vec<String>)> {
    let mut lines = Vec::new();
    for service in compose()["services"].as_object().unwrap().values() {
        if service["image"] == "afterword" {
            lines.push(("compose.yaml", words(&service["command"])));
        }
    }
    for container in containers() {
        assert_eq!(container["image"], "afterword");
        // What a shell starts, `backfill::deploy` reads.
        if container["command"].is_null() {
            lines.push(("deploy/kubernetes", words(&container["args"])));
        }
    }
    let dockerfile = text("Dockerfile");
    let default = dockerfile
        .lines()
        .find_map(|it| it.strip_prefix("CMD "))
        .unwrap();
    lines.push(("Dockerfile", serde_json::from_str(default).unwrap()));
    lines
}

#[test]
fn every_command_line_is_accepted() {
    let lines = command_lines();
    assert!(lines.len() >= 7, "{lines:?}");
    for (place, line) in lines {
        assert!(!line.is_empty(), "{place}");
        if let Err(error) = afterword::cli::check_command_line(&line) {
            panic!("{place}: afterword {}: {error}", line.join(" "));
        }
    }
    let wrong = ["serve".to_owned(), "--no-workers".to_owned()];
    assert!(afterword::cli::check_command_line(&wrong).is_err());
}

#[test]
fn commands_in_the_documentation_are_accepted() {
    let run =
        Regex::new(r"(?m)(?:compose run --rm \w+|^ +afterword) ([a-z].*?)(?: *#.*)?$").unwrap();
    let pages = [
        "docs/deploy.md",
        "docs/access.md",
        "docs/docker.md",
        "README.md",
    ];
    let mut seen = 0;
    for page in pages {
        let text = text(page).replace("\"CMS of the newsroom\"", "CMS");
        for found in run.captures_iter(&text) {
            let line: Vec<String> = found[1].split_whitespace().map(str::to_owned).collect();
            // Redirections are the shell's, and `|` parts alternatives.
            if !line.iter().any(|it| it.contains(['<', '|'])) {
                let checked = afterword::cli::check_command_line(&line);
                assert!(checked.is_ok(), "{page}: {line:?}: {checked:?}");
                seen += 1;
            }
        }
    }
    assert!(seen > 15, "{seen}");
}

fn compose_settings() -> Settings {
    let compose = compose();
    let content = compose["configs"]["afterword"]["content"].as_str().unwrap();
    Settings::from_toml(content, "compose.yaml").unwrap()
}

fn kubernetes_settings() -> Settings {
    let file = "deploy/kubernetes/afterword.toml";
    Settings::from_toml(&text(file), file).unwrap()
}

/// Reading them is the test: a key that the program lacks is an error.
#[test]
fn every_configuration_is_read() {
    assert_eq!(compose_settings().jobs.concurrency, 2);
    assert_eq!(kubernetes_settings().jobs.concurrency, 2);
}

#[test]
fn every_variable_is_one_that_the_program_reads() {
    let readme = text("README.md");
    let name = Regex::new("AFTERWORD_[A-Z_]+").unwrap();
    let read: BTreeSet<&str> = readme
        .lines()
        .filter(|line| line.starts_with("| `AFTERWORD_"))
        .filter_map(|line| name.find(line))
        .map(|it| it.as_str())
        .collect();
    assert!(read.len() >= 5, "{read:?}");
    let mut given = BTreeSet::new();
    for service in compose()["services"].as_object().unwrap().values() {
        let variables = service["environment"].as_object();
        given.extend(variables.into_iter().flat_map(|it| it.keys().cloned()));
    }
    for container in containers() {
        let names = items(&container["env"]).map(|it| it["name"].as_str().unwrap().to_owned());
        given.extend(names);
    }
    given.retain(|name| name.starts_with("AFTERWORD_"));
    assert!(given.len() >= 4, "{given:?}");
    for name in given {
        assert!(read.contains(name.as_str()), "{name} is read by nobody");
    }
}

fn seconds(value: &Value) -> Duration {
    let text = value.as_str().unwrap();
    Duration::from_secs(text.strip_suffix('s').unwrap().parse().unwrap())
}

#[test]
fn what_is_told_to_stop_gets_the_time_for_it() {
    let (compose, settings) = (compose(), compose_settings());
    let grace = |name: &str| seconds(&compose["services"][name]["stop_grace_period"]);
    assert!(grace("worker") > settings.jobs.drain);
    assert!(grace("service") > settings.server.shutdown_grace);
    let settings = kubernetes_settings();
    for (name, pod) in pods() {
        let grace = Duration::from_secs(pod["terminationGracePeriodSeconds"].as_u64().unwrap());
        let pause = &pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"];
        let pause = Duration::from_secs(pause.as_u64().unwrap_or(0));
        let longest = match name.as_str() {
            "afterword-worker" => settings.jobs.drain,
            "afterword-service" => settings.server.shutdown_grace,
            // The filter keeps nothing that it could finish.
            _ => Duration::ZERO,
        };
        assert!(grace > longest + pause, "{name}");
    }
}

#[test]
fn containers_are_confined_and_watched() {
    assert_eq!(pods().len(), 3);
    for (name, pod) in pods() {
        let confined = &pod["securityContext"];
        assert_eq!(confined["runAsNonRoot"], true, "{name}");
        assert_eq!(confined["runAsUser"], 10001, "{name}");
        assert_eq!(
            confined["seccompProfile"]["type"], "RuntimeDefault",
            "{name}"
        );
        assert_eq!(pod["automountServiceAccountToken"], false, "{name}");
    }
    for container in containers() {
        let confined = &container["securityContext"];
        assert_eq!(confined["readOnlyRootFilesystem"], true);
        assert_eq!(confined["allowPrivilegeEscalation"], false);
        assert_eq!(confined["capabilities"]["drop"][0], "ALL");
        assert!(container["resources"]["limits"]["memory"].is_string());
        if container["name"] == "service" {
            assert_eq!(container["ports"][0]["containerPort"], 8017);
            assert_eq!(container["livenessProbe"]["httpGet"]["path"], "/healthz");
            assert_eq!(container["readinessProbe"]["httpGet"]["path"], "/readyz");
        }
    }
    // The user of the image is the one that the pods run as.
    assert!(text("Dockerfile").contains("\nUSER 10001\n"));
}

#[test]
fn the_autoscaler_watches_the_queue_and_moves_the_workers() {
    let manifests = manifests();
    let scaler = manifests
        .iter()
        .find(|it| it["kind"] == "HorizontalPodAutoscaler");
    let spec = &scaler.unwrap()["spec"];
    let target = spec["scaleTargetRef"]["name"].as_str().unwrap();
    assert!(pods().iter().any(|(name, _)| name == target), "{target}");
    let lanes = afterword::lane::Lane::ALL.map(afterword::lane::Lane::name);
    for metric in items(&spec["metrics"]) {
        let metric = &metric["external"]["metric"];
        assert_eq!(metric["name"], "afterword_queue_jobs");
        let lane = metric["selector"]["matchLabels"]["lane"].as_str().unwrap();
        assert!(lanes.contains(&lane), "{lane}");
    }
}
