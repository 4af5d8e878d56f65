//! What was written for an article, held against it by the rules that a draft of the product
//! has to pass, whoever wrote it: what somebody is faster with has to be worth as much. Is
//! asked after the time was taken.

use serde::{Deserialize, Serialize};

use crate::config::Limits;
use crate::digest::Digest;
use crate::eval::statistics::count;
use crate::eval::suites::digests::ANSWER_WORDS;
use crate::pipeline::ingest;
use crate::pipeline::understand::understand;
use crate::pipeline::verify::judge;
use crate::text::sentences::sentences;

use super::articles::Piece;
use super::figures::ratio;

/// A summary and pairs, and how much of them holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Written {
    /// Questions with an answer.
    pub pairs: usize,
    /// Answers of which no sentence falls.
    pub supported_answers: usize,
    /// Answers as long as an answer should be.
    pub fitting_answers: usize,
    /// Sentences of the summary and of the answers.
    pub sentences: usize,
    /// Sentences among them that no rule has anything against.
    pub supported: usize,
}

/// What one prompt is answered with, as far as it is held against the article.
#[derive(Deserialize)]
struct Reply {
    summary: Vec<String>,
    faq: Vec<Pair>,
}

#[derive(Deserialize)]
struct Pair {
    answer: String,
}

impl Written {
    /// What a digest holds.
    #[must_use]
    pub fn by_product(digest: &Digest, piece: &Piece, limits: &Limits) -> Self {
        let summary = digest.summary.iter().map(|it| it.text.as_str());
        let answers = digest.faq.iter().map(|it| it.answer.text.as_str());
        Self::of(
            &summary.collect::<Vec<_>>(),
            &answers.collect::<Vec<_>>(),
            (piece, limits),
        )
    }

    /// What the answer to one prompt holds; `None` of one that is no digest, such as one that
    /// broke off.
    #[must_use]
    pub fn by_server(reply: &str, piece: &Piece, limits: &Limits) -> Option<Self> {
        let reply: Reply = serde_json::from_str(reply).ok()?;
        let summary: Vec<&str> = reply.summary.iter().map(String::as_str).collect();
        let answers: Vec<&str> = reply.faq.iter().map(|it| it.answer.as_str()).collect();
        Some(Self::of(&summary, &answers, (piece, limits)))
    }

    fn of(summary: &[&str], answers: &[&str], (piece, limits): (&Piece, &Limits)) -> Self {
        let mut written = Self::default();
        let Ok(article) = ingest::ingest(&piece.input, limits) else {
            return written;
        };
        let understanding = understand(&article);
        let supported = |sentence: &str| judge(&article, &understanding, sentence).is_supported();
        for text in summary {
            written.note(text, supported);
        }
        for answer in answers {
            let words = answer.split_whitespace().count();
            written.pairs += 1;
            written.fitting_answers += usize::from(ANSWER_WORDS.contains(&words));
            written.supported_answers += usize::from(written.note(answer, supported));
        }
        written
    }

    /// Counts the sentences of a text; whether there are any and all of them hold.
    fn note(&mut self, text: &str, supported: impl Fn(&str) -> bool) -> bool {
        let spans = sentences(text);
        let held = spans.iter().filter(|it| supported(it.of(text))).count();
        self.sentences += spans.len();
        self.supported += held;
        held > 0 && held == spans.len()
    }

    /// Share of the sentences that no rule has anything against.
    #[must_use]
    pub fn supported_share(&self) -> Option<f64> {
        ratio(count(self.supported), count(self.sentences))
    }

    /// Share of the answers that are as long as an answer should be.
    #[must_use]
    pub fn fitting_share(&self) -> Option<f64> {
        ratio(count(self.fitting_answers), count(self.pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::articles;
    use crate::config::Settings;

    const SAID: &str = "By June 18, 1900, the mission compounds outside the walls were abandoned.";

    #[test]
    fn what_the_article_does_not_say_is_not_supported() {
        let limits = Settings::load(None).unwrap().limits;
        let piece = articles::read(None, 1, &limits).unwrap().pieces.remove(0);
        let article = String::from_utf8(piece.input.bytes.clone()).unwrap();
        let own = ingest::ingest(&piece.input, &limits).unwrap();
        let quoted = understand(&own).sentences[3].span.of(&own.text).to_owned();
        assert!(article.contains(quoted.split(' ').next().unwrap()));
        let reply = serde_json::json!({
            "topic": "A siege",
            "summary": [quoted, "Nine trains of gold left for Lima in 1732."],
            "faq": [{ "question": "What?", "answer": SAID }],
            "related": [],
        });
        let written = Written::by_server(&reply.to_string(), &piece, &limits).unwrap();
        let answers = (written.pairs, written.fitting_answers, written.sentences);
        assert_eq!(answers, (1, 0, 3));
        assert!(written.supported_share() < Some(1.0), "{written:?}");
        assert!(written.supported > 0, "{written:?}");
        assert_eq!(Written::by_server("{\"topic\": \"A", &piece, &limits), None);
    }
}
