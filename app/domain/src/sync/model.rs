//! A device's picture of the casework: the server's snapshot with the pending ops laid on top.
//!
//! A download never overwrites unsent work, because the two are kept apart: the snapshot is what the
//! server said last, the overlay is computed from the outbox each time.

use crate::access::Actor;
use crate::attachment::Attachment;
use crate::caseload::{CaseloadLimits, Colleague};
use crate::client::Client;
use crate::clock::Moment;
use crate::contact::ContactNote;
use crate::error::Refusal;
use crate::ids::{AttachmentId, ClientId, NoteId, ReferralId, UserId};
use crate::referral::Referral;
use crate::site::Sites;
use crate::sync::decide::{Scene, decide};
use crate::sync::op::{Body, Change, Op, Subject};
use crate::sync::wire_v1::Record;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A device's picture of the casework in its person's scope.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    /// Referrals in scope.
    pub referrals: BTreeMap<ReferralId, Referral>,
    /// Clients in scope.
    pub clients: BTreeMap<ClientId, Client>,
    /// Their contact notes.
    pub notes: BTreeMap<ClientId, BTreeMap<NoteId, ContactNote>>,
    /// Photos and signatures in their files.
    pub attachments: BTreeMap<ClientId, BTreeMap<AttachmentId, Attachment>>,
    /// Officers to whom a supervisor can assign.
    pub colleagues: BTreeMap<UserId, Colleague>,
    /// From which load on the guard speaks.
    pub limits: CaseloadLimits,
    /// All places.
    pub sites: Sites,
}

impl Model {
    /// Takes in what the server sent.
    pub fn take(&mut self, record: Record) {
        match record {
            Record::Referral(referral) => {
                self.referrals.insert(referral.id, *referral);
            }
            Record::Client(client) => {
                self.clients.insert(client.id, *client);
            }
            Record::Note(note) => {
                self.notes.entry(note.client).or_default().insert(note.id, *note);
            }
            Record::Attachment(attachment) => {
                self.attachments.entry(attachment.client).or_default().insert(attachment.id, *attachment);
            }
            Record::Sites(sites) => self.sites = *sites,
            Record::Colleagues { officers, limits } => {
                self.colleagues = officers.into_iter().map(|c| (c.user, c)).collect();
                self.limits = limits;
            }
        }
    }

    /// Lets go of a file that left the scope.
    pub fn forget(&mut self, file: Uuid) {
        self.referrals.remove(&ReferralId(file));
        self.clients.remove(&ClientId(file));
        self.notes.remove(&ClientId(file));
        self.attachments.remove(&ClientId(file));
    }

    /// Lays an op over the picture, by the rules that the server will apply.
    ///
    /// An op that the rules refuse here changes nothing: its own entry in the outbox tells of it.
    pub fn lay_over(&mut self, op: &Op, actor: &Actor, now: Moment) -> Result<(), Refusal> {
        let changes = self.judge(op, actor, now)?;
        for change in changes {
            match change {
                Change::Referral(referral) => {
                    self.referrals.insert(referral.id, *referral);
                }
                Change::Client(client) => {
                    self.clients.insert(client.id, *client);
                }
                Change::Note(note) => {
                    self.notes.entry(note.client).or_default().insert(note.id, *note);
                }
                Change::Attached { attachment, .. } => {
                    self.attachments.entry(attachment.client).or_default().insert(attachment.id, *attachment);
                }
                Change::Assigned(assignment) => {
                    crate::caseload::pass_on(&mut self.colleagues, &assignment);
                }
            }
        }
        Ok(())
    }

    /// What follows from an op by the rules that the server will apply, or why it may not be.
    pub fn judge(&self, op: &Op, actor: &Actor, now: Moment) -> Result<Vec<Change>, Refusal> {
        decide(&self.scene(op), op, actor, now)
    }

    /// What the judge looks at for this op.
    fn scene(&self, op: &Op) -> Scene {
        let mut scene = Scene { limits: self.limits, ..Scene::default() };
        match op.subject {
            Subject::Referral(id) => scene.referral = self.referrals.get(&id).cloned(),
            Subject::Client(id) => {
                scene.client = self.clients.get(&id).cloned();
                let named = match &op.body {
                    Body::RecordContact { note, .. }
                    | Body::AmendContact { note, .. }
                    | Body::FinishNextAction { note } => Some(note),
                    _ => None,
                };
                if let Some(note) = named.and_then(|id_of_note| self.notes.get(&id)?.get(id_of_note)) {
                    scene.notes.insert(note.id, note.clone());
                }
            }
        }
        if let Body::Accept { officer, .. } | Body::Transfer { officer, .. } = &op.body
            && let Some(colleague) = self.colleagues.get(officer)
        {
            scene.colleagues.insert(*officer, colleague.clone());
        }
        scene
    }
}

#[cfg(test)]
mod tests;
