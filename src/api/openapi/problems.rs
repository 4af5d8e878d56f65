//! Which problems a request can be answered with. A handler names codes; the one
//! table here says which status each has, and a test holds that it has all of them.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::api::access::Needed;

/// The media type of a problem.
pub(super) const MEDIA_TYPE: &str = "application/problem+json";

/// Every code by its status. A job that died is answered with 500 and the code
/// of what it died of.
const STATUSES: &[(u16, &[&str])] = &[
    (
        400,
        &[
            "body_interrupted",
            "empty_input",
            "fetch_url_refused",
            "invalid_json",
            "invalid_option",
            "invalid_parameter",
            "not_utf8",
        ],
    ),
    (
        401,
        &[
            "key_expired",
            "key_invalid",
            "key_missing",
            "key_revoked",
            "session_invalid",
        ],
    ),
    (
        403,
        &[
            "cross_site",
            "fetch_not_allowed",
            "request_token_invalid",
            "scope_missing",
        ],
    ),
    (
        404,
        &[
            "no_such_article",
            "no_such_batch",
            "no_such_delivery",
            "no_such_item",
            "no_such_job",
            "no_such_version",
            "not_found",
        ],
    ),
    (405, &["method_not_allowed"]),
    (406, &["not_acceptable"]),
    (408, &["body_timeout"]),
    (
        409,
        &[
            "batch_ended",
            "delivery_under_way",
            "idempotency_key_in_flight",
            "item_edited",
            "item_exists",
            "item_locked",
            "job_cancelled",
            "job_ended",
            "no_items",
            "stale_items",
        ],
    ),
    (410, &["digest_gone", "text_dropped"]),
    (412, &["revision_mismatch"]),
    (
        413,
        &[
            "item_too_long",
            "too_many_bytes",
            "too_many_lines",
            "too_many_nodes",
            "too_many_words",
        ],
    ),
    (
        415,
        &[
            "binary_input",
            "charset_unsupported",
            "content_encoding_unsupported",
            "media_type_unsupported",
        ],
    ),
    (421, &["wrong_host"]),
    (
        422,
        &[
            "callbacks_off",
            "context_full",
            "empty_batch",
            "fetch_off",
            "idempotency_key_reused",
            "language_unsupported",
            "no_text",
            "not_answered",
            "nothing_else",
            "too_few_words",
            "too_many_items",
        ],
    ),
    (429, &["key_full", "lane_full", "too_many_requests"]),
    (
        500,
        &[
            "decode_failed",
            "grammar_rejected",
            "internal",
            "no_scores",
            "not_read_whole",
        ],
    ),
    (502, &["fetch_failed", "remote_refused", "remote_unusable"]),
    (
        503,
        &[
            "busy",
            "contended",
            "draining",
            "engine_stopped",
            "model_unusable",
            "remote_unreachable",
            "saturated",
            "starting",
            "store_full",
            "store_unavailable",
            "too_many_connections",
            "too_many_streams",
            "too_many_uploads",
        ],
    ),
    (504, &["digest_timeout"]),
];

/// Of whatever asks the store.
pub(in crate::api) const STORE: &[&str] = &["starting", "store_full", "store_unavailable"];

/// Of reading a body.
pub(in crate::api) const BODY: &[&str] = &[
    "body_interrupted",
    "body_timeout",
    "invalid_json",
    "media_type_unsupported",
    "too_many_bytes",
];

/// Of reading an article.
pub(in crate::api) const ARTICLE: &[&str] = &[
    "binary_input",
    "busy",
    "charset_unsupported",
    "content_encoding_unsupported",
    "empty_input",
    "invalid_parameter",
    "language_unsupported",
    "no_text",
    "not_utf8",
    "too_few_words",
    "too_many_nodes",
    "too_many_words",
];

/// Of changing an article.
pub(in crate::api) const CHANGE: &[&str] = &[
    "body_interrupted",
    "body_timeout",
    "charset_unsupported",
    "content_encoding_unsupported",
    "contended",
    "invalid_json",
    "invalid_parameter",
    "item_too_long",
    "media_type_unsupported",
    "no_such_article",
    "revision_mismatch",
    "text_dropped",
    "too_many_items",
];

/// Of making a digest and printing it, now or in a job.
pub(in crate::api) const DIGEST: &[&str] = &[
    "context_full",
    "decode_failed",
    "digest_gone",
    "digest_timeout",
    "engine_stopped",
    "grammar_rejected",
    "invalid_option",
    "job_cancelled",
    "model_unusable",
    "no_scores",
    "not_acceptable",
    "not_read_whole",
    "remote_refused",
    "remote_unreachable",
    "remote_unusable",
    "saturated",
];

/// Of being let in.
pub(super) fn of_access(needed: Needed, changes: bool) -> BTreeSet<String> {
    let mut codes = vec!["internal", "too_many_connections", "wrong_host"];
    if changes {
        codes.push("cross_site");
    }
    if needed != Needed::Nothing {
        codes.extend([
            "key_expired",
            "key_invalid",
            "key_missing",
            "key_revoked",
            "session_invalid",
            "too_many_requests",
        ]);
        codes.extend(STORE);
        if changes {
            codes.push("request_token_invalid");
        }
    }
    if matches!(needed, Needed::OneOf(_)) {
        codes.push("scope_missing");
    }
    codes.into_iter().map(str::to_owned).collect()
}

/// The responses of an operation that can be answered with these codes.
pub(super) fn responses(codes: &BTreeSet<String>) -> BTreeMap<String, Value> {
    let of_status = |(status, all): &(u16, &[&str])| {
        let mut all = all.iter().copied();
        let some: Vec<&str> = all.by_ref().filter(|it| codes.contains(*it)).collect();
        (!some.is_empty()).then(|| (status.to_string(), response(*status, &some)))
    };
    STATUSES.iter().filter_map(of_status).collect()
}

fn response(status: u16, codes: &[&str]) -> Value {
    let code = match status {
        // A job may die of what a later version knows.
        500 => json!({"type": "string"}),
        _ => json!({"enum": codes}),
    };
    let schema = json!({"allOf": [
        {"$ref": "#/components/schemas/Problem"},
        {"properties": {"status": {"const": status}, "code": code}},
    ]});
    let reason = StatusCode::from_u16(status).ok();
    let reason = reason.and_then(|it| it.canonical_reason());
    let listed: Vec<String> = codes.iter().map(|code| format!("`{code}`")).collect();
    let mut response = json!({
        "description": format!("{}: {}.", reason.unwrap_or_default(), listed.join(", ")),
        "content": {MEDIA_TYPE: {"schema": schema}},
    });
    if matches!(status, 429 | 503) {
        response["headers"] = json!({"Retry-After": {
            "description": "Seconds after which to try again.",
            "required": true,
            "schema": {"type": "integer", "minimum": 0},
        }});
    }
    response
}

/// Whether a problem with this status and code is one that the description knows.
#[cfg(test)]
fn is_known(status: u16, code: &str) -> bool {
    let of_status = STATUSES.iter().find(|(known, _)| *known == status);
    of_status.is_some_and(|(_, codes)| codes.contains(&code))
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;
    use crate::api::openapi::document;

    /// Where codes are given to errors.
    const SOURCES: [&str; 6] = [
        include_str!("../../life/error.rs"),
        include_str!("../error.rs"),
        include_str!("../batches/error.rs"),
        include_str!("../../access/denied.rs"),
        include_str!("../../pipeline/error.rs"),
        include_str!("../../engine/error.rs"),
    ];

    #[test]
    fn the_table_has_every_code_and_no_other() {
        let code = Regex::new(r#"=> "([a-z_0-9]+)",?\n"#).unwrap();
        let found = SOURCES.iter().flat_map(|text| code.captures_iter(text));
        let found: BTreeSet<&str> = found.map(|it| it.extract::<1>().1[0]).collect();
        let known = STATUSES.iter().flat_map(|(_, codes)| *codes).copied();
        assert!(found.len() > 40, "{found:?}");
        assert_eq!(found, known.collect(), "left: given; right: known");
    }

    #[test]
    fn every_code_is_named_by_some_operation() {
        let text = document()["paths"].to_string();
        for (status, codes) in STATUSES.iter().filter(|(status, _)| *status != 405) {
            assert!(is_known(*status, codes[0]));
            for code in *codes {
                assert!(text.contains(&format!("`{code}`")), "{code}");
            }
        }
    }
}
