//! A young person who does not exist.

use chrono::{Days, NaiveDate};
use domain::{
    clock::{age_on, iso_day},
    ids::SchoolId,
    sync::wire_v1::ReferralForm,
};

use super::{dice::Dice, words};

/// A young person who does not exist, and the words about them.
#[derive(Debug, Clone)]
pub struct Child {
    /// Given name.
    pub first: &'static str,
    /// Family name.
    pub last: &'static str,
    girl: bool,
    born: NaiveDate,
    age: i32,
    guardian: (&'static str, &'static str),
}

/// Who looks after a child: the choice's code, and the word in a note.
const GUARDIANS: [(&str, &str); 6] = [
    ("mother", "mother"),
    ("mother", "mother"),
    ("grandmother", "grandmother"),
    ("father", "father"),
    ("aunt", "aunt"),
    ("guardian", "guardian"),
];

/// Where a child lives and learns.
#[derive(Debug, Clone, Copy)]
pub struct Home<'a> {
    /// The parish's code.
    pub parish: &'a str,
    /// The community's name.
    pub community: &'a str,
    /// The school.
    pub school: Option<SchoolId>,
}

impl Child {
    /// A child of school age on this day.
    pub fn born_before(dice: &mut Dice, today: NaiveDate) -> Self {
        let girl = dice.chance(35);
        let first = if girl { dice.pick(&words::GIRLS) } else { dice.pick(&words::BOYS) };
        let days = u64::try_from(dice.between(11 * 365, 17 * 365)).unwrap_or(14 * 365);
        let born = today.checked_sub_days(Days::new(days)).unwrap_or(today);
        let index = usize::try_from(dice.below(GUARDIANS.len() as u64)).unwrap_or(0);
        Self {
            first,
            last: dice.pick(&words::FAMILIES),
            girl,
            born,
            age: age_on(born, today),
            guardian: GUARDIANS[index],
        }
    }

    /// The same child as somebody else wrote them down: a slip in the family name.
    pub fn misspelt(&self) -> ReferralForm {
        let mut last = self.last.to_owned();
        last.pop();
        ReferralForm {
            first_name: self.first.to_owned(),
            last_name: last,
            date_of_birth: iso_day(self.born),
            ..ReferralForm::default()
        }
    }

    /// The referral form about this child, as a school or an officer fills it in.
    pub fn form(&self, dice: &mut Dice, home: Home<'_>, source: &str, referrer: (&str, &str)) -> ReferralForm {
        let age = self.age;
        let guardian_first =
            if self.guardian.0 == "father" { dice.pick(&words::BOYS) } else { dice.pick(&words::GIRLS) };
        let walk_in = source == "walk-in";
        ReferralForm {
            source: source.to_owned(),
            referrer_name: if walk_in { String::new() } else { referrer.0.to_owned() },
            referrer_role: if source == "school" { "Guidance counsellor".to_owned() } else { String::new() },
            referrer_organisation: if walk_in { String::new() } else { referrer.1.to_owned() },
            first_name: self.first.to_owned(),
            last_name: self.last.to_owned(),
            nickname: if dice.chance(40) { dice.pick(&words::NICKNAMES).to_owned() } else { String::new() },
            sex: if self.girl { "female" } else { "male" }.to_owned(),
            date_of_birth: iso_day(self.born),
            birth_estimated: dice.chance(4),
            education: if age < 13 {
                "primary"
            } else if age < 16 {
                "lower-secondary"
            } else {
                "upper-secondary"
            }
            .to_owned(),
            school: home.school.map(|id| id.to_string()).unwrap_or_default(),
            grade: if home.school.is_some() { format!("Grade {}", (age - 5).clamp(6, 13)) } else { String::new() },
            srn: if dice.chance(60) { format!("{:09}", 100_000_000 + dice.below(899_999_999)) } else { String::new() },
            parish: home.parish.to_owned(),
            community: home.community.to_owned(),
            address: dice.pick(&words::DIRECTIONS).to_owned(),
            phone: if dice.chance(30) { phone(dice) } else { String::new() },
            reason: self.told(dice.pick(&words::REASONS)),
            tried: if source == "school" {
                vec![
                    "counselling".to_owned(),
                    dice.pick(&["parent-meeting", "behaviour-contract", "suspension"]).to_owned(),
                ]
            } else {
                Vec::new()
            },
            tried_note: if source == "school" { dice.pick(&words::TRIED_NOTES).to_owned() } else { String::new() },
            guardian_name: format!(
                "{guardian_first} {}",
                if dice.chance(70) { self.last } else { dice.pick(&words::FAMILIES) }
            ),
            guardian_relation: self.guardian.0.to_owned(),
            guardian_phone: phone(dice),
            kin_is_guardian: true,
            applicant_signature: "on-paper".to_owned(),
            guardian_signature: if dice.chance(80) { "on-paper" } else { "not-yet" }.to_owned(),
            attested: true,
            ..ReferralForm::default()
        }
    }

    /// A text about this child, with names and pronouns filled in.
    pub fn told(&self, text: &str) -> String {
        let (he, his, him) = if self.girl { ("she", "her", "her") } else { ("he", "his", "him") };
        let filled = text
            .replace("{name}", self.first)
            .replace("{guardian}", &format!("the {}", self.guardian.1))
            .replace("{he}", he)
            .replace("{He}", if self.girl { "She" } else { "He" })
            .replace("{his}", his)
            .replace("{His}", if self.girl { "Her" } else { "His" })
            .replace("{him}", him);
        beginning_with_capitals(&filled)
    }
}

/// A number of the block that is kept for fiction.
fn phone(dice: &mut Dice) -> String {
    format!("876-555-{:04}", 100 + dice.below(100))
}

/// A sentence may begin with a name or with "the mother".
fn beginning_with_capitals(text: &str) -> String {
    let mut begins = true;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if begins && c.is_alphabetic() {
            out.extend(c.to_uppercase());
            begins = false;
        } else {
            out.push(c);
            begins = match c {
                '.' | '?' | '!' => true,
                c => begins && !c.is_alphanumeric(),
            };
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use domain::{clock::Moment, referral::Particulars};

    use super::{Child, Home};
    use crate::demo::dice::Dice;

    #[test]
    fn every_form_is_one_that_the_rules_accept() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
        let now = Moment::from_timestamp(1_793_500_000, 0).unwrap();
        for place in 0..500 {
            let mut dice = Dice::new(3, place);
            let child = Child::born_before(&mut dice, today);
            let home = Home { parish: "st-james", community: "Yam Bank", school: None };
            for source in ["school", "walk-in", "cbo"] {
                let mut form = child.form(&mut dice, home, source, ("Althea Naseberry", "Sample High"));
                form.reference = "LG-7K3QX-22".into();
                Particulars::parse(&form, now).unwrap_or_else(|wrong| panic!("{wrong:?}"));
                assert!(!form.reason.contains('{'), "{}", form.reason);
            }
        }
    }
}
