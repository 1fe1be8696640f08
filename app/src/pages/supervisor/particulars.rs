//! What is known of a person, as labels and values.

use crate::pages::words::shown;
use domain::client::{Profile, ProfileField, Signature};
use domain::clock::{Moment, jamaica_day};
use domain::site::Sites;
use leptos::prelude::*;

/// Labels and values; a line without a value is left out.
pub fn facts(lines: impl IntoIterator<Item = (&'static str, Option<String>)>) -> AnyView {
    let line = |(label, value): (&'static str, Option<String>)| {
        value.map(|value| view! { <div><dt>{label}</dt><dd>{value}</dd></div> })
    };
    view! { <dl class="facts">{lines.into_iter().map(line).collect_view()}</dl> }.into_any()
}

/// Fields of a profile. A telephone number can be tapped; what nobody knows is left out.
pub fn profile_facts(profile: &Profile, fields: &[ProfileField], sites: &Sites, now: Moment) -> AnyView {
    let line = |field: &ProfileField| {
        let stored = profile.get(*field);
        if stored.is_empty() {
            return None;
        }
        let value = match field {
            ProfileField::Phone | ProfileField::GuardianPhone | ProfileField::KinPhone => {
                let digits: String = stored.chars().filter(char::is_ascii_digit).collect();
                view! { <a class="num" href=format!("tel:{digits}")>{stored}</a> }.into_any()
            }
            ProfileField::DateOfBirth => {
                let estimated = if profile.birth_estimated { ", estimated" } else { "" };
                format!("{} ({} years{estimated})", shown(profile, *field, sites), profile.age(jamaica_day(now)))
                    .into_any()
            }
            ProfileField::Srn => profile.srn.as_ref().map(domain::text::Srn::shown).into_any(),
            _ => shown(profile, *field, sites).into_any(),
        };
        Some(view! { <div><dt>{field.label()}</dt><dd>{value}</dd></div> })
    };
    view! { <dl class="facts">{fields.iter().map(line).collect_view()}</dl> }.into_any()
}

/// Whether the paper form is signed, and by whom.
pub fn signatures(applicant: Signature, guardian: Option<Signature>) -> AnyView {
    facts([
        ("Young person", Some(applicant.label().to_owned())),
        ("Parent or guardian", guardian.map(|signature| signature.label().to_owned())),
    ])
}

/// The young person's own particulars.
pub const PERSON: &[ProfileField] = &[
    ProfileField::Nickname,
    ProfileField::Sex,
    ProfileField::DateOfBirth,
    ProfileField::Education,
    ProfileField::School,
    ProfileField::Grade,
    ProfileField::Srn,
    ProfileField::Parish,
    ProfileField::Community,
    ProfileField::Address,
    ProfileField::Phone,
];

/// Their family.
pub const FAMILY: &[ProfileField] = &[
    ProfileField::GuardianName,
    ProfileField::GuardianRelation,
    ProfileField::GuardianPhone,
    ProfileField::KinName,
    ProfileField::KinPhone,
];
