//! Photos and signatures in a file, to be looked at: by the officer and by the supervisor.

use crate::components::{Dialog, Empty, ErrorNote, Working};
use crate::platform::{clock, picture};
use crate::state::attachments;
use crate::state::use_device;
use domain::attachment::{Arrival, Attachment};
use domain::clock::show_moment;
use domain::sync::outbox::QueueState;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What is said of an attachment's way, as far as this device knows.
fn way(attachment: &Attachment, state: Option<&QueueState>) -> Option<String> {
    match (state, &attachment.arrival) {
        (Some(QueueState::Refused { .. }), _) => Some("needs attention".to_owned()),
        (Some(QueueState::Waiting | QueueState::Held { .. }), _) => Some("saved on this phone".to_owned()),
        (_, Arrival::Unusable { why }) => Some(format!("needs attention: {why}")),
        (Some(_), Arrival::Arrived) => Some("received".to_owned()),
        (Some(_), Arrival::Awaited) => Some("the picture has still to be sent".to_owned()),
        (None, Arrival::Arrived) => None,
        (None, Arrival::Awaited) => Some("the picture has not come yet".to_owned()),
    }
}

/// All of them, newest first, each with a button that shows it.
#[component]
pub fn AttachmentList(
    /// What is attached.
    #[prop(into)]
    attachments: Signal<Vec<Attachment>>,
    /// What to do where there is nothing.
    hint: &'static str,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let looked_at = RwSignal::new(None::<Attachment>);
    let look = Callback::new(move |attachment| {
        looked_at.set(Some(attachment));
        open.set(true);
    });
    view! {
        <Show
            when=move || !attachments.with(Vec::is_empty)
            fallback=move || view! { <Empty title="No photo or signature yet" hint/> }
        >
            <ul class="card">{move || attachments.get().into_iter().map(|attachment| row(attachment, look)).collect_view()}</ul>
        </Show>
        {move || looked_at.get().map(|attachment| {
            let title = attachment.body.title.as_str().to_owned();
            view! { <Dialog title open><Look attachment=attachment.clone()/></Dialog> }
        })}
    }
}

fn row(attachment: Attachment, look: Callback<Attachment>) -> impl IntoView {
    let device = use_device();
    let op = attachment.id.0;
    let title = attachment.body.title.as_str().to_owned();
    let label = format!("Show {title}");
    let meta = format!(
        "{} · {} · {}",
        attachment.body.kind.label(),
        show_moment(attachment.recorded_at, clock::now()),
        attachment.author_name
    );
    let said = attachment.clone();
    let state = move || {
        let state = device.queue.with(|queue| queue.iter().find(|q| q.op.id.0 == op).map(|q| q.state.clone()));
        way(&said, state.as_ref())
    };
    view! {
        <li class="row plain item">
            <span class="row-text">
                <span class="name">{title}</span>
                <span class="meta">{meta}</span>
                <span class="meta">{state}</span>
            </span>
            <button type="button" class="button quiet" aria-label=label on:click=move |_| look.run(attachment.clone())>"Show"</button>
        </li>
    }
}

/// The picture: from this device while it lies here, else from the server.
#[component]
fn Look(attachment: Attachment) -> impl IntoView {
    let device = use_device();
    let address = RwSignal::new(None::<String>);
    let missing = RwSignal::new(false);
    let release = move || {
        if let Some(address) = address.try_get_untracked().flatten() {
            picture::release(&address);
        }
    };
    let (id, content) = (attachment.id, attachment.body.content.clone());
    let arrived = attachment.arrival == Arrival::Arrived;
    Effect::new(move |_| {
        let content = content.clone();
        spawn_local(async move {
            let media = content.media;
            let here = attachments::here(device, id, content).await;
            match here.and_then(|bytes| picture::shown(&bytes, media)) {
                Some(local) => drop(address.try_set(Some(local))),
                None if arrived => drop(address.try_set(Some(format!("/api/v1/attachments/{id}")))),
                None => drop(missing.try_set(true)),
            }
        });
    });
    on_cleanup(release);
    let alt = attachment.body.title.as_str().to_owned();
    move || {
        match (missing.get(), address.get()) {
        (true, _) => view! {
            <ErrorNote message="The picture does not lie on this device. It is shown from the server, once it has arrived there and there is a network.".to_owned()/>
        }
        .into_any(),
        (false, None) => view! { <Working/> }.into_any(),
        (false, Some(address)) => {
            let alt = alt.clone();
            view! { <img class="photo whole" src=address alt=alt on:error=move |_| missing.set(true)/> }.into_any()
        }
    }
    }
}
