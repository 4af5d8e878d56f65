//! Sentences that stand beside pictures and say nothing without them ("Front row: Dana
//! Ruiz (left) with …", "Tom Hale leaving the court in May"), and what a page says of
//! itself ("Scroll down for video"). Told from the surface: where a sentence only looks
//! like one, something else can be asked about instead.

use super::pattern::Pattern;
use super::words::words;

/// Words before the colon of a label.
const LABEL_WORDS: usize = 4;

static PICTURED: Pattern = Pattern::new(
    r"(?xi)
    \((?:also\ )?(?:pictured\b[^)]*
        |(?:left|right|above|below|cent(?:re|er)|top|bottom|far\ left|far\ right|from\ left\ to\ right)(?:,\ [^)]*)?
        |file\ (?:photo|picture|image)[^)]*)\)
    |^\W*here(?:\ (?:are|is)|['’]s)\ |^\W*(?:pictured|scroll\ down|click\ here|file\ (?:photo|picture|image))\b
    |^\W*(?:(?:an?|this|the)\ )?(?:undated\ )?(?:handout\ )?(?:graphic|graph|chart|picture|photo|photograph|image|still)\b[^.]{0,40}\bshows?\b
    |^\W*(?:photo|picture|image)s?(?:\s*:|\ by\b|\ credit)
    |\b(?:scroll\ down|click\ here)\ (?:for|to)\b
    |^(?:more|further|additional)\ (?:details?|information)\b[^.]*\b(?:found|available|here)\b
    |^(?:read|see|watch|hear|listen)\ (?:more|also)\b
    |\b(?:follow|like|find)\ (?:him|her|us|them|me|[\w.]+\ [\w.]+)\ on\ (?:twitter|facebook|instagram|linkedin)\b
    |\b(?:subscribe|sign\ up)\ (?:to|for)\b[^.]*\b(?:newsletters?|updates|podcast|channel|alerts)\b
    |\bcontributed\ (?:reporting|to\ this\ (?:report|story|article))\b
    |^(?:additional\ )?(?:reporting|editing|writing)\ by\b
    |^by\ [\w.]+\ [\w.]+,?\ (?:special|staff|associated\ press)\b",
);

/// Verbs that are known by no ending; sorted.
#[rustfmt::skip]
const VERBS: &[&str] = &[
    "am", "are", "ate", "be", "beat", "became", "become", "been", "began", "bent", "bid", "bit",
    "blew", "bore", "bought", "bound", "broadcast", "broke", "brought", "built", "burst", "came",
    "can", "cast", "caught", "chose", "come", "cost", "could", "crept", "cried", "cut", "dealt", "did",
    "died", "do", "drank", "drew", "drove", "dug", "fed", "fell", "felt", "flew", "flung", "forecast",
    "forgave", "forgot", "fought", "found", "froze", "gave", "get", "give", "go", "got", "grew", "had",
    "have", "heard", "held", "hid", "hit", "hung", "hurt", "is", "keep", "kept", "knew", "know",
    "laid", "lay", "led", "left", "lent", "let", "lied", "lit", "lost", "made", "make", "may", "meant",
    "met", "might", "must", "need", "overcame", "overthrew", "overtook", "paid", "put", "quit", "ran",
    "rang", "read", "remain", "rid", "rode", "rose", "said", "sang", "sank", "sat", "saw", "say",
    "sent", "set", "shall", "shook", "shot", "should", "shrank", "shut", "slept", "slid", "sold",
    "sought", "spat", "speak", "spent", "split", "spoke", "sprang", "spread", "spun", "stand", "stole",
    "stood", "strode", "strove", "struck", "stuck", "stung", "swam", "swept", "swore", "swung", "take",
    "taught", "think", "thought", "threw", "thrust", "told", "took", "tore", "tried", "understood",
    "undertook", "want", "was", "wed", "went", "wept", "were", "will", "withdrew", "withstood", "woke",
    "won", "wore", "work", "would", "wound", "wrote",
];

/// Whether a sentence reads like a caption: it speaks of a picture, or has no verb.
#[must_use]
pub fn is_caption(sentence: &str) -> bool {
    PICTURED.is_match(sentence) || !has_verb(sentence)
}

/// "Scene: …", "FILE - …": a caption too, or a sentence that lists something. "She said:
/// …" and "Tom Hale – a driver – was fined" are none, nor is what follows a dateline.
#[must_use]
pub fn is_labelled(sentence: &str) -> bool {
    let told = without_dateline(sentence);
    let first: Vec<&str> = told.split_whitespace().take(LABEL_WORDS).collect();
    let marks = |word: &&str| word.ends_with(':') || is_dash(word);
    let Some(at) = first.iter().position(marks) else {
        return false;
    };
    // A verb alone is a label ("Sacked: …"), as who speaks stands before it.
    let speaks = at > 0
        && first[..=at]
            .iter()
            .any(|word| is_verb(&word.trim_end_matches(':').to_lowercase()));
    let dashes = told.split_whitespace().filter(|word| is_dash(word)).count();
    let is_aside = is_dash(first[at]) && dashes > 1;
    !speaks && !is_aside
}

fn is_dash(word: &str) -> bool {
    matches!(word, "-" | "--" | "–" | "—")
}

/// "OSLO (wire) -- Four ferries …", "(WIRE) Four ferries …": what is told begins after it.
#[must_use]
pub fn without_dateline(text: &str) -> &str {
    static DATELINE: Pattern = Pattern::new(
        r"(?x)^(?:\([A-Z]{2,}\)(?:\ (?:--|[-–—]))?|\p{Lu}[\p{Lu}\ .,'’]+(?:,\ \p{Lu}\p{Ll}+\.?)?(?:\ \([^)]{2,30}\))?\ (?:--|[-–—]))\ ",
    );
    let dateline = DATELINE.find(text).map(|it| it.as_str());
    // The caption of an archive picture is no dateline.
    let dateline = dateline.filter(|it| !it.starts_with("FILE"));
    &text[dateline.map_or(0, str::len)..]
}

/// Whether some word could be a verb that makes a sentence: a participle in -ing alone
/// does not.
fn has_verb(sentence: &str) -> bool {
    words(sentence).into_iter().any(|word| {
        let word = word.of(sentence).to_lowercase();
        is_verb(&word) || ends_in_s(&word)
    })
}

/// "went", "opened", "didn't".
fn is_verb(word: &str) -> bool {
    let is_past = word.len() > 3 && word.ends_with("ed");
    let is_negated = word.ends_with("n't") || word.ends_with("n’t");
    is_past || is_negated || word == "says" || VERBS.binary_search(&word).is_ok()
}

/// "opens"; a plural looks like that too.
fn ends_in_s(word: &str) -> bool {
    let is_possessive = word.ends_with("'s") || word.ends_with("’s");
    let is_other = ["ss", "us", "is"].iter().any(|end| word.ends_with(end));
    word.len() > 2 && word.ends_with('s') && !is_possessive && !is_other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_are_told_from_sentences() {
        for caption in [
            "Dana Ruiz (pictured left) who starred in a film.",
            "Dana Ruiz and Tom Hale on their wedding day.",
            "Dana Ruiz leaving the court in Harlow during her trial in 2000.",
            "Scroll down for video.",
            "More details can be found in the handbook.",
            "Read more from Tom Hale's archive, follow him on Twitter or subscribe to his updates.",
            "The Harlow Press contributed to this report.",
            "By Tom Hale Special for, HARLOW NEWS has long been read here.",
            "This graphic shows what 400 of them said.",
            "A still from the footage shows Tom Hale at the gate.",
            "Here are the best moments of the hearing where Tom Hale spoke.",
        ] {
            assert!(is_caption(caption), "{caption}");
        }
        for labelled in [
            "Front row: Dana Ruiz next to Tom Hale.",
            "FILE - Dana Ruiz waits.",
            "Sacked: But Tom Hale will not be fined.",
        ] {
            assert!(is_labelled(labelled), "{labelled}");
        }
        for told in [
            "HARLOW — The council passed the plan.",
            "Tom Hale – a driver – was fined.",
            "Mr Hale said: nothing was lost.",
        ] {
            assert!(!is_labelled(told), "{told}");
        }
        for sentence in [
            "Dana Ruiz left the court in Harlow.",
            "The council closes the pool (see the report).",
            "Tom Hale didn’t come.",
            "No one was hurt.",
            "The tanker sank near the coast on Monday night.",
            "The party (left-wing) won.",
            "More information reached the council in May.",
        ] {
            assert!(!is_caption(sentence), "{sentence}");
        }
    }

    #[test]
    fn a_dateline_is_not_told() {
        let told = "Four ferries sail.";
        for dateline in ["OSLO - ", "NEW HAVEN, Conn. (Wire) -- ", "(WIRE) -- "] {
            assert_eq!(without_dateline(&format!("{dateline}{told}")), told);
        }
        for kept in ["FILE - Ada Berg waits.", "The U.S. - and Norway - agree."] {
            assert_eq!(without_dateline(kept), kept);
        }
    }

    #[test]
    fn the_verbs_are_sorted_and_the_pattern_compiles() {
        assert!(VERBS.is_sorted() && PICTURED.compiles());
    }
}
