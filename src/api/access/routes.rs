//! What each route needs: the one table. A route that it lacks answers 500 to
//! everyone and a method that it lacks 405, so that nothing is open by mistake.

use axum::http::Method;

use crate::access::Scope;
use crate::api::error::ApiError;

/// What a caller needs for a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Needed {
    /// Nothing: it tells nothing and does nothing, or checks for itself.
    Nothing,
    /// Any key.
    AnyKey,
    /// A key with one of these scopes.
    OneOf(&'static [Scope]),
}

use Needed::{AnyKey, Nothing};

const SUBMIT: Needed = Needed::OneOf(&[Scope::Submit]);
const READ: Needed = Needed::OneOf(&[Scope::Read]);
const EDIT: Needed = Needed::OneOf(&[Scope::Edit]);
const APPROVE: Needed = Needed::OneOf(&[Scope::Approve]);
const METRICS: Needed = Needed::OneOf(&[Scope::Metrics]);
const ADMIN: Needed = Needed::OneOf(&[Scope::Admin]);
/// Who edits has what was typed checked.
const SUBMIT_OR_EDIT: Needed = Needed::OneOf(&[Scope::Submit, Scope::Edit]);

/// Every route with its methods; GET stands for HEAD too.
const ROUTES: &[(&str, &[(&str, Needed)])] = &[
    // Files of the editor page, which holds nothing by itself.
    ("/", &[("GET", Nothing)]),
    ("/docs", &[("GET", Nothing)]),
    ("/docs/", &[("GET", Nothing)]),
    ("/docs/{file}", &[("GET", Nothing)]),
    ("/healthz", &[("GET", Nothing)]),
    ("/metrics", &[("GET", METRICS)]),
    ("/openapi.json", &[("GET", Nothing)]),
    ("/readyz", &[("GET", Nothing)]),
    ("/ui/{*path}", &[("GET", Nothing)]),
    ("/v1/about", &[("GET", AnyKey)]),
    ("/v1/articles", &[("DELETE", ADMIN), ("GET", READ)]),
    ("/v1/articles/{id}", &[("DELETE", ADMIN), ("GET", READ)]),
    ("/v1/articles/{id}/approve", &[("POST", APPROVE)]),
    ("/v1/articles/{id}/digest", &[("GET", READ)]),
    ("/v1/articles/{id}/export", &[("GET", ADMIN)]),
    ("/v1/articles/{id}/items", &[("POST", EDIT)]),
    // A review among the changes needs `approve` as well.
    (
        "/v1/articles/{id}/items/{item}",
        &[("DELETE", EDIT), ("PATCH", EDIT)],
    ),
    (
        "/v1/articles/{id}/items/{item}/regenerate",
        &[("POST", EDIT)],
    ),
    ("/v1/articles/{id}/ledger", &[("GET", READ)]),
    ("/v1/articles/{id}/reject", &[("POST", APPROVE)]),
    ("/v1/articles/{id}/source", &[("GET", READ)]),
    ("/v1/audit", &[("GET", ADMIN)]),
    ("/v1/batches", &[("GET", READ), ("POST", SUBMIT)]),
    ("/v1/batches/{id}", &[("GET", READ)]),
    ("/v1/batches/{id}/cancel", &[("POST", SUBMIT)]),
    ("/v1/batches/{id}/errors", &[("GET", READ)]),
    ("/v1/batches/{id}/pause", &[("POST", SUBMIT)]),
    ("/v1/batches/{id}/results", &[("GET", READ)]),
    ("/v1/batches/{id}/resume", &[("POST", SUBMIT)]),
    ("/v1/check", &[("POST", SUBMIT_OR_EDIT)]),
    ("/v1/check/digest", &[("POST", SUBMIT)]),
    ("/v1/deliveries", &[("GET", READ)]),
    ("/v1/deliveries/{id}/redeliver", &[("POST", SUBMIT)]),
    ("/v1/digests", &[("GET", READ), ("POST", SUBMIT)]),
    ("/v1/digests/{id}", &[("DELETE", SUBMIT), ("GET", READ)]),
    ("/v1/digests/{id}/deliveries", &[("GET", READ)]),
    ("/v1/digests/{id}/events", &[("GET", READ)]),
    ("/v1/fetch", &[("GET", SUBMIT), ("POST", SUBMIT)]),
    // The login compares the key that its body holds.
    (
        "/v1/session",
        &[("DELETE", AnyKey), ("GET", AnyKey), ("POST", Nothing)],
    ),
];

/// What a caller needs for a route.
pub(in crate::api) fn needed(route: &str, method: &Method) -> Result<Needed, ApiError> {
    let found = ROUTES.iter().find(|(path, _)| *path == route);
    let (_, methods) = found.ok_or(ApiError::RouteWithoutScope)?;
    let method = match method.as_str() {
        "HEAD" => "GET",
        other => other,
    };
    let found = methods.iter().find(|(name, _)| *name == method);
    let allowed = || {
        let names: Vec<&str> = methods.iter().map(|(name, _)| *name).collect();
        ApiError::MethodNotAllowed {
            allowed: names.join(", ").replace("GET", "GET, HEAD"),
        }
    };
    found.map(|(_, needed)| *needed).ok_or_else(allowed)
}

/// Every route with each of its methods, sorted.
#[cfg(test)]
pub(in crate::api) fn operations() -> impl Iterator<Item = (&'static str, &'static str)> {
    let of_route = |(path, methods): &'static (&'static str, &'static [(&'static str, Needed)])| {
        methods.iter().map(|(method, _)| (*path, *method))
    };
    ROUTES.iter().flat_map(of_route)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use regex::Regex;

    use super::*;

    /// The paths that sources of this module give to `.route(`.
    fn routes_in(folder: &Path) -> Vec<String> {
        let call = Regex::new(r#"\.route\(\s*"([^"]+)""#).unwrap();
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(routes_in(&path));
            } else if path.extension().is_some_and(|it| it == "rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                let paths = call.captures_iter(&source).map(|it| it[1].to_owned());
                found.extend(paths);
            }
        }
        found.sort();
        found
    }

    #[test]
    fn the_table_has_every_route_and_no_other() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
        let served = routes_in(&folder);
        let listed: Vec<&str> = ROUTES.iter().map(|(path, _)| *path).collect();
        assert!(served.len() >= 4, "{served:?}");
        assert_eq!(served, listed, "left: served; right: in the table, sorted");
    }

    #[test]
    fn what_is_not_listed_is_closed() {
        let needed = |route, method: &str| needed(route, &method.parse().unwrap());
        assert!(matches!(needed("/v1/digests", "HEAD"), Ok(READ)));
        assert!(matches!(needed("/v1/digests", "POST"), Ok(SUBMIT)));
        for method in ["PUT", "OPTIONS", "TRACE", "get", "X"] {
            let error = needed("/v1/digests", method).unwrap_err();
            assert!(
                matches!(error, ApiError::MethodNotAllowed { allowed } if allowed == "GET, HEAD, POST")
            );
        }
        let unknown = needed("/v1/new", "GET").unwrap_err();
        assert!(matches!(unknown, ApiError::RouteWithoutScope));
    }
}
