//! Numbers, dates and money as articles write them, and arbitrary text.

use super::*;
use proptest::prelude::*;

fn read(text: &str) -> Vec<(f64, Unit)> {
    numbers(text)
        .into_iter()
        .map(|number| (number.value, number.unit))
        .collect()
}

#[test]
fn spellings_of_one_number_are_equal() {
    for (one, other) in [
        ("1,200 people", "1200 people"),
        ("four", "4"),
        ("twelve percent", "12%"),
        ("12 per cent", "12 %"),
        ("$1.5 million", "1.5m dollars"),
        ("€2bn", "two billion euros"),
        ("Sept. 13", "September 13"),
        ("twenty-one days", "21 days"),
        ("two hundred and five thousand", "205,000"),
        ("the 21st", "the twenty-first"),
        ("two dozen", "24"),
        ("a hundred", "100"),
        ("one thousand nine hundred", "1,900"),
        ("in May", "in May"),
    ] {
        assert_eq!(read(one), read(other), "{one} and {other}");
        assert!(!read(one).is_empty(), "{one}");
    }
}

#[test]
fn units_are_told_apart() {
    assert_eq!(read("$1.5m"), [(1.5e6, Unit::Money("USD"))]);
    assert_eq!(read("1.5m wide"), [(1.5, Unit::Plain)]);
    assert_eq!(
        read("10 to 12 percent"),
        [(10.0, Unit::Percent), (12.0, Unit::Percent)]
    );
    assert_eq!(read("thousands"), [(1e3, Unit::Magnitude)]);
    assert_eq!(read("on Tuesday"), [(2.0, Unit::Weekday)]);
    assert_eq!(read("on tuesday"), [(2.0, Unit::Weekday)]);
    assert_eq!(read("in july"), [(7.0, Unit::Month)]);
    assert_eq!(read("it may be an august march"), []);
    assert_eq!(read("She may march to G7"), []);
    assert_eq!(
        read("version 1.75.0, 2023-24"),
        [1.75, 0.0, 2023.0, 24.0].map(|value| (value, Unit::Plain))
    );
    assert_eq!(read("1, 2,3").len(), 3);
}

#[test]
fn words_in_a_row_are_not_one_number() {
    assert_eq!(read("two three"), read("2 and 3"));
    assert_eq!(read("two and three"), read("2, 3"));
    assert_eq!(read("five twenty"), read("5; 20"));
}

#[test]
fn unsupported_numbers_are_those_the_evidence_lacks() {
    let evidence = "On Sept. 13 four of the 1,200 trains, or 12%, were late; it cost $3 million.";
    assert!(unsupported_numbers("Four trains, 12 percent, 3 million dollars", evidence).is_empty());
    assert!(unsupported_numbers("1.1 million", "1,100,000").is_empty());
    assert!(unsupported_numbers("One was the first; thousands ran", evidence).is_empty());
    assert_eq!(
        unsupported_numbers("Five trains on October 13, 4%, €3 million", evidence),
        ["Five", "October", "4%", "3 million"]
    );
    assert_eq!(
        unsupported_numbers("Billions were paid on Monday", evidence),
        ["Billions", "Monday"]
    );
}

#[test]
fn long_inputs_take_linear_time() {
    let text = "one hundred and 1,2,3.4.5 ".repeat(20_000);
    assert!(numbers(&text).len() > 60_000);
    assert!(!numbers(&"9".repeat(100_000)).is_empty());
}

proptest! {
    #[test]
    fn spans_lie_in_order_on_boundaries(text in "[0-9,.$%€ a-z\\-]*|\\PC*") {
        let mut end = 0;
        for number in numbers(&text) {
            prop_assert!(number.span.start >= end);
            prop_assert!(!number.span.of(&text).is_empty());
            end = number.span.end;
        }
    }

    #[test]
    fn a_text_supports_its_own_numbers(text in "([0-9]{1,5}|ten|%|percent|million|first| |[.,])*") {
        prop_assert_eq!(unsupported_numbers(&text, &text), Vec::<String>::new());
    }
}
