//! The plain reader on arbitrary text.

use afterword::pipeline::SourceKind;

use super::common;

/// Tries one input.
pub fn run(source: &str) {
    let Some(article) = common::check(source.as_bytes(), SourceKind::Text, Some("utf-8")) else {
        return;
    };
    // Where every other byte is zero it is UTF-16, whoever says otherwise: what is read
    // are other characters.
    if source.contains('\0') {
        return;
    }
    // Plain text is reproduced by its place, white space and what shows nothing aside.
    for block in &article.blocks {
        let place = article
            .origin
            .input(block.span)
            .expect("plain text is never inserted");
        let sent = source.get(place.range()).expect("on boundaries");
        let mut sent = sent.chars();
        for character in article
            .block_text(block)
            .chars()
            .filter(|c| !c.is_whitespace())
        {
            assert!(
                sent.any(|other| other == character),
                "{character:?} is not at its place"
            );
        }
    }
}
