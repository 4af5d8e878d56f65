//! The names of a whole text: mentions counted, and the forms of one name
//! ("Ada Lovelace", "Lovelace") brought together.

use std::collections::{HashMap, HashSet};

use crate::text::span::Span;

use super::Name;
use super::lexicon;
use super::mentions::mentions;

/// Longer forms that are looked at for one short form: with more, it is
/// ambiguous anyway, and the cost stays linear.
const MAX_LONGER_FORMS: usize = 8;

/// One way in which a name is written.
struct Form {
    text: String,
    count: usize,
    first: Span,
    titled: bool,
    proven: bool,
    /// Seen at the start of sentences only.
    opens: bool,
}

/// The names of `text`, most mentioned first. Lines in title case (headlines)
/// are left out: there, capitals say nothing.
#[must_use]
pub fn names(text: &str) -> Vec<Name> {
    let mut forms = Vec::new();
    let mut known = HashMap::new();
    let headlines = headlines(text);
    for mention in mentions(text) {
        if is_inside(&headlines, mention.span) {
            continue;
        }
        let form = collapse(mention.span.of(text));
        let at = *known.entry(form.clone()).or_insert_with(|| {
            forms.push(Form {
                text: form,
                count: 0,
                first: mention.span,
                titled: false,
                proven: false,
                opens: true,
            });
            forms.len() - 1
        });
        forms[at].count += 1;
        forms[at].titled |= mention.titled;
        forms[at].proven |= mention.proven;
        forms[at].opens &= mention.opens;
    }
    split_hyphens(&mut forms, &known);
    merge_demonyms(&mut forms, &known);
    merge_openings(&mut forms, &known);
    merge_short_forms(&mut forms);
    let mut names: Vec<Name> = forms.into_iter().filter_map(name).collect();
    names.sort_by_key(|name| (std::cmp::Reverse(name.count), name.first));
    names
}

/// A word that only ever opened one sentence is too weak to be a name.
fn name(form: Form) -> Option<Name> {
    (form.count > 1 || (form.count > 0 && form.proven)).then_some(Name {
        text: form.text,
        count: form.count,
        first: form.first,
    })
}

/// A name on one line, whatever the source wrapped.
fn collapse(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lines of several that are written in title case and end without a stop.
fn headlines(text: &str) -> Vec<Span> {
    if !text.trim().contains('\n') {
        return Vec::new();
    }
    let mut start = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        if is_title_case(line.trim()) {
            found.push(Span::new(start, start + line.len()));
        }
        start += line.len();
    }
    found
}

fn is_title_case(line: &str) -> bool {
    let stopped = line.ends_with(['.', '!', '?', ':', ';', ',', '"', '”', '’', '\'']);
    let long: Vec<&str> = line
        .split_whitespace()
        .filter(|word| word.chars().count() > 3)
        .collect();
    let capital = long
        .iter()
        .filter(|word| word.starts_with(char::is_uppercase))
        .count();
    !stopped && capital * 10 >= long.len() * 7
}

fn is_inside(spans: &[Span], inner: Span) -> bool {
    let after = spans.partition_point(|span| span.end <= inner.start);
    spans.get(after).is_some_and(|span| span.contains(inner))
}

/// "Norway-Sweden" counts for both where both are named on their own.
fn split_hyphens(forms: &mut [Form], known: &HashMap<String, usize>) {
    for at in 0..forms.len() {
        let Some((left, right)) = forms[at].text.split_once('-') else {
            continue;
        };
        if let (Some(&left), Some(&right)) = (known.get(left), known.get(right)) {
            give(forms, at, left);
            forms[right].count += 1;
        }
    }
}

/// "Norwegian" counts for "Norway" where that is named.
fn merge_demonyms(forms: &mut [Form], known: &HashMap<String, usize>) {
    for at in 0..forms.len() {
        let country = lexicon::countries_of(&forms[at].text)
            .into_iter()
            .find_map(|country| known.get(&country).copied())
            .filter(|country| *country != at);
        if let Some(country) = country {
            give(forms, at, country);
        }
    }
}

/// "Programmer Ada Lovelace", seen only where a sentence gives "Programmer" its
/// capital, counts for "Ada Lovelace".
fn merge_openings(forms: &mut [Form], known: &HashMap<String, usize>) {
    for at in 0..forms.len() {
        let Some((_, tail)) = forms[at].text.split_once(' ').filter(|_| forms[at].opens) else {
            continue;
        };
        if let Some(&full) = known.get(tail).filter(|_| tail.contains(' ')) {
            give(forms, at, full);
        }
    }
}

/// "Lovelace" counts for the one "Ada Lovelace" that was named before.
fn merge_short_forms(forms: &mut [Form]) {
    let longer = longer_forms(forms);
    for at in 0..forms.len() {
        let candidates: HashSet<usize> = longer
            .get(forms[at].text.as_str())
            .into_iter()
            .flatten()
            .copied()
            .filter(|target| forms[*target].first < forms[at].first)
            .collect();
        if let [target] = candidates.into_iter().collect::<Vec<_>>()[..] {
            give(forms, at, target);
        }
    }
}

/// For each short form the longer ones that it may stand for: by surname, by
/// family name in front where a title proves a person; "Bank of Oslo" has none.
fn longer_forms(forms: &[Form]) -> HashMap<String, Vec<usize>> {
    let mut longer = HashMap::<String, Vec<usize>>::new();
    for (at, form) in forms.iter().enumerate() {
        let words: Vec<&str> = form.text.split(' ').collect();
        let plain = words.len() > 1 && !words.contains(&"of");
        if form.count == 0 || !plain || lexicon::is_place_qualifier(words[0]) {
            continue;
        }
        let tail = words[1..].join(" ");
        let surname = words[words.len() - 1].to_owned();
        let family = form.titled.then(|| words[0].to_owned());
        let shorts = HashSet::from([Some(tail), Some(surname), family]);
        for short in shorts.into_iter().flatten() {
            let targets = longer.entry(short).or_default();
            if targets.len() < MAX_LONGER_FORMS {
                targets.push(at);
            }
        }
    }
    longer
}

/// Moves all mentions of one form to another.
fn give(forms: &mut [Form], from: usize, to: usize) {
    let count = std::mem::take(&mut forms[from].count);
    let first = forms[from].first;
    forms[to].count += count;
    forms[to].first = forms[to].first.min(first);
    forms[to].titled |= forms[from].titled;
}
