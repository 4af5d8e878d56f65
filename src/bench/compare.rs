//! The same articles by the product and by a general server with the same weights,
//! each article by everyone in turn: what slows the machine down for a while slows all
//! of them. Who is not asked is idle, and that is measured too.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde::Serialize;

use super::articles::Piece;
use super::machine::Process;
use super::meter::Asked;
use super::own::{self, Own};
use super::peer::{self, Answered, Client, Reading};
use super::written::Written;
use super::{BenchError, Observer, Product};

/// A server beside the product.
pub struct Rival {
    /// What it is asked.
    pub questions: Questions,
    /// How it is asked.
    pub client: Client,
    /// The server.
    pub process: Process,
}

/// What a server is asked for a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Questions {
    /// Everything at once, as JSON.
    Whole,
    /// What the product's engine was asked, so many branches at once.
    Branches {
        /// The server's slots.
        slots: usize,
        /// How the article gets into them.
        reading: Reading,
    },
}

impl Questions {
    /// How it is told apart.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Whole => "one prompt".to_owned(),
            Self::Branches { slots, reading } => match reading {
                Reading::Copied => format!("{slots} slots"),
                Reading::Each => format!("{slots} slots, each reading"),
            },
        }
    }

    /// Slots that the server needs.
    #[must_use]
    pub fn slots(self) -> usize {
        match self {
            Self::Whole => 1,
            Self::Branches { slots, .. } => slots,
        }
    }
}

/// What one article took.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Its name.
    pub article: String,
    /// Its words.
    pub words: usize,
    /// Which time it is measured, from 1.
    pub repeat: usize,
    /// Whether the article was still in the engine's cache: left out of all figures.
    pub reread: bool,
    /// By the product.
    pub own: Own,
    /// By each server, by its name; without those that cannot be asked about it.
    pub rivals: BTreeMap<String, Answered>,
}

/// What was measured so far: an article's row is there when everybody has taken it.
pub type Rows = RefCell<Vec<Row>>;

/// Measures every article `repeats` times, in turn, into `rows`: who stops it keeps them.
/// Returns the seconds on a processor that those had who were not asked, for each second
/// in which another was; `None` with nobody beside the product.
///
/// # Errors
/// [`BenchError`] when an engine or a server fails.
pub async fn compare(
    product: &Product,
    rivals: &[Rival],
    (pieces, repeats): (&[Piece], usize),
    rows: &Rows,
    observer: &dyn Observer,
) -> Result<Option<f64>, BenchError> {
    observer.start(pieces.len() * repeats * (1 + rivals.len()));
    let mut watch = Watch::new(rivals);
    for repeat in 1..=repeats {
        for piece in pieces {
            let row = row(product, rivals, (piece, repeat), &mut watch, observer).await?;
            rows.borrow_mut().push(row);
        }
    }
    Ok(watch.load())
}

/// One article by everybody.
async fn row(
    product: &Product,
    rivals: &[Rival],
    (piece, repeat): (&Piece, usize),
    watch: &mut Watch,
    observer: &dyn Observer,
) -> Result<Row, BenchError> {
    observer.step(&piece.name);
    let idle = watch.others(0);
    let (own, asked) = own::measure(product, piece).await?;
    watch.note(idle, own.seconds);
    observer.done();
    let mut row = Row {
        article: piece.name.clone(),
        words: piece.words,
        repeat,
        reread: own.work.is_reread(),
        own,
        rivals: BTreeMap::new(),
    };
    for (at, rival) in rivals.iter().enumerate() {
        observer.step(&format!("{}: {}", piece.name, rival.questions.name()));
        let idle = watch.others(1 + at);
        let answered = ask(rival, &asked, (product, piece)).await?;
        watch.note(idle, answered.as_ref().map_or(0.0, |it| it.seconds));
        observer.done();
        if let Some(answered) = answered {
            row.rivals.insert(rival.questions.name(), answered);
        }
    }
    Ok(row)
}

/// `None` where the server cannot be asked: an article in several windows has no one
/// prompt.
async fn ask(
    rival: &Rival,
    asked: &[Asked],
    (product, piece): (&Product, &Piece),
) -> Result<Option<Answered>, BenchError> {
    let client = &rival.client;
    let answered = match (rival.questions, asked) {
        (Questions::Branches { slots, reading }, asked) => {
            peer::branches(client, asked, (slots, reading)).await?
        }
        (Questions::Whole, [first, more @ ..]) if more.iter().all(|it| it.shares_prefix(first)) => {
            let pairs = product.options.count;
            let (answered, reply) = peer::whole(client, &first.batch.prefix, pairs).await?;
            let written = Written::by_server(&reply, piece, &product.pipeline.limits);
            Answered {
                written,
                ..answered
            }
        }
        (Questions::Whole, _) => return Ok(None),
    };
    Ok(Some(answered))
}

/// Looks at the processes that are not asked.
struct Watch {
    /// The product first.
    processes: Vec<Process>,
    on_processor: f64,
    seconds: f64,
}

/// Who is busy, and what all others had used of a processor before.
type Idle = (usize, Option<f64>);

impl Watch {
    fn new(rivals: &[Rival]) -> Self {
        let rivals = rivals.iter().map(|rival| rival.process.clone());
        Self {
            processes: std::iter::once(Process::own()).chain(rivals).collect(),
            on_processor: 0.0,
            seconds: 0.0,
        }
    }

    fn others(&self, busy: usize) -> Idle {
        (busy, self.used(busy))
    }

    fn used(&self, busy: usize) -> Option<f64> {
        let idle = self.processes.iter().enumerate();
        let idle = idle.filter(|(at, _)| *at != busy);
        idle.map(|(_, process)| process.cpu_seconds()).sum()
    }

    fn note(&mut self, (busy, before): Idle, seconds: f64) {
        if let Some((after, before)) = self.used(busy).zip(before) {
            self.on_processor += after - before;
            self.seconds += seconds;
        }
    }

    fn load(&self) -> Option<f64> {
        let alone = self.processes.len() == 1;
        super::figures::ratio(self.on_processor, self.seconds).filter(|_| !alone)
    }
}
