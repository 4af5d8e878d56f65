//! Dates as pages write them to ISO 8601. What cannot be told for certain, as
//! 3/5/2024, is no date.

use std::sync::LazyLock;

use regex::Regex;

/// Longer values are no dates.
const MAX_DATE_BYTES: usize = 100;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// The year first, perhaps with a time after it.
static YEAR_FIRST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?)?").ok()
});
/// The month by its name.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:(\d{1,2})(?:st|nd|rd|th)?\.? )?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?\.?,? (?:(\d{1,2})(?:st|nd|rd|th)?,? )?(\d{4})\b").ok()
});

/// `value` as an ISO 8601 date, with the time where it is told.
pub(super) fn iso_date(value: &str) -> Option<String> {
    let value = value.trim();
    if value.len() > MAX_DATE_BYTES {
        return None;
    }
    year_first(value).or_else(|| named(value))
}

fn year_first(value: &str) -> Option<String> {
    let found = YEAR_FIRST.as_ref()?.captures(value)?;
    let day = day(&found[1], found[2].parse().ok()?, found[3].parse().ok()?)?;
    let Some(time) = found.get(4) else {
        return Some(day);
    };
    let zone = found.get(5).map_or("", |zone| zone.as_str());
    Some(format!("{day}T{}{zone}", time.as_str()))
}

fn named(value: &str) -> Option<String> {
    let found = NAMED.as_ref()?.captures(value)?;
    let name = found[2].to_ascii_lowercase();
    let month = MONTHS.iter().position(|month| *month == name)? + 1;
    let number = found.get(1).or(found.get(3))?;
    day(&found[4], month, number.as_str().parse().ok()?)
}

fn day(year: &str, month: usize, day: usize) -> Option<String> {
    let is_day = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && matches!(year.get(..2), Some("19" | "20"));
    is_day.then(|| format!("{year}-{month:02}-{day:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_told_in_many_ways() {
        let cases = [
            ("2024-05-03", "2024-05-03"),
            ("2024-05-03T10:15:00+02:00", "2024-05-03T10:15:00+02:00"),
            ("2024-05-03 10:15:00.123Z", "2024-05-03T10:15:00Z"),
            ("20240503", "2024-05-03"),
            ("2024/05/03", "2024-05-03"),
            ("May 3, 2024", "2024-05-03"),
            ("Friday, 3rd May 2024 at noon", "2024-05-03"),
            ("Fri, 03 May 2024 10:15:00 GMT", "2024-05-03"),
            ("Sept. 9, 2019", "2019-09-09"),
        ];
        for (written, iso) in cases {
            assert_eq!(iso_date(written).as_deref(), Some(iso), "{written}");
        }
    }

    #[test]
    fn what_is_uncertain_is_no_date() {
        for written in [
            "",
            "3/5/2024",
            "May 2024",
            "2024-13-01",
            "yesterday",
            "99990101",
            "marching 3 2024 4",
        ] {
            assert_eq!(iso_date(written), None, "{written}");
        }
    }
}
