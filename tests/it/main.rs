//! The one integration binary: drives the library and the program from outside.

mod http;
mod schema;
mod server;
