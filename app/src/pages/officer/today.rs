//! *Today*: what was promised, who was not seen for long, what two people see differently; most urgent first.

use super::record;
use crate::components::{Empty, RowLink};
use crate::pages::frame::Page;
use crate::pages::words::about;
use crate::platform::clock;
use crate::state::{Picture, attachments, drafts, use_device};
use domain::client::{FileHead, Promise, Urgency};
use domain::clock::{Moment, jamaica_day, show_day, show_long_day, show_moment};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use serde::de::IgnoredAny;

/// After this many days without contact a client is named here. SAMPLE, until the ministry sets its own.
const LONG_DAYS: i64 = 30;

/// So many promises that are not due yet are shown at once.
const SOON: usize = 8;

/// *Today*.
#[component]
pub fn Today() -> impl IntoView {
    let device = use_device();
    let content = move || {
        let now = clock::now();
        device.picture.with(|picture| {
            let promises = promises(picture, now);
            let unsettled = unsettled(picture);
            let unseen = unseen(picture, now);
            if picture.heads.is_empty() {
                return view! {
                    <Empty title="No clients yet" hint="When a supervisor assigns a case to you, it appears here by itself."/>
                }
                .into_any();
            }
            if promises.is_empty() && unsettled.is_empty() && unseen.is_empty() {
                return view! {
                    <Empty title="Nothing is waiting" hint="No promise is open and every client was seen this month.">
                        <A href="/clients" attr:class="button quiet">"See all clients"</A>
                    </Empty>
                }
                .into_any();
            }
            let (due, later): (Vec<_>, Vec<_>) = promises.into_iter().partition(|(_, _, urgency)| *urgency <= Urgency::Today);
            view! {
                {group("Promised", &due, picture, now)}
                {list("Needs you", unsettled, |head| row(head, format!("{} to settle", head.client.conflicts.len()), "now", picture, now, ""))}
                {list("Not seen for long", unseen, |head| {
                    row(head, format!("{} days", head.days_without_contact(now)), "late", picture, now, "")
                })}
                {group("Coming up", &later[..later.len().min(SOON)], picture, now)}
                {(later.len() > SOON).then(|| view! {
                    <details>
                        <summary>{format!("Show {} more", later.len() - SOON)}</summary>
                        {group("Later", &later[SOON..], picture, now)}
                    </details>
                })}
            }
            .into_any()
        })
    };
    view! {
        <Page title="Today">
            <p class="soft">{move || show_long_day(jamaica_day(clock::now()))}</p>
            <Begun/>
            {content}
        </Page>
    }
}

/// A form begun: where its draft lies, what it is, at which address it goes on.
type Begin = (&'static str, &'static str, fn(&str) -> String);

const FORMS: [Begin; 2] = [
    (record::DRAFTS, "Contact note", |client| format!("/record/{client}")),
    (attachments::DRAFTS, "Photo or signature", |client| format!("/clients/{client}/attach")),
];

/// Contact notes, photos and signatures begun and not saved.
#[component]
fn Begun() -> impl IntoView {
    let device = use_device();
    let begun = RwSignal::new(Vec::<(&Begin, String, Moment)>::new());
    Effect::new(move |_| {
        spawn_local(async move {
            let mut all = Vec::new();
            for form in &FORMS {
                if let Ok(drafts) = drafts::begun::<IgnoredAny>(form.0).await {
                    let of_client = |key: &str| Some(key.strip_prefix(form.0)?.to_owned());
                    let drafts = drafts.into_iter();
                    all.extend(drafts.filter_map(|(key, draft)| Some((form, of_client(&key)?, draft.touched_at))));
                }
            }
            all.sort_by_key(|(_, _, touched_at)| std::cmp::Reverse(*touched_at));
            begun.try_set(all);
        });
    });
    let rows = move || {
        begun
            .get()
            .into_iter()
            .map(|((_, what, address), id, touched_at)| {
                let name = device.picture.with_untracked(|picture| {
                    let head = id.parse().ok().and_then(|id| picture.heads.get(&id));
                    head.map_or_else(
                        || "A client who is no longer yours".to_owned(),
                        |head| head.client.profile.full_name(),
                    )
                });
                let meta = format!("{what}, not saved · {}", show_moment(touched_at, clock::now()));
                view! { <RowLink href=address(&id) name=name meta=meta due="Go on".to_owned() urgency=Some("now")/> }
            })
            .collect_view()
    };
    view! {
        <Show when=move || !begun.with(Vec::is_empty)>
            <h2>"Begun, not saved"</h2>
            <ul class="card">{rows}</ul>
        </Show>
    }
}

type Due<'a> = (&'a FileHead, &'a Promise, Urgency);

/// Open promises of active cases, most urgent first.
fn promises(picture: &Picture, now: Moment) -> Vec<Due<'_>> {
    let today = jamaica_day(now);
    let mut promises: Vec<Due<'_>> = picture
        .heads
        .values()
        .filter(|head| head.client.case.status.is_active())
        .flat_map(|head| head.promises.iter().map(move |promise| (head, promise, promise.urgency(today))))
        .collect();
    // What has no day comes after what has one.
    promises.sort_by_key(|(_, promise, urgency)| (*urgency, promise.due.is_none(), promise.due, promise.note));
    promises
}

/// Clients of whom two people gave different facts.
fn unsettled(picture: &Picture) -> Vec<&FileHead> {
    picture.heads.values().filter(|head| !head.client.conflicts.is_empty()).collect()
}

/// Active clients not seen for long, longest first.
fn unseen(picture: &Picture, now: Moment) -> Vec<&FileHead> {
    let mut unseen: Vec<&FileHead> = picture
        .heads
        .values()
        .filter(|head| head.client.case.status.is_active() && head.days_without_contact(now) > LONG_DAYS)
        .collect();
    unseen.sort_by_key(|head| std::cmp::Reverse(head.days_without_contact(now)));
    unseen
}

fn group(title: &'static str, promises: &[Due<'_>], picture: &Picture, now: Moment) -> Option<AnyView> {
    if promises.is_empty() {
        return None;
    }
    let rows = promises
        .iter()
        .map(|(head, promise, urgency)| {
            let due = match (urgency, promise.due) {
                (Urgency::Today, _) => "today".to_owned(),
                (Urgency::Late, Some(due)) => match (jamaica_day(now) - due).num_days() {
                    1 => "1 day late".to_owned(),
                    days => format!("{days} days late"),
                },
                (_, Some(due)) => show_day(due),
                (_, None) => "no day set".to_owned(),
            };
            let tone = match urgency {
                Urgency::Late => "late",
                Urgency::Today => "now",
                Urgency::ThisWeek | Urgency::Later => "",
            };
            row(head, due, tone, picture, now, &promise.what)
        })
        .collect_view();
    Some(view! { <h2>{title}</h2><ul class="card">{rows}</ul> }.into_any())
}

fn list(title: &'static str, heads: Vec<&FileHead>, row: impl Fn(&FileHead) -> AnyView) -> Option<AnyView> {
    if heads.is_empty() {
        return None;
    }
    let rows = heads.into_iter().map(row).collect_view();
    Some(view! { <h2>{title}</h2><ul class="card">{rows}</ul> }.into_any())
}

fn row(head: &FileHead, due: String, tone: &'static str, picture: &Picture, now: Moment, what: &str) -> AnyView {
    let profile = &head.client.profile;
    let meta = if what.is_empty() { about(profile, &picture.model.sites, now) } else { what.to_owned() };
    view! {
        <RowLink
            href=format!("/clients/{}", head.client.id) name=profile.full_name() initials=profile.initials() meta=meta
            due=due urgency=Some(tone)
        />
    }
    .into_any()
}
