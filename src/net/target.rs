//! Which URLs may be called: https, no names or passwords in front of the host,
//! a port that is expected, an address that is everybody's. What is not so has
//! to be named by the operator, as an origin or a network. Pure: a name is
//! checked here for its form, and its addresses in `client`, once they are known.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use url::{Host, Url};

use super::address::{Network, is_public};

/// Bytes of a URL; a longer one is no address that someone typed.
const MAX_URL_BYTES: usize = 2000;

/// What the operator allows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Ports that may be called.
    pub ports: Vec<u16>,
    /// Scheme, host and port to which none of the rules applies.
    pub origins: Vec<Origin>,
    /// Networks that may be reached as if they were everybody's.
    pub networks: Vec<Network>,
}

impl Rules {
    /// Whether a request may go to this address.
    #[must_use]
    pub fn allow(&self, address: IpAddr) -> bool {
        is_public(address) || self.networks.iter().any(|it| it.contains(address))
    }
}

/// Scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    https: bool,
    host: Host,
    port: u16,
}

/// A URL that may be called.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    origin: Origin,
    /// Path and query, as they go onto the wire.
    path: String,
    /// Named by the operator: whatever its addresses are.
    is_exempt: bool,
}

/// Why a URL may not be called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Too long to be one.
    #[error("has more than {MAX_URL_BYTES} bytes")]
    TooLong,
    /// No URL, or one with characters that readers of URLs disagree about.
    #[error("is no absolute URL that can be called")]
    Unreadable,
    /// Something before an `@`.
    #[error("has a user name or a password before its host")]
    UserInfo,
    /// Neither https, nor an origin that was allowed.
    #[error("has to begin with https://")]
    Scheme,
    /// A number that is not written as addresses are.
    #[error("has an address that is not written in its usual form")]
    OddAddress,
    /// A port that is not called.
    #[error("has port {0}, which may not be called")]
    Port(u16),
    /// An address of this machine or of a network behind it.
    #[error("leads to an address that is not public")]
    NotPublic,
}

impl Target {
    /// Reads a URL and holds it against the rules.
    ///
    /// # Errors
    /// [`TargetError`] says which rule it breaks.
    pub fn parse(text: &str, rules: &Rules) -> Result<Self, TargetError> {
        let (url, origin) = read(text)?;
        let is_exempt = rules.origins.contains(&origin);
        if !is_exempt {
            origin.check(rules)?;
        }
        let query = url.query().map(|query| format!("?{query}"));
        Ok(Self {
            origin,
            path: format!("{}{}", url.path(), query.unwrap_or_default()),
            is_exempt,
        })
    }

    /// Reads a URL that the operator named: nothing but its form is checked. The rules
    /// that come with it allow its origin and nothing else.
    ///
    /// # Errors
    /// [`TargetError`] says what is wrong with its form.
    pub fn named(text: &str) -> Result<(Self, Rules), TargetError> {
        let (_, origin) = read(text)?;
        let rules = Rules {
            origins: vec![origin],
            ..Rules::default()
        };
        Ok((Self::parse(text, &rules)?, rules))
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether the request is encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.origin.https
    }

    /// Path and query.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether a request to it may go to this address.
    #[must_use]
    pub fn may_go_to(&self, address: IpAddr, rules: &Rules) -> bool {
        self.is_exempt || rules.allow(address)
    }
}

/// The path may hold a secret, so it is not shown.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({})", self.origin)
    }
}

impl Origin {
    /// Name or address, without the port.
    #[must_use]
    pub fn host(&self) -> String {
        self.host.to_string()
    }

    /// The host, with the port unless that is the usual one: as in the `Host` header.
    #[must_use]
    pub fn authority(&self) -> String {
        match self.has_usual_port() {
            true => self.host(),
            false => format!("{}:{}", self.host(), self.port),
        }
    }

    /// Whether it is this machine, whatever a resolver says.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Domain(name) => is_local(name),
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        }
    }

    /// The name that has to be looked up; `None` for an address.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match &self.host {
            Host::Domain(name) => Some(name),
            Host::Ipv4(_) | Host::Ipv6(_) => None,
        }
    }

    /// The address, where the URL names one.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        match self.host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
        }
    }

    /// The port, said or meant.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the port is the one that the scheme means by itself.
    #[must_use]
    pub fn has_usual_port(&self) -> bool {
        self.port == if self.https { 443 } else { 80 }
    }

    fn check(&self, rules: &Rules) -> Result<(), TargetError> {
        if !self.https {
            return Err(TargetError::Scheme);
        }
        if !rules.ports.contains(&self.port) {
            return Err(TargetError::Port(self.port));
        }
        let refused = match &self.host {
            Host::Domain(name) => is_local(name),
            Host::Ipv4(address) => !rules.allow((*address).into()),
            Host::Ipv6(address) => !rules.allow((*address).into()),
        };
        if refused {
            return Err(TargetError::NotPublic);
        }
        Ok(())
    }
}

/// Names that mean this machine whatever a resolver says (RFC 6761).
fn is_local(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

fn read(text: &str) -> Result<(Url, Origin), TargetError> {
    if text.len() > MAX_URL_BYTES {
        return Err(TargetError::TooLong);
    }
    // The parser drops or turns these, and another reader may not.
    let odd = |c: char| c.is_ascii_control() || c == ' ' || c == '\\';
    if text.contains(odd) {
        return Err(TargetError::Unreadable);
    }
    let host = written_host(text)?;
    let url = Url::parse(text).map_err(|_| TargetError::Unreadable)?;
    // Characters that are not written as they are take three bytes each.
    if url.as_str().len() > MAX_URL_BYTES {
        return Err(TargetError::TooLong);
    }
    let https = match url.scheme() {
        "https" => true,
        "http" => false,
        _ => return Err(TargetError::Scheme),
    };
    let (Some(found), Some(port)) = (url.host(), url.port_or_known_default()) else {
        return Err(TargetError::Unreadable);
    };
    let found = found.to_owned();
    // `2130706433`, `0x7f.1` and `0177.0.0.1` are 127.0.0.1 to some readers.
    if let Host::Ipv4(address) = found
        && address.to_string() != host
    {
        return Err(TargetError::OddAddress);
    }
    let origin = Origin {
        https,
        host: found,
        port,
    };
    Ok((url, origin))
}

/// The host as it was written; refuses what stands before an `@`.
fn written_host(text: &str) -> Result<&str, TargetError> {
    let (_, rest) = text.split_once("://").ok_or(TargetError::Unreadable)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = &rest[..end];
    if authority.contains('@') {
        return Err(TargetError::UserInfo);
    }
    let port = authority.rfind(':').filter(|_| !authority.ends_with(']'));
    Ok(&authority[..port.unwrap_or(authority.len())])
}

impl FromStr for Origin {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let (url, origin) = read(text)?;
        let bare = matches!(url.path(), "" | "/") && url.query().is_none();
        bare.then_some(origin).ok_or(TargetError::Unreadable)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host)?;
        if self.has_usual_port() {
            return Ok(());
        }
        write!(f, ":{}", self.port)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rules() -> Rules {
        Rules {
            ports: vec![443, 8443],
            ..Rules::default()
        }
    }

    fn refusal(url: &str) -> TargetError {
        Target::parse(url, &rules()).unwrap_err()
    }

    #[test]
    fn an_ordinary_address_is_called_as_it_is_written() {
        let target = Target::parse("https://Example.org/a/b?c=d#e", &rules()).unwrap();
        assert_eq!(target.origin().host(), "example.org");
        assert_eq!((target.path(), target.origin().port()), ("/a/b?c=d", 443));
        assert_eq!(target.origin().to_string(), "https://example.org");
        let target = Target::parse("https://[2606:4700::1]:8443", &rules()).unwrap();
        assert_eq!(target.origin().to_string(), "https://[2606:4700::1]:8443");
        assert_eq!(target.path(), "/");
        assert!(!format!("{:?}", Target::parse("https://a.b/key", &rules())).contains("key"));
    }

    #[test]
    fn what_leads_inside_is_refused() {
        let refused = [
            "https://127.0.0.1/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[64:ff9b::127.0.0.1]/",
            "https://[2002:7f00:1::]/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://[::]/",
            "https://0.0.0.0/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
        ];
        for url in refused {
            assert_eq!(refusal(url), TargetError::NotPublic, "{url}");
        }
    }

    #[test]
    fn numbers_that_some_read_as_addresses_are_refused() {
        let odd = [
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://0x7f.1/",
            "https://127.1/",
            "https://127.0.0.1./",
            "https://8.8.2056/",
            "https://①②⑦.⓪.⓪.①/",
        ];
        for url in odd {
            assert_eq!(refusal(url), TargetError::OddAddress, "{url}");
        }
    }

    #[test]
    fn what_readers_disagree_about_is_refused() {
        let cases = [
            ("http://example.org/", TargetError::Scheme),
            ("ftp://example.org/", TargetError::Scheme),
            ("file:///etc/passwd", TargetError::Scheme),
            ("gopher://example.org/", TargetError::Scheme),
            ("https://user@example.org/", TargetError::UserInfo),
            ("https://user:pass@example.org/", TargetError::UserInfo),
            ("https://@example.org/", TargetError::UserInfo),
            ("https://example.org:22/", TargetError::Port(22)),
            ("https://example.org:80/", TargetError::Port(80)),
            ("https://a.org\\@b.org/", TargetError::Unreadable),
            ("https://a.org\t/", TargetError::Unreadable),
            ("https://a.org /", TargetError::Unreadable),
            ("https://a.org/\r\nx: y", TargetError::Unreadable),
            ("https:a.org", TargetError::Unreadable),
            ("//a.org/", TargetError::Unreadable),
            ("/a", TargetError::Unreadable),
            ("", TargetError::Unreadable),
            ("https://", TargetError::Unreadable),
            ("https://a..b%00/", TargetError::Unreadable),
        ];
        for (url, expected) in cases {
            assert_eq!(refusal(url), expected, "{url:?}");
        }
        let long = format!("https://a.org/{}", "x".repeat(MAX_URL_BYTES));
        assert_eq!(refusal(&long), TargetError::TooLong);
        let longer_written_out = format!("https://a.org/{}", "<".repeat(MAX_URL_BYTES / 2));
        assert_eq!(refusal(&longer_written_out), TargetError::TooLong);
    }

    #[test]
    fn the_operator_may_name_exceptions() {
        let rules = Rules {
            ports: vec![443],
            origins: vec!["http://127.0.0.1:8080".parse().unwrap()],
            networks: vec!["10.1.0.0/16".parse().unwrap()],
        };
        let parse = |url: &str| Target::parse(url, &rules).map(|it| it.is_exempt);
        assert_eq!(parse("http://127.0.0.1:8080/hook"), Ok(true));
        assert_eq!(parse("http://127.0.0.1:8081/"), Err(TargetError::Scheme));
        assert_eq!(parse("https://127.0.0.1/"), Err(TargetError::NotPublic));
        assert_eq!(parse("https://10.1.2.3/"), Ok(false));
        assert_eq!(parse("https://10.2.2.3/"), Err(TargetError::NotPublic));
        assert!("http://a.org/path".parse::<Origin>().is_err());
        assert!("a.org".parse::<Origin>().is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_let_through_is_https_to_a_name_or_a_public_address(
            url in "https?://[a-z0-9.:@\\[\\]%x]{0,30}(/\\PC{0,8})?|\\PC{0,40}",
        ) {
            if let Ok(target) = Target::parse(&url, &rules()) {
                prop_assert!(target.is_https());
                prop_assert!(target.origin().address().is_none_or(is_public));
                prop_assert!(target.path().starts_with('/'));
                prop_assert!(target.path().is_ascii());
            }
        }
    }
}
