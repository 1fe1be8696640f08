//! What must be true when everything has come to rest.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{
    client::{Client, ProfileField},
    ids::{ClientId, OpId},
    sync::{
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
    let clients = everybody_agrees(world).await?;
    if world.restores == 0 {
        no_side_is_dropped(&applied, &clients)?;
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

/// Every device has what a new phone of the same person gets: nothing is missing, and nothing that left the
/// person's scope is still there. Files about which something is unsent may stay until it is settled.
async fn everybody_agrees(world: &World<'_>) -> Result<BTreeMap<ClientId, Client>, String> {
    let mut clients = BTreeMap::new();
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
        clients.extend(phone.store.snapshot().clients);
    }
    Ok(clients)
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
