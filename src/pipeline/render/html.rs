//! A digest as one `<section>` that a page can hold anywhere.

use crate::config::FaqStyle;
use crate::digest::markers::{
    DIGEST_ATTRIBUTE, DIGEST_CLASS, DIGEST_VERSION, DISCLOSURE_CLASS, FAQ_CLASS, RELATED_CLASS,
    SUMMARY_CLASS,
};

use super::embedded::Embedded;
use super::line::Line;
use super::markup::Markup;
use super::view::{Faq, Question, Related, Summary, Topic, View};

/// Writes the section, with JSON-LD at its end when there is any.
pub(super) fn html(view: &View, faq_style: FaqStyle, json_ld: Option<&Embedded>) -> String {
    let mut markup = Markup::default();
    let attributes = [("class", DIGEST_CLASS), (DIGEST_ATTRIBUTE, DIGEST_VERSION)];
    markup.element("section", &attributes, |section| {
        section.line_break();
        if let Some(summary) = &view.summary {
            write_summary(section, summary);
        }
        if let Some(faq) = &view.faq {
            write_faq(section, faq, faq_style);
        }
        if let Some(related) = &view.related {
            write_related(section, related);
        }
        if let Some(disclosure) = &view.disclosure {
            write_text(section, "p", DISCLOSURE_CLASS, disclosure);
        }
        if let Some(json) = json_ld {
            section.json_ld(json);
            section.line_break();
        }
    });
    markup.finish()
}

fn write_summary(markup: &mut Markup, summary: &Summary) {
    match summary {
        Summary::Paragraph(text) => write_text(markup, "p", SUMMARY_CLASS, text),
        Summary::Points { heading, points } => {
            write_text(markup, "h2", SUMMARY_CLASS, heading);
            write_list(markup, SUMMARY_CLASS, points, |item, point| {
                item.text(point)
            });
        }
    }
}

fn write_faq(markup: &mut Markup, faq: &Faq, style: FaqStyle) {
    write_text(markup, "h2", FAQ_CLASS, &faq.heading);
    for pair in &faq.pairs {
        match style {
            FaqStyle::Details => write_details(markup, pair),
            FaqStyle::Headings => {
                write_text(markup, "h3", FAQ_CLASS, &pair.question);
                write_text(markup, "p", FAQ_CLASS, &pair.answer);
            }
        }
    }
}

fn write_details(markup: &mut Markup, pair: &Question) {
    markup.element("details", &[("class", FAQ_CLASS)], |details| {
        details.element("summary", &[], |summary| summary.text(&pair.question));
        details.element("p", &[], |answer| answer.text(&pair.answer));
    });
    markup.line_break();
}

fn write_related(markup: &mut Markup, related: &Related) {
    write_text(markup, "h2", RELATED_CLASS, &related.heading);
    write_list(markup, RELATED_CLASS, &related.topics, write_topic);
}

/// The topic, linked where there is an address.
pub(super) fn write_topic(markup: &mut Markup, topic: &Topic) {
    match &topic.link {
        Some(link) => markup.element("a", &[("href", link), ("rel", "tag")], |anchor| {
            anchor.text(&topic.text);
        }),
        None => markup.text(&topic.text),
    }
}

fn write_list<T>(
    markup: &mut Markup,
    class: &'static str,
    items: &[T],
    write: fn(&mut Markup, &T),
) {
    markup.element("ul", &[("class", class)], |list| {
        list.line_break();
        for item in items {
            list.element("li", &[], |element| write(element, item));
            list.line_break();
        }
    });
    markup.line_break();
}

fn write_text(markup: &mut Markup, name: &'static str, class: &'static str, text: &Line) {
    markup.element(name, &[("class", class)], |element| element.text(text));
    markup.line_break();
}
