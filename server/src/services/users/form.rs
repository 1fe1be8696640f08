//! Reading an account's form.

use app::desk::UserForm;
use domain::{
    access::Role,
    error::{FieldErrors, Refusal},
    text::{Line, PersonName},
};

use crate::db::user::UserValues;

/// The shortest username.
const SHORTEST: usize = 3;
/// The longest username.
const LONGEST: usize = 40;

/// Reads the form; every field that is wrong is named. What the role does not need is left out.
pub fn parse(form: &UserForm) -> Result<UserValues, FieldErrors> {
    let mut wrong = FieldErrors::default();
    let username = wrong.take(username(&form.username));
    let name = wrong.take(PersonName::parse("name", "Name", &form.name));
    let role = wrong.take(role(&form.role));
    let post = wrong.take(Line::parse_optional("post", "Post", &form.post));
    let region = match role {
        Some(role) if role.needs_region() => wrong.take(place("region", "Please choose the region.", &form.region)),
        _ => None,
    };
    let school = match role {
        Some(role) if role.needs_school() => wrong.take(place("school", "Please choose the school.", &form.school)),
        _ => None,
    };
    match (username, name, role, post) {
        (Some(username), Some(name), Some(role), Some(post)) if wrong.is_empty() => Ok(UserValues {
            username,
            name: name.as_str().to_owned(),
            role,
            post: post.map_or_else(String::new, |post| post.as_str().to_owned()),
            region,
            school,
        }),
        _ => Err(wrong),
    }
}

fn username(text: &str) -> Result<String, Refusal> {
    let name = text.trim().to_lowercase();
    if name.is_empty() {
        return Err(Refusal::at("username", "missing", "Please give a username."));
    }
    let fits = (SHORTEST..=LONGEST).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_'))
        && name.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    if !fits {
        let sentence = format!(
            "A username has {SHORTEST} to {LONGEST} letters, digits, dots or dashes, and begins with a letter, for example m.brown."
        );
        return Err(Refusal::at("username", "not-a-username", sentence));
    }
    Ok(name)
}

fn role(code: &str) -> Result<Role, Refusal> {
    Role::from_code(code.trim()).ok_or_else(|| Refusal::at("role", "missing", "Please choose the role."))
}

fn place<T: std::str::FromStr>(field: &str, ask: &str, id: &str) -> Result<T, Refusal> {
    id.trim().parse().map_err(|_| Refusal::at(field, "missing", ask))
}

#[cfg(test)]
mod tests {
    use app::desk::UserForm;
    use uuid::Uuid;

    use super::parse;

    fn form(role: &str) -> UserForm {
        UserForm {
            username: " M.Brown ".into(),
            name: "Marcia Brown".into(),
            role: role.into(),
            region: Uuid::from_u128(1).to_string(),
            school: Uuid::from_u128(2).to_string(),
            post: String::new(),
        }
    }

    #[test]
    fn each_role_gets_the_place_that_it_needs_and_no_other() {
        for (role, region, school) in [
            ("counsellor", false, true),
            ("officer", true, false),
            ("supervisor", true, false),
            ("administrator", false, false),
        ] {
            let values = parse(&form(role)).unwrap();
            assert_eq!((values.region.is_some(), values.school.is_some()), (region, school), "{role}");
            assert_eq!(values.username, "m.brown");
        }
    }

    #[test]
    fn all_that_is_wrong_is_named_at_once() {
        let wrong =
            parse(&UserForm { role: "officer".into(), username: "9 lives".into(), ..UserForm::default() }).unwrap_err();
        for field in ["username", "name", "region"] {
            assert!(wrong.at(field).is_some(), "{field}");
        }
        assert_eq!(wrong.at("school"), None);
        assert!(parse(&UserForm { role: "king".into(), ..form("") }).unwrap_err().at("role").is_some());
    }
}
