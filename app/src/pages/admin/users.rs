//! *Users*: who may sign in, in which role, and where.

use super::account_edit::EditUser;
use super::user_form::NewUser;
use crate::components::{Avatar, Dialog, Empty, Working};
use crate::desk::UserView;
use crate::pages::frame::Page;
use crate::pages::online::{Answer, Trouble, ago, ask};
use crate::pages::words::count;
use crate::platform::clock;
use crate::server_fns::{list_sites, list_users};
use domain::clock::Moment;
use domain::site::Sites;
use leptos::prelude::*;

/// All accounts, with the forms to make and to change one.
#[component]
pub fn Users() -> impl IntoView {
    let answer: Answer<Vec<UserView>> = RwSignal::new(None);
    let sites = StoredValue::new(Sites::default());
    let fetch = move || {
        ask(answer, async move {
            let places = list_sites().await?;
            sites.try_update_value(|known| *known = places);
            list_users().await
        });
    };
    Effect::new(move |_| fetch());
    let (adding, editing) = (RwSignal::new(false), RwSignal::new(false));
    let chosen = RwSignal::new(None::<UserView>);
    let said = RwSignal::new(String::new());
    let done = Callback::new(move |words: String| {
        adding.set(false);
        editing.set(false);
        said.set(words);
        fetch();
    });
    let edit = Callback::new(move |user: UserView| {
        chosen.set(Some(user));
        editing.set(true);
    });
    view! {
        <Page title="Users">
            <p class="said" role="status">{said}</p>
            {move || answer.with(|answer| match answer {
                None => view! { <Working/> }.into_any(),
                Some(Err(error)) => view! { <Trouble what="The list of accounts" error=error.clone() retry=Callback::new(move |()| fetch())/> }.into_any(),
                Some(Ok(users)) => view! {
                    <div class="actions"><button type="button" class="button" on:click=move |_| adding.set(true)>"Add a user"</button></div>
                    <List users=users.clone() sites edit/>
                }
                .into_any(),
            })}
            <Dialog title="Add a user" open=adding><NewUser sites done/></Dialog>
            <Dialog title="Change an account" open=editing>
                {move || chosen.get().map(|user| view! { <EditUser user sites done/> })}
            </Dialog>
        </Page>
    }
}

#[component]
fn List(users: Vec<UserView>, sites: StoredValue<Sites>, edit: Callback<UserView>) -> impl IntoView {
    let words = RwSignal::new(String::new());
    let users = StoredValue::new(users);
    let found = Memo::new(move |_| {
        let words = words.with(|words| words.trim().to_lowercase());
        users.with_value(|users| {
            let has = |user: &&UserView| user.name.to_lowercase().contains(&words) || user.username.contains(&words);
            users.iter().filter(has).cloned().collect::<Vec<_>>()
        })
    });
    view! {
        <div class="field">
            <label for="user-search">"Search users"</label>
            <input
                class="input" type="search" id="user-search" autocomplete="off" autocapitalize="none" spellcheck="false"
                on:input=move |event| words.set(event_target_value(&event))
            />
        </div>
        <p class="small soft" role="status">{move || count(found.with(Vec::len), "account", "accounts")}</p>
        <Show
            when=move || !found.with(Vec::is_empty)
            fallback=|| view! { <Empty title="Nobody found" hint="Search by name or username, or add a user."/> }
        >
            <ul class="card rows">
                {move || {
                    let now = clock::now();
                    found.get().into_iter().map(|user| sites.with_value(|sites| row(user, sites, now, edit))).collect_view()
                }}
            </ul>
        </Show>
    }
}

fn row(user: UserView, sites: &Sites, now: Moment, edit: Callback<UserView>) -> impl IntoView + use<> {
    let mut meta = vec![user.username.clone(), user.role.label().to_owned()];
    meta.extend(user.region.map(|region| sites.region_name(region).to_owned()));
    meta.extend(user.school.map(|school| sites.school_name(school).to_owned()));
    if !user.post.is_empty() && user.post != user.role.label() {
        meta.push(user.post.clone());
    }
    meta.push(user.last_seen.map_or_else(|| "not signed in yet".to_owned(), |at| format!("here {}", ago(at, now))));
    let initials: String = user
        .name
        .split_whitespace()
        .filter_map(|word| word.chars().next())
        .take(2)
        .flat_map(char::to_uppercase)
        .collect();
    let (label, name, disabled) = (format!("Edit {}", user.name), user.name.clone(), user.disabled);
    view! {
        <li class="row" class:faded=disabled>
            <Avatar initials/>
            <span class="row-text"><span class="name">{name}</span><span class="meta">{meta.join(" · ")}</span></span>
            <span class="row-end">
                {user.disabled.then(|| view! { <span class="due">"Disabled"</span> })}
                <button type="button" class="button quiet" aria-label=label on:click=move |_| edit.run(user.clone())>"Edit"</button>
            </span>
        </li>
    }
}
