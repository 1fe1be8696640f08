//! The particulars of a young person: what the referral and intake form asks [M47], valid by construction.

use crate::choice::{choices, chosen};
use crate::clock::{age_on, iso_day, parse_day};
use crate::error::Refusal;
use crate::ids::SchoolId;
use crate::site::parish_name;
use crate::text::{Line, PersonName, Phone, Srn};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

choices! {
    /// Gender as the form asks it [M47].
    Sex { Male = "male" "Male", Female = "female" "Female", NotStated = "not-stated" "Not stated" }
}

choices! {
    /// Educational level reached [M47]. The manual's own list is not published; these are plain steps.
    Education {
        None = "none" "None yet",
        Primary = "primary" "Primary",
        LowerSecondary = "lower-secondary" "Grades 7 to 9",
        UpperSecondary = "upper-secondary" "Grades 10 to 11",
        SixthForm = "sixth-form" "Grades 12 to 13",
        Vocational = "vocational" "Vocational training",
        Tertiary = "tertiary" "College or university",
        NotKnown = "not-known" "Not known",
    }
}

choices! {
    /// How a relative or guardian is related to the young person.
    Relation {
        Mother = "mother" "Mother",
        Father = "father" "Father",
        Grandmother = "grandmother" "Grandmother",
        Grandfather = "grandfather" "Grandfather",
        Aunt = "aunt" "Aunt",
        Uncle = "uncle" "Uncle",
        Sibling = "sibling" "Brother or sister",
        Guardian = "guardian" "Legal guardian",
        Other = "other" "Other",
    }
}

choices! {
    /// Whether a signature is there; in this release it is given on the paper form [M47].
    Signature { OnPaper = "on-paper" "Signed on the paper form", NotYet = "not-yet" "Not yet" }
}

/// From this age on a young person can be referred: primary schools are included. SAMPLE lower bound.
const YOUNGEST: i32 = 6;
/// Nobody is older than this: a year of birth typed wrong.
const OLDEST: i32 = 120;

/// Name, birth, school, home and family of a young person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Given names.
    pub first_name: PersonName,
    /// Family name.
    pub last_name: PersonName,
    /// What friends call them: often the only name that a yard knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickname: Option<PersonName>,
    /// Gender.
    pub sex: Sex,
    /// Date of birth.
    pub date_of_birth: NaiveDate,
    /// Whether the date of birth is an estimate.
    #[serde(default)]
    pub birth_estimated: bool,
    /// Educational level reached.
    pub education: Education,
    /// School attended, where it is one of the listed ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub school: Option<SchoolId>,
    /// Grade or form, as the school calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<Line>,
    /// Student registration number [SRN].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub srn: Option<Srn>,
    /// Parish code.
    pub parish: String,
    /// Community, by the name that people use.
    pub community: Line,
    /// How to find the home.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Line>,
    /// The young person's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// Parent or guardian.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardian_name: Option<PersonName>,
    /// How the guardian is related.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardian_relation: Option<Relation>,
    /// The guardian's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardian_phone: Option<Phone>,
    /// Next of kin [M47], where it is somebody else than the guardian.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kin_name: Option<PersonName>,
    /// The next of kin's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kin_phone: Option<Phone>,
}

/// The fields of a profile that can be edited one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileField {
    /// First name.
    FirstName,
    /// Last name.
    LastName,
    /// Nickname.
    Nickname,
    /// Gender.
    Sex,
    /// Date of birth.
    DateOfBirth,
    /// Educational level.
    Education,
    /// School.
    School,
    /// Grade or form.
    Grade,
    /// Student registration number.
    Srn,
    /// Parish.
    Parish,
    /// Community.
    Community,
    /// How to find the home.
    Address,
    /// Own telephone number.
    Phone,
    /// Parent or guardian.
    GuardianName,
    /// How the guardian is related.
    GuardianRelation,
    /// The guardian's number.
    GuardianPhone,
    /// Next of kin.
    KinName,
    /// The next of kin's number.
    KinPhone,
}

impl ProfileField {
    /// Every field, in the order of the form.
    pub const ALL: [Self; 18] = [
        Self::FirstName,
        Self::LastName,
        Self::Nickname,
        Self::Sex,
        Self::DateOfBirth,
        Self::Education,
        Self::School,
        Self::Grade,
        Self::Srn,
        Self::Parish,
        Self::Community,
        Self::Address,
        Self::Phone,
        Self::GuardianName,
        Self::GuardianRelation,
        Self::GuardianPhone,
        Self::KinName,
        Self::KinPhone,
    ];

    /// The field's name in forms and refusals.
    pub const fn code(self) -> &'static str {
        match self {
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Nickname => "nickname",
            Self::Sex => "sex",
            Self::DateOfBirth => "date_of_birth",
            Self::Education => "education",
            Self::School => "school",
            Self::Grade => "grade",
            Self::Srn => "srn",
            Self::Parish => "parish",
            Self::Community => "community",
            Self::Address => "address",
            Self::Phone => "phone",
            Self::GuardianName => "guardian_name",
            Self::GuardianRelation => "guardian_relation",
            Self::GuardianPhone => "guardian_phone",
            Self::KinName => "kin_name",
            Self::KinPhone => "kin_phone",
        }
    }

    /// The field's label on a screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::FirstName => "First name",
            Self::LastName => "Last name",
            Self::Nickname => "Nickname",
            Self::Sex => "Gender",
            Self::DateOfBirth => "Date of birth",
            Self::Education => "Educational level",
            Self::School => "School",
            Self::Grade => "Grade or form",
            Self::Srn => "Student registration number",
            Self::Parish => "Parish",
            Self::Community => "Community",
            Self::Address => "How to find the home",
            Self::Phone => "Own telephone",
            Self::GuardianName => "Parent or guardian",
            Self::GuardianRelation => "Relation to the student",
            Self::GuardianPhone => "Parent or guardian's telephone",
            Self::KinName => "Next of kin",
            Self::KinPhone => "Next of kin's telephone",
        }
    }
}

/// Reads a date of birth: a real date, not in the future, of somebody between 6 and 120 years old.
pub(crate) fn birth_date(field: &str, text: &str, today: NaiveDate) -> Result<NaiveDate, Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::at(
            field,
            "missing",
            "Please give the date of birth; an estimate will do if you mark it.",
        ));
    }
    let born = parse_day(text).ok_or_else(|| {
        Refusal::at(field, "not-a-date", "Please write the date as day/month/year, for example 09/06/2012.")
    })?;
    if born > today {
        return Err(Refusal::at(
            field,
            "birth-date-in-future",
            "The date of birth lies in the future. Please check the year.",
        ));
    }
    match age_on(born, today) {
        age if age < YOUNGEST => Err(Refusal::at(
            field,
            "too-young",
            format!(
                "This date makes the person {age} years old. The programme takes children from {YOUNGEST}; please check the year."
            ),
        )),
        age if age > OLDEST => Err(Refusal::at(
            field,
            "too-old",
            format!("This date makes the person {age} years old. Please check the year."),
        )),
        _ => Ok(born),
    }
}

/// Reads a parish code.
pub(crate) fn parish(field: &str, code: &str) -> Result<String, Refusal> {
    chosen(field, "Please choose the parish.", code, |code| parish_name(code).map(|_| code.to_owned()))
}

/// Reads a school id that may be left out.
pub(crate) fn school(field: &str, id: &str) -> Result<Option<SchoolId>, Refusal> {
    let id = id.trim();
    if id.is_empty() {
        return Ok(None);
    }
    id.parse().map(Some).map_err(|_| Refusal::at(field, "not-a-choice", "Please choose a school from the list."))
}

impl Profile {
    /// First and last name.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name.as_str(), self.last_name.as_str())
    }

    /// The initials for an avatar, without splitting a combined character.
    pub fn initials(&self) -> String {
        [&self.first_name, &self.last_name]
            .iter()
            .filter_map(|name| name.as_str().chars().find(|c| c.is_alphabetic()))
            .flat_map(char::to_uppercase)
            .collect()
    }

    /// Whole years on the given day.
    pub fn age(&self, day: NaiveDate) -> i32 {
        age_on(self.date_of_birth, day)
    }

    /// The value of a field in the form in which it is edited; empty where it is not known.
    pub fn get(&self, field: ProfileField) -> String {
        let name = |n: &Option<PersonName>| n.as_ref().map_or_else(String::new, |n| n.as_str().to_owned());
        let line = |l: &Option<Line>| l.as_ref().map_or_else(String::new, |l| l.as_str().to_owned());
        let phone = |p: &Option<Phone>| p.as_ref().map_or_else(String::new, Phone::shown);
        match field {
            ProfileField::FirstName => self.first_name.as_str().to_owned(),
            ProfileField::LastName => self.last_name.as_str().to_owned(),
            ProfileField::Nickname => name(&self.nickname),
            ProfileField::Sex => self.sex.code().to_owned(),
            ProfileField::DateOfBirth => iso_day(self.date_of_birth),
            ProfileField::Education => self.education.code().to_owned(),
            ProfileField::School => self.school.map_or_else(String::new, |id| id.to_string()),
            ProfileField::Grade => line(&self.grade),
            ProfileField::Srn => self.srn.as_ref().map_or_else(String::new, |s| s.as_str().to_owned()),
            ProfileField::Parish => self.parish.clone(),
            ProfileField::Community => self.community.as_str().to_owned(),
            ProfileField::Address => line(&self.address),
            ProfileField::Phone => phone(&self.phone),
            ProfileField::GuardianName => name(&self.guardian_name),
            ProfileField::GuardianRelation => self.guardian_relation.map_or_else(String::new, |r| r.code().to_owned()),
            ProfileField::GuardianPhone => phone(&self.guardian_phone),
            ProfileField::KinName => name(&self.kin_name),
            ProfileField::KinPhone => phone(&self.kin_phone),
        }
    }

    /// Sets one field, checked as the form checks it.
    pub fn set(&mut self, field: ProfileField, value: &str, today: NaiveDate) -> Result<(), Refusal> {
        let (code, label) = (field.code(), field.label());
        match field {
            ProfileField::FirstName => self.first_name = PersonName::parse(code, label, value)?,
            ProfileField::LastName => self.last_name = PersonName::parse(code, label, value)?,
            ProfileField::Nickname => self.nickname = PersonName::parse_optional(code, label, value)?,
            ProfileField::Sex => self.sex = chosen(code, "Please choose the gender.", value, Sex::from_code)?,
            ProfileField::DateOfBirth => self.date_of_birth = birth_date(code, value, today)?,
            ProfileField::Education => {
                self.education = chosen(code, "Please choose the educational level.", value, Education::from_code)?;
            }
            ProfileField::School => self.school = school(code, value)?,
            ProfileField::Grade => self.grade = Line::parse_optional(code, label, value)?,
            ProfileField::Srn => self.srn = Srn::parse_optional(code, value)?,
            ProfileField::Parish => self.parish = parish(code, value)?,
            ProfileField::Community => self.community = Line::parse(code, label, value)?,
            ProfileField::Address => self.address = Line::parse_optional(code, label, value)?,
            ProfileField::Phone => self.phone = Phone::parse_optional(code, value)?,
            ProfileField::GuardianName => self.guardian_name = PersonName::parse_optional(code, label, value)?,
            ProfileField::GuardianRelation => {
                self.guardian_relation = if value.is_empty() {
                    None
                } else {
                    Some(chosen(code, "Please choose the relation.", value, Relation::from_code)?)
                };
            }
            ProfileField::GuardianPhone => self.guardian_phone = Phone::parse_optional(code, value)?,
            ProfileField::KinName => self.kin_name = PersonName::parse_optional(code, label, value)?,
            ProfileField::KinPhone => self.kin_phone = Phone::parse_optional(code, value)?,
        }
        Ok(())
    }
}
