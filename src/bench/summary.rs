//! What the rows of a comparison say together. Medians stand with their ends; a run
//! whose article was still in the cache is shown and counts in none of them. Pure.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::engine::Peak;
use crate::eval::statistics::count;

use super::compare::Row;
use super::figures::{Spread, ratio};
use super::machine::Memory;
use super::own::Own;
use super::peer::Answered;
use super::report::number;

/// The product beside servers, article by article and in sum.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The middle and the ends.
    pub summary: Summary,
    /// What the processor could do at most.
    pub peak: Option<Peak>,
    /// Memory of this process, the model's file included.
    pub memory: Option<Memory>,
    /// Memory of each server, by its name.
    pub rival_memory: Vec<(String, Option<Memory>)>,
    /// Seconds on a processor that those had who were not asked, for each second in
    /// which another was.
    pub idle_load: Option<f64>,
    /// Article by article.
    pub rows: Vec<Row>,
}

/// The middle and the ends over all articles, by the names of the figures.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Summary {
    /// Name and figure, in the order in which they are shown.
    pub figures: Vec<Figure>,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// What it says.
    pub name: String,
    /// Its unit; empty for a ratio.
    pub unit: &'static str,
    /// `null` where nothing could be measured.
    pub spread: Option<Spread>,
}

type Of = fn(&Own) -> Option<f64>;

/// Figures of the product alone.
const OWN: [(&str, &str, Of); 16] = [
    ("digest", "s", |own| Some(own.seconds)),
    ("seconds per output token", "s", Own::seconds_per_token),
    ("prefill", "tok/s", |own| own.work.prefill_rate()),
    ("decode", "tok/s", |own| own.work.decode_rate()),
    ("instructions and decode", "tok/s", |own| {
        own.work.branch_rate()
    }),
    ("decode of prefill", "%", |own| {
        percent(own.work.decode_of_prefill())
    }),
    ("decode at 8 branches or more", "tok/s", |own| {
        own.work.wide_rate()
    }),
    ("decode at 8 branches or more, of prefill", "%", |own| {
        percent(own.work.wide_of_prefill())
    }),
    ("guesses right", "%", |own| percent(own.work.acceptance())),
    ("outside the engine", "%", |own| {
        percent(own.outside_share())
    }),
    ("engine, but not the model", "%", |own| {
        percent(own.work.bookkeeping())
    }),
    ("output tokens", "", |own| {
        Some(count(own.work.decode_tokens))
    }),
    (PAIRS, "", |own| Some(count(own.written.pairs))),
    (SUPPORTED_ANSWERS, "", |own| {
        Some(count(own.written.supported_answers))
    }),
    (SUPPORTED, "%", |own| percent(own.written.supported_share())),
    (FITTING, "%", |own| percent(own.written.fitting_share())),
];

/// What the digest holds, whoever wrote it.
const PAIRS: &str = "pairs";
const SUPPORTED_ANSWERS: &str = "pairs whose answer holds";
const SUPPORTED: &str = "sentences that hold";
const FITTING: &str = "answers of 25 to 65 words";

fn percent(share: Option<f64>) -> Option<f64> {
    share.map(|share| share * 100.0)
}

type OfRival = fn(&Own, &Answered) -> Option<f64>;

/// Figures of each server. Ratios are within an article: how often the product's figure
/// goes into the server's.
const RIVAL: [(&str, &str, OfRival); 10] = [
    ("digest", "s", |_, it| Some(it.seconds)),
    ("output tokens", "", |_, it| Some(count(it.output_tokens))),
    ("digest, times afterword's", "", |own, it| {
        ratio(it.seconds, own.seconds)
    }),
    ("per output token, times afterword's", "", |own, it| {
        let theirs = ratio(it.seconds, count(it.output_tokens))?;
        ratio(theirs, own.seconds_per_token()?)
    }),
    ("cut answers", "", |_, it| Some(count(it.cut))),
    ("branches with the same text", "%", |_, it| {
        percent(it.same_text)
    }),
    (PAIRS, "", |_, it| Some(count(it.written?.pairs))),
    (SUPPORTED_ANSWERS, "", |_, it| {
        Some(count(it.written?.supported_answers))
    }),
    (SUPPORTED, "%", |_, it| {
        percent(it.written?.supported_share())
    }),
    (FITTING, "%", |_, it| percent(it.written?.fitting_share())),
];

impl Summary {
    /// What the rows say.
    #[must_use]
    pub fn of(rows: &[Row]) -> Self {
        let rows: Vec<&Row> = rows.iter().filter(|row| !row.reread).collect();
        let own = OWN.iter().map(|&(name, unit, of)| Figure {
            name: name.to_owned(),
            unit,
            spread: Spread::of(rows.iter().filter_map(|row| of(&row.own))),
        });
        let names: BTreeSet<&String> = rows.iter().flat_map(|row| row.rivals.keys()).collect();
        let rivals = names.into_iter().flat_map(|name| rival(&rows, name));
        Self {
            figures: own.chain(rivals).collect(),
        }
    }
}

/// What the rows say of one server.
fn rival(rows: &[&Row], rival: &str) -> Vec<Figure> {
    let both = || {
        let rows = rows.iter();
        rows.filter_map(|row| Some((&row.own, row.rivals.get(rival)?)))
    };
    let figures = RIVAL.iter().map(|&(name, unit, of)| Figure {
        name: format!("{rival}: {name}"),
        unit,
        spread: Spread::of(both().filter_map(|(own, it)| of(own, it))),
    });
    // What is not asked of every server is no figure of those others.
    figures.filter(|figure| figure.spread.is_some()).collect()
}

impl Comparison {
    /// Of these rows; of servers nothing is known yet.
    #[must_use]
    pub fn of(rows: Vec<Row>, memory: Option<Memory>) -> Self {
        Self {
            summary: Summary::of(&rows),
            peak: None,
            memory,
            rival_memory: Vec::new(),
            idle_load: None,
            rows,
        }
    }

    /// As it is printed.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = rows(&self.rows);
        text += &summary(&self.summary);
        text.push('\n');
        text += &self.peak.map(|it| self.of_peak(it)).unwrap_or_default();
        text += &memory("afterword", self.memory);
        for (name, of) in &self.rival_memory {
            text += &memory(name, *of);
        }
        if let Some(load) = self.idle_load {
            text += &format!("load of those who were not asked: {load:.3} cores\n");
        }
        text
    }

    /// What the processor could do, and how much of it a prefill is.
    fn of_peak(&self, peak: Peak) -> String {
        let most = peak.tokens_per_second();
        let rows = self.rows.iter().filter(|row| !row.reread);
        let prefill = Spread::of(rows.filter_map(|row| row.own.work.prefill_rate()));
        let share = prefill.and_then(|it| percent(ratio(it.median, most)));
        format!(
            "at most in 8 bits: {:.0} thousand million products a second, {} tok/s; prefill is {} % of it\n",
            peak.products_per_second / 1e9,
            number(Some(most)),
            number(share),
        )
    }
}

fn memory(name: &str, memory: Option<Memory>) -> String {
    let told = memory.map(|it| format!("peak memory of {name}: {} MiB\n", it.peak_mib));
    told.unwrap_or_default()
}

fn rows(rows: &[Row]) -> String {
    let mut text = format!(
        "{:<32} {:>5} {:>9} {:>6} {:>5} {:>9} {:>9}\n",
        "article", "words", "seconds", "tokens", "pairs", "prefill/s", "decode/s"
    );
    for row in rows {
        let own = &row.own;
        text += &format!(
            "{:<32} {:>5} {:>9.1} {:>6} {:>5} {:>9} {:>9}{}\n",
            name(&row.article),
            row.words,
            own.seconds,
            own.work.decode_tokens,
            own.written.pairs,
            number(own.work.prefill_rate()),
            number(own.work.decode_rate()),
            if row.reread { "  in the cache" } else { "" },
        );
    }
    text
}

fn summary(summary: &Summary) -> String {
    let mut text = format!("\n{:<48} {:>9} {:>9} {:>9}\n", "", "median", "min", "max");
    for figure in &summary.figures {
        let name = match figure.unit {
            "" => figure.name.to_owned(),
            unit => format!("{}, {unit}", figure.name),
        };
        text += &format!("{name:<48} {}\n", spread(figure.spread.as_ref()));
    }
    text
}

fn spread(spread: Option<&Spread>) -> String {
    let part = |of: fn(&Spread) -> f64| number(spread.map(of));
    let parts = [part(|it| it.median), part(|it| it.min), part(|it| it.max)];
    parts.map(|part| format!("{part:>9}")).join(" ")
}

/// The last characters of a long name, which tell more than the first.
fn name(name: &str) -> String {
    const MOST: usize = 32;
    let characters = name.chars().count();
    name.chars().skip(characters.saturating_sub(MOST)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::bench::own::Work;

    fn row(seconds: f64, reread: bool) -> Row {
        Row {
            article: "council/pool.md".into(),
            words: 500,
            repeat: 1,
            reread,
            own: Own {
                seconds,
                outside_seconds: Some(0.5),
                work: Work {
                    decode_tokens: 100,
                    decode_seconds: 4.0,
                    wide_tokens: 60,
                    wide_seconds: 2.0,
                    ..Work::default()
                },
                ..Own::default()
            },
            rivals: BTreeMap::new(),
        }
    }

    #[test]
    fn a_server_is_compared_within_an_article() {
        let with = |own: f64, seconds: f64| Row {
            rivals: BTreeMap::from([(
                "one prompt".to_owned(),
                Answered {
                    seconds,
                    output_tokens: 50,
                    ..Answered::default()
                },
            )]),
            ..row(own, false)
        };
        let summary = Summary::of(&[with(10.0, 40.0), with(20.0, 40.0), row(9.0, false)]);
        let digest = figure(&summary, "one prompt: digest, times afterword's").unwrap();
        assert_eq!((digest.min, digest.max, digest.count), (2.0, 4.0, 2));
        let token = figure(&summary, "one prompt: per output token, times afterword's");
        assert_eq!(token.unwrap().max, 8.0);
        let same = "one prompt: branches with the same text";
        assert!(summary.figures.iter().all(|figure| figure.name != same));
    }

    fn figure(summary: &Summary, name: &str) -> Option<Spread> {
        let found = summary.figures.iter().find(|it| it.name == name);
        found.expect("it is listed").spread
    }

    #[test]
    fn what_was_in_the_cache_counts_in_no_figure() {
        let summary = Summary::of(&[row(10.0, false), row(50.0, false), row(1.0, true)]);
        let digest = figure(&summary, "digest").expect("there are two");
        assert_eq!((digest.median, digest.min, digest.max), (30.0, 10.0, 50.0));
        assert_eq!(figure(&summary, "outside the engine").unwrap().max, 5.0);
        assert_eq!(figure(&summary, "decode").unwrap().median, 25.0);
        let wide = figure(&summary, "decode at 8 branches or more");
        assert_eq!(wide.unwrap().median, 30.0);
        assert_eq!(figure(&summary, "prefill"), None);
        assert!(rows(&[row(1.0, true)]).contains("in the cache"));
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(name(&"x".repeat(40)).len(), 32);
    }
}
