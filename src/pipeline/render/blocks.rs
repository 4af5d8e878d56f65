//! A digest as WordPress blocks, each exactly as its `save()` would write it, or
//! the editor would call it invalid. All stand in one group, which carries our
//! class: comments between blocks would be blocks of their own.

use serde::Serialize;

use crate::digest::markers::{
    DIGEST_CLASS, DISCLOSURE_CLASS, FAQ_CLASS, RELATED_CLASS, SUMMARY_CLASS,
};

use super::RenderError;
use super::embedded::Embedded;
use super::html::write_topic;
use super::line::Line;
use super::markup::Markup;
use super::view::{Faq, Question, Related, Summary, View};

mod plugins;

pub(super) use plugins::{rank_math, yoast};

#[derive(Serialize)]
struct BlockAttributes {
    #[serde(rename = "tagName", skip_serializing_if = "Option::is_none")]
    tag_name: Option<&'static str>,
    #[serde(rename = "className")]
    class_name: &'static str,
}

/// Writes the questions into a group that holds the rest.
type WriteFaq = fn(&mut Markup, &Faq) -> Result<(), RenderError>;

/// Writes all parts, the questions by `write_faq`.
pub(super) fn blocks(
    view: &View,
    write_faq: WriteFaq,
    json_ld: Option<&Embedded>,
) -> Result<String, RenderError> {
    let mut markup = Markup::default();
    let attributes = Embedded::in_comment(&BlockAttributes {
        tag_name: Some("section"),
        class_name: DIGEST_CLASS,
    })?;
    let class = format!("wp-block-group {DIGEST_CLASS}");
    let mut outcome = Ok(());
    markup.block("group", Some(&attributes), |group| {
        group.element("section", &[("class", &class)], |section| {
            outcome = write_parts(section, view, write_faq, json_ld);
        });
    });
    outcome.map(|()| markup.finish())
}

fn write_parts(
    markup: &mut Markup,
    view: &View,
    write_faq: WriteFaq,
    json_ld: Option<&Embedded>,
) -> Result<(), RenderError> {
    if let Some(summary) = &view.summary {
        write_summary(markup, summary)?;
    }
    if let Some(faq) = &view.faq {
        write_heading(markup, FAQ_CLASS, &faq.heading)?;
        write_faq(markup, faq)?;
    }
    if let Some(related) = &view.related {
        write_related(markup, related)?;
    }
    if let Some(disclosure) = &view.disclosure {
        write_paragraph(markup, DISCLOSURE_CLASS, disclosure)?;
    }
    if let Some(json) = json_ld {
        markup.block("html", None, |html| html.json_ld(json));
    }
    Ok(())
}

fn write_summary(markup: &mut Markup, summary: &Summary) -> Result<(), RenderError> {
    match summary {
        Summary::Paragraph(text) => write_paragraph(markup, SUMMARY_CLASS, text),
        Summary::Points { heading, points } => {
            write_heading(markup, SUMMARY_CLASS, heading)?;
            write_list(markup, SUMMARY_CLASS, points, |item, point| {
                item.text(point)
            })
        }
    }
}

fn write_related(markup: &mut Markup, related: &Related) -> Result<(), RenderError> {
    write_heading(markup, RELATED_CLASS, &related.heading)?;
    write_list(markup, RELATED_CLASS, &related.topics, write_topic)
}

/// One `core/details` for each pair.
pub(super) fn details(markup: &mut Markup, faq: &Faq) -> Result<(), RenderError> {
    let attributes = class_attributes(FAQ_CLASS)?;
    let class = format!("wp-block-details {FAQ_CLASS}");
    for Question { question, answer } in &faq.pairs {
        markup.block("details", Some(&attributes), |block| {
            block.element("details", &[("class", &class)], |details| {
                details.element("summary", &[], |summary| summary.text(question));
                details.block("paragraph", None, |paragraph| {
                    paragraph.element("p", &[], |p| p.text(answer));
                });
            });
        });
    }
    Ok(())
}

fn write_paragraph(
    markup: &mut Markup,
    class: &'static str,
    text: &Line,
) -> Result<(), RenderError> {
    let attributes = class_attributes(class)?;
    markup.block("paragraph", Some(&attributes), |block| {
        block.element("p", &[("class", class)], |p| p.text(text));
    });
    Ok(())
}

fn write_heading(markup: &mut Markup, class: &'static str, text: &Line) -> Result<(), RenderError> {
    let attributes = class_attributes(class)?;
    let class = format!("wp-block-heading {class}");
    markup.block("heading", Some(&attributes), |block| {
        block.element("h2", &[("class", &class)], |heading| heading.text(text));
    });
    Ok(())
}

fn write_list<T>(
    markup: &mut Markup,
    class: &'static str,
    items: &[T],
    write: fn(&mut Markup, &T),
) -> Result<(), RenderError> {
    let attributes = class_attributes(class)?;
    let class = format!("wp-block-list {class}");
    markup.block("list", Some(&attributes), |block| {
        block.element("ul", &[("class", &class)], |list| {
            for item in items {
                list.block("list-item", None, |block| {
                    block.element("li", &[], |element| write(element, item));
                });
            }
        });
    });
    Ok(())
}

fn class_attributes(class_name: &'static str) -> Result<Embedded, RenderError> {
    Embedded::in_comment(&BlockAttributes {
        tag_name: None,
        class_name,
    })
}
