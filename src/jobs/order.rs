//! An article with its options, packed for the store and unpacked for a worker,
//! and the hashes that name it. Pure.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::digest::SummaryForm;
use crate::lane::Lane;
use crate::pipeline::options::{DigestOptions, ReadingLevel, Tone};
use crate::pipeline::{Input, SourceKind, SourceScope};
use crate::pipeline::{generate, ingest};
use crate::store::Order;
use crate::text::hex::hex;

use super::digester::Maker;

/// Everything of an order but its bytes, as stored. A worker that does not know
/// a field must not ignore it: it leaves the job to a newer one.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    kind: Kind,
    scope: Scope,
    charset: Option<String>,
    title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    count: usize,
    max_answer_words: usize,
    include_source: bool,
    #[serde(default, skip_serializing_if = "SummaryForm::is_default")]
    summary: SummaryForm,
    summary_sentences: usize,
    #[serde(default, skip_serializing_if = "Tone::is_default")]
    tone: Tone,
    #[serde(default, skip_serializing_if = "ReadingLevel::is_default")]
    reading_level: ReadingLevel,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    without_model: bool,
    /// Apart from what was made before: nothing else makes the same digest anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    generation: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Text,
    Html,
    Markdown,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Scope {
    Auto,
    Body,
    Page,
}

/// Packs an article.
pub(super) fn pack(
    input: Input,
    options: &DigestOptions,
    generation: Option<&str>,
) -> Result<Order, serde_json::Error> {
    let request = Request {
        kind: match input.kind {
            SourceKind::Text => Kind::Text,
            SourceKind::Html => Kind::Html,
            SourceKind::Markdown => Kind::Markdown,
        },
        scope: match input.scope {
            SourceScope::Auto => Scope::Auto,
            SourceScope::Body => Scope::Body,
            SourceScope::Page => Scope::Page,
        },
        charset: input.charset,
        title: input.title,
        language: input.language.map(str::to_owned),
        count: options.count,
        max_answer_words: options.max_answer_words,
        include_source: options.include_source,
        summary: options.summary,
        summary_sentences: options.summary_sentences,
        tone: options.tone,
        reading_level: options.reading_level,
        without_model: options.without_model,
        generation: generation.map(str::to_owned),
    };
    Ok(Order {
        body: input.bytes,
        request: serde_json::to_string(&request)?,
    })
}

/// Unpacks it.
pub(super) fn unpack(order: Order) -> Result<(Input, DigestOptions), serde_json::Error> {
    let request: Request = serde_json::from_str(&order.request)?;
    let options = request.options();
    // One that is not spoken here is spoken by a newer version.
    let unknown = |code| serde::de::Error::custom(format!("unknown language {code}"));
    let language = request.language.as_deref();
    let language = language.map(|code| ingest::language(code).ok_or_else(|| unknown(code)));
    let language = language.transpose()?;
    let input = Input {
        bytes: order.body,
        kind: match request.kind {
            Kind::Text => SourceKind::Text,
            Kind::Html => SourceKind::Html,
            Kind::Markdown => SourceKind::Markdown,
        },
        scope: match request.scope {
            Scope::Auto => SourceScope::Auto,
            Scope::Body => SourceScope::Body,
            Scope::Page => SourceScope::Page,
        },
        charset: request.charset,
        title: request.title,
        language,
    };
    Ok((input, options))
}

impl Request {
    fn options(&self) -> DigestOptions {
        DigestOptions {
            count: self.count,
            max_answer_words: self.max_answer_words,
            include_source: self.include_source,
            summary: self.summary,
            summary_sentences: self.summary_sentences,
            tone: self.tone,
            reading_level: self.reading_level,
            without_model: self.without_model,
            house_style: None,
            lane: Lane::default(),
        }
    }
}

/// Names all that a digest depends on: article, options, prompts, model, pipeline,
/// house style.
pub(super) fn content_key(order: &Order, maker: &Maker) -> String {
    let prompts = other_prompts(order);
    let mut parts = vec![
        &order.body,
        order.request.as_bytes(),
        maker.model.as_bytes(),
        maker.model_sha256.as_deref().unwrap_or_default().as_bytes(),
        maker.prompt_version.as_bytes(),
        maker.pipeline_version.as_bytes(),
    ];
    // What is not there leaves the key as it was before there was such a thing.
    for (name, value) in [("prompts", &prompts), ("house_style", &maker.house_style)] {
        if let Some(value) = value {
            parts.extend([name.as_bytes(), value.as_bytes()]);
        }
    }
    hash(&parts)
}

/// The version of the prompts, where the options ask for others than every digest
/// has. What asks for none keeps the key that it had.
fn other_prompts(order: &Order) -> Option<String> {
    let request: Request = serde_json::from_str(&order.request).ok()?;
    let version = generate::version_for(&request.options());
    (version != generate::version()).then_some(version)
}

/// SHA-256 of the parts, each led by its length, so that no two lists of parts
/// run into the same bytes.
pub(super) fn hash(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::Choice;
    use crate::pipeline::options::OptionsRequest;

    fn kinds() -> impl Strategy<Value = SourceKind> {
        prop_oneof![
            Just(SourceKind::Text),
            Just(SourceKind::Html),
            Just(SourceKind::Markdown)
        ]
    }

    fn summaries() -> impl Strategy<Value = SummaryForm> {
        let forms = SummaryForm::CHOICES.iter().map(|(_, form)| *form);
        proptest::sample::select(forms.collect::<Vec<_>>())
    }

    fn tones() -> impl Strategy<Value = Tone> {
        let tones = Tone::CHOICES.iter().map(|(_, tone)| *tone);
        proptest::sample::select(tones.collect::<Vec<_>>())
    }

    fn title_of(input: &Input) -> Option<&str> {
        input.title.as_deref()
    }

    proptest! {
        #[test]
        fn any_article_survives(
            bytes: Vec<u8>, kind in kinds(), title: Option<String>, count: usize, include_source: bool,
            summary in summaries(), tone in tones(), without_model: bool,
        ) {
            let (scope, charset) = (SourceScope::Page, title.clone());
            let language = title.as_ref().map(|_| "en");
            let input = Input { bytes, kind, scope, title, charset, language };
            let options =
                DigestOptions { count, max_answer_words: 60, include_source, summary, summary_sentences: 4,
                    tone, reading_level: ReadingLevel::Simple, without_model, house_style: None, lane: Lane::default() };
            let order = pack(input.clone(), &options, title_of(&input)).unwrap();
            prop_assert_eq!(unpack(order).unwrap(), (input, options));
        }
    }

    #[test]
    fn every_part_changes_the_key() {
        let order = |body: &str, request: &str| Order {
            body: body.into(),
            request: request.into(),
        };
        let maker = Maker::extractive();
        let model = Maker::with_model("m", Some("1".into()));
        let prompts = Maker {
            prompt_version: "x".into(),
            ..maker.clone()
        };
        let pipeline = Maker {
            pipeline_version: "x".into(),
            ..maker.clone()
        };
        let house = Maker {
            house_style: Some("x".into()),
            ..maker.clone()
        };
        let keys = [
            content_key(&order("a", "b"), &house),
            content_key(&order("a", "b"), &maker),
            content_key(&order("ab", ""), &maker),
            content_key(&order("", "ab"), &maker),
            content_key(&order("a", "b"), &model),
            content_key(&order("a", "b"), &prompts),
            content_key(&order("a", "b"), &pipeline),
        ];
        let distinct: std::collections::HashSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
    }

    #[test]
    fn other_options_are_another_digest_and_the_usual_ones_are_as_they_were() {
        let input = || Input {
            bytes: b"a".to_vec(),
            kind: SourceKind::Text,
            scope: SourceScope::Auto,
            title: None,
            charset: None,
            language: None,
        };
        let limits = crate::config::Settings::load(None).unwrap().limits;
        let usual = DigestOptions::check(&OptionsRequest::default(), &limits).unwrap();
        let packed = |form| pack(input(), &usual.clone().with_summary(form), None).unwrap();
        assert_eq!(
            packed(SummaryForm::Medium).request,
            r#"{"kind":"text","scope":"auto","charset":null,"title":null,"count":8,"max_answer_words":60,"include_source":false,"summary_sentences":4}"#
        );
        let maker = Maker::extractive();
        let formal = DigestOptions {
            tone: Tone::Formal,
            ..usual.clone()
        };
        let simple = DigestOptions {
            reading_level: ReadingLevel::Simple,
            ..usual.clone()
        };
        let plain = DigestOptions {
            without_model: true,
            ..usual.clone()
        };
        let others = [formal, simple, plain].map(|it| pack(input(), &it, None).unwrap());
        let forms = SummaryForm::CHOICES.iter().map(|(_, form)| packed(*form));
        let keys = forms.chain(others).map(|it| content_key(&it, &maker));
        let keys: std::collections::HashSet<String> = keys.collect();
        assert_eq!(keys.len(), SummaryForm::CHOICES.len() + 3);
        let usual = packed(SummaryForm::Medium);
        let as_it_was = hash(&[
            &usual.body,
            usual.request.as_bytes(),
            maker.model.as_bytes(),
            b"",
            maker.prompt_version.as_bytes(),
            maker.pipeline_version.as_bytes(),
        ]);
        assert_eq!(content_key(&usual, &maker), as_it_was);
    }

    #[test]
    fn a_field_of_tomorrow_is_not_ignored() {
        let order = Order {
            body: Vec::new(),
            request: r#"{"kind":"text","scope":"auto","charset":null,"title":null,"count":8,"max_answer_words":60,
                "include_source":false,"summary_sentences":4,"mood":"dry"}"#
                .into(),
        };
        assert!(unpack(order).is_err());
    }
}
