//! The FAQ blocks of Yoast (27.0 and later) and of Rank Math. Their texts stand
//! twice, in the attributes and in the HTML, and both have to say the same; they
//! are typographic, so that the attributes need no backslash.

use std::collections::BTreeSet;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::pipeline::render::RenderError;
use crate::pipeline::render::embedded::Embedded;
use crate::pipeline::render::line::Line;
use crate::pipeline::render::markup::{Markup, rich_text};
use crate::pipeline::render::view::Faq;

/// A pair as these blocks show it.
struct Item {
    id: String,
    question: Line,
    answer: Line,
}

fn items(faq: &Faq) -> Vec<Item> {
    let mut ids = BTreeSet::new();
    let items = faq.pairs.iter().map(|pair| {
        let question = pair.question.typographic();
        Item {
            id: new_id(&question, &mut ids),
            question,
            answer: pair.answer.typographic(),
        }
    });
    items.collect()
}

/// `faq-question-` and 13 digits. The plugins take the time in milliseconds; the
/// question itself gives the same id each time, and another one if it is taken.
fn new_id(question: &Line, taken: &mut BTreeSet<String>) -> String {
    let mut text = question.as_str().to_owned();
    loop {
        let hash = Sha256::digest(text.as_bytes());
        let number = hash
            .iter()
            .take(8)
            .fold(0, |sum: u64, byte| (sum << 8) | u64::from(*byte));
        let id = format!(
            "faq-question-{}",
            1_000_000_000_000 + number % 9_000_000_000_000
        );
        if taken.insert(id.clone()) {
            return id;
        }
        text.push('+');
    }
}

#[derive(Serialize)]
struct Questions<T> {
    questions: Vec<T>,
}

#[derive(Serialize)]
struct YoastQuestion<'a> {
    id: &'a str,
    question: String,
    answer: String,
    images: [(); 0],
    #[serde(rename = "jsonQuestion")]
    json_question: String,
    #[serde(rename = "jsonAnswer")]
    json_answer: String,
}

/// One `yoast/faq-block`; Yoast allows one in a post.
pub(in crate::pipeline::render) fn yoast(
    markup: &mut Markup,
    faq: &Faq,
) -> Result<(), RenderError> {
    let items = items(faq);
    let questions = items.iter().map(|item| YoastQuestion {
        id: &item.id,
        question: rich_text(&item.question),
        answer: rich_text(&item.answer),
        images: [],
        json_question: rich_text(&item.question),
        json_answer: rich_text(&item.answer),
    });
    let questions = questions.collect();
    let attributes = Embedded::in_comment(&Questions { questions })?;
    markup.block("yoast/faq-block", Some(&attributes), |block| {
        let class = "schema-faq wp-block-yoast-faq-block";
        block.element("div", &[("class", class)], |list| {
            for item in &items {
                write_yoast(list, item);
                list.space();
            }
        });
    });
    Ok(())
}

fn write_yoast(markup: &mut Markup, item: &Item) {
    let attributes = [("class", "schema-faq-section"), ("id", item.id.as_str())];
    markup.element("div", &attributes, |section| {
        section.element("strong", &[("class", "schema-faq-question")], |question| {
            question.text(&item.question);
        });
        section.space();
        section.element("p", &[("class", "schema-faq-answer")], |answer| {
            answer.text(&item.answer);
        });
        section.space();
    });
}

#[derive(Serialize)]
struct RankMathQuestion<'a> {
    id: &'a str,
    title: String,
    content: String,
    visible: bool,
}

/// One `rank-math/faq-block`.
pub(in crate::pipeline::render) fn rank_math(
    markup: &mut Markup,
    faq: &Faq,
) -> Result<(), RenderError> {
    let items = items(faq);
    let questions = items.iter().map(|item| RankMathQuestion {
        id: &item.id,
        title: rich_text(&item.question),
        content: rich_text(&item.answer),
        visible: true,
    });
    let questions = questions.collect();
    let attributes = Embedded::in_comment(&Questions { questions })?;
    markup.block("rank-math/faq-block", Some(&attributes), |block| {
        block.element(
            "div",
            &[("class", "wp-block-rank-math-faq-block")],
            |list| {
                for item in &items {
                    write_rank_math(list, item);
                }
            },
        );
    });
    Ok(())
}

fn write_rank_math(markup: &mut Markup, item: &Item) {
    markup.element("div", &[("class", "rank-math-faq-item")], |list_item| {
        list_item.element("h3", &[("class", "rank-math-question")], |question| {
            question.text(&item.question);
        });
        list_item.element("div", &[("class", "rank-math-answer")], |answer| {
            answer.text(&item.answer);
        });
    });
}
