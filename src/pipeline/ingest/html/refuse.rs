//! Which elements of a page are not its article, by name, state and the words
//! of their class, id and role. Judges one element; the walk does the rest.

use ego_tree::NodeRef;
use scraper::Node;
use scraper::node::Element;

/// What to do with an element and all inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Read,
    /// Nothing to say about it: it shows no text.
    Skip,
    /// Certainly not article.
    Drop(&'static str),
    /// Not article unless most of the text is inside.
    DropUnlessMain(&'static str),
}

/// Words of class, id and role, lower case, split at everything that is not
/// a letter or digit.
const WORDS: &[(&str, &[&str])] = &[
    (
        "comments",
        &["comments", "comment", "disqus", "respond", "commentlist"],
    ),
    (
        "share",
        &[
            "share",
            "sharing",
            "sharedaddy",
            "addtoany",
            "social",
            "sharebar",
            "socials",
        ],
    ),
    (
        "newsletter",
        &[
            "newsletter",
            "newsletters",
            "subscribe",
            "signup",
            "optin",
            "paywall",
        ],
    ),
    (
        "related",
        &[
            "related",
            "recommended",
            "recommendations",
            "recirc",
            "recirculation",
            "trending",
            "jp",
            "outbrain",
            "taboola",
            "zergnet",
            "readmore",
        ],
    ),
    (
        "advert",
        &[
            "ad",
            "ads",
            "advert",
            "adverts",
            "advertisement",
            "advertising",
            "adsbygoogle",
            "sponsored",
            "dfp",
            "promo",
            "promobox",
        ],
    ),
    ("cookies", &["cookie", "cookies", "consent", "gdpr"]),
    (
        "navigation",
        &[
            "breadcrumb",
            "breadcrumbs",
            "nav",
            "navbar",
            "navigation",
            "menu",
            "pagination",
            "toolbar",
        ],
    ),
    ("footer", &["footer", "copyright", "colophon"]),
    (
        "byline",
        &[
            "byline",
            "author",
            "authors",
            "dateline",
            "timestamp",
            "entrymeta",
            "postmeta",
        ],
    ),
    ("tags", &["tags", "taglist", "tagcloud"]),
];

/// Classes of FAQ blocks: ours, Yoast's, Rank Math's.
const FAQ_CLASSES: [&str; 6] = [
    "afterword",
    "schema-faq",
    "wp-block-yoast-faq-block",
    "rank-math-faq",
    "wp-block-rank-math-faq-block",
    "rank-math-block",
];

/// Judges an element.
pub(super) fn judge(node: NodeRef<'_, Node>, element: &Element) -> Verdict {
    if is_older_faq(node, element) {
        return Verdict::Drop("older_faq");
    }
    match element.name() {
        "head" | "title" | "meta" | "link" | "video" | "audio" | "canvas" | "x-object" | "map"
        | "progress" | "datalist" | "dialog" => return Verdict::Skip,
        "x-button" => return Verdict::Drop("button"),
        "nav" => return Verdict::Drop("navigation"),
        "footer" => return Verdict::DropUnlessMain("footer"),
        "aside" => return Verdict::DropUnlessMain("aside"),
        "form" => return Verdict::DropUnlessMain("form"),
        _ => {}
    }
    if is_hidden(element) {
        return Verdict::Drop("hidden");
    }
    by_words(element)
}

fn is_hidden(element: &Element) -> bool {
    let style: String = element
        .attr("style")
        .unwrap_or_default()
        .chars()
        .filter(|character| !character.is_whitespace())
        .collect();
    let style = style.to_ascii_lowercase();
    element.attr("hidden").is_some()
        || element.attr("aria-hidden") == Some("true")
        || style.contains("display:none")
        || style.contains("visibility:hidden")
}

fn is_older_faq(node: NodeRef<'_, Node>, element: &Element) -> bool {
    element.attr("data-afterword").is_some()
        || element.classes().any(|class| FAQ_CLASSES.contains(&class))
        || (is_details(element) && has_details_beside(node))
}

/// A block of the WordPress editor; one alone may be article, a series is a
/// list of questions.
fn is_details(element: &Element) -> bool {
    element.name() == "details" && element.classes().any(|class| class == "wp-block-details")
}

fn has_details_beside(node: NodeRef<'_, Node>) -> bool {
    let is_beside = |beside: Option<NodeRef<'_, Node>>| {
        beside
            .and_then(|node| node.value().as_element().map(is_details))
            .unwrap_or_default()
    };
    let is_element = |node: &NodeRef<'_, Node>| node.value().is_element();
    // Bounded: siblings of a block are parted by at most some white space.
    is_beside(node.prev_siblings().take(4).find(is_element))
        || is_beside(node.next_siblings().take(4).find(is_element))
}

/// Elements that hold the article carry words about its subject, too.
fn by_words(element: &Element) -> Verdict {
    if matches!(element.name(), "html" | "body" | "main" | "article" | "h1") {
        return Verdict::Read;
    }
    let attributes = ["class", "id", "role"].map(|name| element.attr(name).unwrap_or_default());
    let names = attributes.join(" ").to_ascii_lowercase();
    let words = || names.split(|character: char| !character.is_ascii_alphanumeric());
    WORDS
        .iter()
        .find(|(_, known)| words().any(|word| known.contains(&word)))
        .map_or(Verdict::Read, |(reason, _)| Verdict::DropUnlessMain(reason))
}
