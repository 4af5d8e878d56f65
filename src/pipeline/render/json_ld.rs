//! The questions as schema.org's `FAQPage`, for machines that read pages.

use serde::Serialize;

use super::RenderError;
use super::embedded::Embedded;
use super::options::RenderOptions;
use super::view::{Question, View};

/// schema.org's term for text that a trained model wrote.
const TRAINED: &str = "https://schema.org/TrainedAlgorithmicMediaDigitalSource";
/// schema.org's term for text that a program chose or wrote by rules.
const ALGORITHMIC: &str = "https://schema.org/AlgorithmicMediaDigitalSource";

#[derive(Serialize)]
struct FaqPage {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@type")]
    kind: &'static str,
    #[serde(rename = "digitalSourceType", skip_serializing_if = "Option::is_none")]
    digital_source_type: Option<&'static str>,
    #[serde(rename = "mainEntity")]
    main_entity: Vec<Entity>,
}

#[derive(Serialize)]
struct Entity {
    #[serde(rename = "@type")]
    kind: &'static str,
    name: String,
    #[serde(rename = "acceptedAnswer")]
    accepted_answer: Answer,
}

#[derive(Serialize)]
struct Answer {
    #[serde(rename = "@type")]
    kind: &'static str,
    text: String,
}

/// The page's data; `None` without questions, as a `FAQPage` has to have some.
/// `is_by_model` tells who drafted; `is_typographic` keeps backslashes out.
pub(super) fn faq_page(
    view: &View,
    options: &RenderOptions,
    is_by_model: bool,
    is_typographic: bool,
) -> Result<Option<Embedded>, RenderError> {
    let Some(faq) = &view.faq else {
        return Ok(None);
    };
    let source_type = if is_by_model { TRAINED } else { ALGORITHMIC };
    let entities = faq
        .pairs
        .iter()
        .map(|pair| Entity::new(pair, is_typographic));
    let page = FaqPage {
        context: "https://schema.org",
        kind: "FAQPage",
        digital_source_type: options.digital_source_type.then_some(source_type),
        main_entity: entities.collect(),
    };
    Embedded::in_script(&page).map(Some)
}

impl Entity {
    fn new(pair: &Question, is_typographic: bool) -> Self {
        let [name, text] = [&pair.question, &pair.answer].map(|line| {
            if is_typographic {
                line.typographic().as_str().to_owned()
            } else {
                line.as_str().to_owned()
            }
        });
        Self {
            kind: "Question",
            name,
            accepted_answer: Answer {
                kind: "Answer",
                text,
            },
        }
    }
}
