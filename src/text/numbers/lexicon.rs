//! The words that make numbers: cardinals, ordinals, scales, currencies.

/// What a number word adds to the number being read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum NumberWord {
    /// 0 to 19.
    Small(f64),
    /// 20, 30, … 90.
    Tens(f64),
    /// A factor: hundred, dozen, thousand, …
    Scale(f64),
    /// A rank that ends the number.
    Rank(f64),
    /// "hundreds", "millions": no number but a magnitude.
    Magnitude(f64),
}

/// The meaning of a lower-case word.
pub(super) fn number_word(word: &str) -> Option<NumberWord> {
    use NumberWord::{Magnitude, Rank, Small, Tens};
    let position = |list: &[&str]| list.iter().position(|entry| *entry == word);
    if let Some(at) = position(&SMALL) {
        return Some(Small(value(at)));
    }
    if let Some(at) = position(&TENS) {
        return Some(Tens(10.0 * value(at + 2)));
    }
    if let Some(at) = position(&RANKS) {
        return Some(Rank(value(at + 1)));
    }
    if let Some(at) = position(&TENTHS) {
        return Some(Rank(10.0 * value(at + 2)));
    }
    if let Some(factor) = scale(word) {
        return Some(NumberWord::Scale(factor));
    }
    word.strip_suffix('s')
        .and_then(|singular| match singular {
            "ten" => Some(10.0),
            _ => scale(singular),
        })
        .map(Magnitude)
}

/// The factor that a lower-case scale word stands for.
pub(super) fn scale(word: &str) -> Option<f64> {
    Some(match word {
        "dozen" => 12.0,
        "hundred" => 100.0,
        "thousand" => 1e3,
        "million" | "mln" => 1e6,
        "billion" | "bln" => 1e9,
        "trillion" | "trn" => 1e12,
        _ => return None,
    })
}

/// The factor of letters glued to digits: `5k`, `1.5bn`. A bare `m` is metres
/// unless it is money.
pub(super) fn glued_scale(letters: &str, money: bool) -> Option<f64> {
    Some(match letters {
        "k" => 1e3,
        "mn" | "mln" | "million" => 1e6,
        "m" if money => 1e6,
        "bn" | "bln" | "billion" => 1e9,
        "b" if money => 1e9,
        "tn" | "trn" | "trillion" => 1e12,
        "t" if money => 1e12,
        _ => return None,
    })
}

/// The currency of a symbol before an amount.
pub(super) fn currency_symbol(symbol: char) -> Option<&'static str> {
    Some(match symbol {
        '$' => "USD",
        '€' => "EUR",
        '£' => "GBP",
        '¥' => "JPY",
        '₹' => "INR",
        '₽' => "RUB",
        '₴' => "UAH",
        '₩' => "KRW",
        _ => return None,
    })
}

/// The currency of a lower-case word next to an amount.
pub(super) fn currency_word(word: &str) -> Option<&'static str> {
    Some(match word {
        "dollar" | "dollars" | "usd" => "USD",
        "euro" | "euros" | "eur" => "EUR",
        "pound" | "pounds" | "gbp" => "GBP",
        "yen" | "jpy" => "JPY",
        "rupee" | "rupees" | "inr" => "INR",
        "ruble" | "rubles" | "rouble" | "roubles" | "rub" => "RUB",
        "yuan" | "renminbi" | "cny" => "CNY",
        "franc" | "francs" | "chf" => "CHF",
        _ => return None,
    })
}

#[allow(clippy::cast_precision_loss)] // positions in the short lists below
fn value(position: usize) -> f64 {
    position as f64
}

#[rustfmt::skip]
const SMALL: [&str; 20] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
];

#[rustfmt::skip]
const TENS: [&str; 8] = [
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];

#[rustfmt::skip]
const RANKS: [&str; 19] = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
    "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth",
    "seventeenth", "eighteenth", "nineteenth",
];

#[rustfmt::skip]
const TENTHS: [&str; 8] = [
    "twentieth", "thirtieth", "fortieth", "fiftieth", "sixtieth", "seventieth", "eightieth",
    "ninetieth",
];
