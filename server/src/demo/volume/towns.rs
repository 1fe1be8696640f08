//! The places and people of the large demonstration.

use std::collections::HashSet;

use anyhow::Result;
use chrono::{Days, TimeDelta};
use domain::{
    access::Role,
    clock::{Moment, jamaica_day},
    ids::{CommunityId, RegionId, SchoolId},
    reference::{ReferenceNumber, device_code},
    site::{Community, PARISHES, Region, School, Sites},
    sync::wire_v1::ReferralForm,
};
use sha2::{Digest, Sha256};

use super::{
    Volume,
    told::{Company, Told},
};
use crate::demo::{
    cast::Person,
    child::{Child, Home},
    dice::Dice,
    story::{Course, Promise, Story, by_day},
    words,
};

/// The day from which everything is told: 01/11/2026, noon in London.
const TODAY: i64 = 1_793_534_400;
/// How many clients an officer has.
const CASELOAD: u32 = 50;
/// How many officers a region has.
const TEAM: u32 = 20;
/// How many schools a region has.
const SCHOOLS: u32 = 8;

/// A region, its places and its people.
#[derive(Debug)]
struct Town {
    region: Region,
    schools: Vec<School>,
    communities: Vec<Community>,
    supervisor: Person,
    officers: Vec<Person>,
    counsellors: Vec<Person>,
}

/// All regions.
#[derive(Debug)]
pub struct Country {
    volume: Volume,
    towns: Vec<Town>,
    counts: std::collections::HashMap<domain::ids::DeviceId, u64>,
}

fn today() -> Moment {
    Moment::from_timestamp(TODAY, 0).unwrap_or(Moment::UNIX_EPOCH)
}

impl Country {
    /// As many regions and officers as the clients need.
    pub fn new(volume: Volume) -> Self {
        let officers = volume.clients.div_ceil(CASELOAD).max(1);
        let regions = officers.div_ceil(TEAM);
        let mut dice = Dice::new(volume.seed, u64::MAX);
        let mut codes = HashSet::new();
        let towns = (1..=regions)
            .map(|nth| Town::new(&mut dice, &mut codes, volume.seed, nth, officers.div_ceil(regions)))
            .collect();
        Self { volume, towns, counts: std::collections::HashMap::new() }
    }

    /// All places.
    pub fn sites(&self) -> Sites {
        let mut sites = Sites::default();
        for town in &self.towns {
            sites.regions.push(town.region.clone());
            sites.schools.extend(town.schools.iter().cloned());
            sites.communities.extend(town.communities.iter().cloned());
        }
        sites
    }

    /// Everybody with an account.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.towns
            .iter()
            .flat_map(|town| std::iter::once(&town.supervisor).chain(&town.officers).chain(&town.counsellors))
    }

    /// A supervisor, an officer and a counsellor of the first region.
    pub fn some_usernames(&self) -> String {
        let first =
            self.towns.first().map(|town| [Some(&town.supervisor), town.officers.first(), town.counsellors.first()]);
        let names: Vec<&str> = first.iter().flatten().flatten().map(|person| person.username.as_str()).collect();
        names.join(", ")
    }

    /// The digest over places and people, to be gone on with.
    pub fn digest(&self) -> Sha256 {
        let mut digest = Sha256::new();
        for person in self.people() {
            digest.update(person.username.as_bytes());
            digest.update(person.actor.user.0);
            digest.update(person.device.0);
        }
        for school in self.sites().schools {
            digest.update(school.id.0);
            digest.update(school.name);
        }
        digest
    }

    /// Tells the story of a child: a client's, or for the last few numbers a referral that still waits.
    pub fn tell(&mut self, nth: u32) -> Result<Told> {
        let dice = &mut Dice::new(self.volume.seed, u64::from(nth));
        let regions = self.towns.len();
        let place = usize::try_from(nth).unwrap_or(0);
        let town = &mut self.towns[place % regions];
        let officer = place / regions % town.officers.len();
        let child = Child::born_before(dice, jamaica_day(today()));
        let from_school = dice.chance(55);
        let counsellor = place / regions % town.counsellors.len();
        let form = town.form(dice, &child, from_school, counsellor, officer);
        let course = course(dice, self.volume, nth < self.volume.clients, town.officers[officer].actor.user);
        let story = Story::of(dice, &child, form, &course);
        let referrer = if from_school { &town.counsellors[counsellor] } else { &town.officers[officer] };
        let company = Company { referrer, supervisor: &town.supervisor, officer: &town.officers[officer] };
        Told::judge(story, &company, &mut self.counts)
    }
}

fn course(dice: &mut Dice, volume: Volume, accepted: bool, officer: domain::ids::UserId) -> Course {
    if !accepted {
        let waiting = dice.between(0, 20);
        let referred_at = by_day(dice, today() - TimeDelta::days(1 + waiting));
        return Course {
            referred_at,
            accepted: None,
            handed_over: None,
            contacts: 0,
            last_contact: referred_at,
            promise: Promise::Nothing,
        };
    }
    let notes = i64::from(volume.notes_per_client);
    let contacts = u32::try_from(dice.between(notes - notes / 2, notes + notes / 2)).unwrap_or(0);
    let opened = dice.between(60, 720);
    let accepted_at = by_day(dice, today() - TimeDelta::days(opened));
    let quiet = dice.between(1, 40);
    let promise = match dice.below(5) {
        0 => Promise::By(jamaica_day(today()) + Days::new(dice.below(21))),
        1 => Promise::SomeDay,
        _ => Promise::Nothing,
    };
    Course {
        referred_at: accepted_at - TimeDelta::hours(dice.between(4, 200)),
        accepted: Some((accepted_at, officer)),
        handed_over: None,
        contacts,
        last_contact: by_day(dice, today() - TimeDelta::days(quiet)),
        promise,
    }
}

impl Town {
    fn new(dice: &mut Dice, codes: &mut HashSet<String>, seed: u64, nth: u32, officers: u32) -> Self {
        let at = today() - TimeDelta::days(900);
        let region = Region { id: RegionId(dice.id(at)), name: format!("Sample Region {seed}-{nth:02}") };
        let parish = |of: u32| PARISHES[usize::try_from(of).unwrap_or(0) % PARISHES.len()].0.to_owned();
        let schools: Vec<School> = (1..=SCHOOLS)
            .map(|school| School {
                id: SchoolId(dice.id(at)),
                name: format!(
                    "Sample {} {seed}-{nth:02}-{school}",
                    ["High", "Primary", "Technical High", "All-Age"][usize::try_from(school % 4).unwrap_or(0)]
                ),
                region: region.id,
                parish: parish(nth + school % 2),
            })
            .collect();
        let communities = words::COMMUNITIES
            .iter()
            .take(8)
            .map(|name| Community {
                id: CommunityId(dice.id(at)),
                name: format!("{name} {seed}-{nth:02}"),
                region: region.id,
                parish: parish(nth),
            })
            .collect();
        let mut person = |username: String, role, place, post: &str| {
            let name = format!("{} {}", dice.pick(&words::GIRLS), dice.pick(&words::FAMILIES));
            loop {
                let made = Person::new(dice, at, &username, &name, role, place, post);
                // Two devices that share a code would give the same reference numbers.
                if codes.insert(device_code(made.device)) {
                    return made;
                }
            }
        };
        let here = (Some(region.id), None);
        let supervisor = person(format!("supervisor-{seed}-{nth:02}"), Role::Supervisor, here, "Regional coordinator");
        let officers = (1..=officers)
            .map(|of| person(format!("officer-{seed}-{nth:02}-{of:02}"), Role::Officer, here, ""))
            .collect();
        let counsellors = schools
            .iter()
            .zip(1..)
            .map(|(school, of)| {
                person(
                    format!("counsellor-{seed}-{nth:02}-{of}"),
                    Role::Counsellor,
                    (Some(region.id), Some(school.id)),
                    "Guidance counsellor",
                )
            })
            .collect();
        Self { region, schools, communities, supervisor, officers, counsellors }
    }

    fn form(
        &mut self,
        dice: &mut Dice,
        child: &Child,
        from_school: bool,
        counsellor: usize,
        officer: usize,
    ) -> ReferralForm {
        let community = &self.communities[usize::try_from(dice.below(8)).unwrap_or(0)];
        let school = &self.schools[counsellor];
        let home = Home {
            parish: &community.parish,
            community: &community.name,
            school: (from_school || dice.chance(60)).then_some(school.id),
        };
        let person = if from_school { &mut self.counsellors[counsellor] } else { &mut self.officers[officer] };
        let source = if from_school { "school" } else { "walk-in" };
        let form = child.form(dice, home, source, (&person.actor.name, &school.name));
        person.references += 1;
        ReferralForm { reference: ReferenceNumber::given_by(person.device, person.references).to_string(), ..form }
    }
}
