//! The small demonstration's places and people.

use domain::{
    access::Role,
    clock::Moment,
    ids::{CommunityId, RegionId, SchoolId},
    site::{Community, Region, School, Sites},
};

use super::{cast::Person, dice::Dice, words};

/// Places and people.
#[derive(Debug, Clone)]
pub struct World {
    /// Regions, schools, communities.
    pub sites: Sites,
    /// Refers from Sample High.
    pub counsellor: Person,
    /// Has forty clients.
    pub officer: Person,
    /// Has a few.
    pub officer2: Person,
    /// Triages the Western Region.
    pub supervisor: Person,
    /// Keeps accounts and places.
    pub admin: Person,
}

/// Schools: name, number of the region, parish.
const SCHOOLS: [(&str, usize, &str); 6] = [
    ("Sample High", 0, "st-james"),
    ("Sample Primary", 0, "st-james"),
    ("Sample Technical High", 0, "westmoreland"),
    ("Sample Junior High", 1, "st-catherine"),
    ("Sample All-Age", 1, "clarendon"),
    ("Sample Vocational", 2, "kingston"),
];

/// Regions, as the manual names them [M28].
const REGIONS: [&str; 3] = ["Western Region", "Central Region", "Kingston Metropolitan Area"];

/// Parishes of the communities, by region.
const PARISHES: [[&str; 2]; 3] =
    [["st-james", "westmoreland"], ["st-catherine", "clarendon"], ["kingston", "st-andrew"]];

impl World {
    /// The same world each time, with identifiers of this moment.
    pub fn new(dice: &mut Dice, at: Moment) -> Self {
        let regions: Vec<Region> =
            REGIONS.iter().map(|name| Region { id: RegionId(dice.id(at)), name: (*name).to_owned() }).collect();
        let schools: Vec<School> = SCHOOLS
            .iter()
            .map(|(name, region, parish)| School {
                id: SchoolId(dice.id(at)),
                name: (*name).to_owned(),
                region: regions[*region].id,
                parish: (*parish).to_owned(),
            })
            .collect();
        let communities = words::COMMUNITIES
            .iter()
            .enumerate()
            .map(|(nth, name)| {
                // Half of them lie where the demonstration plays.
                let region = if nth % 2 == 0 { 0 } else { 1 + nth / 2 % 2 };
                Community {
                    id: CommunityId(dice.id(at)),
                    name: (*name).to_owned(),
                    region: regions[region].id,
                    parish: PARISHES[region][nth / 4 % 2].to_owned(),
                }
            })
            .collect();
        let west = (Some(regions[0].id), None);
        let school = (Some(regions[0].id), Some(schools[0].id));
        let mut person = |username, name, role, place, post| Person::new(dice, at, username, name, role, place, post);
        Self {
            counsellor: person("counsellor", "Althea Naseberry", Role::Counsellor, school, "Guidance counsellor"),
            officer: person("officer", "Marcia Guango", Role::Officer, west, ""),
            officer2: person("officer2", "Winston Pimento", Role::Officer, west, ""),
            supervisor: person("supervisor", "Yvonne Starapple", Role::Supervisor, west, "Regional coordinator"),
            admin: person("admin", "Basil Logwood", Role::Administrator, (None, None), ""),
            sites: Sites { regions, schools, communities },
        }
    }

    /// Everybody.
    pub fn people(&self) -> [&Person; 5] {
        [&self.counsellor, &self.officer, &self.officer2, &self.supervisor, &self.admin]
    }
}
