//! Wrong PINs: who guesses waits ever longer, and has ten tries.

use crate::clock::Moment;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// After so many wrong tries the wrapped key is destroyed.
pub const MOST_WRONG: u8 = 10;

/// Wrong tries since the last right one.
///
/// A try is counted **before** the PIN is looked at and written to the disk, so that pulling the battery
/// in the middle gives nobody a try for nothing; a right PIN sets the count back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tries {
    /// How many.
    pub wrong: u8,
    /// When the last was.
    pub last: Option<Moment>,
}

impl Tries {
    /// How long one has to wait for the next try.
    ///
    /// A clock that was set back makes it no shorter and no longer than the whole pause.
    pub fn wait(self, now: Moment) -> TimeDelta {
        let pause = TimeDelta::seconds(match self.wrong {
            0..=2 => 0,
            3 => 5,
            4 => 15,
            5 => 30,
            6 => 60,
            7 => 120,
            8 => 300,
            9.. => 600,
        });
        let since = self.last.map_or(pause, |last| now - last);
        if since < TimeDelta::zero() { pause } else { (pause - since).max(TimeDelta::zero()) }
    }

    /// With one more try, which begins now.
    pub const fn counted(self, now: Moment) -> Self {
        Self { wrong: self.wrong.saturating_add(1), last: Some(now) }
    }

    /// How many tries are left.
    pub const fn left(self) -> u8 {
        MOST_WRONG.saturating_sub(self.wrong)
    }

    /// Whether all have been used up.
    pub const fn are_used_up(self) -> bool {
        self.left() == 0
    }
}
