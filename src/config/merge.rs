//! Lays what a user says over the defaults: tables of a file (`overlay`), and
//! single values of the environment and the command line (`assign`). The defaults
//! are the pattern: a key that they lack is unknown, a value of another type is
//! refused. Only label sets may be added, each over the pattern of the English one.
//! Pure.

use toml::{Table, Value};

use super::ConfigError;
use super::origin::{Origin, Origins};

/// Where a file may add tables, and which one is their pattern.
const OPEN: (&str, &str) = ("labels.", "en");

/// The configuration as it comes together, and who said what.
pub(super) struct Merged {
    pub(super) table: Table,
    pub(super) origins: Origins,
}

/// Parses a TOML document. What the document holds is not shown in an error: it
/// may be a password.
pub(super) fn parse(text: &str, origin: &Origin) -> Result<Table, ConfigError> {
    text.parse::<Table>().map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map(|before| before.matches('\n').count() + 1);
        ConfigError::Syntax {
            origin: origin.to_string(),
            message: match line {
                Some(line) => format!("line {line}: {}", error.message()),
                None => error.message().to_owned(),
            },
        }
    })
}

impl Merged {
    pub(super) fn new(defaults: Table) -> Self {
        Self {
            table: defaults,
            origins: Origins::default(),
        }
    }

    /// Replaces what a file sets.
    pub(super) fn overlay(&mut self, over: Table, origin: &Origin) -> Result<(), ConfigError> {
        overlay_at(&mut self.table, over, "", (&mut self.origins, origin))
    }

    /// Replaces one value, named by its key and written as text.
    pub(super) fn assign(
        &mut self,
        key: &str,
        text: &str,
        origin: &Origin,
    ) -> Result<(), ConfigError> {
        let mut prefix = String::new();
        let mut table = &mut self.table;
        let mut names = key.split('.').peekable();
        while let Some(name) = names.next() {
            add_pattern(table, &prefix, name);
            if !table.contains_key(name) {
                return Err(unknown(format!("{prefix}{name}"), table, origin));
            }
            // It was just found.
            let Some(slot) = table.get_mut(name) else {
                break;
            };
            prefix = format!("{prefix}{name}.");
            let is_last = names.peek().is_none();
            if !slot.is_table() {
                if !is_last {
                    return Err(unknown(key.to_owned(), &Table::new(), origin));
                }
                let types = (slot.type_str(), "text");
                *slot = read(slot, text).ok_or_else(|| wrong_type(key, types, origin))?;
                break;
            }
            match slot {
                Value::Table(inner) if !is_last => table = inner,
                _ => return Err(wrong_type(key, ("table", "text"), origin)),
            }
        }
        self.origins.set(key.to_owned(), origin.clone());
        Ok(())
    }
}

/// A text as a value of the pattern's type. Lists are written as in TOML, or with
/// commas or blanks between their items.
fn read(pattern: &Value, text: &str) -> Option<Value> {
    let trimmed = text.trim();
    Some(match pattern {
        Value::String(_) => Value::String(text.to_owned()),
        Value::Integer(_) => Value::Integer(trimmed.parse().ok()?),
        Value::Boolean(_) => Value::Boolean(trimmed.parse().ok()?),
        Value::Array(_) if trimmed.starts_with('[') => {
            let mut table = format!("list = {trimmed}").parse::<Table>().ok()?;
            table.remove("list").filter(Value::is_array)?
        }
        Value::Array(pattern) => {
            let apart = |c: char| c.is_whitespace() || c == ',';
            let items = trimmed.split(apart).filter(|item| !item.is_empty());
            // A list that is empty by default is one of texts.
            let text = Value::String(String::new());
            let pattern = pattern.first().unwrap_or(&text);
            Value::Array(
                items
                    .map(|item| read(pattern, item))
                    .collect::<Option<_>>()?,
            )
        }
        _ => return None,
    })
}

fn overlay_at(
    base: &mut Table,
    over: Table,
    prefix: &str,
    (origins, origin): (&mut Origins, &Origin),
) -> Result<(), ConfigError> {
    for (name, value) in over {
        let key = format!("{prefix}{name}");
        add_pattern(base, prefix, &name);
        let Some(slot) = base.get_mut(&name) else {
            return Err(unknown(key, base, origin));
        };
        match (slot, value) {
            (Value::Table(base), Value::Table(over)) => {
                overlay_at(base, over, &format!("{key}."), (origins, origin))?;
            }
            (slot, value) if slot.same_type(&value) => {
                *slot = value;
                origins.set(key, origin.clone());
            }
            (slot, value) => {
                let types = (slot.type_str(), value.type_str());
                return Err(wrong_type(&key, types, origin));
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

fn unknown(key: String, base: &Table, origin: &Origin) -> ConfigError {
    let known: Vec<&str> = base.keys().map(String::as_str).collect();
    ConfigError::UnknownKey {
        origin: origin.to_string(),
        key,
        known: match known.as_slice() {
            [] => "nothing".to_owned(),
            known => known.join(", "),
        },
    }
}

fn wrong_type(
    key: &str,
    (expected, found): (&'static str, &'static str),
    origin: &Origin,
) -> ConfigError {
    ConfigError::WrongType {
        origin: origin.to_string(),
        key: key.to_owned(),
        expected,
        found,
    }
}
