//! What is printed of a digest, and with which texts: the checked `[render]` and
//! `[labels]`. Reads names; prints nothing.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::text::links::LinkPattern;

use super::Settings;

/// What is printed of a digest where a request does not say otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderSettings {
    /// The name of the label set in use; [`RenderSettings::label_sets`] has it.
    pub labels: String,
    /// All label sets by name.
    pub label_sets: BTreeMap<String, Labels>,
    /// Which parts are printed.
    pub parts: Parts,
    /// The form of the summary.
    pub summary_style: SummaryStyle,
    /// The form of the pairs in HTML.
    pub faq_style: FaqStyle,
    /// Where related topics link to.
    pub tag_link: Option<LinkPattern>,
    /// Whether a sentence says how the section was made.
    pub disclosure: bool,
    /// Whether HTML and the details blocks carry JSON-LD.
    pub json_ld: bool,
    /// Whether JSON-LD says `digitalSourceType`.
    pub digital_source_type: bool,
}

/// The texts that stand beside the article's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// Heading of the questions when there is no topic.
    pub faq: String,
    /// Heading of the questions, with [`TOPIC`] in it.
    pub faq_about: String,
    /// Heading of the related topics when there is no topic.
    pub related: String,
    /// Heading of the related topics, with [`TOPIC`] in it.
    pub related_about: String,
    /// Heading of a summary in points.
    pub key_points: String,
    /// The sentence that says how the section was made.
    pub disclosure: String,
}

/// Stands for the topic in [`Labels::faq_about`] and [`Labels::related_about`].
pub const TOPIC: &str = "{topic}";

/// The label sets that every installation has: headings by which output of ours
/// is known where only its text is left.
#[must_use]
pub fn built_in_labels() -> &'static BTreeMap<String, Labels> {
    static SETS: LazyLock<BTreeMap<String, Labels>> = LazyLock::new(|| {
        let settings = Settings::load(None);
        settings.map_or_else(|_| BTreeMap::new(), |it| it.render.label_sets)
    });
    &SETS
}

/// A choice between a few things by their names.
pub trait Choice: Copy + 'static {
    /// What there is to choose from.
    const CHOICES: &'static [(&'static str, Self)];

    /// The choice of that name.
    #[must_use]
    fn named(name: &str) -> Option<Self> {
        let found = Self::CHOICES.iter().find(|(known, _)| *known == name);
        found.map(|(_, choice)| *choice)
    }

    /// Its own name.
    #[must_use]
    fn name(self) -> &'static str
    where
        Self: PartialEq,
    {
        let found = Self::CHOICES.iter().find(|(_, choice)| *choice == self);
        found.map_or("", |(name, _)| name)
    }

    /// All names, for messages.
    #[must_use]
    fn names() -> String {
        let names: Vec<&str> = Self::CHOICES.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }
}

/// The form of a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SummaryStyle {
    /// As the digest has it: points where points were asked for.
    Auto,
    /// Running text.
    Paragraph,
    /// A list with one item for each sentence.
    Points,
}

impl Choice for SummaryStyle {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("auto", Self::Auto),
        ("paragraph", Self::Paragraph),
        ("points", Self::Points),
    ];
}

/// The form of pairs in HTML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaqStyle {
    /// `<details>`: answers fold away.
    Details,
    /// A heading and a paragraph.
    Headings,
}

impl Choice for FaqStyle {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("details", Self::Details), ("headings", Self::Headings)];
}

/// A part of a digest that is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The summary.
    Summary,
    /// The questions with their answers.
    Faq,
    /// The related topics.
    Related,
}

impl Choice for Part {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("summary", Self::Summary),
        ("faq", Self::Faq),
        ("related", Self::Related),
    ];
}

/// Which parts of a digest are printed; never none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts(Vec<Part>);

impl Parts {
    /// What a list of parts has to be, for messages.
    pub const ALLOWED: &'static str = "one or more of summary, faq, related";

    /// Reads names; `None` when one is unknown or there is none.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let parts: Option<Vec<Part>> = names.into_iter().map(Part::named).collect();
        parts.filter(|parts| !parts.is_empty()).map(Self)
    }

    /// Whether `part` is printed.
    #[must_use]
    pub fn has(&self, part: Part) -> bool {
        self.0.contains(&part)
    }
}
