//! Whether articles may be fetched by their address, as configured: the checked
//! `[fetch]`.

use std::time::Duration;

use crate::net::{Host, Rules};

/// Which pages may be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchSettings {
    /// Whose; with none, nothing is fetched.
    pub hosts: Vec<Host>,
    /// Which addresses they may have.
    pub rules: Rules,
    /// What one page may take, redirects included.
    pub timeout: Duration,
}
