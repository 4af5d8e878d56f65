//! Who calls, for handlers.

use std::sync::Arc;

use crate::access::Secret;
use crate::store::{ApiKey, Lane, Owner};

/// Who calls: a key, a session of a key, or nobody in particular where no keys
/// are needed.
#[derive(Debug, Clone, Default)]
pub(in crate::api) struct Caller {
    pub(super) key: Option<Arc<ApiKey>>,
    /// Open jobs that it may have.
    pub(super) max_open_jobs: u32,
    /// The session that the request came with, if it was one.
    pub(super) session: Option<Secret>,
}

impl Caller {
    /// The key, if there is one.
    pub(in crate::api) fn key(&self) -> Option<&ApiKey> {
        self.key.as_deref()
    }

    /// The session, if the caller is a browser.
    pub(in crate::api) fn session(&self) -> Option<&Secret> {
        self.session.as_ref()
    }

    /// The lane of its jobs where a request names none.
    pub(in crate::api) fn lane(&self) -> Lane {
        let lane = self.key().and_then(|key| key.lane);
        lane.unwrap_or(Lane::Draft)
    }

    /// Whose its jobs are.
    pub(in crate::api) fn owner(&self) -> Option<Owner> {
        self.key().map(|key| Owner {
            api_key: key.id.clone(),
            max_open_jobs: self.max_open_jobs.into(),
        })
    }
}
