//! What is printed of a digest, in order: the parts that were asked for and that
//! have something to show, as lines, with their headings. Escapes nothing; that
//! is the writers' part.

use crate::config::{Part, SummaryStyle, TOPIC};
use crate::digest::{Digest, Pair, Passage, SummaryForm};

use super::line::Line;
use super::options::RenderOptions;

pub(super) struct View {
    pub(super) summary: Option<Summary>,
    pub(super) faq: Option<Faq>,
    pub(super) related: Option<Related>,
    pub(super) disclosure: Option<Line>,
}

pub(super) enum Summary {
    Paragraph(Line),
    Points { heading: Line, points: Vec<Line> },
}

pub(super) struct Faq {
    pub(super) heading: Line,
    pub(super) pairs: Vec<Question>,
}

pub(super) struct Question {
    pub(super) question: Line,
    pub(super) answer: Line,
}

pub(super) struct Related {
    pub(super) heading: Line,
    pub(super) topics: Vec<Topic>,
}

pub(super) struct Topic {
    pub(super) text: Line,
    /// An address that needs no escaping but that of `&`.
    pub(super) link: Option<String>,
}

impl View {
    /// `None` when there is nothing to show.
    pub(super) fn new(digest: &Digest, options: &RenderOptions) -> Option<Self> {
        let parts = &options.parts;
        let view = Self {
            summary: (digest.summary.as_ref())
                .filter(|_| parts.has(Part::Summary))
                .and_then(|summary| Summary::new(summary, digest.summary_form, options)),
            faq: parts
                .has(Part::Faq)
                .then(|| Faq::new(digest, options))
                .flatten(),
            related: parts
                .has(Part::Related)
                .then(|| Related::new(digest, options))
                .flatten(),
            disclosure: (options.disclosure)
                .then(|| Line::new(&options.labels.disclosure))
                .flatten(),
        };
        (view.summary.is_some() || view.faq.is_some() || view.related.is_some()).then_some(view)
    }
}

impl Summary {
    fn new(summary: &Passage, form: SummaryForm, options: &RenderOptions) -> Option<Self> {
        let points = || -> Vec<Line> {
            let sentences = summary.sentences.iter();
            sentences.filter_map(|it| Line::new(&it.text)).collect()
        };
        let is_list = match options.summary_style {
            SummaryStyle::Auto => form == SummaryForm::KeyPoints,
            SummaryStyle::Paragraph => false,
            SummaryStyle::Points => true,
        };
        if !is_list {
            return Line::new(&summary.text).map(Self::Paragraph);
        }
        let points = Some(points()).filter(|points| !points.is_empty())?;
        let heading = Line::new(&options.labels.key_points)?;
        Some(Self::Points { heading, points })
    }
}

impl Faq {
    fn new(digest: &Digest, options: &RenderOptions) -> Option<Self> {
        let pairs: Vec<Question> = digest.faq.iter().filter_map(Question::new).collect();
        let labels = &options.labels;
        let heading = heading(digest, &labels.faq_about, &labels.faq)?;
        (!pairs.is_empty()).then_some(Self { heading, pairs })
    }
}

impl Question {
    fn new(pair: &Pair) -> Option<Self> {
        Some(Self {
            question: Line::new(&pair.question)?,
            answer: Line::new(&pair.answer.text)?,
        })
    }
}

impl Related {
    fn new(digest: &Digest, options: &RenderOptions) -> Option<Self> {
        let topics = digest.related.iter().filter_map(|phrase| {
            let text = Line::new(phrase)?;
            let pattern = options.tag_link.as_ref();
            let link = pattern.and_then(|pattern| pattern.link(text.as_str()));
            Some(Topic { text, link })
        });
        let topics: Vec<Topic> = topics.collect();
        let labels = &options.labels;
        let heading = heading(digest, &labels.related_about, &labels.related)?;
        (!topics.is_empty()).then_some(Self { heading, topics })
    }
}

/// The heading that names the topic, or the one that needs none.
fn heading(digest: &Digest, with_topic: &str, without: &str) -> Option<Line> {
    let topic = digest.topic.as_deref().and_then(Line::new);
    match topic {
        Some(topic) => Line::new(&with_topic.replace(TOPIC, topic.as_str())),
        None => Line::new(without),
    }
}
