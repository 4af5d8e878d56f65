//! What a branch is to write, as a small description: each engine makes of it what
//! its model can be held to, a grammar (`grammar`) or a JSON schema (`remote`).
//! Pure. Lengths are bounded in every shape, so that no branch writes for ever.

/// A word of a phrase, as a pattern.
pub(super) const PHRASE_WORD: &str = r"[A-Za-z0-9’'.&-]{1,18}";

/// What a branch is to write after its `answer_start`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Sentences, one after another.
    Sentences(Count),
    /// Sentences, one a line, each line led by "- "; that of the first is
    /// `answer_start`.
    Points(Count),
    /// The rest of a question, up to its question mark.
    Question {
        /// The words that it begins with; `answer_start` ends with them.
        opening: String,
        /// The only words that it may have, as written; any where there are none. A
        /// service that knows schemas is not held to them.
        words: Vec<String>,
    },
    /// The rest of a question, a line break, "A: " and sentences that answer it.
    QuestionAndAnswer {
        /// The words that the question begins with; `answer_start` ends with them.
        opening: String,
        /// How many sentences answer it.
        sentences: Count,
    },
    /// A phrase of words, the first one capitalised.
    Phrase {
        /// At most so many, and at least one.
        words: usize,
        /// Those that it may have; any where there is none.
        vocabulary: Option<Vocabulary>,
    },
    /// Phrases, one a line, each line led by "- "; that of the first is
    /// `answer_start`.
    Phrases {
        /// How many lines.
        count: Count,
        /// Words of each at most.
        words: usize,
    },
    /// One line of text.
    Line {
        /// Characters at most.
        characters: usize,
    },
    /// One of these words.
    Choice(Vec<String>),
}

/// The words that a phrase may have, as written; capitals may be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vocabulary {
    /// Those that it may begin and end with; not empty.
    pub content: Vec<String>,
    /// Those that may also stand inside it, such as "of".
    pub inner: Vec<String>,
}

/// How many of something: at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    least: usize,
    most: usize,
}

impl Count {
    /// From `least` to `most`, and never none.
    #[must_use]
    pub fn new(least: usize, most: usize) -> Self {
        let least = least.max(1);
        let most = most.max(least);
        Self { least, most }
    }

    /// The fewest.
    #[must_use]
    pub fn least(self) -> usize {
        self.least
    }

    /// The most.
    #[must_use]
    pub fn most(self) -> usize {
        self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_never_none_nor_upside_down() {
        let all = [(0, 0), (3, 1), (2, 4)].map(|(least, most)| Count::new(least, most));
        let bounds = all.map(|it| (it.least(), it.most()));
        assert_eq!(bounds, [(1, 1), (3, 3), (2, 4)]);
    }
}
