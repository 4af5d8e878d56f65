//! The figures of the suite.

use std::collections::BTreeSet;

use crate::eval::figures::Figures;
use crate::eval::statistics::{count, kendall, mean, pearson, share, spearman};

use super::{Answerable, Asked, Foreign, Question, Scored};

/// All of them, in the order of the issue: answerability, round trip, the
/// digests' questions, human scores.
pub(super) fn figures<'q>(rows: impl Iterator<Item = &'q Question>) -> Figures {
    let (mut passages, mut foreign) = (vec![], vec![]);
    let (mut scored, mut asked, mut quiz) = (vec![], vec![], vec![]);
    for row in rows {
        match row {
            Question::Answerable(row) => passages.push(row),
            Question::Foreign(row) => foreign.push(row),
            Question::Scored(row) => scored.push(row),
            Question::Asked(row) => asked.push(row),
            Question::Quiz { stands_alone } => quiz.push(*stands_alone),
        }
    }
    let mut figures = Figures::default();
    answerability(&mut figures, &passages);
    round_trip(&mut figures, &passages);
    digests(&mut figures, &asked);
    figures.count("quiz_questions", quiz.len());
    figures.estimate("quiz_stand_alone", share(&quiz));
    human_scores(&mut figures, &scored);
    reasons(&mut figures, &passages);
    languages(&mut figures, &foreign);
    figures
}

fn answerability(figures: &mut Figures, rows: &[&Answerable]) {
    let of = |answerable: bool| rows.iter().filter(move |row| row.answerable == answerable);
    let refused = |answerable: bool| {
        share(
            &of(answerable)
                .map(|row| !row.checked.passed)
                .collect::<Vec<_>>(),
        )
    };
    let kept = of(true).filter(|row| row.checked.passed);
    let right: Vec<bool> = kept.map(|row| row.has_reference).collect();
    figures.count("answerable_questions", of(true).count());
    figures.count("unanswerable_questions", of(false).count());
    figures.estimate("answerable_refused", refused(true));
    figures.estimate("unanswerable_refused", refused(false));
    figures.estimate("completed_answers_with_reference", share(&right));
}

fn round_trip(figures: &mut Figures, rows: &[&Answerable]) {
    let names = [
        "round_trip_f1",
        "round_trip_answerable_declined",
        "round_trip_unanswerable_declined",
    ];
    if rows.iter().all(|row| row.round_trip.is_none()) {
        names.iter().for_each(|name| figures.not_run(name));
        return;
    }
    let of = |answerable: bool| {
        let rows = rows.iter().filter(move |row| row.answerable == answerable);
        rows.filter_map(|row| row.round_trip.as_ref())
    };
    let f1: Vec<f64> = of(true).map(|it| it.f1).collect();
    let declined =
        |answerable: bool| share(&of(answerable).map(|it| it.declined).collect::<Vec<_>>());
    figures.estimate(names[0], mean(&f1));
    figures.estimate(names[1], declined(true));
    figures.estimate(names[2], declined(false));
}

fn digests(figures: &mut Figures, rows: &[&Asked]) {
    let sum = |of: fn(&Asked) -> usize| rows.iter().map(|row| of(row)).sum::<usize>();
    let questions = sum(|row| row.questions);
    let per = |part: usize| (questions > 0).then(|| count(part) / count(questions));
    figures.count("articles", rows.len());
    figures.count(
        "articles_refused",
        rows.iter().filter(|row| row.refused.is_some()).count(),
    );
    figures.count("questions", questions);
    figures.estimate("duplicates", per(sum(|row| row.duplicates)));
    figures.estimate("stand_alone", per(sum(|row| row.stand_alone)));
    figures.estimate("question_words", per(sum(|row| row.words)));
}

fn human_scores(figures: &mut Figures, rows: &[&Scored]) {
    let passed: Vec<bool> = rows.iter().map(|row| row.checked.passed).collect();
    figures.count("scored_questions", rows.len());
    figures.estimate("scored_passed", share(&passed));
    let axes: BTreeSet<&String> = rows.iter().flat_map(|row| row.scores.keys()).collect();
    for axis in axes {
        let against = |measure: fn(&Scored) -> f64| {
            let scored = rows.iter();
            let pairs = scored.filter_map(|row| Some((measure(row), *row.scores.get(axis)?)));
            pairs.collect::<Vec<_>>()
        };
        let checks = against(|row| f64::from(u8::from(row.checked.passed)));
        figures.part("per_axis", axis, |figures| {
            figures.estimate("pearson", pearson(&checks));
            figures.estimate("spearman", spearman(&checks));
            figures.estimate("kendall", kendall(&checks));
            figures.estimate("rouge_2_spearman", spearman(&against(|row| row.rouge_2)));
        });
    }
}

/// What speaks against answerable questions, as shares of them.
fn reasons(figures: &mut Figures, rows: &[&Answerable]) {
    let answerable: Vec<_> = rows.iter().filter(|row| row.answerable).collect();
    let codes = answerable
        .iter()
        .filter_map(|row| row.checked.reason.as_ref());
    for code in codes.collect::<BTreeSet<_>>() {
        let fell = answerable
            .iter()
            .map(|row| row.checked.reason.as_ref() == Some(code));
        let fell: Vec<bool> = fell.collect();
        figures.part("per_refusal", code, |figures| {
            figures.estimate("answerable", share(&fell));
        });
    }
}

fn languages(figures: &mut Figures, rows: &[&Foreign]) {
    let languages: BTreeSet<&String> = rows.iter().map(|row| &row.language).collect();
    for language in languages {
        let rows = || rows.iter().filter(|row| row.language == *language);
        let answers = || rows().filter_map(|row| row.round_trip.as_ref());
        let refused: Vec<bool> = rows().map(|row| row.refused).collect();
        let f1: Vec<f64> = answers().map(|it| it.f1).collect();
        let declined: Vec<bool> = answers().map(|it| it.declined).collect();
        figures.part("per_language", language, |figures| {
            figures.count("rows", refused.len());
            figures.estimate("refused", share(&refused));
            figures.estimate("round_trip_f1", mean(&f1));
            figures.estimate("round_trip_declined", share(&declined));
        });
    }
}
