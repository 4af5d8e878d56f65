//! What a key may be for. No scope includes another: a key may do what is
//! written on it.

use std::fmt;
use std::str::FromStr;

/// One kind of thing that a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Hand articles in, call them off, and have sentences checked.
    Submit,
    /// Look at jobs, digests and figures.
    Read,
    /// Change what a digest says, and have sentences checked.
    Edit,
    /// Approve or reject it.
    Approve,
    /// Read the audit log, delete and export.
    Admin,
    /// Read figures of the service, for programs that watch it.
    Metrics,
}

impl Scope {
    /// All scopes, as shown.
    pub const ALL: [Self; 6] = [
        Self::Submit,
        Self::Read,
        Self::Edit,
        Self::Approve,
        Self::Admin,
        Self::Metrics,
    ];

    /// As written by operators and stored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Read => "read",
            Self::Edit => "edit",
            Self::Approve => "approve",
            Self::Admin => "admin",
            Self::Metrics => "metrics",
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of scopes; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scopes(u8);

/// A list that is no set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a list of submit, read, edit, approve, admin and metrics, separated by commas")]
pub struct UnknownScope;

impl Scopes {
    /// Every scope.
    #[must_use]
    pub fn all() -> Self {
        Self(Scope::ALL.into_iter().fold(0, |bits, it| bits | it.bit()))
    }

    /// Whether `scope` is one of them.
    #[must_use]
    pub fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }
}

impl FromStr for Scopes {
    type Err = UnknownScope;

    fn from_str(list: &str) -> Result<Self, UnknownScope> {
        let named = |name: &str| Scope::ALL.into_iter().find(|it| it.name() == name.trim());
        list.split(',').try_fold(Self(0), |Self(bits), name| {
            let scope = named(name).ok_or(UnknownScope)?;
            Ok(Self(bits | scope.bit()))
        })
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Scope::ALL.into_iter().filter(|it| self.has(*it));
        let names: Vec<&str> = names.map(Scope::name).collect();
        f.write_str(&names.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_written() {
        let scopes: Scopes = "read, submit,read".parse().unwrap();
        assert_eq!(scopes.to_string(), "submit,read");
        assert!(scopes.has(Scope::Read) && !scopes.has(Scope::Admin));
        assert_eq!(Scopes::all().to_string().parse(), Ok(Scopes::all()));
        for wrong in ["", "write", "read,", "Read", "admin;read"] {
            assert_eq!(wrong.parse::<Scopes>(), Err(UnknownScope), "{wrong:?}");
        }
    }

    #[test]
    fn no_scope_includes_another() {
        for one in Scope::ALL {
            let scopes: Scopes = one.name().parse().unwrap();
            for other in Scope::ALL {
                assert_eq!(scopes.has(other), one == other);
            }
        }
    }
}
