//! Regions, schools, communities; administrators only.
#![expect(missing_docs, reason = "the structs that the macro makes have the arguments as fields")]

use crate::desk::{CommunityForm, DeskError, RegionForm, SchoolForm};
use domain::ids::{CommunityId, RegionId, SchoolId};
use domain::site::Sites;
use leptos::server;
use leptos::server_fn::codec::Json;

/// All places, by name.
#[server(name = ListSites, prefix = "/api/desk", endpoint = "list-sites", input = Json)]
pub async fn list_sites() -> Result<Sites, DeskError> {
    use crate::ports::desk;
    desk()?.list_sites().await
}

/// Makes or changes a region.
#[server(name = SaveRegion, prefix = "/api/desk", endpoint = "save-region", input = Json)]
pub async fn save_region(form: RegionForm) -> Result<RegionId, DeskError> {
    use crate::ports::desk;
    desk()?.save_region(form).await
}

/// Makes or changes a school. The region of one that has referrals stays: they belong to it.
#[server(name = SaveSchool, prefix = "/api/desk", endpoint = "save-school", input = Json)]
pub async fn save_school(form: SchoolForm) -> Result<SchoolId, DeskError> {
    use crate::ports::desk;
    desk()?.save_school(form).await
}

/// Makes or changes a community.
#[server(name = SaveCommunity, prefix = "/api/desk", endpoint = "save-community", input = Json)]
pub async fn save_community(form: CommunityForm) -> Result<CommunityId, DeskError> {
    use crate::ports::desk;
    desk()?.save_community(form).await
}
