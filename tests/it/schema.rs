//! The published JSON Schemas are those that the wire types have, and the published
//! description of the API is the one that is served.

use std::path::Path;

use afterword::digest::Digest;
use afterword::digest::reading::Reading;
use serde_json::Value;

#[test]
fn the_published_schema_is_current() {
    assert_published("digest.schema", schemars::schema_for!(Digest).into());
}

#[test]
fn the_published_schema_of_readings_is_current() {
    assert_published("ingest.schema", schemars::schema_for!(Reading).into());
}

#[test]
fn the_published_description_is_current() {
    assert_published("openapi", afterword::api::document());
}

/// One type, one description: what the API says of a digest is what is published.
#[test]
fn the_description_and_the_schema_agree() {
    let document = afterword::api::document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let published = Value::from(schemars::schema_for!(Digest)).to_string();
    let published = published.replace("#/$defs/", "#/components/schemas/");
    let mut published: Value = serde_json::from_str(&published).unwrap();
    let parts = published.as_object_mut().unwrap().remove("$defs").unwrap();
    for (name, part) in parts.as_object().unwrap() {
        assert_eq!(&schemas[name], part, "{name}");
    }
    for name in ["properties", "required", "type"] {
        assert_eq!(schemas["Digest"][name], published[name]);
    }
}

#[track_caller]
fn assert_published(name: &str, current: Value) {
    let file = format!("docs/{name}.json");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&file);
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        let mut sorted = current.clone();
        sorted.sort_all_objects();
        let text = serde_json::to_string_pretty(&sorted).unwrap() + "\n";
        std::fs::write(&path, text).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    // Values, not bytes: the order of keys hangs on features of dependencies.
    let published: Value = serde_json::from_str(&published).unwrap_or_default();
    assert!(
        published == current,
        "{file} is out of date: run the tests with UPDATE_SCHEMA=1 and commit it"
    );
}
