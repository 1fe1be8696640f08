//! From a referral sent to a decision: ask, accept and assign, not eligible, elsewhere.

use super::Scene;
use crate::access::{Action, Actor, Role, can};
use crate::caseload::{Colleague, Guard};
use crate::error::Refusal;
use crate::ids::{CaseId, ClientId, ReferralId, UserId};
use crate::reference::ReferenceNumber;
use crate::referral::{Particulars, Referral};
use crate::sync::op::{Assignment, Change, Op};
use crate::sync::wire_v1::ReferralForm;
use crate::text::{Line, Narrative};

pub(super) fn send(
    scene: &Scene,
    op: &Op,
    id: ReferralId,
    form: &ReferralForm,
    actor: &Actor,
) -> Result<Vec<Change>, Refusal> {
    if !can(actor.role, Action::SendReferral) {
        return Err(Refusal::not_allowed());
    }
    if scene.referral.is_some() {
        return Err(Refusal::new("already-sent", "This referral has been sent already."));
    }
    let particulars = Particulars::parse(form, op.recorded_at).map_err(crate::error::FieldErrors::into_first)?;
    let reference = ReferenceNumber::parse_any("reference", &form.reference)?;
    let referral = Referral::receive(id, reference, actor, particulars, op.recorded_at)?;
    Ok(vec![Change::Referral(Box::new(referral))])
}

pub(super) fn ask(scene: &Scene, op: &Op, question: &str, actor: &Actor) -> Result<Vec<Change>, Refusal> {
    let referral = to_triage(scene, actor)?;
    let question = Narrative::parse("question", "The question", "Please write what you need to know.", question)?;
    changed(referral.ask(question, op.recorded_at))
}

pub(super) fn answer(scene: &Scene, op: &Op, answer: &str, actor: &Actor) -> Result<Vec<Change>, Refusal> {
    if !can(actor.role, Action::AnswerInformation) {
        return Err(Refusal::not_allowed());
    }
    let referral = scene.referral.clone().filter(|r| r.referrer == actor.user).ok_or_else(Refusal::not_found)?;
    let answer = Narrative::parse("answer", "The answer", "Please write your answer.", answer)?;
    changed(referral.answer(answer, op.recorded_at))
}

pub(super) fn decline(scene: &Scene, op: &Op, reason: &str, actor: &Actor) -> Result<Vec<Change>, Refusal> {
    let referral = to_triage(scene, actor)?;
    let reason = Line::parse("reason", "Reason", reason)?;
    changed(referral.decline(reason, op.recorded_at))
}

pub(super) fn refer_elsewhere(
    scene: &Scene,
    op: &Op,
    to: &str,
    reason: &str,
    actor: &Actor,
) -> Result<Vec<Change>, Refusal> {
    let referral = to_triage(scene, actor)?;
    let to = Line::parse("to", "Agency", to)?;
    let reason = Line::parse_optional("reason", "Reason", reason)?;
    changed(referral.refer_elsewhere(to, reason, op.recorded_at))
}

/// What a supervisor gives when accepting.
pub(super) struct Acceptance<'a> {
    pub client: ClientId,
    pub case: CaseId,
    pub officer: UserId,
    pub reason: &'a str,
}

pub(super) fn accept(
    scene: &Scene,
    op: &Op,
    actor: &Actor,
    acceptance: &Acceptance<'_>,
) -> Result<Vec<Change>, Refusal> {
    let referral = to_triage(scene, actor)?;
    let officer = assignee(scene, acceptance.officer, acceptance.reason, &referral)?;
    let at = op.recorded_at;
    let (referral, client) =
        referral.accept(acceptance.client, acceptance.case, officer.user, officer.name.clone(), at)?;
    let assignment = Assignment { client: client.id, case: client.case.id, from: None, to: officer.user, at };
    Ok(vec![Change::Referral(Box::new(referral)), Change::Client(Box::new(client)), Change::Assigned(assignment)])
}

fn to_triage(scene: &Scene, actor: &Actor) -> Result<Referral, Refusal> {
    if !can(actor.role, Action::Triage) {
        return Err(Refusal::not_allowed());
    }
    scene
        .referral
        .clone()
        .filter(|r| actor.role == Role::Supervisor && Some(r.region) == actor.region)
        .ok_or_else(Refusal::not_found)
}

fn assignee<'a>(
    scene: &'a Scene,
    officer: UserId,
    reason: &str,
    referral: &Referral,
) -> Result<&'a Colleague, Refusal> {
    let colleague = available(scene, officer)?;
    if colleague.region != referral.region {
        return Err(Refusal::at("officer", "officer-of-another-region", "This officer works in another region."));
    }
    guard_load(scene, colleague, reason)?;
    Ok(colleague)
}

/// The officer, if cases can be given to them.
pub(super) fn available(scene: &Scene, officer: UserId) -> Result<&Colleague, Refusal> {
    scene
        .colleagues
        .get(&officer)
        .filter(|c| c.available)
        .ok_or_else(|| Refusal::at("officer", "officer-not-available", "Please choose an officer from the list."))
}

/// Past the limit a reason is wanted; a person decides.
pub(super) fn guard_load(scene: &Scene, colleague: &Colleague, reason: &str) -> Result<(), Refusal> {
    let reason = Line::parse_optional("reason", "Reason", reason)?;
    if scene.limits.guard(colleague.active) == Guard::ReasonNeeded && reason.is_none() {
        return Err(Refusal::at(
            "reason",
            "caseload-reason-missing",
            format!(
                "This officer has {} active cases. Please give a reason for one more, or choose another officer.",
                colleague.active
            ),
        ));
    }
    Ok(())
}

fn changed(referral: Result<Referral, Refusal>) -> Result<Vec<Change>, Refusal> {
    Ok(vec![Change::Referral(Box::new(referral?))])
}
