//! The judge: whether an op may happen, and what follows from it.
//!
//! Pure, and the same on the phone (which lays pending ops over its snapshot) and on the server
//! (which decides again, with the truth, inside the transaction). Forms are judged as of the moment
//! when the person saved them, so that the two sides cannot disagree about an age or a date.

mod casework;
mod triage;

use crate::access::Actor;
use crate::caseload::{CaseloadLimits, Colleague, pass_on};
use crate::client::Client;
use crate::clock::{Moment, jamaica_day, show_day};
use crate::contact::ContactNote;
use crate::error::Refusal;
use crate::ids::{CaseId, NoteId, UserId};
use crate::referral::Referral;
use crate::sync::op::{Body, Change, Op, Subject};
use chrono::TimeDelta;
use std::collections::BTreeMap;

/// What the judge looks at: the op's subject as it stands, as far as the actor may know it.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    /// The referral, if the subject is one.
    pub referral: Option<Referral>,
    /// The client, if the subject is one and is in the actor's hands.
    pub client: Option<Client>,
    /// The notes that the op speaks of.
    pub notes: BTreeMap<NoteId, ContactNote>,
    /// The officers to whom the actor can assign.
    pub colleagues: BTreeMap<UserId, Colleague>,
    /// From which load on a reason is wanted.
    pub limits: CaseloadLimits,
    /// When the actor had this client once and has it no longer.
    pub departure: Option<Departure>,
}

/// The end of an officer's time with a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Departure {
    /// The episode.
    pub case: CaseId,
    /// When the case passed on.
    pub at: Moment,
}

/// The device's clock can be this far ahead before its ops are refused.
const CLOCK_AHEAD: TimeDelta = TimeDelta::days(31);
/// No op was written before this day: 01/01/2020, in Unix seconds. An earlier clock has lost its battery.
const FIRST_DAY: i64 = 1_577_836_800;

/// Judges an op: what follows from it, or why it may not be.
///
/// `now` is the judge's own clock; on the phone it is the same clock that wrote `recorded_at`.
pub fn decide(scene: &Scene, op: &Op, actor: &Actor, now: Moment) -> Result<Vec<Change>, Refusal> {
    check_clock(op, now)?;
    match (&op.body, op.subject) {
        (Body::SendReferral { form }, Subject::Referral(id)) => triage::send(scene, op, id, form, actor),
        (Body::AskInformation { question }, Subject::Referral(_)) => triage::ask(scene, op, question, actor),
        (Body::AnswerInformation { answer }, Subject::Referral(_)) => triage::answer(scene, op, answer, actor),
        (Body::Accept { client, case, officer, reason }, Subject::Referral(_)) => triage::accept(
            scene,
            op,
            actor,
            &triage::Acceptance { client: *client, case: *case, officer: *officer, reason },
        ),
        (Body::DeclareNotEligible { reason }, Subject::Referral(_)) => triage::decline(scene, op, reason, actor),
        (Body::ReferElsewhere { to, reason }, Subject::Referral(_)) => {
            triage::refer_elsewhere(scene, op, to, reason, actor)
        }
        (Body::Transfer { officer, reason }, Subject::Client(_)) => {
            casework::transfer(scene, op, *officer, reason, actor)
        }
        (Body::RecordContact { note, form }, Subject::Client(client)) => {
            casework::record(scene, op, client, *note, form, actor)
        }
        (Body::AmendContact { note, narrative }, Subject::Client(_)) => {
            casework::amend(scene, op, *note, narrative, actor)
        }
        (Body::FinishNextAction { note }, Subject::Client(_)) => casework::finish(scene, op, *note, actor),
        (Body::Attach { form }, Subject::Client(client)) => casework::attach(scene, op, client, form, actor),
        (Body::EditProfile { edits }, Subject::Client(_)) => casework::edit_profile(scene, op, edits, actor),
        (Body::SettleConflict { field, value, seen }, Subject::Client(_)) => {
            casework::settle(scene, op, *field, value, seen, actor)
        }
        _ => Err(Refusal::new("wrong-subject", "This cannot be done to this kind of file.")),
    }
}

/// Lays a change over the scene.
pub fn evolve(mut scene: Scene, change: &Change) -> Scene {
    match change {
        Change::Referral(referral) => scene.referral = Some(referral.as_ref().clone()),
        Change::Client(client) => scene.client = Some(client.as_ref().clone()),
        Change::Note(note) => {
            scene.notes.insert(note.id, note.as_ref().clone());
        }
        // No rule looks at the attachments that are there.
        Change::Attached { .. } => {}
        Change::Assigned(assignment) => {
            pass_on(&mut scene.colleagues, assignment);
        }
    }
    scene
}

fn check_clock(op: &Op, now: Moment) -> Result<(), Refusal> {
    // The difference of two moments always is one; a sum can lie beyond the calendar.
    if op.recorded_at.timestamp() < FIRST_DAY || op.recorded_at - now > CLOCK_AHEAD {
        let shown = show_day(jamaica_day(op.recorded_at));
        return Err(Refusal::new(
            "clock-wrong",
            format!(
                "The phone's clock said {shown} when this was written. Please set the date, open this item and save it again."
            ),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
