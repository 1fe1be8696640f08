//! A client's file: the journey so far, the notes, what is known about the person.

use crate::components::{Empty, Icon, Tabs, Working};
use crate::pages::attachments::AttachmentList;
use crate::pages::conflicts::conflicts;
use crate::pages::frame::Page;
use crate::pages::words::{about, shown};
use crate::platform::clock;
use crate::state::attachments;
use crate::state::device::Along;
use crate::state::use_device;
use domain::client::{FileHead, ProfileField, Urgency};
use domain::clock::{jamaica_day, show_day, show_moment};
use domain::contact::ContactNote;
use domain::ids::{ClientId, NoteId};
use domain::sync::op::{Body, Subject};
use domain::sync::outbox::QueueState;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use leptos_router::hooks::{use_location, use_params_map};

/// A client's file, *Overview* or *Notes* by the address.
#[component]
pub fn ClientFile() -> impl IntoView {
    let device = use_device();
    let params = use_params_map();
    let location = use_location();
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<ClientId>().ok())));
    let head = Memo::new(move |_| {
        let id = id.get()?;
        device.picture.with(|picture| picture.heads.get(&id).cloned())
    });
    let title = Signal::derive(move || {
        head.with(|head| head.as_ref().map_or_else(|| "Client".to_owned(), |head| head.client.profile.full_name()))
    });
    let tab = Signal::derive(move || {
        let path = location.pathname.get();
        if path.ends_with("/notes") {
            "Notes"
        } else if path.ends_with("/file") {
            "File"
        } else {
            "Overview"
        }
    });
    let present = Memo::new(move |_| head.with(Option::is_some));
    Effect::new(move |_| {
        // A file may be looked at before it has arrived on this phone.
        if let (Some(id), true) = (id.get(), present.get()) {
            spawn_local(async move {
                // A file that cannot be read shows its head and says so by staying without notes.
                let _ = device.open_file(id).await;
            });
        }
    });
    view! {
        <Page title=title in_history="Client" back="/clients">
            {move || match (present.get(), id.get()) {
                (true, Some(id)) => view! {
                    <Head head/>
                    <Tabs tabs=vec![("Overview", format!("/clients/{id}")), ("Notes", format!("/clients/{id}/notes")), ("File", format!("/clients/{id}/file"))] current=tab/>
                    {move || match tab.get() {
                        "Notes" => view! { <Notes id/> }.into_any(),
                        "File" => view! { <Papers id/> }.into_any(),
                        _ => view! { <Overview id head/> }.into_any(),
                    }}
                }
                .into_any(),
                _ => view! {
                    <Empty title="This file is not among yours" hint="It may have moved to a colleague, or not have arrived on this phone yet.">
                        <A href="/clients" attr:class="button quiet">"See your clients"</A>
                    </Empty>
                }
                .into_any(),
            }}
        </Page>
    }
}

/// What is on paper: photos and signatures.
#[component]
fn Papers(id: ClientId) -> impl IntoView {
    let device = use_device();
    let loaded = Memo::new(move |_| device.picture.with(|picture| picture.loaded.contains(&id)));
    let attached = Memo::new(move |_| attachments::of_client(device, id));
    view! {
        <div class="actions"><A href=format!("/clients/{id}/attach") attr:class="button"><Icon name="plus"/>"Photo or signature"</A></div>
        <Show when=move || loaded.get() fallback=|| view! { <Working/> }>
            <AttachmentList attachments=attached hint="Take a photo of a paper form, or have somebody sign on this phone."/>
        </Show>
    }
}

/// Age, school, reference number, and the button that an officer came for.
#[component]
fn Head(head: Memo<Option<FileHead>>) -> impl IntoView {
    let device = use_device();
    move || {
        head.get().map(|head| {
            let about = device.picture.with_untracked(|picture| about(&head.client.profile, &picture.model.sites, clock::now()));
            let nickname = head.client.profile.nickname.as_ref().map(|n| format!("“{}” · ", n.as_str()));
            let phone = head.client.profile.guardian_phone.clone().or_else(|| head.client.profile.phone.clone());
            let closed = !head.client.case.status.is_active();
            view! {
                <p class="meta">{nickname}{about} " · " {head.client.reference.to_string()}{closed.then_some(" · case closed")}</p>
                <div class="actions">
                    <A href=format!("/record/{}", head.client.id) attr:class="button"><Icon name="pen"/>"Contact note"</A>
                    {phone.map(|phone| view! { <a class="button quiet" href=format!("tel:+1{}", phone.digits())><Icon name="phone"/>"Call "{phone.shown()}</a> })}
                    <A href="/concern" attr:class="button quiet"><Icon name="shield"/>"Report a concern"</A>
                </div>
            }
        })
    }
}

#[component]
fn Overview(id: ClientId, head: Memo<Option<FileHead>>) -> impl IntoView {
    view! {
        {move || head.get().and_then(|head| conflicts(head.client.id, &head.client.conflicts, |_| ()))}
        <Promises id head/>
        <h2>"The journey so far"</h2>
        <Journey id head/>
        <Particulars id head/>
    }
}

/// What was promised, each with a button for when it is done.
#[component]
fn Promises(id: ClientId, head: Memo<Option<FileHead>>) -> impl IntoView {
    let device = use_device();
    let done = move |note: NoteId| {
        spawn_local(async move {
            // A refusal here would be about a note that has just gone: the picture shows it.
            let _ = device.record(Subject::Client(id), Body::FinishNextAction { note }, Along::default()).await;
        });
    };
    let rows = move || {
        let today = jamaica_day(clock::now());
        head.get()
            .map(|head| head.promises)
            .unwrap_or_default()
            .into_iter()
            .map(|promise| {
                let tone = match promise.urgency(today) {
                    Urgency::Late => "due late",
                    Urgency::Today => "due now",
                    Urgency::ThisWeek | Urgency::Later => "due",
                };
                let due = promise.due.map_or_else(|| "no day set".to_owned(), show_day);
                let label = format!("Done: {}", promise.what);
                view! {
                    <li class="row plain">
                        <span class="row-text"><span class="name">{promise.what}</span><span class=tone>{due}</span></span>
                        <button type="button" class="button quiet" aria-label=label on:click=move |_| done(promise.note)>"Done"</button>
                    </li>
                }
            })
            .collect_view()
    };
    let any = move || head.with(|head| head.as_ref().is_some_and(|head| !head.promises.is_empty()));
    view! {
        <Show when=any>
            <h2>"Promised"</h2>
            <ul class="card">{rows}</ul>
        </Show>
    }
}

/// The last contacts and how it began, as a line of time.
#[component]
fn Journey(id: ClientId, head: Memo<Option<FileHead>>) -> impl IntoView {
    let device = use_device();
    let notes = notes_of(id);
    let rows = move || {
        let now = clock::now();
        notes
            .get()
            .into_iter()
            .take(6)
            .map(|note| {
                let state = state_word(device.queue.with(|queue| queue.iter().find(|q| q.op.id == note.op).map(|q| q.state.clone())).as_ref());
                view! {
                    <li>
                        <span class="name">{note.body.kind.label()}</span>
                        <span class="meta">" · " {show_moment(note.body.happened_at, now)} {state.map(|state| format!(" · {state}"))}</span>
                        <p class="meta clamp">{note.body.narrative.as_str().to_owned()}</p>
                    </li>
                }
            })
            .collect_view()
    };
    let beginning = move || {
        head.get().map(|head| {
            let school = head
                .client
                .referring_school
                .map(|school| device.picture.with_untracked(|p| p.model.sites.school_name(school).to_owned()));
            view! {
                <li class="gold">
                    <span class="name">"Accepted and assigned"</span>
                    <span class="meta">" · " {show_moment(head.client.case.opened_at, clock::now())}</span>
                    {school.map(|school| view! { <p class="meta">"Referred by " {school}</p> })}
                </li>
            }
        })
    };
    view! { <ul class="time">{rows}{beginning}</ul> }
}

/// Everything that the profile holds, with the way to change it.
#[component]
fn Particulars(id: ClientId, head: Memo<Option<FileHead>>) -> impl IntoView {
    let device = use_device();
    let facts = move || {
        head.get().map(|head| {
            device.picture.with_untracked(|picture| {
                ProfileField::ALL
                    .into_iter()
                    .map(|field| view! { <div><dt>{field.label()}</dt><dd>{shown(&head.client.profile, field, &picture.model.sites)}</dd></div> })
                    .collect_view()
            })
        })
    };
    view! {
        <h2>"About the client"</h2>
        <div class="card pad">
            <dl class="facts">{facts}</dl>
            <A href=format!("/clients/{id}/profile") attr:class="button quiet"><Icon name="edit"/>"Change"</A>
        </div>
    }
}

/// The notes of a client, newest first; they come into memory when the file is opened.
fn notes_of(id: ClientId) -> Memo<Vec<ContactNote>> {
    let device = use_device();
    Memo::new(move |_| {
        device.picture.with(|picture| {
            let mut notes: Vec<ContactNote> =
                picture.model.notes.get(&id).map(|notes| notes.values().cloned().collect()).unwrap_or_default();
            notes.sort_by_key(|note| std::cmp::Reverse((note.body.happened_at, note.id)));
            notes
        })
    })
}

/// What is said of a record's way to the server.
fn state_word(state: Option<&QueueState>) -> Option<&'static str> {
    match state {
        Some(QueueState::Waiting | QueueState::Held { .. }) => Some("saved on this phone"),
        Some(QueueState::Refused { .. }) => Some("needs attention"),
        Some(QueueState::Received { .. }) => Some("received"),
        Some(QueueState::Discarded { .. }) | None => None,
    }
}

#[component]
fn Notes(id: ClientId) -> impl IntoView {
    let device = use_device();
    let notes = notes_of(id);
    let loaded = Memo::new(move |_| device.picture.with(|picture| picture.loaded.contains(&id)));
    let me = device.me().map(|me| me.user);
    let shown = RwSignal::new(30usize);
    let rows = move || {
        let limit = shown.get();
        notes.get().into_iter().take(limit).map(|note| view! { <Note note id mine=me/> }).collect_view()
    };
    view! {
        <Show when=move || loaded.get() fallback=|| view! { <Working/> }>
            <Show
                when=move || !notes.with(Vec::is_empty)
                fallback=|| view! { <Empty title="No contact note yet" hint="Write one after each visit or call; a sentence will do."/> }
            >
                <ul class="notes">{rows}</ul>
                <Show when=move || { notes.with(Vec::len) > shown.get() }>
                    <button type="button" class="button quiet" on:click=move |_| shown.update(|n| *n += 60)>"Show older notes"</button>
                </Show>
            </Show>
        </Show>
    }
}

#[component]
fn Note(note: ContactNote, id: ClientId, mine: Option<domain::ids::UserId>) -> impl IntoView {
    let device = use_device();
    let now = clock::now();
    let op = note.op;
    let state = move || {
        state_word(device.queue.with(|queue| queue.iter().find(|q| q.op.id == op).map(|q| q.state.clone())).as_ref())
    };
    let present = note.body.present.iter().map(|p| p.label()).collect::<Vec<_>>().join(", ");
    let late = note.is_late_entry().then(|| format!("Written down {}", show_moment(note.recorded_at, now)));
    let action = note.body.next_action.as_ref().map(|action| {
        let due = action.due.map(|due| format!(" · {}", show_day(due))).unwrap_or_default();
        let done = if note.next_action_done.is_some() { " · done" } else { "" };
        format!("{}{due}{done}", action.what.as_str())
    });
    let can_amend = mine == Some(note.author);
    let amendments = note
        .amendments
        .iter()
        .map(|amendment| {
            view! {
                <div class="amendment">
                    <p class="meta">"Corrected by " {amendment.by_name.clone()} ", " {show_moment(amendment.at, now)}</p>
                    <p class="prose">{amendment.narrative.as_str().to_owned()}</p>
                </div>
            }
        })
        .collect_view();
    view! {
        <li class="card pad note">
            <p>
                <span class="name">{note.body.kind.label()}</span>
                <span class="meta">" · " {show_moment(note.body.happened_at, now)} " · " {note.author_name.clone()} {move || state().map(|s| format!(" · {s}"))}</span>
            </p>
            {late.map(|late| view! { <p class="meta">{late}</p> })}
            {(note.body.reached != domain::contact::Reached::Met).then(|| view! { <p class="name">{note.body.reached.label()}</p> })}
            {(!present.is_empty()).then(|| view! { <p class="meta">"Present: " {present}</p> })}
            <p class="prose">{note.body.narrative.as_str().to_owned()}</p>
            {note.body.compliance.map(|c| view! { <p class="meta">"Compliance: " {c.label()}</p> })}
            {action.map(|action| view! { <p class="meta">"Next action: " {action}</p> })}
            {amendments}
            {can_amend.then(|| view! { <super::record::Amend note=note.id id/> })}
        </li>
    }
}
