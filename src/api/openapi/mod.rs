//! The API's description (OpenAPI 3.1), for programs and for `/docs`. Paths come from
//! the attributes of handlers, schemas from the wire types (`schemas`), problems from
//! the codes that a handler names (`problems`), keys and scopes from the table of routes:
//! nothing is said twice. The committed copy is `docs/openapi.json`, compared by a test.
//!
//! Describes and decides nothing.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use axum::http::Method;
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use super::access::{Needed, needed};
use super::{
    about, articles, audit, batches, check, deliveries, digests, docs, events, fetch, health, job,
    metrics, session,
};

pub(super) mod examples;
mod parameters;
pub(super) mod problems;
pub(super) mod schemas;

pub(super) use parameters::{Article, Printing};

/// Where a handler names the codes of its problems; taken out again.
const PROBLEMS: &str = "x-problems";
/// The scope that a key needs, for programs; a list where one of several will do.
const SCOPE: &str = "x-scope";

/// What utoipa gathers.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Afterword",
        description = "Appends to an article what a careful editor would: a summary, its topic, \
            questions with their answers, and related topics, every sentence with its evidence.\n\n\
            Errors are problems (RFC 9457, `application/problem+json`) with a stable `code`. Every \
            response carries `x-request-id`. On loopback nobody needs a key, unless the \
            configuration says so."
    ),
    tags(
        (name = "digests", description = "An article in; its digest, or a stored job, out."),
        (name = "jobs", description = "What was stored: to look at, to follow, to call off."),
        (name = "articles", description = "What callers name, over its versions: items, edits, reviews."),
        (name = "batches", description = "Many articles at once: an archive, a backfill."),
        (name = "deliveries", description = "Callbacks, and what became of them."),
        (name = "checks", description = "The checks alone; nothing is stored."),
        (name = "access", description = "Sessions of browsers, and the audit log."),
        (name = "service", description = "For whoever watches it."),
    ),
    paths(
        about::read,
        articles::change::add,
        articles::change::approve,
        articles::change::change,
        articles::change::regenerate,
        articles::change::reject,
        articles::change::remove,
        articles::delete,
        articles::delete_by_name,
        articles::digest,
        articles::export::export,
        articles::ledger::ledger,
        articles::list,
        articles::read,
        articles::source,
        audit::list,
        batches::cancel,
        batches::lines::errors,
        batches::lines::results,
        batches::list,
        batches::pause,
        batches::read,
        batches::resume,
        batches::upload::create,
        check::check,
        check::check_digest,
        deliveries::list,
        deliveries::of_job,
        deliveries::redeliver,
        digests::create,
        docs::description,
        events::stream,
        fetch::fetch,
        fetch::hosts,
        health::live,
        health::ready,
        job::cancel,
        job::list,
        job::read,
        metrics::read,
        session::begin,
        session::end,
        session::read,
    )
)]
struct Described;

/// The description.
#[must_use]
pub fn document() -> Value {
    // It is made of names and texts; a test reads it.
    let mut document = serde_json::to_value(Described::openapi()).unwrap_or_default();
    document["components"] = json!({
        "schemas": schemas::schemas(),
        "securitySchemes": security_schemes(),
    });
    document["webhooks"] = webhooks();
    let paths = document["paths"].as_object_mut();
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if let Some(operation) = operation.as_object_mut() {
                complete(path, method, operation);
            }
        }
    }
    document
}

/// The description as it is served, made once.
pub(super) static TEXT: LazyLock<String> = LazyLock::new(|| document().to_string());

/// Adds what the table of routes says, and the problems.
fn complete(path: &str, method: &str, operation: &mut Map<String, Value>) {
    let method: Method = method.to_ascii_uppercase().parse().unwrap_or_default();
    let changes = !method.is_safe();
    // What the table lacks is served to nobody, and a test finds it.
    let needed = needed(path, &method).unwrap_or(Needed::Nothing);
    let mut codes = problems::of_access(needed, changes);
    codes.extend(named(operation.remove(PROBLEMS)));
    if path.contains('{') {
        // What stands there may be no text at all.
        codes.insert("not_found".to_owned());
    }
    operation.insert("security".to_owned(), security(needed, changes));
    if let Needed::OneOf(scopes) = needed {
        let names: Vec<&str> = scopes.iter().map(|it| it.name()).collect();
        let scope = match names[..] {
            [name] => json!(name),
            _ => json!(names),
        };
        operation.insert(SCOPE.to_owned(), scope);
        say(operation, &names);
    }
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    for (status, problem) in problems::responses(&codes) {
        match responses.get_mut(&status) {
            // A handler has an answer of its own with this status.
            Some(own) => {
                own["content"][problems::MEDIA_TYPE] =
                    problem["content"][problems::MEDIA_TYPE].clone();
            }
            None => responses[status.as_str()] = problem,
        }
    }
}

/// The codes that a handler names, some of them lists of codes.
fn named(value: Option<Value>) -> BTreeSet<String> {
    match value {
        Some(Value::String(code)) => [code].into(),
        Some(Value::Array(values)) => values.into_iter().flat_map(|it| named(Some(it))).collect(),
        _ => BTreeSet::new(),
    }
}

fn say(operation: &mut Map<String, Value>, scopes: &[&str]) {
    let needs = format!("Needs a key with the scope `{}`.", scopes.join("` or `"));
    let said = operation.get("description").and_then(Value::as_str);
    let text = match said.map(str::trim).filter(|said| !said.is_empty()) {
        Some(said) => format!("{said}\n\n{needs}"),
        None => needs,
    };
    operation.insert("description".to_owned(), text.into());
}

fn security(needed: Needed, changes: bool) -> Value {
    match (needed, changes) {
        (Needed::Nothing, _) => json!([]),
        (_, false) => json!([{"key": []}, {"session": []}]),
        (_, true) => json!([{"key": []}, {"session": [], "request_token": []}]),
    }
}

fn security_schemes() -> Value {
    json!({
        "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "A key of `afterword keys create`: `awk_…`.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": super::access::COOKIE,
            "description": "A browser's login: set by `POST /v1/session`.",
        },
        "request_token": {
            "type": "apiKey",
            "in": "header",
            "name": "X-CSRF-Token",
            "description": "Goes with a session into whatever changes something: \
                `request_token` of `GET /v1/session`.",
        },
    })
}

/// What a caller's own address is sent.
fn webhooks() -> Value {
    json!({
        "digest": webhook("job", "Callback"),
        "batch": webhook("batch", "BatchCallback"),
    })
}

/// How the end of a job or a batch is told.
fn webhook(of: &str, schema: &str) -> Value {
    let header = |name: &str, description: &str| {
        json!({"name": name, "in": "header", "required": true, "description": description,
            "schema": {"type": "string"}})
    };
    let description = format!(
        "Sent to the `callback` of the {of}, signed after Standard Webhooks, and tried again \
         until it is taken. 410 switches the address off."
    );
    json!({"post": {
        "summary": format!("A {of} has ended"),
        "description": description,
        "parameters": [
            header("webhook-id", "The same for every attempt."),
            header("webhook-timestamp", "Seconds since 1970, of this attempt."),
            header("webhook-signature", "`v1,` and the base64 of an HMAC-SHA256 over id, timestamp \
                and body with dots between; one for each secret, apart by blanks."),
        ],
        "requestBody": {"required": true, "content": {"application/json": {
            "schema": {"$ref": format!("#/components/schemas/{schema}")}}}},
        "responses": {"2XX": {"description": "Taken."}},
    }})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::access::operations;

    /// For people with a browser, not for programs.
    const PAGES: [&str; 5] = ["/", "/docs", "/docs/", "/docs/{file}", "/ui/{*path}"];

    #[test]
    fn every_route_is_described_and_no_other() {
        let document = document();
        let mut described = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                described.push((path.clone(), method.to_ascii_uppercase()));
            }
        }
        described.sort();
        let served = operations().filter(|(path, _)| !PAGES.contains(path));
        let served: Vec<_> = served
            .map(|(path, method)| (path.to_owned(), method.to_owned()))
            .collect();
        assert!(served.len() >= 17, "{served:?}");
        assert_eq!(described, served, "left: described; right: served");
    }

    #[test]
    fn every_operation_says_what_it_is() {
        let document = document();
        let mut ids = BTreeSet::new();
        for item in document["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                let text = |name: &str| operation[name].as_str().unwrap_or_default();
                let id = text("operationId");
                assert!(ids.insert(id.to_owned()), "{id} is used twice");
                assert!(text("summary").len() > 5, "{id} has no summary");
                let tag = &operation["tags"][0];
                let known = document["tags"].as_array().unwrap();
                assert!(known.iter().any(|it| it["name"] == *tag), "{id}: {tag}");
                assert!(operation.get(PROBLEMS).is_none(), "{id}");
            }
        }
    }

    #[test]
    fn references_lead_somewhere() {
        fn check(value: &Value, document: &Value) {
            match value {
                Value::Object(map) => {
                    if let Some(Value::String(reference)) = map.get("$ref") {
                        let pointer = reference.strip_prefix('#').unwrap();
                        assert!(document.pointer(pointer).is_some(), "{reference}");
                    }
                    map.values().for_each(|value| check(value, document));
                }
                Value::Array(values) => values.iter().for_each(|value| check(value, document)),
                _ => {}
            }
        }
        let document = document();
        check(&document, &document);
    }
}
