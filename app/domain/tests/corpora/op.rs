//! Ops as any device can send them, before every kind of file and every role: the judge never panics, and
//! what it lets happen can be kept.

use crate::input::{CLIENTS, NOTES, OPS, REFERRALS, actor, document, id, now, pinned, there_and_back};
use chrono::TimeDelta;
use domain::access::{Actor, Role};
use domain::caseload::Colleague;
use domain::client::{CaseStatus, Client, FileHead};
use domain::contact::ContactNote;
use domain::ids::{CaseId, RegionId, UserId};
use domain::referral::Referral;
use domain::sync::decide::{Departure, Scene, decide, evolve};
use domain::sync::op::{Body, Change, Op, Subject};
use domain::sync::wire_v1::Record;

/// Reads an op, and judges it.
pub fn check(bytes: &[u8]) {
    let Some(op) = there_and_back::<Op>(&document(bytes, &OPS)) else { return };
    for scene in scenes(&op) {
        for role in Role::ALL {
            judge(&scene, &op, &actor(role));
        }
    }
}

/// Judged by the clock that wrote it, as on the phone; now; and after the phone has lain in a drawer: what may be,
/// may be then, and the same follows.
fn judge(scene: &Scene, op: &Op, actor: &Actor) {
    let _ = decide(scene, op, actor, op.recorded_at);
    let judged = decide(scene, op, actor, now());
    if op.recorded_at <= now() {
        assert_eq!(judged, decide(scene, op, actor, now() + TimeDelta::days(180)));
    }
    let Ok(changes) = judged else { return };
    assert!(!changes.is_empty(), "what changes nothing is refused");
    let after = changes.iter().fold(scene.clone(), |scene, change| {
        let scene = evolve(scene, change);
        keep(change, &scene);
        scene
    });
    // The same once more, as after a restore: whatever the judge says, it says.
    let _ = decide(&after, op, actor, now());
}

/// Writes down what changed and reads it again, on the server and on the phone.
fn keep(change: &Change, scene: &Scene) {
    let record = match change {
        Change::Referral(referral) => Record::Referral(referral.clone()),
        Change::Client(client) => Record::Client(client.clone()),
        Change::Note(note) => Record::Note(note.clone()),
        Change::Attached { attachment, .. } => Record::Attachment(attachment.clone()),
        Change::Assigned(_) => return,
    };
    let written = serde_json::to_string(&record).unwrap();
    assert_eq!(pinned::<Record>(&written), record);
    if let Some(client) = &scene.client {
        let head = FileHead::of(client.clone(), scene.notes.values());
        let _ = head.days_without_contact(now());
    }
}

/// The files that the op may be about: under the ids that it names, or no fuzzer would come past *not found*.
fn scenes(op: &Op) -> Vec<Scene> {
    let mut scenes = vec![Scene::default()];
    match op.subject {
        Subject::Referral(id) => {
            let found = REFERRALS.iter().map(|referral| Referral { id, ..referral.clone() });
            scenes.extend(found.map(|referral| Scene { referral: Some(referral), ..Scene::default() }));
        }
        Subject::Client(file) => {
            let found = CLIENTS.iter().map(|client| Client { id: file, ..client.clone() });
            let found = found.flat_map(|client| ways_to_stand(&op.body, client));
            scenes.extend(found.map(|client| Scene { client: Some(client), ..Scene::default() }));
            let left = Departure { case: CaseId(id(0x3)), at: op.recorded_at };
            scenes.push(Scene { departure: Some(left), ..Scene::default() });
            if let Body::AmendContact { note, .. } | Body::FinishNextAction { note } = op.body {
                let notes = NOTES.iter().map(|known| ContactNote { id: note, client: file, ..known.clone() });
                scenes = notes
                    .flat_map(|known| with_each(&scenes, |scene| scene.notes.insert(note, known.clone())))
                    .collect();
            }
        }
    }
    if let Body::Accept { officer, .. } | Body::Transfer { officer, .. } = op.body {
        let loads = [(59, true), (u32::MAX, true), (0, false)];
        let colleagues = loads.map(|(active, available)| Colleague {
            user: officer,
            name: "Colleague Sample".to_owned(),
            region: RegionId(id(0x9)),
            active,
            available,
        });
        let nobody = scenes.clone();
        for known in colleagues {
            scenes.extend(with_each(&nobody, |scene| scene.colleagues.insert(officer, known.clone())));
        }
    }
    scenes
}

/// The scenes, each with something more in it.
fn with_each<T>(scenes: &[Scene], put: impl Fn(&mut Scene) -> T) -> Vec<Scene> {
    let mut scenes = scenes.to_vec();
    for scene in &mut scenes {
        put(scene);
    }
    scenes
}

/// As the file is; with a third value beside two, the one that the op chooses; closed long ago; in the hands of
/// another officer.
fn ways_to_stand(body: &Body, client: Client) -> [Client; 4] {
    let mut conflicts = client.conflicts.clone();
    for mut third in client.conflicts.iter().cloned() {
        if let Body::SettleConflict { field, value, .. } = body {
            for conflict in &mut conflicts {
                conflict.field = *field;
            }
            (third.field, third.other.value) = (*field, value.clone());
        }
        conflicts.push(third);
    }
    let mut closed = client.clone();
    closed.case.status = CaseStatus::Closed { reason: "Goals achieved".to_owned(), at: now() - TimeDelta::days(300) };
    let mut of_another = client.clone();
    of_another.case.officer = UserId(id(0x6));
    [Client { conflicts, ..client.clone() }, client, closed, of_another]
}
