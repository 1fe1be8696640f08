//! One referral, as the supervisor reads it before deciding.

use super::act::{Act, ActButton};
use super::outcome::Outcome;
use super::particulars::{FAMILY, PERSON, facts, profile_facts, signatures};
use super::referrals::urgency;
use crate::components::Empty;
use crate::platform::clock;
use crate::state::{Picture, use_device};
use domain::clock::{Moment, jamaica_day, show_age_in_days, show_moment};
use domain::ids::{OpId, ReferralId};
use domain::referral::{Exchange, PossibleDuplicate, Referral, ReferralState, Source};
use domain::sync::op::Subject;
use domain::text::{Line, PersonName};
use leptos::prelude::*;

/// From this likeness on, "very likely" is the honest word.
const VERY_LIKELY: u8 = 95;

/// The referral, what can be done about it, and what became of that.
#[component]
pub fn Detail(
    /// Which.
    id: ReferralId,
) -> impl IntoView {
    let device = use_device();
    let referral = Memo::new(move |_| device.picture.with(|picture| picture.referral(id).cloned()));
    let is_open = Memo::new(move |_| {
        referral.with(|referral| referral.as_ref().is_some_and(|referral| referral.state.is_open()))
    });
    let subject = Subject::Referral(id);
    let last = RwSignal::new(None::<OpId>);
    // What was decided and not received yet: the file that follows from it is not there either.
    let under_way = Memo::new(move |_| {
        device.queue.with(|queue| queue.iter().any(|queued| queued.op.subject == subject && queued.state.is_unsent()))
    });
    view! {
        <Outcome subject last/>
        {move || referral.with(|referral| match referral {
            None => view! { <Empty title="This referral is not here" hint="It may belong to another region, or has not reached this device yet."/> }.into_any(),
            Some(referral) => {
                let under_way = under_way.get();
                head(referral, under_way, clock::now()).into_any()
            }
        })}
        <div class="actions triage">
            {Act::TRIAGE.map(|act| view! { <ActButton act subject last shown=is_open/> }).collect_view()}
        </div>
        {move || referral.with(|referral| {
            referral.as_ref().map(|referral| device.picture.with_untracked(|picture| body(referral, picture, clock::now())))
        })}
    }
}

/// What the decision hangs on.
fn head(referral: &Referral, under_way: bool, now: Moment) -> impl IntoView + use<> {
    let days = (jamaica_day(now) - jamaica_day(referral.sent_at)).num_days();
    let waits = referral.state.is_open().then(|| {
        let class = format!("due {}", urgency(days).unwrap_or_default());
        let words = match show_age_in_days(referral.sent_at, now) {
            age if age.ends_with("days") => format!("Has waited {age}"),
            age => format!("Sent {age}"),
        };
        view! { <span class=class>{words}</span> }
    });
    let form = &referral.particulars;
    let tried: Vec<&str> = form.tried.iter().map(|tried| tried.label()).collect();
    let class = match referral.state {
        ReferralState::Received => "chip",
        ReferralState::InformationAsked => "chip wait",
        _ => "chip plain",
    };
    view! {
        <header class="detail-head">
            <h2>{referral.particulars.profile.full_name()}</h2>
            <p class="meta"><span class=class>{referral.state.label()}</span> {waits}</p>
        </header>
        {decision(&referral.state, under_way, now)}
        {duplicates(referral)}
        {exchanges(&referral.exchanges, now)}
        <section class="card pad"><h3>"Reason for referral"</h3><p class="prose">{form.reason.as_str().to_owned()}</p></section>
        <section class="card pad">
            <h3>"What was tried"</h3>
            <p>{if tried.is_empty() { "Nothing was ticked.".to_owned() } else { tried.join(", ") }}</p>
            {form.tried_note.as_ref().map(|note| view! { <p class="prose">{note.as_str().to_owned()}</p> })}
        </section>
    }
}

/// What was decided, and where that led.
fn decision(state: &ReferralState, under_way: bool, now: Moment) -> Option<AnyView> {
    let at = |at: &Moment| show_moment(*at, now);
    match state {
        ReferralState::Received | ReferralState::InformationAsked => None,
        ReferralState::Accepted { client, at: when } => {
            let file = client.filter(|_| !under_way).map(|client| view! { <a class="button quiet" href=format!("/cases/{client}")>"Open the client's file"</a> });
            Some(view! { <div class="card pad stack"><p>"Accepted and assigned: " {at(when)}</p>{file}</div> }.into_any())
        }
        ReferralState::NotEligible { reason, at: when } => Some(
            view! { <div class="card pad stack"><p>"Not eligible: " {at(when)}</p><p class="prose">{reason.as_str().to_owned()}</p></div> }.into_any(),
        ),
        ReferralState::ReferredElsewhere { to, reason, at: when } => Some(
            view! {
                <div class="card pad stack">
                    <p>"Referred to " <strong>{to.as_str().to_owned()}</strong> ": " {at(when)}</p>
                    {reason.as_ref().map(|reason| view! { <p class="prose">{reason.as_str().to_owned()}</p> })}
                </div>
            }
            .into_any(),
        ),
    }
}

fn duplicates(referral: &Referral) -> Option<AnyView> {
    let found = &referral.possible_duplicates;
    let advice = referral
        .state
        .is_open()
        .then_some("Compare the two before you accept: find that number among the referrals or under Cases.");
    if found.is_empty() {
        return None;
    }
    let words = |duplicate: &PossibleDuplicate| {
        let sure = if duplicate.likeness >= VERY_LIKELY { "Very likely" } else { "Likely" };
        view! { <li>{sure} " the same person as " <strong class="num">{duplicate.reference.to_string()}</strong></li> }
    };
    Some(
        view! {
            <div class="banner gold stack">
                <h3>"May be known already"</h3>
                <ul>{found.iter().map(words).collect_view()}</ul>
                {advice.map(|advice| view! { <p class="small">{advice}</p> })}
            </div>
        }
        .into_any(),
    )
}

/// Who sent it, and about whom.
fn body(referral: &Referral, picture: &Picture, now: Moment) -> impl IntoView + use<> {
    let (form, sites) = (&referral.particulars, &picture.model.sites);
    let who = if referral.school.is_some() { "The student" } else { "The applicant" };
    let sender = {
        let mut parts: Vec<&str> = Vec::new();
        parts.extend(form.referrer_name.as_ref().map(PersonName::as_str));
        parts.extend(form.referrer_role.as_ref().map(Line::as_str));
        parts.extend(form.referrer_organisation.as_ref().map(Line::as_str));
        if form.source == Source::WalkIn || parts.is_empty() {
            parts.push(form.source.label());
        }
        parts.join(", ")
    };
    let school = referral.school.map(|school| sites.school_name(school).to_owned());
    let from = facts([
        ("Reference number", Some(referral.reference.to_string())),
        ("Sent by", Some(sender)),
        ("From the school", school),
        ("Source", referral.school.is_none().then(|| form.source.label().to_owned())),
        ("Sent", Some(show_moment(referral.sent_at, now))),
    ]);
    view! {
        <section class="card pad"><h3>"The referral"</h3>{from}</section>
        <section class="card pad"><h3>{who}</h3>{profile_facts(&form.profile, PERSON, sites, now)}</section>
        <section class="card pad"><h3>"Parent or guardian, next of kin"</h3>{profile_facts(&form.profile, FAMILY, sites, now)}</section>
        <section class="card pad"><h3>"Signatures"</h3>{signatures(form.applicant_signature, form.guardian_signature)}</section>
    }
}

fn exchanges(exchanges: &[Exchange], now: Moment) -> Option<AnyView> {
    if exchanges.is_empty() {
        return None;
    }
    let line = |exchange: &Exchange| {
        let answer = match (&exchange.answer, exchange.answered_at) {
            (Some(answer), at) => {
                let when = at.map(|at| show_moment(at, now));
                view! { <p class="meta">"Answered " {when}</p><p class="prose">{answer.as_str().to_owned()}</p> }
                    .into_any()
            }
            (None, _) => view! { <p class="due now">"No answer yet"</p> }.into_any(),
        };
        view! {
            <li class:gold=exchange.answer.is_none()>
                <p class="meta">"You asked " {show_moment(exchange.asked_at, now)}</p>
                <p class="prose">{exchange.question.as_str().to_owned()}</p>
                {answer}
            </li>
        }
    };
    Some(view! { <section class="card pad"><h3>"Questions and answers"</h3><ul class="time">{exchanges.iter().map(line).collect_view()}</ul></section> }.into_any())
}
