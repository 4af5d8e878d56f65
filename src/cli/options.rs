//! The arguments that say what a digest is to be like, the same wherever digests are
//! made. The pipeline checks them.

use std::collections::BTreeMap;

use clap::builder::PossibleValuesParser;

use crate::config::{Choice, Limits};
use crate::digest::SummaryForm;
use crate::pipeline::options::{DigestOptions, OptionsRequest, ReadingLevel, Tone};

use super::exit::Failure;

/// What a digest is to be like.
#[derive(clap::Args)]
pub(super) struct OptionArgs {
    /// FAQ pairs at most [default: 8].
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    /// Words per answer at most [default: 60].
    #[arg(long, value_name = "N")]
    max_answer_words: Option<usize>,
    /// Put the text that was read into the JSON.
    #[arg(long)]
    include_source: bool,
    /// The summary: a sentence or two, two to four, or a list of points [default: medium].
    #[arg(long, value_name = "FORM", value_parser = names::<SummaryForm>())]
    summary: Option<String>,
    /// How the model is asked to speak; no check changes with it [default: neutral].
    #[arg(long, value_name = "TONE", value_parser = names::<Tone>())]
    tone: Option<String>,
    /// How easy to read the model is asked to be [default: default].
    #[arg(long, value_name = "LEVEL", value_parser = names::<ReadingLevel>())]
    reading_level: Option<String>,
}

impl OptionArgs {
    /// The options, checked.
    pub(super) fn check(&self, limits: &Limits) -> Result<DigestOptions, Failure> {
        let request = OptionsRequest {
            count: self.count,
            max_answer_words: self.max_answer_words,
            include_source: self.include_source,
            summary: self.summary.clone(),
            tone: self.tone.clone(),
            reading_level: self.reading_level.clone(),
            // `--engine` says who drafts.
            without_model: false,
        };
        Ok(DigestOptions::check(&request, limits)?)
    }
}

/// The options by their names here. What was added to the first three stands there
/// only where it is not the default: runs that were begun before do not know it.
pub(super) fn describe(options: &DigestOptions) -> BTreeMap<String, String> {
    let words = options.max_answer_words.to_string();
    let mut described = BTreeMap::from([
        ("--count".to_owned(), options.count.to_string()),
        ("--max-answer-words".to_owned(), words),
        (
            "--include-source".to_owned(),
            options.include_source.to_string(),
        ),
    ]);
    let others = [
        (
            "--summary",
            options.summary.name(),
            options.summary.is_default(),
        ),
        ("--tone", options.tone.name(), options.tone.is_default()),
        (
            "--reading-level",
            options.reading_level.name(),
            options.reading_level.is_default(),
        ),
    ];
    let others = others.into_iter().filter(|(.., is_default)| !is_default);
    described.extend(others.map(|(option, name, _)| (option.to_owned(), name.to_owned())));
    described
}

/// A value that is one of the names of a choice.
fn names<T: Choice>() -> PossibleValuesParser {
    PossibleValuesParser::new(T::CHOICES.iter().map(|(name, _)| *name))
}
