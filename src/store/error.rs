//! Why the store could not do what it was asked. Refusals by the state machine
//! are no errors and are not here.

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL names no database that is known.
    #[error("store.database_url names no database that is known")]
    UnknownDatabase,
    /// The file cannot be opened, or the server cannot be reached at the start.
    #[error("the store {name} cannot be opened: {reason}")]
    Open {
        /// The database, without a password.
        name: String,
        /// What the system or the database said.
        reason: String,
    },
    /// The tables cannot be brought up to date.
    #[error("the store's tables cannot be brought up to date: {0}")]
    Migration(String),
    /// No space is left for the database.
    #[error("the store is full")]
    Full,
    /// The database does not answer, or not in time.
    #[error("the store cannot be reached: {0}")]
    Unavailable(String),
    /// The database refused a statement, or holds what cannot be read: a bug.
    #[error("the store failed: {0}")]
    Failed(String),
}

/// SQLite's code for a full disk.
const SQLITE_FULL: i64 = 13;
/// PostgreSQL's codes for a full disk and for no memory.
const POSTGRES_FULL: [&str; 2] = ["53100", "53200"];
/// SQLite: busy, locked, an I/O error, and that the file cannot be opened.
const SQLITE_UNAVAILABLE: [i64; 4] = [5, 6, 10, 14];
/// PostgreSQL: connection lost, insufficient resources, operator intervention,
/// conflicts between transactions.
const POSTGRES_UNAVAILABLE: [&str; 4] = ["08", "53", "57", "40"];

impl StoreError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::UnknownDatabase => {
                "start it with sqlite:// or postgres://, or leave it empty for a file in the data directory"
            }
            Self::Open { .. } => {
                "check store.database_url, and that the file or the server may be used"
            }
            Self::Migration(_) => {
                "run the newest version of the program; an older one cannot read newer tables"
            }
            Self::Full => "free space on the database's disk; the service goes on by itself",
            Self::Unavailable(_) => "try again later",
            Self::Failed(_) => "this is a bug: please report it",
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Full | Self::Unavailable(_))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => {
                let code = database.code().unwrap_or_default();
                by_code(&code, error.to_string())
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Protocol(_) => Self::Unavailable(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}

fn by_code(code: &str, message: String) -> StoreError {
    // SQLite's extended codes have the plain one in their lowest byte. Its codes
    // have up to four digits, those of PostgreSQL always five characters.
    let plain = (code.len() < 5)
        .then(|| code.parse::<i64>().ok())
        .flatten()
        .map(|code| code & 0xff);
    if plain == Some(SQLITE_FULL) || POSTGRES_FULL.contains(&code) {
        return StoreError::Full;
    }
    let unavailable = match plain {
        Some(plain) => SQLITE_UNAVAILABLE.contains(&plain),
        None => POSTGRES_UNAVAILABLE.iter().any(|it| code.starts_with(it)),
    };
    if unavailable {
        StoreError::Unavailable(message)
    } else {
        StoreError::Failed(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_tell_what_passes_from_what_stays() {
        let full = |code| matches!(by_code(code, String::new()), StoreError::Full);
        assert!(full("13") && full("53100"));
        for code in ["5", "6", "517", "778", "57P01", "08006", "40P01", "53300"] {
            assert!(by_code(code, String::new()).is_transient(), "{code}");
        }
        for code in ["1", "2067", "23505", "42P01", ""] {
            assert!(!by_code(code, String::new()).is_transient(), "{code}");
        }
    }
}
