//! *Sync status*: what waits, what failed and why, and the button that sends now.

use crate::components::{CheckField, Empty, ErrorNote};
use crate::pages::frame::Page;
use crate::pages::words::{count, describe, text_of};
use crate::platform::{clock, page, store};
use crate::state::{Device, SyncPhase, attachments, sync, use_device};
use domain::access::{Action, can};
use domain::clock::show_moment;
use domain::device::usage::in_words;
use domain::ids::OpId;
use domain::sync::op::{Body, Op, Subject};
use domain::sync::outbox::{self, QueueState, Queued};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

/// *Sync status*.
#[component]
pub fn Sync() -> impl IntoView {
    let device = use_device();
    let tally = Memo::new(move |_| device.queue.with(|queue| outbox::tally(queue.iter().map(|q| &q.state))));
    let state = move || {
        let state = device.sync.get();
        let last = state.complete_at.map_or_else(|| "not yet".to_owned(), |at| show_moment(at, clock::now()));
        let words = match state.phase {
            SyncPhase::Idle => "Everything is sent and up to date.",
            SyncPhase::Sending => "Sending and receiving…",
            SyncPhase::Offline => "The server cannot be reached just now. Lignum tries again by itself.",
            SyncPhase::Busy => "The server is busy and asked for a pause. Lignum tries again by itself.",
            SyncPhase::SignedOut => "Your session has ended. Your work is safe here; sign in to send it.",
            SyncPhase::TooOld => "This version of Lignum is too old for the server. Please close it and open it again.",
            SyncPhase::StoreFailed => "This device could not keep what the server sent.",
        };
        let words = if state.phase == SyncPhase::Idle && tally.get().waiting > 0 {
            "Some items wait for an earlier one."
        } else {
            words
        };
        view! {
            <p class="name" role="status">{words}</p>
            <p class="meta">"Last up to date: " {last}</p>
            {state.store_error.map(|error| view! { <ErrorNote message=error.to_string()/> })}
            {(state.clock_ahead.abs() > 300).then(|| view! { <p class="card pad gold">{clock_words(state.clock_ahead)}</p> })}
            {(state.unreadable > 0).then(|| view! {
                <p class="card pad gold">{count(state.unreadable as usize, "item was", "items were")}" saved by a newer version of Lignum. Please update: nothing is lost."</p>
            })}
        }
    };
    let signed_out = move || device.sync.with(|sync| sync.phase == SyncPhase::SignedOut);
    view! {
        <Page title="Sync status" back="/">
            <div class="card pad stack">
                {state}
                <div class="actions">
                    <button type="button" on:click=move |_| sync::wake(device)>"Send now"</button>
                    <Show when=signed_out><SignInAgain/></Show>
                </div>
            </div>
            <Items title="Needs attention" pick=|state| matches!(state, QueueState::Refused { .. })/>
            <Items title="Saved on this phone" pick=QueueState::is_unsent/>
            <Items title="Received" pick=|state| matches!(state, QueueState::Received { .. })/>
            <Show when=move || device.queue.with(Vec::is_empty)>
                <Empty title="Nothing was written on this phone yet" hint="What you write appears here until 30 days after the server has it."/>
            </Show>
            {device.me().filter(|me| can(me.role, Action::RecordContact)).map(|_| view! { <Pictures/> })}
            <Used/>
        </Page>
    }
}

/// Photos and signatures that wait, and on which network they go.
#[component]
fn Pictures() -> impl IntoView {
    let device = use_device();
    let waiting = Memo::new(move |_| device.sync.with(|sync| sync.pictures));
    let wifi = RwSignal::new(false);
    Effect::new(move |_| {
        spawn_local(async move {
            wifi.try_set(attachments::wifi_only().await);
            attachments::count(device).await;
        });
    });
    let choose = Callback::new(move |only: bool| {
        wifi.set(only);
        spawn_local(async move {
            // A device that cannot write shows it elsewhere; the choice is then as it was.
            if store::contents::set_wifi_only(only).await.is_ok() && !only {
                attachments::carry(device, false);
            }
        });
    });
    let words = move || match waiting.get() {
        0 => "No photo or signature waits.".to_owned(),
        n => format!("{} after the notes.", count(n, "picture goes", "pictures go")),
    };
    let hint = if page::tells_its_network() {
        "Pictures take about 300 kB each. Notes are small and go on any network."
    } else {
        "This browser does not tell which network it uses. While this is ticked, pictures wait until you tap “Send pictures now”."
    };
    view! {
        <h2>"Photos and signatures"</h2>
        <div class="card pad stack">
            <p role="status">{words}</p>
            <CheckField label="Send pictures on Wi-Fi only" name="wifi-only" checked=wifi.into() set=choose/>
            <p class="hint">{hint}</p>
            <Show when=move || { waiting.get() > 0 }>
                <div class="actions"><button type="button" class="button quiet" on:click=move |_| attachments::carry(device, true)>"Send pictures now"</button></div>
            </Show>
        </div>
    }
}

fn clock_words(ahead: i64) -> String {
    let (minutes, way) = (ahead.abs() / 60, if ahead > 0 { "ahead" } else { "behind" });
    let size = match minutes {
        0..=119 => format!("{minutes} minutes"),
        120..=2879 => format!("{} hours", (minutes + 30) / 60),
        _ => format!("{} days", (minutes + 720) / 1440),
    };
    format!("This phone's clock is about {size} {way}. Please set the date and time to automatic: your notes carry it.")
}

/// The session has ended: a password is enough, everything else stays as it is.
#[component]
fn SignInAgain() -> impl IntoView {
    view! { <A href="/account" attr:class="button quiet">"Sign in again"</A> }
}

/// Entries of the outbox in one state, newest first.
#[component]
fn Items(title: &'static str, pick: fn(&QueueState) -> bool) -> impl IntoView {
    let device = use_device();
    let shown = RwSignal::new(20usize);
    let picked = Memo::new(move |_| {
        device
            .queue
            .with(|queue| queue.iter().rev().filter(|queued| pick(&queued.state)).cloned().collect::<Vec<Queued>>())
    });
    let rows = move || {
        let limit = shown.get();
        picked.with(|picked| picked.iter().take(limit).map(|queued| item(device, queued)).collect_view())
    };
    view! {
        <Show when=move || !picked.with(Vec::is_empty)>
            <h2>{title} " · " {move || picked.with(Vec::len)}</h2>
            <ul class="card">{rows}</ul>
            <Show when=move || { picked.with(Vec::len) > shown.get() }>
                <button type="button" class="button quiet" on:click=move |_| shown.update(|n| *n += 100)>"Show more"</button>
            </Show>
        </Show>
    }
}

fn item(device: Device, queued: &Queued) -> AnyView {
    let op = &queued.op;
    let (what, about) = (describe(&op.body), name_of(device, op));
    let when = show_moment(op.recorded_at, clock::now());
    let id = op.id;
    let trouble = match &queued.state {
        QueueState::Refused { refusal } => Some(refusal.message.clone()),
        QueueState::Held { waits_for } if *waits_for == op.id => {
            Some("Waits until another phone has sent this file again.".to_owned())
        }
        QueueState::Held { .. } => Some("Waits for an item before it.".to_owned()),
        _ => None,
    };
    let refused = matches!(queued.state, QueueState::Refused { .. });
    let mend = refused.then(|| mend_link(op)).flatten();
    let text = refused.then(|| text_of(&op.body)).flatten();
    view! {
        <li class="row plain item">
            <span class="row-text">
                <span class="name">{what} " · " {about}</span>
                <span class="meta">{when}</span>
                {trouble.map(|trouble| view! { <span class="trouble">{trouble}</span> })}
                {text.map(|text| view! { <details><summary class="small">"What it says"</summary><p class="prose">{text}</p></details> })}
            </span>
            {refused.then(|| view! {
                <span class="actions">
                    {mend.map(|href| view! { <A href=href attr:class="button quiet">"Mend"</A> })}
                    <button type="button" class="button quiet danger" on:click=move |_| discard(device, id)>"Discard"</button>
                </span>
            })}
        </li>
    }
    .into_any()
}

fn discard(device: Device, op: OpId) {
    if page::confirm("Discard this item? It will not be sent. It stays on this phone for 30 days.") {
        spawn_local(async move {
            // A device that cannot write shows it at the next exchange.
            let _ = device.discard(op).await;
        });
    }
}

/// Whom it is about, as far as this device knows.
fn name_of(device: Device, op: &Op) -> String {
    if let Body::SendReferral { form } = &op.body {
        return format!("{} {}", form.first_name.trim(), form.last_name.trim());
    }
    device
        .picture
        .with(|picture| match op.subject {
            Subject::Client(id) => picture.model.clients.get(&id).map(|client| client.profile.full_name()),
            Subject::Referral(id) => picture.referral(id).map(|referral| referral.particulars.profile.full_name()),
        })
        .unwrap_or_else(|| "a file that is not on this phone".to_owned())
}

/// The screen on which a refused item can be mended.
fn mend_link(op: &Op) -> Option<String> {
    match (&op.body, op.subject) {
        (Body::RecordContact { .. }, Subject::Client(client)) => Some(format!("/record/{client}?mends={}", op.id)),
        (Body::SendReferral { .. }, _) => Some(format!("/refer?mends={}", op.id)),
        (Body::Attach { .. }, Subject::Client(client)) => Some(format!("/clients/{client}/attach?mends={}", op.id)),
        (Body::EditProfile { .. }, Subject::Client(client)) => Some(format!("/clients/{client}/profile")),
        _ => None,
    }
}

/// What this device uses: room on it, data over the network for sending and receiving files.
#[component]
fn Used() -> impl IntoView {
    let device = use_device();
    let rows = Memo::new(move |_| device.sync.with(|sync| (sync.data_used, sync.storage)));
    move || {
        let (data, storage) = rows.get();
        let row = |name: &'static str, words: String| view! { <div><dt>{name}</dt><dd>{words}</dd></div> };
        view! {
            <h2>"What Lignum uses"</h2>
            <dl class="card pad facts">
                {row("Data, last exchange", in_words(data.last_sync))}
                {row("Data, this month", in_words(data.this_month))}
                {row("Data, the month before", in_words(data.month_before))}
                {storage.map(|storage| {
                    let kept = if storage.persistent { "Yes: the browser has promised it." } else { "Not promised: the browser may clear it when the phone is very full. Put Lignum on the Home Screen." };
                    let room = format!("{} of {}", in_words(storage.used), in_words(storage.quota));
                    view! {
                        {row("Room on this device", room)}
                        <div><dt>"Kept safe"</dt><dd class="prose">{kept}</dd></div>
                    }
                })}
            </dl>
        }
    }
}
