//! Parameters that several operations take, their choices from the types that read
//! them.

use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::config::{Choice, FaqStyle, SummaryStyle};
use crate::digest::SummaryForm;
use crate::pipeline::options::{ReadingLevel, Tone};
use crate::pipeline::render::Format;
use crate::store::Lane;

/// How an answer is printed.
pub(in crate::api) enum Printing {}

/// What the query says of an article whose body is the article itself.
pub(in crate::api) enum Article {}

impl IntoParams for Printing {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![
            named::<Format>(
                "format",
                "What the digest is printed as; goes before `Accept`.",
            ),
            query(
                "parts",
                text(),
                "Of `summary`, `faq` and `related`, apart by commas.",
            ),
            query(
                "labels",
                text(),
                "The language of headings: a table under `[labels]`.",
            ),
            named::<SummaryStyle>(
                "summary_style",
                "As the digest has it, a paragraph, or points.",
            ),
            named::<FaqStyle>("faq_style", "Pairs that fold, or headings."),
            query(
                "tag_link",
                text(),
                "Address of a related topic, with `{slug}` or `{tag}`.",
            ),
            query(
                "disclosure",
                flag(),
                "Says that the section was made automatically.",
            ),
            query(
                "json_ld",
                flag(),
                "Adds JSON-LD, to `html` and `wordpress-details`.",
            ),
        ]
    }
}

impl IntoParams for Article {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let scopes = choices(["auto", "body", "page"]);
        vec![
            query("count", number(1), "FAQ pairs at most."),
            query(
                "max_answer_words",
                number(20),
                "Words of an answer at most.",
            ),
            query("include_source", flag(), "Adds the text that was read."),
            named::<SummaryForm>("summary", "A sentence or two, some more, or points."),
            named::<Tone>("tone", "How the author is asked to speak."),
            named::<ReadingLevel>("reading_level", "How easy to read it is asked to be."),
            query("model", text(), "The model that runs here, and no other."),
            query(
                "title",
                text().max_length(Some(2000)),
                "The title, where the body has none.",
            ),
            query("source", scopes, "How much of HTML is the article."),
            query(
                "language",
                choices(["auto", "en"]),
                "The article's language; `auto` tells by itself.",
            ),
            query(
                "lane",
                choices(Lane::ALL.map(Lane::name)),
                "How urgent it is.",
            ),
            query(
                "external_id",
                name(255),
                "The caller's name for the article.",
            ),
            query("url", name(2000), "Where the article stands."),
            query("callback", text(), "Whom to call when the job has ended."),
        ]
    }
}

fn query(name: &str, schema: ObjectBuilder, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .description(Some(description))
        .schema(Some(schema.build()))
        .build()
}

fn named<T: Choice>(name: &str, description: &str) -> Parameter {
    let names = T::CHOICES.iter().map(|(name, _)| *name);
    query(name, choices(names), description)
}

fn choices<'a>(names: impl IntoIterator<Item = &'a str>) -> ObjectBuilder {
    text().enum_values(Some(names.into_iter().collect::<Vec<_>>()))
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// A name without control characters; the length is counted in bytes.
fn name(most: usize) -> ObjectBuilder {
    text()
        .max_length(Some(most))
        .pattern(Some(super::schemas::NO_CONTROLS))
}

fn flag() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Boolean)
}

fn number(least: usize) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(least))
}
