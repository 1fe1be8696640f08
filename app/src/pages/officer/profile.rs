//! Changing what is known about a client: only the fields that were changed travel.

use crate::components::{ChoiceGroup, DateField, Empty, SelectField, TextField};
use crate::pages::form::{DraftMark, Form, FormProblem};
use crate::pages::frame::Page;
use crate::pages::words::{options, parishes, schools};
use crate::state::use_device;
use domain::client::{Education, FieldEdit, Profile, ProfileField, Relation, Sex};
use domain::ids::ClientId;
use domain::sync::op::{Body, Subject};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_navigate, use_params_map};
use std::collections::BTreeMap;

/// The fields as they were seen and as they are typed.
type Values = BTreeMap<ProfileField, (String, String)>;

/// Changing a client's profile.
#[component]
pub fn EditProfile() -> impl IntoView {
    let device = use_device();
    let params = use_params_map();
    let profile = Memo::new(move |_| {
        let id = params.with(|params| params.get("id").and_then(|id| id.parse::<ClientId>().ok()))?;
        // Untracked: a download while the person types must not fill the form anew.
        device.picture.with_untracked(|picture| picture.heads.get(&id).map(|head| (id, head.client.profile.clone())))
    });
    move || {
        match profile.get() {
        Some((id, profile)) => view! { <Edit id profile/> }.into_any(),
        None => view! { <Page title="Change" back="/clients"><Empty title="This file is not among yours" hint="It may have moved to a colleague."/></Page> }.into_any(),
    }
    }
}

#[component]
fn Edit(id: ClientId, profile: Profile) -> impl IntoView {
    let device = use_device();
    let navigate = use_navigate();
    let seen: Values =
        ProfileField::ALL.into_iter().map(|field| (field, (profile.get(field), profile.get(field)))).collect();
    let form = Form::begin(format!("profile:{id}"), seen);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let navigate = navigate.clone();
        let edits: Vec<FieldEdit> = form.data.with_untracked(|values| {
            values
                .iter()
                .filter(|(_, (from, to))| from.trim() != to.trim())
                .map(|(field, (from, to))| FieldEdit { field: *field, from: from.clone(), to: to.trim().to_owned() })
                .collect()
        });
        spawn_local(async move {
            let unchanged = edits.is_empty();
            let back = format!("/clients/{id}");
            if unchanged || form.save(device, Subject::Client(id), Body::EditProfile { edits }, None).await {
                navigate(&back, leptos_router::NavigateOptions::default());
            }
        });
    };
    let fields = ProfileField::ALL.into_iter().map(|field| view! { <OneField form field/> }).collect_view();
    view! {
        <Page title=profile.full_name() in_history="Client" back=format!("/clients/{id}")>
            <form autocomplete="off" class="stack" on:submit=save novalidate>
                {fields}
                <FormProblem problem=form.problem whole=form.whole_error(CODES)/>
                <div class="save-bar">
                    <button type="submit" class="big" disabled=move || form.busy.get()>"Save"</button>
                    <DraftMark keeper=form.keeper/>
                </div>
            </form>
        </Page>
    }
}

/// Every field shows its own error.
const CODES: &[&str] = &[
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
    "guardian_name",
    "guardian_relation",
    "guardian_phone",
    "kin_name",
    "kin_phone",
];

#[component]
fn OneField(form: Form<Values>, field: ProfileField) -> impl IntoView {
    let device = use_device();
    let bind = crate::components::Bind {
        name: field.code(),
        value: Signal::derive(move || {
            form.data.with(|values| values.get(&field).map(|(_, to)| to.clone()).unwrap_or_default())
        }),
        set: Callback::new(move |value: String| {
            form.change(|values| {
                if let Some((_, to)) = values.get_mut(&field) {
                    *to = value;
                }
            });
            form.errors.update(|errors| errors.0.retain(|refusal| refusal.field.as_deref() != Some(field.code())));
        }),
        error: form.error(field.code()),
    };
    let label = field.label();
    match field {
        ProfileField::Sex => {
            view! { <ChoiceGroup label bind options=Sex::ALL.iter().map(|s| (s.code(), s.label())).collect()/> }
                .into_any()
        }
        ProfileField::DateOfBirth => view! { <DateField label bind/> }.into_any(),
        ProfileField::Education => {
            select(label, bind, options(Education::ALL.iter().map(|e| (e.code(), e.label()))), false)
        }
        ProfileField::GuardianRelation => {
            select(label, bind, options(Relation::ALL.iter().map(|r| (r.code(), r.label()))), true)
        }
        ProfileField::Parish => select(label, bind, parishes(), false),
        ProfileField::School => {
            select(label, bind, device.picture.with_untracked(|picture| schools(&picture.model.sites)), true)
        }
        ProfileField::FirstName | ProfileField::LastName | ProfileField::Community => {
            view! { <TextField label bind/> }.into_any()
        }
        ProfileField::Phone | ProfileField::GuardianPhone | ProfileField::KinPhone => {
            view! { <TextField label bind optional=true kind="tel" inputmode="tel"/> }.into_any()
        }
        ProfileField::Srn => {
            view! { <TextField label bind optional=true hint="Nine digits" inputmode="numeric"/> }.into_any()
        }
        ProfileField::Nickname
        | ProfileField::Grade
        | ProfileField::Address
        | ProfileField::GuardianName
        | ProfileField::KinName => view! { <TextField label bind optional=true/> }.into_any(),
    }
}

fn select(
    label: &'static str,
    bind: crate::components::Bind,
    options: Vec<(String, String)>,
    optional: bool,
) -> AnyView {
    view! { <SelectField label bind options=Signal::stored(options) optional=optional/> }.into_any()
}
