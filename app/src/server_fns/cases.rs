//! The region's cases and team, for supervisors; and one question for those who send referrals.
#![expect(missing_docs, reason = "the structs that the macro makes have the arguments as fields")]

use crate::desk::{CaseFile, CasePage, CaseQuery, DeskError, DeviceView, KnownQuestion, TeamMember};
use domain::ids::ClientId;
use leptos::server;
use leptos::server_fn::codec::Json;

/// A page of the region's cases, by name; with words that nothing has, the nearest.
#[server(name = SearchCases, prefix = "/api/desk", endpoint = "search-cases", input = Json)]
pub async fn search_cases(query: CaseQuery) -> Result<CasePage, DeskError> {
    use crate::ports::desk;
    desk()?.search_cases(query).await
}

/// A client's file. That it was read is written down.
#[server(name = CaseFileOf, prefix = "/api/desk", endpoint = "case-file", input = Json)]
pub async fn case_file(client: ClientId) -> Result<CaseFile, DeskError> {
    use crate::ports::desk;
    desk()?.case_file(client).await
}

/// What each officer of the region carries, by name.
#[server(name = Team, prefix = "/api/desk", endpoint = "team", input = Json)]
pub async fn team() -> Result<Vec<TeamMember>, DeskError> {
    use crate::ports::desk;
    desk()?.team().await
}

/// The devices of the region's officers: those first on which something has waited longest.
#[server(name = TeamDevices, prefix = "/api/desk", endpoint = "team-devices", input = Json)]
pub async fn team_devices() -> Result<Vec<DeviceView>, DeskError> {
    use crate::ports::desk;
    desk()?.team_devices().await
}

/// Whether a young person may be known already; nothing else is told. For counsellors and officers.
#[server(name = MayBeKnown, prefix = "/api/desk", endpoint = "may-be-known", input = Json)]
pub async fn may_be_known(question: KnownQuestion) -> Result<bool, DeskError> {
    use crate::ports::desk;
    desk()?.may_be_known(question).await
}
