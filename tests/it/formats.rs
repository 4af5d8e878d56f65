//! Kinds of article beside the plain report, and articles that say little: what
//! is read of them and what is asked about.

use afterword::digest::{Digest, NoticeCode};

use super::articles::BRIDGE;
use super::program::{Ended, extractive};

fn digest(arguments: &[&str], input: &str) -> (Digest, String) {
    let ended = extractive(
        &[&["--format", "json", "--include-source"], arguments].concat(),
        input,
    );
    let said = ended.stderr.clone();
    (ended.digest(), said)
}

/// A notice at length, and hardly a fact.
const THIN: &str = "\
A word from the team

What a year it has been! We could not be happier, and we could not have done it without you. \
So much has happened, and so much more is to come. Who would have thought it?

The reading room of the Harlow library opens again on Monday at nine. Librarian Ann Osei has \
ordered 300 new books for it.

Thank you, thank you, and thank you again. See you soon, and do not be late!
";

#[test]
fn an_article_with_little_to_say_gets_a_short_digest_that_says_so() {
    let (digest, said) = digest(&[], THIN);
    let notice = &digest.notices[0];
    assert_eq!(notice.code, NoticeCode::LittleToSay);
    assert!(
        notice.detail.contains("limits.min_article_facts = 6"),
        "{notice:?}"
    );
    assert!(said.contains(&format!("note: {}", notice.detail)), "{said}");
    assert!(digest.faq.len() <= 2, "{:?}", digest.faq);
    assert!(
        digest
            .summary
            .is_none_or(|summary| summary.sentences.len() <= 2)
    );
}

#[test]
fn an_article_with_enough_to_say_has_no_notice() {
    let (digest, said) = digest(&[], BRIDGE);
    assert_eq!(digest.notices, []);
    assert!(!said.contains("note:"), "{said}");
}

#[test]
fn readers_never_see_a_notice() {
    for format in ["markdown", "html"] {
        let Ended { stdout, .. } = extractive(&["--format", format], THIN);
        assert!(!stdout.contains("facts"), "{stdout}");
    }
}
