//! Lays a user's table over the defaults. The defaults are the pattern: a key
//! that they lack is unknown, a value of another type is refused. Only label sets
//! may be added, each over the pattern of the English one. Pure.

use toml::{Table, Value};

use super::ConfigError;

/// Where a file may add tables, and which one is their pattern.
const OPEN: (&str, &str) = ("labels.", "en");

/// Parses a TOML document.
pub(super) fn parse(text: &str, origin: &str) -> Result<Table, ConfigError> {
    text.parse::<Table>().map_err(|error| ConfigError::Syntax {
        origin: origin.to_owned(),
        message: error.to_string().trim_end().to_owned(),
    })
}

/// Replaces in `base` what `over` sets.
pub(super) fn overlay(base: &mut Table, over: Table, origin: &str) -> Result<(), ConfigError> {
    overlay_at(base, over, "", origin)
}

fn overlay_at(
    base: &mut Table,
    over: Table,
    prefix: &str,
    origin: &str,
) -> Result<(), ConfigError> {
    for (name, value) in over {
        let key = format!("{prefix}{name}");
        add_pattern(base, prefix, &name);
        let Some(slot) = base.get_mut(&name) else {
            return Err(unknown(key, base, origin));
        };
        match (slot, value) {
            (Value::Table(base), Value::Table(over)) => {
                overlay_at(base, over, &format!("{key}."), origin)?;
            }
            (slot, value) if slot.same_type(&value) => *slot = value,
            (slot, value) => {
                return Err(ConfigError::WrongType {
                    origin: origin.to_owned(),
                    key,
                    expected: slot.type_str(),
                    found: value.type_str(),
                });
            }
        }
    }
    Ok(())
}

/// Makes room for a table of the user's own, filled with the pattern's values.
fn add_pattern(base: &mut Table, prefix: &str, name: &str) {
    let (open, pattern) = OPEN;
    if prefix == open
        && !base.contains_key(name)
        && let Some(pattern) = base.get(pattern).cloned()
    {
        base.insert(name.to_owned(), pattern);
    }
}

fn unknown(key: String, base: &Table, origin: &str) -> ConfigError {
    let known: Vec<&str> = base.keys().map(String::as_str).collect();
    ConfigError::UnknownKey {
        origin: origin.to_owned(),
        key,
        known: known.join(", "),
    }
}
