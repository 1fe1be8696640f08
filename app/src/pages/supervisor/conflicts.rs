//! Two people gave one field different values at the same time: a person chooses.

use crate::components::ErrorNote;
use crate::pages::words::show_value;
use crate::platform::clock;
use crate::state::device::Along;
use crate::state::{Device, use_device};
use domain::client::{Claim, FieldConflict, ProfileField};
use domain::clock::show_moment;
use domain::ids::{ClientId, OpId};
use domain::sync::op::{Body, Subject};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The fields to settle, each with all its values; nothing where there is none. `last` takes the op when a
/// value is chosen.
pub fn conflicts(client: ClientId, conflicts: &[FieldConflict], last: RwSignal<Option<OpId>>) -> Option<AnyView> {
    if conflicts.is_empty() {
        return None;
    }
    let device = use_device();
    let failure = RwSignal::new(None::<String>);
    let subject = Subject::Client(client);
    let choose = Callback::new(move |(field, value): (ProfileField, String)| {
        spawn_local(async move {
            match device.record(subject, Body::SettleConflict { field, value }, Along::default()).await {
                Ok(op) => {
                    failure.set(None);
                    last.set(Some(op));
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
                            <div class="claims">{claims.with_value(|claims| claims.iter().map(|claim| side(field, claim, device, choose)).collect_view())}</div>
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

/// Every value given for a field, the one that is shown first.
fn claims(conflicts: &[FieldConflict], field: ProfileField) -> Vec<Claim> {
    let of_field = || conflicts.iter().filter(move |conflict| conflict.field == field);
    of_field()
        .take(1)
        .map(|conflict| conflict.shown.clone())
        .chain(of_field().map(|conflict| conflict.other.clone()))
        .collect()
}

fn side(
    field: ProfileField,
    claim: &Claim,
    device: Device,
    choose: Callback<(ProfileField, String)>,
) -> impl IntoView + use<> {
    let words = device.picture.with_untracked(|picture| show_value(field, &claim.value, &picture.model.sites));
    let (label, value) = (format!("{}: keep {words}", field.label()), claim.value.clone());
    view! {
        <div class="claim">
            <p class="name">{words}</p>
            <p class="meta">{claim.by.clone()} " · " {show_moment(claim.at, clock::now())}</p>
            <button type="button" class="button quiet" aria-label=label on:click=move |_| choose.run((field, value.clone()))>"Keep"</button>
        </div>
    }
}
