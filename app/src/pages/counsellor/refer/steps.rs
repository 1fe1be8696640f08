//! The questions of the referral and intake form, step by step.

use crate::components::{CheckField, CheckGroup, ChoiceGroup, DateField, SelectField, TextArea, TextField};
use crate::pages::form::Form;
use crate::pages::words::{options, parishes, schools};
use crate::platform::clock;
use crate::state::use_device;
use domain::client::{Education, Relation, Sex, Signature};
use domain::clock::{age_on, jamaica_day, parse_day};
use domain::referral::{Source, Tried};
use domain::sync::wire_v1::ReferralForm;
use leptos::prelude::*;

/// A text field of the referral form, by its wire name.
macro_rules! field {
    ($form:ident, $name:ident) => {
        $form.bind(stringify!($name), |form: &ReferralForm| &form.$name, |form: &mut ReferralForm| &mut form.$name)
    };
}

/// Who the young person is.
#[component]
pub fn Student(form: Form<ReferralForm>) -> impl IntoView {
    let device = use_device();
    let schools = Signal::derive(move || device.picture.with(|picture| schools(&picture.model.sites)));
    let communities = move || {
        device.picture.with(|picture| {
            picture
                .model
                .sites
                .communities
                .iter()
                .map(|c| view! { <option value=c.name.clone()></option> })
                .collect_view()
        })
    };
    let educations = Signal::stored(options(Education::ALL.iter().map(|e| (e.code(), e.label()))));
    let estimated = Signal::derive(move || form.data.with(|data| data.birth_estimated));
    view! {
        <TextField label="First name" bind=field!(form, first_name)/>
        <TextField label="Last name" bind=field!(form, last_name)/>
        <TextField label="Nickname" bind=field!(form, nickname) optional=true hint="The name friends and the yard use"/>
        <ChoiceGroup label="Gender" bind=field!(form, sex) options=Sex::ALL.iter().map(|s| (s.code(), s.label())).collect()/>
        <DateField label="Date of birth" bind=field!(form, date_of_birth)/>
        <CheckField
            label="This date is an estimate" name="birth_estimated" checked=estimated
            set=Callback::new(move |on| form.change(|data| data.birth_estimated = on))
        />
        <SelectField label="Educational level" bind=field!(form, education) options=educations/>
        <SelectField label="School" bind=field!(form, school) options=schools optional=true/>
        <TextField label="Grade or form" bind=field!(form, grade) optional=true/>
        <TextField label="Student registration number" bind=field!(form, srn) optional=true hint="Nine digits" inputmode="numeric"/>
        <SelectField label="Parish" bind=field!(form, parish) options=Signal::stored(parishes())/>
        <TextField label="Community" bind=field!(form, community) list="communities"/>
        <datalist id="communities">{communities}</datalist>
        <TextField label="How to find the home" bind=field!(form, address) optional=true hint="Street, lane, a landmark"/>
        <TextField label="Own telephone" bind=field!(form, phone) optional=true kind="tel" inputmode="tel"/>
    }
}

/// Why, and who refers.
#[component]
pub fn Why(
    form: Form<ReferralForm>,
    /// Counsellors refer from their own school: they are not asked who they are.
    is_counsellor: bool,
) -> impl IntoView {
    let sources = Signal::stored(options(Source::ALL.iter().map(|s| (s.code(), s.label()))));
    let walk_in = move || form.data.with(|data| data.source == Source::WalkIn.code());
    view! {
        <TextArea label="Reason for referral" bind=field!(form, reason) rows=7 hint="What you have seen, since when, and what worries you"/>
        {(!is_counsellor).then(|| view! {
            <SelectField label="Where the referral comes from" bind=field!(form, source) options=sources/>
            <Show when=move || !walk_in()>
                <TextField label="Name of the person who refers" bind=field!(form, referrer_name)/>
                <TextField label="Post of the person who refers" bind=field!(form, referrer_role) optional=true/>
                <TextField label="Organisation" bind=field!(form, referrer_organisation)/>
            </Show>
        })}
    }
}

/// What has been tried before.
#[component]
pub fn WhatWasTried(form: Form<ReferralForm>) -> impl IntoView {
    let chosen = Signal::derive(move || form.data.with(|data| data.tried.clone()));
    view! {
        <CheckGroup
            label="What was tried" name="tried" chosen options=Tried::ALL.iter().map(|t| (t.code(), t.label())).collect()
            set=Callback::new(move |codes| form.change(|data| data.tried = codes))
        />
        <TextArea label="More about it" bind=field!(form, tried_note) optional=true rows=4/>
    }
}

/// Parent or guardian, next of kin, signatures on the paper form.
#[component]
pub fn Family(form: Form<ReferralForm>) -> impl IntoView {
    let relations = Signal::stored(options(Relation::ALL.iter().map(|r| (r.code(), r.label()))));
    let minor = Memo::new(move |_| {
        form.data
            .with(|data| parse_day(&data.date_of_birth).is_none_or(|born| age_on(born, jamaica_day(clock::now())) < 18))
    });
    let same = Signal::derive(move || form.data.with(|data| data.kin_is_guardian));
    let signatures = || Signature::ALL.iter().map(|s| (s.code(), s.label())).collect::<Vec<_>>();
    view! {
        <TextField label="Parent or guardian" bind=field!(form, guardian_name)/>
        <SelectField label="Relation to the student" bind=field!(form, guardian_relation) options=relations/>
        <TextField label="Parent or guardian's telephone" bind=field!(form, guardian_phone) optional=true kind="tel" inputmode="tel"/>
        <CheckField
            label="This person is also the next of kin" name="kin_is_guardian" checked=same
            set=Callback::new(move |on| form.change(|data| data.kin_is_guardian = on))
        />
        <Show when=move || !same.get()>
            <TextField label="Next of kin" bind=field!(form, kin_name)/>
            <TextField label="Next of kin's telephone" bind=field!(form, kin_phone) optional=true kind="tel" inputmode="tel"/>
        </Show>
        <ChoiceGroup label="Student's signature" bind=field!(form, applicant_signature) options=signatures()/>
        <Show when=move || minor.get()>
            <ChoiceGroup label="Parent or guardian's signature" bind=field!(form, guardian_signature) options=signatures()/>
        </Show>
    }
}
