//! Why a caller is not let in. Says no more than the caller may know: whether a
//! key exists is told to who has it, and to no one else.

use std::time::Duration;

use super::Scope;

/// Why a caller is not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No key and no session came with the request.
    #[error("the request carries no key")]
    NoKey,
    /// The key is unknown, malformed or wrong: which, is not told.
    #[error("the key is not valid")]
    UnknownKey,
    /// The key was taken back.
    #[error("the key was revoked")]
    Revoked,
    /// The key's time is over.
    #[error("the key has expired")]
    Expired,
    /// The session is unknown or its time is over.
    #[error("there is no such session, or it has ended")]
    NoSession,
    /// The key is not for this: it has none of these scopes.
    #[error("the key lacks the scope {}", names(.0))]
    NoScope(&'static [Scope]),
    /// Requests follow each other too fast.
    #[error("{limit} requests per minute are allowed for this key")]
    TooFast {
        /// What the key may do.
        limit: u32,
        /// When the next one is let through.
        after: Duration,
    },
    /// A page of another site sent it.
    #[error("the request comes from a page of another site")]
    CrossSite,
    /// A session without the token that goes with it.
    #[error("the session's request token is missing or wrong")]
    NoToken,
    /// The host is not one that a service without keys answers to.
    #[error("this service does not answer to the host that the request names")]
    WrongHost,
}

impl Denied {
    /// A stable machine-readable name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoKey => "key_missing",
            Self::UnknownKey => "key_invalid",
            Self::Revoked => "key_revoked",
            Self::Expired => "key_expired",
            Self::NoSession => "session_invalid",
            Self::NoScope(_) => "scope_missing",
            Self::TooFast { .. } => "too_many_requests",
            Self::CrossSite => "cross_site",
            Self::NoToken => "request_token_invalid",
            Self::WrongHost => "wrong_host",
        }
    }

    /// What the caller can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoKey => "send `Authorization: Bearer` and a key of `afterword keys create`",
            Self::UnknownKey => "check the key; it begins with awk_ and has 81 characters",
            Self::Revoked | Self::Expired => "ask the operator for a new key",
            Self::NoSession => "log in again",
            Self::NoScope(_) => "ask the operator for a key with this scope",
            Self::TooFast { .. } => "send it again after the time in Retry-After",
            Self::CrossSite => "call the service from its own pages, or with a key",
            Self::NoToken => "send X-CSRF-Token with the token that GET /v1/session tells",
            Self::WrongHost => {
                "use the address that the service listens on, or have it ask for keys (access.keys)"
            }
        }
    }
}

/// Scopes of which one will do.
fn names(scopes: &[Scope]) -> String {
    let names: Vec<&str> = scopes.iter().map(|it| it.name()).collect();
    names.join(" or ")
}
