//! Our own section in a post: finds it by its markers, replaces it, and touches
//! nothing else, to the byte. Pure.

use std::ops::Range;

use crate::digest::markers::{DIGEST_ATTRIBUTE, DIGEST_CLASS};

const GROUP: &str = "<!-- wp:group";
const GROUP_END: &str = "<!-- /wp:group -->";
const COMMENT_END: &str = "-->";
const SECTION: &str = "<section";
const SECTION_END: &str = "</section>";

/// Why a post is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    /// There are two sections of ours.
    #[error("the post has several sections of ours")]
    Several,
    /// A section of ours does not end.
    #[error("a section of ours in the post does not end")]
    Unended,
}

/// The post with our section replaced, or added at its end.
///
/// # Errors
/// [`Unclear`] when it cannot be told what is ours.
pub fn replaced(post: &str, section: &str) -> Result<String, Unclear> {
    let section = section.trim();
    match find(post)? {
        Some(ours) => Ok([&post[..ours.start], section, &post[ours.end..]].concat()),
        None if post.trim().is_empty() => Ok(section.to_owned()),
        None => Ok(format!("{}\n\n{section}", post.trim_end())),
    }
}

/// Where our section stands in a post.
///
/// # Errors
/// [`Unclear`] when it cannot be told what is ours.
pub fn find(post: &str) -> Result<Option<Range<usize>>, Unclear> {
    let Some(first) = next(post, 0)? else {
        return Ok(None);
    };
    match next(post, first.end)? {
        Some(_) => Err(Unclear::Several),
        None => Ok(Some(first)),
    }
}

fn next(post: &str, from: usize) -> Result<Option<Range<usize>>, Unclear> {
    let mut at = from;
    while let Some(found) = post[at..].find('<') {
        let start = at + found;
        let here = &post[start..];
        let end = if here.starts_with(GROUP) && is_ours(here, COMMENT_END) {
            Some(end_of_group(post, start))
        } else if here.starts_with(SECTION) && is_ours(here, ">") {
            Some(
                post[start..]
                    .find(SECTION_END)
                    .map(|end| start + end + SECTION_END.len()),
            )
        } else {
            None
        };
        match end {
            Some(Some(end)) => return Ok(Some(start..end)),
            Some(None) => return Err(Unclear::Unended),
            None => at = start + 1,
        }
    }
    Ok(None)
}

/// Whether a tag or comment carries our mark before it ends.
fn is_ours(here: &str, end: &str) -> bool {
    let tag = here.find(end).map_or(here, |end| &here[..end]);
    tag.contains(DIGEST_ATTRIBUTE)
        || tag
            .split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'))
            .any(|word| word == DIGEST_CLASS)
}

/// The end of a group, others within it passed over.
fn end_of_group(post: &str, start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(found) = post[at..].find("<!-- ") {
        let here = at + found;
        if post[here..].starts_with(GROUP_END) {
            depth -= 1;
            at = here + GROUP_END.len();
            if depth == 0 {
                return Some(at);
            }
            continue;
        }
        let is_group = post[here..].starts_with(GROUP)
            && post[here + GROUP.len()..].starts_with(|c: char| c.is_whitespace());
        depth += usize::from(is_group);
        if depth == 0 {
            return None;
        }
        at = here + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BLOCK: &str = "<!-- wp:group {\"tagName\":\"section\",\"className\":\"afterword-digest\"} -->\n\
        <section class=\"wp-block-group afterword-digest\"><!-- wp:group {} --><div>x</div><!-- /wp:group --></section>\n\
        <!-- /wp:group -->";

    #[test]
    fn only_ours_is_replaced() {
        let before = "<!-- wp:group {\"className\":\"mine\"} --><p>a</p><!-- /wp:group -->\n\n";
        let post = format!("{before}{BLOCK}\n\n<p>after</p>");
        let new = replaced(&post, " NEW ").unwrap();
        assert_eq!(new, format!("{before}NEW\n\n<p>after</p>"));
        let html = "<p>a</p><section data-afterword=\"1\" class=\"x\">old</section>b";
        assert_eq!(replaced(html, "NEW").unwrap(), "<p>a</p>NEWb");
        let foreign = "<section class=\"afterword-digest-2\">x</section>\n";
        assert_eq!(
            replaced(foreign, "NEW").unwrap(),
            format!("{}\n\nNEW", foreign.trim_end())
        );
    }

    #[test]
    fn what_is_unclear_is_left_alone() {
        assert_eq!(
            replaced(&format!("{BLOCK}{BLOCK}"), "x"),
            Err(Unclear::Several)
        );
        let open = BLOCK.replace("</section>\n<!-- /wp:group -->", "");
        assert_eq!(replaced(&open, "x"), Err(Unclear::Unended));
    }

    proptest! {
        #[test]
        fn a_second_time_changes_nothing(parts in prop::collection::vec(
            prop_oneof![Just("<p>a</p>"), Just("<!-- wp:group {} -->"), Just("<!-- /wp:group -->"),
                Just("<section>"), Just("</section>"), Just("<!-- "), Just("é")], 0..12)) {
            let post = parts.concat();
            if let Ok(once) = replaced(&post, BLOCK) {
                prop_assert_eq!(replaced(&once, BLOCK).unwrap(), once);
            }
        }
    }
}
