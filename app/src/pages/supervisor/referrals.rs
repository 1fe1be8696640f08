//! *Referrals*: what waits for a decision, the oldest first, with the one that is open beside it.

use super::referral::Detail;
use crate::components::{Empty, RowLink, Working};
use crate::pages::frame::Page;
use crate::pages::words::about;
use crate::platform::clock;
use crate::state::{Picture, use_device};
use domain::clock::{Moment, jamaica_day, show_age_in_days, show_day};
use domain::ids::ReferralId;
use domain::referral::{Referral, ReferralState};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// From more than this many days on, a referral that waits is marked in gold.
const SOON: i64 = 2;
/// From more than this many days on, it is late.
const LATE: i64 = 5;
/// So many rows are drawn at a time.
const STEP: usize = 100;

/// The triage list and the open referral.
#[component]
pub fn Referrals() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let opened = Memo::new(move |_| params.with(|params| params.get_str("id").map(str::parse::<ReferralId>)));
    let decided = Memo::new(move |_| query.with(|query| query.get_str("show") == Some("decided")));
    let to_list = move || if decided.get() { "/?show=decided" } else { "/" };
    let is_open = move || opened.with(Option::is_some);
    view! {
        <Page title="Referrals" wide=true>
            <div class="panes" class:open=is_open>
                <section class="pane list-pane" aria-label="Referrals">
                    <List decided opened=Signal::derive(move || opened.get().and_then(Result::ok))/>
                </section>
                <section class="pane detail-pane" aria-label="The open referral">
                    <Show when=is_open><a class="button quiet back-to-list" href=to_list>"Back to the list"</a></Show>
                    {move || match opened.get() {
                        Some(Ok(id)) => view! { <Detail id/> }.into_any(),
                        Some(Err(_)) => view! { <Empty title="There is no such referral" hint="The address may have been typed wrong. Choose one from the list."/> }.into_any(),
                        None => view! { <Empty title="No referral is open" hint="Choose one from the list to read it and decide."/> }.into_any(),
                    }}
                </section>
            </div>
        </Page>
    }
}

#[derive(Clone, PartialEq)]
struct Row {
    id: ReferralId,
    name: String,
    meta: String,
    due: String,
    urgency: Option<&'static str>,
}

#[component]
fn List(decided: Memo<bool>, opened: Signal<Option<ReferralId>>) -> impl IntoView {
    let device = use_device();
    let all = Memo::new(move |_| {
        let decided = decided.get();
        device.picture.with(|picture| rows(picture, decided, clock::now()))
    });
    let waiting = Memo::new(move |_| {
        device
            .picture
            .with(|picture| picture.model.referrals.values().filter(|referral| referral.state.is_open()).count())
    });
    let never_synced = Memo::new(move |_| device.sync.with(|sync| sync.complete_at.is_none()));
    let limit = RwSignal::new(STEP);
    let current = move |is: bool| (decided.get() == is).then_some("page");
    view! {
        <nav class="tabs" aria-label="Which referrals">
            <a href="/" aria-current=move || current(false)>{move || format!("Open ({})", waiting.get())}</a>
            <a href="/?show=decided" aria-current=move || current(true)>"Decided"</a>
        </nav>
        {move || {
            let rows = all.get();
            if rows.is_empty() {
                return if never_synced.get() {
                    view! { <Working/> }.into_any()
                } else if decided.get() {
                    view! { <Empty title="Nothing has been decided yet" hint="Referrals that you accept, decline or refer elsewhere are kept here."/> }.into_any()
                } else {
                    view! { <Empty title="No referral waits" hint="New ones from your region's schools and officers appear here by themselves."/> }.into_any()
                };
            }
            let query = if decided.get() { "?show=decided" } else { "" };
            let (total, shown) = (rows.len(), limit.get());
            view! {
                <ul class="card rows">
                    {rows
                        .into_iter()
                        .take(shown)
                        .map(|Row { id, name, meta, due, urgency }| {
                            let current = Signal::derive(move || opened.get() == Some(id));
                            view! { <RowLink href=format!("/referrals/{id}{query}") name meta due urgency current/> }
                        })
                        .collect_view()}
                </ul>
                {(total > shown)
                    .then(|| view! { <button type="button" class="button quiet" on:click=move |_| limit.update(|limit| *limit += STEP)>"Show more"</button> })}
            }
            .into_any()
        }}
    }
}

fn rows(picture: &Picture, decided: bool, now: Moment) -> Vec<Row> {
    let mut referrals: Vec<&Referral> =
        picture.model.referrals.values().filter(|referral| referral.state.is_open() != decided).collect();
    if decided {
        referrals.sort_by_key(|referral| std::cmp::Reverse(decided_at(referral)));
    } else {
        referrals.sort_by_key(|referral| (referral.sent_at, referral.id));
    }
    referrals.into_iter().map(|referral| row(referral, picture, now)).collect()
}

fn row(referral: &Referral, picture: &Picture, now: Moment) -> Row {
    let profile = &referral.particulars.profile;
    let mut meta = about(profile, &picture.model.sites, now);
    if matches!(referral.state, ReferralState::InformationAsked) {
        meta.push_str(" · waits for an answer");
    }
    let (due, urgency) = if referral.state.is_open() {
        (
            show_age_in_days(referral.sent_at, now),
            urgency((jamaica_day(now) - jamaica_day(referral.sent_at)).num_days()),
        )
    } else {
        (format!("{} {}", referral.state.label(), show_day(jamaica_day(decided_at(referral)))), None)
    };
    Row { id: referral.id, name: profile.full_name(), meta, due, urgency }
}

/// How urgent a referral is that has waited so many days.
pub(super) const fn urgency(days: i64) -> Option<&'static str> {
    match days {
        days if days > LATE => Some("late"),
        days if days > SOON => Some("now"),
        _ => None,
    }
}

/// When it was decided; while it is open, when it was sent.
const fn decided_at(referral: &Referral) -> Moment {
    match &referral.state {
        ReferralState::Accepted { at, .. }
        | ReferralState::NotEligible { at, .. }
        | ReferralState::ReferredElsewhere { at, .. } => *at,
        ReferralState::Received | ReferralState::InformationAsked => referral.sent_at,
    }
}
