//! How many tokens a text takes, where no tokenizer is at hand: an estimate that is
//! meant to be too high. Pure.
//!
//! Tokenizers of today's models have most English words as one token, long or rare
//! ones as a few; figures as one to three digits each; and what is not ASCII as a
//! token for each of its bytes at worst. So that is what is counted: a token for every
//! begun six letters of a word, one for each digit, mark and line break, one for each
//! two bytes of anything else, and a tenth on top.

/// Letters of a word that one token is sure to hold, by and large.
const LETTERS_PER_TOKEN: usize = 6;
/// One token more for so many.
const MARGIN: usize = 10;

/// Tokens of a text, rather too many than too few.
pub(super) fn tokens(text: &str) -> usize {
    let (mut tokens, mut letters, mut other_bytes) = (0, 0_usize, 0_usize);
    for c in text.chars() {
        if c.is_ascii_alphabetic() {
            letters += 1;
            continue;
        }
        tokens += std::mem::take(&mut letters).div_ceil(LETTERS_PER_TOKEN);
        match c {
            // It is part of the word that follows.
            ' ' => {}
            c if c.is_ascii() => tokens += 1,
            c => other_bytes += c.len_utf8(),
        }
    }
    tokens += letters.div_ceil(LETTERS_PER_TOKEN) + other_bytes.div_ceil(2);
    tokens + tokens.div_ceil(MARGIN)
}

/// Words apart by white space, each of which takes a token at least.
pub(super) fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_hand() {
        assert_eq!(tokens(""), 0);
        // the, counc|il, voted, 7, -, 2, full stop: 8 and 1.
        assert_eq!(tokens("the council voted 7-2."), 9);
        // Three bytes and three: 3 and 1.
        assert_eq!(tokens("“”"), 4);
    }

    #[test]
    fn more_text_never_takes_fewer_tokens() {
        let text = "Harlow Street’s library – closed in 2024 – may reopen.\n\nZoë said so.";
        let counts = text.char_indices().map(|(at, _)| tokens(&text[..at]));
        assert!(counts.is_sorted());
        assert!(tokens(text) >= words(text));
    }
}
