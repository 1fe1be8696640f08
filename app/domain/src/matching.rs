//! Whether two records may be the same young person: name, nickname, date of birth, SRN.
//!
//! A likeness of 100 is a certainty for the eye, not for the system: a supervisor decides. The
//! phone warns with it, the server asks Postgres for candidates and judges them with it.

use crate::client::Profile;
use crate::search::normalise;
use chrono::{Datelike, NaiveDate};

/// From this likeness on, say that the person may be known already.
pub const WORTH_A_LOOK: u8 = 80;

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeable {
    name: String,
    nickname: String,
    born: NaiveDate,
    srn: String,
}

impl From<&Profile> for Likeable {
    fn from(profile: &Profile) -> Self {
        Self {
            name: normalise(&profile.full_name()),
            nickname: profile.nickname.as_ref().map_or_else(String::new, |n| normalise(n.as_str())),
            born: profile.date_of_birth,
            srn: profile.srn.as_ref().map_or_else(String::new, |s| s.as_str().to_owned()),
        }
    }
}

/// How much alike two records are, 0 to 100. The same in both directions.
pub fn likeness(a: &Likeable, b: &Likeable) -> u8 {
    if !a.srn.is_empty() && a.srn == b.srn {
        return 100;
    }
    let mut names = strsim::jaro_winkler(&a.name, &b.name)
        .max(strsim::jaro_winkler(&turned(&a.name), &b.name))
        .max(strsim::jaro_winkler(&a.name, &turned(&b.name)));
    if !a.nickname.is_empty() && a.nickname == b.nickname {
        names = (names + 0.08).min(1.0);
    }
    let birth = match (a.born, b.born) {
        (x, y) if x == y => 1.0,
        // Day and month swapped, or a year mistyped by one.
        (x, y) if x.year() == y.year() && x.month() == y.day() && x.day() == y.month() => 0.9,
        (x, y) if x.month() == y.month() && x.day() == y.day() && (x.year() - y.year()).abs() <= 1 => 0.8,
        (x, y) if (x - y).num_days().abs() <= 31 => 0.7,
        (x, y) if x.year() == y.year() => 0.5,
        _ => 0.0,
    };
    let score = (names * 0.65 + birth * 0.35) * 100.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=99 first")]
    let whole = score.round().clamp(0.0, 99.0) as u8;
    whole
}

/// First and last name in the other order.
fn turned(name: &str) -> String {
    name.split_once(' ').map_or_else(|| name.to_owned(), |(first, rest)| format!("{rest} {first}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn person(name: &str, born: (i32, u32, u32), srn: &str) -> Likeable {
        Likeable {
            name: normalise(name),
            nickname: String::new(),
            born: NaiveDate::from_ymd_opt(born.0, born.1, born.2).unwrap(),
            srn: srn.into(),
        }
    }

    #[test]
    fn slips_of_the_pen_are_worth_a_look_and_siblings_are_not() {
        let andre = person("Andre Barrett", (2012, 6, 9), "");
        for same in [
            person("André Barrett", (2012, 6, 9), ""),
            person("Andre Barret", (2012, 9, 6), ""),
            person("Barrett Andre", (2012, 6, 9), ""),
        ] {
            assert!(likeness(&andre, &same) >= WORTH_A_LOOK, "{same:?}");
        }
        assert!(likeness(&andre, &person("Tanya Barrett", (2014, 1, 2), "")) < WORTH_A_LOOK);
        assert!(likeness(&andre, &person("Kemar Wint", (2012, 6, 9), "")) < WORTH_A_LOOK);
    }

    #[test]
    fn the_same_registration_number_is_certain() {
        assert_eq!(likeness(&person("A B", (2010, 1, 1), "123456789"), &person("C D", (2015, 1, 1), "123456789")), 100);
    }

    proptest! {
        #[test]
        fn likeness_is_the_same_both_ways_within_one(a in "[a-z]{1,8} [a-z]{1,8}", b in "[a-z]{1,8} [a-z]{1,8}", d in 0u64..9000) {
            let born = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap() + chrono::Days::new(d);
            let x = Likeable { name: a, nickname: String::new(), born, srn: String::new() };
            let y = Likeable { name: b, ..x.clone() };
            prop_assert!(likeness(&x, &x) >= 99);
            prop_assert!(likeness(&x, &y).abs_diff(likeness(&y, &x)) <= 1);
        }
    }
}
