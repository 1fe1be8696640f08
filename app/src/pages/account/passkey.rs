//! A finger or a face instead of the PIN: choosing it, and the button on the lock screen.

use crate::components::{CheckField, ErrorNote};
use crate::state::use_device;
use crate::state::vault;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// On the lock screen, where the person wanted it on this device.
#[component]
pub fn UnlockByPasskey() -> impl IntoView {
    let device = use_device();
    let (wanted, busy) = (RwSignal::new(false), RwSignal::new(false));
    let problem = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        spawn_local(async move {
            wanted.try_set(vault::opens_by_passkey().await == Some(true));
        });
    });
    let unlock = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            let result = vault::unlock_by_passkey(device).await;
            busy.try_set(false);
            problem.try_set(result.err());
        });
    };
    view! {
        <Show when=move || wanted.get()>
            <div class="stack">
                <button type="button" class="big quiet button" disabled=move || busy.get() on:click=unlock>
                    {move || if busy.get() { "Waiting for you…" } else { "Use fingerprint or face" }}
                </button>
                {move || problem.get().map(|message| view! { <ErrorNote message/> })}
            </div>
        </Show>
    }
    .into_any()
}

/// On *Account*, where this device can do it: whether a finger or a face unlocks as well.
#[component]
pub fn PasskeyChoice() -> impl IntoView {
    let chosen = RwSignal::new(None::<bool>);
    let problem = RwSignal::new(None::<String>);
    let read = move || {
        spawn_local(async move {
            let now = vault::opens_by_passkey().await;
            chosen.try_set(now);
        });
    };
    Effect::new(move |_| read());
    let choose = Callback::new(move |wanted: bool| {
        problem.set(None);
        chosen.set(Some(wanted));
        spawn_local(async move {
            let result = vault::set_passkey(wanted).await;
            problem.try_set(result.err());
            // As it is now: the person may have turned back.
            read();
        });
    });
    view! {
        <Show when=move || chosen.get().is_some()>
            <div class="stack">
                <CheckField label="Unlock with fingerprint or face as well" name="by-passkey"
                    checked=Signal::derive(move || chosen.get() == Some(true)) set=choose/>
                <p class="hint">"Whoever can unlock this device itself with a finger, a face or its own code can then open Lignum here. Leave it off on a device that several people share. Your PIN goes on working."</p>
                {move || problem.get().map(|message| view! { <ErrorNote message/> })}
            </div>
        </Show>
    }
    .into_any()
}
