//! Forms that are filled in well; tests spoil them where they want to.

use domain::sync::wire_v1::{ContactForm, ReferralForm};

/// A referral that is good, of a student with this name.
pub fn referral(reference: &str, first_name: &str, last_name: &str) -> ReferralForm {
    ReferralForm {
        reference: reference.into(),
        source: "school".into(),
        referrer_name: "Marcia Bennett".into(),
        referrer_role: "Guidance counsellor".into(),
        referrer_organisation: "Western High".into(),
        first_name: first_name.into(),
        last_name: last_name.into(),
        sex: "male".into(),
        date_of_birth: "2011-06-09".into(),
        education: "lower-secondary".into(),
        grade: "Grade 9".into(),
        parish: "st-james".into(),
        community: "Flanker".into(),
        reason: "Fights after school since September.".into(),
        tried: vec!["counselling".into()],
        guardian_name: "Sonia Barrett".into(),
        guardian_relation: "mother".into(),
        guardian_phone: "876-555-0123".into(),
        kin_is_guardian: true,
        applicant_signature: "on-paper".into(),
        guardian_signature: "on-paper".into(),
        attested: true,
        ..ReferralForm::default()
    }
}

/// A home visit of a while ago.
pub fn contact(narrative: &str) -> ContactForm {
    ContactForm {
        kind: "home-visit".into(),
        day: "2026-01-15".into(),
        time: "14:30".into(),
        reached: "met".into(),
        present: vec!["client".into()],
        narrative: narrative.into(),
        ..ContactForm::default()
    }
}
