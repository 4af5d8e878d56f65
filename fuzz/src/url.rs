//! URLs that the service may be asked to call. Whatever is let through is https
//! to a public address or to a name that is read in one way only.

use afterword::net::{Rules, Target, is_public};

/// Tries one input.
pub fn run(url: &str) {
    let rules = Rules {
        ports: vec![443],
        ..Rules::default()
    };
    let Ok(target) = Target::parse(url, &rules) else {
        return;
    };
    let origin = target.origin();
    assert!(target.is_https() && origin.port() == 443);
    assert!(origin.address().is_none_or(is_public), "{origin}");
    let host = origin.host();
    assert!(
        !host.is_empty() && !host.contains(['@', '/', '\\', ' ', '?', '#']),
        "{host}"
    );
    if origin.name().is_some() {
        assert!(
            host.parse::<std::net::IpAddr>().is_err(),
            "{host} is an address after all"
        );
    }
    let path = target.path();
    assert!(path.starts_with('/') && path.is_ascii());
    assert!(
        !path.contains(|c: char| c.is_ascii_control() || c == ' '),
        "{path}"
    );
    // Written out, it is the same target again.
    let again = Target::parse(&format!("{origin}{path}"), &rules).expect("what was let through");
    assert!(again == target, "{origin}{path}");
}
