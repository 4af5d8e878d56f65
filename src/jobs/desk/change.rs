//! What people want of an article's items, done to the article as they read it, or
//! as it is. Who did what goes into the ledger with the words of before and after.

use serde_json::json;
use uuid::Uuid;

use crate::life::{Bounds, Checking, Content, Edit, Item, LifeError, Mark, NewItem, Redo, Review};
use crate::pipeline::verify::Recheck;
use crate::store::{ArticleChange, Changed, Hand, NewStep, StoreError};
use crate::text::time::rfc3339;

use super::{Desk, DeskError, Opened, Reading, opened, read_again};

/// How often a change begins anew because somebody was quicker.
const TRIES: usize = 8;

/// Who wants something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct By {
    /// The id of the key; `None` where none is needed.
    pub api_key: Option<String>,
    /// What the operator calls it.
    pub name: Option<String>,
    /// Whether it came in a session of a browser.
    pub in_session: bool,
}

/// Something that people want of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// To change an item.
    Edit {
        /// Which.
        item: String,
        /// How.
        edit: Edit,
    },
    /// To add one.
    Add(NewItem),
    /// To have a question answered from the article.
    Ask {
        /// The question.
        question: String,
        /// Its place.
        position: Option<usize>,
    },
    /// To have another item in one's place.
    Regenerate {
        /// Which.
        item: String,
        /// The question that is to be answered instead.
        question: Option<String>,
        /// Whether words that a person wrote may go.
        overwrite: bool,
    },
    /// To take one out.
    Remove {
        /// Which.
        item: String,
    },
    /// To approve or reject.
    Review {
        /// Which; all where none are named.
        items: Option<Vec<String>>,
        /// What is thought of them.
        review: Review,
    },
}

/// An operation, whose it is, and for which revisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What.
    pub operation: Operation,
    /// Whose.
    pub by: By,
    /// The revisions that the caller knows; `None` takes any.
    pub revisions: Option<Vec<i64>>,
    /// Milliseconds since 1970.
    pub now: i64,
}

impl Desk {
    /// Does what is wanted of an article; tells what it is now, and the item that
    /// was added.
    ///
    /// # Errors
    /// [`DeskError`] when it cannot be done; then nothing has changed.
    pub async fn change(
        &self,
        id: &str,
        wanted: &Wanted,
    ) -> Result<(Opened, Option<String>), DeskError> {
        for _ in 0..TRIES {
            let before = self.open(id).await?;
            let revision = before.named.revision;
            let known = wanted.revisions.as_ref();
            if known.is_some_and(|known| !known.contains(&revision)) {
                return Err(DeskError::Revision(revision));
            }
            let (change, added) = self.prepare_change(before.clone(), wanted).await?;
            if change.steps.is_empty() {
                return Ok((before, added));
            }
            match self.store.change_article(&change).await? {
                Changed::Applied(named) => return Ok((opened(*named)?, added)),
                Changed::Missing => return Err(DeskError::NoSuchArticle),
                Changed::Outdated | Changed::Done => {}
            }
        }
        Err(DeskError::Contended)
    }

    async fn prepare_change(
        &self,
        before: Opened,
        wanted: &Wanted,
    ) -> Result<(ArticleChange, Option<String>), DeskError> {
        let source = match wanted.operation.needs_text() {
            true => {
                self.store
                    .source(&before.named, before.named.version)
                    .await?
            }
            false => None,
        };
        let limits = self.limits.get();
        let bounds = Bounds {
            items: limits.max_article_items,
            bytes: limits.max_edit_bytes,
        };
        let style = self.house_style.clone();
        let wanted = wanted.clone();
        let work = tokio::task::spawn_blocking(move || {
            let reading = source.flatten().and_then(|it| read_again(it, &limits));
            let reading = reading.map(|it| Reading {
                options: it.options.in_style(style),
                ..it
            });
            changed(before, &wanted, reading.as_ref(), bounds)
        });
        let failed = |_| StoreError::Failed("a change of an article failed".to_owned());
        work.await.map_err(failed)?
    }
}

impl Operation {
    fn needs_text(&self) -> bool {
        match self {
            Self::Edit { edit, .. } => edit.question.is_some() || edit.text.is_some(),
            Self::Add(_) | Self::Ask { .. } | Self::Regenerate { .. } => true,
            Self::Remove { .. } | Self::Review { .. } => false,
        }
    }
}

/// What the article becomes.
fn changed(
    before: Opened,
    wanted: &Wanted,
    reading: Option<&Reading>,
    bounds: Bounds,
) -> Result<(ArticleChange, Option<String>), DeskError> {
    let recheck = reading.map(|it| {
        let recheck = Recheck::new(&it.article, &it.understanding);
        recheck.in_style(&it.options.house_style)
    });
    let hands = Hands {
        mark: Mark {
            by: wanted.by.name.clone(),
            at: rfc3339(wanted.now),
        },
        checking: Checking {
            recheck: recheck.as_ref(),
            bounds,
        },
        reading,
    };
    let mut after = before.content.clone();
    let added = hands.work(&mut after, &wanted.operation)?;
    let hand = Hand::Caller {
        api_key: wanted.by.api_key.clone(),
        in_session: wanted.by.in_session,
    };
    let steps = steps(&before.content, &after, &wanted.operation);
    let steps = steps.into_iter().map(|told| NewStep {
        hand: hand.clone(),
        step: told.step.to_owned(),
        item: Some(told.item),
        detail: told.detail.to_string(),
    });
    let content = serde_json::to_string(&after);
    let content = content.map_err(|error| StoreError::Failed(error.to_string()))?;
    let change = ArticleChange {
        content,
        state: after.state(),
        title: before.named.title.clone(),
        steps: steps.collect(),
        read: before.named,
    };
    Ok((change, added))
}

/// What it takes to do an operation.
struct Hands<'a> {
    mark: Mark,
    checking: Checking<'a>,
    reading: Option<&'a Reading>,
}

impl Hands<'_> {
    /// Does it, and tells the id of an item that was added.
    fn work(&self, content: &mut Content, what: &Operation) -> Result<Option<String>, LifeError> {
        let mut ids = || Uuid::now_v7().to_string();
        let (mark, checking) = (&self.mark, &self.checking);
        match what {
            Operation::Edit { item, edit } => content.edit(item, edit, mark, checking)?,
            Operation::Add(new) => return content.add(new, mark, checking, &mut ids).map(Some),
            Operation::Ask { question, position } => {
                let redo = self.redo()?;
                return redo.ask(content, question, *position, &mut ids).map(Some);
            }
            Operation::Regenerate {
                item,
                question,
                overwrite,
            } => self
                .redo()?
                .regenerate(content, item, question.as_deref(), *overwrite)?,
            Operation::Remove { item } => content.remove(item)?,
            Operation::Review { items, review } => {
                content.review(items.as_deref(), *review, mark)?;
            }
        }
        Ok(None)
    }

    fn redo(&self) -> Result<Redo<'_>, LifeError> {
        let (Some(reading), Some(recheck)) = (self.reading, self.checking.recheck) else {
            return Err(LifeError::TextDropped);
        };
        Ok(Redo {
            article: &reading.article,
            understanding: &reading.understanding,
            recheck,
            options: reading.options.clone(),
            bounds: self.checking.bounds,
        })
    }
}

/// A step to be told.
struct Told {
    step: &'static str,
    item: String,
    detail: serde_json::Value,
}

/// What was done to which items, by what they were and are.
fn steps(before: &Content, after: &Content, what: &Operation) -> Vec<Told> {
    let mut steps = Vec::new();
    for item in &after.items {
        match before.item(&item.id) {
            Ok(old) => steps.extend(step_of(old, item, what)),
            Err(_) => steps.push(Told {
                step: match what {
                    Operation::Ask { .. } => "asked",
                    _ => "added",
                },
                item: item.id.clone(),
                detail: json!({ "after": words(item) }),
            }),
        }
    }
    let gone = before.items.iter().filter(|it| after.item(&it.id).is_err());
    steps.extend(gone.map(|item| Told {
        step: "deleted",
        item: item.id.clone(),
        detail: json!({ "before": words(item) }),
    }));
    steps
}

/// The steps from an item to what it is now.
fn step_of(old: &Item, new: &Item, what: &Operation) -> Vec<Told> {
    let mut steps = Vec::new();
    let mut told = |step, detail| {
        steps.push(Told {
            step,
            item: new.id.clone(),
            detail,
        });
    };
    let is_reworded = words(old) != words(new) || old.edited != new.edited;
    if is_reworded || old.origin != new.origin {
        let step = match what {
            Operation::Regenerate { .. } => "regenerated",
            _ => "edited",
        };
        told(step, json!({ "before": words(old), "after": words(new) }));
    }
    if old.locked != new.locked {
        told(if new.locked { "locked" } else { "unlocked" }, json!({}));
    }
    if old.reviewed != new.reviewed && new.reviewed.is_some() {
        let step = match new.review {
            Review::Approved => "approved",
            Review::Rejected => "rejected",
            Review::Draft => "reopened",
        };
        told(step, json!({ "supported": new.supported }));
    }
    let is_moved = matches!(what, Operation::Edit { item, edit }
        if *item == new.id && edit.position.is_some());
    if is_moved && old.position != new.position {
        told("moved", json!({ "from": old.position, "to": new.position }));
    }
    steps
}

/// The words of an item, as the ledger keeps them.
fn words(item: &Item) -> serde_json::Value {
    json!({
        "kind": item.kind,
        "question": item.question,
        "text": item.text,
        "supported": item.supported,
        "reasons": item.reasons,
    })
}
