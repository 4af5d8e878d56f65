//! What the style sheets in a page hide: rules for a class, an id or a kind of
//! element, such as `.note { display: none }`. A rule that depends on more, on the
//! elements around, on a state or on the screen, hides nothing here: what is shown
//! somewhere is read. Sheets in other files are not fetched.
//!
//! Reads a bounded part of what it is given, and finds rules; `hidden` judges what
//! their declarations do.

use std::collections::HashMap;

use cssparser::{ParseError, Parser, Token};

use super::dom::{Dom, Element};
use super::hidden::Style;

/// Bytes of style sheets that are read of one page.
const MAX_BYTES: usize = 512 * 1024;
/// Rules that are kept of one page.
const MAX_RULES: usize = 4_096;
/// Rules of one name that are looked at, the last ones first.
const MAX_RULES_OF_NAME: usize = 16;
/// Names that one selector may have; more is no rule of a page.
const MAX_NAMES: usize = 4;
/// Classes of one element that are looked at.
const MAX_CLASSES: usize = 16;

/// The rules of a page that may hide something, and where to look for them.
#[derive(Default)]
pub(super) struct Styles<'a> {
    rules: Vec<Rule<'a>>,
    /// Indices into `rules` by the name that their selectors need.
    by_name: HashMap<Name<'a>, Vec<usize>>,
}

/// A name that an element has to have.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Name<'a> {
    Class(Text<'a>),
    Id(Text<'a>),
    Element(Text<'a>),
}

type Text<'a> = std::borrow::Cow<'a, str>;

struct Rule<'a> {
    /// All of them have to be there.
    names: Vec<Name<'a>>,
    declarations: &'a str,
}

impl<'a> Styles<'a> {
    /// The rules of all sheets in a page.
    pub(super) fn of(dom: &'a Dom<'_>) -> Self {
        let mut styles = Self::default();
        let mut left = MAX_BYTES;
        for sheet in dom.styles.iter().map(|place| place.of(dom.source)) {
            if sheet.len() > left {
                break;
            }
            left -= sheet.len();
            styles.read(sheet);
        }
        styles
    }

    /// The declarations that hold for `element`, the last of which wins.
    pub(super) fn declarations(&self, element: Element<'_>) -> String {
        let mut indices: Vec<usize> = names(element)
            .filter_map(|name| self.by_name.get(&name))
            .flat_map(|indices| indices.iter().rev().take(MAX_RULES_OF_NAME))
            .copied()
            .collect();
        indices.sort_unstable();
        let rules = indices.iter().filter_map(|index| self.rules.get(*index));
        let matching = rules.filter(|rule| rule.names.iter().all(|name| name.is_of(element)));
        let declarations: Vec<&str> = matching.map(|rule| rule.declarations).collect();
        declarations.join(";")
    }

    fn read(&mut self, sheet: &'a str) {
        let mut parser = Parser::new(sheet);
        let mut prelude = Prelude::default();
        while let Ok(token) = parser.next_including_whitespace().cloned() {
            match token {
                Token::CurlyBracketBlock => {
                    let selectors = std::mem::take(&mut prelude).finish();
                    let declarations = block(&mut parser).unwrap_or_default();
                    if Style(declarations).may_hide() {
                        self.add(selectors, declarations);
                    }
                }
                Token::Semicolon => prelude = Prelude::default(),
                token => prelude.push(token),
            }
        }
    }

    fn add(&mut self, selectors: Vec<Vec<Name<'a>>>, declarations: &'a str) {
        for names in selectors {
            let is_kept = self.rules.len() < MAX_RULES && names.len() <= MAX_NAMES;
            let Some(first) = names.first().filter(|_| is_kept) else {
                continue;
            };
            let index = self.rules.len();
            self.by_name.entry(first.clone()).or_default().push(index);
            self.rules.push(Rule {
                names,
                declarations,
            });
        }
    }
}

/// The content of the block that was opened, without rules inside it.
fn block<'i>(parser: &mut Parser<'i>) -> Option<&'i str> {
    let content = parser.parse_nested_block(|inside| {
        let start = inside.position();
        let mut is_flat = true;
        while let Ok(token) = inside.next() {
            is_flat &= !matches!(token, Token::CurlyBracketBlock);
        }
        let content = inside.slice_from(start);
        Ok::<_, ParseError<()>>(Some(content).filter(|_| is_flat))
    });
    content.ok().flatten()
}

/// What stands before a block: selectors, apart by commas.
#[derive(Default)]
struct Prelude<'a> {
    selectors: Vec<Vec<Name<'a>>>,
    names: Vec<Name<'a>>,
    /// Whether a dot asks for the name of a class.
    is_class: bool,
    /// Whether white space has ended the selector.
    is_over: bool,
    /// Whether it depends on more than names of one element.
    is_more: bool,
    /// Whether it is no selector, but a rule of another kind.
    is_at_rule: bool,
}

impl<'a> Prelude<'a> {
    fn push(&mut self, token: Token<'a>) {
        match token {
            Token::WhiteSpace(_) | Token::CDO | Token::CDC => {
                self.is_over |= !self.names.is_empty()
            }
            Token::Comma => self.end(),
            Token::AtKeyword(_) => self.is_at_rule = true,
            _ if self.is_over => self.is_more = true,
            Token::Delim('.') => self.is_class = true,
            Token::IDHash(id) => self.names.push(Name::Id(own(&id))),
            Token::Ident(class) if std::mem::take(&mut self.is_class) => {
                self.names.push(Name::Class(own(&class)));
            }
            Token::Ident(name) => {
                let name = name.to_ascii_lowercase();
                self.names.push(Name::Element(Text::Owned(name)));
            }
            _ => self.is_more = true,
        }
    }

    fn end(&mut self) {
        let names = std::mem::take(&mut self.names);
        let is_dangling = std::mem::take(&mut self.is_class);
        let is_more = std::mem::take(&mut self.is_more);
        self.is_over = false;
        if !(names.is_empty() || is_dangling || is_more) {
            self.selectors.push(names);
        }
    }

    fn finish(mut self) -> Vec<Vec<Name<'a>>> {
        self.end();
        if self.is_at_rule {
            return Vec::new();
        }
        self.selectors
    }
}

fn own<'a>(name: &str) -> Text<'a> {
    Text::Owned(name.to_owned())
}

impl Name<'_> {
    fn is_of(&self, element: Element<'_>) -> bool {
        match self {
            Self::Class(class) => {
                let mut classes = element.classes().take(MAX_CLASSES);
                classes.any(|other| other == class)
            }
            Self::Id(id) => element.attr("id") == Some(id),
            Self::Element(name) => element.name == name,
        }
    }
}

/// All names of an element, each once.
fn names<'a>(element: Element<'a>) -> impl Iterator<Item = Name<'a>> {
    let mut classes: Vec<&str> = element.classes().take(MAX_CLASSES).collect();
    classes.sort_unstable();
    classes.dedup();
    let classes = classes
        .into_iter()
        .map(|class| Name::Class(Text::Borrowed(class)));
    let id = element.attr("id").map(|id| Name::Id(Text::Borrowed(id)));
    let own = Name::Element(Text::Borrowed(element.name));
    classes.chain(id).chain([own])
}

#[cfg(test)]
mod tests {
    use super::super::tokens::parse;
    use super::*;

    fn declarations(css: &str, element: &str) -> String {
        let html = format!("<style>{css}</style>{element}");
        let dom = parse(&html, 1_000);
        let last = dom.elements().last().expect("an element");
        Styles::of(&dom).declarations(last)
    }

    #[test]
    fn rules_for_one_element_hold_in_order() {
        for (css, element, expected) in [
            (".a{display:none}", "<p class='x a'>", "display:none"),
            ("#a , .b { opacity : 0 }", "<p class=b>", " opacity : 0 "),
            ("p.a.b{display:none}", "<p class='b a'>", "display:none"),
            ("P{display:none}", "<p>", "display:none"),
            (
                ".a{display:none}.a{display:block}",
                "<p class=a>",
                "display:none;display:block",
            ),
            (
                "/* { */ <!-- .a{display:none} -->",
                "<p class=a>",
                "display:none",
            ),
            (
                "@import url(x);.a{display:none}",
                "<p class=a>",
                "display:none",
            ),
            (".\\61{display:none}", "<p class=a>", "display:none"),
        ] {
            assert_eq!(declarations(css, element), expected, "{css}");
        }
    }

    #[test]
    fn what_depends_on_more_holds_for_nothing() {
        for css in [
            ".x .a{display:none}",
            ".x>.a{display:none}",
            ".a:not(.b){display:none}",
            ".a::after{display:none}",
            ".a[title]{display:none}",
            "*{display:none}",
            "@media print{.a{display:none}}",
            "@font-face{display:none}",
            ".a{float:left}",
            ".a{.b{x:y;display:none;}}",
            ".a{display:none",
            ".a.{display:none}",
        ] {
            let found = declarations(css, "<p class=a>");
            let is_cut = css.ends_with("none");
            assert_eq!(found.is_empty(), !is_cut, "{css}: {found}");
        }
        assert_eq!(declarations("'", "<p class=a>"), "");
    }

    #[test]
    fn hostile_sheets_take_linear_time() {
        for part in [
            "{",
            ".a{",
            "(",
            "@media{",
            ".a,",
            ".a{display:none}",
            "/*",
            "\\",
        ] {
            declarations(&part.repeat(60_000), "<p class=a>");
        }
    }
}
