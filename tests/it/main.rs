//! The one integration binary: drives the library and the program from outside.

// A test that cannot go on fails by panicking.
#![allow(clippy::unwrap_used, clippy::panic)]

mod access;
mod adversarial;
mod archive;
mod articles;
mod backfill;
mod bench;
mod canaries;
mod catalog;
mod check;
mod cli;
mod configuration;
mod corpus;
mod deadline;
mod deploy;
mod docs;
mod eval;
mod formats;
#[cfg(unix)]
mod handshakes;
mod hostile;
mod house_style;
mod http;
mod ingest;
mod life;
mod load;
#[cfg(unix)]
mod logs;
mod long;
mod metrics;
#[cfg(feature = "llama")]
mod model;
mod observe;
#[cfg(all(unix, feature = "otlp"))]
mod otlp;
mod page;
mod pipeline;
mod places;
mod program;
mod receiver;
mod receiving;
mod regeneration;
#[cfg(unix)]
mod reload;
mod remote;
#[cfg(unix)]
mod running;
#[cfg(feature = "llama")]
mod same;
mod schema;
mod server;
mod set_up;
mod side_by_side;
#[cfg(target_os = "linux")]
mod signals;
#[cfg(target_os = "linux")]
mod slow;
mod store;
mod stored;
mod supply;
#[cfg(unix)]
mod tls;
mod upgrade;
