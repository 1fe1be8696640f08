//! Words that several screens share.

use domain::client::{Education, Relation, Sex};
use domain::client::{Profile, ProfileField};
use domain::clock::{Moment, jamaica_day, parse_day, show_day};
use domain::site::{PARISHES, Sites};
use domain::sync::op::Body;

/// One line about a young person: `14 · Form 3 · Sample High`.
pub fn about(profile: &Profile, sites: &Sites, now: Moment) -> String {
    let mut parts = vec![profile.age(jamaica_day(now)).to_string()];
    if let Some(grade) = &profile.grade {
        parts.push(grade.as_str().to_owned());
    }
    match profile.school {
        Some(school) => parts.push(sites.school_name(school).to_owned()),
        None => parts.push(profile.community.as_str().to_owned()),
    }
    parts.join(" · ")
}

/// The value of a profile field as people read it; a dash where it is not known.
pub fn shown(profile: &Profile, field: ProfileField, sites: &Sites) -> String {
    show_value(field, &profile.get(field), sites)
}

/// A stored value of a profile field as people read it.
pub fn show_value(field: ProfileField, value: &str, sites: &Sites) -> String {
    if value.is_empty() {
        return "—".to_owned();
    }
    let label = |found: Option<&str>| found.unwrap_or(value).to_owned();
    match field {
        ProfileField::Sex => label(Sex::from_code(value).map(Sex::label)),
        ProfileField::Education => label(Education::from_code(value).map(Education::label)),
        ProfileField::GuardianRelation => label(Relation::from_code(value).map(Relation::label)),
        ProfileField::Parish => label(domain::site::parish_name(value)),
        ProfileField::DateOfBirth => parse_day(value).map_or_else(|| value.to_owned(), show_day),
        ProfileField::School => value.parse().map_or_else(|_| value.to_owned(), |id| sites.school_name(id).to_owned()),
        _ => value.to_owned(),
    }
}

/// Codes and words of a closed list, for a select field.
pub fn options(list: impl IntoIterator<Item = (&'static str, &'static str)>) -> Vec<(String, String)> {
    list.into_iter().map(|(code, words)| (code.to_owned(), words.to_owned())).collect()
}

/// The parishes, for a select field.
pub fn parishes() -> Vec<(String, String)> {
    options(PARISHES)
}

/// The schools, for a select field.
pub fn schools(sites: &Sites) -> Vec<(String, String)> {
    sites.schools.iter().map(|school| (school.id.to_string(), school.name.clone())).collect()
}

/// `1 referral`, `2 referrals`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// What was done, in words.
pub const fn describe(body: &Body) -> &'static str {
    match body {
        Body::SendReferral { .. } => "Referral",
        Body::AskInformation { .. } => "Question",
        Body::AnswerInformation { .. } => "Answer",
        Body::Accept { .. } => "Accepted and assigned",
        Body::DeclareNotEligible { .. } => "Not eligible",
        Body::ReferElsewhere { .. } => "Referred elsewhere",
        Body::Transfer { .. } => "Transfer",
        Body::RecordContact { .. } => "Contact note",
        Body::AmendContact { .. } => "Correction of a note",
        Body::FinishNextAction { .. } => "Next action done",
        Body::Attach { .. } => "Photo or signature",
        Body::EditProfile { .. } => "Change of the profile",
        Body::SettleConflict { .. } => "Choice between two answers",
    }
}

/// The text that a person wrote, so that it can always be read and copied.
pub fn text_of(body: &Body) -> Option<String> {
    match body {
        Body::RecordContact { form, .. } => Some(form.narrative.clone()),
        Body::Attach { form } => Some(form.title.clone()),
        Body::AmendContact { narrative, .. } => Some(narrative.clone()),
        Body::AskInformation { question } => Some(question.clone()),
        Body::AnswerInformation { answer } => Some(answer.clone()),
        Body::SendReferral { form } => Some(form.reason.clone()),
        Body::EditProfile { edits } => {
            Some(edits.iter().map(|edit| format!("{}: {}", edit.field.label(), edit.to)).collect::<Vec<_>>().join("\n"))
        }
        _ => None,
    }
}
