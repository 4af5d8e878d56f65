//! Where on a page the article is: how much text each element holds, the
//! element to read, and the title that the page's metadata gives.

use std::collections::HashMap;

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use scraper::{Html, Node};

use crate::pipeline::ingest::piece::tidy;

use super::refuse::{Verdict, judge};

/// Bytes of text under which an `<article>` is a teaser card.
const MIN_ARTICLE_BYTES: usize = 250;

/// Bytes of visible text per element, without what is certainly not article.
pub(super) struct TextSizes {
    sizes: HashMap<NodeId, usize>,
}

impl TextSizes {
    /// Measures all elements in one walk.
    pub(super) fn measure(html: &Html) -> Self {
        let mut sizes = HashMap::new();
        let mut starts = Vec::new();
        let mut total = 0;
        for edge in html.tree.root().traverse() {
            match edge {
                Edge::Open(node) => match node.value() {
                    Node::Text(text) => total += text.trim().len(),
                    Node::Element(_) => starts.push(total),
                    _ => {}
                },
                Edge::Close(node) => {
                    let Some(element) = node.value().as_element() else {
                        continue;
                    };
                    let start = starts.pop().unwrap_or(total);
                    sizes.insert(node.id(), total - start);
                    if matches!(judge(node, element), Verdict::Skip | Verdict::Drop(_)) {
                        total = start;
                    }
                }
            }
        }
        Self { sizes }
    }

    pub(super) fn of(&self, node: NodeRef<'_, Node>) -> usize {
        self.sizes.get(&node.id()).copied().unwrap_or_default()
    }
}

/// The element to read: the largest `<article>`, else `<main>`, else
/// `[role=main]`, else all.
pub(super) fn root<'a>(html: &'a Html, sizes: &TextSizes) -> NodeRef<'a, Node> {
    let largest = |is_wanted: &dyn Fn(&scraper::node::Element) -> bool| {
        html.tree
            .nodes()
            .filter(|node| node.value().as_element().is_some_and(is_wanted))
            .filter(|node| sizes.of(*node) >= MIN_ARTICLE_BYTES)
            // The first of equals, which is the outer of nested ones.
            .reduce(|best, node| {
                if sizes.of(node) > sizes.of(best) {
                    node
                } else {
                    best
                }
            })
    };
    largest(&|element| element.name() == "article")
        .or_else(|| largest(&|element| element.name() == "main"))
        .or_else(|| largest(&|element| element.attr("role") == Some("main")))
        .unwrap_or_else(|| html.tree.root())
}

/// The page's own headline outside the element read, or its metadata's.
pub(super) fn title(html: &Html) -> Option<String> {
    let mut shown = None;
    let mut shared = None;
    let mut named = None;
    for node in html.tree.nodes() {
        let Some(element) = node.value().as_element() else {
            continue;
        };
        match element.name() {
            "h1" if shown.is_none() => shown = text_of(node),
            "meta" if element.attr("property") == Some("og:title") && shared.is_none() => {
                shared = element.attr("content").map(tidy);
            }
            "title" if named.is_none() => named = text_of(node).map(without_site),
            _ => {}
        }
    }
    [shown, shared, named]
        .into_iter()
        .flatten()
        .find(|title| !title.is_empty())
}

fn text_of(node: NodeRef<'_, Node>) -> Option<String> {
    let texts = node.descendants().filter_map(|node| node.value().as_text());
    let text = tidy(&texts.map(|text| &**text).collect::<String>());
    (!text.is_empty()).then_some(text)
}

/// `Headline | Site` and `Headline - Site` without the site, when a headline
/// is left.
fn without_site(title: String) -> String {
    let headline = [" | ", " – ", " — ", " - "]
        .iter()
        .find_map(|mark| title.rsplit_once(mark))
        .map(|(headline, _)| headline)
        .filter(|headline| headline.split(' ').count() >= 3);
    headline.map(str::to_owned).unwrap_or(title)
}
