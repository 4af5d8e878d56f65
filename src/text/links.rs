//! Addresses made from a site's pattern and a phrase, such as a tag's page. What
//! comes out has only characters that an address may have, so that it needs no
//! care where it is printed. Pure; asks no one whether the page exists.

/// Longer than any pattern that a site has.
const MAX_PATTERN_BYTES: usize = 2000;
/// Stands for the phrase as a slug.
const SLUG: &str = "{slug}";
/// Stands for the phrase as it is, percent-encoded.
const TAG: &str = "{tag}";
const APOSTROPHES: [char; 2] = ['\'', '’'];

/// A checked pattern, such as `https://example.org/tag/{slug}/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkPattern(String);

impl LinkPattern {
    /// What a pattern has to be, for messages.
    pub const ALLOWED: &'static str = "a path or an http(s) address of at most 2000 bytes with \
        {slug} or {tag} in it, such as https://example.org/tag/{slug}/";

    /// Checks a pattern; `None` when it is not [`LinkPattern::ALLOWED`].
    #[must_use]
    pub fn parse(pattern: &str) -> Option<Self> {
        let rest = pattern.replace(SLUG, "").replace(TAG, "");
        let has_place = rest.len() < pattern.len();
        let is_address = ["https://", "http://", "/"]
            .iter()
            .any(|start| pattern.starts_with(start));
        let is_fit = pattern.len() <= MAX_PATTERN_BYTES && rest.bytes().all(is_address_byte);
        // A path that begins with two slashes is another site's address.
        (has_place && is_address && is_fit && !pattern.starts_with("//"))
            .then(|| Self(pattern.to_owned()))
    }

    /// The address for `phrase`; `None` when the phrase has no letter or digit.
    #[must_use]
    pub fn link(&self, phrase: &str) -> Option<String> {
        let slug = slug(phrase);
        let tag = percent_encoded(phrase);
        (!slug.is_empty()).then(|| self.0.replace(SLUG, &slug).replace(TAG, &tag))
    }
}

/// Brackets are left out: content systems take them for shortcodes.
fn is_address_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&()*+,;=%".contains(&byte)
}

/// Lower-case words joined by hyphens, as content systems name their tags.
fn slug(phrase: &str) -> String {
    let words = phrase.split(|c: char| !c.is_alphanumeric() && !APOSTROPHES.contains(&c));
    let words = words.map(|word| word.replace(APOSTROPHES, "").to_lowercase());
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    percent_encoded(&words.join("-"))
}

/// Every byte outside the unreserved ones of RFC 3986 as `%XX`.
fn percent_encoded(text: &str) -> String {
    let encoded = text.bytes().map(|byte| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    encoded.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn link(pattern: &str, phrase: &str) -> Option<String> {
        LinkPattern::parse(pattern)?.link(phrase)
    }

    #[test]
    fn phrases_become_addresses() {
        let cases = [
            ("/tag/{slug}/", "Harbour Bridge", "/tag/harbour-bridge/"),
            ("/tag/{slug}", "Smith & Sons' R&D", "/tag/smith-sons-r-d"),
            ("/tag/{slug}", "Kraków", "/tag/krak%C3%B3w"),
            (
                "https://a.org/?t={tag}&l=en",
                "Q&A",
                "https://a.org/?t=Q%26A&l=en",
            ),
        ];
        for (pattern, phrase, address) in cases {
            assert_eq!(link(pattern, phrase).as_deref(), Some(address), "{pattern}");
        }
        assert_eq!(link("/tag/{slug}", "?!"), None);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("/{}{{slug}}", "x".repeat(2000));
        for pattern in [
            "",
            "/tag/",
            "tag/{slug}",
            "//other.example/{slug}",
            "javascript:{slug}",
            "/{slug}\"",
            "/{slug} x",
            "/{slug}<",
            "/[{slug}]",
            "/{slag}",
            "/é/{slug}",
            &long,
        ] {
            assert_eq!(LinkPattern::parse(pattern), None, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn addresses_have_no_other_characters(phrase in any::<String>()) {
            for pattern in ["/a/{slug}", "https://a.example/?q={tag}"] {
                if let Some(address) = link(pattern, &phrase) {
                    prop_assert!(address.bytes().all(is_address_byte), "{}", address);
                }
            }
        }

        #[test]
        fn any_pattern_is_checked(pattern in "[/{}slugta:.a-c\"<\\[ é]{0,30}") {
            let _ = link(&pattern, "Harbour Bridge");
        }
    }
}
