//! Items of a digest against a text of their article, one by one: those that were
//! held before against a newer text, those that a person wrote, and questions that a
//! person asks. Changes no word.

use std::collections::HashMap;
use std::sync::Arc;

use crate::config::HouseStyle;
use crate::digest::{Evidence, Pair, Refused, RefusedKind};
use crate::pipeline::article::Article;
use crate::pipeline::draft::DraftPair;
use crate::pipeline::understand::Understanding;
use crate::text::dependence::starts_dependent;
use crate::text::similarity::containment;
use crate::text::span::Span;
use crate::text::words::content_stems;

use super::claim::Checker;
use super::judge::{self, Judgement};
use super::phrase::Phrases;
use super::reason::Reason;
use super::{VerifiedPair, answer, answered, question, refuse};

/// Sentences that are tried as the beginning of an answer.
const MOST_TRIED: usize = 8;
/// Sentences that an answer may take from the article, from the one tried.
const ANSWER_SENTENCES: usize = 3;

/// Checks items against one text; read once, whatever their number.
pub struct Recheck<'a> {
    checker: Checker<'a>,
    phrases: Phrases<'a>,
    /// Where each sentence of the article, and its title, stands as a whole.
    standing: HashMap<&'a str, Vec<Span>>,
}

impl<'a> Recheck<'a> {
    /// Reads the text that items are to be held against.
    #[must_use]
    pub fn new(article: &'a Article, understanding: &'a Understanding) -> Self {
        let text = article.text.as_str();
        let title = article.title.map(|index| article.blocks[index].span);
        let sentences = understanding.sentences.iter().map(|it| it.span);
        let mut standing: HashMap<&str, Vec<Span>> = HashMap::new();
        for span in title.into_iter().chain(sentences) {
            standing.entry(span.of(text)).or_default().push(span);
        }
        Self {
            checker: Checker::new(article, understanding),
            phrases: Phrases::new(article, understanding),
            standing,
        }
    }

    /// The same, where answers are to be in the words of a house. What people write is
    /// their own.
    #[must_use]
    pub fn in_style(self, style: &Option<Arc<HouseStyle>>) -> Self {
        Self {
            checker: self.checker.in_style(style),
            ..self
        }
    }

    /// Judges a sentence.
    #[must_use]
    pub fn sentence(&self, sentence: &str) -> Judgement {
        judge::judged(&self.checker, sentence)
    }

    /// Judges a sentence that was held before: where all that it rested on still
    /// stands, word for word, so does it.
    #[must_use]
    pub fn carried(&self, sentence: &str, before: &[Evidence]) -> Judgement {
        let standing = before.iter().map(|place| self.still_standing(place));
        match standing.collect::<Option<Vec<Evidence>>>() {
            Some(evidence) if !evidence.is_empty() => Judgement {
                score: evidence.iter().map(|it| it.score).fold(0.0, f32::max),
                reasons: Vec::new(),
                evidence,
                measures: Vec::new(),
            },
            _ => self.sentence(sentence),
        }
    }

    /// The place where the quoted sentence stands now, the nearest of several.
    fn still_standing(&self, before: &Evidence) -> Option<Evidence> {
        let spans = self.standing.get(before.quote.as_str())?;
        let nearest = spans
            .iter()
            .min_by_key(|span| span.start.abs_diff(before.start))?;
        Some(self.checker.index.at(*nearest, before.score))
    }

    /// What speaks against a question as such.
    #[must_use]
    pub fn question(&self, question: &str) -> Option<Reason> {
        question::problem(question, &self.checker.whole)
    }

    /// What speaks against an answer as the answer to a question. `evidence` is
    /// what the answer rests on.
    #[must_use]
    pub fn unanswered(&self, pair: &Pair) -> Option<Reason> {
        let evidence = pair.answer.sentences.iter().flat_map(|it| &it.evidence);
        let evidence: Vec<&str> = evidence.map(|it| it.quote.as_str()).collect();
        answered::unanswered(&pair.question, &pair.answer.text, &evidence.join(" "))
    }

    /// What speaks against a topic or tag.
    #[must_use]
    pub fn phrase(&self, phrase: &str, kind: RefusedKind) -> Option<String> {
        let mut refused = Vec::new();
        self.phrases
            .check(vec![phrase.to_owned()], kind, &mut refused);
        refused.pop().map(|it| it.reason)
    }

    /// The answer that the article's own sentences give to a question.
    ///
    /// # Errors
    /// [`Refused`] says why there is none.
    pub fn answer(&self, asked: &str, max_words: usize) -> Result<VerifiedPair, Refused> {
        let refuse = |reason| refuse(RefusedKind::Question, asked.to_owned(), reason);
        if let Some(problem) = self.question(asked) {
            return Err(refuse(&problem));
        }
        let mut fallen = refuse(&Reason::NoSupportedAnswer);
        for (tried, at) in self.answering(asked).into_iter().enumerate() {
            let draft = DraftPair {
                question: asked.to_owned(),
                answer: vec![self.checker.sentence(at).to_owned()],
                passage: at..self.end_of_answer(at),
                confidence: 1.0,
                is_forced: false,
            };
            match answer::pair(&self.checker, draft, max_words, &mut Vec::new()) {
                Ok(pair) => return Ok(pair),
                // The likeliest place says best why it is none.
                Err(refused) if tried == 0 => fallen = refused,
                Err(_) => {}
            }
        }
        Err(fallen)
    }

    /// Sentences that may begin an answer, the likeliest first.
    fn answering(&self, asked: &str) -> Vec<usize> {
        let asked = content_stems(asked);
        let sentences = self.checker.understanding.sentences.iter().enumerate();
        let mut ranked: Vec<(f32, usize)> = sentences
            .filter(|(_, it)| !self.checker.article.is_instruction(it.span))
            .map(|(at, it)| (it.span.of(&self.checker.article.text), at))
            .filter(|(text, _)| !starts_dependent(text))
            .map(|(text, at)| (containment(&asked, &content_stems(text)), at))
            .filter(|(share, _)| *share > 0.0)
            .collect();
        ranked.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        ranked.truncate(MOST_TRIED);
        ranked.into_iter().map(|(_, at)| at).collect()
    }

    fn end_of_answer(&self, at: usize) -> usize {
        let understanding = self.checker.understanding;
        let section = understanding.sentences[at].section;
        let end = understanding.sections[section].sentences.end;
        end.min(at + ANSWER_SENTENCES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::understand::read;
    use crate::pipeline::understand::tests::{article, split};

    const TEXT: &str = "Mayor Dana Ruiz closed the Elm Road pool on Monday because repairs \
        cost $2 million. The council of Harlow voted against new taxes in March.\n\n\
        Officials of the county said that children could swim in Harlow until the autumn.";

    fn evidence(quote: &str) -> Evidence {
        Evidence {
            start: 0,
            end: quote.len(),
            quote: quote.to_owned(),
            input: None,
            score: 1.0,
        }
    }

    #[test]
    fn what_stands_word_for_word_is_carried() {
        let article = article(TEXT);
        let understanding = read(&article, split);
        let recheck = Recheck::new(&article, &understanding);
        let quote = "The council of Harlow voted against new taxes in March.";
        let held = recheck.carried("Anything.", &[evidence(quote)]);
        assert!(held.reasons.is_empty());
        let place = &held.evidence[0];
        assert_eq!(&article.text[place.start..place.end], quote);
        let part = "voted against new taxes in March.";
        let fell = recheck.carried("Penguins sleep in winter storms.", &[evidence(part)]);
        assert!(!fell.reasons.is_empty());
    }

    #[test]
    fn an_address_in_a_question_is_one_that_its_answer_rests_on() {
        let text = format!("{TEXT}\n\nThe county keeps a page at pay.example.org for its members.");
        let article = article(&text);
        let understanding = read(&article, split);
        let recheck = Recheck::new(&article, &understanding);
        let beside = "What does the county keep at pay.example.org for its members?";
        assert!(recheck.answer(beside, 60).is_ok());
        let elsewhere = "Why did Mayor Dana Ruiz close the Elm Road pool at pay.example.org?";
        let refused = recheck.answer(elsewhere, 60).expect_err(elsewhere);
        assert_eq!(refused.reason, "unsupported_contact: pay.example.org");
    }

    #[test]
    fn a_question_is_answered_by_the_article_or_not_at_all() {
        let article = article(TEXT);
        let understanding = read(&article, split);
        let recheck = Recheck::new(&article, &understanding);
        let asked = "Why did Mayor Dana Ruiz close the Elm Road pool?";
        let pair = recheck.answer(asked, 60).expect("the article says it");
        assert!(pair.answer[0].text.starts_with("Mayor Dana Ruiz closed"));
        for asked in [
            "Who won the cup final of the league in Oslo?",
            "What is this?",
        ] {
            let refused = recheck.answer(asked, 60).expect_err(asked);
            assert_eq!(refused.text, asked);
        }
    }
}
