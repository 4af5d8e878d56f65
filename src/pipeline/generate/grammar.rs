//! The shapes that a model may write, as Lark grammars for llguidance. Lengths
//! are bounded in the grammar, so that no branch loops for ever.
//!
//! A sentence may hold full stops that end none: initials and acronyms
//! ("U.S."), decimals, and the abbreviations of news English. Square brackets
//! are left out, as they mark paragraph numbers in the prompt.

/// A sentence of 20 to 300 characters.
const SENTENCE: &str = r#"SENTENCE: /["“]?(([A-Z]\.)+|[A-Z0-9$£€])([^.\n!?\[\]]|\.[a-z0-9,]|[A-Z]\.|(Mr|Mrs|Ms|Dr|St|Gen|Sen|Rep|Gov|No|Lt|Col|Jr|Sr|Inc|Co|Corp|Ltd|vs|Jan|Feb|Aug|Sept|Oct|Nov|Dec)\.){20,300}[.]["”]?/"#;
/// The rest of a question after its opening.
const QUESTION: &str = r"QUESTION: / ([^\n?.!\[\]]|[A-Z]\.|[0-9]\.[0-9]|(Mr|Mrs|Ms|Dr|St|Gen|Sen|Rep|Gov|No|Lt|Col|Jr|Sr|Inc|Co|Corp|Ltd|vs)\.){15,150}\?/";
/// A word of a phrase.
const WORD: &str = r"[A-Za-z0-9’'.&-]{1,18}";

/// Between `least` and `most` sentences.
pub(super) fn sentences(least: usize, most: usize) -> String {
    format!("start: {}\n{SENTENCE}\n", sequence(least, most))
}

/// A list of sentences, one a line; the first line's "- " is given.
pub(super) fn points(least: usize, most: usize) -> String {
    let (least, most) = (least - 1, most - 1);
    format!("start: SENTENCE (\"\\n- \" SENTENCE){{{least},{most}}}\n{SENTENCE}\n")
}

/// The rest of a question, a line break, "A: " and the answer.
pub(super) fn question_and_answer(least: usize, most: usize) -> String {
    format!(
        "start: QUESTION \"\\nA: \" {}\n{QUESTION}\n{SENTENCE}\n",
        sequence(least, most)
    )
}

/// The rest of a question.
pub(super) fn question() -> String {
    format!("start: QUESTION\n{QUESTION}\n")
}

/// A phrase of at most `words` words.
pub(super) fn phrase(words: usize) -> String {
    format!("start: PHRASE\n{}\n", phrase_rule(words))
}

/// A list of phrases, one a line; the first line's "- " is given.
pub(super) fn phrases(least: usize, most: usize, words: usize) -> String {
    let (least, most) = (least - 1, most - 1);
    format!(
        "start: PHRASE (\"\\n- \" PHRASE){{{least},{most}}}\n{}\n",
        phrase_rule(words)
    )
}

fn phrase_rule(words: usize) -> String {
    format!("PHRASE: /[A-Z]{WORD}( {WORD}){{0,{}}}/", words - 1)
}

fn sequence(least: usize, most: usize) -> String {
    let required = vec!["SENTENCE"; least].join(" \" \" ");
    let optional = " (\" \" SENTENCE)?".repeat(most - least);
    format!("{required}{optional}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_stand_on_lines() {
        assert!(points(3, 6).starts_with("start: SENTENCE (\"\\n- \" SENTENCE){2,5}\nSENTENCE: "));
    }

    #[test]
    fn a_sequence_counts_its_sentences() {
        assert_eq!(sequence(2, 3), r#"SENTENCE " " SENTENCE (" " SENTENCE)?"#);
        assert_eq!(sequence(1, 1), "SENTENCE");
    }
}
