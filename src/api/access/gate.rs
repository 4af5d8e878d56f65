//! Decides who is let in. Keys are looked up for each request, by their public
//! id: one that is made or revoked counts from the next request on, in every
//! process, and nothing has to be told or restarted.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::access::{Denied, Pace, Paces, Secret};
use crate::api::error::ApiError;
use crate::api::terms::Replaceable;
use crate::config::{AccessSettings, Settings};
use crate::store::{ApiKey, Deed, Millis, Store};

use super::Refused;
use super::caller::Caller;
use super::credentials::{self, Credentials};
use super::routes::Needed;
use super::visit::is_bounded;

/// Keys whose refusals are counted apart from those of others; about a megabyte.
const MAX_COUNTED_KEYS: usize = 10_000;

/// The service's door.
pub(in crate::api) struct Gate {
    settings: Replaceable<AccessSettings>,
    needs_keys: AtomicBool,
    /// Where the service listens; a reload does not change it.
    address: IpAddr,
    /// Only this machine can reach it.
    is_local: bool,
    store: OnceLock<Arc<Store>>,
    /// By key: only valid ones are in here, so it does not grow with attempts.
    paces: Mutex<HashMap<String, Pace>>,
    /// Of refusals that are written down.
    refusals: Mutex<Paces>,
}

impl Gate {
    pub(in crate::api) fn new(settings: &Settings) -> Self {
        let (access, address) = (&settings.access, settings.server.listen.ip());
        let per_minute = access.max_recorded_refusals_per_minute;
        let refusals = Paces::new(MAX_COUNTED_KEYS, per_minute, Instant::now());
        Self {
            needs_keys: AtomicBool::new(access.needs_keys(address)),
            address,
            is_local: address.is_loopback(),
            settings: Replaceable::new(access.clone()),
            store: OnceLock::new(),
            paces: Mutex::default(),
            refusals: Mutex::new(refusals),
        }
    }

    /// Lets callers in by other settings from the next request on.
    pub(in crate::api) fn reload(&self, settings: &Settings) {
        let needs_keys = settings.access.needs_keys(self.address);
        self.needs_keys.store(needs_keys, Ordering::Relaxed);
        self.settings.set(settings.access.clone());
    }

    pub(in crate::api) fn settings(&self) -> Arc<AccessSettings> {
        self.settings.get()
    }

    fn needs_keys(&self) -> bool {
        self.needs_keys.load(Ordering::Relaxed)
    }

    /// Gives the gate its keys. Only the first call has an effect.
    pub(in crate::api) fn keep_keys(&self, store: Arc<Store>) {
        if self.store.set(store).is_err() {
            tracing::warn!("the service has its keys already; the second store is not used");
        }
    }

    pub(in crate::api) fn store(&self) -> Result<&Arc<Store>, ApiError> {
        self.store.get().ok_or(ApiError::Starting)
    }

    /// Lets a request in, or says why not.
    pub(super) async fn admit(&self, head: &Parts, needed: Needed) -> Result<Caller, Refused> {
        let headers = &head.headers;
        let changes = !head.method.is_safe();
        if needed == Needed::Nothing {
            self.check_page(headers, changes)?;
            return Ok(Caller::default());
        }
        let caller = match credentials::read(headers)? {
            Credentials::Nothing if self.needs_keys() => return Err(Denied::NoKey.into()),
            Credentials::Nothing => {
                self.check_page(headers, changes)?;
                return Ok(Caller::default());
            }
            // One that was revoked too: the audit log is to say whose it was.
            Credentials::Key(secret) => self.caller(self.known(&secret).await?, None),
            Credentials::Session(secret) => {
                let key = self.store()?.session(&secret, now()).await??;
                self.caller(key, Some(secret))
            }
        };
        match self.check(&caller, headers, changes, needed) {
            Ok(()) => Ok(caller),
            Err(denied) => Err(Refused {
                error: denied.into(),
                caller,
            }),
        }
    }

    /// Whether a key counts, and keeps its pace.
    pub(in crate::api) fn admits(&self, key: &ApiKey) -> Result<(), Denied> {
        key.counts(now())?;
        self.check_pace(key)
    }

    /// The key that a secret is, revoked ones and expired ones too.
    pub(in crate::api) async fn known(&self, secret: &Secret) -> Result<ApiKey, ApiError> {
        let key = self.store()?.key(secret.id()).await?;
        let key = key.filter(|key| key.is(secret));
        Ok(key.ok_or(Denied::UnknownKey)?)
    }

    fn caller(&self, key: ApiKey, session: Option<Secret>) -> Caller {
        let most = self.settings().max_open_jobs_per_key;
        Caller {
            max_open_jobs: key.max_open_jobs.unwrap_or(most),
            key: Some(Arc::new(key)),
            session,
        }
    }

    fn check(
        &self,
        caller: &Caller,
        headers: &HeaderMap,
        changes: bool,
        needed: Needed,
    ) -> Result<(), Denied> {
        let Some(key) = caller.key() else {
            return Ok(());
        };
        self.admits(key)?;
        if let Some(session) = caller.session()
            && changes
            && !credentials::has_token(headers, session)
        {
            return Err(Denied::NoToken);
        }
        match needed {
            Needed::OneOf(scopes) if !scopes.iter().any(|it| key.scopes.has(*it)) => {
                Err(Denied::NoScope(scopes))
            }
            _ => Ok(()),
        }
    }

    /// Where no key is asked for, a browser must not be a way in for pages of
    /// others: neither by a request they make it send, nor by a name of theirs
    /// that they point here.
    fn check_page(&self, headers: &HeaderMap, changes: bool) -> Result<(), Denied> {
        if changes && credentials::is_cross_site(headers) {
            return Err(Denied::CrossSite);
        }
        let checks_host = self.is_local && !self.needs_keys();
        if checks_host && !credentials::is_local_host(headers) {
            return Err(Denied::WrongHost);
        }
        Ok(())
    }

    fn check_pace(&self, key: &ApiKey) -> Result<(), Denied> {
        let limit = key.requests_per_minute;
        let limit = limit.unwrap_or(self.settings().requests_per_minute);
        let now = Instant::now();
        let mut paces = lock(&self.paces);
        let pace = paces.entry(key.id.clone());
        let pace = pace.or_insert_with(|| Pace::new(limit, now));
        let taken = pace.take(limit, now);
        taken.map_err(|after| Denied::TooFast { limit, after })
    }

    /// Writes down what was changed or refused; of refusals so many a minute, for
    /// each key: nobody fills the disk with them.
    pub(super) async fn record(&self, deed: Deed) {
        if is_bounded(&deed) {
            let most = self.settings().max_recorded_refusals_per_minute;
            let key = deed.api_key.as_deref();
            let taken = lock(&self.refusals).take(key, most, Instant::now());
            if taken.is_err() {
                return;
            }
        }
        let Some(store) = self.store.get() else {
            return;
        };
        if let Err(error) = store.record(&deed).await {
            tracing::error!(%error, "the audit log misses an entry");
        }
    }
}

/// What is locked is plain: a panic elsewhere leaves it whole.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Milliseconds since 1970.
fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Millis::try_from(since.unwrap_or_default().as_millis()).unwrap_or(Millis::MAX)
}
