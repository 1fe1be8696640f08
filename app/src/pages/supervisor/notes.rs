//! Contact notes to be read: what happened, what was corrected, what was promised.

use crate::components::Empty;
use domain::clock::{Moment, jamaica_day, show_day, show_moment};
use domain::contact::{Amendment, ContactNote, NextAction, Reached};
use leptos::prelude::*;

/// All notes, the latest contact first; `older` where there are more than these.
pub fn notes(notes: &[ContactNote], older: bool, now: Moment) -> AnyView {
    let list = if notes.is_empty() {
        view! { <Empty title="No contact note yet" hint="The case officer's notes appear here when their phone has sent them."/> }.into_any()
    } else {
        view! { <ul class="time">{notes.iter().map(|note| entry(note, now)).collect_view()}</ul> }.into_any()
    };
    view! {
        <section class="card pad">
            <h2>"Contact notes"</h2>
            {list}
            {older.then(|| view! { <p class="small soft">"Older notes than these are in the file, but not on this screen."</p> })}
        </section>
    }
    .into_any()
}

fn entry(note: &ContactNote, now: Moment) -> impl IntoView + use<> {
    let body = &note.body;
    let late = note.is_late_entry().then(|| {
        let words = format!(
            "Late entry: took place {}, written down {}",
            show_moment(body.happened_at, now),
            show_moment(note.recorded_at, now)
        );
        view! { <p class="due now">{words}</p> }
    });
    let reached = (body.reached != Reached::Met).then(|| format!(" · {}", body.reached.label()));
    let present: Vec<&str> = body.present.iter().map(|present| present.label()).collect();
    let present = (!present.is_empty()).then(|| view! { <p class="meta">"Present: " {present.join(", ")}</p> });
    let compliance =
        body.compliance.map(|compliance| view! { <p class="meta">"Compliance: " {compliance.label()}</p> });
    let action = body.next_action.as_ref().map(|action| {
        let state = match note.next_action_done {
            Some(at) => format!("done {}", show_moment(at, now)),
            None => by(action),
        };
        view! { <p class="meta">"Next action: " {action.what.as_str().to_owned()} " · " {state}</p> }
    });
    view! {
        <li class:gold=note.is_late_entry()>
            <p>
                <span class="name">{body.kind.label()}</span>
                <span class="meta">{reached} " · " {show_moment(body.happened_at, now)} " · " {note.author_name.clone()}</span>
            </p>
            {late}
            <p class="prose">{body.narrative.as_str().to_owned()}</p>
            {present}
            {compliance}
            {action}
            {note.amendments.iter().map(|amendment| correction(amendment, now)).collect_view()}
        </li>
    }
}

fn correction(amendment: &Amendment, now: Moment) -> impl IntoView + use<> {
    view! {
        <div class="amendment">
            <p class="meta">"Correction by " {amendment.by_name.clone()} " · " {show_moment(amendment.at, now)}</p>
            <p class="prose">{amendment.narrative.as_str().to_owned()}</p>
        </div>
    }
}

fn by(action: &NextAction) -> String {
    action.due.map_or_else(|| "no day given".to_owned(), |due| format!("by {}", show_day(due)))
}

/// What was promised and is not done, the soonest first; nothing where all is done.
pub fn promises(notes: &[ContactNote], now: Moment) -> Option<AnyView> {
    let today = jamaica_day(now);
    let mut open: Vec<(&ContactNote, &NextAction)> =
        notes.iter().filter_map(|note| Some((note, note.open_action()?))).collect();
    open.sort_by_key(|(note, action)| (action.due.is_none(), action.due, note.id));
    let row = |(note, action): (&ContactNote, &NextAction)| {
        let class = match action.due {
            Some(due) if due < today => "due late",
            Some(due) if due == today => "due now",
            _ => "due",
        };
        let words =
            if action.due.is_some_and(|due| due < today) { format!("{}, late", by(action)) } else { by(action) };
        view! {
            <li class="row plain">
                <span class="row-text"><span class="name">{action.what.as_str().to_owned()}</span><span class="meta">{note.author_name.clone()}</span></span>
                <span class=class>{words}</span>
            </li>
        }
    };
    (!open.is_empty()).then(|| {
        view! {
            <h2>"Next actions"</h2>
            <ul class="card rows">{open.into_iter().map(row).collect_view()}</ul>
        }
        .into_any()
    })
}
