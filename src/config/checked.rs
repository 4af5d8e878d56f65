//! From the configuration as written to [`Settings`]: every value inside its
//! bounds, and the values consistent with each other. Pure but for asking how
//! many cores there are.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::Duration;

use crate::text::links::LinkPattern;

use super::origin::Origins;
use super::raw::{Raw, RawAccess, RawEngine, RawJobs, RawLabels, RawLimits, RawRender, RawStore};
use super::render::{Choice, Labels, Parts, RenderSettings, TOPIC};
use super::{
    AccessSettings, ConfigError, DatabaseUrl, EditorialSettings, EngineSettings, JobSettings,
    Limits, MetricsSettings, Settings, SharedLimits, StoreSettings,
};

mod batches;
mod callbacks;
mod fetch;
mod log;
mod remote;
mod server;

/// Characters of a label: headings and a sentence, not more.
const MAX_LABEL_CHARS: usize = 300;
/// Proxies that may be named.
const MAX_PROXIES: usize = 32;

/// Checks every value.
pub(super) fn check(raw: Raw, origins: &Origins) -> Result<Settings, ConfigError> {
    let check = Check { origins };
    let limits = check.limits(&raw.limits)?;
    Ok(Settings {
        engine: check.engine(raw.engine)?,
        server: check.server(raw.server)?,
        access: check.access(&raw.access)?,
        editorial: EditorialSettings {
            house_style_file: Some(PathBuf::from(raw.editorial.house_style))
                .filter(|file| !file.as_os_str().is_empty()),
            house_style: None,
        },
        render: check.render(raw.render, raw.labels)?,
        store: check.store(&raw.store)?,
        jobs: check.jobs(&raw.jobs, &limits)?,
        limits,
        batches: check.batches(&raw.batches)?,
        callbacks: check.callbacks(raw.callbacks)?,
        fetch: check.fetch(&raw.fetch)?,
        metrics: MetricsSettings {
            listen: check.optional_address("metrics.listen", &raw.metrics.listen)?,
            max_connections: check.integer(
                "metrics.max_connections",
                raw.metrics.max_connections,
                1..=128,
            )?,
        },
        log: check.log(raw.log)?,
    })
}

struct Check<'a> {
    origins: &'a Origins,
}

impl Check<'_> {
    fn limits(&self, raw: &RawLimits) -> Result<Limits, ConfigError> {
        let min_article_words = self.integer(
            "limits.min_article_words",
            raw.min_article_words,
            1..=10_000,
        )?;
        Ok(Limits {
            max_input_bytes: self.integer(
                "limits.max_input_bytes",
                raw.max_input_bytes,
                1024..=64 << 20,
            )?,
            max_item_bytes: self.integer(
                "limits.max_item_bytes",
                raw.max_item_bytes,
                1024..=256 << 20,
            )?,
            max_html_nodes: self.integer(
                "limits.max_html_nodes",
                raw.max_html_nodes,
                1000..=10_000_000,
            )?,
            min_article_words,
            max_article_words: self.bounded(
                "limits.max_article_words",
                raw.max_article_words,
                raw.min_article_words + 1..=1_000_000,
                "limits.min_article_words",
            )?,
            min_article_facts: self.integer(
                "limits.min_article_facts",
                raw.min_article_facts,
                0..=100,
            )?,
            max_faq_pairs: self.integer("limits.max_faq_pairs", raw.max_faq_pairs, 1..=100)?,
            max_answer_words: self.integer(
                "limits.max_answer_words",
                raw.max_answer_words,
                20..=1000,
            )?,
            max_waiting_batches: self.integer(
                "limits.max_waiting_batches",
                raw.max_waiting_batches,
                1..=65_536,
            )?,
            max_article_items: self.integer(
                "limits.max_article_items",
                raw.max_article_items,
                1..=1000,
            )?,
            max_edit_bytes: self.integer(
                "limits.max_edit_bytes",
                raw.max_edit_bytes,
                100..=100_000,
            )?,
            max_house_style_bytes: self.integer(
                "limits.max_house_style_bytes",
                raw.max_house_style_bytes,
                1024..=256 << 10,
            )?,
            max_digest: self.seconds(
                "limits.max_digest_seconds",
                raw.max_digest_seconds,
                1..=86_400,
            )?,
        })
    }

    fn open_jobs(&self, key: &'static str, value: i64) -> Result<usize, ConfigError> {
        self.integer(key, value, 1..=10_000_000)
    }

    fn engine(&self, raw: RawEngine) -> Result<EngineSettings, ConfigError> {
        if raw.model.trim().is_empty() {
            let allowed = "a name from `afterword models list`, or the path of a GGUF file";
            return Err(self.refuse("engine.model", "\"\"", allowed));
        }
        let context_tokens = self.integer(
            "engine.context_tokens",
            raw.context_tokens,
            2048..=1_048_576,
        )?;
        Ok(EngineSettings {
            model: raw.model,
            context_tokens,
            max_sequences: self.integer("engine.max_sequences", raw.max_sequences, 1..=224)?,
            max_prefixes: self.integer("engine.max_prefixes", raw.max_prefixes, 1..=32)?,
            kept_prefix_tokens: self.bounded(
                "engine.kept_prefix_tokens",
                raw.kept_prefix_tokens,
                0..=raw.context_tokens,
                "engine.context_tokens",
            )?,
            fence: self.choice("engine.fence", &raw.fence)?,
            draft_tokens: self.integer("engine.draft_tokens", raw.draft_tokens, 0..=32)?,
            threads: match self.integer("engine.threads", raw.threads, 0..=1024)? {
                0 => available_parallelism().map_or(1, usize::from),
                threads => threads,
            },
            step_tokens: self.bounded(
                "engine.step_tokens",
                raw.step_tokens,
                1..=raw.context_tokens,
                "engine.context_tokens",
            )?,
            flash_attention: raw.flash_attention,
            own_kernels: raw.own_kernels,
            remote: self.remote(raw.remote)?,
        })
    }

    fn access(&self, raw: &RawAccess) -> Result<AccessSettings, ConfigError> {
        let session = self.integer("access.session_hours", raw.session_hours, 1..=720)?;
        Ok(AccessSettings {
            keys: self.choice("access.keys", &raw.keys)?,
            requests_per_minute: self.number(
                "access.requests_per_minute",
                raw.requests_per_minute,
                1..=1_000_000,
            )?,
            max_open_jobs_per_key: self.number(
                "access.max_open_jobs_per_key",
                raw.max_open_jobs_per_key,
                1..=10_000_000,
            )?,
            session: hours(session),
            max_recorded_refusals_per_minute: self.number(
                "access.max_recorded_refusals_per_minute",
                raw.max_recorded_refusals_per_minute,
                0..=10_000,
            )?,
            trusted_proxies: self.proxies("access.trusted_proxies", &raw.trusted_proxies)?,
        })
    }

    fn proxies(&self, key: &'static str, written: &[String]) -> Result<Vec<IpAddr>, ConfigError> {
        let parsed: Result<Vec<IpAddr>, _> = written.iter().map(|it| it.parse()).collect();
        match parsed {
            Ok(parsed) if parsed.len() <= MAX_PROXIES => Ok(parsed),
            _ => {
                let allowed = format!("up to {MAX_PROXIES} IP addresses, such as [\"127.0.0.1\"]");
                Err(self.refuse(key, format!("{written:?}"), allowed))
            }
        }
    }

    fn render(
        &self,
        raw: RawRender,
        labels: BTreeMap<String, RawLabels>,
    ) -> Result<RenderSettings, ConfigError> {
        let label_sets = self.label_sets(labels)?;
        if !label_sets.contains_key(&raw.labels) {
            let known: Vec<&str> = label_sets.keys().map(String::as_str).collect();
            let value = format!("{:?}", raw.labels);
            return Err(self.refuse("render.labels", value, known.join(", ")));
        }
        let parts = Parts::named(raw.parts.iter().map(String::as_str));
        let parts = parts.ok_or_else(|| {
            self.refuse("render.parts", format!("{:?}", raw.parts), Parts::ALLOWED)
        })?;
        Ok(RenderSettings {
            labels: raw.labels,
            label_sets,
            parts,
            summary_style: self.choice("render.summary_style", &raw.summary_style)?,
            faq_style: self.choice("render.faq_style", &raw.faq_style)?,
            tag_link: self.link("render.tag_link", &raw.tag_link)?,
            disclosure: raw.disclosure,
            json_ld: raw.json_ld,
            digital_source_type: raw.digital_source_type,
        })
    }

    fn label_sets(
        &self,
        raw: BTreeMap<String, RawLabels>,
    ) -> Result<BTreeMap<String, Labels>, ConfigError> {
        let checked = raw.into_iter().map(|(name, raw)| {
            let label = |key: &str, value: String, has_topic: bool| {
                self.label(format!("labels.{name}.{key}"), value, has_topic)
            };
            let labels = Labels {
                faq: label("faq", raw.faq, false)?,
                faq_about: label("faq_about", raw.faq_about, true)?,
                related: label("related", raw.related, false)?,
                related_about: label("related_about", raw.related_about, true)?,
                key_points: label("key_points", raw.key_points, false)?,
                disclosure: label("disclosure", raw.disclosure, false)?,
            };
            Ok((name, labels))
        });
        checked.collect()
    }

    fn label(&self, key: String, value: String, has_topic: bool) -> Result<String, ConfigError> {
        let is_text = !value.trim().is_empty()
            && value.chars().count() <= MAX_LABEL_CHARS
            && !value.contains(char::is_control);
        if is_text && value.matches(TOPIC).count() == usize::from(has_topic) {
            return Ok(value);
        }
        let place = if has_topic { "once" } else { "nowhere" };
        let allowed =
            format!("1 to {MAX_LABEL_CHARS} characters on one line, with {TOPIC} {place} in it");
        Err(self.refuse(key, format!("{value:?}"), allowed))
    }

    fn choice<T: Choice>(&self, key: &'static str, name: &str) -> Result<T, ConfigError> {
        T::named(name).ok_or_else(|| self.refuse(key, format!("{name:?}"), T::names()))
    }

    fn link(&self, key: &'static str, value: &str) -> Result<Option<LinkPattern>, ConfigError> {
        if value.is_empty() {
            return Ok(None);
        }
        let pattern = LinkPattern::parse(value);
        let refuse = || self.refuse(key, format!("{value:?}"), LinkPattern::ALLOWED);
        pattern.map(Some).ok_or_else(refuse)
    }

    fn store(&self, raw: &RawStore) -> Result<StoreSettings, ConfigError> {
        let finished = self.integer(
            "store.keep_finished_days",
            raw.keep_finished_days,
            1..=36_500,
        )?;
        let articles = self.integer(
            "store.keep_article_hours",
            raw.keep_article_hours,
            0..=876_000,
        )?;
        let keys = self.bounded(
            "store.keep_idempotency_key_hours",
            raw.keep_idempotency_key_hours,
            24..=(raw.keep_finished_days * 24),
            "store.keep_finished_days",
        )?;
        let deliveries = self.integer(
            "store.keep_delivery_days",
            raw.keep_delivery_days,
            1..=36_500,
        )?;
        let audit = self.integer("store.keep_audit_days", raw.keep_audit_days, 1..=36_500)?;
        let named = self.integer(
            "store.keep_named_article_days",
            raw.keep_named_article_days,
            1..=36_500,
        )?;
        let current = self.integer(
            "store.keep_current_text_days",
            raw.keep_current_text_days,
            0..=36_500,
        )?;
        Ok(StoreSettings {
            database_url: self.database("store.database_url", &raw.database_url)?,
            keep_finished: hours(finished * 24),
            keep_articles: hours(articles),
            keep_idempotency_keys: hours(keys),
            keep_deliveries: hours(deliveries * 24),
            keep_audit: hours(audit * 24),
            keep_named_articles: hours(named * 24),
            keep_current_texts: hours(current * 24),
        })
    }

    fn jobs(&self, raw: &RawJobs, limits: &Limits) -> Result<JobSettings, ConfigError> {
        Ok(JobSettings {
            concurrency: self.integer("jobs.concurrency", raw.concurrency, 1..=256)?,
            lease: self.seconds("jobs.lease_seconds", raw.lease_seconds, 5..=3600)?,
            max_failures: self.integer("jobs.max_failures", raw.max_failures, 1..=100)?,
            first_retry: self.seconds(
                "jobs.first_retry_seconds",
                raw.first_retry_seconds,
                0..=3600,
            )?,
            longest_retry: Duration::from_secs(self.bounded(
                "jobs.longest_retry_seconds",
                raw.longest_retry_seconds,
                raw.first_retry_seconds..=86_400,
                "jobs.first_retry_seconds",
            )? as u64),
            poll: self.seconds("jobs.poll_seconds", raw.poll_seconds, 1..=3600)?,
            drain: self.seconds("jobs.drain_seconds", raw.drain_seconds, 0..=3600)?,
            max_publish_jobs: self.open_jobs("jobs.max_publish_jobs", raw.max_publish_jobs)?,
            max_draft_jobs: self.open_jobs("jobs.max_draft_jobs", raw.max_draft_jobs)?,
            max_backfill_jobs: self.open_jobs("jobs.max_backfill_jobs", raw.max_backfill_jobs)?,
            limits: SharedLimits::new(limits.clone()),
            house_style: None,
        })
    }

    fn database(&self, key: &'static str, url: &str) -> Result<Option<DatabaseUrl>, ConfigError> {
        if url.is_empty() {
            return Ok(None);
        }
        // Not shown: it may hold a password.
        let refused = || self.refuse(key, "(not shown)", DatabaseUrl::ALLOWED);
        DatabaseUrl::new(url).map(Some).ok_or_else(refused)
    }

    fn integer(
        &self,
        key: &'static str,
        value: i64,
        range: RangeInclusive<i64>,
    ) -> Result<usize, ConfigError> {
        match usize::try_from(value) {
            Ok(checked) if range.contains(&value) => Ok(checked),
            _ => {
                let allowed = format!("{} to {}", range.start(), range.end());
                Err(self.refuse(key, value, allowed))
            }
        }
    }

    /// An integer with a bound that follows from another key, which is named.
    fn bounded(
        &self,
        key: &'static str,
        value: i64,
        range: RangeInclusive<i64>,
        other: &'static str,
    ) -> Result<usize, ConfigError> {
        let origin = self.origins.of(other);
        self.integer(key, value, range)
            .map_err(|error| match error {
                ConfigError::NotAllowed {
                    origin: said,
                    key,
                    value,
                    allowed,
                } => ConfigError::NotAllowed {
                    origin: said,
                    key,
                    value,
                    allowed: format!("{allowed}, as {other} has it ({origin})"),
                },
                other => other,
            })
    }

    fn number(
        &self,
        key: &'static str,
        value: i64,
        range: RangeInclusive<i64>,
    ) -> Result<u32, ConfigError> {
        let checked = self.integer(key, value, range)?;
        // The ranges are far below.
        Ok(u32::try_from(checked).unwrap_or(u32::MAX))
    }

    fn seconds(
        &self,
        key: &'static str,
        value: i64,
        range: RangeInclusive<i64>,
    ) -> Result<Duration, ConfigError> {
        let seconds = self.integer(key, value, range)?;
        Ok(Duration::from_secs(seconds as u64))
    }

    fn address(&self, key: &'static str, value: &str) -> Result<SocketAddr, ConfigError> {
        let allowed = "an IP address and a port, such as 127.0.0.1:8017 or [::1]:8017";
        value
            .parse()
            .map_err(|_| self.refuse(key, format!("{value:?}"), allowed))
    }

    fn optional_address(
        &self,
        key: &'static str,
        value: &str,
    ) -> Result<Option<SocketAddr>, ConfigError> {
        match value {
            "" => Ok(None),
            value => self.address(key, value).map(Some),
        }
    }

    fn refuse(
        &self,
        key: impl Into<String>,
        value: impl ToString,
        allowed: impl Into<String>,
    ) -> ConfigError {
        let key = key.into();
        ConfigError::NotAllowed {
            origin: self.origins.of(&key).to_string(),
            key,
            value: value.to_string(),
            allowed: allowed.into(),
        }
    }
}

fn hours(hours: usize) -> Duration {
    Duration::from_secs(hours as u64 * 3600)
}
