//! The last step: everything at a glance, who may be known already, and *Send referral*.

use super::NAMES;
use crate::components::CheckField;
use crate::desk::KnownQuestion;
use crate::pages::form::{Form, FormProblem};
use crate::pages::words::shown;
use crate::platform::clock;
use crate::server_fns::may_be_known;
use crate::state::{Device, use_device};
use domain::client::ProfileField;
use domain::ids::{OpId, ReferralId};
use domain::matching::{Likeable, WORTH_A_LOOK, likeness};
use domain::referral::{Particulars, STEPS};
use domain::sync::op::{Body, Subject};
use domain::sync::wire_v1::ReferralForm;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;

/// The last step.
#[component]
pub fn Check(
    form: Form<ReferralForm>,
    /// Leads back to a step.
    go: Callback<usize>,
    /// The refused referral that this one mends.
    mends: Option<OpId>,
) -> impl IntoView {
    let device = use_device();
    let navigate = use_navigate();
    let parsed = Memo::new(move |_| form.data.with(|data| Particulars::parse(data, clock::now())));
    let attested = Signal::derive(move || form.data.with(|data| data.attested));
    let send = move |_| {
        if form.is_saving() {
            return;
        }
        let errors = parsed.with_untracked(|parsed| parsed.as_ref().err().cloned());
        if let Some(errors) = errors {
            form.refuse(errors);
            return;
        }
        let navigate = navigate.clone();
        spawn_local(async move {
            if send_referral(device, form, mends).await {
                navigate("/", leptos_router::NavigateOptions::default());
            }
        });
    };
    let missing = move || {
        let errors = parsed.with(|parsed| parsed.as_ref().err().cloned()).unwrap_or_default();
        errors
            .0
            .into_iter()
            .filter(|refusal| refusal.code != "not-attested")
            .map(|refusal| {
                let at = STEPS.iter().position(|(_, fields)| refusal.field.as_deref().is_some_and(|field| fields.contains(&field))).unwrap_or(0);
                view! {
                    <li>
                        <button type="button" class="link" on:click=move |_| { go.run(at); form.refuse_one(refusal.clone()); }>
                            {NAMES[at]} ": " {refusal.message.clone()}
                        </button>
                    </li>
                }
            })
            .collect_view()
    };
    let incomplete = Memo::new(move |_| {
        parsed.with(|parsed| {
            parsed.as_ref().err().is_some_and(|errors| errors.0.iter().any(|r| r.code != "not-attested"))
        })
    });
    view! {
        <Show when=move || incomplete.get()>
            <div class="card pad gold"><p class="name">"Still to be filled in"</p><ul class="links">{missing}</ul></div>
        </Show>
        <Summary form/>
        <PossibleDuplicate form/>
        <CheckField
            label="I confirm that what I wrote is true as far as I know" name="attested" checked=attested error=form.error("attested")
            set=Callback::new(move |on| { form.change(|data| data.attested = on); form.errors.update(|errors| errors.0.retain(|r| r.code != "not-attested")); })
        />
        <FormProblem problem=form.problem whole=form.whole_error(&["attested"])/>
        <button type="button" class="button big" disabled=move || form.busy.get() on:click=send>"Send referral"</button>
        <p class="small soft">{move || if device.sync.with(|s| s.failures > 0) { "There is no network just now: the referral is saved on this phone and sent as soon as there is one." } else { "Saved on this phone at once, sent when there is a network." }}</p>
    }
}

/// Gives the referral its number and saves it.
async fn send_referral(device: Device, form: Form<ReferralForm>, mends: Option<OpId>) -> bool {
    let mut filled = form.data.get_untracked();
    match device.next_reference().await {
        Ok(reference) => filled.reference = reference.to_string(),
        Err(error) => {
            form.problem.try_set(Some(error.to_string()));
            return false;
        }
    }
    let subject = Subject::Referral(ReferralId(clock::new_id()));
    form.save(device, subject, Body::SendReferral { form: Box::new(filled) }, mends).await
}

/// What was filled in, to be read over once.
#[component]
fn Summary(form: Form<ReferralForm>) -> impl IntoView {
    let device = use_device();
    move || {
        let data = form.data.get();
        let Ok(particulars) = Particulars::parse(&ReferralForm { attested: true, ..data }, clock::now()) else {
            return ().into_any();
        };
        let facts = device.picture.with_untracked(|picture| {
            ProfileField::ALL
                .into_iter()
                .map(|field| (field.label(), shown(&particulars.profile, field, &picture.model.sites)))
                .filter(|(_, value)| value != "—")
                .collect::<Vec<_>>()
        });
        let mut tried: Vec<&str> = particulars.tried.iter().map(|tried| tried.label()).collect();
        tried.extend(particulars.tried_note.as_ref().map(domain::text::Narrative::as_str));
        let tried = tried.join("; ");
        view! {
            <div class="card pad">
                <dl class="facts">
                    {facts.into_iter().map(|(label, value)| view! { <div><dt>{label}</dt><dd>{value}</dd></div> }).collect_view()}
                    <div><dt>"Reason for referral"</dt><dd class="prose">{particulars.reason.as_str().to_owned()}</dd></div>
                    {(!tried.is_empty()).then(|| view! { <div><dt>"What was tried"</dt><dd class="prose">{tried}</dd></div> })}
                    <div><dt>"Student's signature"</dt><dd>{particulars.applicant_signature.label()}</dd></div>
                    {particulars.guardian_signature.map(|signature| view! { <div><dt>"Parent or guardian's signature"</dt><dd>{signature.label()}</dd></div> })}
                </dl>
            </div>
        }
        .into_any()
    }
}

/// Says that the student may be known already, without saying to whom. The person may send all the same.
#[component]
fn PossibleDuplicate(form: Form<ReferralForm>) -> impl IntoView {
    let device = use_device();
    let known_here = Memo::new(move |_| {
        let parsed = form
            .data
            .with(|data| Particulars::parse(&ReferralForm { attested: true, ..data.clone() }, clock::now()))
            .ok()?;
        let this = Likeable::from(&parsed.profile);
        device.picture.with(|picture| {
            picture
                .model
                .referrals
                .values()
                .find(|r| likeness(&this, &Likeable::from(&r.particulars.profile)) >= WORTH_A_LOOK)
                .map(|r| r.reference.to_string())
        })
    });
    let known_elsewhere = RwSignal::new(false);
    Effect::new(move |_| {
        let question = form.data.with_untracked(|data| KnownQuestion {
            first_name: data.first_name.clone(),
            last_name: data.last_name.clone(),
            nickname: data.nickname.clone(),
            date_of_birth: data.date_of_birth.clone(),
            srn: data.srn.clone(),
        });
        spawn_local(async move {
            // Only a help: without a network the supervisor is told of the likeness when the referral arrives.
            if let Ok(known) = may_be_known(question).await {
                known_elsewhere.try_set(known);
            }
        });
    });
    move || {
        match (known_here.get(), known_elsewhere.get()) {
        (Some(reference), _) => view! {
            <p class="card pad gold" role="status">{format!("You have already referred someone very much like this: {reference}. If it is another person, send it all the same.")}</p>
        }
        .into_any(),
        (None, true) => view! {
            <p class="card pad gold" role="status">"This student may be known to the programme already. Send it all the same: the supervisor will look at both."</p>
        }
        .into_any(),
        (None, false) => ().into_any(),
    }
    }
}
