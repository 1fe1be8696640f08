//! Fictional people and things that the crate's tests start from.

use crate::access::{Actor, Role};
use crate::caseload::Colleague;
use crate::client::Client;
use crate::clock::Moment;
use crate::contact::{ContactBody, ContactNote};
use crate::ids::{CaseId, ClientId, NoteId, OpId, ReferralId, RegionId, SchoolId, UserId};
use crate::reference::ReferenceNumber;
use crate::referral::{Particulars, Referral};
use crate::sync::decide::Scene;
use crate::sync::op::{Body, Op, Subject};
use crate::sync::wire_v1::{AttachmentForm, ContactForm, ReferralForm};
use crate::vault::{TryCryptoRng, TryRng};
use chrono::TimeDelta;
use uuid::Uuid;

const fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub const REGION: RegionId = RegionId(id(1));
pub const OTHER_REGION: RegionId = RegionId(id(2));
pub const SCHOOL: SchoolId = SchoolId(id(3));
pub const COUNSELLOR: UserId = UserId(id(10));
pub const OFFICER: UserId = UserId(id(11));
pub const OTHER_OFFICER: UserId = UserId(id(12));
pub const SUPERVISOR: UserId = UserId(id(13));
pub const REFERRAL: ReferralId = ReferralId(id(20));
pub const CLIENT: ClientId = ClientId(id(21));
pub const CASE: CaseId = CaseId(id(22));
pub const NOTE: NoteId = NoteId(id(23));

/// Thursday 26/11/2026, 10:00 in Jamaica, and so many days later.
pub fn on_day(days: i64) -> Moment {
    Moment::from_timestamp(1_795_705_200, 0).unwrap() + TimeDelta::days(days)
}

pub fn now() -> Moment {
    on_day(0)
}

pub fn actor(user: UserId, role: Role) -> Actor {
    Actor {
        user,
        name: format!("{} Sample", role.label()),
        role,
        region: (role != Role::Administrator).then_some(REGION),
        school: (role == Role::Counsellor).then_some(SCHOOL),
        post: String::new(),
    }
}

/// The actor of each role who has to do with the sample files.
pub fn one_of(role: Role) -> Actor {
    let user = match role {
        Role::Counsellor => COUNSELLOR,
        Role::Officer => OFFICER,
        Role::Supervisor => SUPERVISOR,
        Role::Administrator => UserId(id(14)),
    };
    actor(user, role)
}

/// A counsellor's form about a fourteen-year-old, without a fault.
pub fn referral_form() -> ReferralForm {
    ReferralForm {
        reference: "LG-7K3QX-01".into(),
        source: "school".into(),
        referrer_name: "Marva Sample".into(),
        referrer_role: "Guidance counsellor".into(),
        referrer_organisation: "Sample High".into(),
        first_name: "Andre".into(),
        last_name: "Barrett".into(),
        sex: "male".into(),
        date_of_birth: "2012-06-09".into(),
        education: "lower-secondary".into(),
        parish: "st-james".into(),
        community: "Sample Gardens".into(),
        reason: "He was found with a knife and says that he needs it on the way home.".into(),
        tried: vec!["counselling".into(), "parent-meeting".into()],
        guardian_name: "Joan Barrett".into(),
        guardian_relation: "mother".into(),
        guardian_phone: "876-555-0123".into(),
        kin_is_guardian: true,
        applicant_signature: "on-paper".into(),
        guardian_signature: "not-yet".into(),
        attested: true,
        ..ReferralForm::default()
    }
}

pub fn particulars() -> Particulars {
    Particulars::parse(&referral_form(), now()).unwrap()
}

/// The referral as the counsellor sent it.
pub fn referral() -> Referral {
    let reference = ReferenceNumber::parse_any("reference", "LG-7K3QX-01").unwrap();
    Referral::receive(REFERRAL, reference, &one_of(Role::Counsellor), particulars(), now()).unwrap()
}

/// The client's file in the hands of [`OFFICER`].
pub fn client() -> Client {
    referral().accept(CLIENT, CASE, OFFICER, "Case officer Sample".into(), now()).unwrap().1
}

/// A home visit on the day of [`now`], ten o'clock, with a promise.
pub fn contact_form() -> ContactForm {
    ContactForm {
        kind: "home-visit".into(),
        day: "2026-11-26".into(),
        time: "10:00".into(),
        narrative: "Andre and his mother were at home.".into(),
        next_action: "Call the school".into(),
        next_action_due: "2026-11-30".into(),
        ..ContactForm::default()
    }
}

pub fn attachment_form() -> AttachmentForm {
    AttachmentForm {
        kind: "photo".into(),
        title: "Consent form, page 1".into(),
        content: id(60).to_string(),
        media: "image/jpeg".into(),
        size: 1000,
        sha256: "0f".repeat(32),
        key: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into(),
    }
}

pub fn note() -> ContactNote {
    ContactNote {
        id: NOTE,
        client: CLIENT,
        case: CASE,
        op: OpId(id(24)),
        author: OFFICER,
        author_name: "Case officer Sample".into(),
        recorded_at: now(),
        body: ContactBody::parse(&contact_form(), now()).unwrap(),
        amendments: Vec::new(),
        next_action_done: None,
    }
}

pub fn colleague(user: UserId, active: u32) -> Colleague {
    Colleague { user, name: "Colleague Sample".into(), region: REGION, active, available: true }
}

/// An op saved at [`now`].
pub fn op(subject: Subject, body: Body) -> Op {
    Op { id: OpId(id(99)), seq: 1, subject, recorded_at: now(), after: None, mends: None, body }
}

/// A scene in which the people of the sample files find what is theirs.
pub fn scene() -> Scene {
    let mut scene = Scene { referral: Some(referral()), client: Some(client()), ..Scene::default() };
    scene.notes.insert(NOTE, note());
    for user in [OFFICER, OTHER_OFFICER] {
        scene.colleagues.insert(user, colleague(user, 3));
    }
    scene
}

/// Chance that is the same in every run. For tests alone: nothing sealed with it is secret.
pub struct Dice(u64);

impl Dice {
    pub const fn of(seed: u64) -> Self {
        Self(seed)
    }
}

impl TryRng for Dice {
    type Error = std::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok((self.try_next_u64()? >> 32) as u32)
    }
    /// SplitMix64.
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Ok(z ^ (z >> 31))
    }
    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in into.chunks_mut(8) {
            let bytes = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Dice {}
