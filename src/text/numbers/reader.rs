//! Reads one number at a time from the words of a text.

use crate::text::span::Span;
use crate::text::words::words;

use super::lexicon::{NumberWord, currency_symbol, currency_word, glued_scale, number_word, scale};
use super::{Number, Unit, calendar};

/// A text cut into words and numeric literals.
pub(super) struct Reader<'a> {
    text: &'a str,
    words: Vec<Span>,
    lower: Vec<String>,
}

/// A number before its unit is known.
struct Amount {
    value: f64,
    unit: Unit,
    next: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let words: Vec<Span> = words(text)
            .iter()
            .flat_map(|word| split_literals(text, word.span))
            .collect();
        let lower = words
            .iter()
            .map(|span| span.of(text).to_lowercase())
            .collect();
        Self { text, words, lower }
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// The number that starts at word `at`, and the word after it.
    pub(super) fn number_at(&self, at: usize) -> Option<(Number, usize)> {
        if let Some(date) = self.calendar_at(at) {
            return Some(date);
        }
        let amount = self.digits_at(at).or_else(|| self.words_at(at))?;
        Some(self.with_unit(at, amount))
    }

    fn calendar_at(&self, at: usize) -> Option<(Number, usize)> {
        let word = self.word(at);
        let capital = self.words[at].of(self.text).starts_with(char::is_uppercase);
        if !capital && !calendar::is_plain_day_or_month(word) {
            return None;
        }
        let (value, unit) = match calendar::weekday(word) {
            Some(day) => (day, Unit::Weekday),
            None => (self.month_at(at)?, Unit::Month),
        };
        let number = Number {
            span: self.words[at],
            value: f64::from(u8::try_from(value).ok()?),
            unit,
        };
        Some((number, at + 1))
    }

    /// "May", "March" and abbreviations are months only next to a number or
    /// where the grammar asks for one.
    fn month_at(&self, at: usize) -> Option<usize> {
        let word = self.word(at);
        let month = calendar::month(word)?;
        let digits = |at: usize| self.word(at).starts_with(|c: char| c.is_ascii_digit());
        let beside_number = digits(at + 1) || (at > 0 && digits(at - 1));
        let whole = word.len() > 4 || word == "may" || word == "june" || word == "july";
        let sure = calendar::is_plain_month(word)
            || beside_number
            || (whole && at > 0 && calendar::precedes_month(self.word(at - 1)));
        sure.then_some(month)
    }

    fn digits_at(&self, at: usize) -> Option<Amount> {
        let word = self.word(at);
        let literal = &word[..literal_len(word)];
        let letters = &word[literal.len()..];
        let mut value: f64 = literal.replace(',', "").parse().ok()?;
        let mut unit = Unit::Plain;
        match letters {
            "st" | "nd" | "rd" | "th" => unit = Unit::Ordinal,
            _ => value *= glued_scale(letters, self.is_money(at, at + 1)).unwrap_or(1.0),
        }
        let mut next = at + 1;
        while self.joins(next)
            && let Some(factor) = scale(self.word(next))
        {
            value *= factor;
            next += 1;
        }
        Some(Amount { value, unit, next })
    }

    /// "two hundred and five thousand", "twenty-first", "dozens".
    fn words_at(&self, at: usize) -> Option<Amount> {
        let mut spelled = Spelled::default();
        let mut next = at;
        while next == at || self.joins(next) {
            let skip = usize::from(next > at && self.word(next) == "and" && spelled.takes_and());
            let Some(word) = number_word(self.word(next + skip)) else {
                break;
            };
            if skip == 1 && !(self.joins(next + 1) && Spelled::follows_and(word)) {
                break;
            }
            if !spelled.take(word) {
                break;
            }
            next += skip + 1;
        }
        (next > at).then(|| Amount {
            value: spelled.total + spelled.group,
            unit: spelled.unit(),
            next,
        })
    }

    fn with_unit(&self, at: usize, amount: Amount) -> (Number, usize) {
        let mut span = self.words[at].cover(self.words[amount.next - 1]);
        let Amount {
            value,
            mut unit,
            mut next,
        } = amount;
        if let Some((end, after)) = self.percent_end(next) {
            span.end = end;
            next = after;
            unit = Unit::Percent;
        } else if let Some(code) = self.symbol_before(at) {
            unit = Unit::Money(code);
        } else if unit == Unit::Plain
            && self.joins(next)
            && let Some(code) = currency_word(self.word(next))
        {
            span.end = self.words[next].end;
            next += 1;
            unit = Unit::Money(code);
        }
        (Number { span, value, unit }, next)
    }

    /// Where "%", "percent", "per cent" or "percentage points" ends, if it
    /// follows the word before `next`.
    fn percent_end(&self, next: usize) -> Option<(usize, usize)> {
        let end = self.words[next - 1].end;
        let rest = &self.text[end..];
        let spaces = rest.len() - rest.trim_start_matches([' ', '\u{a0}', '\u{202f}']).len();
        if spaces <= 2 && rest[spaces..].starts_with('%') {
            return Some((end + spaces + 1, next));
        }
        if !self.joins(next) {
            return None;
        }
        let words = match (self.word(next), self.word(next + 1)) {
            ("percent" | "pct", _) => 1,
            ("per", "cent") | ("percentage", "point" | "points") => 2,
            _ => return None,
        };
        Some((self.words[next + words - 1].end, next + words))
    }

    fn is_money(&self, at: usize, next: usize) -> bool {
        self.symbol_before(at).is_some()
            || (self.joins(next) && currency_word(self.word(next)).is_some())
    }

    fn symbol_before(&self, at: usize) -> Option<&'static str> {
        let before = self.text[..self.words[at].start].chars().next_back()?;
        currency_symbol(before)
    }

    /// Whether word `at` exists and only a space or hyphen parts it from the
    /// word before.
    fn joins(&self, at: usize) -> bool {
        let Some(word) = self.words.get(at) else {
            return false;
        };
        let gap = &self.text[self.words[at - 1].end..word.start];
        matches!(
            gap,
            " " | "-" | "\u{2011}" | "\u{a0}" | "\u{202f}" | "\n" | "\r\n"
        )
    }

    fn word(&self, at: usize) -> &str {
        self.lower.get(at).map_or("", String::as_str)
    }
}

/// A spelled-out number being read, word by word.
#[derive(Default)]
struct Spelled {
    total: f64,
    group: f64,
    last: Option<NumberWord>,
}

impl Spelled {
    /// Adds a word; `false` if it cannot continue this number.
    fn take(&mut self, word: NumberWord) -> bool {
        use NumberWord::{Magnitude, Rank, Scale, Small, Tens};
        match (self.last, word) {
            (None | Some(Scale(_)), Small(value) | Tens(value)) => self.group += value,
            (Some(Tens(_)), Small(value)) if value < 10.0 => self.group += value,
            (None, Rank(value) | Magnitude(value)) => self.group = value,
            (Some(Scale(_)), Rank(value)) => self.group += value,
            (Some(Tens(_)), Rank(value)) if value < 10.0 => self.group += value,
            (None, Scale(factor)) => self.scale(1.0, factor),
            (Some(Small(_) | Tens(_) | Scale(_)), Scale(factor)) => {
                self.scale(self.group, factor);
            }
            _ => return false,
        }
        self.last = Some(word);
        true
    }

    /// Hundreds and dozens stay in the group that a thousand may multiply.
    fn scale(&mut self, group: f64, factor: f64) {
        if factor < 1e3 {
            self.group = group * factor;
        } else if group > 0.0 {
            self.total += group * factor;
            self.group = 0.0;
        } else {
            // "two thousand million"
            self.total *= factor;
        }
    }

    fn takes_and(&self) -> bool {
        matches!(self.last, Some(NumberWord::Scale(_)))
    }

    fn follows_and(word: NumberWord) -> bool {
        matches!(word, NumberWord::Small(_) | NumberWord::Tens(_))
    }

    fn unit(&self) -> Unit {
        match self.last {
            Some(NumberWord::Rank(_)) => Unit::Ordinal,
            Some(NumberWord::Magnitude(_)) => Unit::Magnitude,
            _ => Unit::Plain,
        }
    }
}

/// Cuts `1,2,3` or `1.75.0` into its literals; other words stay whole.
fn split_literals(text: &str, span: Span) -> Vec<Span> {
    let mut pieces = Vec::new();
    let mut start = span.start;
    while start < span.end {
        let rest = &text[start..span.end];
        let literal = literal_len(rest);
        let after = rest[literal..].strip_prefix([',', '.']);
        let splits = literal > 0 && after.is_some_and(|after| literal_len(after) > 0);
        let end = if splits { start + literal } else { span.end };
        pieces.push(Span::new(start, end));
        start = end + usize::from(splits);
    }
    pieces
}

/// Bytes of the number literal that `text` starts with: digits, with groups of
/// three after commas, and a decimal fraction.
fn literal_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        bytes[from.min(bytes.len())..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let mut len = digits(0);
    if (1..=3).contains(&len) {
        while bytes.get(len) == Some(&b',') && digits(len + 1) == 3 {
            len += 4;
        }
    }
    if len > 0 && bytes.get(len) == Some(&b'.') && digits(len + 1) > 0 {
        len += 1 + digits(len + 1);
    }
    len
}
