//! Two people gave one field different values at the same time: a person chooses.

use crate::components::ErrorNote;
use crate::pages::words::show_value;
use crate::platform::clock;
use crate::state::device::Along;
use crate::state::{Device, use_device};
use domain::client::{Claim, FieldConflict, ProfileField, claims};
use domain::clock::show_moment;
use domain::ids::{ClientId, OpId};
use domain::sync::op::{Body, Subject};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The fields to settle, each with all its values; nothing where there is none. `chosen` is called with the
/// op when a value has been chosen.
pub fn conflicts(
    client: ClientId,
    conflicts: &[FieldConflict],
    chosen: impl Fn(OpId) + Copy + Send + Sync + 'static,
) -> Option<AnyView> {
    if conflicts.is_empty() {
        return None;
    }
    let device = use_device();
    let failure = RwSignal::new(None::<String>);
    let subject = Subject::Client(client);
    let choose = Callback::new(move |(field, value, seen): (ProfileField, String, Vec<String>)| {
        spawn_local(async move {
            match device.record(subject, Body::SettleConflict { field, value, seen }, Along::default()).await {
                Ok(op) => {
                    failure.set(None);
                    chosen(op);
                }
                Err(error) => failure.set(Some(error.to_string())),
            }
        });
    });
    let under_way = Memo::new(move |_| {
        device.queue.with(|queue| {
            let on_its_way = queue.iter().filter(|queued| queued.op.subject == subject && queued.state.is_unsent());
            on_its_way
                .filter_map(|queued| match &queued.op.body {
                    Body::SettleConflict { field, .. } => Some(*field),
                    _ => None,
                })
                .collect::<Vec<_>>()
        })
    });
    let mut fields: Vec<ProfileField> = conflicts.iter().map(|conflict| conflict.field).collect();
    fields.dedup();
    let sections =
        fields
            .into_iter()
            .map(|field| {
                let claims = StoredValue::new(claims(conflicts, field));
                // A choice on its way is not asked for again.
                view! {
                    <Show when=move || !under_way.with(|fields| fields.contains(&field))>
                        <div class="card pad gold conflict">
                            <h3>{field.label()}</h3>
                            <div class="claims">{claims.with_value(|claims| claims.iter().map(|claim| side(field, claim, claims, device, choose)).collect_view())}</div>
                        </div>
                    </Show>
                }
            })
            .collect_view();
    let view = view! {
        <h2>"Two answers: which is right?"</h2>
        {sections}
        {move || failure.get().map(|message| view! { <ErrorNote message/> })}
    };
    Some(view.into_any())
}

fn side(
    field: ProfileField,
    claim: &Claim,
    all: &[Claim],
    device: Device,
    choose: Callback<(ProfileField, String, Vec<String>)>,
) -> impl IntoView + use<> {
    let words = device.picture.with_untracked(|picture| show_value(field, &claim.value, &picture.model.sites));
    let (label, value) = (format!("{}: keep {words}", field.label()), claim.value.clone());
    let seen: Vec<String> = all.iter().map(|claim| claim.value.clone()).collect();
    view! {
        <div class="claim">
            <p class="name">{words}</p>
            <p class="meta">{claim.by.clone()} " · " {show_moment(claim.at, clock::now())}</p>
            <button type="button" class="button quiet" aria-label=label on:click=move |_| choose.run((field, value.clone(), seen.clone()))>"Keep"</button>
        </div>
    }
}
