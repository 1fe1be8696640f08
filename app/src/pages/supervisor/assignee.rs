//! Choosing an officer: who can take a case, what they carry, and a word before it becomes much.

use crate::components::chart::Load;
use crate::components::{Bind, CaseloadBars, Empty, SelectField, TextField};
use crate::state::{Device, use_device};
use domain::caseload::{CaseloadLimits, Colleague, Guard};
use domain::ids::UserId;
use leptos::prelude::*;

/// The region's officers, by name; also those who have left but may still have cases.
pub fn colleagues(device: Device) -> Vec<Colleague> {
    let mut officers: Vec<Colleague> =
        device.picture.with(|picture| picture.model.colleagues.values().cloned().collect());
    officers.sort_by(|a, b| a.name.cmp(&b.name));
    officers
}

/// The fields that assign a case: the officer, the guard's word, a reason where one is wanted, and the
/// team's caseloads. The guard warns; a person decides.
#[component]
pub fn Assignee(
    /// The officer's id.
    officer: Bind,
    /// Why.
    reason: Bind,
    /// Who has the case now and so cannot get it.
    holder: Signal<Option<UserId>>,
    /// Whether a case changes hands, which always wants a reason.
    #[prop(optional)]
    transfer: bool,
) -> impl IntoView {
    let device = use_device();
    let limits = device.picture.with_untracked(|picture| picture.model.limits);
    let officers = Memo::new(move |_| {
        let mut officers = colleagues(device);
        officers.retain(|officer| officer.available);
        officers
    });
    let none = move || officers.with(Vec::is_empty);
    let options = Signal::derive(move || {
        let open_to = |colleague: &&Colleague| Some(colleague.user) != holder.get();
        let option = |colleague: &Colleague| {
            (colleague.user.to_string(), format!("{} – {} active", colleague.name, colleague.active))
        };
        officers.with(|officers| officers.iter().filter(open_to).map(option).collect())
    });
    let chosen = Memo::new(move |_| {
        let id: Option<UserId> = officer.value.get().parse().ok();
        officers.with(|officers| officers.iter().find(|colleague| Some(colleague.user) == id).cloned())
    });
    let guard = Memo::new(move |_| {
        chosen.with(|officer| officer.as_ref().map_or(Guard::Clear, |officer| limits.guard(officer.active)))
    });
    let words = move || chosen.with(|officer| officer.as_ref().and_then(|officer| guard_words(officer, limits)));
    let reason_needed = Memo::new(move |_| transfer || guard.get() == Guard::ReasonNeeded);
    view! {
        <Show
            when=move || !none()
            fallback=|| view! { <Empty title="No officer can be given a case" hint="Accounts of case officers are made by the administrator; they appear here after the next exchange with the server."/> }
        >
            <SelectField label="Assign to" bind=officer options/>
            <p class="guard" role="status">{words}</p>
            <Show when=move || reason_needed.get()>
                <TextField label="Reason" bind=reason hint=if transfer { "The case's history keeps this." } else { "Why this officer all the same; the case's history keeps this." }/>
            </Show>
            <h3>"Caseloads of the team"</h3>
            {move || view! { <CaseloadBars loads=officers.with(|officers| loads(officers, limits))/> }}
        </Show>
    }
}

fn loads(officers: &[Colleague], limits: CaseloadLimits) -> Vec<Load> {
    officers
        .iter()
        .map(|officer| Load { name: officer.name.clone(), active: officer.active, heavy_from: limits.heavy_from })
        .collect()
}

/// What to say before this officer gets one more case.
fn guard_words(officer: &Colleague, limits: CaseloadLimits) -> Option<String> {
    let Colleague { name, active, .. } = officer;
    let after = active.saturating_add(1);
    match limits.guard(*active) {
        Guard::Clear => None,
        Guard::Heavy => Some(format!(
            "{name} would have {after} active cases, above the sample guideline of {} (SAMPLE).",
            limits.heavy_from
        )),
        Guard::ReasonNeeded => Some(format!(
            "{name} would have {after} active cases, above the sample limit of {} (SAMPLE). Please give a reason, or choose another officer.",
            limits.reason_from
        )),
    }
}
