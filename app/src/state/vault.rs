//! The PIN and the passkey: choosing them, unlocking, locking by hand and by itself.
//!
//! Locking is not signing out: the session goes on, and what waits is sent in its envelope meanwhile.
//! Keys live in this page's memory alone; each tab is unlocked by itself, and all lock together.

use super::device::{Device, Phase, tabs_message};
use super::drafts;
use crate::platform::{PasskeyError, StoreError, Unlocked, clock, page, passkey, prefs, store, tabs};
use chrono::TimeDelta;
use domain::clock::Moment;
use domain::ids::UserId;
use domain::vault::{Cost, Header};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::Cell;

/// After how many minutes without a touch the app locks itself: what can be chosen.
pub const MINUTES: [i64; 4] = [1, 5, 15, 30];
const USUAL_MINUTES: i64 = 5;
const LOCK_AFTER: &str = "lock-after";
/// When any tab was last touched, so that working in one keeps the others open.
const TOUCHED: &str = "touched";

/// What a try came to, for the lock screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The files are being shown.
    Open,
    /// It was wrong; so many tries are left.
    Wrong {
        /// Tries left before the key is destroyed.
        left: u8,
    },
    /// Too soon; the lock screen counts the seconds.
    Wait,
    /// The key is gone; the sign-in page says so.
    Destroyed,
}

/// Seals the store with a PIN that was found good enough, and shows what is in it.
pub async fn choose(device: Device, secret: &str) -> Result<(), StoreError> {
    // The screen says that it works before the processor is taken.
    page::painted().await;
    let cost = store::vault::measured_cost()?;
    match store::vault::set_up(secret, cost).await {
        // Fast, but without the memory for more: the least was possible a moment ago.
        Err(StoreError::Other(_)) => store::vault::set_up(secret, Cost::LEAST).await?,
        done => done?,
    }
    touch();
    if let Some(user) = store::whose() {
        tabs::tell(&format!("{}{user}", tabs_message::USER));
    }
    device.show_files().await;
    // What a vault before this one left unsent.
    page::deliver_sealed();
    Ok(())
}

/// Tries a PIN.
pub async fn unlock(device: Device, secret: &str) -> Result<Answer, StoreError> {
    page::painted().await;
    locked(device).await;
    came_of(device, store::vault::unlock(secret, clock::now()).await?).await
}

/// Waits while what was typed last before locking is being written.
async fn locked(device: Device) {
    while device.locking.get_value() {
        page::sleep(20).await;
    }
}

/// Asks for a finger or a face. The words where that came to nothing.
pub async fn unlock_by_passkey(device: Device) -> Result<(), String> {
    let words = |error: StoreError| error.to_string();
    let header = store::vault::header().await.map_err(words)?;
    let known = header.as_ref().and_then(Header::passkey).ok_or(PasskeyError::NotHere).map_err(|e| e.to_string())?;
    let given = passkey::give(known).await.map_err(|error| error.to_string())?;
    locked(device).await;
    let tried = store::vault::unlock_by_passkey(&given).await.map_err(words)?;
    match came_of(device, tried).await.map_err(words)? {
        Answer::Open | Answer::Destroyed => Ok(()),
        Answer::Wrong { .. } | Answer::Wait => Err(PasskeyError::Declined.to_string()),
    }
}

/// Whether a finger or a face opens the vault here as well; none where this device has no such thing.
pub async fn opens_by_passkey() -> Option<bool> {
    let header = store::vault::header().await.ok().flatten()?;
    match header.passkey() {
        Some(_) => Some(true),
        None => passkey::is_offered().await.then_some(false),
    }
}

/// Lets a finger or a face open the vault as well, from now on or no more.
pub async fn set_passkey(wanted: bool) -> Result<(), String> {
    let kept = if wanted {
        let (made, given) = passkey::make().await.map_err(|error| error.to_string())?;
        store::vault::keep_passkey(made, &given).await
    } else {
        store::vault::forget_passkey().await
    };
    kept.map_err(|error| error.to_string())
}

async fn came_of(device: Device, tried: Unlocked) -> Result<Answer, StoreError> {
    match tried {
        Unlocked::Open => {
            touch();
            device.show_files().await;
            Ok(Answer::Open)
        }
        Unlocked::Wrong => {
            let left = store::vault::header().await?.map_or(0, |header| header.tries.left());
            Ok(Answer::Wrong { left })
        }
        Unlocked::Wait => Ok(Answer::Wait),
        Unlocked::Destroyed => {
            tabs::tell(tabs_message::LOCKED);
            gone(device, "The PIN was wrong ten times. What lay on this device can no longer be read by anybody. Sign in with your password: your files come from the server again").await;
            Ok(Answer::Destroyed)
        }
    }
}

/// The key was destroyed: the sign-in page says why, and what is still sent.
pub async fn gone(device: Device, why: &str) {
    let envelopes = store::vault::envelopes().await.unwrap_or(0);
    let sent = match envelopes {
        0 => String::new(),
        1 => " 1 item that was not sent yet lies here sealed, and is sent.".to_owned(),
        n => format!(" {n} items that were not sent yet lie here sealed, and are sent."),
    };
    device.close();
    device.notice.set(Some(format!("{why}.{sent}")));
    page::deliver_sealed();
}

/// The device was reported lost as this person's: their key is destroyed, and the sign-in page says why.
/// On a shared tablet another person's store stays as it is.
pub async fn revoked(device: Device, user: UserId) {
    if store::belongs_to() != Some(user) {
        return;
    }
    // Where the disk refuses, the key in memory goes in any case, in every tab.
    let _ = store::vault::destroy().await;
    tabs::tell(tabs_message::LOCKED);
    gone(device, "This device was reported lost, so what lay on it was destroyed. If it is yours, sign in: your files come from the server again").await;
}

/// How long the next try has to wait.
pub async fn pause() -> TimeDelta {
    store::vault::pause(clock::now()).await.unwrap_or_default()
}

/// Gives the vault another PIN, where the present one is right. A wrong one counts as on the lock screen.
pub async fn change(device: Device, present: &str, new: &str) -> Result<Answer, StoreError> {
    page::painted().await;
    match unlock(device, present).await? {
        Answer::Open => {
            let cost = store::vault::measured_cost()?;
            store::vault::change_pin(new, cost).await?;
            Ok(Answer::Open)
        }
        said => Ok(said),
    }
}

/// Locks every tab of this browser.
pub fn lock(device: Device) {
    if device.me().is_some() {
        tabs::tell(tabs_message::LOCKED);
        spawn_local(lock_here(device));
    }
}

/// Locks this tab: the screen first, then what was typed last is kept, then the key is wiped.
pub async fn lock_here(device: Device) {
    if device.me().is_none() || device.locking.get_value() {
        return;
    }
    device.locking.set_value(true);
    let kind = store::vault::header().await.ok().flatten().map(|header| header.kind);
    device.phase.set(kind.map_or(Phase::SignedOut, Phase::Locked));
    drafts::settled().await;
    store::vault::lock();
    device.forget();
    device.locking.set_value(false);
    page::deliver_sealed();
}

/// After how many minutes without a touch the app locks itself.
pub fn lock_after() -> i64 {
    prefs::get(LOCK_AFTER).and_then(|n| n.parse().ok()).filter(|n| MINUTES.contains(n)).unwrap_or(USUAL_MINUTES)
}

/// Chooses after how many minutes.
pub fn set_lock_after(minutes: i64) {
    prefs::set(LOCK_AFTER, &minutes.to_string());
}

thread_local! {
    static NOTED: Cell<i64> = const { Cell::new(0) };
}

/// Somebody works here.
fn touch() {
    let now = clock::now().timestamp_millis();
    // Not at every key: the disk is for other things.
    if (now - NOTED.get()).abs() > 2_000 {
        NOTED.set(now);
        prefs::set(TOUCHED, &now.to_string());
    }
}

/// Whether nobody has touched any tab for too long. A clock that was set back locks rather than waits.
fn is_idle() -> bool {
    // Where the browser keeps no preferences this page's own memory has to do.
    let kept = prefs::get(TOUCHED).and_then(|at| at.parse().ok());
    let touched = Moment::from_timestamp_millis(kept.unwrap_or_else(|| NOTED.get())).unwrap_or(Moment::UNIX_EPOCH);
    let idle = clock::now() - touched;
    idle >= TimeDelta::minutes(lock_after()) || idle < TimeDelta::seconds(-10)
}

/// Locks when nobody has touched the app for a while: looked at every second, and at once when the page
/// comes back to the front (browsers slow the clocks of pages that nobody sees).
pub fn keep_watch(device: Device) {
    page::on_touch(touch);
    let look = move || {
        if device.me().is_some() && is_idle() {
            lock(device);
        }
    };
    page::on_wake(look);
    // An app that is locked, or has lost its key, and comes back to the front, or to the network, sends what
    // waits: no browser but Chromium does it by itself.
    page::on_wake(move || {
        if device.phase.with_untracked(|phase| matches!(phase, Phase::Locked(_) | Phase::SignedOut)) {
            page::deliver_sealed();
        }
    });
    spawn_local(async move {
        loop {
            page::sleep(1_000).await;
            look();
        }
    });
}
