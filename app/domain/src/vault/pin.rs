//! Which PINs and passphrases are good enough.

use serde::{Deserialize, Serialize};

/// The fewest digits of a PIN.
const FEWEST_DIGITS: usize = 6;
/// The fewest characters of a passphrase.
const FEWEST_CHARACTERS: usize = 10;
/// The most characters of either: nobody types more at a gate.
const MOST_CHARACTERS: usize = 128;
/// Years that are somebody's year of birth.
const BIRTH_YEARS: std::ops::RangeInclusive<u16> = 1930..=2035;

/// What the lock screen asks for: it decides which keyboard comes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Digits alone.
    Pin,
    /// Anything else.
    Passphrase,
}

/// Digits alone are a PIN.
pub fn kind_of(secret: &str) -> Kind {
    if secret.chars().all(|c| c.is_ascii_digit()) { Kind::Pin } else { Kind::Passphrase }
}

/// Why a PIN or a passphrase is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// A PIN of fewer than six digits.
    #[error("Please choose at least 6 digits.")]
    TooFewDigits,
    /// A passphrase of fewer than ten characters.
    #[error("Please choose at least 10 characters, or 6 digits or more.")]
    TooFewCharacters,
    /// More than anybody types.
    #[error("Please choose at most 128 characters.")]
    TooLong,
    /// The same again and again.
    #[error("This repeats itself. Please choose one that is harder to guess.")]
    Repeats,
    /// Up or down the keys.
    #[error("This counts up or down. Please choose one that is harder to guess.")]
    Run,
    /// A year of birth is in it.
    #[error("This has a year in it, which is easily guessed. Please choose another.")]
    BirthYear,
}

/// What is weak about it, if anything.
///
/// Refused are what most people choose and every thief tries first: one piece said over and over
/// (`777777`, `121212`, `123123`), pairs (`112233`), runs in even steps (`123456`, `987654`, `246802`),
/// and a year between 1930 and 2035 anywhere in six to eight digits.
pub fn weakness(secret: &str) -> Option<Weakness> {
    let characters: Vec<char> = secret.chars().collect();
    if characters.len() > MOST_CHARACTERS {
        return Some(Weakness::TooLong);
    }
    match kind_of(secret) {
        Kind::Pin if characters.len() < FEWEST_DIGITS => return Some(Weakness::TooFewDigits),
        Kind::Passphrase if characters.len() < FEWEST_CHARACTERS => return Some(Weakness::TooFewCharacters),
        Kind::Pin | Kind::Passphrase => {}
    }
    if says_over(&characters) {
        return Some(Weakness::Repeats);
    }
    let digits: Vec<i32> = characters.iter().filter_map(|c| c.to_digit(10)?.try_into().ok()).collect();
    if digits.len() != characters.len() {
        return None;
    }
    if is_run(&digits) || pairs(&digits).is_some_and(|pairs| is_run(&pairs)) {
        return Some(Weakness::Run);
    }
    let year = |four: &[i32]| four.iter().fold(0, |year, digit| year * 10 + digit);
    let has_year = || digits.windows(4).any(|four| u16::try_from(year(four)).is_ok_and(|y| BIRTH_YEARS.contains(&y)));
    (digits.len() <= 8 && has_year()).then_some(Weakness::BirthYear)
}

/// Whether a piece of at most half its length is said over and over.
fn says_over(characters: &[char]) -> bool {
    (1..=characters.len() / 2).any(|piece| characters.iter().zip(characters.iter().skip(piece)).all(|(a, b)| a == b))
}

/// Whether each digit is as far from the one before, counting on from 9 to 0.
fn is_run(digits: &[i32]) -> bool {
    let mut steps = digits.windows(2).map(|two| match two {
        [a, b] => (b - a).rem_euclid(10),
        _ => 0,
    });
    let first = steps.next();
    steps.all(|step| Some(step) == first)
}

/// One digit of each pair, where all are pairs.
fn pairs(digits: &[i32]) -> Option<Vec<i32>> {
    digits.chunks(2).map(|two| matches!(two, [a, b] if a == b).then(|| two.first().copied()).flatten()).collect()
}
