//! Pseudo-random numbers from a seed: the same on every machine, for ever.

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good enough for a walk.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn from_seed(seed: u64) -> Random {
        Random(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 to `below`, itself excluded; 0 where `below` is not positive.
    pub(super) fn below(&mut self, below: i64) -> i64 {
        let span = u128::try_from(below.max(0)).unwrap_or(0);
        i64::try_from((u128::from(self.next()) * span) >> 64).unwrap_or(0)
    }
}
