//! *Team*: what each officer carries, and how their phone does.

use crate::components::chart::Load;
use crate::components::{CaseloadBars, Empty, Working};
use crate::desk::{DeviceView, TeamMember};
use crate::pages::devices::{Named, device_list};
use crate::pages::frame::Page;
use crate::pages::online::{Answer, Trouble, ago, ask};
use crate::pages::supervisor::lost::Lost;
use crate::platform::clock;
use crate::server_fns::{team, team_devices};
use crate::state::use_device;
use domain::clock::{Moment, jamaica_day};
use leptos::prelude::*;

/// A phone that has been silent for so many days wants a call. SAMPLE.
const SILENT_DAYS: i64 = 3;
/// A client without contact for so many days wants a question. SAMPLE.
const QUIET_DAYS: i64 = 30;

/// The region's officers.
#[component]
pub fn Team() -> impl IntoView {
    let device = use_device();
    let answer: Answer<Vec<TeamMember>> = RwSignal::new(None);
    let fetch = move || ask(answer, team());
    Effect::new(move |_| fetch());
    view! {
        <Page title="Team" wide=true>
            {move || answer.with(|answer| match answer {
                None => view! { <Working/> }.into_any(),
                Some(Err(error)) => view! { <Trouble what="The team's overview" error=error.clone() retry=Callback::new(move |()| fetch())/> }.into_any(),
                Some(Ok(members)) if members.is_empty() => {
                    view! { <Empty title="Your region has no case officer yet" hint="The administrator makes their accounts; then their caseloads are shown here."/> }.into_any()
                }
                Some(Ok(members)) => {
                    let heavy_from = device.picture.with_untracked(|picture| picture.model.limits.heavy_from);
                    figures(members, heavy_from, clock::now())
                }
            })}
        </Page>
    }
}

/// The officers' phones and tablets, those first on which something has waited longest.
#[component]
fn Devices() -> impl IntoView {
    let answer: Answer<Vec<DeviceView>> = RwSignal::new(None);
    let fetch = move || ask(answer, team_devices());
    Effect::new(move |_| fetch());
    view! {
        <h2>"Phones and tablets"</h2>
        {move || answer.with(|answer| match answer {
            None => view! { <Working/> }.into_any(),
            Some(Err(error)) => view! { <Trouble what="The list of devices" error=error.clone() retry=Callback::new(move |()| fetch())/> }.into_any(),
            Some(Ok(devices)) if devices.is_empty() => {
                view! { <Empty title="No device has spoken with the server yet" hint="When an officer signs in on a phone, it appears here."/> }.into_any()
            }
            Some(Ok(devices)) => device_list(devices, Named::ByPerson, Callback::new(move |()| fetch())),
        })}
    }
}

fn figures(members: &[TeamMember], heavy_from: u32, now: Moment) -> AnyView {
    let working = || members.iter().filter(|member| !member.disabled);
    let loads = members.iter().filter(|member| !member.disabled || member.active > 0);
    let loads =
        loads.map(|member| Load { name: member.name.clone(), active: member.active, heavy_from }).collect::<Vec<_>>();
    let silent = working().filter(|member| is_silent(member, now)).count();
    let unsent: u32 = members.iter().map(|member| member.unsent).sum();
    let active: u32 = members.iter().map(|member| member.active).sum();
    let opened: u32 = members.iter().map(|member| member.opened_30_days).sum();
    let silent_words = format!("{} silent for {SILENT_DAYS} days", if silent == 1 { "phone" } else { "phones" });
    view! {
        <ul class="tally">
            {tile(active.to_string(), "active cases".to_owned(), false)}
            {tile(opened.to_string(), "opened in 30 days".to_owned(), false)}
            {tile(silent.to_string(), silent_words, silent > 0)}
            {tile(unsent.to_string(), "items not sent yet".to_owned(), unsent > 0)}
        </ul>
        <section class="card pad">
            <h2>"Caseload by officer"</h2>
            <CaseloadBars loads/>
            <p class="small soft">{format!("Guideline: {heavy_from} active cases (SAMPLE)")}</p>
        </section>
        <section class="card table-scroll" tabindex="0" aria-label="The team in figures">
            <table class="plain">
                <caption class="visually-hidden">"The team in figures"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Officer"</th>
                        <th scope="col" class="num">"Active"</th>
                        <th scope="col" class="num">"Closed"</th>
                        <th scope="col" class="num">"Opened in 30 days"</th>
                        <th scope="col">"Last contact note"</th>
                        <th scope="col">"Longest without contact"</th>
                        <th scope="col">"Last sync"</th>
                        <th scope="col" class="num">"Unsent"</th>
                    </tr>
                </thead>
                <tbody>{members.iter().map(|member| line(member, now)).collect_view()}</tbody>
            </table>
        </section>
        <Devices/>
        <Lost/>
    }
    .into_any()
}

fn tile(figure: String, words: String, gold: bool) -> impl IntoView {
    view! { <li class="card" class:gold=gold><span class="figure num">{figure}</span><span class="meta">{words}</span></li> }
}

fn line(member: &TeamMember, now: Moment) -> impl IntoView + use<> {
    let when = |at: Option<Moment>, none: &str| at.map_or_else(|| none.to_owned(), |at| ago(at, now));
    let quiet = member.longest_quiet.is_some_and(|at| days(at, now) > QUIET_DAYS);
    let silent = !member.disabled && is_silent(member, now);
    view! {
        <tr>
            <th scope="row">{member.name.clone()} {member.disabled.then(|| view! { <span class="meta">" (account closed)"</span> })}</th>
            <td class="num">{member.active}</td>
            <td class="num">{member.closed}</td>
            <td class="num">{member.opened_30_days}</td>
            <td>{when(member.last_contact, "none yet")}</td>
            <td><span class:due=quiet class:now=quiet>{when(member.longest_quiet, "no active client")}</span></td>
            <td><span class:due=silent class:late=silent>{when(member.last_sync, "never")}</span></td>
            <td class="num">{member.unsent}</td>
        </tr>
    }
}

fn days(at: Moment, now: Moment) -> i64 {
    (jamaica_day(now) - jamaica_day(at)).num_days()
}

/// Whether the officer carries cases and no phone of theirs has spoken with the server for days.
fn is_silent(member: &TeamMember, now: Moment) -> bool {
    member.active > 0 && member.last_sync.is_none_or(|at| days(at, now) >= SILENT_DAYS)
}
