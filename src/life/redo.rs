//! Items made anew at a person's wish, from the article's own sentences: another one
//! in an item's place, or the answer to a question that the person asks. What is made
//! goes through the same checks as a draft.

use crate::digest::{Pair, RefusedKind};
use crate::pipeline::article::Article;
use crate::pipeline::draft::Draft;
use crate::pipeline::extractive;
use crate::pipeline::options::DigestOptions;
use crate::pipeline::select::{pair, same_pair};
use crate::pipeline::understand::Understanding;
use crate::pipeline::verify::{Recheck, Verifier};

use super::Ids;
use super::check;
use super::content::Content;
use super::edit::Bounds;
use super::error::LifeError;
use super::item::{Item, ItemState, Kind, Origin, Review};

/// Questions that are drafted to find another one.
const DRAFTED: usize = 40;

/// The article that items are made of.
pub struct Redo<'a> {
    /// The article.
    pub article: &'a Article,
    /// What was understood of it.
    pub understanding: &'a Understanding,
    /// The same, to check against.
    pub recheck: &'a Recheck<'a>,
    /// Length of answers.
    pub options: DigestOptions,
    /// What fits.
    pub bounds: Bounds,
}

impl Redo<'_> {
    /// The pair that answers a question.
    ///
    /// # Errors
    /// [`LifeError::NotAnswered`] says why there is none.
    pub fn answer(&self, question: &str) -> Result<Pair, LifeError> {
        let most = self.options.max_answer_words;
        let answered = self.recheck.answer(question, most);
        let answered = answered.map_err(|refused| LifeError::NotAnswered(refused.reason))?;
        let nothing = || LifeError::NotAnswered("no_supported_answer".to_owned());
        pair(answered).ok_or_else(nothing)
    }

    /// Adds a question that a person asks with the article's answer, and tells the id.
    ///
    /// # Errors
    /// [`LifeError`] when the article does not answer it, or there is no room.
    pub fn ask(
        &self,
        content: &mut Content,
        question: &str,
        position: Option<usize>,
        ids: &mut Ids<'_>,
    ) -> Result<String, LifeError> {
        let pair = self.answer(question)?;
        let item = Item::made(ids(), Kind::Pair, Origin::Extractive, String::new());
        content.insert(with_pair(item, pair), position, self.bounds)
    }

    /// Puts another item in an item's place, under its id: the answer to `question`,
    /// or something else that the article says. All others stay as they are.
    ///
    /// # Errors
    /// [`LifeError`] when it is locked, edited and not to be overwritten, or nothing
    /// else is to be had.
    pub fn regenerate(
        &self,
        content: &mut Content,
        id: &str,
        question: Option<&str>,
        overwrite: bool,
    ) -> Result<(), LifeError> {
        let at = content.place(id)?;
        let old = content.items[at].clone();
        if old.locked {
            return Err(LifeError::Locked);
        }
        if !overwrite && (old.edited.is_some() || old.origin == Origin::Human) {
            return Err(LifeError::Edited);
        }
        let blank = Item {
            position: old.position,
            ..Item::made(old.id.clone(), old.kind, Origin::Extractive, String::new())
        };
        content.items[at] = match (old.kind, question) {
            (Kind::Pair, Some(question)) => with_pair(blank, self.answer(question)?),
            (Kind::Pair, None) => with_pair(blank, self.other_pair(content)?),
            (_, Some(_)) => {
                return Err(LifeError::Field {
                    field: "question",
                    reason: "is a part of pairs only",
                });
            }
            (Kind::Summary, None) => self.other_summary(blank, &old)?,
            (Kind::Topic | Kind::Related, None) => self.other_phrase(blank, content)?,
        };
        Ok(())
    }

    fn draft(&self) -> Draft {
        self.draft_with(self.options.clone())
    }

    fn draft_with(&self, options: DigestOptions) -> Draft {
        let options = DigestOptions {
            count: DRAFTED,
            ..options
        };
        extractive::draft(self.article, self.understanding, &options).main
    }

    /// The first pair that is like none there, and none that was turned down.
    fn other_pair(&self, content: &Content) -> Result<Pair, LifeError> {
        let verifier = Verifier::new(self.article, self.understanding, &self.options);
        let there = content.items.iter();
        let there = there.filter_map(|it| Some((it.question.as_deref()?, it.text.as_str())));
        let removed = content.removed.iter();
        let removed = removed.filter_map(|it| Some((it.question.as_deref()?, it.text.as_str())));
        let known: Vec<(&str, &str)> = there.chain(removed).collect();
        let held = self.draft().pairs.into_iter();
        let mut held = held.filter_map(|it| pair(verifier.pair(it).0?));
        let other = held.find(|it| {
            let new = (it.question.as_str(), it.answer.text.as_str());
            !known.iter().any(|known| same_pair(*known, new))
        });
        other.ok_or(LifeError::NothingElse)
    }

    /// A summary of the article's sentences, of which some are new.
    fn other_summary(&self, blank: Item, old: &Item) -> Result<Item, LifeError> {
        let options = self.options.clone().with_summary(old.summary_form);
        let sentences = self.draft_with(options).summaries.concat().join(" ");
        let item = Item {
            text: sentences,
            summary_form: old.summary_form,
            ..blank
        };
        let item = check::written(&item, Some(self.recheck));
        let is_other = item.text != old.text && item.supported == Some(true);
        is_other.then_some(item).ok_or(LifeError::NothingElse)
    }

    fn other_phrase(&self, blank: Item, content: &Content) -> Result<Item, LifeError> {
        let draft = self.draft();
        let (phrases, kind) = match blank.kind {
            Kind::Topic => (draft.topic, RefusedKind::Topic),
            _ => (draft.related, RefusedKind::Related),
        };
        let there = content.items.iter().filter(|it| it.kind.is_phrase());
        let there = there.map(|it| it.text.to_lowercase());
        let removed = content.removed.iter().map(|it| it.text.to_lowercase());
        let known: Vec<String> = there.chain(removed).collect();
        let mut phrases = phrases.into_iter();
        let style = self.options.house_style.as_ref();
        let other = phrases.find(|it| {
            !known.contains(&it.to_lowercase())
                && !style.is_some_and(|style| style.objects(it))
                && self.recheck.phrase(it, kind).is_none()
        });
        let text = other.ok_or(LifeError::NothingElse)?;
        Ok(Item { text, ..blank })
    }
}

fn with_pair(item: Item, pair: Pair) -> Item {
    Item {
        question: Some(pair.question),
        state: ItemState::Current,
        review: Review::Draft,
        ..item.of_passage(pair.answer)
    }
}
