//! Months and days of the week: the words of dates.

/// Names of the months, January first.
#[rustfmt::skip]
const MONTHS: [&str; 12] = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
];

/// Days of the week, Monday first.
#[rustfmt::skip]
const WEEKDAYS: [&str; 7] = [
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
];

/// Whether a word, in any case, is the name of a month or of a day of the week.
#[must_use]
pub fn is_calendar_word(word: &str) -> bool {
    let word = word.to_lowercase();
    MONTHS.contains(&word.as_str())
        || weekday(&word).is_some()
        || (word.len() > 3 && month(&word).is_some())
}

/// The month, 1 to 12, of a lower-case name or abbreviation.
pub(super) fn month(word: &str) -> Option<usize> {
    let known = word == "sept" || word.len() == 3 || MONTHS.contains(&word);
    let name = word.get(..3)?;
    let at = MONTHS.iter().position(|month| month.starts_with(name))?;
    known.then_some(at + 1)
}

/// Whether a lower-case word names a month and can be nothing else.
pub(super) fn is_plain_month(word: &str) -> bool {
    !matches!(word, "may" | "march") && MONTHS.contains(&word)
}

/// The day, 1 (Monday) to 7, of a lower-case name, plural included.
pub(super) fn weekday(word: &str) -> Option<usize> {
    let singular = word.strip_suffix('s').unwrap_or(word);
    let at = WEEKDAYS.iter().position(|day| *day == singular)?;
    Some(at + 1)
}

/// Whether a lower-case word means a day or a month even where it is not
/// capitalised, as in text without any capitals.
pub(super) fn is_plain_day_or_month(word: &str) -> bool {
    weekday(word).is_some() || (is_plain_month(word) && word != "august")
}

/// Words before "May" or "March" that make it a month.
pub(super) fn precedes_month(word: &str) -> bool {
    matches!(
        word,
        "in" | "since"
            | "until"
            | "by"
            | "of"
            | "from"
            | "to"
            | "last"
            | "next"
            | "this"
            | "early"
            | "mid"
            | "late"
            | "before"
            | "after"
            | "and"
            | "through"
    )
}
