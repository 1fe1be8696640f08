//! A phone and the person who holds it.

use crate::server::{Reply, Server};
use domain::access::{Actor, Role};
use domain::client::{FieldEdit, ProfileField};
use domain::clock::{Moment, iso_day, jamaica_day};
use domain::ids::{CaseId, ClientId, NoteId, OpId, ReferralId, RegionId, SchoolId, UserId};
use domain::sync::model::Model;
use domain::sync::op::{Body, Op, Subject};
use domain::sync::outbox::{self, QueueState, Queued, Walk, base_of, reoffer, settle};
use domain::sync::pull::Cursor;
use domain::sync::wire_v1::{ContactForm, ReferralForm};
use std::collections::BTreeSet;
use uuid::Uuid;

pub const OFFICERS: [UserId; 2] = [UserId(Uuid::from_u128(3)), UserId(Uuid::from_u128(4))];
/// Ops in one request: few, so that a queue takes several.
const BATCH: usize = 4;

/// A phone: what it has stored, and the test's own ledger of what it was ever told.
pub struct Device {
    pub number: u128,
    pub actor: Actor,
    pub snapshot: Model,
    fresh: Option<Model>,
    pub queue: Vec<Queued>,
    walk: Walk,
    pub cursor: Option<Cursor>,
    epoch: Option<Uuid>,
    pub told: BTreeSet<OpId>,
}

/// What the network does to one sync.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fate {
    Fine,
    RequestLost,
    /// After the commit, before the reply arrives.
    ReplyLost,
    /// The battery dies when the receipts are stored and the pull is not.
    CutInHalf,
    /// A proxy sends the request twice.
    Doubled,
}

impl Device {
    pub fn new(number: u128, person: u128, role: Role) -> Self {
        let region = Some(RegionId(Uuid::from_u128(1)));
        let school = (role == Role::Counsellor).then(|| SchoolId(Uuid::from_u128(1)));
        let actor = Actor {
            user: UserId(Uuid::from_u128(person)),
            name: format!("Sample {person}"),
            role,
            region,
            school,
            post: String::new(),
        };
        Self {
            number,
            actor,
            snapshot: Model::default(),
            fresh: None,
            queue: Vec::new(),
            walk: Walk::default(),
            cursor: None,
            epoch: None,
            told: BTreeSet::new(),
        }
    }

    pub fn sync(&mut self, server: &mut Server, fate: Fate, now: Moment) {
        if fate == Fate::RequestLost {
            return;
        }
        if self.walk.next(&self.queue, BATCH).is_empty() {
            self.walk = Walk::default();
        }
        let batch: Vec<Op> = self.walk.next(&self.queue, BATCH).iter().map(|q| q.op.clone()).collect();
        let travelled: Vec<Op> = serde_json::from_str(&serde_json::to_string(&batch).unwrap()).unwrap();
        let mut reply = server.sync(&self.actor, &travelled, self.cursor, now);
        if fate == Fate::Doubled {
            reply = server.sync(&self.actor, &travelled, self.cursor, now);
        }
        if fate != Fate::ReplyLost {
            self.hear(reply, fate == Fate::CutInHalf, now);
        }
    }

    fn hear(&mut self, reply: Reply, cut: bool, now: Moment) {
        if self.epoch.replace(reply.epoch).is_some_and(|before| before != reply.epoch) {
            for queued in &mut self.queue {
                queued.state = reoffer(&queued.state).unwrap_or(queued.state.clone());
            }
            self.walk = Walk::default();
        }
        self.walk.heard(&reply.receipts);
        for receipt in reply.receipts {
            for queued in self.queue.iter_mut().filter(|q| q.op.id == receipt.op) {
                queued.state = settle(&queued.state, &receipt, now).unwrap_or(queued.state.clone());
                if matches!(queued.state, QueueState::Received { .. }) {
                    self.told.insert(receipt.op);
                }
            }
        }
        if cut {
            return;
        }
        if reply.reset {
            self.fresh = Some(Model::default());
        }
        let picture = self.fresh.as_mut().unwrap_or(&mut self.snapshot);
        reply.changes.into_iter().for_each(|record| picture.take(record));
        reply.forget.into_iter().for_each(|file| picture.forget(file));
        self.cursor = Some(reply.cursor);
        if !reply.more
            && let Some(whole) = self.fresh.take()
        {
            self.snapshot = whole;
        }
    }

    /// The app is killed and started: only what was stored is there again.
    pub fn restart(&mut self) {
        self.queue = serde_json::from_str(&serde_json::to_string(&self.queue).unwrap()).unwrap();
        self.walk = Walk::default();
    }

    /// What the person sees: the snapshot with the unsent ops on top.
    fn view(&self, now: Moment) -> Model {
        let mut view = self.snapshot.clone();
        for queued in self.queue.iter().filter(|q| q.state.is_unsent()) {
            let _ = view.lay_over(&queued.op, &self.actor, now);
        }
        view
    }

    fn save(&mut self, subject: Subject, body: Body, mends: Option<OpId>, now: Moment) {
        let after = base_of(&self.queue, subject, &body);
        let seq = self.queue.len() as u64 + 1;
        let op = Op { id: OpId(self.fresh_id()), seq, subject, recorded_at: now, after, mends, body };
        self.queue.push(Queued { op, state: QueueState::Waiting });
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::from_u128((self.number << 64) + self.queue.len() as u128 + 1)
    }

    /// The person does one thing that the screen offers now, sometimes wrongly; nothing if there is nothing to do.
    pub fn act(&mut self, what: u8, which: usize, now: Moment) {
        let (what, view, id) = (what % 6, self.view(now), self.fresh_id());
        let words = || "Words.".to_owned();
        let nth = |n: usize| move |len: usize| if len == 0 { None } else { Some(n % len) };
        let referral = nth(which)(view.referrals.len()).and_then(|n| view.referrals.values().nth(n));
        let client = nth(which)(view.clients.len()).and_then(|n| view.clients.values().nth(n));
        let note = client.and_then(|c| view.notes.get(&c.id)?.values().next_back());
        let on = client.map(|c| Subject::Client(c.id));
        let about = referral.map(|r| Subject::Referral(r.id));
        let officer = OFFICERS[which / 4 % 2];
        let (client_id, case, new_note) =
            (ClientId(Uuid::from_u128(id.as_u128() + (1 << 100))), CaseId(id), NoteId(id));
        let deed = match (self.actor.role, what) {
            (Role::Counsellor, 0..=3) => Some((
                Subject::Referral(ReferralId(id)),
                Body::SendReferral { form: Box::new(referral_form(self.queue.len(), what != 3)) },
            )),
            (Role::Counsellor, _) => about.map(|s| (s, Body::AnswerInformation { answer: words() })),
            (Role::Supervisor, 0 | 1) => {
                about.map(|s| (s, Body::Accept { client: client_id, case, officer, reason: words() }))
            }
            (Role::Supervisor, 2) => about.map(|s| (s, Body::AskInformation { question: words() })),
            (Role::Supervisor, 3) => {
                about.filter(|_| which > 5).map(|s| (s, Body::DeclareNotEligible { reason: words() }))
            }
            (Role::Supervisor, 4) => on.map(|s| (s, Body::Transfer { officer, reason: words() })),
            (_, 0 | 1) => on.map(|s| (s, Body::RecordContact { note: new_note, form: contact_form(what == 0, now) })),
            (_, 2) => on.zip(note).map(|(s, n)| (s, Body::AmendContact { note: n.id, narrative: words() })),
            (_, 3) => on.zip(note).map(|(s, n)| (s, Body::FinishNextAction { note: n.id })),
            (_, 4) => return self.mend(now),
            _ => on.zip(client).map(|(s, c)| {
                let from = c.profile.get(ProfileField::Nickname);
                (
                    s,
                    Body::EditProfile {
                        edits: vec![FieldEdit {
                            field: ProfileField::Nickname,
                            from,
                            to: ["A", "B", "C"][which % 3].into(),
                        }],
                    },
                )
            }),
        };
        if let Some((subject, body)) = deed {
            self.save(subject, body, None, now);
        }
    }

    /// The person writes a refused note anew; the refused op is kept, and done with.
    fn mend(&mut self, now: Moment) {
        let refused = self.queue.iter().find_map(|q| match (&q.state, &q.op.body) {
            (QueueState::Refused { .. }, Body::RecordContact { note, .. }) => Some((q.op.id, q.op.subject, *note)),
            _ => None,
        });
        let Some((old, subject, note)) = refused else { return };
        let changed = outbox::mend(&self.queue, old, OpId(self.fresh_id()), now);
        for queued in &mut self.queue {
            if let Some(change) = changed.iter().find(|c| c.op.id == queued.op.id) {
                *queued = change.clone();
            }
        }
        self.save(subject, Body::RecordContact { note, form: contact_form(true, now) }, Some(old), now);
    }
}

/// A form, or one with a fault.
fn referral_form(count: usize, good: bool) -> ReferralForm {
    let [source, referrer_name, sex, education, parish, kin_name] =
        ["walk-in", "", "male", "primary", "st-ann", "Joan Sample"].map(String::from);
    let reference = format!("LG-SAMPE-{:02}", count + 1);
    let date_of_birth = if good { "2000-01-01" } else { "2100-01-01" }.into();
    ReferralForm {
        reference,
        source,
        referrer_name,
        sex,
        education,
        parish,
        kin_name,
        date_of_birth,
        first_name: "Andre".into(),
        last_name: "Sample".into(),
        community: "Sample Gardens".into(),
        reason: "Words.".into(),
        applicant_signature: "on-paper".into(),
        attested: true,
        ..ReferralForm::default()
    }
}

fn contact_form(good: bool, now: Moment) -> ContactForm {
    let narrative = if good { "Words." } else { " " }.into();
    let (kind, time) = ("office".into(), "00:00".into());
    ContactForm {
        kind,
        day: iso_day(jamaica_day(now)),
        time,
        narrative,
        next_action: "Call".into(),
        ..ContactForm::default()
    }
}
