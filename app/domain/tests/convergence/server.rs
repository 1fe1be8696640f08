//! The least that a server must do: answer an op that it has seen with the same receipt; hold an op
//! whose base it lacks, or whose file a restore took away; judge everything else.

use domain::access::{Actor, Role};
use domain::caseload::{Colleague, pass_on};
use domain::clock::Moment;
use domain::ids::{ClientId, NoteId, OpId, ReferralId, RegionId, UserId};
use domain::sync::decide::{Departure, Scene, decide};
use domain::sync::model::Model;
use domain::sync::op::{Assignment, Body, Change, Op};
use domain::sync::pull::{Cursor, Position, plan};
use domain::sync::receipt::{Outcome, Receipt};
use domain::sync::wire_v1::Record;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Files on a page of the pull: few, so that pulls are cut between pages.
const PAGE: usize = 2;

/// What the server answers to one sync.
#[derive(Clone)]
pub struct Reply {
    pub epoch: Uuid,
    pub receipts: Vec<Receipt>,
    pub reset: bool,
    pub changes: Vec<Record>,
    pub forget: Vec<Uuid>,
    pub more: bool,
    pub cursor: Cursor,
}

/// The truth, and how it came about. A clone of it is a backup.
#[derive(Clone, Default)]
pub struct Server {
    pub epoch: Uuid,
    state: Model,
    pub journal: Vec<OpId>,
    /// Whether this epoch began with a restore.
    is_restored: bool,
    /// Of ops applied and refused, never of held ones: those are judged again.
    receipts: BTreeMap<OpId, Receipt>,
    assignments: Vec<Assignment>,
    changed: BTreeMap<Uuid, u64>,
}

impl Server {
    /// An empty server that knows its officers.
    pub fn new(officers: &[UserId]) -> Self {
        let mut server = Self { epoch: Uuid::from_u128(1), ..Self::default() };
        for user in officers.iter().copied() {
            let region = RegionId(Uuid::from_u128(1));
            server
                .state
                .colleagues
                .insert(user, Colleague { user, name: "Sample".into(), region, active: 0, available: true });
        }
        server
    }

    /// What a backup becomes when it is restored: the same facts in a new epoch.
    pub fn restored(self, epoch: Uuid) -> Self {
        Self { epoch, is_restored: true, ..self }
    }

    /// One request: the ops are taken one by one, then comes a page of what changed.
    pub fn sync(&mut self, actor: &Actor, ops: &[Op], cursor: Option<Cursor>, now: Moment) -> Reply {
        let receipts = ops.iter().map(|op| self.take(op, actor, now)).collect();
        let position = Position { epoch: self.epoch, scope: 1, horizon: self.journal.len() as u64 + 1 };
        let plan = plan(cursor, &position);
        let after_page = |file: &Uuid| plan.after.is_none_or(|after| *file > after);
        let rows: Vec<Uuid> = self
            .changed
            .iter()
            .filter(|(file, at)| **at >= plan.since && after_page(file))
            .map(|(file, _)| *file)
            .collect();
        let (mut changes, mut forget) = (Vec::new(), Vec::new());
        for file in rows.iter().take(PAGE) {
            let records = self.file(*file, actor);
            if records.is_empty() { forget.push(*file) } else { changes.extend(records) }
        }
        if actor.role == Role::Supervisor {
            let officers = self.state.colleagues.values().cloned().collect();
            changes.push(Record::Colleagues { officers, limits: self.state.limits });
        }
        let more = rows.len() > PAGE;
        let reset = plan.whole && plan.after.is_none();
        Reply {
            epoch: self.epoch,
            receipts,
            reset,
            changes,
            forget,
            more,
            cursor: plan.next(&position, more.then(|| rows[PAGE - 1])),
        }
    }

    /// The word about one op.
    fn take(&mut self, op: &Op, actor: &Actor, now: Moment) -> Receipt {
        if let Some(seen) = self.receipts.get(&op.id) {
            return seen.clone();
        }
        if let Some(base) = op.after.filter(|base| !self.journal.contains(base)) {
            return Receipt { op: op.id, outcome: Outcome::Held { waits_for: base } };
        }
        if self.may_hear_of_it(op) {
            return Receipt { op: op.id, outcome: Outcome::Held { waits_for: op.id } };
        }
        let left = |a: &&Assignment| a.client.0 == op.subject.uuid() && a.from == Some(actor.user);
        let client = ClientId(op.subject.uuid());
        let scene = Scene {
            referral: self.state.referrals.get(&ReferralId(op.subject.uuid())).cloned(),
            client: self.state.clients.get(&client).cloned(),
            notes: self.state.notes.get(&client).cloned().unwrap_or_default(),
            colleagues: self.state.colleagues.clone(),
            limits: self.state.limits,
            departure: self.assignments.iter().rev().find(left).map(|a| Departure { case: a.case, at: a.at }),
        };
        let outcome = match decide(&scene, op, actor, now) {
            Ok(changes) => {
                self.journal.push(op.id);
                for change in changes {
                    self.write(change);
                }
                Outcome::Applied { position: i64::try_from(self.journal.len()).unwrap(), hash: String::new() }
            }
            Err(refusal) => Outcome::Refused { refusal },
        };
        let receipt = Receipt { op: op.id, outcome };
        self.receipts.insert(op.id, receipt.clone());
        receipt
    }

    /// Whether the op is about something that a restore took away: another device has still to offer that again.
    pub fn may_hear_of_it(&self, op: &Op) -> bool {
        self.is_restored && !self.knows(op)
    }

    /// Whether the server has ever heard of what the op is about.
    fn knows(&self, op: &Op) -> bool {
        let note = |note: &NoteId| {
            self.state.notes.get(&ClientId(op.subject.uuid())).is_some_and(|notes| notes.contains_key(note))
        };
        match &op.body {
            Body::SendReferral { .. } => true,
            Body::AmendContact { note: id, .. } | Body::FinishNextAction { note: id } => note(id),
            _ => self.changed.contains_key(&op.subject.uuid()),
        }
    }

    fn write(&mut self, change: Change) {
        let number = self.journal.len() as u64;
        let mut put = |file: Uuid, record: Record| {
            self.changed.insert(file, number);
            self.state.take(record);
        };
        match change {
            Change::Referral(referral) => put(referral.id.0, Record::Referral(referral)),
            Change::Client(client) => put(client.id.0, Record::Client(client)),
            Change::Note(note) => put(note.client.0, Record::Note(note)),
            Change::Attached { attachment, .. } => put(attachment.client.0, Record::Attachment(attachment)),
            Change::Assigned(assignment) => {
                pass_on(&mut self.state.colleagues, &assignment);
                self.assignments.push(assignment);
            }
        }
    }

    /// A whole file, if it is in the person's scope.
    fn file(&self, file: Uuid, actor: &Actor) -> Vec<Record> {
        let mine = |owner: UserId| actor.role == Role::Supervisor || owner == actor.user;
        let referral = self.state.referrals.get(&ReferralId(file)).filter(|r| mine(r.referrer));
        let client = self.state.clients.get(&ClientId(file)).filter(|c| mine(c.case.officer));
        let notes = client.and_then(|c| self.state.notes.get(&c.id)).into_iter().flatten();
        let attached = client.and_then(|c| self.state.attachments.get(&c.id)).into_iter().flatten();
        referral
            .map(|r| Record::Referral(Box::new(r.clone().as_seen_by(actor.role))))
            .into_iter()
            .chain(client.map(|c| Record::Client(Box::new(c.clone()))))
            .chain(notes.map(|(_, note)| Record::Note(Box::new(note.clone()))))
            .chain(attached.map(|(_, attachment)| Record::Attachment(Box::new(attachment.clone()))))
            .collect()
    }
}
