//! Reading a completion back. The engine promises its shape, but a completion
//! may have been cut at its token limit: then the last piece is left out.

use crate::text::sentences::sentences;

/// The question and the sentences of its answer.
pub(super) fn question_and_answer(text: &str, cut: bool) -> Option<(String, Vec<String>)> {
    let (question, answer) = text.strip_prefix("Q: ")?.split_once("\nA: ")?;
    let answer = sentences_of(answer.trim(), cut);
    question
        .ends_with('?')
        .then(|| (question.trim().to_owned(), answer))
}

/// The question alone.
pub(super) fn question(text: &str) -> Option<String> {
    let question = text.strip_prefix("Q: ")?.trim();
    question.ends_with('?').then(|| question.to_owned())
}

/// The sentences of a text, without one that was cut.
pub(super) fn sentences_of(text: &str, cut: bool) -> Vec<String> {
    let mut found: Vec<String> = sentences(text)
        .into_iter()
        .map(|span| span.of(text).to_owned())
        .collect();
    let whole = text.ends_with(['.', '!', '?', '"', '”']);
    if cut && !whole {
        found.pop();
    }
    found
}

/// The items of a list, one a line, without one that was cut.
pub(super) fn list(text: &str, cut: bool) -> Vec<String> {
    let mut items: Vec<String> = text
        .lines()
        .map(|line| line.trim_start_matches("- ").trim().to_owned())
        .filter(|item| !item.is_empty())
        .collect();
    if cut {
        items.pop();
    }
    items
}

/// The sentences of a list, without an item that was cut.
pub(super) fn points(text: &str, cut: bool) -> Vec<String> {
    let items = list(text, cut).into_iter();
    items.flat_map(|item| sentences_of(&item, false)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_read_back() {
        let text = "Q: Why did it close?\nA: The pool closed in May. Repairs cost too much.";
        let (question, answer) = question_and_answer(text, false).expect("it has both parts");
        assert_eq!(question, "Why did it close?");
        assert_eq!(
            answer,
            ["The pool closed in May.", "Repairs cost too much."]
        );
    }

    #[test]
    fn a_cut_sentence_is_left_out() {
        let text = "The pool closed in May. Repairs cost too";
        assert_eq!(sentences_of(text, true), ["The pool closed in May."]);
    }

    #[test]
    fn a_pair_without_an_answer_is_none() {
        assert_eq!(question_and_answer("Q: Why did it close", true), None);
    }

    #[test]
    fn points_are_sentences() {
        let text = "- The pool closed in May.\n- Repairs cost $2 million.\n- The coun";
        let whole = ["The pool closed in May.", "Repairs cost $2 million."];
        assert_eq!(points(text, true), whole);
    }

    #[test]
    fn a_list_loses_its_marks_and_a_cut_item() {
        assert_eq!(list("- Elm Road\n- Harlow Str", true), ["Elm Road"]);
    }
}
