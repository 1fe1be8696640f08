//! *Clients*: the caseload, searched while typing.

use crate::components::{Empty, RowLink};
use crate::pages::frame::Page;
use crate::pages::words::{about, count};
use crate::platform::clock;
use crate::state::use_device;
use domain::client::FileHead;
use domain::clock::{Moment, show_ago};
use domain::search::Index;
use domain::site::Sites;
use leptos::prelude::*;

/// More rows than this are drawn only when asked for: a phone's screen shows eight.
const PAGE: usize = 60;

/// How the list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Name,
    LongestUnseen,
}

/// *Clients*.
#[component]
pub fn Clients() -> impl IntoView {
    view! {
        <Page title="Clients">
            <ClientList link=|id| format!("/clients/{id}")/>
        </Page>
    }
}

/// The searchable list, also used to choose whom a note is about.
#[component]
pub fn ClientList(
    /// Where a row leads.
    link: fn(domain::ids::ClientId) -> String,
) -> impl IntoView {
    let device = use_device();
    let query = RwSignal::new(String::new());
    let closed = RwSignal::new(false);
    let order = RwSignal::new(Order::Name);
    let shown = RwSignal::new(PAGE);
    let listed = Memo::new(move |_| {
        device.picture.with(|picture| listing(picture.heads.values(), &picture.model.sites, closed.get(), order.get()))
    });
    let index = Memo::new(move |_| {
        listed.with(|listed| SearchIndex(Index::new(listed.iter().map(|entry| entry.words.as_str()))))
    });
    let found = Memo::new(move |_| query.with(|query| index.with(|index| index.0.find(query))));
    let has_any = move || device.picture.with(|picture| !picture.heads.is_empty());
    let rows = move || {
        let now = clock::now();
        let limit = shown.get();
        listed.with(|listed| {
            found.with(|found| {
                found
                    .iter()
                    .take(limit)
                    .filter_map(|at| listed.get(*at))
                    .map(|entry| {
                        let seen = entry.last_contact.map_or_else(|| "not seen yet".to_owned(), |at| format!("seen {}", show_ago(at, now)));
                        view! {
                            <RowLink href=link(entry.id) name=entry.name.clone() initials=entry.initials.clone() meta=entry.meta.clone() due=seen/>
                        }
                    })
                    .collect_view()
            })
        })
    };
    view! {
        <div class="field search">
            <label for="search" class="visually-hidden">"Search clients"</label>
            <input
                class="input" id="search" type="search" autocomplete="off" placeholder="Name, nickname, school, number"
                prop:value=move || query.get()
                on:input=move |event| { query.set(event_target_value(&event)); shown.set(PAGE); }
            />
        </div>
        <div class="filters">
            <label class="check small"><input type="checkbox" prop:checked=move || closed.get() on:change=move |e| closed.set(event_target_checked(&e))/><span>"Closed cases too"</span></label>
            <label class="check small">
                <input type="checkbox" prop:checked=move || order.get() == Order::LongestUnseen
                    on:change=move |e| order.set(if event_target_checked(&e) { Order::LongestUnseen } else { Order::Name })/>
                <span>"Longest unseen first"</span>
            </label>
        </div>
        <p class="small soft" role="status">{move || count(found.with(Vec::len), "client", "clients")}</p>
        <Show
            when=move || !found.with(Vec::is_empty)
            fallback=move || if has_any() {
                view! { <Empty title="Nobody found" hint="Try a part of the name, the nickname, the school or the number; or show closed cases too."/> }.into_any()
            } else {
                view! { <Empty title="No clients yet" hint="When a supervisor assigns a case to you, it appears here by itself."/> }.into_any()
            }
        >
            <ul class="card">{rows}</ul>
        </Show>
        <Show when=move || { found.with(Vec::len) > shown.get() }>
            <button type="button" class="button quiet" on:click=move |_| shown.update(|n| *n += PAGE * 2)>"Show more"</button>
        </Show>
    }
}

/// The index is rebuilt when the list is, so two are never compared.
#[derive(Clone)]
struct SearchIndex(Index);

impl PartialEq for SearchIndex {
    fn eq(&self, _: &Self) -> bool {
        false
    }
}

/// One client of the list, with the words by which they are found.
#[derive(Clone, PartialEq)]
struct Entry {
    id: domain::ids::ClientId,
    name: String,
    initials: String,
    meta: String,
    last_contact: Option<Moment>,
    days: i64,
    words: String,
}

fn listing<'a>(heads: impl Iterator<Item = &'a FileHead>, sites: &Sites, closed: bool, order: Order) -> Vec<Entry> {
    let now = clock::now();
    let mut entries: Vec<Entry> = heads
        .filter(|head| closed || head.client.case.status.is_active())
        .map(|head| {
            let profile = &head.client.profile;
            let school = profile.school.map_or("", |school| sites.school_name(school));
            let nickname = profile.nickname.as_ref().map_or("", |n| n.as_str());
            let name = profile.full_name();
            let mut meta = about(profile, sites, now);
            if !nickname.is_empty() {
                meta = format!("“{nickname}” · {meta}");
            }
            if !head.client.case.status.is_active() {
                meta.push_str(" · closed");
            }
            Entry {
                id: head.client.id,
                words: format!("{name} {nickname} {school} {} {}", head.client.reference, profile.community.as_str()),
                initials: profile.initials(),
                name,
                meta,
                last_contact: head.last_contact.map(|last| last.at),
                days: head.days_without_contact(now),
            }
        })
        .collect();
    match order {
        Order::Name => entries.sort_by_cached_key(|entry| domain::search::normalise(&entry.name)),
        Order::LongestUnseen => entries.sort_by_key(|entry| std::cmp::Reverse(entry.days)),
    }
    entries
}
