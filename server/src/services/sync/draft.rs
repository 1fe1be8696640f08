//! Plan: judges a batch of ops in memory, in order, and says what is to be written. No input or output.

mod writes;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::{
    access::Actor,
    caseload::{CaseloadLimits, Colleague},
    client::Client,
    clock::Moment,
    contact::ContactNote,
    error::Refusal,
    ids::{NoteId, OpId, RegionId, UserId},
    mutation::{Mutation, is_on},
    sync::{
        chain::{GENESIS, Hash, hex, link},
        decide::{Scene, decide, evolve},
        op::{Assignment, Body, Change, Op, Subject},
        receipt::{Outcome, Receipt},
    },
};
use uuid::Uuid;

use super::reading::Incoming;
use crate::db::{
    attachment::NewAttachment,
    batch::Entry,
    refusal::Refused,
    scene::Found,
    subject::{Head, NewSubject},
};

/// A file as the batch leaves it.
#[derive(Debug, Default)]
struct File {
    region: Option<RegionId>,
    opened: Option<NewSubject>,
    hash: Hash,
    advanced: bool,
    officer: Option<UserId>,
    last_contact: Option<Moment>,
    scene: Scene,
    referral_changed: bool,
    client_changed: bool,
    notes_added: BTreeSet<NoteId>,
    notes_amended: BTreeSet<NoteId>,
}

/// What became of an op, as far as memory knows.
#[derive(Debug, Clone)]
enum Verdict {
    Known(Receipt),
    Applied(Hash),
    Refused(Refusal),
    Held(OpId),
}

/// A judged batch: what is to be written, and what the device will be told.
#[derive(Debug)]
pub struct Draft<'a> {
    actor: &'a Actor,
    now: Moment,
    sealed: bool,
    limits: CaseloadLimits,
    files: BTreeMap<Uuid, File>,
    notes: BTreeMap<NoteId, ContactNote>,
    colleagues: BTreeMap<UserId, Colleague>,
    unheard_of: HashSet<Uuid>,
    receipts: HashMap<OpId, Receipt>,
    verdicts: HashMap<OpId, Verdict>,
    order: Vec<OpId>,
    /// Journal entries, in the order of judging.
    pub entries: Vec<Entry>,
    /// Cases that passed into somebody's hands, each with its region, in order.
    pub assignments: Vec<(Assignment, RegionId)>,
    /// What was attached to files.
    pub attachments: Vec<NewAttachment>,
    /// Refused ops to be kept.
    pub refused: Vec<Refused>,
}

impl<'a> Draft<'a> {
    /// Begins with what the database knows.
    pub fn new(
        actor: &'a Actor,
        now: Moment,
        limits: CaseloadLimits,
        heads: Vec<Head>,
        found: Found,
        colleagues: Vec<Colleague>,
    ) -> Self {
        let mut files: BTreeMap<Uuid, File> = heads
            .into_iter()
            .map(|head| (head.id, File { region: Some(head.region), hash: head.hash, ..File::default() }))
            .collect();
        for (id, referral) in found.referrals {
            files.entry(id.0).or_default().scene.referral = Some(referral);
        }
        for (id, client) in found.clients {
            files.entry(id.0).or_default().scene.client = Some(client);
        }
        for (id, departure) in found.departures {
            files.entry(id.0).or_default().scene.departure = Some(departure);
        }
        Self {
            actor,
            now,
            sealed: false,
            limits,
            files,
            notes: found.notes,
            colleagues: colleagues.into_iter().map(|c| (c.user, c)).collect(),
            unheard_of: found.unheard_of,
            receipts: found.receipts,
            verdicts: HashMap::new(),
            order: Vec::new(),
            entries: Vec::new(),
            assignments: Vec::new(),
            attachments: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// The journal tells that these ops came in envelopes.
    pub fn came_sealed(&mut self, sealed: bool) {
        self.sealed = sealed;
    }

    /// Judges the next op.
    pub fn take(&mut self, incoming: &Incoming<'_>) {
        if self.verdicts.contains_key(&incoming.id) {
            // The same op twice in one batch: one receipt says it.
            return;
        }
        self.order.push(incoming.id);
        let verdict = self.judge(incoming);
        self.verdicts.insert(incoming.id, verdict);
    }

    fn judge(&mut self, incoming: &Incoming<'_>) -> Verdict {
        if let Some(receipt) = self.receipts.get(&incoming.id).filter(|_| !is_on(Mutation::SeenOpsForgotten)) {
            return Verdict::Known(receipt.clone());
        }
        let op = match &incoming.op {
            Ok(op) => op,
            Err(unread) => return self.refuse(incoming, unread.subject, unread.refusal.clone()),
        };
        if let Some(before) = op.after.filter(|before| !self.is_applied(*before)) {
            return Verdict::Held(before);
        }
        if self.may_yet_come(op) {
            return Verdict::Held(op.id);
        }
        match self.decide(op) {
            Ok(changes) => Verdict::Applied(self.apply(op, incoming.text, changes)),
            Err(refusal) => self.refuse(incoming, Some(op.subject.uuid()), refusal),
        }
    }

    /// Notes that an op is refused for a reason that only the database could know.
    pub fn refuse_whole(&mut self, incoming: &Incoming<'_>, refusal: Refusal) {
        self.order.push(incoming.id);
        let subject = incoming.op.as_ref().map_or_else(|unread| unread.subject, |op| Some(op.subject.uuid()));
        let verdict = self.refuse(incoming, subject, refusal);
        self.verdicts.insert(incoming.id, verdict);
    }

    fn refuse(&mut self, incoming: &Incoming<'_>, subject: Option<Uuid>, refusal: Refusal) -> Verdict {
        let region = subject.and_then(|id| self.files.get(&id)?.region).or(self.actor.region);
        self.refused.push(Refused {
            op: incoming.id,
            subject,
            region,
            refusal: refusal.clone(),
            text: incoming.text.to_owned(),
        });
        Verdict::Refused(refusal)
    }

    /// Whether the op is about something that a restore took away: the device that made it has still to offer
    /// it again. Also where it was written after the restore, by whose phone had not heard of it.
    fn may_yet_come(&self, op: &Op) -> bool {
        match &op.body {
            Body::SendReferral { .. } => false,
            Body::AmendContact { note, .. } | Body::FinishNextAction { note } => {
                self.unheard_of.contains(&note.0) && !self.notes.contains_key(note)
            }
            _ => {
                let file = op.subject.uuid();
                self.unheard_of.contains(&file) && !self.files.contains_key(&file)
            }
        }
    }

    fn is_applied(&self, op: OpId) -> bool {
        match self.verdicts.get(&op) {
            Some(Verdict::Applied(_)) => true,
            Some(Verdict::Known(receipt)) => matches!(receipt.outcome, Outcome::Applied { .. }),
            Some(Verdict::Refused(_) | Verdict::Held(_)) => false,
            None => self.receipts.get(&op).is_some_and(|r| matches!(r.outcome, Outcome::Applied { .. })),
        }
    }

    fn decide(&mut self, op: &Op) -> Result<Vec<Change>, Refusal> {
        let id = op.subject.uuid();
        if let Some(note) = named_note(&op.body).and_then(|note| self.notes.get(&note))
            // A correction speaks of a note of this file; a new note must be new everywhere.
            && (note.client.0 == id || matches!(op.body, Body::RecordContact { .. }))
        {
            let note = note.clone();
            self.files.entry(id).or_default().scene.notes.insert(note.id, note);
        }
        let speaks_of_colleagues = named_officer(&op.body).is_some();
        let mut nothing = Scene::default();
        let scene = self.files.get_mut(&id).map_or(&mut nothing, |file| &mut file.scene);
        scene.limits = self.limits;
        if speaks_of_colleagues {
            scene.colleagues = std::mem::take(&mut self.colleagues);
        }
        let decided = decide(scene, op, self.actor, self.now);
        if speaks_of_colleagues {
            self.colleagues = std::mem::take(&mut scene.colleagues);
        }
        // What was only shown so that a second note of the same number is refused.
        scene.notes.retain(|_, note| note.client.0 == id);
        decided
    }

    fn apply(&mut self, op: &Op, text: &str, changes: Vec<Change>) -> Hash {
        let id = op.subject.uuid();
        for change in changes {
            self.apply_change(op.subject, change);
        }
        let entry_text = entry_text(text, self.actor, self.now, self.sealed);
        let file = self.files.entry(id).or_default();
        let (previous, hash) = (file.hash, link(&file.hash, entry_text.as_bytes()));
        (file.hash, file.advanced) = (hash, true);
        self.entries.push(Entry {
            op: op.id,
            subject: id,
            region: file.region.or(self.actor.region).unwrap_or(RegionId(Uuid::nil())),
            // Checked when the op was read.
            seq: i64::try_from(op.seq).unwrap_or(i64::MAX),
            kind: op.body.kind(),
            text: entry_text,
            previous,
            hash,
        });
        hash
    }

    fn apply_change(&mut self, subject: Subject, change: Change) {
        let own = self.files.entry(subject.uuid()).or_default();
        match change {
            Change::Referral(referral) => {
                if own.region.is_none() {
                    own.region = Some(referral.region);
                    own.opened = Some(NewSubject {
                        subject,
                        region: referral.region,
                        school: referral.school,
                        referrer: Some(referral.referrer),
                        officer: None,
                    });
                }
                own.referral_changed = true;
                own.scene = evolve(std::mem::take(&mut own.scene), &Change::Referral(referral));
            }
            Change::Client(client) if subject.uuid() == client.id.0 => {
                own.client_changed = true;
                own.scene = evolve(std::mem::take(&mut own.scene), &Change::Client(client));
            }
            Change::Client(client) => self.open_client(&client),
            Change::Note(note) => {
                let (id, at) = (note.id, note.body.happened_at);
                if self.notes.contains_key(&id) || own.notes_added.contains(&id) {
                    own.notes_amended.insert(id);
                } else {
                    own.notes_added.insert(id);
                    own.last_contact = own.last_contact.max(Some(at));
                }
                self.notes.insert(id, note.as_ref().clone());
                own.scene = evolve(std::mem::take(&mut own.scene), &Change::Note(note));
            }
            Change::Attached { attachment, key } => {
                let region = own.region.or(self.actor.region).unwrap_or(RegionId(Uuid::nil()));
                self.attachments.push(NewAttachment { attachment: *attachment, region, key });
            }
            Change::Assigned(assignment) => self.assign(assignment),
        }
    }

    /// An accepted referral opens a client's file, whose chain begins with its first own op.
    fn open_client(&mut self, client: &Client) {
        let opened = NewSubject {
            subject: Subject::Client(client.id),
            region: client.region,
            school: None,
            referrer: None,
            officer: Some(client.case.officer),
        };
        let file = File {
            region: Some(client.region),
            opened: Some(opened),
            hash: GENESIS,
            client_changed: true,
            scene: Scene { client: Some(client.clone()), ..Scene::default() },
            ..File::default()
        };
        self.files.insert(client.id.0, file);
    }

    fn assign(&mut self, assignment: Assignment) {
        domain::caseload::pass_on(&mut self.colleagues, &assignment);
        let file = self.files.entry(assignment.client.0).or_default();
        if assignment.from.is_some() {
            file.officer = Some(assignment.to);
        }
        let region = file.region.or(self.actor.region).unwrap_or(RegionId(Uuid::nil()));
        self.assignments.push((assignment, region));
    }

    /// What the device is told, in the order in which the ops came. `places` comes from the journal.
    pub fn receipts(&self, places: &BTreeMap<OpId, i64>) -> Vec<Receipt> {
        self.order
            .iter()
            .filter_map(|op| {
                let outcome = match self.verdicts.get(op)? {
                    Verdict::Known(receipt) => return Some(receipt.clone()),
                    Verdict::Applied(hash) => Outcome::Applied { position: *places.get(op)?, hash: hex(hash) },
                    Verdict::Refused(refusal) => Outcome::Refused { refusal: refusal.clone() },
                    Verdict::Held(before) => Outcome::Held { waits_for: *before },
                };
                Some(Receipt { op: *op, outcome })
            })
            .collect()
    }

    /// Whether the actor has a receipt for this op already.
    pub fn knows(&self, op: OpId) -> bool {
        self.receipts.contains_key(&op)
    }

    /// Whether nothing at all is to be written.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.refused.is_empty()
    }
}

/// The note that an op speaks of.
pub fn named_note(body: &Body) -> Option<NoteId> {
    match body {
        Body::RecordContact { note, .. } | Body::AmendContact { note, .. } | Body::FinishNextAction { note } => {
            Some(*note)
        }
        _ => None,
    }
}

/// The officer to whom an op gives a case.
pub fn named_officer(body: &Body) -> Option<UserId> {
    match body {
        Body::Accept { officer, .. } | Body::Transfer { officer, .. } => Some(*officer),
        _ => None,
    }
}

/// The text that is hashed: the op exactly as it came, who acted in which role, when it came.
pub fn entry_text(op: &str, actor: &Actor, received_at: Moment, sealed: bool) -> String {
    format!(
        r#"{{"op":{op},"actor":"{}","role":"{}","received_at":"{}"{}}}"#,
        actor.user,
        actor.role.code(),
        received_at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        if sealed { r#","sealed":true"# } else { "" },
    )
}
