//! Two people gave different facts at the same time: both are shown, a person settles it in two taps.

use crate::pages::words::show_value;
use crate::platform::clock;
use crate::state::device::Along;
use crate::state::use_device;
use domain::client::{Claim, FieldConflict, FileHead};
use domain::clock::show_moment;
use domain::ids::ClientId;
use domain::sync::op::{Body, Subject};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The conflicts of a file.
#[component]
pub fn Conflicts(head: Memo<Option<FileHead>>) -> impl IntoView {
    move || {
        let head = head.get()?;
        let id = head.client.id;
        let conflicts = head.client.conflicts;
        (!conflicts.is_empty()).then(|| {
            let rows = conflicts.into_iter().map(|conflict| view! { <Conflict id conflict/> }).collect_view();
            view! { <h2>"Two answers: which is right?"</h2> {rows} }
        })
    }
}

#[component]
fn Conflict(id: ClientId, conflict: FieldConflict) -> impl IntoView {
    let device = use_device();
    let field = conflict.field;
    let choose = move |value: String| {
        spawn_local(async move {
            // Settled meanwhile by somebody else: the picture shows it.
            let _ = device.record(Subject::Client(id), Body::SettleConflict { field, value }, Along::default()).await;
        });
    };
    let side = move |claim: Claim| {
        let words = device.picture.with_untracked(|picture| show_value(field, &claim.value, &picture.model.sites));
        let label = format!("{}: keep {words}", field.label());
        let value = claim.value;
        view! {
            <div class="claim">
                <p class="name">{words}</p>
                <p class="meta">{claim.by} " · " {show_moment(claim.at, clock::now())}</p>
                <button type="button" class="button quiet" aria-label=label on:click=move |_| choose(value.clone())>"Keep"</button>
            </div>
        }
    };
    view! {
        <div class="card pad gold conflict">
            <h3>{field.label()}</h3>
            <div class="claims">{side(conflict.shown)}{side(conflict.other)}</div>
        </div>
    }
}
