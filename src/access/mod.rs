//! Who may do what: keys and session tokens as secrets, scopes, the pace that a
//! key may keep, the paces of many keys, and why a caller is refused. Pure but for
//! drawing random bytes and reading no clock: times come in. Knows no HTTP and no
//! database.

mod denied;
mod pace;
mod paces;
mod scope;
mod secret;

pub use denied::Denied;
pub use pace::Pace;
pub use paces::Paces;
pub use scope::{Scope, Scopes};
pub use secret::{Secret, SecretKind};
