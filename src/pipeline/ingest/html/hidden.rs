//! Text that the markup hides from readers: it may hold instructions to a
//! machine. Judges by what stands in the document itself: attributes, and the
//! declarations that `styles` finds for an element.

use super::dom::Element;

/// Offsets by this many pixels or more put text off the screen.
const OFF_SCREEN_PIXELS: f32 = 400.0;
/// Opacity up to this shows nothing.
const MAX_UNSEEN_OPACITY: f32 = 0.05;
/// Font sizes up to this many pixels show nothing.
const MAX_UNSEEN_PIXELS: f32 = 1.0;

/// Classes by which frameworks hide text from the eye.
const CLASSES: [&str; 8] = [
    "screen-reader-only",
    "screen-reader-text",
    "sr-only",
    "visually-hidden",
    "visuallyhidden",
    "u-hidden-visually",
    "element-invisible",
    "show-for-sr",
];

/// Colours of text and background, as far as the elements around say.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Colours {
    text: Option<u32>,
    background: Option<u32>,
}

impl Colours {
    /// The colours inside `element`, which is inside these.
    pub(super) fn inside(self, element: Element<'_>) -> Self {
        let style = Style(element.attr("style").unwrap_or_default());
        let text = style.last("color").or(element.attr("color"));
        let background = style
            .last("background-color")
            .or_else(|| style.last("background"))
            .or(element.attr("bgcolor"));
        Self {
            text: text.map_or(self.text, colour),
            background: background.map_or(self.background, colour),
        }
    }

    fn are_one(self) -> bool {
        self.text.is_some() && self.text == self.background
    }
}

/// Whether an element hides all text inside it. `colours` are those inside it.
pub(super) fn is_hidden(element: Element<'_>, colours: Colours) -> bool {
    // Scripts show the page itself once it has loaded.
    if matches!(element.name, "html" | "body") {
        return false;
    }
    let is_aria_hidden = element
        .attr("aria-hidden")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    element.attr("hidden").is_some()
        || is_aria_hidden
        || (element.name == "dialog" && element.attr("open").is_none())
        || (element.name == "font" && element.attr("size") == Some("0"))
        || colours.are_one()
        || element.classes().any(|class| CLASSES.contains(&class))
        || Style(element.attr("style").unwrap_or_default()).hides()
}

/// Whether style sheets hide all text inside an element, for which they have
/// `declarations`; what the element says itself goes before them.
pub(super) fn is_hidden_by_sheets(element: Element<'_>, declarations: &str) -> bool {
    if declarations.is_empty() || matches!(element.name, "html" | "body") {
        return false;
    }
    let own = element.attr("style").unwrap_or_default();
    Style(&format!("{declarations};{own}")).hides()
}

/// Properties by which text is hidden.
const PROPERTIES: [&str; 21] = [
    "bottom",
    "clip",
    "clip-path",
    "color",
    "content-visibility",
    "display",
    "font-size",
    "height",
    "left",
    "margin-left",
    "margin-top",
    "max-height",
    "max-width",
    "opacity",
    "overflow",
    "right",
    "text-indent",
    "top",
    "transform",
    "visibility",
    "width",
];

impl Style<'_> {
    /// Whether it sets a property by which text is hidden, or shown again.
    pub(super) fn may_hide(self) -> bool {
        self.declarations()
            .any(|(name, _)| PROPERTIES.contains(&name.as_str()))
    }

    /// Whether what holds in the end, the last of each property, hides text.
    fn hides(self) -> bool {
        let all: Vec<_> = self.declarations().collect();
        let mut seen = Vec::new();
        for (name, value) in all.iter().rev() {
            let Some(property) = PROPERTIES.iter().find(|known| *known == name) else {
                continue;
            };
            if !seen.contains(property) {
                seen.push(*property);
                if self.hides_by(property, value) {
                    return true;
                }
            }
        }
        false
    }

    fn hides_by(self, name: &str, value: &str) -> bool {
        let is = |wanted: &str| value.eq_ignore_ascii_case(wanted);
        match name {
            "display" => is("none"),
            "visibility" => is("hidden") || is("collapse"),
            "content-visibility" => is("hidden"),
            "opacity" => number(value).is_some_and(|it| it <= MAX_UNSEEN_OPACITY),
            "font-size" => pixels(value).is_some_and(|it| it <= MAX_UNSEEN_PIXELS),
            "color" => is("transparent") || is_clear(value),
            "text-indent" | "left" | "top" | "right" | "bottom" | "margin-left" | "margin-top" => {
                pixels(value).is_some_and(|it| it <= -OFF_SCREEN_PIXELS)
            }
            "clip" => hides_all(value, "rect("),
            "clip-path" => value.starts_with("inset(50%") || value.starts_with("inset(100%"),
            "transform" => value.starts_with("scale(0)") || value.starts_with("scale(0,"),
            "height" | "max-height" | "width" | "max-width" => {
                pixels(value).is_some_and(|it| it <= MAX_UNSEEN_PIXELS) && self.cuts_overflow()
            }
            _ => false,
        }
    }
}

/// Declarations, as a `style` attribute writes them.
#[derive(Clone, Copy)]
pub(super) struct Style<'a>(pub(super) &'a str);

impl<'a> Style<'a> {
    /// Names in lower case and values, without `!important`.
    fn declarations(self) -> impl Iterator<Item = (String, &'a str)> {
        self.0.split(';').filter_map(|declaration| {
            let (name, value) = declaration.split_once(':')?;
            let value = value.split('!').next().unwrap_or_default().trim();
            Some((name.trim().to_ascii_lowercase(), value))
        })
    }

    fn last(self, wanted: &str) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        self.declarations()
            .filter(|(name, _)| name == wanted)
            .last()
            .map(|(_, value)| value)
    }

    fn cuts_overflow(self) -> bool {
        self.last("overflow")
            .is_some_and(|value| value.eq_ignore_ascii_case("hidden"))
    }
}

/// Whether all numbers of a function are at most one: nothing is left.
fn hides_all(value: &str, function: &str) -> bool {
    let Some(inside) = value.strip_prefix(function) else {
        return false;
    };
    inside
        .trim_end_matches(')')
        .split([',', ' '])
        .filter(|part| !part.is_empty())
        .all(|part| pixels(part).is_some_and(|it| it <= 1.0))
}

/// A length in pixels, roughly: em as 16, other units as they are.
fn pixels(value: &str) -> Option<f32> {
    let end = value
        .find(|next: char| !(next.is_ascii_digit() || matches!(next, '.' | '-' | '+')))
        .unwrap_or(value.len());
    let (length, unit) = value.split_at(end);
    let length = number(length)?;
    let unit = unit.trim().to_ascii_lowercase();
    match unit.as_str() {
        "em" | "rem" => Some(length * 16.0),
        "vw" | "vh" | "%" => Some(length * 10.0),
        _ => Some(length),
    }
}

fn number(value: &str) -> Option<f32> {
    let (value, share) = match value.trim().strip_suffix('%') {
        Some(percent) => (percent, 100.0),
        None => (value.trim(), 1.0),
    };
    value.parse::<f32>().ok().map(|number| number / share)
}

/// A colour as `0xRRGGBB`; `None` when it is told in another way than by name
/// or number.
fn colour(value: &str) -> Option<u32> {
    let value = value.trim().to_ascii_lowercase();
    if let Some(digits) = value.strip_prefix('#') {
        return hexadecimal(digits);
    }
    if let Some(numbers) = value
        .strip_prefix("rgba(")
        .or_else(|| value.strip_prefix("rgb("))
    {
        return from_numbers(numbers);
    }
    match value.split_whitespace().next()? {
        "white" => Some(0xff_ff_ff),
        "black" => Some(0),
        "red" => Some(0xff_00_00),
        "yellow" => Some(0xff_ff_00),
        "blue" => Some(0x00_00_ff),
        "gray" | "grey" => Some(0x80_80_80),
        first => hexadecimal(first.strip_prefix('#')?),
    }
}

fn hexadecimal(digits: &str) -> Option<u32> {
    let digits = digits.split_whitespace().next()?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    match digits.len() {
        3 => {
            let doubled: String = digits.chars().flat_map(|digit| [digit, digit]).collect();
            u32::from_str_radix(&doubled, 16).ok()
        }
        6 => u32::from_str_radix(digits, 16).ok(),
        _ => None,
    }
}

fn from_numbers(numbers: &str) -> Option<u32> {
    let inside = numbers.split(')').next()?;
    let parts = inside
        .split([',', ' ', '/'])
        .filter(|part| !part.is_empty());
    let mut colour = 0;
    for part in parts.take(3) {
        colour = colour * 256 + u32::from(part.parse::<u8>().ok()?);
    }
    Some(colour)
}

/// Whether a colour is wholly transparent.
fn is_clear(value: &str) -> bool {
    let inside = value
        .to_ascii_lowercase()
        .strip_prefix("rgba(")
        .map(|inside| inside.trim_end_matches(')').to_owned());
    inside.is_some_and(|inside| {
        let alpha = inside
            .split([',', '/', ' '])
            .filter(|part| !part.is_empty())
            .nth(3);
        alpha
            .and_then(number)
            .is_some_and(|it| it <= MAX_UNSEEN_OPACITY)
    })
}

#[cfg(test)]
mod tests {
    use super::super::styles::Styles;
    use super::super::tokens::parse;
    use super::*;

    /// Whether the first `p` of `html` is hidden by itself or what is around.
    fn hides(html: &str) -> bool {
        let dom = parse(html, 1000);
        let paragraph = dom.elements().find(|element| element.name == "p").unwrap();
        let mut around: Vec<_> = paragraph.ancestors().collect();
        around.reverse();
        let mut colours = Colours::default();
        let styles = Styles::of(&dom);
        around.into_iter().any(|element| {
            colours = colours.inside(element);
            let declarations = styles.declarations(element);
            is_hidden(element, colours) || is_hidden_by_sheets(element, &declarations)
        })
    }

    #[test]
    fn text_that_nobody_sees_is_hidden() {
        for paragraph in [
            "<p hidden>",
            "<p aria-hidden=true>",
            "<p style='DISPLAY : none'>",
            "<p style='color:red;visibility:hidden !important'>",
            "<p style='opacity:0'>",
            "<p style='opacity: 0.0%'>",
            "<p style='font-size:0'>",
            "<p style='font-size: 1px'>",
            "<p style='position:absolute; left:-9999px'>",
            "<p style='text-indent: -100em'>",
            "<p style='clip: rect(0, 0, 0, 0)'>",
            "<p style='clip-path:inset(50%)'>",
            "<p style='height:0;overflow:hidden'>",
            "<p style='color:#fff;background:#ffffff'>",
            "<p style='color:rgba(0,0,0,0)'>",
            "<p style='color:transparent'>",
            "<p style='display:block;display:none'>",
            "<style>.note{display:none}</style><p class=note>",
            "<div style='background-color: white'><p style='color: rgb(255, 255, 255)'>",
            "<table bgcolor=#FFFFFF><td><font color=white><p>",
            "<p class='note sr-only'>",
            "<dialog><p>",
        ] {
            assert!(hides(paragraph), "{paragraph}");
        }
    }

    #[test]
    fn text_that_is_seen_is_not_hidden() {
        for paragraph in [
            "<p>",
            "<p style='display:block'>",
            "<p style='opacity:0.9; font-size: 12px; left: -3px'>",
            "<p style='height: 0'>",
            "<p style='color:#fff;background:#000'>",
            "<p style='color:#fff'>",
            "<p style='margin-left:-12px; clip:rect(0,100px,100px,0)'>",
            "<p style=';;:;none'>",
            "<p style='display:none;display:block'>",
            "<style>.note{display:none}.note{display:block}</style><p class=note>",
            "<style>.note{display:none}</style><p class=note style='display:block'>",
            "<style media=print>.note{display:none}</style><p class=note>",
            "<body style='display:none'><p>",
            "<dialog open><p>",
        ] {
            assert!(!hides(paragraph), "{paragraph}");
        }
    }
}
