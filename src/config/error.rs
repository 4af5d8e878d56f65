//! Why a configuration is refused. Each message names who said it and the key.

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration {origin} cannot be read: {source}")]
    Read {
        /// The file.
        origin: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{origin} is not valid TOML: {message}")]
    Syntax {
        /// The file.
        origin: String,
        /// The parser's message, with the line; not the line itself, which may hold a
        /// password.
        message: String,
    },
    /// A list with items of another type.
    #[error("the configuration has a value of the wrong type: {0}")]
    Shape(String),
    /// A key that there is not.
    #[error("{origin}: unknown key {key}; known here: {known}")]
    UnknownKey {
        /// The file.
        origin: String,
        /// The key, with its table.
        key: String,
        /// The keys of that table, comma-separated.
        known: String,
    },
    /// A value of another type.
    #[error("{origin}: {key} has to be of type {expected}, not {found}")]
    WrongType {
        /// The file.
        origin: String,
        /// The key, with its table.
        key: String,
        /// TOML type expected.
        expected: &'static str,
        /// TOML type found.
        found: &'static str,
    },
    /// A value that is not allowed.
    #[error("{origin}: {key} = {value} is not allowed; allowed: {allowed}")]
    NotAllowed {
        /// The file.
        origin: String,
        /// The key, with its table.
        key: String,
        /// The value as written.
        value: String,
        /// What is allowed.
        allowed: String,
    },
}

impl ConfigError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Read { .. } => "check --config and AFTERWORD_CONFIG, and the file's permissions",
            Self::Syntax { .. } => "correct the line named; text values need quotes",
            Self::UnknownKey { .. } => {
                "correct or remove the key; config/default.toml has them all"
            }
            Self::WrongType { .. } | Self::Shape(_) => {
                "see config/default.toml for an example of each key"
            }
            Self::NotAllowed { .. } => {
                "choose an allowed value; config/default.toml explains each key"
            }
        }
    }
}
