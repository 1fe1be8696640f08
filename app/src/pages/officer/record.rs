//! *Record*: a contact note in under a minute; who, when and where are filled in from context.

use super::clients::ClientList;
use crate::components::{CheckGroup, ChoiceGroup, DateField, Empty, TextArea, TextField, TimeField};
use crate::pages::form::{DraftMark, Form, FormProblem};
use crate::pages::frame::Page;
use crate::pages::words::about;
use crate::platform::clock;
use crate::state::{drafts, use_device};
use domain::clock::{iso_day, jamaica_day, jamaica_time, show_time};
use domain::contact::{Compliance, ContactBody, ContactKind, Present, Reached};
use domain::ids::{ClientId, NoteId, OpId};
use domain::sync::op::{Body, Subject};
use domain::sync::wire_v1::ContactForm;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};

/// *Record*: first, about whom.
#[component]
pub fn Record() -> impl IntoView {
    view! {
        <Page title="Record">
            <p class="soft">"Whom is the contact note about?"</p>
            <ClientList link=|id| format!("/record/{id}")/>
        </Page>
    }
}

/// A contact note about one client.
#[component]
pub fn RecordContact() -> impl IntoView {
    let device = use_device();
    let params = use_params_map();
    let query = use_query_map();
    let id = Memo::new(move |_| params.with(|params| params.get("client").and_then(|id| id.parse::<ClientId>().ok())));
    let mends = query.with_untracked(|query| query.get("mends").and_then(|id| id.parse::<OpId>().ok()));
    // Once begun, the form stays, also when the file is handed over while the person types; and a draft
    // about a file that has gone can still be opened, so that its words are never out of reach.
    let draft = RwSignal::new(None::<ClientId>);
    Effect::new(move |_| {
        let Some(id) = id.get() else { return };
        spawn_local(async move {
            if let Ok(Some(_)) = drafts::resume::<ContactForm>(&draft_key(id)).await {
                draft.try_set(Some(id));
            }
        });
    });
    let open = Memo::new(move |before: Option<&Option<ClientId>>| {
        let id = id.get()?;
        let begun = before == Some(&Some(id)) || draft.get() == Some(id) || mends.is_some();
        (begun || device.picture.with(|picture| picture.heads.contains_key(&id))).then_some(id)
    });
    move || {
        match open.get() {
        Some(id) => view! { <ContactNote id mends/> }.into_any(),
        None => view! {
            <Page title="Contact note" back="/record">
                <Empty title="This file is not among yours" hint="It may have moved to a colleague. Choose another client."/>
            </Page>
        }
        .into_any(),
    }
    }
}

/// Drafts of contact notes lie under keys that begin so; the client's id follows.
pub const DRAFTS: &str = "contact:";

fn draft_key(client: ClientId) -> String {
    format!("{DRAFTS}{client}")
}

/// A new note begins here and now; a refused one as it was written.
fn beginning(device: crate::state::Device, mends: Option<OpId>) -> ContactForm {
    let refused = mends.and_then(|op| {
        device.queue.with_untracked(|queue| {
            queue.iter().find(|q| q.op.id == op).and_then(|q| match &q.op.body {
                Body::RecordContact { form, .. } => Some(form.clone()),
                _ => None,
            })
        })
    });
    refused.unwrap_or_else(|| {
        let now = clock::now();
        ContactForm {
            kind: ContactKind::HomeVisit.code().to_owned(),
            day: iso_day(jamaica_day(now)),
            time: show_time(jamaica_time(now)),
            reached: Reached::Met.code().to_owned(),
            ..ContactForm::default()
        }
    })
}

/// A text field of the contact note, by its wire name.
macro_rules! field {
    ($form:ident, $name:ident) => {
        $form.bind(stringify!($name), |form: &ContactForm| &form.$name, |form: &mut ContactForm| &mut form.$name)
    };
}

const FIELDS: &[&str] =
    &["kind", "day", "time", "reached", "present", "narrative", "compliance", "next_action", "next_action_due"];

#[component]
fn ContactNote(id: ClientId, mends: Option<OpId>) -> impl IntoView {
    let device = use_device();
    let navigate = use_navigate();
    let key = mends.map_or_else(|| draft_key(id), |op| format!("mend:{op}"));
    let form = Form::begin(key, beginning(device, mends));
    let who = device.picture.with_untracked(|picture| {
        picture.heads.get(&id).map(|head| {
            let profile = &head.client.profile;
            (
                profile.full_name(),
                format!("{} · {}", head.client.reference, about(profile, &picture.model.sites, clock::now())),
                profile.initials(),
            )
        })
    });
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let data = form.data.get_untracked();
        if let Err(errors) = ContactBody::parse(&data, clock::now()) {
            form.refuse(errors);
            return;
        }
        let navigate = navigate.clone();
        spawn_local(async move {
            let body = Body::RecordContact { note: NoteId(clock::new_id()), form: data };
            if form.save(device, Subject::Client(id), body, mends).await {
                navigate(&format!("/clients/{id}/notes"), leptos_router::NavigateOptions::default());
            }
        });
    };
    let present = Signal::derive(move || form.data.with(|data| data.present.clone()));
    let pairs = |list: Vec<(&'static str, &'static str)>| list;
    view! {
        <Page title="Contact note" back=format!("/clients/{id}")>
            {who.map(|(name, meta, initials)| view! {
                <div class="card"><div class="row">
                    <span class="avatar" aria-hidden="true">{initials}</span>
                    <span class="row-text"><span class="name">{name}</span><span class="meta">{meta}</span></span>
                    <A href="/record" attr:class="due change">"Change"</A>
                </div></div>
            })}
            <form autocomplete="off" class="stack" on:submit=save novalidate>
                <ChoiceGroup label="Kind of contact" bind=field!(form, kind) options=pairs(ContactKind::ALL.iter().map(|k| (k.code(), k.label())).collect())/>
                <div class="pair">
                    <DateField label="Day" bind=field!(form, day)/>
                    <TimeField label="Time" bind=field!(form, time)/>
                </div>
                <ChoiceGroup label="Who was reached" bind=field!(form, reached) options=pairs(Reached::ALL.iter().map(|k| (k.code(), k.label())).collect())/>
                <TextArea label="What happened" bind=field!(form, narrative) rows=6/>
                <TextField label="Next action" bind=field!(form, next_action) optional=true hint="What you promised"/>
                <DateField label="By which day" bind=field!(form, next_action_due) optional=true/>
                <details class="more">
                    <summary>"Who was there and compliance"</summary>
                    <CheckGroup
                        label="Present" name="present" chosen=present options=pairs(Present::ALL.iter().map(|k| (k.code(), k.label())).collect())
                        set=Callback::new(move |codes| form.change(|data| data.present = codes))
                    />
                    <ChoiceGroup label="Compliance" bind=field!(form, compliance) optional=true options=pairs(Compliance::ALL.iter().map(|k| (k.code(), k.label())).collect())/>
                </details>
                <FormProblem problem=form.problem whole=form.whole_error(FIELDS)/>
                <div class="save-bar">
                    <button type="submit" class="big" disabled=move || form.busy.get()>"Save"</button>
                    <p class="small soft">"Saved on this phone at once, sent when there is a network"</p>
                    <DraftMark keeper=form.keeper/>
                </div>
            </form>
        </Page>
    }
}

/// Corrects one's own note: the original stays, the correction stands beside it.
#[component]
pub fn Amend(note: NoteId, id: ClientId) -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <Show
            when=move || open.get()
            fallback=move || view! { <button type="button" class="button quiet small" on:click=move |_| open.set(true)>"Correct this note"</button> }
        >
            <AmendForm note id open/>
        </Show>
    }
}

#[component]
fn AmendForm(note: NoteId, id: ClientId, open: RwSignal<bool>) -> impl IntoView {
    let device = use_device();
    let form = Form::begin(format!("amend:{note}"), String::new());
    let bind = form.bind("narrative", |text| text, |text| text);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            let body = Body::AmendContact { note, narrative: form.data.get_untracked() };
            if form.save(device, Subject::Client(id), body, None).await {
                open.try_set(false);
            }
        });
    };
    view! {
        <form autocomplete="off" class="stack" on:submit=save novalidate>
            <TextArea label="Correction" bind rows=4 hint="The note stays as it was; this is shown under it"/>
            <FormProblem problem=form.problem whole=form.whole_error(&["narrative"])/>
            <div class="actions">
                <button type="submit" disabled=move || form.busy.get()>"Save correction"</button>
                <button type="button" class="button quiet" on:click=move |_| open.set(false)>"Not now"</button>
            </div>
        </form>
    }
}
