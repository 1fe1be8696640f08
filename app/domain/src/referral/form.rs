//! What the referral and intake form asks, and what makes an answer good.

use crate::choice::{choices, chosen, chosen_several};
use crate::client::{Education, Profile, Relation, Sex, Signature, birth_date, parish, school};
use crate::clock::{Moment, jamaica_day};
use crate::error::{FieldErrors, Refusal};
use crate::sync::wire_v1::ReferralForm;
use crate::text::{Line, Narrative, PersonName, Phone, Srn};
use serde::{Deserialize, Serialize};

choices! {
    /// Where the referral comes from [M47, S2]. Walk-in and self-referral is the largest intake.
    Source {
        School = "school" "School",
        Dcs = "dcs" "Department of Correctional Services",
        Pmi = "pmi" "Peace Management Initiative",
        Mda = "mda" "Ministry, department or agency",
        Cbo = "cbo" "Community-based organisation",
        WalkIn = "walk-in" "Walk-in or self-referral",
        Other = "other" "Other",
    }
}

choices! {
    /// What the school has tried before [J22, DoD].
    Tried {
        Counselling = "counselling" "Counselling",
        BehaviourContract = "behaviour-contract" "Behavioural contract",
        ParentMeeting = "parent-meeting" "Meeting with the parent",
        Suspension = "suspension" "Suspension",
        Nothing = "nothing" "Nothing yet",
    }
}

/// Who is under this age needs a parent or guardian [M47].
const ADULT: i32 = 18;

/// What the form says, valid by construction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Particulars {
    /// The young person.
    pub profile: Profile,
    /// Where the referral comes from.
    pub source: Source,
    /// Who refers; none for a walk-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referrer_name: Option<PersonName>,
    /// The referrer's post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referrer_role: Option<Line>,
    /// The referrer's organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referrer_organisation: Option<Line>,
    /// Why, in the referrer's words.
    pub reason: Narrative,
    /// What was tried before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<Tried>,
    /// More about what was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried_note: Option<Narrative>,
    /// The young person's signature [M47].
    pub applicant_signature: Signature,
    /// The parent's or guardian's signature, where the person is a minor [M47].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardian_signature: Option<Signature>,
}

/// The steps of the form on a screen, each with the fields that belong to it. What is left, `attested`,
/// is asked at the end, under the summary.
pub const STEPS: [(&str, &[&str]); 4] = [
    (
        "Student",
        &[
            "first_name",
            "last_name",
            "nickname",
            "sex",
            "date_of_birth",
            "education",
            "school",
            "grade",
            "srn",
            "parish",
            "community",
            "address",
            "phone",
        ],
    ),
    ("Why", &["source", "referrer_name", "referrer_role", "referrer_organisation", "reason"]),
    ("What was tried", &["tried", "tried_note"]),
    (
        "Parent or guardian",
        &[
            "guardian_name",
            "guardian_relation",
            "guardian_phone",
            "kin_name",
            "kin_phone",
            "applicant_signature",
            "guardian_signature",
        ],
    ),
];

impl Particulars {
    /// Reads the form as of the moment `now`; every field that is wrong is named.
    #[expect(clippy::too_many_lines, reason = "one statement for each field of the form, in the form's order")]
    pub fn parse(form: &ReferralForm, now: Moment) -> Result<Self, FieldErrors> {
        let today = jamaica_day(now);
        let mut wrong = FieldErrors::default();
        let source = wrong.take(chosen(
            "source",
            "Please choose where the referral comes from.",
            &form.source,
            Source::from_code,
        ));
        let referrer = referrer(form, source, &mut wrong);
        let first_name = wrong.take(PersonName::parse("first_name", "First name", &form.first_name));
        let last_name = wrong.take(PersonName::parse("last_name", "Last name", &form.last_name));
        let nickname = wrong.take(PersonName::parse_optional("nickname", "Nickname", &form.nickname)).flatten();
        let sex = wrong.take(chosen("sex", "Please choose the gender.", &form.sex, Sex::from_code));
        let date_of_birth = wrong.take(birth_date("date_of_birth", &form.date_of_birth, today));
        let education = wrong.take(chosen(
            "education",
            "Please choose the educational level.",
            &form.education,
            Education::from_code,
        ));
        let school = wrong.take(school("school", &form.school)).flatten();
        let grade = wrong.take(Line::parse_optional("grade", "Grade or form", &form.grade)).flatten();
        let srn = wrong.take(Srn::parse_optional("srn", &form.srn)).flatten();
        let parish = wrong.take(parish("parish", &form.parish));
        let community = wrong.take(Line::parse("community", "Community", &form.community));
        let address = wrong.take(Line::parse_optional("address", "How to find the home", &form.address)).flatten();
        let phone = wrong.take(Phone::parse_optional("phone", &form.phone)).flatten();
        let reason = wrong.take(Narrative::parse(
            "reason",
            "Reason for referral",
            "Please say why you refer this young person.",
            &form.reason,
        ));
        let tried = chosen_several("tried", &form.tried, Tried::from_code, &mut wrong);
        let tried_note =
            wrong.take(Narrative::parse_optional("tried_note", "What was tried", &form.tried_note)).flatten();

        let minor = date_of_birth.is_some_and(|born| crate::clock::age_on(born, today) < ADULT);
        let family = family(form, minor, &mut wrong);
        let applicant_signature = wrong.take(signature("applicant_signature", &form.applicant_signature));
        let guardian_signature =
            if minor { wrong.take(signature("guardian_signature", &form.guardian_signature)) } else { None };
        if !form.attested {
            wrong.push(Refusal::at(
                "attested",
                "not-attested",
                "Please confirm that what you wrote is true as far as you know.",
            ));
        }

        let (
            Some(source),
            Some(first_name),
            Some(last_name),
            Some(sex),
            Some(date_of_birth),
            Some(education),
            Some(parish),
            Some(community),
            Some(reason),
            Some(applicant_signature),
            true,
        ) = (
            source,
            first_name,
            last_name,
            sex,
            date_of_birth,
            education,
            parish,
            community,
            reason,
            applicant_signature,
            wrong.is_empty(),
        )
        else {
            return Err(wrong);
        };
        let (referrer_name, referrer_role, referrer_organisation) = referrer;
        let Family { guardian_name, guardian_relation, guardian_phone, kin_name, kin_phone } = family;
        let profile = Profile {
            first_name,
            last_name,
            nickname,
            sex,
            date_of_birth,
            birth_estimated: form.birth_estimated,
            education,
            school,
            grade,
            srn,
            parish,
            community,
            address,
            phone,
            guardian_name,
            guardian_relation,
            guardian_phone,
            kin_name,
            kin_phone,
        };
        Ok(Self {
            profile,
            source,
            referrer_name,
            referrer_role,
            referrer_organisation,
            reason,
            tried,
            tried_note,
            applicant_signature,
            guardian_signature,
        })
    }
}

type Referrer = (Option<PersonName>, Option<Line>, Option<Line>);

/// Who referred: person, role and organisation, except for a walk-in, who refers themselves.
fn referrer(form: &ReferralForm, source: Option<Source>, wrong: &mut FieldErrors) -> Referrer {
    let name = wrong
        .take(PersonName::parse_optional("referrer_name", "Name of the person who refers", &form.referrer_name))
        .flatten();
    let role = wrong
        .take(Line::parse_optional("referrer_role", "Post of the person who refers", &form.referrer_role))
        .flatten();
    let organisation = wrong
        .take(Line::parse_optional("referrer_organisation", "Organisation", &form.referrer_organisation))
        .flatten();
    if source.is_some_and(|source| source != Source::WalkIn) {
        if name.is_none() && wrong.at("referrer_name").is_none() {
            wrong.push(Refusal::at("referrer_name", "missing", "Please give the name of the person who refers."));
        }
        if organisation.is_none() && wrong.at("referrer_organisation").is_none() {
            wrong.push(Refusal::at("referrer_organisation", "missing", "Please give the organisation that refers."));
        }
    }
    (name, role, organisation)
}

#[derive(Default)]
struct Family {
    guardian_name: Option<PersonName>,
    guardian_relation: Option<Relation>,
    guardian_phone: Option<Phone>,
    kin_name: Option<PersonName>,
    kin_phone: Option<Phone>,
}

/// A minor has a parent or guardian; everybody has a next of kin, who may be the same person [M47].
fn family(form: &ReferralForm, minor: bool, wrong: &mut FieldErrors) -> Family {
    let guardian_name =
        wrong.take(PersonName::parse_optional("guardian_name", "Parent or guardian", &form.guardian_name)).flatten();
    if minor && guardian_name.is_none() && wrong.at("guardian_name").is_none() {
        wrong.push(Refusal::at(
            "guardian_name",
            "guardian-missing",
            "The student is under 18: please name a parent or guardian.",
        ));
    }
    // A name that cannot be read is still a name: its own refusal is enough.
    let named = !form.guardian_name.trim().is_empty();
    let guardian_relation = if named {
        wrong.take(chosen(
            "guardian_relation",
            "Please choose how this person is related.",
            &form.guardian_relation,
            Relation::from_code,
        ))
    } else {
        None
    };
    let guardian_phone = wrong.take(Phone::parse_optional("guardian_phone", &form.guardian_phone)).flatten();
    let mut family = Family { guardian_name, guardian_relation, guardian_phone, ..Family::default() };
    if !(form.kin_is_guardian && (named || minor)) {
        family.kin_name = wrong.take(PersonName::parse_optional("kin_name", "Next of kin", &form.kin_name)).flatten();
        family.kin_phone = wrong.take(Phone::parse_optional("kin_phone", &form.kin_phone)).flatten();
        if family.kin_name.is_none() && wrong.at("kin_name").is_none() {
            wrong.push(Refusal::at("kin_name", "missing", "Please name the next of kin."));
        }
    }
    family
}

fn signature(field: &str, code: &str) -> Result<Signature, Refusal> {
    chosen(field, "Please say whether the paper form is signed.", code, Signature::from_code)
}
