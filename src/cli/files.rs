//! The process's limit of open files, of which each connection is one. Shells and
//! service managers set it low and let a program raise it.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::stderr::say;

/// Files that are open beside connections to the service: the database, the model, the
/// log, and `metrics.max_connections`, which are 128 at most.
const OTHER_FILES: u64 = 256;

/// Raises the limit to what so many connections need, as far as the system lets,
/// and says it where that is not far enough.
pub(super) fn raise_limit(connections: usize) {
    let needed = connections as u64 + OTHER_FILES;
    let limit = getrlimit(Resource::Nofile);
    let Some(raised) = raised(needed, limit.current, limit.maximum) else {
        return;
    };
    let wanted = Rlimit {
        current: Some(raised),
        maximum: limit.maximum,
    };
    if setrlimit(Resource::Nofile, wanted).is_err() || raised < needed {
        say(&format!(
            "warning: server.max_connections = {connections} need {needed} open files, and the \
             system allows fewer (ulimit -n): when they run out, no connection is accepted"
        ));
    }
}

/// The limit to set; `None` when the one in force is enough. No limit is `None` too.
fn raised(needed: u64, current: Option<u64>, most: Option<u64>) -> Option<u64> {
    let current = current?;
    (current < needed).then(|| most.map_or(needed, |most| needed.min(most)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_raised_as_far_as_needed_and_allowed() {
        assert_eq!(raised(4352, Some(1024), Some(524_288)), Some(4352));
        assert_eq!(raised(4352, Some(1024), Some(4096)), Some(4096));
        assert_eq!(raised(4352, Some(1024), None), Some(4352));
        assert_eq!(raised(4352, Some(65_536), Some(65_536)), None);
        assert_eq!(raised(4352, None, None), None);
    }
}
