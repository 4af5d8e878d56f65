//! The bill of materials, in the form of CycloneDX 1.6: the crates that are built into
//! the program of the image, with checksum and licence, and the models that the catalogue
//! names. Holds no time and no path, so that the same sources give the same file.

use std::collections::{BTreeMap, BTreeSet};

use afterword::models::Catalog;
use serde_json::{Value, json};

use super::{REGISTRY, locked, metadata, metadata_of_release, release_features};

/// Says where the bill goes; `make sbom` sets it.
const TARGET: &str = "AFTERWORD_SBOM";

/// The packages that end up in the program or make it: no tests.
fn built_in(metadata: &Value) -> BTreeSet<&str> {
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let by_id: BTreeMap<&str, &Value> = nodes
        .iter()
        .map(|node| (node["id"].as_str().unwrap(), node))
        .collect();
    let mut found = BTreeSet::new();
    let mut open = vec![metadata["resolve"]["root"].as_str().unwrap()];
    while let Some(id) = open.pop() {
        if found.insert(id) {
            open.extend(dependencies(by_id[id]));
        }
    }
    found
}

/// The ids of what a node needs for more than its tests.
fn dependencies(node: &Value) -> Vec<&str> {
    let all = node["deps"].as_array().unwrap().iter();
    let is_real = |it: &&Value| {
        let mut kinds = it["dep_kinds"].as_array().unwrap().iter();
        kinds.any(|kind| kind["kind"] != "dev")
    };
    all.filter(is_real)
        .map(|it| it["pkg"].as_str().unwrap())
        .collect()
}

fn purl(package: &Value) -> String {
    let text = |key: &str| package[key].as_str().unwrap();
    format!("pkg:cargo/{}@{}", text("name"), text("version"))
}

fn component(package: &Value, checksums: &BTreeMap<(String, String), String>) -> Value {
    let text = |key: &str| package[key].as_str().unwrap_or_default().to_owned();
    let licence = text("license").replace('/', " OR ");
    let mut component = json!({
        "type": "library",
        "bom-ref": purl(package),
        "name": text("name"),
        "version": text("version"),
        "purl": purl(package),
        "licenses": [{ "expression": licence }],
    });
    if let Some(checksum) = checksums.get(&(text("name"), text("version"))) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    component
}

fn models() -> Vec<Value> {
    let catalog = Catalog::builtin().unwrap();
    let model = |model: &afterword::models::Model| {
        json!({
            "type": "machine-learning-model",
            "bom-ref": format!("model:{}", model.name),
            "name": model.name,
            "scope": "optional",
            "hashes": [{ "alg": "SHA-256", "content": model.sha256.as_str() }],
            "licenses": [{ "license": { "id": model.licence } }],
        })
    };
    catalog.models().iter().map(model).collect()
}

/// The bill of what cargo tells about, with the name of the features that it was asked for.
fn bill(metadata: &Value, features: &str) -> Value {
    let built_in = built_in(metadata);
    let checksums = locked().into_iter();
    let checksums = checksums
        .filter_map(|it| Some(((it.name, it.version), it.checksum?)))
        .collect();
    let packages = metadata["packages"].as_array().unwrap();
    let packages: BTreeMap<&str, &Value> = packages
        .iter()
        .map(|package| (package["id"].as_str().unwrap(), package))
        .filter(|(id, _)| built_in.contains(id))
        .collect();
    let root = metadata["resolve"]["root"].as_str().unwrap();
    let mut main = component(packages[root], &checksums);
    main["type"] = json!("application");
    let others = packages.iter().filter(|(id, _)| **id != root);
    let mut components: Vec<Value> = others.map(|(_, it)| component(it, &checksums)).collect();
    components.extend(models());
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap().iter();
    let nodes = nodes.filter(|node| built_in.contains(node["id"].as_str().unwrap()));
    let relations = nodes.map(|node| {
        let needs: Vec<String> = dependencies(node)
            .iter()
            .map(|id| purl(packages[id]))
            .collect();
        json!({ "ref": purl(packages[node["id"].as_str().unwrap()]), "dependsOn": needs })
    });
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": main,
            "properties": [{ "name": "afterword:features", "value": features }],
        },
        "components": components,
        "dependencies": relations.collect::<Vec<_>>(),
    })
}

fn names(bill: &Value) -> BTreeSet<&str> {
    let components = bill["components"].as_array().unwrap().iter();
    components.map(|it| it["name"].as_str().unwrap()).collect()
}

#[test]
fn the_bill_names_what_is_built_in_and_nothing_else() {
    let bill = bill(&metadata("").unwrap(), "");
    let names = names(&bill);
    assert!(names.contains("axum") && names.contains("sqlx"));
    assert!(names.contains(Catalog::builtin().unwrap().default_model().name.as_str()));
    assert!(!names.contains("proptest"), "only tests use it");
    assert!(!names.contains("parquet"), "only the image has it");
    for component in bill["components"].as_array().unwrap() {
        assert!(component["hashes"][0]["content"].is_string(), "{component}");
    }
    assert!(!bill.to_string().contains(env!("CARGO_MANIFEST_DIR")));
    assert!(!bill.to_string().contains(REGISTRY));
}

/// What comes with the features that the Dockerfile names, which the bill says.
#[test]
fn the_bill_of_the_image_has_what_only_the_image_has() {
    let features = release_features();
    assert_eq!(features, "parquet", "say here what else it brings");
    let Some(metadata) = metadata_of_release() else {
        return;
    };
    let bill = bill(&metadata, features);
    let names = names(&bill);
    for name in ["axum", "parquet", "snap", "twox-hash"] {
        assert!(names.contains(name), "{name} is missing");
    }
    assert!(!names.contains("proptest"), "only tests use it");
    let named = &bill["metadata"]["properties"][0];
    assert_eq!(named["value"], features);
}

#[test]
#[ignore = "writes a file"]
fn write() {
    let path = std::env::var_os(TARGET).unwrap();
    let features = release_features();
    let bill = bill(&metadata(features).unwrap(), features);
    let text = serde_json::to_string_pretty(&bill).unwrap() + "\n";
    std::fs::write(path, text).unwrap();
}
