//! What must be true when everything has come to rest.

mod vaults;

use std::collections::{BTreeMap, BTreeSet, HashMap, hash_map::Entry};

use domain::{
    client::{Client, ProfileField},
    contact::ContactNote,
    ids::{AttachmentId, ClientId, NoteId, OpId, ReferralId, UserId},
    referral::{Exchange, ReferralState},
    sync::{
        model::Model,
        op::{Body, Op},
        outbox::{QueueState, Queued},
    },
};
use server::services::verify::verify_journal;
use uuid::Uuid;

use self::vaults::Server;
use crate::{
    device::Device,
    ground::Ground,
    world::{Tally, World},
};

/// Looks at the database and at every device. The first promise that was broken, in words.
pub async fn everything(world: &mut World<'_>) -> Result<Tally, String> {
    let server = Server::ask(world).await?;
    let restored = world.restores > 0;
    let mut tally = Tally::default();
    for device in world.devices.iter().chain(&world.gone) {
        tally += of_device(device, &server, restored)?;
        tally += vaults::of_past(device, &server, world.restores)?;
        vaults::of_envelopes(device, restored)?;
        if !restored {
            in_order(&device.store.outbox(), &server)?;
            device.past.iter().try_for_each(|past| in_order(&past.queue, &server))?;
        }
    }
    let phones = world.devices.iter().chain(&world.gone);
    let saved = phones.flat_map(|phone| phone.past.iter().flat_map(|past| &past.saved).chain(&phone.saved));
    let saved: HashMap<OpId, &Op> = saved.map(|op| (op.id, op)).collect();
    vaults::nothing_invented(&saved, &server)?;
    if !restored {
        vaults::nothing_unasked(world, &server)?;
    }
    let mut applied: Vec<(i64, &Op)> =
        server.journal.iter().map(|(op, (position, _))| (*position, saved[op])).collect();
    applied.sort_unstable_by_key(|(position, _)| *position);
    let applied: Vec<&Op> = applied.into_iter().map(|(_, op)| op).collect();
    rows_are_there(world, &applied).await?;
    let model = everybody_agrees(world).await?;
    every_effect_is_there(&applied, &model)?;
    if restored {
        journal_is_sound(world.ground).await?;
    } else {
        no_side_is_dropped(&applied, &model.clients)?;
    }
    Ok(tally)
}

/// An envelope is let go of for good when its vault is: what was taken is applied, refused in words, or with the
/// supervisor, from that moment on.
pub async fn what_was_taken_is_kept(ground: &Ground, ops: &[Uuid]) -> Result<(), String> {
    let sql = "SELECT given FROM unnest($1) AS given WHERE NOT EXISTS (
                   SELECT FROM journal WHERE op_id = given UNION ALL SELECT FROM refusals WHERE op_id = given
                   UNION ALL SELECT FROM quarantine WHERE op_id = given)";
    let lost: Option<Uuid> =
        sqlx::query_scalar(sql).bind(ops).fetch_optional(&ground.owner).await.map_err(|error| error.to_string())?;
    lost.map_or(Ok(()), |op| Err(format!("LOST: taken in its envelope, and nowhere on the server: {op}")))
}

/// Every chain of the journal holds, whoever wrote in this database.
pub async fn journal_is_sound(ground: &Ground) -> Result<(), String> {
    let report = verify_journal(&ground.owner, None).await.map_err(|error| error.to_string())?;
    if report.is_sound() { Ok(()) } else { Err(format!("UNSOUND: {:?}", report.breaks)) }
}

/// Every op that a person was told is saved is received and in the journal, or visible on the device with a reason.
fn of_device(device: &Device, server: &Server, restored: bool) -> Result<Tally, String> {
    let queue = device.store.outbox();
    let mut tally = Tally { saved: device.saved.len(), ..Tally::default() };
    for op in &device.saved {
        // As the device has it now: what a person mended was pointed anew.
        let op = queue.iter().find(|queued| queued.op.id == op.id).map_or(op, |queued| &queued.op);
        let there = server.position(op.id).is_some();
        let told = |what: &str| Err(format!("{what}: {} {:?}", op.id, op.body));
        match Device::state_of(&queue, op.id) {
            None => return told("LOST: vanished from the outbox"),
            Some(QueueState::Received { .. }) if !there => return told("LOST: received, and not in the journal"),
            Some(QueueState::Received { .. }) => tally.received += 1,
            Some(QueueState::Waiting) => {
                let base = op.after.and_then(|base| Device::state_of(&queue, base));
                return told(&format!("STUCK: still waiting, with the network back, and builds on {base:?}"));
            }
            Some(_) if there => return told("DOUBLED: in the journal, and the device would have it mended"),
            Some(QueueState::Held { .. }) => {
                let base_is_open = op.after.is_some_and(|base| server.position(base).is_none());
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
/// for that, came later, as it should; and what a lost phone left came when a supervisor took it up.
fn in_order(queue: &[Queued], server: &Server) -> Result<(), String> {
    let mut last: HashMap<Uuid, i64> = HashMap::new();
    let mut delayed: BTreeSet<OpId> = BTreeSet::new();
    for queued in queue {
        let op = &queued.op;
        let builds_on_delayed = op.after.is_some_and(|base| delayed.contains(&base));
        if op.mends.is_some() || builds_on_delayed || server.was_left(op.id) {
            delayed.insert(op.id);
            continue;
        }
        let Some(position) = server.position(op.id) else {
            delayed.insert(op.id);
            continue;
        };
        let before = last.insert(op.subject.uuid(), position);
        if before.is_some_and(|before| before > position) {
            return Err(format!("OUT OF ORDER: {} came after what was written later", op.id));
        }
    }
    Ok(())
}

/// What was applied is in the tables, once.
async fn rows_are_there(world: &World<'_>, applied: &[&Op]) -> Result<(), String> {
    const TABLES: [&str; 4] = ["contact_notes", "referrals", "clients", "attachments"];
    let of = |op: &&Op| match op.body {
        Body::RecordContact { .. } => Some(TABLES[0]),
        Body::SendReferral { .. } => Some(TABLES[1]),
        Body::Accept { .. } => Some(TABLES[2]),
        Body::Attach { .. } => Some(TABLES[3]),
        _ => None,
    };
    let counts = TABLES.map(|table| format!("(SELECT count(*) FROM {table} WHERE region_id = $1)"));
    let sql = sqlx::AssertSqlSafe(format!("SELECT ARRAY[{}]", counts.join(", ")));
    let rows: Vec<i64> = sqlx::query_scalar(sql)
        .bind(world.region.0)
        .fetch_one(&world.ground.owner)
        .await
        .map_err(|error| error.to_string())?;
    for (table, rows) in TABLES.into_iter().zip(rows) {
        let expected = applied.iter().filter(|op| of(op) == Some(table)).count();
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
            Body::Attach { .. } => {
                let attached = model.attachments.get(&ClientId(about));
                attached.is_some_and(|all| all.contains_key(&AttachmentId(op.id.0)))
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
    let mut phones: HashMap<UserId, Device> = HashMap::new();
    for (n, device) in world.devices.iter().enumerate() {
        let user = device.session.actor.user;
        if let Entry::Vacant(place) = phones.entry(user) {
            place.insert(world.new_phone(device).await?);
        }
        let phone = &phones[&user];
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
    }
    for phone in phones.values() {
        let Model { clients, notes, referrals, attachments, .. } = phone.store.snapshot();
        all.attachments.extend(attachments);
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
