//! A digest as CommonMark, between two comments by which it is found again.
//! What is active in Markdown is escaped; each text stands on one line.

use crate::digest::markers::{COMMENT_BEGIN, COMMENT_END};

use super::line::Line;
use super::view::{Related, Summary, Topic, View};

mod escape;

/// Blocks of Markdown, a blank line between any two.
#[derive(Default)]
struct Page(Vec<String>);

/// Writes the page.
pub(super) fn markdown(view: &View) -> String {
    let mut page = Page::default();
    page.0.push(COMMENT_BEGIN.to_owned());
    match &view.summary {
        Some(Summary::Paragraph(text)) => page.line("", text),
        Some(Summary::Points { heading, points }) => {
            page.line("## ", heading);
            page.list(points.iter().map(text));
        }
        None => {}
    }
    if let Some(faq) = &view.faq {
        page.line("## ", &faq.heading);
        for pair in &faq.pairs {
            page.line("### ", &pair.question);
            page.line("", &pair.answer);
        }
    }
    if let Some(Related { heading, topics }) = &view.related {
        page.line("## ", heading);
        page.list(topics.iter().map(topic));
    }
    if let Some(disclosure) = &view.disclosure {
        page.line("", disclosure);
    }
    page.0.push(COMMENT_END.to_owned());
    page.0.join("\n\n") + "\n"
}

impl Page {
    fn line(&mut self, prefix: &'static str, line: &Line) {
        self.0.push(format!("{prefix}{}", text(line)));
    }

    fn list(&mut self, items: impl Iterator<Item = String>) {
        let items: Vec<String> = items.map(|item| format!("- {item}")).collect();
        self.0.push(items.join("\n"));
    }
}

fn text(line: &Line) -> String {
    escape::escape(line.as_str())
}

/// A topic, linked where there is an address. Pointed brackets end at the first
/// `>`, which no address has; `&` could begin a character reference.
fn topic(topic: &Topic) -> String {
    let text = text(&topic.text);
    match &topic.link {
        Some(link) => format!("[{text}](<{}>)", link.replace('&', "&amp;")),
        None => text,
    }
}
