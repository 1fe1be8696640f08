//! *Refer a student*: five short steps that keep what is typed, for a counsellor who is interrupted
//! every four minutes; the same form takes down the intake of a walk-in [M47].

mod check;
mod steps;

use crate::components::Steps;
use crate::pages::counsellor::home::DRAFTS;
use crate::pages::form::{DraftMark, Form};
use crate::pages::frame::Page;
use crate::platform::{clock, page};
use crate::state::{Device, use_device};
use check::Check;
use domain::access::{Actor, Role};
use domain::error::FieldErrors;
use domain::ids::OpId;
use domain::referral::{Particulars, STEPS};
use domain::sync::op::Body;
use domain::sync::wire_v1::ReferralForm;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::{use_params_map, use_query_map};

/// The names of the steps; the last is for checking and sending.
const NAMES: [&str; 5] = ["Student", "Why", "What was tried", "Parent or guardian", "Check and send"];
const LAST: usize = NAMES.len() - 1;

/// *Refer a student*.
#[component]
pub fn Refer() -> impl IntoView {
    let params = use_params_map();
    // Another draft is another form: it is built anew, not filled over.
    let draft = Memo::new(move |_| params.with(|params| params.get("draft")));
    let query = use_query_map();
    let mends = Memo::new(move |_| query.with(|query| query.get("mends").and_then(|op| op.parse::<OpId>().ok())));
    move || {
        if let Some(op) = mends.get() {
            view! { <Wizard draft=format!("mend:{op}") mends=Some(op)/> }
        } else {
            let id = draft.get().unwrap_or_else(|| clock::new_id().to_string());
            view! { <Wizard draft=format!("{DRAFTS}{id}") mends=None/> }
        }
    }
}

/// A refused referral as it was written.
fn refused(device: Device, op: OpId) -> Option<ReferralForm> {
    device.queue.with_untracked(|queue| {
        queue.iter().find(|queued| queued.op.id == op).and_then(|queued| match &queued.op.body {
            Body::SendReferral { form } => Some(form.as_ref().clone()),
            _ => None,
        })
    })
}

/// What is known before the first question: who refers, from which school.
fn beginning(me: Option<&Actor>, sites: &domain::site::Sites) -> ReferralForm {
    let mut form = ReferralForm { kin_is_guardian: true, ..ReferralForm::default() };
    if let Some(me) = me.filter(|me| me.role == Role::Counsellor) {
        "school".clone_into(&mut form.source);
        form.referrer_name.clone_from(&me.name);
        form.referrer_role.clone_from(&me.post);
        if let Some(school) = me.school {
            form.school = school.to_string();
            sites.school_name(school).clone_into(&mut form.referrer_organisation);
            form.parish = sites.schools.iter().find(|s| s.id == school).map(|s| s.parish.clone()).unwrap_or_default();
        }
    }
    form
}

#[component]
fn Wizard(draft: String, mends: Option<OpId>) -> impl IntoView {
    let device = use_device();
    let me = device.me();
    let is_counsellor = me.as_ref().is_some_and(|me| me.role == Role::Counsellor);
    let start = mends
        .and_then(|op| refused(device, op))
        .unwrap_or_else(|| device.picture.with_untracked(|picture| beginning(me.as_ref(), &picture.model.sites)));
    let form = Form::begin(draft, start);
    let step = RwSignal::new(0usize);
    let go = Callback::new(move |to: usize| {
        step.set(to.min(LAST));
        page::focus("main");
    });
    // On the way forward only the fields of this step are judged.
    let forward = move || {
        let errors = form.data.with_untracked(|data| Particulars::parse(data, clock::now())).err().unwrap_or_default();
        let fields = STEPS.get(step.get_untracked()).map_or(&[] as &[&str], |(_, fields)| fields);
        let here: Vec<_> =
            errors.0.into_iter().filter(|r| r.field.as_deref().is_some_and(|field| fields.contains(&field))).collect();
        if here.is_empty() {
            form.errors.set(FieldErrors::default());
            go.run(step.get_untracked() + 1);
        } else {
            form.refuse(FieldErrors(here));
        }
    };
    let title = if is_counsellor { "Refer a student" } else { "Intake" };
    view! {
        <Page title=title back="/">
            <Steps names=NAMES.to_vec() current=step go/>
            <form autocomplete="off" class="stack" on:submit=move |event| { event.prevent_default(); forward(); } novalidate>
                {move || match step.get() {
                    0 => view! { <steps::Student form/> }.into_any(),
                    1 => view! { <steps::Why form is_counsellor/> }.into_any(),
                    2 => view! { <steps::WhatWasTried form/> }.into_any(),
                    3 => view! { <steps::Family form/> }.into_any(),
                    _ => view! { <Check form go mends/> }.into_any(),
                }}
                <div class="save-bar">
                    <Show when=move || { step.get() > 0 }>
                        <button type="button" class="button quiet" on:click=move |_| go.run(step.get_untracked().saturating_sub(1))>"Back a step"</button>
                    </Show>
                    <Show when=move || { step.get() < LAST }>
                        <button type="submit">"Next"</button>
                    </Show>
                    <DraftMark keeper=form.keeper/>
                </div>
            </form>
            <p class="small"><A href="/concern">"Report a concern"</A>" about a child in danger: it does not wait for this referral."</p>
        </Page>
    }
}
