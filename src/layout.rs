//! How the weights of a copy of a model are laid out: a leaf that the store of models and
//! the engine share, so that a name means the same in a file's name and to the quantiser.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A layout that llama.cpp repacks for the processors it knows, about 4.5 bits a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Blocks of 32 weights with one scale.
    Q4_0,
    /// The same, and the 16 values that a weight may have are not evenly apart.
    Iq4Nl,
    /// Blocks of 256 weights with scales for each 32.
    Q4K,
}

impl Layout {
    /// All of them, the fastest where they were measured first.
    pub const ALL: [Self; 3] = [Self::Q4_0, Self::Iq4Nl, Self::Q4K];

    /// As users write it, and as it stands in the names of copies.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Q4_0 => "q4_0",
            Self::Iq4Nl => "iq4_nl",
            Self::Q4K => "q4_k",
        }
    }
}

/// A name that stands for no layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not one of q4_0, iq4_nl and q4_k")]
pub struct UnknownLayout;

impl FromStr for Layout {
    type Err = UnknownLayout;

    fn from_str(name: &str) -> Result<Self, UnknownLayout> {
        let found = Self::ALL.into_iter().find(|layout| layout.name() == name);
        found.ok_or(UnknownLayout)
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_everywhere() {
        for layout in Layout::ALL {
            assert_eq!(layout.name().parse(), Ok(layout));
            let written = serde_json::to_string(&layout).unwrap();
            assert_eq!(written, format!("\"{layout}\""));
            assert!(UnknownLayout.to_string().contains(layout.name()));
        }
        assert_eq!("q8_0".parse::<Layout>(), Err(UnknownLayout));
    }
}
