//! Requests that succeed, for who reads the description and for what tries it out.

use serde_json::{Value, json};

/// Long enough for a digest, and without a model too: one sentence says what somebody is.
pub(in crate::api) const TEXT: &str = "Hallam Grid is a company that runs the electricity \
    network of the Hallam valley. The company said on Monday that it will replace 40 miles of \
    overhead line between Hallam and Porthmouth by the end of next year. The work costs $38 \
    million, of which the county pays a third. Ann Smith, who leads the company, said that \
    power cuts in the valley fell by half after the line to Carrow was replaced in 2021. \
    Roads along the river will be closed for two weeks in May. Residents are told by letter \
    before the power is cut.";

/// An article, and what is wanted of it.
pub(in crate::api) fn digest_request() -> Value {
    json!({"text": TEXT, "title": "A new line for Hallam", "external_id": "post-4711",
        "lane": "publish", "options": {"count": 3}})
}

/// A sentence that the article says.
pub(in crate::api) fn check_request() -> Value {
    json!({"sentence": "The work costs $38 million.", "text": TEXT})
}
