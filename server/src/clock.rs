//! The server's clock and its random bits: the only place that reads them.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::clock::{Clock, IdGen, Moment};
use rand::Rng;
use uuid::Uuid;

/// The machine's clock and randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Clock for System {
    fn now(&self) -> Moment {
        now()
    }
}

impl IdGen for System {
    fn next_id(&self) -> Uuid {
        new_id()
    }
}

/// The present moment, to the microsecond, as Postgres keeps it.
#[expect(clippy::disallowed_methods, reason = "this is the door")]
pub fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let micros = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
    Moment::from_timestamp_micros(micros).unwrap_or(Moment::UNIX_EPOCH)
}

/// A new version 7 UUID.
pub fn new_id() -> Uuid {
    let mut random = [0; 10];
    rand::rng().fill_bytes(&mut random);
    let millis = u64::try_from(now().timestamp_millis()).unwrap_or(0);
    domain::ids::uuid_v7(millis, random)
}
