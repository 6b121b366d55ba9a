//! A small generator of numbers that look random: SplitMix64 (Steele, Lea and Flood, 2014).
//!
//! Not for secrets. It is here so that a synthetic practice is a function of its seed, on every machine and in
//! every version of this program; 64 bits of state and a period of 2^64 are plenty for that.

/// The state of the generator.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// A stream of its own for every pair of seed and number.
    pub(super) fn seeded(seed: u64, number: u64) -> Self {
        let mut mixer = Self(seed);
        Self(mixer.next() ^ number.wrapping_mul(0xd134_2543_de82_ef95))
    }

    /// The next 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `n - 1`; 0 when `n` is 0.
    pub(super) fn below(&mut self, n: u32) -> u32 {
        let wide = u128::from(self.next()) * u128::from(n);
        // The high half is below n, so it fits.
        (wide >> 64) as u32
    }

    /// A number from `low` to `high`, both included; `low` when `high` is less.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        let width = high.saturating_sub(low).saturating_add(1).max(1);
        low.saturating_add_unsigned(self.below(width.unsigned_abs()))
    }

    /// True `parts` times in a hundred.
    pub(super) fn percent(&mut self, parts: u32) -> bool {
        self.below(100) < parts
    }

    /// A whole number whose mean is `hundredths / 100`: one of the two beside it.
    pub(super) fn about(&mut self, hundredths: u32) -> u32 {
        hundredths / 100 + u32::from(self.below(100) < hundredths % 100)
    }

    /// One of the items, which are never none here: every list is a constant with content.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let place = self.below(u32::try_from(items.len()).unwrap_or(u32::MAX));
        &items[place as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_published_algorithm() {
        let mut random = Random(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn numbers_stay_in_their_range_and_means_are_kept() {
        let mut random = Random::seeded(1, 1);
        let mut sum = 0;
        for _ in 0..10_000 {
            assert!(random.below(7) < 7);
            assert!((-3..=4).contains(&random.between(-3, 4)));
            sum += random.about(126);
        }
        assert!((12_400..12_800).contains(&sum), "{sum}");
        assert_eq!((random.below(0), random.between(5, 1)), (0, 5));
        assert_eq!(random.between(i32::MIN, i32::MIN), i32::MIN);
    }

    #[test]
    fn streams_differ_by_seed_and_by_number() {
        let first: Vec<u64> = [(1, 1), (1, 2), (2, 1)].map(|(s, n)| Random::seeded(s, n).next()).into();
        assert!(first[0] != first[1] && first[0] != first[2] && first[1] != first[2]);
    }
}
