//! Schemas of all that goes over the wire, by schemars, which makes the published
//! schemas of a digest too: one description of a type, at the type.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::{Map, Value, json};

use super::super::AboutView;
use super::super::articles::change::{AddRequest, EditRequest, RegenerateRequest, ReviewRequest};
use super::super::batches::upload::List;
use super::super::check::{CarryRequest, CarryView, CheckRequest, CheckView};
use super::super::fetch::FetchRequest;
use super::super::session::Login;
use super::super::wire::DigestRequest;
use super::super::{ArticleList, ArticleView, ExportView, SourceView, StepView};
use super::super::{AuditList, DeliveryList, DeliveryView, ItemView, JobList, JobView, Problem};
use super::super::{BatchList, BatchView};
use super::super::{FetchHosts, FetchedPage, HealthView, SessionView, StageView};
use crate::digest::Digest;
use crate::jobs::{BatchPayload, CallbackPayload};
use crate::store::{DeliveryState, Lane, State};

/// No control characters.
pub(in crate::api) const NO_CONTROLS: &str = r"^[^\u0000-\u001F\u007F-\u009F]*$";

/// Every schema by its name, those that others refer to included.
pub(super) fn schemas() -> Map<String, Value> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    requests(&mut generator);
    answers(&mut generator);
    let mut schemas = generator.take_definitions(true);
    schemas.insert("JobEvent".to_owned(), job_event());
    schemas
}

/// One event of a stream, as its reader has it.
fn job_event() -> Value {
    let data = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    json!({
        "description": "One event: its name, and its data as JSON.",
        "type": "object",
        "required": ["event", "data"],
        "properties": {
            "event": {"enum": ["status", "stage", "item", "refused", "end"]},
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": {"anyOf": [
                    data("JobView"), data("StageView"), data("ItemView"), data("Refused"),
                ]},
            },
        },
    })
}

fn requests(generator: &mut SchemaGenerator) {
    add::<DigestRequest>(generator);
    add::<CheckRequest>(generator);
    add::<CarryRequest>(generator);
    add::<FetchRequest>(generator);
    add::<List>(generator);
    add::<AddRequest>(generator);
    add::<EditRequest>(generator);
    add::<RegenerateRequest>(generator);
    add::<ReviewRequest>(generator);
    add::<Login>(generator);
}

fn answers(generator: &mut SchemaGenerator) {
    add::<Digest>(generator);
    add::<JobView>(generator);
    add::<JobList>(generator);
    add::<StageView>(generator);
    add::<ItemView>(generator);
    add::<DeliveryView>(generator);
    add::<DeliveryList>(generator);
    add::<CheckView>(generator);
    add::<CarryView>(generator);
    add::<FetchHosts>(generator);
    add::<FetchedPage>(generator);
    add::<ArticleView>(generator);
    add::<ArticleList>(generator);
    add::<SourceView>(generator);
    add::<StepView>(generator);
    add::<ExportView>(generator);
    add::<AboutView>(generator);
    add::<BatchView>(generator);
    add::<BatchList>(generator);
    add::<SessionView>(generator);
    add::<AuditList>(generator);
    add::<HealthView>(generator);
    add::<Problem>(generator);
    add::<CallbackPayload<'_>>(generator);
    add::<BatchPayload<'_>>(generator);
}

fn add<T: JsonSchema>(generator: &mut SchemaGenerator) {
    // The generator keeps it by its name.
    let _ = generator.subschema_for::<T>();
}

/// A status of a job.
pub(in crate::api) fn job_status(_: &mut SchemaGenerator) -> Schema {
    one_of(State::ALL.map(State::name))
}

/// A status of a delivery.
pub(in crate::api) fn delivery_status(_: &mut SchemaGenerator) -> Schema {
    one_of(DeliveryState::ALL.map(DeliveryState::name))
}

/// A lane, or none.
pub(in crate::api) fn lane(_: &mut SchemaGenerator) -> Schema {
    let names = Lane::ALL.map(Lane::name);
    json_schema!({"enum": [names[0], names[1], names[2], null]})
}

fn one_of<const N: usize>(names: [&str; N]) -> Schema {
    json_schema!({"type": "string", "enum": names.to_vec()})
}

/// Exactly one of the three that may hold an article is there.
pub(in crate::api) fn one_article(schema: &mut Schema) {
    let only = |name: &str| {
        let mut properties = Map::new();
        for other in ["text", "html", "markdown"] {
            let kind = if other == name { "string" } else { "null" };
            properties.insert(other.to_owned(), json!({"type": kind}));
        }
        json!({"required": [name], "properties": properties})
    };
    let choices = ["text", "html", "markdown"].map(only).to_vec();
    schema.insert("oneOf".to_owned(), choices.into());
}
