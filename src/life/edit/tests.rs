//! What people may do to items, and what is said of it.

use super::*;
use crate::config::Settings;
use crate::digest::Passage;
use crate::life::Redo;
use crate::pipeline::article::Article;
use crate::pipeline::options::{DigestOptions, OptionsRequest};
use crate::pipeline::understand::{Understanding, understand};
use crate::pipeline::{Input, SourceKind, SourceScope, ingest};
use crate::store::ArticleState;

const TEXT: &str = "Mayor Dana Ruiz closed the Elm Road pool in Harlow on Monday because repairs \
    would cost $2 million. The council of Harlow had asked for the repairs in 2019.\n\n\
    Engineer Tom Hale inspected the harbour bridge in April and found rust on 14 of its cables. \
    The bridge carries 9,000 cars each day between Harlow and Eastport.\n\n\
    Officials of Eastport County approved a new bus line to Harlow in June because the train \
    station had closed. The line costs $1.2 million a year.";

const BOUNDS: Bounds = Bounds {
    items: 6,
    bytes: 400,
};

fn reading() -> (Article, Understanding) {
    let input = Input {
        bytes: TEXT.as_bytes().to_vec(),
        kind: SourceKind::Text,
        scope: SourceScope::Body,
        title: None,
        charset: None,
        language: None,
    };
    let limits = Settings::load(None).unwrap().limits;
    let article = ingest::ingest(&input, &limits).unwrap();
    let understanding = understand(&article);
    (article, understanding)
}

fn mark() -> Mark {
    Mark {
        by: Some("Ana".to_owned()),
        at: "2026-11-26T00:00:00.000Z".to_owned(),
    }
}

fn content() -> Content {
    let item =
        |id: &str, kind, text: &str| Item::made(id.into(), kind, Origin::Machine, text.into());
    let pair = |id: &str, question: &str, answer: &str| Item {
        question: Some(question.to_owned()),
        ..item(id, Kind::Pair, "").of_passage(Passage {
            text: answer.to_owned(),
            sentences: Vec::new(),
        })
    };
    let mut content = Content {
        items: vec![
            pair(
                "p1",
                "What does the harbour bridge carry each day?",
                "It carries cars.",
            ),
            pair(
                "p2",
                "What did Tom Hale find on the harbour bridge?",
                "Rust.",
            ),
            item("r1", Kind::Related, "Harlow"),
            item("t", Kind::Topic, "Elm Road pool"),
        ],
        ..Content::default()
    };
    content.settle();
    content
}

fn ids(content: &Content) -> Vec<&str> {
    content.items.iter().map(|it| it.id.as_str()).collect()
}

#[test]
fn an_edit_is_checked_and_stored_either_way() {
    let (article, understanding) = reading();
    let recheck = Recheck::new(&article, &understanding);
    let with = Checking {
        recheck: Some(&recheck),
        bounds: BOUNDS,
    };
    let mut content = content();
    let write = |content: &mut Content, text: &str| {
        let edit = Edit {
            text: Some(text.to_owned()),
            ..Edit::default()
        };
        content.edit("p2", &edit, &mark(), &with).unwrap();
        content.item("p2").unwrap().clone()
    };
    let good = write(
        &mut content,
        "Engineer Tom Hale inspected the harbour bridge in April and found rust on 14 of its cables.",
    );
    assert_eq!(
        (good.supported, &good.edited),
        (Some(true), &Some(mark())),
        "{good:?}"
    );
    assert_eq!(good.sentences.len(), 1);
    assert!(!good.sentences[0].evidence.is_empty());
    let bad = write(
        &mut content,
        "Engineer Tom Hale inspected the harbour bridge in April and found rust on 15 of its cables.",
    );
    assert_eq!(bad.supported, Some(false));
    assert!(
        bad.reasons
            .iter()
            .any(|it| it.starts_with("unsupported_number")),
        "{bad:?}"
    );
    assert_eq!(bad.state, ItemState::Current);
    let unchecked = Checking {
        recheck: None,
        bounds: BOUNDS,
    };
    let edit = Edit {
        text: Some("Tom Hale found it.".to_owned()),
        ..Edit::default()
    };
    content.edit("p2", &edit, &mark(), &unchecked).unwrap();
    assert_eq!(content.item("p2").unwrap().supported, None);
    assert_eq!(content.state(), ArticleState::Current);
}

#[test]
fn other_words_have_to_be_approved_anew() {
    let with = Checking {
        recheck: None,
        bounds: BOUNDS,
    };
    let mut content = content();
    content.review(None, Review::Approved, &mark()).unwrap();
    assert_eq!(content.state(), ArticleState::Approved);
    let same = Edit {
        text: Some(" It  carries cars. ".to_owned()),
        locked: Some(true),
        ..Edit::default()
    };
    content.edit("p1", &same, &mark(), &with).unwrap();
    assert_eq!(
        content.state(),
        ArticleState::Approved,
        "the words are the same"
    );
    let other = Edit {
        text: Some("The mayor did.".to_owned()),
        ..Edit::default()
    };
    content.edit("p1", &other, &mark(), &with).unwrap();
    assert_eq!(content.state(), ArticleState::Current);
    let named = ["p1".to_owned()];
    content
        .review(Some(&named), Review::Rejected, &mark())
        .unwrap();
    assert_eq!(content.state(), ArticleState::Approved);
    content.review(None, Review::Rejected, &mark()).unwrap();
    assert_eq!(content.state(), ArticleState::Rejected);
}

#[test]
fn what_is_stale_is_not_approved_unseen() {
    let mut content = content();
    content.items[1].state = ItemState::Stale;
    assert_eq!(content.state(), ArticleState::Stale);
    let whole = content.review(None, Review::Approved, &mark());
    assert_eq!(whole, Err(LifeError::StaleItems(1)));
    let named = [content.items[1].id.clone()];
    content
        .review(Some(&named), Review::Approved, &mark())
        .unwrap();
    content.review(None, Review::Approved, &mark()).unwrap();
    assert_eq!(content.state(), ArticleState::Approved);
}

#[test]
fn places_are_counted_within_a_kind() {
    let with = Checking {
        recheck: None,
        bounds: BOUNDS,
    };
    let mut content = content();
    assert_eq!(ids(&content), ["t", "p1", "p2", "r1"]);
    let to = |position| Edit {
        position: Some(position),
        ..Edit::default()
    };
    content.edit("p2", &to(0), &mark(), &with).unwrap();
    assert_eq!(ids(&content), ["t", "p2", "p1", "r1"]);
    content.edit("p2", &to(99), &mark(), &with).unwrap();
    assert_eq!(ids(&content), ["t", "p1", "p2", "r1"]);
    content.edit("r1", &to(0), &mark(), &with).unwrap();
    assert_eq!(ids(&content), ["t", "p1", "p2", "r1"]);
    assert_eq!(content.item("p2").unwrap().position, 1);
}

#[test]
fn what_cannot_be_done_is_refused() {
    let with = Checking {
        recheck: None,
        bounds: BOUNDS,
    };
    let mut content = content();
    let mut number = 0;
    let mut make = || {
        number += 1;
        number.to_string()
    };
    let new = |kind, question: Option<&str>, text: &str| NewItem {
        kind,
        question: question.map(str::to_owned),
        text: text.to_owned(),
        position: None,
    };
    let mut add =
        |content: &mut Content, new: &NewItem| content.add(new, &mark(), &with, &mut make);
    let topic = add(&mut content, &new(Kind::Topic, None, "Pools"));
    assert_eq!(topic, Err(LifeError::ItemExists(Kind::Topic)));
    for wrong in [
        new(Kind::Pair, None, "An answer."),
        new(Kind::Related, Some("Why?"), "Pools"),
        new(Kind::Related, None, " \u{7} "),
    ] {
        let refused = add(&mut content, &wrong);
        assert!(matches!(refused, Err(LifeError::Field { .. })), "{wrong:?}");
    }
    let long = add(&mut content, &new(Kind::Related, None, &"x".repeat(401)));
    assert_eq!(long, Err(LifeError::TooLong { limit: 400 }));
    for text in ["Eastport", "Buses"] {
        add(&mut content, &new(Kind::Related, None, text)).unwrap();
    }
    let full = add(&mut content, &new(Kind::Related, None, "Trains"));
    assert_eq!(full, Err(LifeError::TooManyItems { limit: 6 }));
    let lock = Edit {
        locked: Some(true),
        ..Edit::default()
    };
    content.edit("p1", &lock, &mark(), &with).unwrap();
    assert_eq!(content.remove("p1"), Err(LifeError::Locked));
    assert_eq!(content.remove("x"), Err(LifeError::NoSuchItem));
    let question = Edit {
        question: Some("Why?".to_owned()),
        ..Edit::default()
    };
    let refused = content.edit("t", &question, &mark(), &with);
    assert!(matches!(refused, Err(LifeError::Field { .. })));
}

#[test]
fn one_is_made_anew_and_the_others_stay() {
    let (article, understanding) = reading();
    let recheck = Recheck::new(&article, &understanding);
    let limits = Settings::load(None).unwrap().limits;
    let redo = Redo {
        article: &article,
        understanding: &understanding,
        recheck: &recheck,
        options: DigestOptions::check(&OptionsRequest::default(), &limits).unwrap(),
        bounds: BOUNDS,
    };
    let mut content = content();
    let before = content.clone();
    let asked = "Why did officials of Eastport County approve a new bus line to Harlow?";
    redo.regenerate(&mut content, "p2", Some(asked), false)
        .unwrap();
    let new = content.item("p2").unwrap();
    assert_eq!(new.question.as_deref(), Some(asked));
    assert!(
        new.text.contains("because the train station had closed"),
        "{new:?}"
    );
    for item in before.items.iter().filter(|it| it.id != "p2") {
        assert_eq!(content.item(&item.id).unwrap(), item);
    }
    let nowhere = "Who won the chess cup in Oslo on Friday?";
    let refused = redo.regenerate(&mut content, "p1", Some(nowhere), false);
    assert!(
        matches!(refused, Err(LifeError::NotAnswered(_))),
        "{refused:?}"
    );
    redo.regenerate(&mut content, "p1", None, false).unwrap();
    let other = content.item("p1").unwrap();
    assert_ne!(other.question, before.item("p1").unwrap().question);
    let with = Checking {
        recheck: Some(&recheck),
        bounds: BOUNDS,
    };
    let words = Edit {
        text: Some("My own words.".to_owned()),
        ..Edit::default()
    };
    content.edit("p1", &words, &mark(), &with).unwrap();
    let refused = redo.regenerate(&mut content, "p1", None, false);
    assert_eq!(refused, Err(LifeError::Edited));
    let mut number = 0;
    let mut make = || {
        number += 1;
        number.to_string()
    };
    let refused = redo.ask(&mut content, nowhere, None, &mut make);
    assert!(matches!(refused, Err(LifeError::NotAnswered(_))));
}
