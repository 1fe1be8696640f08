//! The fields of an account, and the form that makes one.

use super::sheet::Sheet;
use crate::components::{ErrorNote, SelectField, TextField};
use crate::desk::UserForm;
use crate::pages::words::{options, schools};
use crate::server_fns::create_user;
use domain::access::Role;
use domain::error::{FieldErrors, Refusal};
use domain::site::Sites;
use leptos::prelude::*;

/// The rule for new passwords, as the server keeps it.
pub const PASSWORD_HINT: &str =
    "At least 12 characters. Three or four words that belong together only for this person are easy to remember.";

/// What is typed about an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// The account.
    pub form: UserForm,
    /// A new password.
    pub password: String,
    /// The same once more.
    pub again: String,
}

impl Typed {
    /// Whether both passwords are there and the same.
    pub fn check_password(&self) -> Result<(), FieldErrors> {
        let refusal = if self.password.is_empty() {
            Refusal::at("password", "missing", "Please give a password.")
        } else if self.password != self.again {
            Refusal::at("again", "not-the-same", "The two passwords are not the same. Please type them again.")
        } else {
            return Ok(());
        };
        Err(FieldErrors(vec![refusal]))
    }
}

/// The fields that are in view in the account form.
pub const FIELDS: &[&str] = &["username", "name", "role", "region", "school", "post", "password", "again"];

/// The account's fields; place as the role wants it.
#[component]
pub fn UserFields(
    /// The form.
    sheet: Sheet<Typed>,
    /// The places to choose from.
    sites: StoredValue<Sites>,
) -> impl IntoView {
    let username = sheet.bind("username", |typed| &typed.form.username, |typed| &mut typed.form.username);
    let name = sheet.bind("name", |typed| &typed.form.name, |typed| &mut typed.form.name);
    let role = sheet.bind("role", |typed| &typed.form.role, |typed| &mut typed.form.role);
    let region = sheet.bind("region", |typed| &typed.form.region, |typed| &mut typed.form.region);
    let school = sheet.bind("school", |typed| &typed.form.school, |typed| &mut typed.form.school);
    let post = sheet.bind("post", |typed| &typed.form.post, |typed| &mut typed.form.post);
    let roles = Signal::stored(options(Role::ALL.map(|role| (role.code(), role.label()))));
    let regions = Signal::derive(move || {
        sites.with_value(|sites| {
            sites.regions.iter().map(|region| (region.id.to_string(), region.name.clone())).collect::<Vec<_>>()
        })
    });
    let all_schools = Signal::derive(move || sites.with_value(schools));
    let chosen = Memo::new(move |_| role.value.with(|code| Role::from_code(code)));
    view! {
        <TextField label="Username" bind=username hint="For signing in: small letters, digits, dots or dashes, for example m.brown."/>
        <TextField label="Name" bind=name hint="As colleagues know the person."/>
        <SelectField label="Role" bind=role options=roles/>
        <Show when=move || chosen.get().is_some_and(Role::needs_region)><SelectField label="Region" bind=region options=regions/></Show>
        <Show when=move || chosen.get().is_some_and(Role::needs_school)><SelectField label="School" bind=school options=all_schools/></Show>
        <TextField label="Post" bind=post optional=true hint="For example: Dean of discipline."/>
    }
}

/// A new password, twice.
#[component]
pub fn PasswordFields(
    /// The form.
    sheet: Sheet<Typed>,
) -> impl IntoView {
    let password = sheet.bind("password", |typed| &typed.password, |typed| &mut typed.password);
    let again = sheet.bind("again", |typed| &typed.again, |typed| &mut typed.again);
    view! {
        <TextField label="Password" bind=password kind="password" autocomplete="new-password" hint=PASSWORD_HINT/>
        <TextField label="Password again" bind=again kind="password" autocomplete="new-password"/>
    }
}

/// Makes an account.
#[component]
pub fn NewUser(
    /// The places to choose from.
    sites: StoredValue<Sites>,
    /// Runs when the account is made, with what to say.
    done: Callback<String>,
) -> impl IntoView {
    let sheet = Sheet::begin(Typed::default());
    let whole = sheet.whole_error(FIELDS);
    let save = move || {
        let typed = sheet.data.get_untracked();
        if let Err(wrong) = typed.check_password() {
            return sheet.refuse(wrong);
        }
        let said = format!("The account of {} is made.", typed.form.name.trim());
        sheet.send(create_user(typed.form, typed.password), Callback::new(move |()| done.run(said.clone())));
    };
    view! {
        <form autocomplete="off" class="stack" novalidate on:submit=move |event| { event.prevent_default(); save(); }>
            <UserFields sheet sites/>
            <PasswordFields sheet/>
            {move || whole.get().map(|message| view! { <ErrorNote message/> })}
            <div class="actions"><button type="submit" class="button" disabled=sheet.busy>"Save"</button></div>
        </form>
    }
}
