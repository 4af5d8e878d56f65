//! What the program is built from: every dependency comes from the registry with a
//! checksum, under a licence that `deny.toml` allows. A part of what cargo-deny checks,
//! for machines that have none. And the bill of materials (`make sbom`).

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

mod sbom;
mod spdx;

/// Where dependencies come from, as lock files name it.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// A package as `Cargo.lock` has it.
#[derive(Debug, Clone, Deserialize)]
struct Locked {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
}

/// What is in the lock file, without our own package.
fn locked() -> Vec<Locked> {
    #[derive(Deserialize)]
    struct Lock {
        package: Vec<Locked>,
    }
    let lock: Lock = toml::from_str(include_str!("../../Cargo.lock")).unwrap();
    let others = lock.package.into_iter();
    others
        .filter(|it| it.name != env!("CARGO_PKG_NAME"))
        .collect()
}

/// The parts of `deny.toml` that are read here.
#[derive(Deserialize)]
struct Deny {
    licenses: Licences,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licences {
    allow: BTreeSet<String>,
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
}

fn deny() -> Deny {
    toml::from_str(include_str!("../../deny.toml")).unwrap()
}

/// What the image is built with beside the default features, as the Dockerfile says it.
fn release_features() -> &'static str {
    let dockerfile = include_str!("../../Dockerfile");
    let built = dockerfile
        .lines()
        .find_map(|line| line.trim().strip_prefix("make build "));
    let mut words = built.unwrap_or_default().split_whitespace();
    let named = words.find_map(|word| word.strip_prefix("FEATURES="));
    named.unwrap_or_default()
}

/// What cargo says of the packages that are built on this machine, with these features
/// beside the default ones. `Err` where a crate was never fetched: a build without the
/// features needs none of theirs, and tests fetch nothing.
fn metadata(features: &str) -> Result<Value, String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let told = Command::new(&cargo).arg("-vV").output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(&cargo)
        .current_dir(root)
        .args(["metadata", "--locked", "--offline", "--format-version", "1"])
        .args(["--filter-platform", host.unwrap()])
        .args(["--features", features])
        // Without the feature the binding's crates may never have been fetched.
        .args((!cfg!(feature = "llama")).then_some("--no-default-features"))
        .output()
        .unwrap();
    if output.status.success() {
        return Ok(serde_json::from_slice(&output.stdout).unwrap());
    }
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    // All else is a mistake of ours, such as a feature that there is not.
    assert!(told.contains("--offline"), "{told}");
    Err(told)
}

/// The same of the image, or `None` and a line that no test runner hides.
fn metadata_of_release() -> Option<Value> {
    let metadata = metadata(release_features());
    if metadata.is_err() {
        let line = "\nSKIPPED without the crates of the image: `make fetch` fetches them\n";
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    metadata.ok()
}

#[test]
fn dependencies_come_from_the_registry_with_a_checksum() {
    let banned: Vec<String> = deny().bans.deny.into_iter().map(|it| it.name).collect();
    assert!(!banned.is_empty());
    for package in locked() {
        assert_eq!(package.source.as_deref(), Some(REGISTRY), "{package:?}");
        assert!(package.checksum.is_some(), "{package:?}");
        assert!(!banned.contains(&package.name), "{package:?}");
    }
}

#[test]
fn every_licence_is_allowed() {
    let Licences { allow, exceptions } = deny().licenses;
    let exceptions: BTreeMap<String, BTreeSet<String>> = exceptions
        .into_iter()
        .map(|it| (it.name, it.allow))
        .collect();
    let metadata = metadata_of_release().unwrap_or_else(|| metadata("").unwrap());
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "only {} packages", packages.len());
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or_default();
        let excepted = exceptions.get(name);
        let is_allowed =
            |id: &str| allow.contains(id) || excepted.is_some_and(|allowed| allowed.contains(id));
        assert!(
            spdx::is_satisfied(licence, &is_allowed),
            "{name} is under {licence:?}: deny.toml allows no such licence"
        );
    }
}
