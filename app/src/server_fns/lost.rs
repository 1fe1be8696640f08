//! Devices that are lost.
#![expect(missing_docs, reason = "the structs that the macro makes have the arguments as fields")]

use crate::desk::{DeskError, LostView};
use domain::ids::{DeviceId, OpId};
use leptos::server;
use leptos::server_fn::codec::Json;

/// Reports a device lost: one's own, or as a supervisor one of the region's officers.
#[server(name = ReportLostDevice, prefix = "/api/desk", endpoint = "report-lost-device", input = Json)]
pub async fn report_lost_device(device: DeviceId) -> Result<(), DeskError> {
    use crate::ports::desk;
    desk()?.report_lost_device(device).await
}

/// What the region's lost devices leave to be settled.
#[server(name = LostDevices, prefix = "/api/desk", endpoint = "lost-devices", input = Json)]
pub async fn lost_devices() -> Result<LostView, DeskError> {
    use crate::ports::desk;
    desk()?.lost_devices().await
}

/// Takes up what a lost device still had to say, or puts it aside.
#[server(name = SettleQuarantined, prefix = "/api/desk", endpoint = "settle-quarantined", input = Json)]
pub async fn settle_quarantined(op: OpId, take_up: bool) -> Result<(), DeskError> {
    use crate::ports::desk;
    desk()?.settle_quarantined(op, take_up).await
}

/// Whether a lost device put personal data into wrong hands, and why one thinks so; fields in refusals: `reason`.
#[server(name = FindBreach, prefix = "/api/desk", endpoint = "find-breach", input = Json)]
pub async fn find_breach(device: DeviceId, is_breach: bool, reason: String) -> Result<(), DeskError> {
    use crate::ports::desk;
    desk()?.find_breach(device, is_breach, reason).await
}
