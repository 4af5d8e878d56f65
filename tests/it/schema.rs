//! The published JSON Schemas are those that the wire types have.

use std::path::Path;

use afterword::digest::Digest;
use afterword::digest::reading::Reading;
use schemars::Schema;

#[test]
fn the_published_schema_is_current() {
    assert_published("digest", &schemars::schema_for!(Digest));
}

#[test]
fn the_published_schema_of_readings_is_current() {
    assert_published("ingest", &schemars::schema_for!(Reading));
}

#[track_caller]
fn assert_published(name: &str, schema: &Schema) {
    let file = format!("docs/{name}.schema.json");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&file);
    let current = serde_json::to_value(schema).unwrap();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        let text = serde_json::to_string_pretty(&current).unwrap() + "\n";
        std::fs::write(&path, text).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    // Values, not bytes: the order of keys hangs on features of dependencies.
    let published: serde_json::Value = serde_json::from_str(&published).unwrap_or_default();
    assert!(
        published == current,
        "{file} is out of date: run the tests with UPDATE_SCHEMA=1 and commit it"
    );
}
