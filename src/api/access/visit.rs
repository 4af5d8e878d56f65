//! What the audit log is told of a request: the key, the route, the job, how it
//! came out. No body and no query.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode};
use axum::response::Response;

use crate::api::error::ProblemCode;
use crate::api::observe::{RequestId, known_method};
use crate::config::AccessSettings;
use crate::store::Deed;

use super::caller::Caller;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Characters of a subject.
const MAX_SUBJECT_CHARS: usize = 200;

/// A request that may be worth writing down.
pub(super) struct Visit {
    changes: bool,
    deed: Deed,
}

impl Visit {
    pub(super) fn of(head: &Parts, route: &str, settings: &AccessSettings) -> Self {
        let request_id = head.extensions.get::<RequestId>();
        Self {
            changes: !head.method.is_safe(),
            deed: Deed {
                api_key: None,
                method: known_method(&head.method).to_owned(),
                route: route.to_owned(),
                subject: subject(route, head.uri.path()),
                status: 0,
                code: None,
                request_id: request_id.map(|it| it.0.clone()).unwrap_or_default(),
                address: address(head, settings).map(|it| it.to_string()),
            },
        }
    }

    /// Says whose it was.
    pub(super) fn name(&mut self, caller: &Caller) {
        self.deed.api_key = caller.key().map(|key| key.id.clone());
    }

    /// What is written down: everything that was to change something, and every
    /// refusal at the door.
    pub(super) fn deed(mut self, response: &Response) -> Option<Deed> {
        let status = response.status();
        let refused = [
            StatusCode::UNAUTHORIZED,
            StatusCode::FORBIDDEN,
            StatusCode::MISDIRECTED_REQUEST,
            StatusCode::TOO_MANY_REQUESTS,
        ];
        if !self.changes && !refused.contains(&status) {
            return None;
        }
        self.deed.status = status.as_u16();
        let code = response.extensions().get::<ProblemCode>();
        self.deed.code = code.map(|it| it.0.clone());
        Some(self.deed)
    }
}

/// What stands in the path where the route has its first parameter.
fn subject(route: &str, path: &str) -> Option<String> {
    let mut pairs = route.split('/').zip(path.split('/'));
    let (_, value) = pairs.find(|(part, _)| part.starts_with('{'))?;
    let fit = |c: &char| !c.is_control();
    Some(value.chars().filter(fit).take(MAX_SUBJECT_CHARS).collect())
}

/// Where the request came from: the connection's other end, or what a trusted
/// proxy says. The header is read from its end, as its beginning is whatever the
/// caller wrote.
fn address(head: &Parts, settings: &AccessSettings) -> Option<IpAddr> {
    let connection = head.extensions.get::<ConnectInfo<SocketAddr>>()?;
    let mut address = connection.0.ip().to_canonical();
    let values = head.headers.get_all(FORWARDED_FOR).iter();
    let mut named: Vec<&str> = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    while settings.trusted_proxies.contains(&address) {
        let Some(before) = named.pop().and_then(|it| it.trim().parse().ok()) else {
            break;
        };
        address = before;
    }
    Some(address)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::Request;

    use super::*;
    use crate::config::Settings;

    fn seen(from: &str, forwarded: &[&str], trusted: &str) -> String {
        let text = format!("[access]\ntrusted_proxies = {trusted}");
        let settings = Settings::from_toml(&text, "test").unwrap().access;
        let mut request = Request::get("/");
        for value in forwarded {
            request = request.header(FORWARDED_FOR, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        let from: SocketAddr = from.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(from));
        address(&request.into_parts().0, &settings)
            .unwrap()
            .to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let proxies = "[\"127.0.0.1\", \"10.0.0.1\"]";
        assert_eq!(seen("1.2.3.4:5", &["6.6.6.6"], "[]"), "1.2.3.4");
        assert_eq!(
            seen("127.0.0.1:5", &["6.6.6.6, 1.2.3.4"], proxies),
            "1.2.3.4"
        );
        let chain = ["6.6.6.6, 1.2.3.4", "10.0.0.1"];
        assert_eq!(seen("127.0.0.1:5", &chain, proxies), "1.2.3.4");
        assert_eq!(seen("127.0.0.1:5", &["nonsense"], proxies), "127.0.0.1");
        assert_eq!(
            seen("[::ffff:127.0.0.1]:5", &["1.2.3.4"], proxies),
            "1.2.3.4"
        );
    }

    #[test]
    fn the_first_parameter_is_the_subject() {
        let of = |path| subject("/v1/digests/{id}/items/{item}", path);
        assert_eq!(of("/v1/digests/7/items/9").as_deref(), Some("7"));
        assert_eq!(subject("/v1/digests", "/v1/digests"), None);
        let long = format!("/v1/digests/{}", "x".repeat(5000));
        assert_eq!(of(&long).unwrap().len(), MAX_SUBJECT_CHARS);
    }
}
