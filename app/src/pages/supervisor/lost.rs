//! Lost devices: whether one was a breach, and what came from it afterwards.

use crate::components::{Bind, Empty, ErrorNote, TextArea, Working};
use crate::desk::{LostDeviceView, LostView, QuarantinedView};
use crate::pages::online::{Answer, Trouble, ask};
use crate::pages::words::{describe, text_of};
use crate::platform::clock;
use crate::server_fns::{find_breach, lost_devices, settle_quarantined};
use domain::clock::show_moment;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What lost devices leave to be settled. Nothing is shown where none was ever lost.
#[component]
pub fn Lost() -> impl IntoView {
    let answer: Answer<LostView> = RwSignal::new(None);
    let fetch = move || ask(answer, lost_devices());
    Effect::new(move |_| fetch());
    let again = Callback::new(move |()| fetch());
    move || {
        answer.with(|answer| match answer {
            None => view! { <Working/> }.into_any(),
            Some(Err(error)) => {
                view! { <Trouble what="The list of lost devices" error=error.clone() retry=again/> }.into_any()
            }
            Some(Ok(lost)) if lost.devices.is_empty() => ().into_any(),
            Some(Ok(lost)) => shown(lost, again),
        })
    }
}

fn shown(lost: &LostView, again: Callback<()>) -> AnyView {
    let items = lost.waiting.iter().cloned().map(|item| view! { <Item item again/> }).collect_view();
    // One form at a time: its field has one name.
    let asks = lost.devices.iter().find(|device| device.is_breach.is_none()).map(|device| device.id);
    let register = |device: LostDeviceView| {
        let asks = asks == Some(device.id);
        view! { <Register device asks again/> }
    };
    let devices = lost.devices.iter().cloned().map(register).collect_view();
    view! {
        <h2>"Lost devices"</h2>
        <ul class="card">{devices}</ul>
        <h2>"What came from them afterwards"</h2>
        {if lost.waiting.is_empty() {
            view! { <Empty title="Nothing waits for you" hint="What a lost device had saved and not yet sent comes here, for you to take up or put aside."/> }.into_any()
        } else {
            view! { <ul class="card">{items}</ul> }.into_any()
        }}
    }
    .into_any()
}

/// Something that a lost device had saved.
#[component]
fn Item(item: QuarantinedView, again: Callback<()>) -> impl IntoView {
    let (busy, problem) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let id = item.id;
    let settle = move |take_up: bool| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            match settle_quarantined(id, take_up).await {
                Ok(()) => again.run(()),
                Err(error) => {
                    problem.try_set(Some(error.to_string()));
                }
            }
            busy.try_set(false);
        });
    };
    let what = item.op.as_ref().map_or("Something that this server cannot read", |op| describe(&op.body));
    let text = item.op.as_ref().and_then(|op| text_of(&op.body));
    let written = item.op.as_ref().map(|op| format!("saved {} · ", show_moment(op.recorded_at, clock::now())));
    view! {
        <li class="row plain item">
            <span class="row-text">
                <span class="name">{what} " · " {item.person}</span>
                <span class="meta">{written}{format!("came {}", show_moment(item.received_at, clock::now()))}</span>
                {text.map(|text| view! { <details><summary class="small">"What it says"</summary><p class="prose">{text}</p></details> })}
                {move || problem.get().map(|message| view! { <ErrorNote message/> })}
            </span>
            <span class="actions">
                <button type="button" class="button quiet" disabled=move || busy.get() on:click=move |_| settle(true)>"Take up"</button>
                <button type="button" class="button quiet danger" disabled=move || busy.get() on:click=move |_| settle(false)>"Put aside"</button>
            </span>
        </li>
    }
    .into_any()
}

/// One entry of the breach register, to be confirmed or denied by a person.
#[component]
fn Register(device: LostDeviceView, asks: bool, again: Callback<()>) -> impl IntoView {
    let now = clock::now();
    let (reason, error) = (RwSignal::new(String::new()), RwSignal::new(None::<String>));
    let busy = RwSignal::new(false);
    let id = device.id;
    let find = move |is_breach: bool| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match find_breach(id, is_breach, reason.get_untracked()).await {
                Ok(()) => again.run(()),
                Err(trouble) => {
                    error.try_set(Some(trouble.to_string()));
                }
            }
            busy.try_set(false);
        });
    };
    let bind = Bind {
        name: "breach-reason",
        value: reason.into(),
        set: Callback::new(move |text| {
            reason.set(text);
            error.set(None);
        }),
        error: error.into(),
    };
    let wiped = device.wiped_at.map_or_else(
        || "it has not asked since: its key is still on it".to_owned(),
        |at| format!("it asked, and was told to destroy its key: {}", show_moment(at, now)),
    );
    let browser = if device.browser.is_empty() { "A browser".to_owned() } else { device.browser };
    let found = device.is_breach.map(|is_breach| if is_breach { "Breach" } else { "No breach" });
    view! {
        <li class="row plain item">
            <span class="row-text">
                <span class="name">{device.person} " · " {browser}</span>
                <span class="meta">{format!("Reported {} · {wiped}", show_moment(device.reported_at, now))}</span>
                {found.map(|found| view! { <span class="meta">{found} ": " {device.reason.clone()}</span> })}
                {asks.then(|| view! {
                <details class="more">
                    <summary>"Was it a breach?"</summary>
                    <form autocomplete="off" class="stack" novalidate on:submit=move |event| event.prevent_default()>
                        <TextArea label="Why you think so" bind hint="For example: locked with a PIN, found again the same evening"/>
                        <span class="actions">
                            <button type="button" class="button quiet danger" disabled=move || busy.get() on:click=move |_| find(true)>"It was a breach"</button>
                            <button type="button" class="button quiet" disabled=move || busy.get() on:click=move |_| find(false)>"It was none"</button>
                        </span>
                    </form>
                </details>
                })}
            </span>
        </li>
    }
    .into_any()
}
