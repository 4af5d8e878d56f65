//! Where a text sends its reader: links, e-mail addresses and telephone numbers,
//! in a form in which two spellings of one are alike. A draft may not send anyone
//! to where its article does not. Leaf functions.
//!
//! What only looks like one ("repairs.The") counts: the article then has to have
//! it too. Dates, scores and ranges of years are no telephone numbers.

use super::pattern::Pattern;

/// Digits of a telephone number.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// Digits of its longest group at least: what has none is a score or a date.
const LONGEST_GROUP: usize = 3;

/// An address with or without its scheme, or an e-mail address. What comes before a
/// scheme or an `@` is bounded, so that no text is scanned again for each match.
static ADDRESS: Pattern = Pattern::new(
    r#"(?i)(?:[a-z][a-z0-9+.-]{0,20}://|\bmailto:)[^\s<>"“”‘’()\[\]]+|[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}|\b(?:[\p{L}\p{N}-]+\.)+[\p{L}][\p{L}\p{N}-]+(?:[/?#:][^\s<>"“”‘’()\[\]]*)?"#,
);
static DIGITS: Pattern = Pattern::new(r"\+?\(?[0-9][0-9 \u{a0}().\-–/]{5,}[0-9]");
/// Digits in groups of three, as great numbers are written.
static THOUSANDS: Pattern = Pattern::new(r"^[0-9]{1,3}(?:[ \u{a0}.][0-9]{3})+$");

/// The contacts of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contacts {
    /// Lower case, without scheme, `www.` and what closes a sentence.
    addresses: Vec<String>,
    /// Only the digits of all that looks like a telephone number.
    phones: Vec<String>,
}

impl Contacts {
    /// Those of `text`. Time is linear in its length.
    #[must_use]
    pub fn read(text: &str) -> Self {
        Self {
            addresses: addresses(text).map(plain_address).collect(),
            phones: phones(text).map(digits).collect(),
        }
    }

    /// The contacts of `claim`, as written there, that are not among these. A page
    /// stands for its site, and a number with its area code for the one without.
    #[must_use]
    pub fn lacks(&self, claim: &str) -> Vec<String> {
        let addresses = addresses(claim).filter(|it| !self.has_address(&plain_address(it)));
        let phones = phones(claim).filter(|it| !self.has_phone(&digits(it)));
        addresses.chain(phones).map(str::to_owned).collect()
    }

    fn has_address(&self, address: &str) -> bool {
        self.addresses.iter().any(|known| {
            let rest = known.strip_prefix(address);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
        })
    }

    fn has_phone(&self, phone: &str) -> bool {
        self.phones.iter().any(|known| known.ends_with(phone))
    }
}

/// The contacts of `claim`, as written there, that `evidence` lacks.
#[must_use]
pub fn unsupported_contacts(claim: &str, evidence: &str) -> Vec<String> {
    Contacts::read(evidence).lacks(claim)
}

fn addresses(text: &str) -> impl Iterator<Item = &str> {
    ADDRESS.captures_iter(text).filter_map(|found| {
        let address = found.get(0)?.as_str();
        Some(address.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '/']))
    })
}

fn plain_address(address: &str) -> String {
    let address = address.to_lowercase();
    let rest = match address.split_once("://") {
        Some((_, rest)) => rest,
        None => address.strip_prefix("mailto:").unwrap_or(&address),
    };
    rest.strip_prefix("www.").unwrap_or(rest).to_owned()
}

fn phones(text: &str) -> impl Iterator<Item = &str> {
    let found = DIGITS.captures_iter(text);
    let found = found.filter_map(|found| Some(found.get(0)?.as_str()));
    found.filter(|number| is_phone(number))
}

fn is_phone(number: &str) -> bool {
    let groups: Vec<&str> = number
        .split(|c: char| !c.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .collect();
    let longest = groups.iter().map(|group| group.len()).max().unwrap_or(0);
    let is_year = |group: &&str| group.len() == 4 && group.starts_with(['1', '2']);
    PHONE_DIGITS.contains(&digits(number).len())
        && longest >= LONGEST_GROUP
        && (groups.len() > 1 || number.starts_with('+'))
        && !groups.iter().all(is_year)
        && !is_date(&groups)
        && !THOUSANDS.is_match(number)
}

/// A year with month and day, in any order.
fn is_date(groups: &[&str]) -> bool {
    let mut lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths.sort_unstable();
    matches!(lengths[..], [1 | 2, 1 | 2, 4])
}

fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EVIDENCE: &str = "Write to Press@Harlow.gov, call +1 (212) 555-0142 or see \
        https://www.harlow.gov/pool?year=2026. The pool closed at 10 a.m. in the U.S.";

    #[test]
    fn the_patterns_compile() {
        assert!(ADDRESS.compiles() && DIGITS.compiles() && THOUSANDS.compiles());
    }

    #[test]
    fn what_the_evidence_has_is_supported_in_any_spelling() {
        for claim in [
            "See harlow.gov.",
            "See http://harlow.gov/pool?year=2026",
            "Write to press@harlow.gov!",
            "Call 212-555-0142.",
            "Call 555 0142.",
            "The pool closed at 10 a.m. in the U.S.",
        ] {
            assert_eq!(
                unsupported_contacts(claim, EVIDENCE),
                Vec::<String>::new(),
                "{claim}"
            );
        }
    }

    #[test]
    fn what_it_lacks_is_told_as_written() {
        for (claim, contact) in [
            (
                "See https://evil.example/pool.",
                "https://evil.example/pool",
            ),
            ("See harlow.gov.evil.example.", "harlow.gov.evil.example"),
            ("See harlow.gov/other", "harlow.gov/other"),
            ("See low.gov", "low.gov"),
            ("Write to pool@harlow.gov.", "pool@harlow.gov"),
            ("Write to mailto:pool@harlow.gov", "mailto:pool@harlow.gov"),
            ("Call 212-555-0199 now.", "212-555-0199"),
            ("Call +442071838750 now.", "+442071838750"),
            ("See ftp://x", "ftp://x"),
        ] {
            assert_eq!(unsupported_contacts(claim, EVIDENCE), [contact], "{claim}");
        }
    }

    #[test]
    fn other_numbers_are_no_telephone_numbers() {
        for claim in [
            "The plan of 2019-2024 cost 1 200 000 dollars.",
            "They won 6-4 7-5 3-6 6-3 on 2026-11-26 and 26.11.2026.",
            "About 12,345,678 people, 12345678 in all.",
        ] {
            assert!(unsupported_contacts(claim, "").is_empty(), "{claim}");
        }
    }

    proptest! {
        #[test]
        fn a_text_lacks_nothing_of_itself(text in "\\PC{0,120}|[a-z0-9@.:/ +()-]{0,120}") {
            prop_assert_eq!(unsupported_contacts(&text, &text), Vec::<String>::new());
        }
    }
}
