//! Stored work: `order` packs an article for the store and names its content,
//! `queue` takes jobs in and tells of them, `worker` claims them, runs the
//! pipeline and stores what comes out, `callbacks` tells of their end, `live` holds
//! what the workers of this process say of jobs in work, `follow` tells it to who looks
//! on, `batches` hands in what was sent together, `housekeeping` keeps the store tidy,
//! `desk` keeps articles over their versions.
//!
//! Decides nothing about a job's state, which is the store's business, and knows
//! no HTTP. Never logs an article.

mod batches;
mod callbacks;
mod desk;
mod digester;
mod follow;
mod housekeeping;
mod live;
mod order;
mod queue;
mod worker;

pub use batches::{Conductor, pack_item};
pub use callbacks::{BatchPayload, CallbackPayload, Callbacks};
pub use desk::{By, Desk, DeskError, Opened, Operation, Wanted};
pub use digester::{DigestFuture, Digester, Maker, Replaceable};
pub use follow::{Follow, Progress};
pub use housekeeping::keep_house;
pub use live::Live;
pub use queue::{NewJob, Queue};
pub use worker::{Ended, Workers};
