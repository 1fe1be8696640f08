//! What became of a referral: its steps, questions to answer, and what was sent.

use crate::components::{Empty, TextArea};
use crate::pages::form::{DraftMark, Form, FormProblem};
use crate::pages::frame::Page;
use crate::pages::words::shown;
use crate::platform::clock;
use crate::state::use_device;
use domain::client::ProfileField;
use domain::clock::show_moment;
use domain::ids::ReferralId;
use domain::referral::{Referral, ReferralState};
use domain::sync::op::{Body, Subject};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_params_map;

/// What became of a referral.
#[component]
pub fn ReferralStatus() -> impl IntoView {
    let device = use_device();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<ReferralId>().ok())));
    let referral = Memo::new(move |_| {
        let id = id.get()?;
        device.picture.with(|picture| picture.referral(id).cloned())
    });
    let title = Signal::derive(move || {
        referral.with(|r| r.as_ref().map_or_else(|| "Referral".to_owned(), |r| r.particulars.profile.full_name()))
    });
    view! {
        <Page title=title in_history="Referral" back="/">
            {move || match referral.get() {
                Some(referral) => view! { <Status referral/> }.into_any(),
                None => view! { <Empty title="This referral is not on this phone" hint="It may be another person's, or not have arrived yet."/> }.into_any(),
            }}
        </Page>
    }
}

#[component]
fn Status(referral: Referral) -> impl IntoView {
    let device = use_device();
    let id = referral.id;
    let asked = matches!(referral.state, ReferralState::InformationAsked);
    let sent_state = device.queue.with(|queue| {
        queue
            .iter()
            .find(|q| q.op.subject == Subject::Referral(id))
            .map_or("Received", |q| if q.state.is_unsent() { "Saved on this phone" } else { "Received" })
    });
    let profile = referral.particulars.profile.clone();
    let facts = device.picture.with_untracked(|picture| {
        ProfileField::ALL
            .into_iter()
            .map(|field| (field.label(), shown(&profile, field, &picture.model.sites)))
            .filter(|(_, value)| value != "—")
            .collect::<Vec<_>>()
    });
    view! {
        <p class="meta">{referral.reference.to_string()} " · sent " {show_moment(referral.sent_at, clock::now())} " · " {sent_state}</p>
        <StatusSteps state=referral.state.clone()/>
        <Exchanges referral=referral.clone()/>
        {asked.then(|| view! { <Answer id/> })}
        <h2>"What you sent"</h2>
        <div class="card pad">
            <h3>"Reason for referral"</h3>
            <p class="prose">{referral.particulars.reason.as_str().to_owned()}</p>
            <dl class="facts">
                {facts.into_iter().map(|(label, value)| view! { <div><dt>{label}</dt><dd>{value}</dd></div> }).collect_view()}
            </dl>
        </div>
    }
}

/// Received → Assigned, or another end; never more than the status.
#[component]
fn StatusSteps(state: ReferralState) -> impl IntoView {
    let word = state.label();
    let detail = match &state {
        ReferralState::Received => "The supervisor has it and will decide.".to_owned(),
        ReferralState::InformationAsked => "The supervisor asks you something. Please answer below.".to_owned(),
        ReferralState::Accepted { .. } => "A case officer has been assigned and will be in touch.".to_owned(),
        ReferralState::NotEligible { reason, .. } => reason.as_str().to_owned(),
        ReferralState::ReferredElsewhere { to, reason, .. } => reason
            .as_ref()
            .map_or_else(|| to.as_str().to_owned(), |reason| format!("{}: {}", to.as_str(), reason.as_str())),
    };
    let class = if matches!(state, ReferralState::InformationAsked) { "card pad gold" } else { "card pad" };
    let decided = !state.is_open();
    view! {
        <div class=class>
            <ol class="progress" aria-label="Status">
                <li class="done">"Received"</li>
                <li class:done=decided aria-current="step">{if decided || matches!(state, ReferralState::InformationAsked) { word } else { "Waiting for a decision" }}</li>
            </ol>
            <p>{detail}</p>
        </div>
    }
}

#[component]
fn Exchanges(referral: Referral) -> impl IntoView {
    let rows = referral
        .exchanges
        .into_iter()
        .map(|exchange| {
            view! {
                <li>
                    <p class="meta">"Asked " {show_moment(exchange.asked_at, clock::now())}</p>
                    <p class="prose">{exchange.question.as_str().to_owned()}</p>
                    {exchange.answer.map(|answer| view! { <p class="meta">"Your answer"</p><p class="prose">{answer.as_str().to_owned()}</p> })}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="exchanges">{rows}</ul> }
}

#[component]
fn Answer(id: ReferralId) -> impl IntoView {
    let device = use_device();
    let form = Form::begin(format!("answer:{id}"), String::new());
    let bind = form.bind("answer", |text| text, |text| text);
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            let body = Body::AnswerInformation { answer: form.data.get_untracked() };
            form.save(device, Subject::Referral(id), body, None).await;
        });
    };
    view! {
        <form autocomplete="off" class="card pad stack" on:submit=send novalidate>
            <TextArea label="Your answer" bind rows=4/>
            <FormProblem problem=form.problem whole=form.whole_error(&["answer"])/>
            <div class="actions"><button type="submit">"Send answer"</button><DraftMark keeper=form.keeper/></div>
        </form>
    }
}
