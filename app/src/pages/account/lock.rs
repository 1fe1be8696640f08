//! The lock screen, and choosing the PIN that opens it.

use crate::components::{Bind, ErrorNote, TextField};
use crate::pages::account::passkey::UnlockByPasskey;
use crate::platform::{StoreError, page};
use crate::state::vault::{self, Answer};
use crate::state::{Phase, session, use_device};
use domain::vault::{Kind, weakness};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

/// A field for a secret that no password manager should keep: it is what the phone alone must not know.
#[component]
pub fn SecretField(
    /// The label.
    label: &'static str,
    /// The field.
    bind: Bind,
    /// Digits alone: the keypad comes up.
    kind: Signal<Kind>,
    /// What helps to answer.
    #[prop(optional, into)]
    hint: Option<&'static str>,
) -> impl IntoView {
    move || {
        let inputmode = if kind.get() == Kind::Pin { "numeric" } else { "text" };
        match hint {
            Some(hint) => {
                view! { <TextField label bind kind="password" autocomplete="one-time-code" inputmode hint/> }.into_any()
            }
            None => view! { <TextField label bind kind="password" autocomplete="one-time-code" inputmode/> }.into_any(),
        }
    }
}

fn field(name: &'static str, value: RwSignal<String>, error: RwSignal<Option<String>>) -> Bind {
    let set = Callback::new(move |text| {
        value.set(text);
        error.set(None);
    });
    Bind { name, value: value.into(), set, error: error.into() }
}

/// What is wrong with a new PIN and its repetition: the field's name and the words.
fn fault(secret: &str, again: &str) -> Option<(&'static str, String)> {
    match weakness(secret) {
        Some(weakness) => Some(("pin", weakness.to_string())),
        None if secret != again => Some(("pin-again", "These two are not the same.".to_owned())),
        None => None,
    }
}

/// Two fields for a new PIN, and the button that keeps it. `keep` answers with what went wrong.
#[component]
pub fn NewPin(
    /// What the button says.
    button: &'static str,
    /// Takes a PIN that was found good enough; gives it back to `done` when it is kept.
    #[prop(into)]
    keep: Callback<(String, Callback<Option<String>>)>,
) -> impl IntoView {
    let (pin, again) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (pin_error, again_error) = (RwSignal::new(None), RwSignal::new(None));
    let (problem, busy) = (RwSignal::new(None::<String>), RwSignal::new(false));
    let kind = RwSignal::new(Kind::Pin);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        problem.set(None);
        if let Some((name, words)) = pin.with_untracked(|pin| again.with_untracked(|again| fault(pin, again))) {
            (if name == "pin" { pin_error } else { again_error }).set(Some(words));
            page::focus(name);
            return;
        }
        busy.set(true);
        let secret = pin.get_untracked();
        let done = Callback::new(move |trouble: Option<String>| {
            busy.try_set(false);
            if trouble.is_none() {
                pin.try_set(String::new());
                again.try_set(String::new());
            }
            problem.try_set(trouble);
        });
        keep.run((secret, done));
    };
    let other = move || match kind.get() {
        Kind::Pin => "Use words instead of digits",
        Kind::Passphrase => "Use digits alone",
    };
    let turn = move |_| {
        kind.update(|kind| *kind = if *kind == Kind::Pin { Kind::Passphrase } else { Kind::Pin });
    };
    view! {
        <form autocomplete="off" class="stack" on:submit=submit novalidate>
            <SecretField label="PIN" bind=field("pin", pin, pin_error) kind=kind.into()
                hint="At least 6 digits, or a few words of your own with 10 letters or more. No year, no 123456."/>
            <SecretField label="PIN once more" bind=field("pin-again", again, again_error) kind=kind.into()/>
            {move || problem.get().map(|message| view! { <ErrorNote message/> })}
            <div class="actions">
                <button type="submit" class="big" disabled=move || busy.get()>{move || if busy.get() { "Sealing…" } else { button }}</button>
                <button type="button" class="link" on:click=turn>{other}</button>
            </div>
        </form>
    }
    .into_any()
}

/// Choosing the PIN, the first time on a device.
#[component]
pub fn ChoosePin() -> impl IntoView {
    let device = use_device();
    Effect::new(|_| page::focus("pin"));
    let keep = Callback::new(move |(secret, done): (String, Callback<Option<String>>)| {
        spawn_local(async move {
            match vault::choose(device, &secret).await {
                Ok(()) => {
                    done.try_run(None);
                }
                // Another tab of this browser was first.
                Err(StoreError::Locked) => {
                    if let Some(user) = device.choosing() {
                        device.open(user).await;
                    }
                }
                Err(error) => {
                    done.try_run(Some(error.to_string()));
                }
            }
        });
    });
    view! {
        <Title text="Choose a PIN"/>
        <main class="sign-in" id="main">
            <img src="/icons/favicon.svg" alt="" width="56" height="56"/>
            <h1>"Choose a PIN"</h1>
            <p class="soft">"It locks what lies on this device."</p>
            <div class="card pad stack">
                <NewPin button="Keep this PIN" keep/>
            </div>
            <ul class="small soft plain-list">
                <li>"Lignum asks for it each time it opens here, with or without a network."</li>
                <li>"Nobody can read it back to you. If you forget it, your password sets up this device anew."</li>
                <li>"After ten wrong tries what lies here is destroyed. What was not sent yet is still sent."</li>
            </ul>
        </main>
    }
}

/// The lock screen. It tells nobody's name: the phone may be in the wrong hands.
#[component]
pub fn Lock(
    /// What opens the store.
    kind: Kind,
) -> impl IntoView {
    let device = use_device();
    let pin = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    let problem = RwSignal::new(None::<String>);
    let (busy, seconds) = (RwSignal::new(false), RwSignal::new(0));
    let forgotten = RwSignal::new(false);
    let count_down = move || {
        spawn_local(async move {
            loop {
                let left = vault::pause().await.num_milliseconds();
                if seconds.try_set((left + 999) / 1_000).is_some() || left <= 0 {
                    break;
                }
                page::sleep(250).await;
            }
        });
    };
    Effect::new(move |_| {
        page::focus("pin");
        // What waits can be sent without the PIN.
        page::deliver_sealed();
        count_down();
    });
    let unlock = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() || seconds.get_untracked() > 0 {
            return;
        }
        let secret = pin.get_untracked();
        if secret.is_empty() {
            error.set(Some("Please give your PIN.".to_owned()));
            page::focus("pin");
            return;
        }
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            let answer = vault::unlock(device, &secret).await;
            pin.try_set(String::new());
            busy.try_set(false);
            match answer {
                Ok(Answer::Open | Answer::Destroyed) => {}
                Ok(Answer::Wrong { left }) => {
                    error.try_set(Some(wrong(left)));
                    page::focus("pin");
                    count_down();
                }
                Ok(Answer::Wait) => count_down(),
                Err(trouble) => {
                    problem.try_set(Some(trouble.to_string()));
                }
            }
        });
    };
    let words = move || match (busy.get(), seconds.get()) {
        (true, _) => "Opening…".to_owned(),
        (false, 0) => "Unlock".to_owned(),
        (false, 1..=90) => format!("Wait {} s", seconds.get()),
        (false, s) => format!("Wait {} min", (s + 59) / 60),
    };
    view! {
        <Title text="Locked"/>
        <main class="sign-in" id="main">
            <img src="/icons/favicon.svg" alt="" width="72" height="72"/>
            <h1>"Lignum"</h1>
            <p class="soft">"Locked. Your work is safe on this device."</p>
            <form autocomplete="off" class="card pad stack" on:submit=unlock novalidate>
                <SecretField label="PIN" bind=field("pin", pin, error) kind=Signal::stored(kind)/>
                {move || problem.get().map(|message| view! { <ErrorNote message/> })}
                <button type="submit" class="big" disabled=move || { busy.get() || seconds.get() > 0 }>{words}</button>
            </form>
            <UnlockByPasskey/>
            <div class="actions lock-ways">
                <button type="button" class="link" aria-expanded=move || forgotten.get().to_string()
                    on:click=move |_| forgotten.update(|shown| *shown = !*shown)>"Forgotten your PIN?"</button>
                <button type="button" class="link" on:click=move |_| device.phase.set(Phase::SignedOut)>"Somebody else"</button>
            </div>
            {move || forgotten.get().then(|| view! { <StartAnew/> }.into_any())}
        </main>
    }
}

fn wrong(left: u8) -> String {
    match left {
        1 => "That was not the PIN. One try is left: after it what lies here is destroyed.".to_owned(),
        2..=5 => format!("That was not the PIN. {left} tries are left before what lies here is destroyed."),
        _ => "That was not the PIN. Please try again.".to_owned(),
    }
}

/// The PIN is forgotten: the password sets up the device anew.
#[component]
fn StartAnew() -> impl IntoView {
    let device = use_device();
    let (username, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (problem, busy) = (RwSignal::new(None::<String>), RwSignal::new(false));
    let nothing = RwSignal::new(None::<String>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            let result = session::start_anew(device, &username.get_untracked(), &password.get_untracked()).await;
            password.try_set(String::new());
            problem.try_set(result.err());
            busy.try_set(false);
        });
    };
    view! {
        <form autocomplete="off" class="card pad gold stack" on:submit=submit novalidate>
            <p>"Sign in with your password and choose a new PIN. Your files come from the server again. What you saved and could not send yet lies here sealed, and is sent. Forms that you began and did not save are lost."</p>
            <TextField label="Username" bind=field("username", username, nothing) autocomplete="username"/>
            <TextField label="Password" bind=field("password", password, nothing) autocomplete="current-password" kind="password"/>
            {move || problem.get().map(|message| view! { <ErrorNote message/> })}
            <button type="submit" disabled=move || busy.get()>"Sign in and choose a new PIN"</button>
        </form>
    }
    .into_any()
}
