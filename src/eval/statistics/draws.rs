//! Random numbers that are the same on every run and with every version of a
//! library: splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom
//! number generators", 2014), written out.

/// What the numbers start from: any fixed number.
const SEED: u64 = 20_261_123;

/// A sequence of random numbers.
#[derive(Debug)]
pub struct Draws {
    state: u64,
}

impl Draws {
    /// The sequence from its start.
    #[must_use]
    pub fn new() -> Self {
        Self { state: SEED }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 when that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let scaled = (u128::from(self.next()) * bound as u128) >> 64;
        // Below `bound`, so it fits.
        usize::try_from(scaled).unwrap_or_default()
    }

    /// A number from 0 to below 1.
    #[expect(clippy::cast_precision_loss, reason = "24 bits fit a float's mantissa")]
    pub fn share(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }
}

impl Default for Draws {
    fn default() -> Self {
        Self::new()
    }
}
