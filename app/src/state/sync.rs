//! When to speak with the server, and what its answer does.
//!
//! One tab at a time speaks (Web Locks). What is sent is read from the disk inside the lock, what
//! comes back is written in one transaction — receipts, changes and cursor together — so a kill at
//! any moment leaves either all of an answer or none of it, and an answer lost is asked for again.

mod held;

use super::device::{Device, Phase, files, key, tabs_message};
use super::{attachments, vault};
use crate::platform::{NetError, Reply, StoreError, StoreHealth, clock, lock, net, page, store, tabs};
use domain::clock::{Moment, jamaica_day};
use domain::device::take::{Kept, Needs, take};
use domain::device::usage::DataUsed;
use domain::ids::UserId;
use domain::sync::outbox::{self, Queued, Tally, Walk};
use domain::sync::wire_v1::{DeviceState, MAX_OPS, SyncRequest, SyncResponse, VERSION};
use domain::vault::envelope::SealingKey;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::value::RawValue;

/// What the device does about the server at this moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SyncPhase {
    /// Nothing to do until something is saved or some time has passed.
    #[default]
    Idle,
    /// Speaking with the server.
    Sending,
    /// The server cannot be reached; the next try is planned.
    Offline,
    /// The server asked for a pause.
    Busy,
    /// The session has expired: work goes on, sending needs a sign-in.
    SignedOut,
    /// This version of the app is too old for the server.
    TooOld,
    /// The device could not keep what the server sent.
    StoreFailed,
}

/// When and how the device last spoke with the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncState {
    /// What it does now.
    pub phase: SyncPhase,
    /// When everything was last exchanged.
    pub complete_at: Option<Moment>,
    /// How far the device's clock is ahead of the server's, in seconds.
    pub clock_ahead: i64,
    /// Tries since the last success: the pauses grow with it.
    pub failures: u32,
    /// Entries of the outbox that this version cannot read; they stay on the disk.
    pub unreadable: u32,
    /// Pictures that were saved and are not at the server.
    pub pictures: usize,
    /// The pause that the server asked for last, in seconds.
    asked_pause: u32,
    /// How much data sending and receiving took.
    pub data_used: DataUsed,
    /// How much room there is on the device; none before it was asked.
    pub storage: Option<StoreHealth>,
    /// Why the device could not keep what the server sent.
    pub store_error: Option<StoreError>,
    /// Something was saved or asked for while speaking: speak again.
    again: bool,
}

impl SyncState {
    /// The words of the header chip.
    pub fn chip(&self, tally: Tally) -> String {
        // What this version cannot read it cannot send either: it is not "all sent".
        let (waiting, attention) = (tally.waiting, tally.attention + self.unreadable);
        match (self.phase, waiting, attention) {
            (_, _, 1) => "1 needs attention".to_owned(),
            (_, _, 2..) => format!("{attention} need attention"),
            (SyncPhase::SignedOut, 0, _) => "Sign in to update".to_owned(),
            (SyncPhase::SignedOut, n, _) => format!("Sign in to send {n}"),
            (SyncPhase::Sending, n @ 1.., _) => format!("Sending {n}"),
            (_, n @ 1.., _) => format!("{n} saved on this phone"),
            (_, 0, _) if self.complete_at.is_none() => "Getting your files".to_owned(),
            (_, 0, _) if self.pictures == 1 => "1 picture to send".to_owned(),
            (_, 0, _) if self.pictures > 1 => format!("{} pictures to send", self.pictures),
            _ => "All sent".to_owned(),
        }
    }
}

/// A quiet device asks for news this often.
const QUIET_MS: u32 = 60_000;
/// The first pause after a failure; it doubles up to [`LONGEST_PAUSE_MS`].
const FIRST_PAUSE_MS: u32 = 2_000;
const LONGEST_PAUSE_MS: u32 = 300_000;

/// Speaks with the server now, or again as soon as the present exchange is over.
pub fn wake(device: Device) {
    if device.me().is_none() {
        return;
    }
    if device.sync.with_untracked(|sync| sync.phase == SyncPhase::Sending) {
        device.sync.update_untracked(|sync| sync.again = true);
        return;
    }
    device.sync.update(|sync| sync.phase = SyncPhase::Sending);
    spawn_local(async move {
        loop {
            device.sync.update_untracked(|sync| sync.again = false);
            let Some(me) = device.me() else { return };
            let name = format!("lignum-sync-{}", me.user);
            let end = lock::exclusive(&name, exchange(device, me.user)).await.unwrap_or(End::Unreachable);
            match end {
                End::Revoked => {
                    vault::revoked(device, me.user).await;
                    return;
                }
                // The service worker goes on when the app is closed; and it hears if the device was reported lost.
                End::SignedOut | End::Unreachable if is_first_failure(device) => page::deliver_sealed(),
                _ => {}
            }
            let complete = matches!(end, End::Complete { .. });
            if !settle(device, end) {
                if complete {
                    // What is large goes last.
                    attachments::carry(device, false);
                }
                return;
            }
        }
    });
}

/// Something changed for the better: the network may be back, the person looks at the screen again. Speaks
/// now, and where that fails tries again soon, however many tries have failed before.
pub fn wake_with_hope(device: Device) {
    device.sync.update_untracked(|sync| sync.failures = 0);
    wake(device);
}

/// Wakes from time to time: soon after a failure, seldom when all is quiet.
///
/// It looks every second whether the pause is over, because a failure shortens a pause that has begun.
pub fn keep_time(device: Device) {
    spawn_local(async move {
        let mut since = clock::now();
        let mut planned = pause(device);
        loop {
            page::sleep(LOOK_MS).await;
            let (phase, failures) = device.sync.with_untracked(|sync| (sync.phase, sync.failures));
            if phase == SyncPhase::Sending {
                since = clock::now();
                planned = 0;
                continue;
            }
            if planned == 0 || planned > pause_for(failures) * 5 / 4 {
                planned = pause(device);
            }
            let waited = (clock::now() - since).num_milliseconds();
            // A clock that was set back must not stop the device from ever asking again.
            if phase != SyncPhase::TooOld && !(0..i64::from(planned)).contains(&waited) {
                since = clock::now();
                planned = 0;
                wake(device);
            }
        }
    });
}

/// How often the pause is looked at.
const LOOK_MS: u32 = 1_000;

const fn pause_for(failures: u32) -> u32 {
    match failures {
        0 => QUIET_MS,
        n => {
            let doublings = if n > 8 { 8 } else { n - 1 };
            let pause = FIRST_PAUSE_MS << doublings;
            if pause > LONGEST_PAUSE_MS { LONGEST_PAUSE_MS } else { pause }
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most five minutes")]
fn pause(device: Device) -> u32 {
    let (failures, asked) = device.sync.with_untracked(|sync| (sync.failures, sync.asked_pause));
    let spread = f64::from(pause_for(failures)) * (0.75 + clock::jitter() / 2.0);
    // What the server asked for is the least; the spread keeps a thousand phones from one second.
    (spread as u32).max(asked.saturating_mul(1_000))
}

fn is_first_failure(device: Device) -> bool {
    device.sync.with_untracked(|sync| sync.failures == 0)
}

/// How an exchange ended.
enum End {
    /// Everything was exchanged.
    Complete {
        clock_ahead: i64,
    },
    Unreachable,
    Busy {
        pause: u32,
    },
    SignedOut,
    /// The device was reported lost.
    Revoked,
    TooOld,
    Store(StoreError),
    /// The store was closed or given to another user meanwhile.
    Gone,
}

/// Notes how it ended; true if there is more to say at once.
fn settle(device: Device, end: End) -> bool {
    let mut again = false;
    device.sync.update(|sync| {
        again = sync.again && matches!(end, End::Complete { .. });
        let failed = |sync: &mut SyncState, phase| {
            sync.phase = phase;
            sync.failures = sync.failures.saturating_add(1);
        };
        match end {
            End::Complete { clock_ahead } => {
                sync.phase = if again { SyncPhase::Sending } else { SyncPhase::Idle };
                sync.failures = 0;
                sync.asked_pause = 0;
                sync.store_error = None;
                sync.clock_ahead = clock_ahead;
                sync.complete_at = Some(clock::now());
            }
            End::Unreachable => failed(sync, SyncPhase::Offline),
            End::Busy { pause } => {
                sync.asked_pause = pause;
                failed(sync, SyncPhase::Busy);
            }
            End::SignedOut | End::Revoked => failed(sync, SyncPhase::SignedOut),
            End::TooOld => failed(sync, SyncPhase::TooOld),
            End::Store(error) => {
                sync.store_error = Some(error);
                failed(sync, SyncPhase::StoreFailed);
            }
            End::Gone => sync.phase = SyncPhase::Idle,
        }
    });
    again
}

/// Sends what waits and pulls what changed, page by page, until both sides are even.
async fn exchange(device: Device, user: UserId) -> End {
    let storage = store::health().await;
    device.sync.update(|sync| sync.storage = Some(storage));
    let mut batch = MAX_OPS;
    let mut first = true;
    let mut walk = Walk::default();
    loop {
        if device.me().is_none_or(|me| me.user != user) || store::whose() != Some(user) {
            return End::Gone;
        }
        let once = exchange_once(device, user, batch, &mut walk, first).await;
        first = false;
        match once {
            Ok(Step::More) => {}
            Ok(Step::Done { clock_ahead }) => return End::Complete { clock_ahead },
            // Too much at once for this server or a box in between: halve it.
            Ok(Step::TooMuch) if batch > 1 => batch /= 2,
            Ok(Step::TooMuch) => return End::Busy { pause: 0 },
            Ok(Step::Stop(end)) => return end,
            Err(error) => return End::Store(error),
        }
    }
}

enum Step {
    More,
    Done { clock_ahead: i64 },
    TooMuch,
    Stop(End),
}

async fn exchange_once(
    device: Device,
    user: UserId,
    batch: usize,
    walk: &mut Walk,
    first: bool,
) -> Result<Step, StoreError> {
    let (queue, _) = files::read_outbox().await?;
    let sent = walk.next(&queue, batch);
    let cursor = files::read_meta::<Kept>(key::CURSOR).await?.unwrap_or_default();
    let request = request(device, &queue, &sent, &cursor).await?;
    let body = serde_json::to_string(&request).map_err(|error| StoreError::Other(error.to_string()))?;
    let reply = match net::post_json("/api/v1/sync", &body).await {
        Ok(reply) => reply,
        Err(NetError::Unreachable | NetError::TimedOut) => return Ok(Step::Stop(End::Unreachable)),
    };
    // Meanwhile somebody else may have sat down at this tablet.
    if store::whose() != Some(user) {
        return Ok(Step::Stop(End::Gone));
    }
    let response = match read(&reply) {
        Ok(response) => response,
        Err(step) => return Ok(step),
    };
    // The server answers: what fails from now on is a new failure, with short pauses again.
    device.sync.update_untracked(|sync| sync.failures = 0);
    let clock_ahead = (clock::now() - response.now).num_seconds();
    let more = response.more;
    let progress = !response.receipts.is_empty();
    walk.heard(&response.receipts);
    let held = held::read(&Needs::of(&cursor, &response)).await?;
    // A person may have saved something while the request was under way: a file of which it speaks stays.
    let (queue, _) = files::read_outbox().await?;
    let mut taken = take(&queue, cursor, response, held, clock::now());
    let data = files::read_meta::<DataUsed>(key::DATA_USED).await?.unwrap_or_default();
    let data = data.count(reply.bytes, first, jamaica_day(clock::now()));
    taken.writes.push(files::put_meta(key::DATA_USED, &data));
    if store::whose() != Some(user) {
        return Ok(Step::Stop(End::Gone));
    }
    store::write(taken.writes).await?;
    device.sync.update(|sync| sync.data_used = data);
    if taken.changed {
        device.reload().await?;
        tabs::tell(tabs_message::CHANGED);
    }
    if taken.new_epoch {
        *walk = Walk::default();
    }
    let on = device.queue.with_untracked(|queue| {
        let is_over = walk.next(queue, 1).is_empty();
        if is_over && walk.wants_another(queue) {
            *walk = Walk::default();
            return true;
        }
        // Without a receipt the server left all of it untouched: later, then.
        !is_over && (progress || taken.new_epoch)
    });
    Ok(if more || on { Step::More } else { Step::Done { clock_ahead } })
}

async fn request(device: Device, queue: &[Queued], sent: &[&Queued], kept: &Kept) -> Result<SyncRequest, StoreError> {
    let raw = |queued: &&Queued| {
        serde_json::to_string(&queued.op)
            .and_then(RawValue::from_string)
            .map_err(|error| StoreError::Other(error.to_string()))
    };
    Ok(SyncRequest {
        v: VERSION,
        device: device.identity().await?,
        user: device.me().map(|me| me.user),
        cursor: kept.cursor.clone(),
        ops: sent.iter().map(raw).collect::<Result<_, _>>()?,
        unsent: outbox::tally(queue.iter().map(|q| &q.state)).waiting,
        clock: Some(clock::now()),
        state: Some(state(device, queue)),
        sealing_key: files::read_meta::<SealingKey>(key::SEALING_KEY).await?.map(|key| key.id),
    })
}

/// How this device does: numbers only.
fn state(device: Device, queue: &[Queued]) -> DeviceState {
    let storage = device.sync.with_untracked(|sync| sync.storage).unwrap_or_default();
    let megabytes = |bytes: u64| u32::try_from(bytes.div_ceil(1_000_000)).unwrap_or(u32::MAX);
    DeviceState {
        oldest_unsent: queue.iter().filter(|q| q.state.is_unsent()).map(|q| q.op.recorded_at).min(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        used_mb: megabytes(storage.used),
        quota_mb: megabytes(storage.quota),
        kept: storage.persistent,
    }
}

fn read(reply: &Reply) -> Result<SyncResponse, Step> {
    match reply.status {
        200 => serde_json::from_str::<SyncResponse>(&reply.body)
            .ok()
            .filter(|response| response.v == VERSION)
            .ok_or(Step::Stop(End::TooOld)),
        403 if reply.body.contains("device-revoked") => Err(Step::Stop(End::Revoked)),
        // No session, or somebody else's.
        401 | 403 => Err(Step::Stop(End::SignedOut)),
        413 => Err(Step::TooMuch),
        400 if reply.body.contains("unknown-wire-version") => Err(Step::Stop(End::TooOld)),
        429 | 503 => Err(Step::Stop(End::Busy { pause: reply.retry_after.unwrap_or(0) })),
        // A captive portal, a proxy's error page, a server in trouble: not our server's word.
        _ => Err(Step::Stop(End::Unreachable)),
    }
}

/// Counts what the service worker has carried besides.
pub async fn count_bytes(device: Device, bytes: u64) {
    let Ok(data) = files::read_meta::<DataUsed>(key::DATA_USED).await else { return };
    let data = data.unwrap_or_default().count(bytes, false, jamaica_day(clock::now()));
    if store::write(vec![files::put_meta(key::DATA_USED, &data)]).await.is_ok() {
        device.sync.update(|sync| sync.data_used = data);
    }
}

/// Sends what waits once more before the session ends, if the server can be reached.
pub async fn flush(device: Device) {
    let Some(me) = device.me() else { return };
    if device.queue.with_untracked(|queue| queue.iter().any(|q| q.state.is_unsent())) {
        let name = format!("lignum-sync-{}", me.user);
        let _ = lock::exclusive(&name, exchange(device, me.user)).await;
    }
}

/// After signing in again, the session serves this store.
pub fn signed_in(device: Device) {
    device.sync.update(|sync| {
        sync.failures = 0;
        if sync.phase == SyncPhase::SignedOut {
            sync.phase = SyncPhase::Idle;
        }
    });
    if device.phase.with_untracked(|phase| matches!(phase, Phase::Ready(_))) {
        wake(device);
    }
}
