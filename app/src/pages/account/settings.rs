//! *Account*: who is signed in, how Lignum looks, password and sessions, installing, signing out.

use crate::components::{Bind, ErrorNote, TextField};
use crate::desk::{DeviceView, SessionView};
use crate::pages::account::lock::{NewPin, SecretField};
use crate::pages::account::passkey::PasskeyChoice;
use crate::pages::devices::{Named, device_list};
use crate::pages::frame::Page;
use crate::pages::words::count;
use crate::platform::{clock, page};
use crate::server_fns::{change_password, my_devices, my_sessions, revoke_session};
use crate::state::look::{Look, TEXT, THEME};
use crate::state::vault::{self, Answer};
use crate::state::{SyncPhase, session, use_device};
use domain::clock::show_moment;
use domain::ids::DeviceId;
use domain::sync::outbox;
use domain::vault::Kind;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

/// *Account*.
#[component]
pub fn Account() -> impl IntoView {
    let device = use_device();
    let me = move || device.me_now();
    let who = move || {
        me().map(|me| {
            let place = device.picture.with(|picture| match (me.school, me.region) {
                (Some(school), _) => Some(picture.model.sites.school_name(school).to_owned()),
                (None, Some(region)) => Some(picture.model.sites.region_name(region).to_owned()),
                (None, None) => None,
            });
            let post = if me.post.is_empty() { me.role.label().to_owned() } else { me.post.clone() };
            view! {
                <p class="name">{me.name}</p>
                <p class="meta">{post}{place.map(|place| format!(" · {place}"))}</p>
            }
        })
    };
    let signed_out = move || device.sync.with(|sync| sync.phase == SyncPhase::SignedOut);
    view! {
        <Page title="Account">
            <div class="card pad">{who}</div>
            <Show when=signed_out><SignInAgain/></Show>
            <h2>"Look"</h2>
            <div class="card pad stack"><Choice look=THEME label="Theme"/><Choice look=TEXT label="Text size"/></div>
            <Install/>
            <h2>"PIN"</h2>
            <Pin/>
            <h2>"Signed in on"</h2>
            <Sessions/>
            <h2>"Devices with your files"</h2>
            <Devices/>
            <h2>"Password"</h2>
            <Password/>
            <h2>"Leave"</h2>
            <SignOut/>
            <p class="small"><A href="/concern">"Report a concern"</A>" · "<A href="/sync">"Sync status"</A></p>
        </Page>
    }
}

#[component]
fn Choice(look: Look, label: &'static str) -> impl IntoView {
    let value = RwSignal::new(String::new());
    Effect::new(move |_| value.set(look.chosen()));
    view! {
        <fieldset class="field">
            <legend>{label}</legend>
            <div class="choices">
                {look.values.into_iter().map(|(code, words)| view! {
                    <label class="choice">
                        <input type="radio" name=look.key value=code prop:checked=move || value.get() == code
                            on:change=move |_| { look.choose(code); value.set(code.to_owned()); }/>
                        <span>{words}</span>
                    </label>
                }).collect_view()}
            </div>
        </fieldset>
    }
}

/// When the app locks itself, locking it now, another PIN.
#[component]
fn Pin() -> impl IntoView {
    let device = use_device();
    let minutes = RwSignal::new(0);
    Effect::new(move |_| minutes.set(vault::lock_after()));
    view! {
        <div class="card pad stack">
            <fieldset class="field">
                <legend>"Lock by itself when nobody touches it for"</legend>
                <div class="choices">
                    {vault::MINUTES.into_iter().map(|n| view! {
                        <label class="choice">
                            <input type="radio" name="lock-after" value=n prop:checked=move || minutes.get() == n
                                on:change=move |_| { vault::set_lock_after(n); minutes.set(n); }/>
                            <span>{if n == 1 { "1 minute".to_owned() } else { format!("{n} minutes") }}</span>
                        </label>
                    }).collect_view()}
                </div>
            </fieldset>
            <PasskeyChoice/>
            <button type="button" class="button quiet" on:click=move |_| vault::lock(device)>"Lock now"</button>
        </div>
        <details class="card pad more">
            <summary>"Change PIN"</summary>
            <ChangePin/>
        </details>
    }
}

#[component]
fn ChangePin() -> impl IntoView {
    let device = use_device();
    let present = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    let said = RwSignal::new(false);
    let bind = Bind {
        name: "present-pin",
        value: present.into(),
        set: Callback::new(move |text| {
            present.set(text);
            error.set(None);
        }),
        error: error.into(),
    };
    let keep = Callback::new(move |(new, done): (String, Callback<Option<String>>)| {
        said.set(false);
        let secret = present.get_untracked();
        spawn_local(async move {
            match vault::change(device, &secret, &new).await {
                Ok(Answer::Open) => {
                    present.try_set(String::new());
                    said.try_set(true);
                    done.try_run(None);
                }
                Ok(Answer::Wrong { left }) => {
                    error.try_set(Some(format!(
                        "That was not the present PIN. {} left.",
                        count(left.into(), "try is", "tries are")
                    )));
                    page::focus("present-pin");
                    done.try_run(None);
                }
                Ok(Answer::Wait) => {
                    done.try_run(Some("Too many wrong tries. Please wait a little, then try again.".to_owned()));
                }
                Ok(Answer::Destroyed) => {}
                Err(trouble) => {
                    done.try_run(Some(trouble.to_string()));
                }
            }
        });
    });
    view! {
        <div class="stack">
            <SecretField label="Present PIN" bind kind=Signal::stored(Kind::Passphrase)/>
            <NewPin button="Change PIN" keep/>
            <Show when=move || said.get()><p class="meta" role="status">"Your PIN is changed on this device."</p></Show>
        </div>
    }
}

/// The session has ended: the password alone brings it back; nothing on the device changes.
#[component]
fn SignInAgain() -> impl IntoView {
    let device = use_device();
    let username = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            let result = session::sign_in(device, &username.get_untracked(), &password.get_untracked()).await;
            problem.try_set(result.err());
            password.try_set(String::new());
        });
    };
    view! {
        <form autocomplete="off" class="card pad gold stack" on:submit=submit novalidate>
            <p>{move || {
                let waiting = device.queue.with(|queue| outbox::tally(queue.iter().map(|q| &q.state)).waiting);
                if waiting == 0 { "Your session has ended. Sign in to update.".to_owned() } else { format!("Your session has ended. Sign in to send {}.", count(waiting as usize, "item", "items")) }
            }}</p>
            <TextField label="Username" bind=plain("again-username", username) autocomplete="username"/>
            <TextField label="Password" bind=plain("again-password", password) autocomplete="current-password" kind="password"/>
            {move || problem.get().map(|message| view! { <ErrorNote message/> })}
            <button type="submit">"Sign in"</button>
        </form>
    }
}

fn plain(name: &'static str, value: RwSignal<String>) -> Bind {
    Bind { name, value: value.into(), set: Callback::new(move |text| value.set(text)), error: Signal::stored(None) }
}

/// How to put Lignum on the Home Screen, where it is not.
#[component]
fn Install() -> impl IntoView {
    let installed = RwSignal::new(true);
    Effect::new(move |_| installed.set(page::is_installed()));
    view! {
        <Show when=move || !installed.get()>
            <h2>"Install"</h2>
            <div class="card pad">
                <p>"Put Lignum on the Home Screen: it then opens like any app, without a network, and the phone keeps its data."</p>
                <p class="meta">"Android: the browser's menu ⋮, then “Add to Home screen” or “Install app”. iPhone: the Share button, then “Add to Home Screen”."</p>
            </div>
        </Show>
    }
}

/// Where this account is signed in; each can be ended.
#[component]
fn Sessions() -> impl IntoView {
    let sessions = RwSignal::new(None::<Result<Vec<SessionView>, String>>);
    let read = move || {
        spawn_local(async move {
            let answer = my_sessions().await.map_err(|error| error.to_string());
            sessions.try_set(Some(answer));
        });
    };
    Effect::new(move |_| read());
    let end = move |id| {
        spawn_local(async move {
            // Read anew in any case: the list tells whether it has ended.
            let _ = revoke_session(id).await;
            read();
        });
    };
    move || match sessions.get() {
        None => view! { <p class="soft">"Reading…"</p> }.into_any(),
        Some(Err(_)) => view! { <p class="card pad soft">"This list needs a network and a session."</p> }.into_any(),
        Some(Ok(list)) => {
            let rows = list
                .into_iter()
                .map(|session| {
                    let id = session.id;
                    let name = if session.browser.is_empty() { "A browser".to_owned() } else { session.browser.clone() };
                    let label = format!("End the session on {name}");
                    view! {
                        <li class="row plain">
                            <span class="row-text">
                                <span class="name">{name}</span>
                                <span class="meta">{if session.current { "This device".to_owned() } else { format!("Last used {}", show_moment(session.last_seen, clock::now())) }}</span>
                            </span>
                            {(!session.current).then(|| view! { <button type="button" class="button quiet" aria-label=label on:click=move |_| end(id)>"End"</button> })}
                        </li>
                    }
                })
                .collect_view();
            view! { <ul class="card">{rows}</ul> }.into_any()
        }
    }
}

/// On which devices this person's files are, and how these do.
#[component]
fn Devices() -> impl IntoView {
    let device = use_device();
    let devices = RwSignal::new(None::<Option<(Vec<DeviceView>, Option<DeviceId>)>>);
    let read = move || {
        spawn_local(async move {
            let this = device.identity().await.ok();
            devices.try_set(Some(my_devices().await.ok().map(|list| (list, this))));
        });
    };
    Effect::new(move |_| read());
    move || {
        devices.with(|devices| match devices {
            None => view! { <p class="soft">"Reading…"</p> }.into_any(),
            Some(None) => view! { <p class="card pad soft">"This list needs a network and a session."</p> }.into_any(),
            Some(Some((list, _))) if list.is_empty() => {
                view! { <p class="card pad soft">"No device has spoken with the server yet."</p> }.into_any()
            }
            Some(Some((list, this))) => device_list(list, Named::ByBrowser(*this), Callback::new(move |()| read())),
        })
    }
}

#[component]
fn Password() -> impl IntoView {
    let current = RwSignal::new(String::new());
    let new = RwSignal::new(String::new());
    let said = RwSignal::new(None::<Result<&'static str, String>>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            let answer = change_password(current.get_untracked(), new.get_untracked()).await;
            if answer.is_ok() {
                current.try_set(String::new());
                new.try_set(String::new());
            }
            said.try_set(Some(
                answer
                    .map(|()| "Your password is changed. Your other sessions have ended.")
                    .map_err(|error| error.to_string()),
            ));
        });
    };
    view! {
        <details class="card pad more">
            <summary>"Change password"</summary>
            <form autocomplete="off" class="stack" on:submit=submit novalidate>
                <TextField label="Present password" bind=plain("present-password", current) autocomplete="current-password" kind="password"/>
                <TextField label="New password" bind=plain("new-password", new) autocomplete="new-password" kind="password" hint="At least 12 characters; a few words are easy to remember"/>
                {move || match said.get() {
                    None => ().into_any(),
                    Some(Ok(words)) => view! { <p class="meta" role="status">{words}</p> }.into_any(),
                    Some(Err(message)) => view! { <ErrorNote message/> }.into_any(),
                }}
                <button type="submit">"Change password"</button>
            </form>
        </details>
    }
}

#[component]
fn SignOut() -> impl IntoView {
    let device = use_device();
    let waiting = move || device.queue.with(|queue| outbox::tally(queue.iter().map(|q| &q.state)).waiting);
    let busy = RwSignal::new(false);
    let sign_out = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            session::sign_out(device).await;
            busy.try_set(false);
        });
    };
    view! {
        <div class="card pad stack">
            <p class="meta">{move || match waiting() {
                0 => "Your files are removed from this device; signing in brings them back.".to_owned(),
                n => format!("{} not sent yet. It stays on this device and is sent when you sign in here again.", count(n as usize, "item is", "items are")),
            }}</p>
            <button type="button" class="button quiet" disabled=move || busy.get() on:click=sign_out>"Sign out"</button>
        </div>
    }
}
