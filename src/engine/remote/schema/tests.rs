//! Every shape's schema and request as they go out, and the way back.

use proptest::prelude::*;

use super::*;

fn opening() -> String {
    "How many".to_owned()
}

fn pair() -> Shape {
    Shape::QuestionAndAnswer {
        opening: opening(),
        sentences: Count::new(1, 3),
    }
}

fn all() -> Vec<Shape> {
    vec![
        Shape::Sentences(Count::new(2, 3)),
        Shape::Sentences(Count::new(1, 1)),
        Shape::Question {
            opening: opening(),
            words: Vec::new(),
        },
        pair(),
        Shape::Phrase {
            words: 5,
            vocabulary: None,
        },
        Shape::Phrases {
            count: Count::new(6, 8),
            words: 5,
        },
        Shape::Line { characters: 160 },
        Shape::Choice(vec!["yes".into(), "no".into()]),
    ]
}

#[test]
fn every_shape_is_asked_for() {
    let shown = all().into_iter().map(|shape| {
        // The order of fields hangs on a feature that other crates turn on.
        let mut schema = schema(&shape);
        schema.sort_all_objects();
        let schema = serde_json::to_string_pretty(&schema).unwrap();
        format!("{}\n{schema}\n", request(&shape))
    });
    insta::assert_snapshot!(shown.collect::<String>());
}

/// The order of the properties is the order in which a model writes them, and a
/// question is to be known when its answer is written.
#[test]
fn the_question_comes_first() {
    let schema = schema(&pair()).to_string();
    let (question, answer) = (schema.find("\"question\""), schema.find("\"sentences\""));
    assert!(question.is_some() && question < answer, "{schema}");
}

/// The parts of a schema that are patterns do what they promise.
#[test]
fn patterns_match_what_they_are_for() {
    let matches = |pattern: &str, text: &str| regex::Regex::new(pattern).unwrap().is_match(text);
    for fine in [
        "The U.S. envoy said “no” on Monday, at 3.30 p.m.",
        "U.S. envoys asked Mr. Tan twice on Oct. 3, he said.",
    ] {
        assert!(matches(&sentence(), fine), "{fine}");
    }
    assert!(matches(
        &sentence(),
        "He asked twice, and they said “not now.”"
    ));
    for wrong in [
        "Too short.",
        "the first letter is no capital here.",
        "It cites its paragraph in brackets [3].",
        "It breaks off before its full sto",
        "It is a sentence. And here comes another one.",
        "It says \"no\" in quotes that JSON has to escape.",
    ] {
        assert!(!matches(&sentence(), wrong), "{wrong}");
    }
    let question = question("What (exactly)");
    assert!(matches(&question, "What (exactly) did the council decide?"));
    assert!(!matches(&question, "What exactly did the council decide?"));
    assert!(!matches(&question, "What (exactly) did it do? And why?"));
    assert!(!matches(&question, "What (exactly) did it do. And why?"));
    assert!(matches(
        &question,
        "What (exactly) did Mr. Tan of the U.S. say?"
    ));
    let phrase = phrase(2);
    assert!(matches(&phrase, "Elm Road") && matches(&phrase, "Elm"));
    assert!(!matches(&phrase, "Elm Road Pool") && !matches(&phrase, "elm"));
}

#[test]
fn answers_become_the_text_of_their_shape() {
    let read = |shape: &Shape, start: &str, json: &str| super::read(shape, start, json, false);
    let both =
        r#"{"question": "How many pools closed?", "sentences": ["Two closed.", "One\n stayed."]}"#;
    assert_eq!(
        read(&pair(), "Q: How many", both).as_deref(),
        Some("Q: How many pools closed?\nA: Two closed. One stayed.")
    );
    let points = r#"{"sentences": ["Two pools closed.", "One stayed."]}"#;
    assert_eq!(
        read(&Shape::Points(Count::new(1, 3)), "- ", points).as_deref(),
        Some("- Two pools closed.\n- One stayed.")
    );
    let question = Shape::Question {
        opening: opening(),
        words: Vec::new(),
    };
    assert_eq!(
        read(&question, "Q: How many", both).as_deref(),
        Some("Q: How many pools closed?")
    );
    let phrases = Shape::Phrases {
        count: Count::new(1, 2),
        words: 2,
    };
    let three = r#"{"phrases": ["Elm Road", "The Elm Road pool", "Harlow Street"]}"#;
    assert_eq!(read(&phrases, "- ", three).as_deref(), Some("- Elm Road"));
    let choice = Shape::Choice(vec!["yes".into(), "no".into()]);
    assert_eq!(
        read(&choice, "", r#"{"choice": "no"}"#).as_deref(),
        Some("no")
    );
    assert_eq!(read(&choice, "", r#"{"choice": "perhaps"}"#), None);
    let line = Shape::Line { characters: 5 };
    assert_eq!(
        read(&line, "", r#"{"line": " ab\ncd "}"#).as_deref(),
        Some("ab cd")
    );
    assert_eq!(read(&line, "", r#"{"line": "abcdef"}"#), None);
}

#[test]
fn what_has_not_its_shape_is_left_out() {
    let read = |json: &str| super::read(&pair(), "Q: How many", json, false);
    for wrong in [
        "",
        "Two closed.",
        "[]",
        r#"{"question": "How many pools closed?"}"#,
        r#"{"question": "How many pools closed?", "sentences": []}"#,
        r#"{"question": "How many pools closed?", "sentences": ["No full stop"]}"#,
        r#"{"question": "Why did they close?", "sentences": ["Two closed."]}"#,
        r#"{"question": "How many pools closed", "sentences": ["Two closed."]}"#,
        r#"{"question": "How many? Two?", "sentences": ["Two closed."]}"#,
        r#"{"question": 2, "sentences": ["Two closed."]}"#,
        r#"{"question": "How many pools closed?", "sentences": ["Two closed."]"#,
    ] {
        assert_eq!(read(wrong), None, "{wrong}");
    }
    let some =
        r#"{"question": "How many pools closed?", "sentences": ["See [2].", "Two closed."]}"#;
    assert_eq!(
        read(some).as_deref(),
        Some("Q: How many pools closed?\nA: Two closed.")
    );
}

#[test]
fn what_was_cut_keeps_what_is_whole() {
    let read = |json: &str| super::read(&pair(), "Q: How many", json, true);
    let whole = "Q: How many pools closed?\nA: Two closed.";
    for cut in [
        r#"{"question": "How many pools closed?", "sentences": ["Two closed.", "One sta"#,
        r#"{"question": "How many pools closed?", "sentences": ["Two closed.","#,
        r#"{"question": "How many pools closed?", "sentences": ["Two closed.", "One \"#,
        r#"{"question": "How many pools closed?", "sentences": ["Two closed.", "One \u00e"#,
        r#"{"question": "How many pools closed?", "sentences": ["Two closed."]"#,
    ] {
        assert_eq!(read(cut).as_deref(), Some(whole), "{cut}");
    }
    for cut in [r#"{"question": "How many poo"#, r#"{"ques"#, "{", ""] {
        assert_eq!(read(cut), None, "{cut}");
    }
}

proptest! {
    #[test]
    fn json_that_broke_off_anywhere_can_be_read(
        texts in prop::collection::vec("\\PC{0,8}|[\"\\\\\n]{0,3}", 1..4),
        share in 0.0..1.0f64,
    ) {
        let json = json!({ "phrases": texts }).to_string();
        let from = r#"{"phrases":["#.len();
        let at = from + ((json.len() - from) as f64 * share) as usize;
        let at = (0..=at).rev().find(|at| json.is_char_boundary(*at)).unwrap_or(0);
        let closed = close(&json[..at.max(from)]);
        let read: Result<Answer, _> = serde_json::from_str(&closed);
        prop_assert!(read.is_ok(), "{closed}");
    }

    #[test]
    fn nothing_that_comes_back_panics(json in "\\PC{0,60}", cut: bool) {
        for shape in all() {
            let _ = read(&shape, "Q: How many", &json, cut);
        }
    }
}
