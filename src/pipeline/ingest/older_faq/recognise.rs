//! The recogniser of FAQ markup: which names, classes and attributes older FAQs
//! have, ours and those of other tools.
//!
//! Takes what any reader of HTML knows of an element and needs no tree, so that
//! both the scan of the source and the reader of pages can ask it.

use crate::digest::markers::{self, DIGEST_ATTRIBUTE};
use crate::pipeline::article::FaqFormat;

/// Classes of Yoast's block.
const YOAST: [&str; 3] = [
    "schema-faq",
    "schema-faq-section",
    "wp-block-yoast-faq-block",
];
/// Classes of Rank Math's block and of the list that its shortcode prints.
const RANK_MATH: [&str; 6] = [
    "wp-block-rank-math-faq-block",
    "rank-math-block",
    "rank-math-faq",
    "rank-math-faq-item",
    "rank-math-list-item",
    "rank-math-list",
];
/// The class of our sections before there were markers.
const FIRST_CLASS: &str = "afterword";

/// How an element says that it holds an older FAQ. `attributes` are the names of
/// its attributes. A single `<details>` says nothing: see [`is_details`].
pub(in crate::pipeline::ingest) fn format_of<'a>(
    name: &str,
    classes: impl IntoIterator<Item = &'a str>,
    attributes: impl IntoIterator<Item = &'a str>,
) -> Option<FaqFormat> {
    let is_marked = |attribute: &str| attribute.eq_ignore_ascii_case(DIGEST_ATTRIBUTE);
    if attributes.into_iter().any(is_marked) {
        return Some(FaqFormat::Afterword);
    }
    classes.into_iter().find_map(|class| match class {
        class if markers::is_own_class(class) => Some(FaqFormat::Afterword),
        FIRST_CLASS if name == "section" => Some(FaqFormat::Afterword),
        class if YOAST.contains(&class) => Some(FaqFormat::Yoast),
        class if RANK_MATH.contains(&class) => Some(FaqFormat::RankMath),
        _ => None,
    })
}

/// Whether an element is the editor's block that opens and closes. One alone may
/// be article, a series that asks is a list of questions.
pub(in crate::pipeline::ingest) fn is_details(name: &str) -> bool {
    name == "details"
}

/// The block whose comment, as the WordPress editor writes it, starts `source`:
/// its format and the comment that ends it.
pub(super) fn block(source: &str) -> Option<(FaqFormat, &'static str)> {
    const BLOCKS: [(&str, FaqFormat, &str); 3] = [
        (
            "<!-- wp:yoast/faq-block",
            FaqFormat::Yoast,
            "<!-- /wp:yoast/faq-block -->",
        ),
        (
            "<!-- wp:rank-math/faq-block",
            FaqFormat::RankMath,
            "<!-- /wp:rank-math/faq-block -->",
        ),
        (
            markers::COMMENT_BEGIN,
            FaqFormat::Afterword,
            markers::COMMENT_END,
        ),
    ];
    let found = BLOCKS.iter().find(|(start, ..)| source.starts_with(start));
    found.map(|(_, format, end)| (*format, *end))
}
