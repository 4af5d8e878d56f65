//! What the service may call on the network, and how. `address` says which
//! addresses are everybody's and `target` which URLs may be called: both are
//! pure. `resolve` asks for the addresses of a name, `client` sends one request to an
//! address that was checked, and `page` fetches a text with it.
//!
//! The only module that opens connections to where a caller says. Knows no job
//! and no article, reads no proxy from the environment and
//! keeps no connection.

mod address;
mod client;
mod page;
mod resolve;
mod target;

pub use address::{Network, is_public};
pub use client::{Answer, Bounds, Client, Outgoing, SendError};
pub use page::{Host, NoHost, Page, PageError, Pages};
pub use resolve::{Lookup, Resolve, SystemResolver};
pub use target::{Origin, Rules, Target, TargetError};
