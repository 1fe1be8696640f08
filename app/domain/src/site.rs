//! The places of the work: parishes, regions, schools, communities.

use crate::ids::{CommunityId, RegionId, SchoolId};
use serde::{Deserialize, Serialize};

/// Jamaica's fourteen parishes: stable code and name.
pub const PARISHES: [(&str, &str); 14] = [
    ("kingston", "Kingston"),
    ("st-andrew", "St Andrew"),
    ("st-thomas", "St Thomas"),
    ("portland", "Portland"),
    ("st-mary", "St Mary"),
    ("st-ann", "St Ann"),
    ("trelawny", "Trelawny"),
    ("st-james", "St James"),
    ("hanover", "Hanover"),
    ("westmoreland", "Westmoreland"),
    ("st-elizabeth", "St Elizabeth"),
    ("manchester", "Manchester"),
    ("clarendon", "Clarendon"),
    ("st-catherine", "St Catherine"),
];

/// The name of a parish by its code.
pub fn parish_name(code: &str) -> Option<&'static str> {
    PARISHES.iter().find(|(known, _)| *known == code).map(|(_, name)| *name)
}

/// A ministry region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// Which.
    pub id: RegionId,
    /// For example "Western Region".
    pub name: String,
}

/// A school that refers students.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct School {
    /// Which.
    pub id: SchoolId,
    /// The school's name.
    pub name: String,
    /// The ministry region whose supervisor triages its referrals.
    pub region: RegionId,
    /// Parish code, see [`PARISHES`].
    pub parish: String,
}

/// A community.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Community {
    /// Which.
    pub id: CommunityId,
    /// The community's name.
    pub name: String,
    /// The ministry region.
    pub region: RegionId,
    /// Parish code, see [`PARISHES`].
    pub parish: String,
}

/// All places that a device keeps, small enough to be sent whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sites {
    /// Regions by name.
    pub regions: Vec<Region>,
    /// Schools by name.
    pub schools: Vec<School>,
    /// Communities by name.
    pub communities: Vec<Community>,
}

impl Sites {
    /// The school's name, or a neutral word.
    pub fn school_name(&self, id: SchoolId) -> &str {
        self.schools.iter().find(|s| s.id == id).map_or("School not known here", |s| &s.name)
    }

    /// The region's name, or a neutral word.
    pub fn region_name(&self, id: RegionId) -> &str {
        self.regions.iter().find(|r| r.id == id).map_or("Region not known here", |r| &r.name)
    }
}
