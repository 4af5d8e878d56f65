//! What the audit log is told of a request: the key, the route, the job or article,
//! how it came out. No body and no query, but for what a handler names (`Noted`).

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::api::error::ProblemCode;
use crate::api::observe::{RequestId, known_method};
use crate::config::AccessSettings;
use crate::store::Deed;

use super::caller::Caller;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Characters of a subject: a caller's name for an article has no more.
const MAX_SUBJECT_CHARS: usize = 255;
/// What hands out all of an article is written down, though it changes nothing.
const HANDED_OUT: &str = "/v1/articles/{id}/export";
/// Statuses of what is refused at the door, or because there is too much of it.
const REFUSED: [StatusCode; 4] = [
    StatusCode::UNAUTHORIZED,
    StatusCode::FORBIDDEN,
    StatusCode::MISDIRECTED_REQUEST,
    StatusCode::TOO_MANY_REQUESTS,
];

/// What a handler tells the audit log that stands in no path: an extension of its
/// response.
#[derive(Debug, Clone, Default)]
pub(in crate::api) struct Noted {
    key: Option<String>,
    subject: Option<String>,
}

impl Noted {
    /// Whose it was, by the key's id: a key that came in the body.
    pub(in crate::api) fn key(id: &str) -> Self {
        Self {
            key: Some(id.to_owned()),
            ..Self::default()
        }
    }

    /// What it was about.
    pub(in crate::api) fn subject(name: &str) -> Self {
        Self {
            subject: Some(fit(name)),
            ..Self::default()
        }
    }

    /// Goes with an answer, whatever it is.
    pub(in crate::api) fn on(self, answer: impl IntoResponse) -> Response {
        let mut response = answer.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A request that may be worth writing down.
pub(super) struct Visit {
    /// Whether it is written down however it comes out.
    is_told: bool,
    deed: Deed,
}

impl Visit {
    pub(super) fn of(head: &Parts, route: &str, settings: &AccessSettings) -> Self {
        let request_id = head.extensions.get::<RequestId>();
        Self {
            is_told: !head.method.is_safe() || route == HANDED_OUT,
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

    /// What is written down: everything that was to change something or to hand all
    /// of an article out, and every refusal.
    pub(super) fn deed(mut self, response: &Response) -> Option<Deed> {
        let status = response.status();
        if !self.is_told && !REFUSED.contains(&status) {
            return None;
        }
        self.deed.status = status.as_u16();
        let code = response.extensions().get::<ProblemCode>();
        self.deed.code = code.map(|it| it.0.clone());
        if let Some(noted) = response.extensions().get::<Noted>() {
            let Noted { key, subject } = noted.clone();
            self.deed.api_key = self.deed.api_key.or(key);
            self.deed.subject = self.deed.subject.or(subject);
        }
        Some(self.deed)
    }
}

/// Whether a deed can be done as often as somebody likes: what was refused, and what
/// came to nothing without a key. All else is held to the pace of its key.
pub(super) fn is_bounded(deed: &Deed) -> bool {
    let is_refused = REFUSED.iter().any(|it| it.as_u16() == deed.status);
    is_refused || (deed.api_key.is_none() && deed.status >= 400)
}

/// What stands in the path where the route has its first parameter.
fn subject(route: &str, path: &str) -> Option<String> {
    let mut pairs = route.split('/').zip(path.split('/'));
    let (_, value) = pairs.find(|(part, _)| part.starts_with('{'))?;
    Some(fit(value))
}

fn fit(subject: &str) -> String {
    let shown = subject.chars().filter(|c| !c.is_control());
    shown.take(MAX_SUBJECT_CHARS).collect()
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

    fn deed(key: Option<&str>, status: u16) -> Deed {
        Deed {
            api_key: key.map(str::to_owned),
            method: "POST".to_owned(),
            route: "/v1/session".to_owned(),
            subject: None,
            status,
            code: None,
            request_id: String::new(),
            address: None,
        }
    }

    #[test]
    fn what_anybody_can_do_without_end_is_bounded() {
        for status in [401, 403, 421, 429] {
            assert!(is_bounded(&deed(Some("a"), status)), "{status}");
            assert!(is_bounded(&deed(None, status)), "{status}");
        }
        for status in [400, 405, 415, 503] {
            assert!(is_bounded(&deed(None, status)), "{status}");
            assert!(!is_bounded(&deed(Some("a"), status)), "{status}");
        }
        assert!(!is_bounded(&deed(None, 201)));
    }

    #[test]
    fn what_handlers_note_is_told() {
        let settings = Settings::from_toml("", "test").unwrap().access;
        let told = |request: Request, route: &str, response: Response| {
            let visit = Visit::of(&request.into_parts().0, route, &settings);
            visit.deed(&response)
        };
        let delete = || Request::delete("/v1/articles").body(Body::empty());
        let gone = Noted::subject("post\u{0}-1").on(StatusCode::NO_CONTENT);
        let deed = told(delete().unwrap(), "/v1/articles", gone).unwrap();
        assert_eq!(deed.subject.as_deref(), Some("post-1"));
        assert_eq!(deed.api_key, None);
        let login = Noted::key("0123").on(StatusCode::CREATED);
        let deed = told(delete().unwrap(), "/v1/session", login).unwrap();
        assert_eq!(deed.api_key.as_deref(), Some("0123"));
        let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
        let read = StatusCode::OK.into_response();
        assert_eq!(told(get("/v1/articles/7"), "/v1/articles/{id}", read), None);
        let handed_out = StatusCode::OK.into_response();
        let deed = told(get("/v1/articles/7/export"), HANDED_OUT, handed_out);
        assert_eq!(deed.unwrap().subject.as_deref(), Some("7"));
    }
}
