//! What a caller sent to be let in, and what tells a page of ours from a page of
//! another site. Pure.

use axum::http::header::{AUTHORIZATION, COOKIE as COOKIES, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName};

use crate::access::{Denied, Secret, SecretKind};

/// The session's cookie. Its first letters have browsers accept it over TLS (or
/// from localhost) only, for this host and every path.
pub(in crate::api) const COOKIE: &str = "__Host-afterword";
const REQUEST_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What came with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Credentials {
    Nothing,
    Key(Secret),
    Session(Secret),
}

/// Reads the key, or else the session; something that is neither is refused.
pub(super) fn read(headers: &HeaderMap) -> Result<Credentials, Denied> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let text = value.to_str().unwrap_or_default();
        let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
        let is_bearer = scheme.eq_ignore_ascii_case("bearer");
        let key = Secret::parse(SecretKind::Key, rest.trim()).filter(|_| is_bearer);
        return key.map(Credentials::Key).ok_or(Denied::UnknownKey);
    }
    match session_cookie(headers) {
        Some(text) => {
            let session = Secret::parse(SecretKind::Session, text);
            session.map(Credentials::Session).ok_or(Denied::NoSession)
        }
        None => Ok(Credentials::Nothing),
    }
}

/// The value of the session's cookie.
fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(COOKIES).iter();
    let pairs = values.filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|value| value.split(';'));
    pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE).then_some(value)
    })
}

/// Whether the request carries the token of its session.
pub(super) fn has_token(headers: &HeaderMap, session: &Secret) -> bool {
    let token = headers.get(REQUEST_TOKEN).and_then(|it| it.to_str().ok());
    token.is_some_and(|token| session.issued(token))
}

/// Whether a page of another site had a browser send it, as far as browsers
/// tell; programs send none of these headers.
pub(super) fn is_cross_site(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get(FETCH_SITE) {
        return site != "same-origin" && site != "none";
    }
    let Some(origin) = headers.get(ORIGIN) else {
        return false;
    };
    let origin = origin.to_str().unwrap_or_default();
    let from = origin.split_once("://").map(|(_, host)| host);
    from.is_none() || from != headers.get(HOST).and_then(|it| it.to_str().ok())
}

/// Whether the host is one that a page of another site cannot have made up: an
/// address, or localhost. Names can be pointed anywhere, here among others.
pub(super) fn is_local_host(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST) else {
        return true;
    };
    let host = host.to_str().unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|it| it.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || address.parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let name: HeaderName = name.parse().unwrap();
            (name, value.parse().unwrap())
        });
        pairs.collect()
    }

    #[test]
    fn keys_go_before_cookies() {
        let key = Secret::generate(SecretKind::Key).unwrap();
        let session = Secret::generate(SecretKind::Session).unwrap();
        let bearer = format!("bearer {}", key.expose());
        let cookie = format!("a=b; {COOKIE}={}; c", session.expose());
        let both = headers(&[("authorization", &bearer), ("cookie", &cookie)]);
        assert_eq!(read(&both), Ok(Credentials::Key(key.clone())));
        let cookie_only = headers(&[("cookie", &cookie)]);
        assert_eq!(read(&cookie_only), Ok(Credentials::Session(session)));
        assert_eq!(read(&headers(&[])), Ok(Credentials::Nothing));
        assert_eq!(
            read(&headers(&[("cookie", "a=b")])),
            Ok(Credentials::Nothing)
        );
        let basic = format!("Basic {}", key.expose());
        for wrong in [basic.as_str(), "Bearer", "Bearer x", "", key.expose()] {
            let read = read(&headers(&[("authorization", wrong)]));
            assert_eq!(read, Err(Denied::UnknownKey), "{wrong}");
        }
    }

    #[test]
    fn browsers_tell_where_a_request_comes_from() {
        let cross = |pairs: &[(&str, &str)]| is_cross_site(&headers(pairs));
        assert!(!cross(&[]));
        assert!(!cross(&[("sec-fetch-site", "same-origin")]));
        assert!(!cross(&[("sec-fetch-site", "none")]));
        assert!(cross(&[("sec-fetch-site", "cross-site")]));
        assert!(cross(&[("sec-fetch-site", "same-site")]));
        let host = ("host", "127.0.0.1:8017");
        assert!(!cross(&[host, ("origin", "http://127.0.0.1:8017")]));
        assert!(cross(&[host, ("origin", "https://example.org")]));
        assert!(cross(&[host, ("origin", "null")]));
        assert!(cross(&[("origin", "http://127.0.0.1:8017")]));
    }

    #[test]
    fn names_of_others_are_no_local_hosts() {
        let local = |host: &str| is_local_host(&headers(&[("host", host)]));
        for host in [
            "localhost",
            "LOCALHOST:80",
            "127.0.0.1:8017",
            "[::1]:8017",
            "[::1]",
            "10.0.0.1",
        ] {
            assert!(local(host), "{host}");
        }
        for host in [
            "rebound.example",
            "localhost.example:8017",
            "",
            "127.0.0.1.example",
            "x:y",
        ] {
            assert!(!local(host), "{host}");
        }
        assert!(is_local_host(&headers(&[])));
    }

    proptest! {
        #[test]
        fn arbitrary_headers_never_panic(value in "[ -~]{0,120}") {
            let all = headers(&[
                ("authorization", &value), ("cookie", &value), ("host", &value), ("origin", &value),
            ]);
            let _ = (read(&all), is_cross_site(&all), is_local_host(&all));
        }
    }
}
