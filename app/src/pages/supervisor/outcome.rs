//! What became of what the supervisor did to one file: saved here, received, refused.

use crate::state::use_device;
use domain::ids::OpId;
use domain::sync::op::{Body, Subject};
use domain::sync::outbox::{QueueState, Queued};
use leptos::prelude::*;

/// One line for each op on this file that is under way or refused, and for the one saved last.
#[component]
pub fn Outcome(
    /// The file.
    subject: Subject,
    /// The op that was saved last on this screen.
    last: RwSignal<Option<OpId>>,
) -> impl IntoView {
    let device = use_device();
    let lines = Memo::new(move |_| {
        let last = last.get();
        device.queue.with(|queue| {
            queue
                .iter()
                .filter(|queued| queued.op.subject == subject)
                .filter_map(|queued| line(queued, last))
                .collect::<Vec<_>>()
        })
    });
    view! {
        <div id="outcome" class="outcome" role="status" tabindex="-1">
            {move || {
                lines
                    .get()
                    .into_iter()
                    .map(|Line { class, state, words, refused }| {
                        view! {
                            <p class="banner" class:attention=refused>
                                <span class=class>{state}</span>
                                <span>{words}</span>
                                {refused.then(|| view! { <a href="/sync">"See what to do"</a> })}
                            </p>
                        }
                    })
                    .collect_view()
            }}
        </div>
    }
}

#[derive(Clone, PartialEq)]
struct Line {
    class: &'static str,
    state: &'static str,
    words: String,
    refused: bool,
}

fn line(queued: &Queued, last: Option<OpId>) -> Option<Line> {
    let what = what(&queued.op.body);
    match &queued.state {
        QueueState::Waiting | QueueState::Held { .. } => Some(Line {
            class: "chip wait",
            state: "Saved on this phone",
            words: format!("{what}: sent as soon as there is a network."),
            refused: false,
        }),
        QueueState::Refused { refusal } => Some(Line {
            class: "chip attention",
            state: "Needs attention",
            words: format!("{what}: {}", refusal.message),
            refused: true,
        }),
        QueueState::Received { .. } if Some(queued.op.id) == last => Some(Line {
            class: "chip",
            state: "Received",
            words: format!("{what}: the server has it."),
            refused: false,
        }),
        QueueState::Received { .. } | QueueState::Discarded { .. } => None,
    }
}

const fn what(body: &Body) -> &'static str {
    match body {
        Body::Accept { .. } => "Accepted and assigned",
        Body::AskInformation { .. } => "Question",
        Body::DeclareNotEligible { .. } => "Not eligible",
        Body::ReferElsewhere { .. } => "Referred elsewhere",
        Body::Transfer { .. } => "Transfer",
        Body::SettleConflict { .. } => "Your choice",
        _ => "Change",
    }
}
