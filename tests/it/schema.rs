//! The published JSON Schema is the one that the wire types have.

use std::path::Path;

use afterword::digest::Digest;

#[test]
fn the_published_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/digest.schema.json");
    let schema = schemars::schema_for!(Digest);
    let current = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == current,
        "docs/digest.schema.json is out of date: run the tests with UPDATE_SCHEMA=1 and commit it"
    );
}
