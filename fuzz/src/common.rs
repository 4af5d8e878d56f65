//! What every reader of articles promises, whatever it is given; and a digest of nothing, for
//! those who fill it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use afterword::config::{Limits, Settings};
use afterword::digest::{Digest, Provenance};
use afterword::pipeline::article::Article;
use afterword::pipeline::ingest::read;
use afterword::pipeline::{Input, SourceKind, SourceScope};
use afterword::text::sentences::sentences;

/// The default limits.
static LIMITS: LazyLock<Limits> = LazyLock::new(|| {
    Settings::from_toml("", "fuzz")
        .expect("the defaults are valid")
        .limits
});

/// Reads `bytes`, and holds the article to its promises.
pub(crate) fn check(bytes: &[u8], kind: SourceKind, charset: Option<&str>) -> Option<Article> {
    let input = Input {
        bytes: bytes.to_vec(),
        kind,
        scope: SourceScope::Auto,
        title: None,
        charset: charset.map(str::to_owned),
        language: None,
    };
    let article = read(&input, &LIMITS).ok()?;
    let mut end = 0;
    for block in &article.blocks {
        let text = article.text.get(block.span.range()).expect("on boundaries");
        assert!(block.span.start >= end && !text.is_empty() && text == text.trim());
        end = block.span.end;
        for span in sentences(text) {
            let span = span.shifted(block.span.start);
            if let Some(place) = article.origin.input(span) {
                assert!(place.start <= place.end && place.end <= bytes.len());
            }
        }
    }
    let dropped = article.dropped.iter().filter_map(|it| it.input);
    let findings = article.findings.iter().filter_map(|it| it.input);
    let faqs = article.older_faqs.iter().filter_map(|it| it.input);
    for place in dropped.chain(findings).chain(faqs) {
        assert!(place.start <= place.end && place.end <= bytes.len());
    }
    Some(article)
}

/// A digest that has nothing but a topic.
pub(crate) fn bare_digest(topic: Option<String>) -> Digest {
    Digest {
        topic,
        summary: None,
        summary_form: Default::default(),
        faq: Vec::new(),
        related: Vec::new(),
        refused: Vec::new(),
        notices: Vec::new(),
        provenance: Provenance {
            model: "fuzz".to_owned(),
            model_sha256: None,
            model_source_sha256: None,
            prompt_version: String::new(),
            pipeline_version: String::new(),
            house_style_sha256: None,
            source_sha256: String::new(),
            source_words: 0,
            source_words_read: 0,
            timings_ms: BTreeMap::new(),
        },
        source: None,
    }
}
