//! Chance that is the same each time: for the same seed the same people, on every machine and with every
//! version of every library.

use domain::{clock::Moment, ids::uuid_v7};
use uuid::Uuid;

/// A stream of numbers (SplitMix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// A stream of its own for each seed and place.
    pub fn new(seed: u64, place: u64) -> Self {
        let mut dice = Self(seed ^ 0x6c69_676e_756d_0000);
        let mixed = dice.next() ^ place.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self(mixed)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 if there is none.
    pub fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.next() % end }
    }

    /// A number from `least` to `most`.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let width = u64::try_from(most - least + 1).unwrap_or(1);
        least + i64::try_from(self.below(width)).unwrap_or(0)
    }

    /// True in so many of a hundred cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    pub fn pick<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        let index = usize::try_from(self.below(choices.len() as u64)).unwrap_or(0);
        choices[index]
    }

    /// An identifier of the moment.
    pub fn id(&mut self, at: Moment) -> Uuid {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.next().to_le_bytes());
        random[8..].copy_from_slice(&self.next().to_le_bytes()[..2]);
        uuid_v7(u64::try_from(at.timestamp_millis()).unwrap_or(0), random)
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn the_same_seed_gives_the_same_numbers_for_ever() {
        let mut dice = Dice::new(1, 0);
        assert_eq!([dice.below(1000), dice.below(1000), dice.below(1000)], NUMBERS);
        assert_ne!(Dice::new(1, 0).next(), Dice::new(1, 1).next());
        assert_ne!(Dice::new(1, 0).next(), Dice::new(2, 0).next());
    }

    const NUMBERS: [u64; 3] = [464, 775, 489];

    #[test]
    fn bounds_are_kept() {
        let mut dice = Dice::new(7, 7);
        for _ in 0..1000 {
            assert!((-3..=4).contains(&dice.between(-3, 4)));
            assert!(dice.below(5) < 5);
        }
        assert_eq!(dice.below(0), 0);
    }
}
