//! The counsellor's home: refer a student, forms begun, and what became of the referrals sent.

use crate::components::{Empty, Icon, RowLink};
use crate::pages::frame::Page;
use crate::pages::words::about;
use crate::platform::clock;
use crate::state::drafts::{self, Draft};
use crate::state::use_device;
use domain::clock::{jamaica_day, show_ago, show_day, show_moment};
use domain::referral::{Referral, ReferralState};
use domain::sync::wire_v1::ReferralForm;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

/// Forms begun lie under keys that begin so.
pub const DRAFTS: &str = "referral:";

/// The counsellor's home.
#[component]
pub fn Home() -> impl IntoView {
    let device = use_device();
    let sent = move || {
        device.picture.with(|picture| {
            let mut sent: Vec<Referral> = picture.model.referrals.values().cloned().collect();
            sent.sort_by_key(|referral| (state_rank(&referral.state), std::cmp::Reverse(referral.sent_at)));
            sent
        })
    };
    let rows = move || {
        let now = clock::now();
        let sent = sent();
        if sent.is_empty() {
            return view! {
                <Empty title="No referral sent yet" hint="When you have referred a student, you can follow here what becomes of it."/>
            }
            .into_any();
        }
        let rows = sent
            .into_iter()
            .map(|referral| {
                let profile = &referral.particulars.profile;
                let about = device.picture.with_untracked(|picture| about(profile, &picture.model.sites, now));
                let meta = format!("{} · {about} · sent {}", referral.reference, show_ago(referral.sent_at, now));
                let urgency = matches!(referral.state, ReferralState::InformationAsked).then_some("now");
                view! {
                    <RowLink
                        href=format!("/referrals/{}", referral.id) name=profile.full_name() initials=profile.initials() meta=meta
                        due=referral.state.label().to_owned() urgency=urgency
                    />
                }
            })
            .collect_view();
        view! { <ul class="card">{rows}</ul> }.into_any()
    };
    view! {
        <Page title="Home">
            <p class="soft">{move || show_day(jamaica_day(clock::now()))}</p>
            <A href="/refer" attr:class="button big"><Icon name="pen"/>"Refer a student"</A>
            <Begun/>
            <h2>"My referrals"</h2>
            {rows}
        </Page>
    }
}

/// What waits for the counsellor comes first.
const fn state_rank(state: &ReferralState) -> u8 {
    match state {
        ReferralState::InformationAsked => 0,
        ReferralState::Received => 1,
        ReferralState::Accepted { .. }
        | ReferralState::NotEligible { .. }
        | ReferralState::ReferredElsewhere { .. } => 2,
    }
}

/// Forms begun and not sent: to be finished, or thrown away.
#[component]
fn Begun() -> impl IntoView {
    let drafts = RwSignal::new(Vec::<(String, Draft<ReferralForm>)>::new());
    let read = move || {
        spawn_local(async move {
            if let Ok(begun) = drafts::begun(DRAFTS).await {
                drafts.try_set(begun);
            }
        });
    };
    Effect::new(move |_| read());
    let throw_away = move |key: String| {
        if crate::platform::page::confirm("Throw this unsent form away? It cannot be brought back.") {
            spawn_local(async move {
                let _ = drafts::discard(&key).await;
                read();
            });
        }
    };
    let rows = move || {
        drafts
            .get()
            .into_iter()
            .map(|(key, draft)| {
                let name = format!("{} {}", draft.form.first_name.trim(), draft.form.last_name.trim());
                let name = if name.trim().is_empty() { "Student without a name yet".to_owned() } else { name };
                let id = key.strip_prefix(DRAFTS).unwrap_or_default().to_owned();
                let label = format!("Throw away the form of {name}");
                view! {
                    <li class="row-pair">
                        <A href=format!("/refer/{id}") attr:class="row plain">
                            <span class="row-text">
                                <span class="name">{name}</span>
                                <span class="meta">"Not sent · " {show_moment(draft.touched_at, clock::now())}</span>
                            </span>
                            <span class="due now">"Go on"</span>
                        </A>
                        <button type="button" class="icon-button" aria-label=label on:click=move |_| throw_away(key.clone())><Icon name="close"/></button>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <Show when=move || !drafts.with(Vec::is_empty)>
            <h2>"Begun, not sent"</h2>
            <ul class="card">{rows}</ul>
        </Show>
    }
}
