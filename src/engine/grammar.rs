//! Shapes as Lark grammars for llguidance. Lengths are bounded in the grammar, so
//! that no branch loops for ever. Pure.
//!
//! A sentence may hold full stops that end none: initials and acronyms
//! ("U.S."), decimals, and the abbreviations of news English. Square brackets
//! are left out, as they mark paragraph numbers in the prompt.

use std::collections::BTreeSet;

use super::shape::{Count, PHRASE_WORD, Shape, Vocabulary};

/// A sentence of 20 to 300 characters.
const SENTENCE: &str = r#"SENTENCE: /["“]?(([A-Z]\.)+|[A-Z0-9$£€])([^.\n!?\[\]]|\.[a-z0-9,]|[A-Z]\.|(Mr|Mrs|Ms|Dr|St|Gen|Sen|Rep|Gov|No|Lt|Col|Jr|Sr|Inc|Co|Corp|Ltd|vs|Jan|Feb|Aug|Sept|Oct|Nov|Dec)\.){20,300}[.]["”]?/"#;
/// The rest of a question after its opening.
const QUESTION: &str = r"QUESTION: / ([^\n?.!\[\]]|[A-Z]\.|[0-9]\.[0-9]|(Mr|Mrs|Ms|Dr|St|Gen|Sen|Rep|Gov|No|Lt|Col|Jr|Sr|Inc|Co|Corp|Ltd|vs)\.){15,150}\?/";

impl Shape {
    /// The grammar of what follows `answer_start`, in Lark as llguidance reads it.
    #[must_use]
    pub fn lark(&self) -> String {
        match self {
            Self::Sentences(count) => format!("start: {}\n{SENTENCE}\n", sequence(*count)),
            Self::Points(count) => format!(
                "start: SENTENCE (\"\\n- \" SENTENCE){{{},{}}}\n{SENTENCE}\n",
                count.least() - 1,
                count.most() - 1
            ),
            Self::Question { words, .. } => {
                let known = question_of(words);
                let question = known.as_deref().unwrap_or(QUESTION);
                format!("start: QUESTION\n{question}\n")
            }
            Self::QuestionAndAnswer { sentences, .. } => format!(
                "start: QUESTION \"\\nA: \" {}\n{QUESTION}\n{SENTENCE}\n",
                sequence(*sentences)
            ),
            Self::Phrase { words, vocabulary } => {
                let known = vocabulary.as_ref().map(|it| phrase_of(it, *words));
                format!(
                    "start: PHRASE\n{}\n",
                    known.unwrap_or_else(|| phrase(*words))
                )
            }
            Self::Phrases { count, words } => format!(
                "start: PHRASE (\"\\n- \" PHRASE){{{},{}}}\n{}\n",
                count.least() - 1,
                count.most() - 1,
                phrase(*words)
            ),
            Self::Line { characters } => {
                let most = characters.max(&1);
                format!("start: ANSWER\nANSWER: /[^\\n]{{1,{most}}}/\n")
            }
            Self::Choice(words) => format!("start: {}", choice(words)),
        }
    }
}

fn phrase(words: usize) -> String {
    let more = words.saturating_sub(1);
    format!("PHRASE: /[A-Z]{PHRASE_WORD}( {PHRASE_WORD}){{0,{more}}}/")
}

/// A phrase that begins and ends with words of content.
fn phrase_of(vocabulary: &Vocabulary, words: usize) -> String {
    let Vocabulary { content, inner } = vocabulary;
    let first: BTreeSet<String> = content.iter().filter_map(|it| capitalised(it)).collect();
    let last: BTreeSet<String> = content.iter().flat_map(|it| written(it)).collect();
    let between: BTreeSet<String> = inner.iter().flat_map(|it| written(it)).collect();
    let any: BTreeSet<String> = last.union(&between).cloned().collect();
    let [first, last, any] = [first, last, any].map(|it| Vec::from_iter(it).join("|"));
    let more = match words {
        0 | 1 => String::new(),
        words => format!("(( ({any})){{0,{}}} ({last}))?", words - 2),
    };
    format!("PHRASE: /({first}){more}/")
}

/// A word as it may be written, as patterns: as it is, and with a capital.
fn written(word: &str) -> impl Iterator<Item = String> {
    [pattern(word), capitalised(word)].into_iter().flatten()
}

/// A word with a capital, as a pattern; `None` where no letter leads it.
fn capitalised(word: &str) -> Option<String> {
    let first = word.chars().next().filter(char::is_ascii_alphabetic)?;
    pattern(&format!("{}{}", first.to_ascii_uppercase(), &word[1..]))
}

/// The pattern that matches this word alone; `None` where it has what no word of a
/// phrase has.
fn pattern(word: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "’'.&-".contains(c);
    let is_plain = !word.is_empty() && word.chars().all(plain);
    is_plain.then(|| word.replace('.', "[.]"))
}

/// A question of these words; `None` where none of them can be one of a question.
fn question_of(words: &[String]) -> Option<String> {
    let words: BTreeSet<String> = words.iter().filter_map(|it| asked(it)).collect();
    let any = Vec::from_iter(words).join("|");
    let word = format!(" ({any})(['’]s)?");
    (!any.is_empty()).then(|| format!("QUESTION: /({word},?){{2,13}}{word}\\?/"))
}

/// The pattern that matches this word of a question alone.
fn asked(word: &str) -> Option<String> {
    let plain = |c: char| c.is_alphanumeric() || "’'.&-$£€%,".contains(c);
    let is_plain = !word.is_empty() && word.chars().all(plain);
    is_plain.then(|| word.replace('.', "[.]").replace('$', "[$]"))
}

fn sequence(count: Count) -> String {
    let required = vec!["SENTENCE"; count.least()].join(" \" \" ");
    let optional = " (\" \" SENTENCE)?".repeat(count.most() - count.least());
    format!("{required}{optional}")
}

fn choice(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    quoted.join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_stand_on_lines() {
        let grammar = Shape::Points(Count::new(3, 6)).lark();
        assert!(grammar.starts_with("start: SENTENCE (\"\\n- \" SENTENCE){2,5}\nSENTENCE: "));
    }

    #[test]
    fn a_sequence_counts_its_sentences() {
        assert_eq!(
            sequence(Count::new(2, 3)),
            r#"SENTENCE " " SENTENCE (" " SENTENCE)?"#
        );
        assert_eq!(sequence(Count::new(1, 1)), "SENTENCE");
    }

    #[test]
    fn a_question_has_the_words_that_it_may_have() {
        let shape = |words: &[&str]| Shape::Question {
            opening: "Why".to_owned(),
            words: words.iter().map(|it| (*it).to_owned()).collect(),
        };
        assert_eq!(
            shape(&["$1.2", "café", "(no", "did"]).lark(),
            "start: QUESTION\nQUESTION: /( ([$]1[.]2|café|did)(['’]s)?,?){2,13} \
             ([$]1[.]2|café|did)(['’]s)?\\?/\n"
        );
        assert_eq!(shape(&["(no"]).lark(), shape(&[]).lark());
    }

    #[test]
    fn a_phrase_has_the_words_that_it_may_have() {
        let words = |it: &[&str]| it.iter().map(|word| (*word).to_owned()).collect();
        let vocabulary = Vocabulary {
            content: words(&["U.S.", "siege", "3-inch", "no/word"]),
            inner: words(&["of"]),
        };
        let shape = |words| Shape::Phrase {
            words,
            vocabulary: Some(vocabulary.clone()),
        };
        assert_eq!(
            shape(4).lark(),
            "start: PHRASE\nPHRASE: /(Siege|U[.]S[.])(( (3-inch|Of|Siege|U[.]S[.]|of|siege)){0,2} \
             (3-inch|Siege|U[.]S[.]|siege))?/\n"
        );
        assert_eq!(
            shape(1).lark(),
            "start: PHRASE\nPHRASE: /(Siege|U[.]S[.])/\n"
        );
    }

    /// The file was written by what made grammars before there were shapes: what a
    /// model writes depends on every byte of them.
    #[test]
    fn every_shape_has_the_grammar_that_it_had() {
        let opening = || "Why".to_owned();
        let answered = |most| Shape::QuestionAndAnswer {
            opening: opening(),
            sentences: Count::new(1, most),
        };
        let shapes = [
            ("sentences(2,3)", Shape::Sentences(Count::new(2, 3))),
            ("sentences(1,1)", Shape::Sentences(Count::new(1, 1))),
            ("question_and_answer(1,2)", answered(2)),
            ("question_and_answer(1,3)", answered(3)),
            (
                "question()",
                Shape::Question {
                    opening: opening(),
                    words: Vec::new(),
                },
            ),
            (
                "phrase(5)",
                Shape::Phrase {
                    words: 5,
                    vocabulary: None,
                },
            ),
            (
                "phrases(6,8,5)",
                Shape::Phrases {
                    count: Count::new(6, 8),
                    words: 5,
                },
            ),
            ("choice", Shape::Choice(vec!["yes".into(), "no".into()])),
            ("line", Shape::Line { characters: 160 }),
        ];
        let shown = shapes.map(|(name, shape)| format!("## {name}\n{}\n", shape.lark()));
        assert_eq!(shown.concat(), include_str!("grammar/before.txt"));
    }
}
