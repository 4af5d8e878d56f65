//! How output of ours is told from everything else on a page: the one list that
//! `render` writes and `ingest` recognises. Promised to those who replace our
//! output in their pages, so a name here changes only with a new name beside it.
//!
//! Names only. It finds and replaces nothing.

/// The class of the one element that holds a digest in HTML and in blocks. No
/// element inside it has the same name, so it ends at the first end tag.
pub const DIGEST_CLASS: &str = "afterword-digest";
/// The attribute of the same element in plain HTML, for systems that rewrite
/// classes. Blocks have no place for it.
pub const DIGEST_ATTRIBUTE: &str = "data-afterword";
/// What [`DIGEST_ATTRIBUTE`] says: the version of these markers.
pub const DIGEST_VERSION: &str = "1";

/// The class of a summary, as running text or as points.
pub const SUMMARY_CLASS: &str = "afterword-summary";
/// The class of what belongs to the questions: heading, questions and answers.
pub const FAQ_CLASS: &str = "afterword-faq";
/// The class of what belongs to the related topics: heading and list.
pub const RELATED_CLASS: &str = "afterword-related";
/// The class of the sentence that says where the section comes from.
pub const DISCLOSURE_CLASS: &str = "afterword-disclosure";

/// All classes of ours. Those of the parts let output be recognised when an
/// editor took it out of its section.
pub const CLASSES: [&str; 5] = [
    DIGEST_CLASS,
    SUMMARY_CLASS,
    FAQ_CLASS,
    RELATED_CLASS,
    DISCLOSURE_CLASS,
];

/// The line before a digest in Markdown.
pub const COMMENT_BEGIN: &str = "<!-- afterword:begin -->";
/// The line after a digest in Markdown.
pub const COMMENT_END: &str = "<!-- afterword:end -->";

/// Whether a class is one of ours. Whole names only: `afterword` alone may be the
/// afterword of somebody's book.
#[must_use]
pub fn is_own_class(class: &str) -> bool {
    CLASSES.contains(&class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_are_ours() {
        assert!(CLASSES.iter().all(|class| is_own_class(class)));
        for foreign in ["afterword", "afterword-", "afterword-text", "Afterword-FAQ"] {
            assert!(!is_own_class(foreign), "{foreign}");
        }
    }
}
