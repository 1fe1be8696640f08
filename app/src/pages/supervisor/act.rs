//! What a supervisor can do to a referral or a case: each a dialog with a form, saved on the device first.

use super::assignee::Assignee;
use crate::components::{Dialog, ErrorNote, TextArea, TextField};
use crate::pages::form::{DraftMark, Form};
use crate::platform::{clock, page};
use crate::state::device::Along;
use crate::state::{Device, SaveFailure, use_device};
use domain::error::{FieldErrors, Refusal};
use domain::ids::{CaseId, ClientId, OpId, UserId};
use domain::sync::op::{Body, Subject};
use domain::sync::outbox::QueueState;
use domain::text::Line;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

/// What a supervisor can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Accept the referral and assign an officer.
    Accept,
    /// Ask the referrer for information.
    Ask,
    /// Declare the person not eligible.
    Decline,
    /// Refer the person to another agency.
    Elsewhere,
    /// Hand a case to another officer.
    Transfer,
}

/// What is typed in any of the dialogs; each uses some of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// The officer's id.
    pub officer: String,
    /// The question to the referrer.
    pub question: String,
    /// The agency.
    pub to: String,
    /// Why.
    pub reason: String,
}

impl Act {
    /// What can be done to a referral, the most usual first.
    pub const TRIAGE: [Self; 4] = [Self::Accept, Self::Ask, Self::Decline, Self::Elsewhere];

    /// The button that opens the dialog.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Accept => "Accept",
            Self::Ask => "Ask for information",
            Self::Decline => "Not eligible",
            Self::Elsewhere => "Refer elsewhere",
            Self::Transfer => "Transfer",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Accept => "Accept and assign",
            Self::Ask => "Ask for information",
            Self::Decline => "Not eligible",
            Self::Elsewhere => "Refer elsewhere",
            Self::Transfer => "Transfer the case",
        }
    }

    const fn submit(self) -> &'static str {
        match self {
            Self::Accept => "Assign",
            Self::Ask => "Send question",
            Self::Decline | Self::Elsewhere => "Send decision",
            Self::Transfer => "Hand over",
        }
    }

    /// The key of the draft.
    fn draft(self, subject: Subject) -> String {
        let act = match self {
            Self::Accept => "accept",
            Self::Ask => "ask",
            Self::Decline => "decline",
            Self::Elsewhere => "elsewhere",
            Self::Transfer => "transfer",
        };
        format!("triage:{}:{act}", subject.uuid())
    }

    /// The fields that are in view.
    const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Accept | Self::Transfer => &["officer", "reason"],
            Self::Ask => &["question"],
            Self::Decline => &["reason"],
            Self::Elsewhere => &["to", "reason"],
        }
    }

    /// What was typed into an op of this kind; none for other kinds.
    fn typed_in(self, body: &Body) -> Option<Typed> {
        let typed = match (self, body.clone()) {
            (Self::Accept, Body::Accept { officer, reason, .. })
            | (Self::Transfer, Body::Transfer { officer, reason }) => {
                Typed { officer: officer.to_string(), reason, ..Typed::default() }
            }
            (Self::Ask, Body::AskInformation { question }) => Typed { question, ..Typed::default() },
            (Self::Decline, Body::DeclareNotEligible { reason }) => Typed { reason, ..Typed::default() },
            (Self::Elsewhere, Body::ReferElsewhere { to, reason }) => Typed { to, reason, ..Typed::default() },
            _ => return None,
        };
        Some(typed)
    }

    /// The op's body, as far as it can be read; the rules judge the rest when it is saved.
    fn body(self, typed: Typed) -> Result<Body, FieldErrors> {
        let Typed { officer, question, to, reason } = typed;
        Ok(match self {
            Self::Ask => Body::AskInformation { question },
            Self::Decline => Body::DeclareNotEligible { reason },
            Self::Elsewhere => Body::ReferElsewhere { to, reason },
            Self::Accept => {
                let officer = chosen(&officer).map_err(|refusal| FieldErrors(vec![refusal]))?;
                Body::Accept { client: ClientId(clock::new_id()), case: CaseId(clock::new_id()), officer, reason }
            }
            // The file of a case is not on this device, so nothing here judges the op before the server does.
            Self::Transfer => {
                let mut wrong = FieldErrors::default();
                let officer = wrong.take(chosen(&officer));
                wrong.take(Line::parse("reason", "Reason", &reason));
                match officer {
                    Some(officer) if wrong.is_empty() => Body::Transfer { officer, reason },
                    _ => return Err(wrong),
                }
            }
        })
    }
}

fn chosen(officer: &str) -> Result<UserId, Refusal> {
    officer.parse().map_err(|_| Refusal::at("officer", "missing", "Please choose the officer."))
}

/// The op of this kind on this file that the server refused, if there is one: the form mends it.
fn to_mend(device: Device, subject: Subject, act: Act) -> Option<(OpId, Typed)> {
    device.queue.with_untracked(|queue| {
        let refused = |state: &QueueState| matches!(state, QueueState::Refused { .. });
        queue
            .iter()
            .rev()
            .filter(|queued| queued.op.subject == subject && refused(&queued.state))
            .find_map(|queued| Some((queued.op.id, act.typed_in(&queued.op.body)?)))
    })
}

/// The button and its dialog.
#[component]
pub fn ActButton(
    /// What is to be done.
    act: Act,
    /// To which file.
    subject: Subject,
    /// Takes the op when it is saved.
    last: RwSignal<Option<OpId>>,
    /// Whether it can be done now; the dialog stays open where that changes meanwhile.
    #[prop(into)]
    shown: Signal<bool>,
    /// Who has the case now.
    #[prop(optional, into)]
    holder: Signal<Option<UserId>>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let class = if act == Act::Accept { "button" } else { "button quiet" };
    view! {
        <Show when=move || shown.get()>
            <button type="button" class=class on:click=move |_| open.set(true)>{act.label()}</button>
        </Show>
        <Dialog title=act.title() open>
            <ActForm act subject last open holder/>
        </Dialog>
    }
}

#[component]
fn ActForm(
    act: Act,
    subject: Subject,
    last: RwSignal<Option<OpId>>,
    open: RwSignal<bool>,
    holder: Signal<Option<UserId>>,
) -> impl IntoView {
    let device = use_device();
    let (mends, start) =
        to_mend(device, subject, act).map_or((None, Typed::default()), |(op, typed)| (Some(op), typed));
    let form = Form::begin(act.draft(subject), start);
    let busy = RwSignal::new(false);

    let save = move || {
        if busy.get_untracked() {
            return;
        }
        let body = match act.body(form.data.get_untracked()) {
            Ok(body) => body,
            Err(wrong) => return form.refuse(wrong),
        };
        let along = Along { draft: Some(form.keeper.key()), mends };
        busy.set(true);
        spawn_local(async move {
            match device.record(subject, body, along).await {
                Ok(op) => {
                    form.keeper.close();
                    last.set(Some(op));
                    open.set(false);
                    // The button that had the focus may be gone: the words about the outcome take it.
                    page::sleep(0).await;
                    page::focus("outcome");
                }
                Err(SaveFailure::Refused(refusal)) => form.refuse_one(refusal),
                Err(SaveFailure::Store(error)) => form.refuse_one(Refusal::new("not-kept", error.to_string())),
            }
            busy.set(false);
        });
    };

    let officer = form.bind("officer", |typed| &typed.officer, |typed| &mut typed.officer);
    let question = form.bind("question", |typed| &typed.question, |typed| &mut typed.question);
    let to = form.bind("to", |typed| &typed.to, |typed| &mut typed.to);
    let reason = form.bind("reason", |typed| &typed.reason, |typed| &mut typed.reason);
    let whole = form.whole_error(act.fields());
    let fields = match act {
        Act::Accept => view! { <Assignee officer reason holder/> }.into_any(),
        Act::Transfer => view! { <Assignee officer reason holder transfer=true/> }.into_any(),
        Act::Ask => view! { <TextArea label="What do you need to know" bind=question hint="Whoever sent the referral reads this and answers it."/> }.into_any(),
        Act::Decline => view! { <TextField label="Reason" bind=reason hint="The school reads this."/> }.into_any(),
        Act::Elsewhere => view! {
            <TextField label="Agency" bind=to/>
            <TextField label="Reason" bind=reason optional=true hint="The school reads this."/>
        }
        .into_any(),
    };
    // Before a decision that others read: about whom it is.
    let about = device.picture.with_untracked(|picture| match subject {
        Subject::Referral(id) => picture
            .referral(id)
            .map(|referral| format!("{} · {}", referral.particulars.profile.full_name(), referral.reference)),
        Subject::Client(_) => None,
    });
    view! {
        <form autocomplete="off" class="stack" novalidate on:submit=move |event| { event.prevent_default(); save(); }>
            {about.map(|about| view! { <p class="name">{about}</p> })}
            {fields}
            {move || whole.get().map(|message| view! { <ErrorNote message/> })}
            <div class="actions">
                <button type="submit" class="button" disabled=busy>{act.submit()}</button>
                <DraftMark keeper=form.keeper/>
            </div>
        </form>
    }
}
