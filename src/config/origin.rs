//! Where each value was said: the defaults, a file, a variable of the
//! environment or the command line. Errors name it, and `afterword doctor
//! --config` prints it.

use std::collections::BTreeMap;
use std::fmt;

/// Where a value was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: it is the default.
    Default,
    /// In a file.
    File(String),
    /// In a variable of the environment.
    Variable(String),
    /// On the command line.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("config/default.toml (compiled in)"),
            Self::File(name) | Self::Variable(name) | Self::Flag(name) => formatter.write_str(name),
        }
    }
}

/// The origins of all keys that do not have their default.
#[derive(Debug, Clone, Default)]
pub(super) struct Origins(BTreeMap<String, Origin>);

impl Origins {
    pub(super) fn set(&mut self, key: String, origin: Origin) {
        self.0.insert(key, origin);
    }

    pub(super) fn of(&self, key: &str) -> Origin {
        self.0.get(key).cloned().unwrap_or(Origin::Default)
    }
}
