//! Ops that come in envelopes: from a device that is locked, or whose vault was destroyed.
//!
//! Who delivers must be signed in as the person who wrote: an envelope proves nothing about its writer.
//! From a device that was reported lost no session is asked for, and nothing is applied: what it still
//! had to say is kept for the supervisor, who decides.

use base64ct::{Base64, Encoding};
use domain::{
    clock::Moment,
    ids::{DeviceId, OpId, UserId},
    mutation::{Mutation, is_on},
    sync::{
        receipt::Outcome,
        wire_v1::{self, SealedBox, SealedRefusal, SealedRequest, SealedResponse},
    },
    vault::envelope::{Letter, Unopened},
};
use serde_json::value::RawValue;

use super::{SyncError, SyncService, push::Origin, reading::read_ops};
use crate::{auth::Session, db::lost_device};

/// What a lost device may leave for its supervisor: more than an honest phone ever has waiting.
const MOST_IN_QUARANTINE: i32 = 2_000;

/// An opened envelope.
struct Opened {
    seq: u64,
    letter: Letter,
}

impl SyncService {
    /// Takes up what lies in envelopes. Without a session only a lost device is heard.
    pub async fn take_sealed(
        &self,
        session: Option<&Session>,
        request: &SealedRequest,
        now: Moment,
    ) -> Result<SealedResponse, SyncError> {
        if request.v != wire_v1::VERSION {
            return Err(SyncError::UnknownVersion(request.v));
        }
        let given = request.boxes.len();
        if given > self.max_ops {
            return Err(SyncError::TooManyOps { given, most: self.max_ops });
        }
        let mut response = SealedResponse {
            v: wire_v1::VERSION,
            taken: Vec::new(),
            held: Vec::new(),
            refused: Vec::new(),
            revoked: false,
        };
        let lost = match request.device {
            Some(device) if session.is_none() || !is_on(Mutation::LostPhoneBelieved) => {
                lost_device::tell(&self.app, device, now).await?
            }
            _ => None,
        };
        if lost.is_none() && session.is_none() {
            return Err(SyncError::SignedOut);
        }
        let mut opened = Vec::with_capacity(given);
        for sealed in &request.boxes {
            match self.open_box(sealed) {
                Ok(letter) => opened.push(Opened { seq: sealed.seq, letter }),
                Err(code) => response.refused.push(SealedRefusal { seq: sealed.seq, code: code.to_owned() }),
            }
        }
        if let Some(owner) = lost {
            response.revoked = true;
            self.keep_for_the_supervisor(owner, request.device, opened, now, &mut response).await?;
            return Ok(response);
        }
        let session = session.ok_or(SyncError::SignedOut)?;
        let me = session.actor.user;
        // A box may be of the vault before this one: each names its own device.
        let (mine, others): (Vec<_>, Vec<_>) = opened.into_iter().partition(|opened| opened.letter.user == me);
        for Opened { seq, .. } in others {
            response.refused.push(SealedRefusal { seq, code: "other-person".to_owned() });
        }
        for device in devices_of(&mine) {
            let boxes: Vec<&Opened> = mine.iter().filter(|opened| opened.letter.device == device).collect();
            self.push_boxes(session, device, &boxes, now, &mut response).await?;
        }
        Ok(response)
    }

    fn open_box(&self, sealed: &SealedBox) -> Result<Letter, &'static str> {
        let bytes = Base64::decode_vec(&sealed.sealed).map_err(|_| "unknown-layout")?;
        self.envelopes.open_envelope(&bytes).map_err(|why| {
            tracing::warn!("an envelope was not opened: {why}");
            match why {
                Unopened::Unknown => "unknown-layout",
                Unopened::UnknownKey => "unknown-key",
                Unopened::Changed => "changed",
                Unopened::Unreadable => "unreadable",
            }
        })
    }

    async fn push_boxes(
        &self,
        session: &Session,
        device: DeviceId,
        boxes: &[&Opened],
        now: Moment,
        response: &mut SealedResponse,
    ) -> Result<(), SyncError> {
        // Of a device that was reported lost, delivered by another vault of the same person.
        if lost_device::is_lost(&self.app, device).await? && !is_on(Mutation::LostPhoneBelieved) {
            let kept = boxes.iter().map(|opened| (opened.letter.op.get(), opened.seq)).collect::<Vec<_>>();
            return self.quarantine(session.actor.user, device, &kept, now, response).await;
        }
        let texts: Vec<Box<RawValue>> = boxes.iter().map(|opened| opened.letter.op.clone()).collect();
        let mut ops = Vec::with_capacity(texts.len());
        let mut seqs = Vec::with_capacity(texts.len());
        for (text, opened) in texts.iter().zip(boxes) {
            match read_ops(std::slice::from_ref(text)) {
                Ok(read) => {
                    seqs.extend(read.iter().map(|op| (op.id, opened.seq)));
                    ops.extend(read);
                }
                Err(_) => {
                    response.refused.push(SealedRefusal { seq: opened.seq, code: "unreadable".to_owned() });
                }
            }
        }
        // What a lost device has left is the supervisor's to decide, also where a later vault delivers it again.
        let given: Vec<OpId> = ops.iter().map(|op| op.id).collect();
        let left = lost_device::are_left(&self.owner, &given).await?;
        ops.retain(|op| !left.contains(&op.id));
        seqs.retain(|(op, seq)| {
            let is_left = left.contains(op);
            response.taken.extend(is_left.then_some(*seq));
            !is_left
        });
        let receipts = self.push(session, Origin { device, sealed: true }, &ops, now).await?;
        for (op, seq) in seqs {
            match receipts.iter().find(|receipt| receipt.op == op).map(|receipt| &receipt.outcome) {
                // It is kept nowhere here: its envelope stays where it is, and comes again.
                Some(Outcome::Held { .. }) => response.held.push(seq),
                Some(Outcome::Applied { .. } | Outcome::Refused { .. }) => response.taken.push(seq),
                None if is_on(Mutation::UntouchedCountsAsTaken) => response.taken.push(seq),
                None => {}
            }
        }
        Ok(())
    }

    async fn keep_for_the_supervisor(
        &self,
        owner: UserId,
        device: Option<DeviceId>,
        opened: Vec<Opened>,
        now: Moment,
        response: &mut SealedResponse,
    ) -> Result<(), SyncError> {
        let Some(device) = device else { return Ok(()) };
        // Also what a vault before the last one left: whoever forgot the PIN and then lost the phone wrote it too.
        let (its, others): (Vec<_>, Vec<_>) = opened.into_iter().partition(|opened| opened.letter.user == owner);
        for Opened { seq, .. } in others {
            response.refused.push(SealedRefusal { seq, code: "other-person".to_owned() });
        }
        let kept: Vec<(&str, u64)> = its.iter().map(|opened| (opened.letter.op.get(), opened.seq)).collect();
        self.quarantine(owner, device, &kept, now, response).await
    }

    async fn quarantine(
        &self,
        owner: UserId,
        device: DeviceId,
        kept: &[(&str, u64)],
        now: Moment,
        response: &mut SealedResponse,
    ) -> Result<(), SyncError> {
        for (text, seq) in kept {
            let raw = RawValue::from_string((*text).to_owned()).map(|raw| vec![raw]).unwrap_or_default();
            let Some(op) = read_ops(&raw).ok().and_then(|ops| ops.first().map(|op| op.id)) else {
                response.refused.push(SealedRefusal { seq: *seq, code: "unreadable".to_owned() });
                continue;
            };
            if lost_device::quarantine(&self.app, owner, device, op, text, now, MOST_IN_QUARANTINE).await? {
                response.taken.push(*seq);
            } else {
                response.refused.push(SealedRefusal { seq: *seq, code: "too-many".to_owned() });
            }
        }
        Ok(())
    }
}

/// The devices of these envelopes, each once, in the order in which they come.
fn devices_of(opened: &[Opened]) -> Vec<DeviceId> {
    let mut devices: Vec<DeviceId> = Vec::new();
    for Opened { letter, .. } in opened {
        if !devices.contains(&letter.device) {
            devices.push(letter.device);
        }
    }
    devices
}
