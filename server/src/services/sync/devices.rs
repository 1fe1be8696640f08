//! When a device was last here, and whether its count has gaps. Numbers only, no content.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::TimeDelta;
use domain::{
    clock::Moment,
    ids::DeviceId,
    sync::{
        receipt::{Outcome, Receipt},
        wire_v1::SyncRequest,
    },
};

use super::{SyncService, reading::Incoming};
use crate::{
    auth::Session,
    db::device::{self, DeviceNews},
};

/// A device is noted in the database at most so often, unless what waits on it changes.
const QUIET: TimeDelta = TimeDelta::minutes(1);
/// Beyond this many devices the memory is emptied; what was forgotten is only noted once more.
const REMEMBERED: usize = 50_000;

/// What this process remembers of devices, so that an idle sync writes nothing.
#[derive(Debug, Default)]
pub struct Devices(Mutex<HashMap<DeviceId, Memory>>);

#[derive(Debug, Clone, Copy)]
struct Memory {
    noted_at: Moment,
    last_seq: i64,
    unsent: u32,
}

impl Devices {
    fn recall(&self, device: DeviceId) -> Option<Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&device).copied()
    }

    fn remember(&self, device: DeviceId, memory: Memory) {
        let mut devices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if devices.len() >= REMEMBERED {
            devices.clear();
        }
        devices.insert(device, memory);
    }
}

impl SyncService {
    /// Notes that a device was here. Whether that works is nobody's sorrow: the ops have their receipts.
    pub(super) async fn note_device(
        &self,
        session: &Session,
        request: &SyncRequest,
        ops: &[Incoming<'_>],
        receipts: &[Receipt],
        now: Moment,
    ) {
        let device = request.device;
        let before = self.devices.recall(device);
        // The device counted before it sent; what has its receipt with this answer waits no longer.
        let settled = receipts.iter().filter(|receipt| !matches!(receipt.outcome, Outcome::Held { .. })).count();
        let unsent = request.unsent.saturating_sub(u32::try_from(settled).unwrap_or(u32::MAX));
        let mut state = request.state.clone();
        if let Some(state) = &mut state
            && settled > 0
        {
            // Which of them was the oldest, only the device knows; it tells next time.
            state.oldest_unsent = None;
        }
        let highest = ops.iter().filter_map(Incoming::seq).max();
        let last_seq = highest.into_iter().chain(before.map(|b| b.last_seq)).max().unwrap_or(0);
        let due = before.is_none_or(|b| now - b.noted_at >= QUIET || b.unsent != unsent || b.last_seq != last_seq);
        let known = if due {
            let news = DeviceNews {
                device: device.0,
                user: session.actor.user.0,
                last_seq,
                unsent: i32::try_from(unsent).unwrap_or(i32::MAX),
                clock_skew_seconds: skew(request.clock, now),
                at: now,
                session: Some(session.id),
                state: state.as_ref(),
            };
            match device::seen(&self.app, news).await {
                Ok(known) => before.map(|b| b.last_seq).or(known),
                Err(trouble) => {
                    tracing::warn!(device = %device, "a device could not be noted: {trouble}");
                    return;
                }
            }
        } else {
            before.map(|b| b.last_seq)
        };
        let noted_at = before.filter(|_| !due).map_or(now, |b| b.noted_at);
        self.devices.remember(device, Memory { noted_at, last_seq, unsent });
        if let Some(missing) = known.and_then(|known| gap(known, ops)) {
            metrics::counter!("lignum_sync_gaps_total").increment(1);
            tracing::warn!(device = %device, missing, "a device's count has a gap");
        }
    }
}

/// The first number that is missing between what was known and what came.
fn gap(known: i64, ops: &[Incoming<'_>]) -> Option<i64> {
    let mut expected = known.saturating_add(1);
    let mut seqs: Vec<i64> = ops.iter().filter_map(Incoming::seq).collect();
    seqs.sort_unstable();
    for seq in seqs {
        if seq > expected {
            return Some(expected);
        }
        if seq == expected {
            expected = expected.saturating_add(1);
        }
    }
    None
}

/// How many seconds the device's clock is ahead.
fn skew(clock: Option<Moment>, now: Moment) -> i32 {
    let Some(clock) = clock else { return 0 };
    let seconds = clock.timestamp().saturating_sub(now.timestamp());
    i32::try_from(seconds).unwrap_or(if seconds < 0 { i32::MIN } else { i32::MAX })
}
