//! A callback on its way, as values, and what may happen to it: a pure function
//! from a status and an event to the next status, or to the reason why the event
//! does not apply. As `machine` does for jobs, and in the same words.

use std::str::FromStr;
use std::time::Duration;

use super::job::{Millis, UnknownName};

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// Waits to be sent, for the first time or again.
    Waiting,
    /// A process has it.
    Sending,
    /// Was taken.
    Delivered,
    /// Was not taken in the whole of the schedule.
    Failed,
    /// The endpoint said that it is gone.
    Disabled,
}

impl DeliveryState {
    /// All states.
    pub const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Sending,
        Self::Delivered,
        Self::Failed,
        Self::Disabled,
    ];

    /// As stored and as shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Disabled => "disabled",
        }
    }
}

impl FromStr for DeliveryState {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|state| state.name() == name);
        found.ok_or(UnknownName(
            "waiting, sending, delivered, failed and disabled",
        ))
    }
}

/// The part of a delivery that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryStatus {
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was claimed; the number of the lease, if there is one.
    pub attempt: i64,
    /// What went wrong since it was last ordered: its place in the schedule.
    pub failures: i64,
    /// The HTTP status of the last attempt, if there was one.
    pub answer: Option<i64>,
    /// What was wrong with the last attempt: a code, or a code and a detail.
    pub reason: Option<String>,
    /// When it may be claimed; only while it waits.
    pub ready_at: Option<Millis>,
    /// When the lease ends; only while it is being sent.
    pub lease_until: Option<Millis>,
    /// When it ended; only then.
    pub finished_at: Option<Millis>,
}

/// The word of a job's end to whoever asked for it.
#[derive(Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Order of the ends.
    pub seq: i64,
    /// The `webhook-id`: the same for every attempt.
    pub id: String,
    /// Id of the job.
    pub job: String,
    /// Id of the batch that it tells of; else it tells of the job.
    pub batch: Option<String>,
    /// Where it goes.
    pub url: String,
    /// When the job ended.
    pub created_at: Millis,
    /// Where it stands.
    pub status: DeliveryStatus,
}

/// Without the URL, which may hold a secret of its owner.
impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Delivery({} of {}: {:?})",
            self.id, self.job, self.status
        )
    }
}

/// One attempt at a delivery, as it was noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its number.
    pub attempt: i64,
    /// When it ended.
    pub at: Millis,
    /// Milliseconds that the answer took.
    pub ms: Option<i64>,
    /// The HTTP status, if there was one.
    pub answer: Option<i64>,
    /// What was wrong; `None` when it was taken.
    pub reason: Option<String>,
}

/// What came of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The HTTP status, if there was one.
    pub answer: Option<i64>,
    /// Milliseconds that it took.
    pub ms: i64,
    /// What it means.
    pub verdict: Verdict,
}

/// What an attempt means for the delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It was taken.
    Taken,
    /// It was not.
    Refused {
        /// A code, or a code, a colon and a detail.
        reason: String,
        /// When to try again; `None` when the schedule is at its end.
        retry_in: Option<Duration>,
    },
    /// The endpoint is gone, and is to be left alone.
    Gone,
}

/// Which deliveries to list; newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Only of this job.
    pub job: Option<String>,
    /// Only in this state.
    pub state: Option<DeliveryState>,
    /// Only those before the one with this number.
    pub before: Option<i64>,
}

/// Something that happens to a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DeliveryEvent<'a> {
    /// A process takes it.
    Claim {
        /// For how long.
        lease: Duration,
    },
    /// The attempt has ended.
    Report {
        /// The number of the lease.
        attempt: i64,
        /// What came of it.
        sent: &'a Sent,
    },
    /// Nothing was heard of the process in time: sent again at once, as nobody
    /// knows whether it arrived.
    Expire,
    /// Someone orders it by hand.
    Redeliver,
}

/// Why an event does not apply to a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryRefusal {
    /// It does not wait, or not yet.
    NotReady,
    /// The lease was lost.
    LeaseLost,
    /// It is being sent at the moment.
    Sending,
}

/// The reason of an attempt that was never reported.
pub(super) const LEASE_EXPIRED: &str = "lease_expired: nothing was heard of the sender in time";
/// The reason of an attempt that was answered with 410.
pub(super) const GONE: &str = "gone: the endpoint answered 410 and is disabled";
/// The reason of a delivery to an endpoint that answered 410 before.
pub(super) const ENDPOINT_DISABLED: &str = "endpoint_disabled: it answered 410 before";

impl DeliveryStatus {
    /// Of a job that has just ended.
    pub(super) fn new(is_disabled: bool, now: Millis) -> Self {
        let waiting = Self {
            state: DeliveryState::Waiting,
            attempt: 0,
            failures: 0,
            answer: None,
            reason: None,
            ready_at: Some(now),
            lease_until: None,
            finished_at: None,
        };
        if is_disabled {
            return waiting.end(DeliveryState::Disabled, Some(ENDPOINT_DISABLED), now);
        }
        waiting
    }

    /// The status after `event`.
    pub(super) fn after(
        &self,
        event: &DeliveryEvent<'_>,
        now: Millis,
    ) -> Result<Self, DeliveryRefusal> {
        match event {
            DeliveryEvent::Claim { lease } => self.claim(*lease, now),
            DeliveryEvent::Report { attempt, sent } => {
                if self.state != DeliveryState::Sending || self.attempt != *attempt {
                    return Err(DeliveryRefusal::LeaseLost);
                }
                Ok(self.report(sent, now))
            }
            DeliveryEvent::Expire => match self.lease_until {
                Some(until) if until <= now => Ok(Self {
                    reason: Some(LEASE_EXPIRED.to_owned()),
                    ..self.wait(now)
                }),
                _ => Err(DeliveryRefusal::LeaseLost),
            },
            DeliveryEvent::Redeliver if self.state == DeliveryState::Sending => {
                Err(DeliveryRefusal::Sending)
            }
            DeliveryEvent::Redeliver => Ok(Self {
                failures: 0,
                ..self.wait(now)
            }),
        }
    }

    fn claim(&self, lease: Duration, now: Millis) -> Result<Self, DeliveryRefusal> {
        if self.ready_at.is_none_or(|ready| ready > now) {
            return Err(DeliveryRefusal::NotReady);
        }
        Ok(Self {
            state: DeliveryState::Sending,
            attempt: self.attempt + 1,
            ready_at: None,
            lease_until: Some(later(now, lease)),
            ..self.clone()
        })
    }

    fn report(&self, sent: &Sent, now: Millis) -> Self {
        let answered = Self {
            answer: sent.answer,
            ..self.clone()
        };
        match &sent.verdict {
            Verdict::Taken => answered.end(DeliveryState::Delivered, None, now),
            Verdict::Gone => answered.end(DeliveryState::Disabled, Some(GONE), now),
            Verdict::Refused { reason, retry_in } => {
                let failed = Self {
                    failures: self.failures + 1,
                    reason: Some(reason.clone()),
                    ..answered
                };
                match retry_in {
                    Some(retry_in) => failed.wait(later(now, *retry_in)),
                    None => failed.end(DeliveryState::Failed, Some(reason), now),
                }
            }
        }
    }

    fn wait(&self, ready_at: Millis) -> Self {
        Self {
            state: DeliveryState::Waiting,
            ready_at: Some(ready_at),
            lease_until: None,
            finished_at: None,
            ..self.clone()
        }
    }

    fn end(&self, state: DeliveryState, reason: Option<&str>, now: Millis) -> Self {
        Self {
            state,
            reason: reason.map(str::to_owned),
            ready_at: None,
            lease_until: None,
            finished_at: Some(now),
            ..self.clone()
        }
    }
}

fn later(now: Millis, wait: Duration) -> Millis {
    now.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LEASE: Duration = Duration::from_secs(1);

    fn sent(verdict: Verdict) -> Sent {
        Sent {
            answer: None,
            ms: 1,
            verdict,
        }
    }

    fn refused(again: bool) -> Verdict {
        Verdict::Refused {
            reason: "timeout".to_owned(),
            retry_in: again.then_some(Duration::from_secs(5)),
        }
    }

    #[test]
    fn a_report_counts_once_and_only_for_its_attempt() {
        let claimed = DeliveryStatus::new(false, 0)
            .after(&DeliveryEvent::Claim { lease: LEASE }, 0)
            .unwrap();
        let taken = sent(Verdict::Taken);
        let report = |attempt| DeliveryEvent::Report {
            attempt,
            sent: &taken,
        };
        let lost = Err(DeliveryRefusal::LeaseLost);
        assert_eq!(claimed.after(&report(0), 1), lost);
        let done = claimed.after(&report(1), 1).unwrap();
        assert_eq!(done.state, DeliveryState::Delivered);
        assert_eq!(done.after(&report(1), 1), lost);
        // An expired lease is sent again at once, under another number.
        let back = claimed.after(&DeliveryEvent::Expire, 1000).unwrap();
        assert_eq!((back.ready_at, back.failures), (Some(1000), 0));
        let again = back.after(&DeliveryEvent::Claim { lease: LEASE }, 1000);
        assert_eq!(again.unwrap().after(&report(1), 1001), lost);
    }

    #[test]
    fn a_disabled_endpoint_gets_nothing_but_what_is_ordered_by_hand() {
        let disabled = DeliveryStatus::new(true, 7);
        let claim = DeliveryEvent::Claim { lease: LEASE };
        assert_eq!(disabled.after(&claim, 7), Err(DeliveryRefusal::NotReady));
        let ordered = disabled.after(&DeliveryEvent::Redeliver, 8).unwrap();
        let sending = ordered.after(&claim, 8).unwrap();
        let redeliver = sending.after(&DeliveryEvent::Redeliver, 8);
        assert_eq!(redeliver, Err(DeliveryRefusal::Sending));
    }

    proptest! {
        /// What the tables' checks say, and that attempts only grow.
        #[test]
        fn every_status_is_one_that_the_tables_hold(
            steps in prop::collection::vec((0u8..7, 0i64..3000), 0..40), is_disabled: bool,
        ) {
            let mut now = 0;
            let mut status = DeliveryStatus::new(is_disabled, now);
            for (step, passed) in steps {
                now += passed;
                let report = sent(match step {
                    0 => Verdict::Taken,
                    1 => Verdict::Gone,
                    2 => refused(true),
                    _ => refused(false),
                });
                let event = match step {
                    0..=3 => DeliveryEvent::Report { attempt: status.attempt, sent: &report },
                    4 => DeliveryEvent::Claim { lease: LEASE },
                    5 => DeliveryEvent::Expire,
                    _ => DeliveryEvent::Redeliver,
                };
                let Ok(next) = status.after(&event, now) else { continue };
                prop_assert!(next.attempt >= status.attempt);
                let state = next.state;
                prop_assert_eq!(next.ready_at.is_some(), state == DeliveryState::Waiting);
                prop_assert_eq!(next.lease_until.is_some(), state == DeliveryState::Sending);
                let has_ended = !matches!(state, DeliveryState::Waiting | DeliveryState::Sending);
                prop_assert_eq!(next.finished_at.is_some(), has_ended);
                status = next;
            }
        }
    }
}
