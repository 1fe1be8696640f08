//! How much an officer carries, and when to warn before assigning more.
//!
//! The ministry has not published a caseload standard; the limits are configuration, and the
//! guard warns, it never forbids: a person decides [DPA s.12].

use crate::ids::{RegionId, UserId};
use crate::sync::op::Assignment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A colleague to whom cases can be assigned, with what they carry now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colleague {
    /// Who.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Their region.
    pub region: RegionId,
    /// Active cases now.
    pub active: u32,
    /// Whether they can be given cases (not disabled).
    pub available: bool,
}

/// SAMPLE limits, until the ministry sets its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseloadLimits {
    /// From this many active cases on, say that the officer carries much.
    pub heavy_from: u32,
    /// From this many on, ask for a reason.
    pub reason_from: u32,
}

impl Default for CaseloadLimits {
    fn default() -> Self {
        Self { heavy_from: 45, reason_from: 60 }
    }
}

/// What to say before one more case is assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Nothing to say.
    Clear,
    /// The officer would carry much.
    Heavy,
    /// The officer would be past the limit: assigning wants a reason.
    ReasonNeeded,
}

impl CaseloadLimits {
    /// Looks at the load that the officer would have after one more case.
    pub const fn guard(self, active_now: u32) -> Guard {
        let after = active_now.saturating_add(1);
        if after > self.reason_from {
            Guard::ReasonNeeded
        } else if after > self.heavy_from {
            Guard::Heavy
        } else {
            Guard::Clear
        }
    }
}

/// Counts a case that passes from one officer to another.
pub fn pass_on(colleagues: &mut BTreeMap<UserId, Colleague>, assignment: &Assignment) {
    if let Some(colleague) = assignment.from.and_then(|from| colleagues.get_mut(&from)) {
        colleague.active = colleague.active.saturating_sub(1);
    }
    if let Some(colleague) = colleagues.get_mut(&assignment.to) {
        colleague.active = colleague.active.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guard_only_grows_with_the_load() {
        let limits = CaseloadLimits::default();
        let rank = |g| match g {
            Guard::Clear => 0,
            Guard::Heavy => 1,
            Guard::ReasonNeeded => 2,
        };
        for load in 0..200 {
            assert!(rank(limits.guard(load)) <= rank(limits.guard(load + 1)));
        }
        assert_eq!(limits.guard(44), Guard::Clear);
        assert_eq!(limits.guard(45), Guard::Heavy);
        assert_eq!(limits.guard(60), Guard::ReasonNeeded);
        assert_eq!(limits.guard(u32::MAX), Guard::ReasonNeeded);
    }
}
