//! *Cases*: the region's clients, read online. What is typed into the search never goes into the address.

use super::assignee::colleagues;
use crate::components::{Empty, RowLink, Working};
use crate::desk::{CasePage, CaseQuery, CaseRow, CaseState, DeskError};
use crate::pages::frame::Page;
use crate::pages::online::{Trouble, ago};
use crate::pages::words::count;
use crate::platform::{clock, page};
use crate::server_fns::search_cases;
use crate::state::use_device;
use domain::clock::{Moment, age_on, jamaica_day};
use domain::site::Sites;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Typing pauses this long before the search begins.
const BREATH_MS: u32 = 300;
/// From this many days without contact on, the row says so in gold. SAMPLE.
const QUIET_DAYS: i64 = 30;

/// What was found so far, and how the asking goes.
#[derive(Clone, Copy)]
struct Search {
    query: RwSignal<CaseQuery>,
    rows: RwSignal<Vec<CaseRow>>,
    next: RwSignal<Option<String>>,
    near: RwSignal<bool>,
    trouble: RwSignal<Option<DeskError>>,
    asking: RwSignal<bool>,
    turn: StoredValue<u32>,
}

impl Search {
    fn new() -> Self {
        Self {
            query: RwSignal::new(CaseQuery::default()),
            rows: RwSignal::new(Vec::new()),
            next: RwSignal::new(None),
            near: RwSignal::new(false),
            trouble: RwSignal::new(None),
            asking: RwSignal::new(true),
            turn: StoredValue::new(0),
        }
    }

    /// Asks for the first page, or for the next one; an older question's answer is not waited for.
    fn ask(self, more: bool, pause_ms: u32) {
        let turn = self.turn.get_value().wrapping_add(1);
        self.turn.set_value(turn);
        self.asking.set(true);
        spawn_local(async move {
            page::sleep(pause_ms).await;
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            let after = if more { self.next.get_untracked() } else { None };
            let found = search_cases(CaseQuery { after, ..self.query.get_untracked() }).await;
            if self.turn.try_get_value() == Some(turn) {
                self.take(more, found);
            }
        });
    }

    fn take(self, more: bool, found: Result<CasePage, DeskError>) {
        self.asking.set(false);
        match found {
            Ok(CasePage { rows, next, near }) => {
                self.trouble.set(None);
                self.next.set(next);
                self.near.set(near);
                self.rows.update(|known| {
                    if !more {
                        known.clear();
                    }
                    known.extend(rows);
                });
            }
            Err(error) => self.trouble.set(Some(error)),
        }
    }
}

/// The region's cases.
#[component]
pub fn Cases() -> impl IntoView {
    let search = Search::new();
    Effect::new(move |_| search.ask(false, 0));
    view! {
        <Page title="Cases">
            <Filters search/>
            <Found search/>
        </Page>
    }
}

#[component]
fn Filters(search: Search) -> impl IntoView {
    let device = use_device();
    let officers = Memo::new(move |_| colleagues(device));
    let set = move |pause_ms: u32, change: &dyn Fn(&mut CaseQuery)| {
        search.query.update(change);
        search.ask(false, pause_ms);
    };
    view! {
        <form autocomplete="off" class="stack" role="search" on:submit=move |event| { event.prevent_default(); search.ask(false, 0); }>
            <div class="field">
                <label for="search">"Search clients"</label>
                <input
                    class="input" type="search" id="search" autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="search-hint"
                    on:input=move |event| { let typed = event_target_value(&event); set(BREATH_MS, &|query| query.query.clone_from(&typed)); }
                />
                <p class="hint" id="search-hint">"Name, nickname or reference number"</p>
            </div>
            <div class="filters">
                <div class="field">
                    <label for="officer-filter">"Officer"</label>
                    <select
                        class="input" id="officer-filter"
                        on:change=move |event| { let chosen = event_target_value(&event).parse().ok(); set(0, &|query| query.officer = chosen); }
                    >
                        <option value="">"All officers"</option>
                        {move || {
                            officers.get().into_iter().map(|officer| view! { <option value=officer.user.to_string()>{officer.name}</option> }).collect_view()
                        }}
                    </select>
                </div>
                <div class="field">
                    <label for="state-filter">"Status"</label>
                    <select
                        class="input" id="state-filter"
                        on:change=move |event| {
                            let state = match event_target_value(&event).as_str() {
                                "closed" => CaseState::Closed,
                                "any" => CaseState::Any,
                                _ => CaseState::Active,
                            };
                            set(0, &|query| query.state = state);
                        }
                    >
                        <option value="active">"Active"</option>
                        <option value="closed">"Closed"</option>
                        <option value="any">"All"</option>
                    </select>
                </div>
            </div>
        </form>
    }
}

#[component]
fn Found(search: Search) -> impl IntoView {
    let device = use_device();
    let tally = move || match (search.asking.get(), search.rows.with(Vec::len)) {
        (true, _) => "Searching…".to_owned(),
        (false, 0) => String::new(),
        (false, _) if search.near.get() => "Nobody has exactly these words. These come near:".to_owned(),
        (false, found) if search.next.with(Option::is_some) => {
            format!("The first {}", count(found, "client", "clients"))
        }
        (false, found) => count(found, "client", "clients"),
    };
    let retry = Callback::new(move |()| search.ask(false, 0));
    view! {
        <p class="small soft" role="status">{tally}</p>
        {move || {
            let (now, trouble) = (clock::now(), search.trouble.get());
            let rows = search.rows.with(|rows| {
                device.picture.with_untracked(|picture| rows.iter().map(|case| row(case, &picture.model.sites, now)).collect_view())
            });
            match (trouble, search.rows.with(Vec::is_empty)) {
                (Some(error), _) => view! { <Trouble what="The region's case list" error retry/> }.into_any(),
                (None, true) if search.asking.get() => view! { <Working/> }.into_any(),
                (None, true) if search.query.with(|query| *query == CaseQuery::default()) => {
                    view! { <Empty title="Your region has no case yet" hint="Accept a referral: the client's file then appears here."/> }.into_any()
                }
                (None, true) => view! { <Empty title="Nobody found" hint="Check the spelling, or look among all officers and every status."/> }.into_any(),
                (None, false) => view! { <ul class="card rows">{rows}</ul> }.into_any(),
            }
        }}
        <Show when=move || search.next.with(Option::is_some) && search.trouble.with(Option::is_none)>
            <button type="button" class="button quiet" disabled=search.asking on:click=move |_| search.ask(true, 0)>"Show more"</button>
        </Show>
    }
}

fn row(case: &CaseRow, sites: &Sites, now: Moment) -> impl IntoView + use<> {
    let today = jamaica_day(now);
    let mut meta = vec![case.reference.clone(), age_on(case.date_of_birth, today).to_string()];
    if let Some(nickname) = &case.nickname {
        meta.insert(0, format!("“{nickname}”"));
    }
    meta.extend(case.school.map(|school| sites.school_name(school).to_owned()));
    meta.push(case.officer_name.clone());
    if case.conflicts > 0 {
        meta.push("two answers to settle".to_owned());
    }
    let quiet = (today - jamaica_day(case.last_contact.unwrap_or(case.opened_at))).num_days();
    let (due, urgency) = match case.last_contact {
        _ if !case.active => ("Closed".to_owned(), None),
        Some(at) => (format!("Seen {}", ago(at, now)), (quiet > QUIET_DAYS).then_some("now")),
        None => ("Not seen yet".to_owned(), (quiet > QUIET_DAYS).then_some("now")),
    };
    view! {
        <RowLink href=format!("/cases/{}", case.client) name=case.name.clone() meta=meta.join(" · ") initials=initials(&case.name) due urgency/>
    }
}

/// The first letters of the first and the last word.
fn initials(name: &str) -> String {
    let first = |word: &str| word.chars().find(|c| c.is_alphabetic());
    let words: Vec<&str> = name.split_whitespace().collect();
    let ends = [words.first(), words.last().filter(|_| words.len() > 1)];
    ends.into_iter().flatten().filter_map(|word| first(word)).flat_map(char::to_uppercase).collect()
}
