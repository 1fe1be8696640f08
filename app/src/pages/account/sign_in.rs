//! Signing in. The first time on a device it needs a network; after that the data opens without one.

use crate::components::{Bind, ErrorNote, TextField};
use crate::platform::page;
use crate::state::{session, use_device};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_navigate;

/// The demo's accounts: name and what they are.
const DEMO: [(&str, &str); 5] = [
    ("counsellor", "Guidance counsellor"),
    ("officer", "Case officer"),
    ("officer2", "Another case officer"),
    ("supervisor", "Supervisor"),
    ("admin", "Administrator"),
];
const DEMO_PASSWORD: &str = "lignum-demo-2026";

/// Signing in.
#[component]
pub fn SignIn() -> impl IntoView {
    let device = use_device();
    let navigate = use_navigate();
    // Taken, not read: whoever signs in next on this page must not find it.
    let typed = use_context::<StoredValue<session::Typed>>()
        .and_then(|typed| typed.try_update_value(std::mem::take))
        .unwrap_or_default();
    let username = RwSignal::new(typed.username);
    let password = RwSignal::new(typed.password);
    // The server's rendering cannot sign anybody in: its button waits for the app.
    let alive = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let demo = RwSignal::new(false);
    // The document says whether this is the demo. Effects run in the browser only.
    Effect::new(move |_| {
        demo.set(page::has_meta("lignum-demo"));
        alive.set(true);
        page::focus(&typed.focus);
    });
    let sign_in = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        if username.with_untracked(|name| name.trim().is_empty()) || password.with_untracked(String::is_empty) {
            problem.set(Some("Please give your username and your password.".to_owned()));
            return;
        }
        busy.set(true);
        problem.set(None);
        let navigate = navigate.clone();
        spawn_local(async move {
            match session::sign_in(device, &username.get_untracked(), &password.get_untracked()).await {
                Ok(()) => {
                    if page::path() == "/sign-in" {
                        navigate("/", leptos_router::NavigateOptions { replace: true, ..Default::default() });
                    }
                }
                Err(message) => {
                    problem.try_set(Some(message));
                    password.try_set(String::new());
                }
            }
            busy.try_set(false);
        });
    };
    let plain = |name: &'static str, value: RwSignal<String>| Bind {
        name,
        value: value.into(),
        set: Callback::new(move |text| value.set(text)),
        error: Signal::stored(None),
    };
    view! {
        <Title text="Sign in"/>
        <main class="sign-in" id="main">
            <img src="/icons/favicon.svg" alt="" width="72" height="72"/>
            <h1>"Lignum"</h1>
            <p class="soft">"Case management for young people at risk"</p>
            {move || device.notice.get().map(|words| view! { <p class="card pad gold" role="status">{words}</p> })}
            <form class="card pad stack" method="post" on:submit=sign_in novalidate>
                <TextField label="Username" bind=plain("username", username) autocomplete="username" kind="text"/>
                <TextField label="Password" bind=plain("password", password) autocomplete="current-password" kind="password"/>
                {move || problem.get().map(|message| view! { <ErrorNote message/> })}
                <button type="submit" class="big" disabled=move || busy.get() || !alive.get()>"Sign in"</button>
            </form>
            <Show when=move || !alive.get()>
                <p class="small soft" role="status">"Lignum is loading. It keeps your work on this device and needs JavaScript for that."</p>
            </Show>
            <Show when=move || demo.get()>
                <section class="card pad demo">
                    <h2>"Demo with fictional people"</h2>
                    <p class="small soft">"Choose an account; the password is "<code>{DEMO_PASSWORD}</code></p>
                    <ul class="links">
                        {DEMO
                            .iter()
                            .map(|(name, what)| {
                                view! {
                                    <li>
                                        <button type="button" class="link" on:click=move |_| { username.set((*name).to_owned()); password.set(DEMO_PASSWORD.to_owned()); }>
                                            <code>{*name}</code>" · "{*what}
                                        </button>
                                    </li>
                                }
                            })
                            .collect_view()}
                    </ul>
                </section>
            </Show>
        </main>
    }
}
