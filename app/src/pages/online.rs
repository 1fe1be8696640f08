//! Screens that ask the server for what does not lie on this device, and what they say without a network.

use crate::components::{Empty, ErrorNote};
use crate::desk::DeskError;
use crate::state::use_device;
use domain::clock::{Moment, show_age_in_days};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::future::Future;

/// What was asked, as far as it has come: nothing yet, an answer, or why there is none.
pub type Answer<T> = RwSignal<Option<Result<T, DeskError>>>;

/// Asks. What was answered before stays in view until the new answer is here.
pub fn ask<T: Send + Sync + 'static>(
    answer: Answer<T>,
    question: impl Future<Output = Result<T, DeskError>> + 'static,
) {
    spawn_local(async move {
        let result = question.await;
        // The screen may have been left meanwhile; then nobody wants the answer any more.
        answer.try_set(Some(result));
    });
}

/// No answer came: why, in words, and a way to try again. Without a network that is no error.
#[component]
pub fn Trouble(
    /// What is missing, to stand before "needs a network".
    what: &'static str,
    /// Why there is no answer.
    error: DeskError,
    /// Asks again.
    retry: Callback<()>,
) -> impl IntoView {
    match error {
        DeskError::Unreachable => {
            // A completed exchange with the server shows that the network is back.
            let device = use_device();
            let exchanged = Memo::new(move |_| device.sync.with(|sync| sync.complete_at));
            Effect::new(move |before: Option<Option<Moment>>| {
                let now = exchanged.get();
                if before.is_some_and(|before| before != now) {
                    retry.run(());
                }
                now
            });
            view! {
                <Empty title=format!("{what} needs a network") hint="It does not lie on this device. What you saved is kept and goes out by itself.">
                    <button type="button" class="button" on:click=move |_| retry.run(())>"Try again"</button>
                </Empty>
            }
            .into_any()
        }
        DeskError::SignedOut => view! {
            <Empty title="Please sign in again" hint=format!("Your session has ended. {what} can be read after that; what you saved is kept.")>
                <a class="button" href="/sync">"Sign in again"</a>
            </Empty>
        }
        .into_any(),
        other => view! {
            <div class="stack">
                <ErrorNote message=other.to_string()/>
                <div class="actions"><button type="button" class="button quiet" on:click=move |_| retry.run(())>"Try again"</button></div>
            </div>
        }
        .into_any(),
    }
}

/// How long ago, in words: `today`, `yesterday`, `6 days ago`.
pub fn ago(since: Moment, now: Moment) -> String {
    let age = show_age_in_days(since, now);
    if age.ends_with("days") { format!("{age} ago") } else { age }
}
