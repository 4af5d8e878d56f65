//! One decode step: the rows of its shares, and what their logits make of each.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::engine::EngineError;
use crate::engine::backend::{Backend, Row};
use crate::engine::runtime::article::Step;
use crate::engine::runtime::branch::Outcome;
use crate::engine::scheduler::{ArticleId, Owner, Place, Share};
use crate::telemetry;

use super::Machine;

/// Branches that have to decode in a step for it to be wide.
const WIDE_BRANCHES: usize = 8;

/// What came of a share.
struct Taken {
    /// Its own rows and those of its guesses.
    rows: usize,
    /// Guesses among them.
    drafts: usize,
    /// Tokens decoded.
    decoded: usize,
    /// How its branch stands; `None`: it is a prefix.
    outcome: Option<Outcome>,
}

impl Taken {
    const NOTHING: Self = Self {
        rows: 0,
        drafts: 0,
        decoded: 0,
        outcome: None,
    };
}

impl<B: Backend> Machine<B> {
    /// Decodes the shares in one step and goes on with what comes of it.
    pub(super) fn run(&mut self, shares: &[Share]) -> Result<(), EngineError> {
        let rows: Vec<Row> = shares.iter().flat_map(|share| self.rows(share)).collect();
        let began = Instant::now();
        self.backend.decode(&rows)?;
        let took = began.elapsed();
        telemetry::step(rows.len(), self.limits.step_tokens);
        // Both are noted before anything ends, and with it what it took.
        let is_wide = self.is_wide(shares);
        let taken = self.take_all(shares);
        self.note(shares, &taken, took, is_wide);
        for (share, taken) in shares.iter().zip(taken) {
            self.go_on(share, &taken);
        }
        Ok(())
    }

    /// Whether many branches decode in a step and nothing else is read.
    fn is_wide(&self, shares: &[Share]) -> bool {
        let decodes = |share: &Share| {
            let article = self.articles.get(&share.article);
            article.is_some_and(|article| article.decodes(share))
        };
        shares.len() >= WIDE_BRANCHES && shares.iter().all(decodes)
    }

    /// Has each article of a step note its part of what the model did and took, by rows:
    /// what articles note adds up to what the model took.
    fn note(&mut self, shares: &[Share], taken: &[Taken], took: Duration, is_wide: bool) {
        let rows = |taken: &Taken| u32::try_from(taken.rows).unwrap_or(u32::MAX);
        let all = taken.iter().map(rows).sum::<u32>().max(1);
        for (share, taken) in shares.iter().zip(taken) {
            if let Some(article) = self.articles.get_mut(&share.article) {
                article.note_step(Step {
                    took: took * rows(taken) / all,
                    wide_tokens: is_wide.then_some(taken.decoded),
                });
            }
        }
    }

    pub(super) fn run_alone(&mut self, shares: &[Share]) {
        for (id, own) in by_article(shares) {
            let rewound = own.iter().try_for_each(|share| self.rewind(share));
            if let Err(error) = rewound.and_then(|()| self.run(&own)) {
                self.remove(id, error);
            }
        }
    }

    /// Drops what a failed step may have left in the cache.
    fn rewind(&mut self, share: &Share) -> Result<(), EngineError> {
        let Some(article) = self.articles.get(&share.article) else {
            return Ok(());
        };
        let (_, position) = article.token(share.owner, share.tokens.start);
        self.backend.truncate(self.sequence(share.place), position)
    }

    fn rows(&self, share: &Share) -> Vec<Row> {
        let Some(article) = self.articles.get(&share.article) else {
            return Vec::new();
        };
        let sequence = self.sequence(share.place);
        let own = share.tokens.clone().map(|at| {
            let (token, position) = article.token(share.owner, at);
            let is_last = share.last && at + 1 == share.tokens.end;
            let wants_logits = match share.owner {
                Owner::Prefix => false,
                Owner::Branch(branch) => article.branches[branch].reads(at, is_last),
            };
            Row {
                token,
                position,
                sequence,
                wants_logits,
            }
        });
        let (_, last) = article.token(share.owner, share.tokens.end - 1);
        let drafts = article.drafts(share).iter().zip(last + 1..);
        let drafts = drafts.map(|(token, position)| Row {
            token: *token,
            position,
            sequence,
            wants_logits: true,
        });
        own.chain(drafts).collect()
    }

    /// Takes what the step brought for each share, in the order of their rows.
    fn take_all(&mut self, shares: &[Share]) -> Vec<Taken> {
        let mut first = 0;
        let taken = shares.iter().map(|share| {
            let taken = self.take(share, first);
            first += taken.rows;
            taken
        });
        taken.collect()
    }

    /// Takes what came of one share, whose rows begin at `first`.
    fn take(&mut self, share: &Share, first: usize) -> Taken {
        let Some(article) = self.articles.get_mut(&share.article) else {
            return Taken::NOTHING;
        };
        let drafts = article.drafts(share).len();
        let mut taken = Taken {
            rows: share.tokens.len() + drafts,
            drafts,
            ..Taken::NOTHING
        };
        article.note(share, drafts);
        if let Owner::Branch(branch) = share.owner {
            let backend = &self.backend;
            let logits = |at| backend.logits(first + at);
            let progress = &mut article.branches[branch];
            let before = progress.decoded();
            let outcome = article
                .span
                .in_scope(|| progress.take(share.tokens.clone(), share.last, drafts, logits));
            taken.decoded = progress.decoded() - before;
            taken.outcome = Some(outcome);
        }
        taken
    }

    fn go_on(&mut self, share: &Share, taken: &Taken) {
        let (owner, place) = (share.owner, share.place);
        match (owner, place, taken.outcome) {
            (Owner::Branch(branch), _, Some(outcome)) => {
                self.go_on_with(share, branch, (taken.drafts, outcome));
            }
            (Owner::Prefix, Place::Slot(slot), _) => self.prefixes.fill(slot, share.tokens.end),
            (Owner::Branch(_), _, None) | (Owner::Prefix, Place::Sequence(_), _) => {}
        }
    }

    fn go_on_with(&mut self, share: &Share, branch: usize, (drafts, outcome): (usize, Outcome)) {
        let id = share.article;
        match outcome {
            Outcome::Fills => {}
            Outcome::Goes { accepted } => {
                let kept = self.keep(share, drafts, accepted);
                self.or_remove(id, kept);
                if let Some(article) = self.articles.get_mut(&id) {
                    let wanted = article.look_ahead(branch);
                    self.scheduler.advance(id, branch, accepted, wanted);
                }
            }
            Outcome::Ended { finish, accepted } => {
                if let Some(article) = self.articles.get_mut(&id) {
                    article.usage.accepted_tokens += accepted;
                    article.usage.decode_tokens += article.branches[branch].decoded();
                    let completion = article.branches[branch].completion(&self.backend, finish);
                    article.reporter.completed(branch, completion);
                }
                self.finish(id, branch);
            }
        }
    }

    /// Drops the cells of guesses that were wrong.
    fn keep(&mut self, share: &Share, drafts: usize, accepted: usize) -> Result<(), EngineError> {
        let Some(article) = self.articles.get_mut(&share.article) else {
            return Ok(());
        };
        article.usage.accepted_tokens += accepted;
        if accepted == drafts {
            return Ok(());
        }
        let (_, last) = article.token(share.owner, share.tokens.end - 1);
        let sequence = self.sequence(share.place);
        self.backend.truncate(sequence, last + 1 + accepted)
    }
}

/// The shares of a step, article by article.
fn by_article(shares: &[Share]) -> BTreeMap<ArticleId, Vec<Share>> {
    let mut articles: BTreeMap<ArticleId, Vec<Share>> = BTreeMap::new();
    for share in shares {
        articles
            .entry(share.article)
            .or_default()
            .push(share.clone());
    }
    articles
}
