//! The one integration binary: drives the library and the program from outside.

// A test that cannot go on fails by panicking.
#![allow(clippy::unwrap_used, clippy::panic)]

mod http;
mod schema;
mod server;
