//! Regions, schools and communities, as an administrator fills them in. An empty id makes a new one.

use domain::site::{Community, Region, School};
use serde::{Deserialize, Serialize};

/// A region, as filled in; fields in refusals: `name`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegionForm {
    /// The id, empty for a new one.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A school, as filled in; fields in refusals: `name`, `region`, `parish`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SchoolForm {
    /// The id, empty for a new one.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The region's id.
    pub region: String,
    /// The parish's code.
    pub parish: String,
}

/// A community, as filled in; fields in refusals: `name`, `region`, `parish`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CommunityForm {
    /// The id, empty for a new one.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The region's id.
    pub region: String,
    /// The parish's code.
    pub parish: String,
}

impl From<&Region> for RegionForm {
    fn from(region: &Region) -> Self {
        Self { id: region.id.to_string(), name: region.name.clone() }
    }
}

impl From<&School> for SchoolForm {
    fn from(school: &School) -> Self {
        Self {
            id: school.id.to_string(),
            name: school.name.clone(),
            region: school.region.to_string(),
            parish: school.parish.clone(),
        }
    }
}

impl From<&Community> for CommunityForm {
    fn from(community: &Community) -> Self {
        Self {
            id: community.id.to_string(),
            name: community.name.clone(),
            region: community.region.to_string(),
            parish: community.parish.clone(),
        }
    }
}
