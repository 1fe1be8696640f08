//! Who plays a part: people with accounts and devices.

use domain::{
    access::{Actor, Role},
    clock::Moment,
    ids::{DeviceId, RegionId, SchoolId, UserId},
    sync::op::{Body, Op, Subject},
};

use super::dice::Dice;

/// Somebody with an account, and their device's counters.
#[derive(Debug, Clone)]
pub struct Person {
    /// The name to sign in with.
    pub username: String,
    /// Who.
    pub actor: Actor,
    /// Their device.
    pub device: DeviceId,
    /// Reference numbers given so far.
    pub references: u32,
}

impl Person {
    /// Makes somebody. A counsellor's region is the school's.
    pub fn new(
        dice: &mut Dice,
        at: Moment,
        username: &str,
        name: &str,
        role: Role,
        place: (Option<RegionId>, Option<SchoolId>),
        post: &str,
    ) -> Self {
        let (region, school) = place;
        let user = UserId(dice.id(at));
        let actor = Actor { user, name: name.to_owned(), role, region, school, post: post.to_owned() };
        Self { username: username.to_owned(), actor, device: DeviceId(dice.id(at)), references: 0 }
    }

    /// The region as the account has it: a counsellor's is the school's and not kept.
    pub fn kept_region(&self) -> Option<RegionId> {
        self.actor.region.filter(|_| self.actor.role.needs_region())
    }
}

/// Which of the people of a story acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Who refers.
    Referrer,
    /// Who triages.
    Supervisor,
    /// Who has the case.
    Officer,
    /// Who had it before.
    Before,
}

/// Something that somebody does.
#[derive(Debug, Clone)]
pub struct Act {
    /// Who.
    pub part: Part,
    /// What; its count is given when it is known in which order the device made it.
    pub op: Op,
}

impl Act {
    /// An act of this moment.
    pub fn new(dice: &mut Dice, part: Part, subject: Subject, at: Moment, body: Body) -> Self {
        let op = Op { id: dice.id(at).into(), seq: 0, subject, recorded_at: at, after: None, mends: None, body };
        Self { part, op }
    }
}
