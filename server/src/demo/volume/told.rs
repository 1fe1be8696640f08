//! A story, judged op by op by the rules that hold for everybody, and laid out as rows.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Result, anyhow};
use chrono::TimeDelta;
use domain::{
    caseload::Colleague,
    client::Client,
    clock::Moment,
    contact::ContactNote,
    ids::{DeviceId, RegionId},
    referral::Referral,
    sync::{
        chain::{GENESIS, Hash, link},
        decide::{Scene, decide, evolve},
        op::{Assignment, Change, Op, Subject},
    },
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    db::{
        bulk::{Rows, Table},
        client::status_code,
        referral::decided_at,
    },
    demo::{
        cast::{Part, Person},
        story::Story,
    },
    services::sync::draft::entry_text,
};

/// The people of one story.
#[derive(Debug, Clone, Copy)]
pub struct Company<'a> {
    /// Who refers.
    pub referrer: &'a Person,
    /// Who triages.
    pub supervisor: &'a Person,
    /// Who has the case.
    pub officer: &'a Person,
}

/// A journal entry.
#[derive(Debug)]
pub struct Entry {
    op: Uuid,
    subject: Uuid,
    actor: Uuid,
    device: Uuid,
    seq: u64,
    kind: &'static str,
    received_at: Moment,
    text: String,
    previous: Hash,
    hash: Hash,
}

/// Everything that became of one child's referral.
#[derive(Debug)]
pub struct Told {
    /// The journal's entries, in order.
    pub entries: Vec<Entry>,
    /// The contact notes.
    pub notes: Vec<ContactNote>,
    region: RegionId,
    referral: Referral,
    client: Option<Client>,
    assignments: Vec<Assignment>,
    received_at: BTreeMap<Uuid, Moment>,
}

impl Told {
    /// Judges the story.
    pub fn judge(story: Story, company: &Company<'_>, counts: &mut HashMap<DeviceId, u64>) -> Result<Self> {
        let mut scene = Scene::default();
        let officer = &company.officer.actor;
        let region = officer.region.ok_or_else(|| anyhow!("an officer without a region"))?;
        let colleague =
            Colleague { user: officer.user, name: officer.name.clone(), region, active: 0, available: true };
        scene.colleagues.insert(officer.user, colleague);
        let mut told = Untold::default();
        for act in story.acts {
            let person = match act.part {
                Part::Referrer => company.referrer,
                Part::Supervisor => company.supervisor,
                Part::Officer | Part::Before => company.officer,
            };
            let count = counts.entry(person.device).or_default();
            *count += 1;
            let op = Op { seq: *count, ..act.op };
            let received_at = op.recorded_at + TimeDelta::minutes(2);
            let changes = decide(&scene, &op, &person.actor, received_at)
                .map_err(|refusal| anyhow!("a told op was refused: {refusal}"))?;
            for change in &changes {
                match change {
                    Change::Assigned(assignment) => told.assignments.push(assignment.clone()),
                    Change::Note(note) => {
                        told.received_at.entry(note.id.0).or_insert(received_at);
                    }
                    // Nobody in the stories attaches anything.
                    Change::Referral(_) | Change::Client(_) | Change::Attached { .. } => {}
                }
                scene = evolve(scene, change);
            }
            told.enter(&op, person, received_at)?;
        }
        let referral = scene.referral.ok_or_else(|| anyhow!("a story without a referral"))?;
        Ok(Self {
            entries: told.entries,
            notes: scene.notes.into_values().collect(),
            region,
            referral,
            client: scene.client,
            assignments: told.assignments,
            received_at: told.received_at,
        })
    }

    /// Adds all of it to the digest.
    pub fn add_to(&self, digest: &mut Sha256) -> Result<()> {
        for entry in &self.entries {
            digest.update(entry.hash);
        }
        digest.update(serde_json::to_vec(&self.referral)?);
        digest.update(serde_json::to_vec(&self.client)?);
        digest.update(serde_json::to_vec(&self.notes)?);
        Ok(())
    }

    /// Lays it out as rows. `places` has one place for each entry.
    pub fn lay_out(&self, places: &[i64], rows: &mut [(Table, Rows); 6]) -> Result<()> {
        let [(_, subjects), (_, referrals), (_, clients), (_, assignments), (_, notes), (_, journal)] = rows;
        let region = self.region.0;
        self.lay_out_heads(places, subjects);
        let referral = &self.referral;
        let received = self.entries.first().map(|entry| entry.received_at);
        referrals
            .row()
            .plain(referral.id)
            .plain(region)
            .id(referral.school.map(|school| school.0))
            .plain(referral.referrer)
            .text(referral.reference.as_str())
            .plain(referral.state.code())
            .moment(Some(referral.sent_at))
            .moment(received)
            .moment(decided_at(&referral.state))
            .text(&serde_json::to_string(referral)?);
        if let Some(client) = &self.client {
            clients
                .row()
                .plain(client.id)
                .plain(region)
                .plain(client.case.officer)
                .text(client.reference.as_str())
                .plain(status_code(&client.case.status))
                .moment(Some(client.case.opened_at))
                .text(&serde_json::to_string(client)?);
        }
        for (nth, assignment) in self.assignments.iter().enumerate() {
            assignments
                .row()
                .plain(assignment.client)
                .plain(assignment.case)
                .plain(region)
                .plain(assignment.to)
                .moment(Some(assignment.at))
                .moment(self.assignments.get(nth + 1).map(|next| next.at));
        }
        for note in &self.notes {
            let original = ContactNote { amendments: Vec::new(), next_action_done: None, ..note.clone() };
            notes
                .row()
                .plain(note.id)
                .plain(note.client)
                .plain(region)
                .plain(note.author)
                .plain(note.body.kind.code())
                .moment(Some(note.body.happened_at))
                .moment(Some(note.recorded_at))
                .moment(self.received_at.get(&note.id.0).copied())
                .text(&serde_json::to_string(&original)?)
                .text(&serde_json::to_string(&note.amendments)?)
                .moment(note.next_action_done);
        }
        for (entry, place) in self.entries.iter().zip(places) {
            journal
                .row()
                .plain(place)
                .plain(entry.op)
                .plain(entry.subject)
                .plain(region)
                .plain(entry.actor)
                .plain(entry.device)
                .plain(entry.seq)
                .plain(entry.kind)
                .moment(Some(entry.received_at))
                .text(&entry.text)
                .bytes(&entry.previous)
                .bytes(&entry.hash);
        }
        Ok(())
    }

    fn lay_out_heads(&self, places: &[i64], subjects: &mut Rows) {
        let head = |subject: Uuid| {
            let last = self.entries.iter().zip(places).rev().find(|(entry, _)| entry.subject == subject);
            last.map_or((0, GENESIS), |(entry, place)| (*place, entry.hash))
        };
        let referral = &self.referral;
        let (place, hash) = head(referral.id.0);
        subjects
            .row()
            .plain(referral.id)
            .plain(Subject::Referral(referral.id).kind())
            .plain(self.region)
            .id(referral.school.map(|school| school.0))
            .plain(referral.referrer)
            .nothing()
            .nothing()
            .plain(place)
            .bytes(&hash);
        if let Some(client) = &self.client {
            let (place, hash) = head(client.id.0);
            subjects
                .row()
                .plain(client.id)
                .plain(Subject::Client(client.id).kind())
                .plain(self.region)
                .nothing()
                .nothing()
                .plain(client.case.officer)
                .moment(self.notes.iter().map(|note| note.body.happened_at).max())
                .plain(place)
                .bytes(&hash);
        }
    }
}

/// A story while it is judged.
#[derive(Default)]
struct Untold {
    entries: Vec<Entry>,
    assignments: Vec<Assignment>,
    received_at: BTreeMap<Uuid, Moment>,
    heads: HashMap<Uuid, Hash>,
}

impl Untold {
    fn enter(&mut self, op: &Op, person: &Person, received_at: Moment) -> Result<()> {
        let text = entry_text(&serde_json::to_string(op)?, &person.actor, received_at, false);
        let head = self.heads.entry(op.subject.uuid()).or_insert(GENESIS);
        let previous = *head;
        *head = link(&previous, text.as_bytes());
        self.entries.push(Entry {
            op: op.id.0,
            subject: op.subject.uuid(),
            actor: person.actor.user.0,
            device: person.device.0,
            seq: op.seq,
            kind: op.body.kind(),
            received_at,
            text,
            previous,
            hash: *head,
        });
        Ok(())
    }
}
