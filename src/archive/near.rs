//! Finds articles that are almost the same: by the runs of words that they share,
//! estimated from a sketch of each (MinHash), so that an archive of any size is
//! looked through once. Pure.

use std::collections::HashMap;

/// Words of a run.
const RUN_WORDS: usize = 5;
/// Values of a sketch: the estimate is within about 0.06 of the truth.
const VALUES: usize = 64;
/// Values that have to agree for two articles to be compared at all. With 16 groups of
/// four, articles that share nine of ten runs are compared with near certainty.
const GROUP: usize = 4;
/// Share of agreeing values from which articles are almost the same.
const NEAR: f64 = 0.85;

/// The articles seen so far.
#[derive(Debug, Default)]
pub struct Near {
    sketches: Vec<([u32; VALUES], String)>,
    groups: HashMap<(u8, u64), u32>,
}

impl Near {
    /// The name of an earlier article that is almost the same as this one. Without one,
    /// this one is remembered.
    pub fn find_or_add(&mut self, id: &str, text: &str) -> Option<String> {
        let sketch = sketch(text)?;
        let keys: Vec<(u8, u64)> = keys(&sketch).collect();
        for key in &keys {
            let Some((other, name)) = self
                .groups
                .get(key)
                .and_then(|at| self.sketches.get(*at as usize))
            else {
                continue;
            };
            if likeness(&sketch, other) >= NEAR {
                return Some(name.clone());
            }
        }
        let at = u32::try_from(self.sketches.len()).unwrap_or(u32::MAX);
        self.sketches.push((sketch, id.to_owned()));
        for key in keys {
            self.groups.entry(key).or_insert(at);
        }
        None
    }
}

/// The smallest hash of the text's runs under each of a family of hashes.
fn sketch(text: &str) -> Option<[u32; VALUES]> {
    let words: Vec<u64> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| hash(word.to_lowercase().as_bytes()))
        .collect();
    if words.len() < RUN_WORDS {
        return None;
    }
    let mut sketch = [u32::MAX; VALUES];
    for run in words.windows(RUN_WORDS) {
        let run = run.iter().fold(0, |hash: u64, word| mix(hash ^ word));
        for (at, least) in sketch.iter_mut().enumerate() {
            let value = mix(run ^ mix(at as u64 + 1));
            *least = (*least).min((value >> 32) as u32);
        }
    }
    Some(sketch)
}

fn keys(sketch: &[u32; VALUES]) -> impl Iterator<Item = (u8, u64)> {
    sketch.chunks(GROUP).zip(0u8..).map(|(group, at)| {
        let key = group
            .iter()
            .fold(0, |key, value| mix(key ^ u64::from(*value)));
        (at, key)
    })
}

fn likeness(one: &[u32; VALUES], other: &[u32; VALUES]) -> f64 {
    let same = one.iter().zip(other).filter(|(a, b)| a == b).count();
    f64::from(u32::try_from(same).unwrap_or(0)) / f64::from(VALUES as u32)
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The finaliser of `SplitMix64`: every bit of the value changes half of the others.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(topic: usize) -> String {
        (0..120)
            .map(|at| format!("word{} of topic {topic} number {at}. ", at * topic % 97))
            .collect()
    }

    #[test]
    fn an_edited_article_is_near_and_another_is_not() {
        let mut near = Near::default();
        for topic in 1..40 {
            assert_eq!(near.find_or_add(&topic.to_string(), &article(topic)), None);
        }
        let edited = article(7).replacen("word7", "Word-seven", 1);
        assert_eq!(near.find_or_add("edited", &edited).as_deref(), Some("7"));
        assert_eq!(near.find_or_add("short", "A few words"), None);
        assert_eq!(near.find_or_add("short again", "A few words"), None);
    }
}
