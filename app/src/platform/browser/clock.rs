//! The phone's clock and the browser's randomness.

use super::chance::Chance;
use domain::clock::Moment;
use domain::vault::Rng;
use uuid::Uuid;

/// The present moment, by the phone's clock, in milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit an i64 for 292 million years")]
pub fn now() -> Moment {
    Moment::from_timestamp_millis(js_sys::Date::now() as i64).unwrap_or(Moment::UNIX_EPOCH)
}

/// A new version 7 UUID, from the clock and the browser's randomness.
pub fn new_id() -> Uuid {
    let mut random = [0u8; 10];
    Chance.fill_bytes(&mut random);
    let unix_ms = u64::try_from(now().timestamp_millis()).unwrap_or(0);
    domain::ids::uuid_v7(unix_ms, random)
}

/// A number between 0 and 1, so that a thousand phones do not knock at the same second.
pub fn jitter() -> f64 {
    js_sys::Math::random()
}
