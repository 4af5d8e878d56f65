//! How much text each element holds, of which kind, without what is certainly
//! not article. One pass over the document, then every answer is a subtraction.

use crate::text::words::is_dense;

use super::dom::{Dom, Id};
use super::refuse::{Verdict, Verdicts};

/// Marks that part a sentence; prose has them, menus do not.
const COMMAS: &[char] = &[
    ',', '،', '﹐', '︐', '︑', '⹁', '⸴', '⸲', '，', '、', '。', '；',
];

/// What the texts inside an element add up to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    /// Characters of text, white space at its ends not counted; those of scripts
    /// without spaces say about twice as much and count so.
    pub(super) chars: u32,
    /// Of these, inside links.
    pub(super) linked: u32,
    pub(super) commas: u32,
}

impl Sum {
    /// Characters outside links.
    pub(super) fn plain(&self) -> u32 {
        self.chars - self.linked
    }

    /// Share of the text that is links, in `0..=1`.
    pub(super) fn link_share(&self) -> f32 {
        if self.chars == 0 {
            return 0.0;
        }
        self.linked as f32 / self.chars as f32
    }
}

/// Sums over every element of a document.
pub(super) struct Measures {
    /// For each node, the sum of all nodes before it; one more at the end.
    before: Vec<Sum>,
}

impl Measures {
    pub(super) fn of(dom: &Dom<'_>, verdicts: &Verdicts) -> Self {
        let mut before = Vec::with_capacity(dom.nodes.len() + 1);
        let mut total = Sum::default();
        let mut refused_until = 0;
        for id in 0..dom.nodes.len() {
            before.push(total);
            if id < refused_until {
                continue;
            }
            match dom.element(id) {
                Some(_) => {
                    if matches!(verdicts.of(id), Verdict::Skip | Verdict::Drop(_)) {
                        refused_until = dom.end(id);
                    }
                }
                None => total = add(total, dom.text_of(id), dom.is_linked(id)),
            }
        }
        before.push(total);
        Self { before }
    }

    /// What is inside `id`.
    pub(super) fn inside(&self, dom: &Dom<'_>, id: Id) -> Sum {
        self.between(id, dom.end(id))
    }

    /// What is in the nodes from `start` up to `end`.
    pub(super) fn between(&self, start: Id, end: Id) -> Sum {
        let (Some(before), Some(after)) = (self.before.get(start), self.before.get(end)) else {
            return Sum::default();
        };
        Sum {
            chars: after.chars - before.chars,
            linked: after.linked - before.linked,
            commas: after.commas - before.commas,
        }
    }
}

fn add(mut total: Sum, text: &str, is_linked: bool) -> Sum {
    let text = text.trim();
    if text.is_empty() {
        return total;
    }
    let chars = text.chars().map(|c| 1 + usize::from(is_dense(c)));
    let chars = u32::try_from(chars.sum::<usize>()).unwrap_or(u32::MAX);
    total.chars = total.chars.saturating_add(chars);
    if is_linked {
        total.linked = total.linked.saturating_add(chars);
    }
    let commas = text.chars().filter(|it| COMMAS.contains(it)).count();
    total.commas = total
        .commas
        .saturating_add(u32::try_from(commas).unwrap_or(u32::MAX));
    total
}
