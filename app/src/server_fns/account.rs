//! One's own account, whatever the role.
#![expect(missing_docs, reason = "the structs that the macro makes have the arguments as fields")]

use crate::desk::{DeskError, DeviceView, SessionView};
use leptos::server;
use leptos::server_fn::codec::Json;
use uuid::Uuid;

/// One's own sessions, the last used first.
#[server(name = MySessions, prefix = "/api/desk", endpoint = "my-sessions", input = Json)]
pub async fn my_sessions() -> Result<Vec<SessionView>, DeskError> {
    use crate::ports::desk;
    desk()?.my_sessions().await
}

/// One's own devices, the last heard of first.
#[server(name = MyDevices, prefix = "/api/desk", endpoint = "my-devices", input = Json)]
pub async fn my_devices() -> Result<Vec<DeviceView>, DeskError> {
    use crate::ports::desk;
    desk()?.my_devices().await
}

/// Ends one of one's own sessions, for a phone that is lost.
#[server(name = RevokeSession, prefix = "/api/desk", endpoint = "revoke-session", input = Json)]
pub async fn revoke_session(session: Uuid) -> Result<(), DeskError> {
    use crate::ports::desk;
    desk()?.revoke_session(session).await
}

/// Changes one's own password and ends one's other sessions; fields in refusals: `current`, `new`.
#[server(name = ChangePassword, prefix = "/api/desk", endpoint = "change-password", input = Json)]
pub async fn change_password(current: String, new: String) -> Result<(), DeskError> {
    use crate::ports::desk;
    desk()?.change_password(current, new).await
}
