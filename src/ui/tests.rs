//! What is compiled in is what the folder holds, and what the README of the vendored
//! files says.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ui")
}

fn collect(directory: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            let path = path.strip_prefix(folder()).unwrap();
            found.insert(path.to_string_lossy().replace('\\', "/"));
        }
    }
}

/// Files that the browser is not given.
fn is_for_people(path: &str) -> bool {
    path.ends_with("README.md") || path.contains("LICENSE")
}

#[test]
fn every_file_is_served_and_no_other() {
    let mut there = BTreeSet::new();
    collect(&folder(), &mut there);
    there.retain(|path| !is_for_people(path));
    let served: BTreeSet<String> = listed::FILES.iter().map(|it| it.0.to_owned()).collect();
    assert_eq!(there, served, "left: in ui/; right: in src/ui/listed.rs");
}

#[test]
fn vendored_files_have_the_hashes_that_are_written_down() {
    let table = std::fs::read_to_string(folder().join("vendor/README.md")).unwrap();
    let vendored = FILES.iter().filter(|it| it.path.starts_with("vendor/"));
    let mut seen = 0;
    for file in vendored {
        let name = file.path.trim_start_matches("vendor/");
        let row = table.lines().find(|it| it.contains(&format!("| `{name}`")));
        let row = row.unwrap_or_else(|| panic!("{name} stands in no row"));
        assert!(row.contains(&file.sha256), "{name} is {}", file.sha256);
        seen += 1;
    }
    assert!(seen >= 5, "{seen}");
}

#[test]
fn the_page_is_small() {
    let packed = |file: &File| file.gzip.as_ref().map_or(file.bytes.len(), Vec::len);
    let bytes: usize = FILES.iter().map(packed).sum();
    assert!(bytes < 150_000, "{bytes} bytes");
}

#[test]
fn what_is_preloaded_and_mapped_is_there() {
    let index = std::str::from_utf8(index().unwrap().bytes).unwrap();
    let mut seen = 0;
    for part in index.split("/ui/").skip(1) {
        let path = part.split('"').next().unwrap();
        assert!(file(path).is_some(), "{path}");
        seen += 1;
    }
    assert!(seen > 5, "{seen}");
}

#[test]
fn the_policy_allows_nothing_inline() {
    let policy = content_security_policy();
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let map = module_map(index().unwrap().bytes);
    assert!(map.contains("\"imports\""), "{map}");
    let scripts = std::str::from_utf8(index().unwrap().bytes).unwrap();
    assert_eq!(scripts.matches("<script").count(), 2);
}
