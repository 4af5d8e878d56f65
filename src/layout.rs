//! How the weights of a copy of a model are laid out: a leaf that the store of models and
//! the engine share, so that a name means the same in a file's name and to the quantiser.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A layout that llama.cpp has kernels for on all processors it knows: about 4.5 bits a weight,
/// and one of 8.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Blocks of 32 weights with one scale.
    Q4_0,
    /// The same, and the 16 values that a weight may have are not evenly apart.
    Iq4Nl,
    /// Blocks of 256 weights with scales for each 32.
    Q4K,
    /// Blocks of 32 weights of 8 bits with one scale: twice the bytes.
    Q8_0,
}

impl Layout {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Q4_0, Self::Iq4Nl, Self::Q4K, Self::Q8_0];

    /// As users write it, and as it stands in the names of copies.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Q4_0 => "q4_0",
            Self::Iq4Nl => "iq4_nl",
            Self::Q4K => "q4_k",
            Self::Q8_0 => "q8_0",
        }
    }
}

/// A name that stands for no layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not one of q4_0, iq4_nl, q4_k and q8_0")]
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
        assert_eq!("q5_0".parse::<Layout>(), Err(UnknownLayout));
    }
}
