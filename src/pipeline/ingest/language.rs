//! Names the language of an article, or says nothing. Refusing is the caller's
//! business.

use std::sync::LazyLock;

use lingua::{LanguageDetector, LanguageDetectorBuilder};

use crate::pipeline::article::Article;

/// Languages that an article can be in, by their ISO 639-1 codes: those that the
/// prompts and checks speak.
pub const LANGUAGES: &[&str] = &["en"];

/// The language of that code, if an article can be in it.
#[must_use]
pub fn language(code: &str) -> Option<&'static str> {
    LANGUAGES.iter().copied().find(|known| *known == code)
}

/// Characters looked at: enough to be certain, little enough to be quick.
const SAMPLE_CHARS: usize = 2_000;
/// Below this a quotation or a list of names decides.
///
/// From here on the detector uses trigrams alone, which is all that its low
/// accuracy mode would save; that mode also lets a single foreign name decide
/// the language of an article.
const MIN_SAMPLE_CHARS: usize = 160;
/// Words of a block that reads as running text and not as a list of places.
const MIN_RUNNING_WORDS: usize = 8;
/// Confidence, in `0..=1`, below which a guess is no answer.
const MIN_CONFIDENCE: f64 = 0.9;

/// Loads its tables on first use, once per process.
static DETECTOR: LazyLock<LanguageDetector> =
    LazyLock::new(|| LanguageDetectorBuilder::from_all_languages().build());

/// ISO 639-1 code of the article's language; `None` when it cannot be told.
pub(super) fn detect(article: &Article) -> Option<&'static str> {
    let sample = sample(article);
    if sample.chars().count() < MIN_SAMPLE_CHARS && !is_dense(&sample) {
        return None;
    }
    let ranked = DETECTOR.compute_language_confidence_values(sample);
    let (language, confidence) = ranked.first()?;
    (*confidence >= MIN_CONFIDENCE).then(|| code(*language))
}

/// The first running text; labels, names and headings only when there is none.
fn sample(article: &Article) -> String {
    let is_running = |text: &&str| text.split(' ').nth(MIN_RUNNING_WORDS - 1).is_some();
    let texts = || article.blocks.iter().map(|block| article.block_text(block));
    let running = joined(texts().filter(is_running));
    if running.is_empty() {
        return joined(texts());
    }
    running
}

fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts
        .flat_map(|text| text.chars().chain([' ']))
        .take(SAMPLE_CHARS)
        .collect()
}

/// Whether a few characters already say much, as in Chinese.
fn is_dense(sample: &str) -> bool {
    sample
        .chars()
        .filter(|character| ('\u{3040}'..='\u{d7a3}').contains(character))
        .count()
        >= MIN_SAMPLE_CHARS / 4
}

/// The code as a static string; the list is that of the features in Cargo.toml.
fn code(language: lingua::Language) -> &'static str {
    use lingua::Language;
    match language {
        Language::Arabic => "ar",
        Language::Chinese => "zh",
        Language::Dutch => "nl",
        Language::English => "en",
        Language::French => "fr",
        Language::German => "de",
        Language::Italian => "it",
        Language::Japanese => "ja",
        Language::Korean => "ko",
        Language::Polish => "pl",
        Language::Portuguese => "pt",
        Language::Russian => "ru",
        Language::Spanish => "es",
        Language::Turkish => "tr",
    }
}
