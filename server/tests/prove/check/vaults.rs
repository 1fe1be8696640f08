//! What must be true of envelopes, and of vaults whose key was destroyed: nothing that they held is lost but
//! within the limits that `docs/vault.md` tells.

use std::collections::{HashMap, HashSet};

use domain::{
    ids::{DeviceId, OpId},
    sync::{
        op::Op,
        outbox::{QueueState, Queued},
    },
};
use uuid::Uuid;

use crate::{
    device::{Device, Past},
    world::{Tally, World},
};

/// What the database says besides the journal.
pub struct Server {
    /// Where the journal has an op, and from which device.
    pub journal: HashMap<OpId, (i64, DeviceId)>,
    /// Refused in words, and kept.
    refused: HashSet<OpId>,
    /// Left by lost phones, with what was decided.
    quarantine: HashMap<OpId, Option<String>>,
    /// Its present life.
    epoch: Uuid,
}

impl Server {
    /// Asks it.
    pub async fn ask(world: &World<'_>) -> Result<Self, String> {
        let server = Self::read(world).await.map_err(|error| error.to_string())?;
        server.ok_or_else(|| "DOUBLED: an op is in the journal twice".to_owned())
    }

    /// None where an op is in the journal twice.
    async fn read(world: &World<'_>) -> Result<Option<Self>, sqlx::Error> {
        let (region, owner) = (world.region.0, &world.ground.owner);
        let journal: Vec<(Uuid, i64, Uuid)> =
            sqlx::query_as("SELECT op_id, position, device_id FROM journal WHERE region_id = $1")
                .bind(region)
                .fetch_all(owner)
                .await?;
        // Where nobody has lost anything these need not be looked at.
        let plain = world.devices.iter().all(|device| device.past.is_empty()) && world.lost.is_empty();
        let (mut refused, mut quarantine, mut epoch) = (Vec::new(), Vec::new(), Uuid::nil());
        if !plain {
            let people: Vec<Uuid> = world.devices.iter().map(|device| device.session.actor.user.0).collect();
            refused = sqlx::query_scalar("SELECT op_id FROM refusals WHERE actor_id = ANY ($1)")
                .bind(people)
                .fetch_all(owner)
                .await?;
            quarantine = sqlx::query_as("SELECT op_id, decision FROM quarantine WHERE region_id = $1")
                .bind(region)
                .fetch_all(owner)
                .await?;
            let sql = "SELECT id FROM epochs ORDER BY began_at DESC, id DESC LIMIT 1";
            epoch = sqlx::query_scalar(sql).fetch_one(owner).await?;
        }
        let entries = journal.len();
        let server = Self {
            journal: journal
                .into_iter()
                .map(|(op, position, device)| (OpId(op), (position, DeviceId(device))))
                .collect(),
            refused: refused.into_iter().map(OpId).collect(),
            quarantine: quarantine.into_iter().map(|(op, decision): (Uuid, _)| (OpId(op), decision)).collect(),
            epoch,
        };
        Ok((server.journal.len() == entries).then_some(server))
    }

    pub fn position(&self, op: OpId) -> Option<i64> {
        self.journal.get(&op).map(|(position, _)| *position)
    }

    /// Whether a lost phone left it: then a supervisor decides when it is applied, and whether.
    pub fn was_left(&self, op: OpId) -> bool {
        self.quarantine.contains_key(&op)
    }
}

/// Of vaults whose key was destroyed: every op is received, refused in words, with the supervisor, or still
/// in its envelope and held by something.
pub fn of_past(device: &Device, server: &Server, restores: usize) -> Result<Tally, String> {
    let waiting: HashSet<u64> = device.store.undelivered().into_iter().map(|(seq, _)| seq).collect();
    let mut tally = Tally { in_envelopes: device.delivered_in.len(), ..Tally::default() };
    for past in &device.past {
        for op in &past.saved {
            tally.saved += 1;
            let queued = past.queue.iter().find(|queued| queued.op.id == op.id);
            let Some(queued) = queued else { return told("LOST: vanished from the outbox", op) };
            let had = device.delivered_in.get(&op.seq).is_some_and(|life| *life < restores);
            let decision = server.quarantine.get(&op.id);
            tally.taken_up += usize::from(decision.is_some_and(|decision| decision.as_deref() == Some("taken-up")));
            match decision {
                _ if server.position(op.id).is_some() => tally.received += 1,
                Some(Some(decision)) if decision == "taken-up" => {
                    return told("LOST: taken up, and not in the journal", op);
                }
                Some(None) if !base_is_open(queued, server) && !server.refused.contains(&op.id) && restores == 0 => {
                    return told("STUCK: left by a lost phone, and nothing keeps the supervisor from taking it up", op);
                }
                Some(_) => tally.quarantined += 1,
                None if server.refused.contains(&op.id) => tally.refused += 1,
                None if waiting.contains(&op.seq) => {
                    is_held(queued, server, restores)?;
                    tally.held += 1;
                }
                // The limits: the server had it, and was restored to before; or there was no key to seal it to.
                None if had || was_told_before_a_restore(past, queued, server, restores) => tally.beyond += 1,
                None if past.knew_no_key && queued.state.is_unsent() => tally.beyond += 1,
                None => return told("LOST: vanished with its vault", op),
            }
        }
    }
    Ok(tally)
}

/// The phone had the server's word on it, and then the server was restored to before.
fn was_told_before_a_restore(past: &Past, queued: &Queued, server: &Server, restores: usize) -> bool {
    match queued.state {
        QueueState::Received { .. } => past.epoch != Some(server.epoch),
        QueueState::Refused { .. } | QueueState::Discarded { .. } => restores > 0,
        QueueState::Waiting | QueueState::Held { .. } => false,
    }
}

fn base_is_open(queued: &Queued, server: &Server) -> bool {
    queued.op.after.is_some_and(|base| server.position(base).is_none())
}

fn is_held(queued: &Queued, server: &Server, restores: usize) -> Result<(), String> {
    if base_is_open(queued, server) || restores > 0 {
        Ok(())
    } else {
        told("STUCK: in its envelope, and nothing holds it", &queued.op)
    }
}

/// What is in an envelope waits, and what waits is in one.
pub fn of_envelopes(device: &Device, restored: bool) -> Result<(), String> {
    let queue = device.store.outbox();
    let sealed: HashSet<u64> = device.store.undelivered().into_iter().map(|(seq, _)| seq).collect();
    for queued in queue.iter().filter(|queued| !queued.state.is_unsent()) {
        if sealed.contains(&queued.op.seq) {
            return told("LEFT: settled, and still in an envelope", &queued.op);
        }
    }
    for queued in queue.iter().filter(|queued| device.was_told_key && queued.state.is_unsent()) {
        if !device.store.has_envelope(queued.op.seq) {
            return told("LOST: unsent, and a phone whose key is destroyed now has no envelope of it", &queued.op);
        }
    }
    if device.is_gone && !restored && (device.store.vault().is_some() || !sealed.is_empty()) {
        return Err(format!("STUCK: the lost phone of {} has not left everything", device.id));
    }
    Ok(())
}

/// Nothing of a lost phone is applied but what a supervisor took up, and nothing that she put aside.
pub fn nothing_unasked(world: &World<'_>, server: &Server) -> Result<(), String> {
    for (op, (position, device)) in &server.journal {
        let is_late = world.lost.get(device).is_some_and(|end| position > end);
        let taken_up = matches!(server.quarantine.get(op), Some(Some(decision)) if decision == "taken-up");
        if is_late && !taken_up {
            return Err(format!("UNASKED: {op} came from a lost phone, and no supervisor took it up"));
        }
    }
    let put_aside = server.quarantine.iter().filter(|(_, decision)| decision.as_deref() == Some("put-aside"));
    match put_aside.map(|(op, _)| op).find(|op| server.position(**op).is_some()) {
        Some(op) => Err(format!("UNASKED: {op} was put aside, and is applied all the same")),
        None => Ok(()),
    }
}

/// Nobody left what nobody saved.
pub fn nothing_invented(saved: &HashMap<OpId, &Op>, server: &Server) -> Result<(), String> {
    match server.quarantine.keys().chain(server.journal.keys()).find(|op| !saved.contains_key(op)) {
        Some(op) => Err(format!("INVENTED: nobody saved {op}")),
        None => Ok(()),
    }
}

fn told<T>(what: &str, op: &Op) -> Result<T, String> {
    Err(format!("{what}: {} {:?}", op.id, op.body))
}
