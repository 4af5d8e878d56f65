//! The state machine of a job: a pure function from a status and an event to the
//! next status, or to the reason why the event does not apply. The databases
//! load a status, ask here, and store the answer; they decide nothing.

use std::time::Duration;

use super::job::{Millis, State, Status};

/// Something that happens to a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A worker takes it.
    Claim {
        /// Who.
        worker: String,
        /// For how long, unless a heartbeat comes.
        lease: Duration,
    },
    /// The worker lives and goes on.
    Heartbeat {
        /// The number of its lease.
        attempt: i64,
        /// For how long from now.
        lease: Duration,
    },
    /// The worker is done.
    Complete {
        /// The number of its lease.
        attempt: i64,
    },
    /// Another job made the digest of the same content.
    Share,
    /// The worker failed.
    Fail {
        /// The number of its lease.
        attempt: i64,
        /// A code, a colon and a detail.
        reason: String,
        /// When to try again; `None` when that would be in vain.
        retry_in: Option<Duration>,
    },
    /// The worker stops before it is done; that is no failure.
    Release {
        /// The number of its lease.
        attempt: i64,
    },
    /// Nothing was heard of the worker in time.
    Expire {
        /// When to try again.
        retry_in: Duration,
    },
    /// The caller calls it off.
    Cancel,
}

/// Why an event does not apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is not waiting, or not to be tried yet.
    NotReady,
    /// The lease was lost: it expired and was given to another, or the job ended.
    LeaseLost,
    /// The lease still holds.
    LeaseHolds,
    /// It has ended.
    Ended(State),
}

impl Status {
    /// A job that was just accepted.
    #[must_use]
    pub fn accepted(max_failures: i64, now: Millis) -> Self {
        Self {
            state: State::Queued,
            attempt: 0,
            failures: 0,
            max_failures,
            worker: None,
            reason: None,
            ready_at: Some(now),
            lease_until: None,
            finished_at: None,
        }
    }

    /// The status after `event`.
    ///
    /// # Errors
    /// [`Refusal`] says why the event does not apply; the status stays.
    pub fn after(&self, event: &Event, now: Millis) -> Result<Self, Refusal> {
        match event {
            Event::Claim { worker, lease } => self.claim(worker, *lease, now),
            Event::Heartbeat { attempt, lease } => {
                self.holds(*attempt)?;
                Ok(Self {
                    lease_until: Some(later(now, *lease)),
                    ..self.clone()
                })
            }
            Event::Complete { attempt } => {
                self.holds(*attempt)?;
                Ok(self.end(State::Done, None, now))
            }
            Event::Share if self.ready_at.is_some() => Ok(self.end(State::Done, None, now)),
            Event::Share => Err(Refusal::NotReady),
            Event::Fail {
                attempt,
                reason,
                retry_in,
            } => {
                self.holds(*attempt)?;
                Ok(self.fail(reason, *retry_in, now))
            }
            Event::Release { attempt } => {
                self.holds(*attempt)?;
                Ok(self.wait(State::Queued, now))
            }
            Event::Expire { retry_in } => match self.lease_until {
                Some(until) if until <= now => Ok(self.fail(LEASE_EXPIRED, Some(*retry_in), now)),
                Some(_) => Err(Refusal::LeaseHolds),
                None => Err(Refusal::LeaseLost),
            },
            Event::Cancel if self.state.is_final() => Err(Refusal::Ended(self.state)),
            Event::Cancel => Ok(self.end(State::Cancelled, Some(CANCELLED.to_owned()), now)),
        }
    }

    fn claim(&self, worker: &str, lease: Duration, now: Millis) -> Result<Self, Refusal> {
        if self.ready_at.is_none_or(|ready| ready > now) {
            return Err(Refusal::NotReady);
        }
        Ok(Self {
            state: State::Leased,
            attempt: self.attempt + 1,
            worker: Some(worker.to_owned()),
            reason: None,
            ready_at: None,
            lease_until: Some(later(now, lease)),
            ..self.clone()
        })
    }

    /// Whether the lease with this number is the one that counts. A lease that
    /// ran out still counts until someone takes note of it: work that is done
    /// should not be done again.
    fn holds(&self, attempt: i64) -> Result<(), Refusal> {
        let holds = self.state == State::Leased && self.attempt == attempt;
        if holds {
            Ok(())
        } else {
            Err(Refusal::LeaseLost)
        }
    }

    fn fail(&self, reason: &str, retry_in: Option<Duration>, now: Millis) -> Self {
        let failed = Self {
            failures: self.failures + 1,
            reason: Some(reason.to_owned()),
            ..self.clone()
        };
        match retry_in {
            Some(retry_in) if failed.failures < failed.max_failures => {
                failed.wait(State::Failed, later(now, retry_in))
            }
            _ => failed.end(State::Dead, failed.reason.clone(), now),
        }
    }

    fn wait(&self, state: State, ready_at: Millis) -> Self {
        Self {
            state,
            ready_at: Some(ready_at),
            lease_until: None,
            ..self.clone()
        }
    }

    fn end(&self, state: State, reason: Option<String>, now: Millis) -> Self {
        Self {
            state,
            reason,
            ready_at: None,
            lease_until: None,
            finished_at: Some(now),
            ..self.clone()
        }
    }
}

/// The reason of a job whose worker went silent.
pub const LEASE_EXPIRED: &str = "lease_expired: nothing was heard of the worker in time";
/// The reason of a job that was called off.
pub const CANCELLED: &str = "cancelled: by the caller";

impl Event {
    /// The reason that the history gives, unless the status has one.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Claim { .. } => "claimed",
            Self::Heartbeat { .. } => "heartbeat",
            Self::Complete { .. } => "completed",
            Self::Share => "shared: another job made the digest of the same content",
            Self::Fail { .. } => "failed",
            Self::Release { .. } => "released: the worker stopped before it was done",
            Self::Expire { .. } => LEASE_EXPIRED,
            Self::Cancel => CANCELLED,
        }
    }
}

fn later(now: Millis, wait: Duration) -> Millis {
    now.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
