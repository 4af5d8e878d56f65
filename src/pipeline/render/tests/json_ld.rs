//! JSON-LD: the questions for machines, safe inside a script.

use serde_json::{Value, json};

use super::*;
use crate::digest::EXTRACTIVE;

fn page(digest: &Digest, options: &RenderOptions) -> Value {
    serde_json::from_str(&print(digest, options)).unwrap()
}

fn expected(texts: &[(&str, &str)]) -> Value {
    let entities = texts.iter().map(|(question, answer)| {
        json!({
            "@type": "Question",
            "name": question,
            "acceptedAnswer": { "@type": "Answer", "text": answer },
        })
    });
    json!({
        "@context": "https://schema.org",
        "@type": "FAQPage",
        "digitalSourceType": "https://schema.org/TrainedAlgorithmicMediaDigitalSource",
        "mainEntity": entities.collect::<Vec<Value>>(),
    })
}

#[test]
fn a_whole_digest() {
    insta::assert_snapshot!(print(&harbour(), &plain(Format::JsonLd)), @r#"{"@context":"https://schema.org","@type":"FAQPage","digitalSourceType":"https://schema.org/TrainedAlgorithmicMediaDigitalSource","mainEntity":[{"@type":"Question","name":"When does \u003cthe\u003e bridge close?","acceptedAnswer":{"@type":"Answer","text":"It closes on 3 May."}},{"@type":"Question","name":"Who pays R\u0026D \u0026 \u0022repair\u0022?","acceptedAnswer":{"@type":"Answer","text":"1. The city #2 pays."}}]}"#);
}

#[test]
fn it_says_who_wrote_unless_told_not_to() {
    let mut digest = harbour();
    digest.provenance.model = EXTRACTIVE.to_owned();
    let by_rules = page(&digest, &plain(Format::JsonLd));
    assert_eq!(
        by_rules["digitalSourceType"],
        "https://schema.org/AlgorithmicMediaDigitalSource"
    );
    let silent = RenderSettings {
        digital_source_type: false,
        ..settings()
    };
    let options = RenderOptions::check(Format::JsonLd, &RenderRequest::default(), &silent);
    assert_eq!(
        page(&digest, &options.unwrap()).get("digitalSourceType"),
        None
    );
}

proptest! {
    #[test]
    fn any_text_reads_back(text in any_text()) {
        let digest = hostile(&text);
        let line = shown(&text);
        let pairs = [(line.as_str(), line.as_str()); 2];
        prop_assert_eq!(page(&digest, &plain(Format::JsonLd)), expected(&pairs));
        let html = print(&digest, &full(Format::Html));
        let script = texts(&Html::parse_fragment(&html), "script").remove(0);
        prop_assert_eq!(serde_json::from_str::<Value>(&script).unwrap(), expected(&pairs));
    }
}
