//! The house style: words that a newsroom does not print, words that it prefers, and
//! how it writes names. Reads a file of an operator, within a limit, and finds its
//! words in a text; what is to become of that text is the checks' to say.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use crate::text::hex::hex_sha256;
use crate::text::words::capitalised;

/// Bytes of one word or name; a longer one is a mistake.
const MAX_ENTRY_BYTES: usize = 100;
/// Bytes that the compiled words may take.
const MAX_COMPILED_BYTES: usize = 64 << 20;

/// The words of a house. Text between quotation marks is never its business: those are
/// somebody's words.
#[derive(Clone)]
pub struct HouseStyle {
    sha256: String,
    avoided: Entries,
    preferred: Entries,
    named: Entries,
}

/// The file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// Words that are not printed.
    #[serde(default)]
    avoid: Vec<String>,
    /// Words, and what is printed instead.
    #[serde(default)]
    prefer: BTreeMap<String, String>,
    /// Names, and how else they are written.
    #[serde(default)]
    names: BTreeMap<String, Vec<String>>,
}

/// Words that are looked for, each with the form in its place.
#[derive(Clone, Default)]
struct Entries {
    /// As looked up, to the word as written and its form; empty where there is none.
    forms: HashMap<String, (String, String)>,
    /// In the order of the file, the same.
    listed: Vec<(String, String)>,
    pattern: Option<Regex>,
    ignores_case: bool,
}

/// A text in which words were replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// The first word that was, as the file has it.
    pub word: String,
    /// What stands in its place.
    pub form: String,
    /// The text as it is now.
    pub text: String,
}

/// Why a file is no house style.
#[derive(Debug, thiserror::Error)]
pub enum HouseStyleError {
    /// It cannot be read.
    #[error("the house style {} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is longer than allowed.
    #[error("the house style has {bytes} bytes, more than limits.max_house_style_bytes = {limit}")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The configured limit.
        limit: usize,
    },
    /// It is not TOML of this form.
    #[error("the house style is not as docs/options.md has it: {0}")]
    Shape(String),
    /// A word or name that cannot be looked for.
    #[error("the house style: {word:?} {reason}")]
    Entry {
        /// The word.
        word: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl HouseStyleError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Read { .. } => "check editorial.house_style and the file's permissions",
            Self::TooLong { .. } => "shorten the file, or raise the limit in the configuration",
            Self::Shape(_) | Self::Entry { .. } => {
                "correct the file; docs/options.md has an example"
            }
        }
    }
}

impl HouseStyle {
    /// Reads a file of at most so many bytes.
    ///
    /// # Errors
    /// [`HouseStyleError`] says what is wrong with it.
    pub fn load(path: &Path, most_bytes: usize) -> Result<Self, HouseStyleError> {
        let text = std::fs::read_to_string(path).map_err(|source| HouseStyleError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text, most_bytes)
    }

    /// The same, of a text.
    ///
    /// # Errors
    /// [`HouseStyleError`] says what is wrong with it.
    pub fn parse(text: &str, most_bytes: usize) -> Result<Self, HouseStyleError> {
        if text.len() > most_bytes {
            return Err(HouseStyleError::TooLong {
                bytes: text.len(),
                limit: most_bytes,
            });
        }
        let shape = |error: toml::de::Error| HouseStyleError::Shape(error.message().to_owned());
        let written: Written = toml::from_str(text).map_err(shape)?;
        let avoided = written.avoid.into_iter().map(|it| (it, String::new()));
        let names = written.names.into_iter();
        let named = names
            .flat_map(|(form, others)| others.into_iter().map(move |other| (other, form.clone())));
        let style = Self {
            sha256: hex_sha256(text.as_bytes()),
            avoided: Entries::new(avoided, true)?,
            preferred: Entries::new(written.prefer.into_iter(), true)?,
            named: Entries::new(named, false)?,
        };
        style.check()?;
        Ok(style)
    }

    /// SHA-256 of the file, in lower-case hex.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The first word of `text` that is not printed, as the file has it.
    #[must_use]
    pub fn avoided(&self, text: &str) -> Option<&str> {
        let (word, _) = self.avoided.found(text).next()?.1;
        Some(word)
    }

    /// The text with the preferred words; `None` when it has none of the others.
    #[must_use]
    pub fn preferred(&self, text: &str) -> Option<Replaced> {
        self.preferred.replaced(text)
    }

    /// The text with names as the house writes them; `None` when they are.
    #[must_use]
    pub fn named(&self, text: &str) -> Option<Replaced> {
        self.named.replaced(text)
    }

    /// Whether a text has a word that the house does not print or has another one for.
    #[must_use]
    pub fn objects(&self, text: &str) -> bool {
        self.avoided(text).is_some() || self.preferred.found(text).next().is_some()
    }

    /// Words that are not printed, in the order of the file.
    pub fn words_to_avoid(&self) -> impl Iterator<Item = &str> {
        self.avoided.listed.iter().map(|(word, _)| word.as_str())
    }

    /// Words and names with what is printed instead.
    pub fn forms(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.named.listed.iter().chain(&self.preferred.listed);
        all.map(|(word, form)| (word.as_str(), form.as_str()))
    }

    /// Refuses a form that the file itself does not want printed.
    fn check(&self) -> Result<(), HouseStyleError> {
        for (word, form) in self.forms() {
            let is_unwanted = self.objects(form) || self.named.found(form).next().is_some();
            if form.is_empty() || is_unwanted {
                return Err(HouseStyleError::Entry {
                    word: word.to_owned(),
                    reason: "is replaced by what the file replaces or avoids",
                });
            }
        }
        for (word, _) in &self.preferred.listed {
            if self.avoided(word).is_some() {
                return Err(HouseStyleError::Entry {
                    word: word.clone(),
                    reason: "is both to be avoided and to be replaced",
                });
            }
        }
        Ok(())
    }
}

impl PartialEq for HouseStyle {
    fn eq(&self, other: &Self) -> bool {
        self.sha256 == other.sha256
    }
}

impl Eq for HouseStyle {}

impl fmt::Debug for HouseStyle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("HouseStyle");
        shown.field("sha256", &self.sha256).finish_non_exhaustive()
    }
}

impl Entries {
    fn new(
        entries: impl Iterator<Item = (String, String)>,
        ignores_case: bool,
    ) -> Result<Self, HouseStyleError> {
        let mut found = Self {
            ignores_case,
            ..Self::default()
        };
        for (word, form) in entries {
            for text in [&word, &form] {
                check_entry(text)?;
            }
            if word.is_empty() {
                return Err(entry_error(&word, "is empty"));
            }
            let looked_up = found.key(&word);
            let entry = (word.clone(), form.clone());
            if found.forms.insert(looked_up, entry.clone()).is_some() {
                return Err(entry_error(&word, "stands there twice"));
            }
            found.listed.push(entry);
        }
        found.pattern = pattern(&found.listed, ignores_case)?;
        Ok(found)
    }

    fn key(&self, word: &str) -> String {
        match self.ignores_case {
            true => word.to_lowercase(),
            false => word.to_owned(),
        }
    }

    /// Where its words stand outside quotation marks, in order.
    fn found<'s, 't>(
        &'s self,
        text: &'t str,
    ) -> impl Iterator<Item = (regex::Match<'t>, (&'s str, &'s str))> {
        let quoted = quoted(text);
        let matches = self.pattern.iter().flat_map(|it| it.find_iter(text));
        let own = matches.filter(move |it| !quoted.iter().any(|range| range.contains(&it.start())));
        own.filter_map(|it| {
            let (word, form) = self.forms.get(&self.key(it.as_str()))?;
            Some((it, (word.as_str(), form.as_str())))
        })
    }

    fn replaced(&self, text: &str) -> Option<Replaced> {
        let (mut out, mut at) = (String::with_capacity(text.len()), 0);
        let mut first = None;
        for (place, (word, form)) in self.found(text) {
            first.get_or_insert((word, form));
            out.push_str(&text[at..place.start()]);
            out.push_str(&cased(form, place.as_str()));
            at = place.end();
        }
        let (word, form) = first?;
        out.push_str(&text[at..]);
        Some(Replaced {
            word: word.to_owned(),
            form: form.to_owned(),
            text: out,
        })
    }
}

/// One pattern for all words, the longest first, whole words only.
fn pattern(
    entries: &[(String, String)],
    ignores_case: bool,
) -> Result<Option<Regex>, HouseStyleError> {
    if entries.is_empty() {
        return Ok(None);
    }
    let mut words: Vec<&str> = entries.iter().map(|(word, _)| word.as_str()).collect();
    words.sort_by_key(|word| (std::cmp::Reverse(word.len()), *word));
    let bounded = |word: &&str| {
        let edge = |c: Option<char>| match c.is_some_and(char::is_alphanumeric) {
            true => r"\b",
            false => "",
        };
        let (first, last) = (word.chars().next(), word.chars().next_back());
        format!("{}{}{}", edge(first), regex::escape(word), edge(last))
    };
    let words: Vec<String> = words.iter().map(bounded).collect();
    let built = RegexBuilder::new(&words.join("|"))
        .case_insensitive(ignores_case)
        .size_limit(MAX_COMPILED_BYTES)
        .build();
    let failed = |error: regex::Error| HouseStyleError::Shape(error.to_string());
    built.map(Some).map_err(failed)
}

fn check_entry(text: &str) -> Result<(), HouseStyleError> {
    if text.len() > MAX_ENTRY_BYTES {
        return Err(entry_error(text, "has more than 100 bytes"));
    }
    if text
        .chars()
        .any(|c| c.is_control() || matches!(c, '"' | '“' | '”'))
    {
        let reason = "has quotation marks or control characters";
        return Err(entry_error(text, reason));
    }
    match text.trim() == text {
        true => Ok(()),
        false => Err(entry_error(text, "begins or ends with a blank")),
    }
}

fn entry_error(word: &str, reason: &'static str) -> HouseStyleError {
    HouseStyleError::Entry {
        word: word.to_owned(),
        reason,
    }
}

/// The form with a capital where the word in its place had one.
fn cased(form: &str, word: &str) -> String {
    match word.starts_with(char::is_uppercase) {
        true => capitalised(form),
        false => form.to_owned(),
    }
}

/// What stands between quotation marks; a mark that none closes quotes nothing.
fn quoted(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let mut open: Option<(usize, char)> = None;
    for (at, mark) in text.char_indices() {
        match (open, mark) {
            (None, '"') => open = Some((at, '"')),
            (None, '“') => open = Some((at, '”')),
            (Some((start, close)), mark) if mark == close => {
                ranges.push(start..at);
                open = None;
            }
            _ => {}
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: &str = r#"
        avoid = ["slams", "game-changer"]
        [prefer]
        utilise = "use"
        "per cent" = "percent"
        [names]
        Kyiv = ["Kiev"]
        "U.S." = ["US", "USA"]
    "#;

    fn style() -> HouseStyle {
        HouseStyle::parse(FILE, 4096).unwrap()
    }

    fn named(text: &str) -> Option<String> {
        style().named(text).map(|it| it.text)
    }

    #[test]
    fn whole_words_are_found_in_any_case_and_outside_quotations() {
        let style = style();
        assert_eq!(style.avoided("Mayor SLAMS the plan."), Some("slams"));
        assert_eq!(
            style.avoided("A game-changer, he said."),
            Some("game-changer")
        );
        for fine in [
            "Mayor slammed it.",
            "He said: “She slams doors.”",
            "\"Slams,\" he said.",
            "Grandslams are rare.",
        ] {
            assert_eq!(style.avoided(fine), None, "{fine}");
        }
        assert_eq!(
            style.avoided("An open \" and she slams doors."),
            Some("slams")
        );
    }

    #[test]
    fn words_are_replaced_with_their_capitals() {
        let replaced = style()
            .preferred("Utilise 5 per cent and utilise more.")
            .unwrap();
        assert_eq!(replaced.text, "Use 5 percent and use more.");
        assert_eq!(
            (replaced.word.as_str(), replaced.form.as_str()),
            ("utilise", "use")
        );
        assert_eq!(style().preferred("They use it."), None);
    }

    #[test]
    fn names_are_told_by_their_case() {
        assert_eq!(
            named("Kiev's mayor left Kiev.").as_deref(),
            Some("Kyiv's mayor left Kyiv.")
        );
        assert_eq!(
            named("It tells us of the US.").as_deref(),
            Some("It tells us of the U.S..")
        );
        assert_eq!(named("The kiev was cold in Kyiv."), None);
        assert_eq!(named("He said: “Kiev is mine.”"), None);
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        for (file, told) in [
            (
                "avoid = [\"a\"]\n[prefer]\nb = \"a\"",
                "\"b\" is replaced by",
            ),
            ("[names]\nA = [\"B\"]\nB = [\"C\"]", "is replaced by"),
            ("avoid = [\"a\"]\n[prefer]\na = \"b\"", "both to be avoided"),
            ("avoid = [\"a\", \"A\"]", "twice"),
            ("avoid = [\"\"]", "is empty"),
            ("avoid = [\" a\"]", "blank"),
            ("avoid = [\"a\\nb\"]", "control characters"),
            ("[prefer]\na = \"\"", "is replaced by"),
            ("avoids = []", "avoids"),
            ("avoid = 1", "not as docs/options.md has it"),
        ] {
            let refused = HouseStyle::parse(file, 4096).unwrap_err().to_string();
            assert!(refused.contains(told), "{file}: {refused}");
        }
        let long = HouseStyle::parse(FILE, 20).unwrap_err().to_string();
        assert!(long.contains("limits.max_house_style_bytes = 20"), "{long}");
    }

    #[test]
    fn the_largest_file_is_read() {
        let words: Vec<String> = (0..15_000).map(|at| format!("\"word{at}é\"")).collect();
        let file = format!("avoid = [{}]", words.join(","));
        let style = HouseStyle::parse(&file, 256 << 10).unwrap();
        assert_eq!(style.avoided("a WORD14999É b"), Some("word14999é"));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(?:[a-z “”\"]|Kiev|slams|utilise|É){0,40}") {
            let style = style();
            let _ = style.avoided(&text);
            if let Some(replaced) = style.named(&text) {
                prop_assert!(replaced.text.contains("Kyiv"));
                prop_assert_eq!(style.named(&replaced.text), None);
            }
        }
    }
}
