//! A client's file, as a supervisor reads it: online, and written down that it was read.

use super::act::{Act, ActButton};
use super::notes::{notes, promises};
use super::outcome::Outcome;
use super::particulars::{FAMILY, PERSON, facts, profile_facts};
use crate::components::{Empty, Working};
use crate::desk;
use crate::pages::attachments::AttachmentList;
use crate::pages::conflicts::conflicts;
use crate::pages::frame::Page;
use crate::pages::online::{Answer, Trouble, ago, ask};
use crate::pages::words::about;
use crate::platform::clock;
use crate::server_fns::case_file;
use crate::state::use_device;
use domain::client::{CaseStatus, Client};
use domain::clock::{Moment, jamaica_day, show_day};
use domain::ids::{ClientId, OpId};
use domain::site::Sites;
use domain::sync::op::Subject;
use domain::sync::outbox::QueueState;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// The file that the address names.
#[component]
pub fn CaseFile() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get_str("id").and_then(|id| id.parse::<ClientId>().ok())));
    move || {
        match id.get() {
        Some(id) => view! { <File id/> }.into_any(),
        None => view! {
            <Page title="Client's file" back="/cases">
                <Empty title="There is no such file" hint="The address may have been typed wrong. Find the client under Cases."/>
            </Page>
        }
        .into_any(),
    }
    }
}

#[component]
fn File(id: ClientId) -> impl IntoView {
    let device = use_device();
    let subject = Subject::Client(id);
    let answer: Answer<desk::CaseFile> = RwSignal::new(None);
    let fetch = move || ask(answer, case_file(id));
    let last = RwSignal::new(None::<OpId>);
    // When the server has taken up what was done here, the file is another: read it anew.
    let received = Memo::new(move |_| {
        let received = |state: &QueueState| matches!(state, QueueState::Received { .. });
        device
            .queue
            .with(|queue| queue.iter().filter(|queued| queued.op.subject == subject && received(&queued.state)).count())
    });
    Effect::new(move |before: Option<usize>| {
        let now = received.get();
        if before.is_none_or(|before| before < now) {
            fetch();
        }
        now
    });

    let client = move || {
        answer.with(|answer| answer.as_ref().and_then(|found| found.as_ref().ok()).map(|file| file.client.clone()))
    };
    let title = Signal::derive(move || {
        client().map_or_else(|| "Client's file".to_owned(), |client| client.profile.full_name())
    });
    let holder = Signal::derive(move || client().map(|client| client.case.officer));
    let active = Signal::derive(move || client().is_some_and(|client| client.case.status.is_active()));
    view! {
        <Page title in_history="Client" back="/cases" wide=true>
            <Outcome subject last/>
            {move || answer.with(|answer| match answer {
                None => view! { <Working/> }.into_any(),
                Some(Err(error)) => view! { <Trouble what="A client's file" error=error.clone() retry=Callback::new(move |()| fetch())/> }.into_any(),
                Some(Ok(file)) => {
                    let client = &file.client;
                    let meta = device.picture.with_untracked(|picture| about(&client.profile, &picture.model.sites, clock::now()));
                    view! { <p class="meta">{meta} " · " <span class="num">{client.reference.to_string()}</span></p> }.into_any()
                }
            })}
            <div class="actions"><ActButton act=Act::Transfer subject last shown=active holder/></div>
            {move || answer.with(|answer| match answer {
                Some(Ok(file)) => Some(device.picture.with_untracked(|picture| content(file, &picture.model.sites, last, clock::now()))),
                _ => None,
            })}
        </Page>
    }
}

fn content(file: &desk::CaseFile, sites: &Sites, last: RwSignal<Option<OpId>>, now: Moment) -> AnyView {
    let client = &file.client;
    view! {
        {conflicts(client.id, &client.conflicts, move |op| last.set(Some(op)))}
        <div class="columns">
            <div class="stack">
                <section class="card pad"><h2>"Overview"</h2>{overview(file, sites, now)}</section>
                <section class="card pad"><h2>"Profile"</h2>{profile_facts(&client.profile, PERSON, sites, now)}</section>
                <section class="card pad"><h2>"Parent or guardian, next of kin"</h2>{profile_facts(&client.profile, FAMILY, sites, now)}</section>
            </div>
            <div class="stack">
                {promises(&file.notes, now)}
                <section class="card pad"><h2>"Photos and signatures"</h2><AttachmentList attachments=file.attachments.clone() hint="What the case officer photographs or has signed appears here."/></section>
                {notes(&file.notes, file.older_notes, now)}
            </div>
        </div>
    }
    .into_any()
}

fn overview(file: &desk::CaseFile, sites: &Sites, now: Moment) -> AnyView {
    let Client { case, referring_school, .. } = &file.client;
    let day = |at: Moment| show_day(jamaica_day(at));
    let status = match &case.status {
        CaseStatus::Active => "Active".to_owned(),
        CaseStatus::Closed { reason, at } => format!("Closed on {}: {reason}", day(*at)),
    };
    let seen =
        file.notes.first().map_or_else(|| "No contact note yet".to_owned(), |note| ago(note.body.happened_at, now));
    facts([
        ("Status", Some(status)),
        ("Case officer", Some(format!("{}, since {}", case.officer_name, day(case.assigned_at)))),
        ("Opened", Some(day(case.opened_at))),
        ("Last contact", Some(seen)),
        ("Referred by", referring_school.map(|school| sites.school_name(school).to_owned())),
    ])
}
