//! What must be true when everything has come to rest.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{
    client::{Client, ProfileField},
    contact::ContactNote,
    ids::{ClientId, NoteId, OpId, ReferralId, UserId},
    referral::{Exchange, ReferralState},
    sync::{
        model::Model,
        op::{Body, Op},
        outbox::QueueState,
    },
};
use server::services::verify::verify_journal;
use uuid::Uuid;

use crate::{
    device::Device,
    ground::Ground,
    world::{Tally, World},
};

/// Looks at the database and at every device. The first promise that was broken, in words.
pub async fn everything(world: &mut World<'_>) -> Result<Tally, String> {
    let journal: Vec<(Uuid, i64)> =
        sqlx::query_as("SELECT op_id, position FROM journal WHERE region_id = $1 ORDER BY position")
            .bind(world.region.0)
            .fetch_all(&world.ground.owner)
            .await
            .map_err(|error| error.to_string())?;
    let positions: HashMap<OpId, i64> = journal.iter().map(|(op, position)| (OpId(*op), *position)).collect();
    if positions.len() != journal.len() {
        return Err("DOUBLED: an op is in the journal twice".to_owned());
    }
    let mut tally = Tally::default();
    for device in &world.devices {
        tally += of_device(device, &positions, world.restores > 0)?;
        if world.restores == 0 {
            in_order(device, &positions)?;
        }
    }
    let saved: HashMap<OpId, &Op> =
        world.devices.iter().flat_map(|device| &device.saved).map(|op| (op.id, op)).collect();
    if let Some(op) = positions.keys().find(|op| !saved.contains_key(op)) {
        return Err(format!("INVENTED: nobody saved {op}, and it is in the journal"));
    }
    let applied: Vec<&Op> = journal.iter().map(|(op, _)| saved[&OpId(*op)]).collect();
    rows_are_there(world, &applied).await?;
    let model = everybody_agrees(world).await?;
    every_effect_is_there(&applied, &model)?;
    if world.restores == 0 {
        no_side_is_dropped(&applied, &model.clients)?;
    }
    if world.restores > 0 {
        journal_is_sound(world.ground).await?;
    }
    Ok(tally)
}

/// Every chain of the journal holds, whoever wrote in this database.
pub async fn journal_is_sound(ground: &Ground) -> Result<(), String> {
    let report = verify_journal(&ground.owner, None).await.map_err(|error| error.to_string())?;
    if report.is_sound() { Ok(()) } else { Err(format!("UNSOUND: {:?}", report.breaks)) }
}

/// Every op that a person was told is saved is received and in the journal, or visible on the device with a reason.
fn of_device(device: &Device, journal: &HashMap<OpId, i64>, restored: bool) -> Result<Tally, String> {
    let queue = device.store.outbox();
    let mut tally = Tally { saved: device.saved.len(), ..Tally::default() };
    for op in &device.saved {
        // As the device has it now: what a person mended was pointed anew.
        let op = queue.iter().find(|queued| queued.op.id == op.id).map_or(op, |queued| &queued.op);
        let there = journal.contains_key(&op.id);
        let told = |what: &str| Err(format!("{what}: {} {:?}", op.id, op.body));
        match Device::state_of(&queue, op.id) {
            None => return told("LOST: vanished from the outbox"),
            Some(QueueState::Received { .. }) if !there => return told("LOST: received, and not in the journal"),
            Some(QueueState::Received { .. }) => tally.received += 1,
            Some(_) if there => return told("DOUBLED: in the journal, and the device would send it again or mend it"),
            Some(QueueState::Waiting) => return told("STUCK: still waiting, with the network back"),
            Some(QueueState::Held { .. }) => {
                let base_is_open = op.after.is_some_and(|base| !journal.contains_key(&base));
                if !base_is_open && !restored {
                    return told("STUCK: held, and nothing holds it");
                }
                tally.held += 1;
            }
            Some(QueueState::Refused { .. } | QueueState::Discarded { .. }) => tally.refused += 1,
        }
    }
    Ok(tally)
}

/// What one device did to one file is in the journal in that order. What a person mended, and what waited
/// for that, came later, as it should.
fn in_order(device: &Device, journal: &HashMap<OpId, i64>) -> Result<(), String> {
    let mut last: HashMap<Uuid, i64> = HashMap::new();
    let mut delayed: BTreeSet<OpId> = BTreeSet::new();
    let queue = device.store.outbox();
    for queued in &queue {
        let op = &queued.op;
        if op.mends.is_some() || op.after.is_some_and(|base| delayed.contains(&base)) {
            delayed.insert(op.id);
            continue;
        }
        let Some(position) = journal.get(&op.id) else {
            delayed.insert(op.id);
            continue;
        };
        let before = last.insert(op.subject.uuid(), *position);
        if before.is_some_and(|before| before > *position) {
            return Err(format!("OUT OF ORDER: {} came after what was written later", op.id));
        }
    }
    Ok(())
}

/// What was applied is in the tables, once.
async fn rows_are_there(world: &World<'_>, applied: &[&Op]) -> Result<(), String> {
    let count = |of: fn(&Body) -> bool| applied.iter().filter(|op| of(&op.body)).count();
    for (table, expected) in [
        ("contact_notes", count(|body| matches!(body, Body::RecordContact { .. }))),
        ("referrals", count(|body| matches!(body, Body::SendReferral { .. }))),
        ("clients", count(|body| matches!(body, Body::Accept { .. }))),
    ] {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table} WHERE region_id = $1"));
        let rows: i64 = sqlx::query_scalar(sql)
            .bind(world.region.0)
            .fetch_one(&world.ground.owner)
            .await
            .map_err(|error| error.to_string())?;
        if usize::try_from(rows) != Ok(expected) {
            return Err(format!("ROWS: {rows} {table}, and the journal says {expected}"));
        }
    }
    Ok(())
}

/// What was applied can be read on some new phone: every note with its corrections, every case in the hands
/// of whom it was given to last, every answer and decision.
fn every_effect_is_there(applied: &[&Op], model: &Model) -> Result<(), String> {
    let notes: HashMap<NoteId, &ContactNote> = model.notes.values().flatten().map(|(id, note)| (*id, note)).collect();
    let lacks = |op: &Op| Err(format!("LOST: applied, and nobody can read it: {} {:?}", op.id, op.body));
    let mut corrections: BTreeMap<NoteId, usize> = BTreeMap::new();
    let mut holders: BTreeMap<Uuid, UserId> = BTreeMap::new();
    for op in applied {
        let about = op.subject.uuid();
        let referral = model.referrals.get(&ReferralId(about));
        let is_there = match &op.body {
            Body::SendReferral { .. } => referral.is_some(),
            Body::AnswerInformation { answer } => {
                let given = |exchange: &Exchange| exchange.answer.as_ref().is_some_and(|text| text.as_str() == answer);
                referral.is_some_and(|referral| referral.exchanges.iter().any(given))
            }
            Body::AskInformation { .. } => referral.is_some_and(|referral| !referral.exchanges.is_empty()),
            Body::DeclareNotEligible { .. } => {
                referral.is_some_and(|referral| matches!(referral.state, ReferralState::NotEligible { .. }))
            }
            Body::Accept { client, officer, .. } => {
                holders.insert(client.0, *officer);
                model.clients.contains_key(client)
            }
            Body::Transfer { officer, .. } => {
                holders.insert(about, *officer);
                true
            }
            Body::RecordContact { note, .. } => notes.contains_key(note),
            Body::AmendContact { note, .. } => {
                *corrections.entry(*note).or_default() += 1;
                true
            }
            Body::FinishNextAction { note } => notes.get(note).is_some_and(|note| note.next_action_done.is_some()),
            _ => true,
        };
        if !is_there {
            return lacks(op);
        }
    }
    for (note, count) in corrections {
        let found = notes.get(&note).map_or(0, |note| note.amendments.len());
        if found != count {
            return Err(format!("LOST: {found} corrections of {note}, and {count} were applied"));
        }
    }
    for (client, officer) in holders {
        if model.clients.get(&ClientId(client)).is_none_or(|client| client.case.officer != officer) {
            return Err(format!("LOST: {client} is not with the officer to whom it was given last"));
        }
    }
    Ok(())
}

/// Every device has what a new phone of the same person gets: nothing is missing, and nothing that left the
/// person's scope is still there. Files about which something is unsent may stay until it is settled.
async fn everybody_agrees(world: &World<'_>) -> Result<Model, String> {
    let mut all = Model::default();
    for (n, device) in world.devices.iter().enumerate() {
        let phone = world.new_phone(n).await?;
        let unsent: BTreeSet<Uuid> = device
            .store
            .outbox()
            .iter()
            .filter(|queued| queued.state.is_unsent())
            .flat_map(|queued| [Some(queued.op.subject.uuid()), Device::opens(&queued.op)])
            .flatten()
            .collect();
        let (here, there) = (
            device.store.what_the_server_sent(|id| unsent.contains(&id)),
            phone.store.what_the_server_sent(|id| unsent.contains(&id)),
        );
        if here != there {
            let differs = here.iter().find(|(key, value)| there.get(*key) != Some(value)).map(|(key, _)| key);
            let missing = there.keys().find(|key| !here.contains_key(*key));
            return Err(format!("DIVERGED: device {n}: has otherwise {differs:?}, lacks {missing:?}"));
        }
        let Model { clients, notes, referrals, .. } = phone.store.snapshot();
        all.clients.extend(clients);
        all.notes.extend(notes);
        all.referrals.extend(referrals);
    }
    Ok(all)
}

/// Of a field that several people changed, every value is shown that nobody has knowingly replaced.
fn no_side_is_dropped(applied: &[&Op], clients: &BTreeMap<ClientId, Client>) -> Result<(), String> {
    for (id, client) in clients {
        let (mut shown, mut others) = (String::new(), BTreeSet::new());
        for op in applied.iter().filter(|op| op.subject.uuid() == id.0) {
            let Body::EditProfile { edits } = &op.body else { continue };
            for edit in edits.iter().filter(|edit| edit.from != edit.to) {
                others.remove(&edit.from);
                if shown != edit.from && shown != edit.to {
                    others.insert(shown.clone());
                }
                others.remove(&edit.to);
                shown.clone_from(&edit.to);
            }
        }
        let nickname = client.profile.get(ProfileField::Nickname);
        let beside: BTreeSet<String> = client
            .conflicts
            .iter()
            .filter(|conflict| conflict.field == ProfileField::Nickname)
            .map(|conflict| conflict.other.value.clone())
            .collect();
        if nickname != shown || beside != others {
            return Err(format!("DROPPED: {nickname:?} with {beside:?}; should be {shown:?} with {others:?}"));
        }
    }
    Ok(())
}
