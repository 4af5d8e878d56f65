//! Our Lark grammars as llama.cpp's own (GBNF), word for word the same language, so
//! that a server without llguidance is held to the same shapes. Knows as much of Lark
//! as our grammars use: a start rule, and terminals that are regular expressions. Pure.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

/// The name of the first rule: Lark's, and GBNF's.
const START: (&str, &str) = ("start", "root");

/// The grammar in GBNF; `None` where it holds something that is unknown here.
pub(super) fn gbnf(lark: &str) -> Option<String> {
    let mut rules = String::new();
    for line in lark.lines().filter(|line| !line.trim().is_empty()) {
        let (name, body) = line.split_once(':')?;
        let name = if name == START.0 { START.1 } else { name };
        let body = body.trim();
        let body = match body.strip_prefix('/').and_then(|it| it.strip_suffix('/')) {
            Some(pattern) => regular(pattern)?,
            None => body.to_owned(),
        };
        writeln!(rules, "{name} ::= {body}").ok()?;
    }
    Some(rules)
}

/// A regular expression. Each character that stands for itself becomes a string of its
/// own, as what follows it may repeat it.
fn regular(pattern: &str) -> Option<String> {
    let mut rule = String::new();
    let mut rest = pattern.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            '[' => class(&mut rest, &mut rule)?,
            '\\' => quote(rest.next()?, &mut rule),
            '{' => {
                rule.push('{');
                rule.extend(rest.by_ref().take_while(|it| *it != '}'));
                rule.push('}');
            }
            '(' | ')' | '|' | '?' | '*' | '+' => rule.push(next),
            '.' | '^' | '$' => return None,
            plain => quote(plain, &mut rule),
        }
        rule.push(' ');
    }
    Some(rule)
}

/// A class of characters, which both write alike.
fn class(rest: &mut Peekable<Chars<'_>>, rule: &mut String) -> Option<()> {
    rule.push('[');
    loop {
        let next = rest.next()?;
        rule.push(next);
        match next {
            ']' => return Some(()),
            '\\' => rule.push(rest.next()?),
            _ => {}
        }
    }
}

fn quote(character: char, rule: &mut String) {
    rule.push('"');
    if matches!(character, '"' | '\\') {
        rule.push('\\');
    }
    rule.push(character);
    rule.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_classes_and_repetitions_are_kept() {
        let lark = "start: QUESTION \"\\nA: \" (\" \" PHRASE)?\n\
            QUESTION: / ([^\\n?.\\[\\]]|[0-9]\\.[0-9]|(Mr|St)\\.){15,150}\\?/\n";
        let expected = "root ::= QUESTION \"\\nA: \" (\" \" PHRASE)?\n\
            QUESTION ::= \" \" ( [^\\n?.\\[\\]] | [0-9] \".\" [0-9] | ( \"M\" \"r\" | \"S\" \"t\" ) \
            \".\" ) {15,150} \"?\" \n";
        assert_eq!(gbnf(lark).as_deref(), Some(expected));
    }

    #[test]
    fn what_is_unknown_is_not_guessed() {
        assert_eq!(gbnf("start: A\nA: /a.b/"), None);
        assert_eq!(gbnf("start: A\nA: /[a/"), None);
        assert_eq!(gbnf("no rule"), None);
    }
}
