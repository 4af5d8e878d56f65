//! Texts of a digest in the words of the house: its forms are put in only where what
//! comes of that still holds, and its wishes never make a check pass.

use crate::config::HouseStyle;

use super::reason::Reason;

/// Holds a text by `hold`, in the words of the house where they hold too. A word that
/// the house does not print, or whose form does not hold, is the reason to refuse it; a
/// name whose form does not hold stays as the article has it.
pub(super) fn held<T>(
    style: Option<&HouseStyle>,
    text: &str,
    hold: impl Fn(&str) -> Result<T, Reason>,
) -> Result<T, Reason> {
    let Some(style) = style else {
        return hold(text);
    };
    if let Some(word) = style.avoided(text) {
        return Err(Reason::HouseStyle(format!("avoids “{word}”")));
    }
    let Some(replaced) = style.preferred(text) else {
        return with_names(style, text, hold);
    };
    with_names(style, &replaced.text, &hold).or_else(|_| {
        // Whatever is wrong with it apart from its words is the better reason.
        with_names(style, text, &hold)?;
        let (form, word) = (replaced.form, replaced.word);
        let detail = format!("“{form}” for “{word}”, which the article does not back");
        Err(Reason::HouseStyle(detail))
    })
}

fn with_names<T>(
    style: &HouseStyle,
    text: &str,
    hold: impl Fn(&str) -> Result<T, Reason>,
) -> Result<T, Reason> {
    match style.named(text) {
        Some(named) => hold(&named.text).or_else(|_| hold(text)),
        None => hold(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str =
        "avoid = [\"slams\"]\n[prefer]\nutilise = \"use\"\n[names]\nKyiv = [\"Kiev\"]";

    /// What becomes of a text where the article has these words and no others.
    fn held_by(words: &str, text: &str) -> Result<String, String> {
        let style = HouseStyle::parse(FILE, 1024).expect("it is one");
        let hold = |text: &str| {
            let lacks = |word: &&str| !words.split(' ').any(|known| known == *word);
            match text.split(' ').find(lacks) {
                Some(word) => Err(Reason::UnsupportedWords(word.to_owned())),
                None => Ok(text.to_owned()),
            }
        };
        held(Some(&style), text, hold).map_err(|reason| reason.to_string())
    }

    #[test]
    fn a_form_is_put_in_where_it_holds() {
        assert_eq!(
            held_by("they use it", "they utilise it").as_deref(),
            Ok("they use it")
        );
        assert_eq!(held_by("in Kyiv", "in Kiev").as_deref(), Ok("in Kyiv"));
        assert_eq!(
            held_by("use Kyiv", "utilise Kiev").as_deref(),
            Ok("use Kyiv")
        );
    }

    #[test]
    fn a_form_that_does_not_hold_is_never_put_in() {
        let refused = held_by("they utilise it", "they utilise it");
        let told = "house_style: “use” for “utilise”, which the article does not back";
        assert_eq!(refused.as_deref(), Err(&told.to_owned()));
        // The article's own name stays.
        assert_eq!(held_by("in Kiev", "in Kiev").as_deref(), Ok("in Kiev"));
        assert_eq!(
            held_by("use Kiev", "utilise Kiev").as_deref(),
            Ok("use Kiev")
        );
    }

    #[test]
    fn what_the_article_lacks_is_refused_for_that() {
        let refused = held_by("they use it", "we utilise it");
        assert_eq!(refused.as_deref(), Err(&"unsupported_words: we".to_owned()));
        let refused = held_by("he slams it", "he slams it");
        assert_eq!(
            refused.as_deref(),
            Err(&"house_style: avoids “slams”".to_owned())
        );
    }
}
