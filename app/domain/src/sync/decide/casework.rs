//! The work on a client's file: contacts, corrections, the profile, handing over.

use super::{Scene, triage};
use crate::access::{Action, Actor, Role, can};
use crate::attachment::{Arrival, Attachment, AttachmentBody};
use crate::client::{CaseStatus, Client, FieldEdit, ProfileField};
use crate::clock::{Moment, jamaica_day, show_day};
use crate::contact::{Amendment, ContactBody, ContactNote};
use crate::error::Refusal;
use crate::ids::{AttachmentId, CaseId, ClientId, NoteId, UserId};
use crate::sync::op::{Assignment, Change, Op};
use crate::sync::wire_v1::{AttachmentForm, ContactForm};
use crate::text::{Line, Narrative};

/// A contact is recorded, also when it arrives late: after the case passed on, an officer's note of a
/// contact that took place while the case was theirs is still taken.
pub(super) fn record(
    scene: &Scene,
    op: &Op,
    client: ClientId,
    note: NoteId,
    form: &ContactForm,
    actor: &Actor,
) -> Result<Vec<Change>, Refusal> {
    if !can(actor.role, Action::RecordContact) {
        return Err(Refusal::not_allowed());
    }
    let body = ContactBody::parse(form, op.recorded_at).map_err(crate::error::FieldErrors::into_first)?;
    if scene.notes.contains_key(&note) {
        return Err(Refusal::new("already-recorded", "This note has been recorded already."));
    }
    let case = case_at(scene, body.happened_at, actor)?;
    let recorded = ContactNote {
        id: note,
        client,
        case,
        op: op.id,
        author: actor.user,
        author_name: actor.name.clone(),
        recorded_at: op.recorded_at,
        body,
        amendments: Vec::new(),
        next_action_done: None,
    };
    Ok(vec![Change::Note(Box::new(recorded))])
}

/// A photo or a signature is put into the file, by whom contacts are recorded; late too, like a note.
pub(super) fn attach(
    scene: &Scene,
    op: &Op,
    client: ClientId,
    form: &AttachmentForm,
    actor: &Actor,
) -> Result<Vec<Change>, Refusal> {
    if !can(actor.role, Action::RecordContact) {
        return Err(Refusal::not_allowed());
    }
    let (body, _) = AttachmentBody::parse(form).map_err(crate::error::FieldErrors::into_first)?;
    let case = case_at(scene, op.recorded_at, actor)?;
    let attachment = Attachment {
        id: AttachmentId(op.id.0),
        client,
        case,
        author: actor.user,
        author_name: actor.name.clone(),
        recorded_at: op.recorded_at,
        body,
        arrival: Arrival::Awaited,
    };
    Ok(vec![Change::Attached { attachment: Box::new(attachment), key: form.key.clone() }])
}

/// The case that a contact at this moment belongs to.
fn case_at(scene: &Scene, happened_at: Moment, actor: &Actor) -> Result<CaseId, Refusal> {
    if let Some(client) = scene.client.as_ref().filter(|c| c.case.officer == actor.user) {
        return match &client.case.status {
            CaseStatus::Closed { at, .. } if happened_at > *at => Err(Refusal::at(
                "day",
                "case-closed",
                format!(
                    "This case was closed on {}. A later contact cannot be added to it.",
                    show_day(jamaica_day(*at))
                ),
            )),
            _ => Ok(client.case.id),
        };
    }
    match scene.departure {
        Some(left) if happened_at <= left.at => Ok(left.case),
        Some(left) => Err(Refusal::at(
            "day",
            "case-moved",
            format!(
                "This case passed to a colleague on {}. Your text is kept here; please give it to your supervisor.",
                show_day(jamaica_day(left.at))
            ),
        )),
        None => Err(Refusal::not_found()),
    }
}

pub(super) fn amend(
    scene: &Scene,
    op: &Op,
    note: NoteId,
    narrative: &str,
    actor: &Actor,
) -> Result<Vec<Change>, Refusal> {
    let note = own_file_note(scene, note, actor)?;
    if note.author != actor.user {
        return Err(Refusal::new(
            "not-your-note",
            "Only the person who wrote a note can correct it. Please write a note of your own.",
        ));
    }
    let narrative = Narrative::parse("narrative", "The correction", "Please write the correction.", narrative)?;
    let amendment = Amendment { op: op.id, at: op.recorded_at, by_name: actor.name.clone(), narrative };
    Ok(vec![Change::Note(Box::new(note.amend(amendment)))])
}

pub(super) fn finish(scene: &Scene, op: &Op, note: NoteId, actor: &Actor) -> Result<Vec<Change>, Refusal> {
    let note = own_file_note(scene, note, actor)?;
    Ok(vec![Change::Note(Box::new(note.finish(op.recorded_at)?))])
}

fn own_file_note(scene: &Scene, note: NoteId, actor: &Actor) -> Result<ContactNote, Refusal> {
    if !can(actor.role, Action::RecordContact) {
        return Err(Refusal::not_allowed());
    }
    let client = scene.client.as_ref().filter(|c| c.case.officer == actor.user).ok_or_else(Refusal::not_found)?;
    // The note's id comes from the device: it must not reach into another client's file.
    scene.notes.get(&note).filter(|n| n.client == client.id).cloned().ok_or_else(Refusal::not_found)
}

pub(super) fn edit_profile(scene: &Scene, op: &Op, edits: &[FieldEdit], actor: &Actor) -> Result<Vec<Change>, Refusal> {
    let client = in_hand(scene, Action::EditProfile, actor)?;
    if edits.is_empty() {
        return Err(Refusal::new("nothing-changed", "Nothing was changed."));
    }
    let client = client.edit(edits, &actor.name, op.recorded_at, op.id)?;
    Ok(vec![Change::Client(Box::new(client))])
}

pub(super) fn settle(
    scene: &Scene,
    op: &Op,
    field: ProfileField,
    value: &str,
    seen: &[String],
    actor: &Actor,
) -> Result<Vec<Change>, Refusal> {
    let client = in_hand(scene, Action::SettleConflict, actor)?;
    let client = client.settle(field, value, seen, jamaica_day(op.recorded_at))?;
    Ok(vec![Change::Client(Box::new(client))])
}

pub(super) fn transfer(
    scene: &Scene,
    op: &Op,
    officer: UserId,
    reason: &str,
    actor: &Actor,
) -> Result<Vec<Change>, Refusal> {
    let client = in_hand(scene, Action::TransferCase, actor)?;
    let reason = Line::parse("reason", "Reason", reason)?;
    let colleague = triage::available(scene, officer)?;
    if colleague.region != client.region {
        return Err(Refusal::at("officer", "officer-of-another-region", "This officer works in another region."));
    }
    triage::guard_load(scene, colleague, reason.as_str())?;
    let (id, case, from, at) = (client.id, client.case.id, client.case.officer, op.recorded_at);
    let client = client.transfer(officer, colleague.name.clone(), at)?;
    let assignment = Assignment { client: id, case, from: Some(from), to: officer, at };
    Ok(vec![Change::Client(Box::new(client)), Change::Assigned(assignment)])
}

/// The client, if the role may do this and the file is in the actor's hands.
fn in_hand(scene: &Scene, action: Action, actor: &Actor) -> Result<Client, Refusal> {
    if !can(actor.role, action) {
        return Err(Refusal::not_allowed());
    }
    scene
        .client
        .clone()
        .filter(|client| match actor.role {
            Role::Officer => client.case.officer == actor.user,
            Role::Supervisor => Some(client.region) == actor.region,
            Role::Counsellor | Role::Administrator => false,
        })
        .ok_or_else(Refusal::not_found)
}
