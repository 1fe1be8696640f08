//! Devices that were reported lost, and what they still had to say.

use domain::clock::Moment;
use domain::ids::{DeviceId, OpId};
use domain::sync::op::Op;
use serde::{Deserialize, Serialize};

/// A device that was reported lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LostDeviceView {
    /// Which.
    pub id: DeviceId,
    /// Whose: their name.
    pub person: String,
    /// What kind of browser; may be empty.
    pub browser: String,
    /// When it was reported.
    pub reported_at: Moment,
    /// When it heard of it and destroyed its key; none before.
    pub wiped_at: Option<Moment>,
    /// Whether a person found that personal data came into wrong hands; none before anybody did.
    pub is_breach: Option<bool>,
    /// Why.
    pub reason: String,
}

/// Something that came from a lost device and waits for a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuarantinedView {
    /// Which.
    pub id: OpId,
    /// Who is said to have written it: their name.
    pub person: String,
    /// When it came.
    pub received_at: Moment,
    /// What it says; none where this server cannot read it.
    pub op: Option<Box<Op>>,
}

/// What a supervisor has to settle.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LostView {
    /// The region's lost devices, the last reported first.
    pub devices: Vec<LostDeviceView>,
    /// What came from them, the oldest first.
    pub waiting: Vec<QuarantinedView>,
}
