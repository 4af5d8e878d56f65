//! The URL of a database: checked for its scheme, and never shown, as it may
//! hold a password.

use std::fmt;

/// What a URL has to begin with.
const SCHEMES: [&str; 3] = ["sqlite:", "postgres:", "postgresql:"];

/// The URL of a database that the store knows. Neither `Debug` nor an error
/// shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// What is allowed, for messages.
    pub const ALLOWED: &str = "a URL that begins with sqlite:// or postgres://, or nothing";

    /// The URL, if its scheme is known.
    #[must_use]
    pub fn new(url: &str) -> Option<Self> {
        let known = SCHEMES.iter().any(|scheme| url.starts_with(scheme));
        known.then(|| Self(url.to_owned()))
    }

    /// The URL itself, for the store only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(not shown)")
    }
}
