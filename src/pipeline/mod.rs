//! From an article to a digest in seven stages, each owning its output type:
//! `ingest -> understand -> plan -> generate -> verify -> select -> render`.
//!
//! Only `generate` waits for a model. Nothing here knows HTTP or the terminal.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use crate::config::{HouseStyle, Limits};
use crate::digest::{Digest, EXTRACTIVE, Notice, NoticeCode, Provenance};
use crate::engine::Engine;
use crate::text::hex::hex_sha256;

pub mod article;
pub mod draft;
mod early;
pub mod error;
pub mod extractive;
pub mod generate;
pub mod ingest;
pub mod observe;
pub mod options;
pub mod plan;
pub mod render;
pub mod select;
pub mod understand;
pub mod verify;

pub use generate::Fences;

use article::Article;
use draft::Drafts;
use early::Early;
use error::PipelineError;
use observe::{Nobody, Observer, Stage, Teller};
use options::DigestOptions;
use understand::Understanding;

/// An article as a caller sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The body, as sent.
    pub bytes: Vec<u8>,
    /// What the bytes are.
    pub kind: SourceKind,
    /// How much of it is the article.
    pub scope: SourceScope,
    /// The title, when the caller knows it and the body does not carry it.
    pub title: Option<String>,
    /// The charset's label, when the caller knows it; else the bytes tell.
    pub charset: Option<String>,
    /// The language, one of [`ingest::LANGUAGES`], when the caller knows it; else the
    /// text tells.
    pub language: Option<&'static str>,
}

/// What an input's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// Plain text, paragraphs apart by blank lines.
    Text,
    /// HTML: a body fragment or a whole page.
    Html,
    /// CommonMark.
    Markdown,
}

/// How much of an HTML source is the article.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SourceScope {
    /// To be told by the source itself.
    #[default]
    Auto,
    /// All: the body of an article as a content system holds it.
    Body,
    /// A part: a whole page, out of which the article has to be found.
    Page,
}

/// Who drafts.
#[derive(Clone)]
pub enum Author {
    /// A language model.
    Model(Arc<dyn Engine>),
    /// No model: salient sentences and template questions.
    Extractive,
}

/// Everything between an article and its digest.
pub struct Pipeline {
    /// The bounds that inputs are held to.
    pub limits: Limits,
    /// Who drafts.
    pub author: Author,
    /// The words of the house, if it has some.
    pub house_style: Option<Arc<HouseStyle>>,
    /// What an article stands in where a model reads it.
    pub fences: Fences,
}

/// Version of the pipeline: changes whenever the same draft could give another
/// digest.
pub const PIPELINE_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "+14");

impl Pipeline {
    /// Reads the article, drafts, verifies, selects. Within a tokio runtime that has a
    /// clock.
    ///
    /// # Errors
    /// [`PipelineError`] says why there is no digest; a digest with fewer items
    /// than asked for is no error.
    pub async fn digest(
        &self,
        input: &Input,
        options: &DigestOptions,
    ) -> Result<Digest, PipelineError> {
        self.digest_observed(input, options, &Nobody).await
    }

    /// The same, and tells `observer` of stages, items and refusals on the way.
    ///
    /// # Errors
    /// As [`Pipeline::digest`].
    pub async fn digest_observed(
        &self,
        input: &Input,
        options: &DigestOptions,
        observer: &dyn Observer,
    ) -> Result<Digest, PipelineError> {
        let most = self.limits.max_digest;
        let making = self.make(input, options, observer);
        // Who is late is dropped, and the engine with it has nobody to work for.
        let made = timeout(most, making).await;
        made.unwrap_or(Err(PipelineError::TookTooLong {
            seconds: most.as_secs(),
        }))
    }

    async fn make(
        &self,
        input: &Input,
        options: &DigestOptions,
        observer: &dyn Observer,
    ) -> Result<Digest, PipelineError> {
        let teller = Teller::new(observer);
        let mut clock = Clock::start();
        teller.stage(Stage::Ingest);
        let article = ingest::ingest(input, &self.limits)?;
        let understanding = understand::understand(&article);
        clock.lap("ingest");
        let enough = self.limits.min_article_facts;
        let options = options.clone().in_style(self.house_style.clone());
        let options = &options.fitted_to(understanding.facts, enough);
        teller.stage(Stage::Generate);
        let verifier = verify::Verifier::new(&article, &understanding, options);
        let early = Early::new(&teller, &verifier);
        let reading = Reading {
            article: &article,
            understanding: &understanding,
            options,
        };
        let (drafts, words_read) = self.draft(&reading, &early, &mut clock).await?;
        teller.stage(Stage::Verify);
        let verified = verifier.verify(drafts);
        let provenance = self.provenance(&article, options, words_read);
        let mut digest = select::select(&understanding, verified, options, provenance);
        digest.notices.extend(little_to_say(&understanding, enough));
        digest.notices.extend(ingest::notices(&article));
        digest.notices.extend(other_names(&article, options));
        teller.digest(&digest);
        clock.lap("verify");
        digest.provenance.timings_ms = clock.finish();
        digest.source = options.include_source.then_some(article.text);
        Ok(digest)
    }

    async fn draft(
        &self,
        reading: &Reading<'_>,
        early: &Early<'_>,
        clock: &mut Clock,
    ) -> Result<(Drafts, usize), PipelineError> {
        let Reading {
            article,
            understanding,
            options,
        } = *reading;
        let plain = extractive::draft(article, understanding, options);
        let (drafts, words_read) = match self.author(options) {
            Author::Extractive => (plain, understanding.words_read(article)),
            Author::Model(engine) => {
                let told = (options, &self.fences);
                let generated =
                    generate::generate(engine.as_ref(), article, understanding, told, early)
                        .await?;
                clock.note("prefill", generated.prefill_ms);
                clock.note("decode", generated.decode_ms);
                // The model's sentences on the parts of a long article fill in
                // before the article's own.
                let mut spare = plain.main;
                spare.summaries.insert(0, generated.parts);
                spare.summaries.extend(plain.spare.summaries);
                let main = generated.draft;
                (Drafts { main, spare }, generated.words_read)
            }
        };
        whole(words_read, article.words())?;
        clock.lap("generate");
        Ok((drafts, words_read))
    }

    /// Who drafts, where these options are asked for.
    fn author(&self, options: &DigestOptions) -> &Author {
        if options.without_model {
            return &Author::Extractive;
        }
        &self.author
    }

    fn provenance(
        &self,
        article: &Article,
        options: &DigestOptions,
        words_read: usize,
    ) -> Provenance {
        let model = match self.author(options) {
            Author::Extractive => None,
            Author::Model(engine) => Some(engine.model()),
        };
        Provenance {
            model: model.map_or_else(|| EXTRACTIVE.to_owned(), |it| it.name.clone()),
            model_sha256: model.and_then(|it| it.sha256.clone()),
            model_source_sha256: model.and_then(|it| it.source_sha256.clone()),
            prompt_version: generate::version_for(options),
            pipeline_version: PIPELINE_VERSION.to_owned(),
            house_style_sha256: options
                .house_style
                .as_ref()
                .map(|it| it.sha256().to_owned()),
            source_sha256: hex_sha256(article.text.as_bytes()),
            source_words: article.words(),
            source_words_read: words_read,
            timings_ms: BTreeMap::new(),
        }
    }
}

/// An article that was read and understood, and what is wanted of it.
#[derive(Clone, Copy)]
struct Reading<'a> {
    article: &'a Article,
    understanding: &'a Understanding,
    options: &'a DigestOptions,
}

/// Refuses a digest of an article that was not read whole: what it leaves out
/// could change what it says.
fn whole(read: usize, words: usize) -> Result<(), PipelineError> {
    if read == words {
        return Ok(());
    }
    Err(PipelineError::NotReadWhole { read, words })
}

/// What is said of an article with fewer than `enough` facts.
fn little_to_say(understanding: &Understanding, enough: usize) -> Option<Notice> {
    let facts = understanding.facts;
    (facts < enough).then(|| Notice {
        code: NoticeCode::LittleToSay,
        detail: format!(
            "the article states {facts} facts, fewer than limits.min_article_facts = {enough}: \
             the digest is short"
        ),
        input: None,
    })
}

/// What is said of an article that writes a name in another way than the house: the
/// digest keeps to what the article has.
fn other_names(article: &Article, options: &DigestOptions) -> Option<Notice> {
    let found = options.house_style.as_ref()?.named(&article.text)?;
    let (word, form) = (found.word, found.form);
    Some(Notice {
        code: NoticeCode::HouseStyle,
        detail: format!(
            "the article has “{word}” where the house style has “{form}”: where the article \
             does not have “{form}” too, the digest writes the name as the article does"
        ),
        input: None,
    })
}

/// Milliseconds per stage.
struct Clock {
    started: Instant,
    lap: Instant,
    timings: BTreeMap<String, u64>,
}

impl Clock {
    fn start() -> Self {
        let now = Instant::now();
        Self {
            started: now,
            lap: now,
            timings: BTreeMap::new(),
        }
    }

    /// Ends a stage that began where the last one ended.
    fn lap(&mut self, stage: &str) {
        let now = Instant::now();
        self.note(stage, millis(now - self.lap));
        self.lap = now;
    }

    fn note(&mut self, stage: &str, milliseconds: u64) {
        self.timings.insert(stage.to_owned(), milliseconds);
    }

    fn finish(mut self) -> BTreeMap<String, u64> {
        self.note("total", millis(self.started.elapsed()));
        self.timings
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_of_a_part_is_refused() {
        assert!(whole(400, 400).is_ok());
        let error = whole(399, 400).expect_err("a word is missing");
        assert_eq!(error.code(), "not_read_whole");
        assert!(error.to_string().contains("399 of the article's 400"));
    }
}
