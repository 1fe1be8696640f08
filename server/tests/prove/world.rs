//! The people, their phones and the server, and one schedule of what happens to them.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering},
};

use chrono::{DateTime, TimeDelta};
use domain::{
    access::{Actor, Role},
    clock::Moment,
    ids::{DeviceId, RegionId, SchoolId, UserId},
    sync::wire_v1::SyncResponse,
};
use server::auth::Session;
use uuid::Uuid;

use crate::{
    check,
    device::Device,
    ground::Ground,
    schedule::{COUNSELLOR, Fate, HOLDERS, SUPERVISOR, Step},
    wire::{self, Late, Reply, through},
    worker::{Delivery, Event},
};

const ROLES: [Role; 4] = [Role::Counsellor, Role::Supervisor, Role::Officer, Role::Officer];

/// What a schedule came to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    pub schedules: usize,
    pub steps: usize,
    pub saved: usize,
    pub received: usize,
    pub refused: usize,
    pub held: usize,
    /// Left by a lost phone: waiting for the supervisor, or put aside by her.
    pub quarantined: usize,
    /// Gone as `docs/vault.md` says that they may.
    pub beyond: usize,
    /// Taken by the server in their envelopes.
    pub in_envelopes: usize,
    /// Left by a lost phone, and taken up by the supervisor.
    pub taken_up: usize,
    pub restores: usize,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.schedules += other.schedules;
        self.steps += other.steps;
        self.saved += other.saved;
        self.received += other.received;
        self.refused += other.refused;
        self.held += other.held;
        self.quarantined += other.quarantined;
        self.beyond += other.beyond;
        self.in_envelopes += other.in_envelopes;
        self.taken_up += other.taken_up;
        self.restores += other.restores;
    }
}

pub struct World<'g> {
    pub ground: &'g mut Ground,
    pub region: RegionId,
    pub devices: Vec<Device>,
    /// Phones that are lost for good, in the hands of somebody who does not know the PIN.
    pub gone: Vec<Device>,
    /// Devices that were reported lost, each with where the journal ended then.
    pub lost: HashMap<DeviceId, i64>,
    pub restores: usize,
    pub officers: [UserId; 2],
    pub now: Moment,
}

/// Every world's people and files have numbers of their own, also where several share a database.
static WORLDS: AtomicU64 = AtomicU64::new(1);

/// When every schedule begins.
pub fn beginning() -> Moment {
    // Devices offer again what they kept for 30 days before a restore, by the database's own clock.
    let recent = server::clock::now() - TimeDelta::days(15);
    DateTime::from_timestamp(recent.timestamp() / 86_400 * 86_400 + 54_000, 0).unwrap()
}

/// Does what the schedule says, lets everything come to rest, and looks whether the promises were kept.
pub async fn run(ground: &mut Ground, steps: &[Step]) -> Result<Tally, String> {
    if !steps.contains(&Step::Restore) {
        return World::new(ground).await.live(steps).await;
    }
    let mut own = Ground::new(beginning()).await;
    let result = World::new(&mut own).await.live(steps).await;
    own.clear_away().await;
    result
}

/// The worker of this phone delivers, and what the server says that it has taken it has. Whether anything came of it.
pub async fn delivered(phone: &mut Device, ground: &Ground, event: &Event) -> Result<bool, String> {
    let Delivery { moved, taken } = phone.deliver(&ground.service, event).await?;
    if !taken.is_empty() {
        check::what_was_taken_is_kept(ground, &phone.ops_of(&taken)).await?;
    }
    Ok(moved)
}

/// Whether a restore goes back to a backup made before these steps.
fn is_looked_at(steps: &[Step]) -> bool {
    steps.iter().find(|step| matches!(step, Step::Backup | Step::Restore)) == Some(&Step::Restore)
}

impl<'g> World<'g> {
    async fn new(ground: &'g mut Ground) -> Self {
        let number = u128::from(WORLDS.fetch_add(1, Ordering::Relaxed));
        let id = |kind: u128, n: u128| Uuid::from_u128((number << 80) + (kind << 72) + n);
        let (region, school) = (RegionId(id(1, 0)), SchoolId(id(2, 0)));
        let people: Vec<Uuid> = (0..ROLES.len() as u128).map(|n| id(3, n)).collect();
        let mut sql = format!(
            "INSERT INTO regions (id, name) VALUES ('{region}', 'Region {number}');
             INSERT INTO schools (id, name, region_id, parish) VALUES ('{school}', 'School {number}', '{region}', 'st-ann');
             INSERT INTO users (id, username, name, role, region_id, school_id, password_hash) VALUES "
        );
        let rows: Vec<String> = people
            .iter()
            .zip(ROLES)
            .enumerate()
            .map(|(n, (user, role))| {
                let scope = match role {
                    Role::Counsellor => format!("NULL, '{school}'"),
                    _ => format!("'{region}', NULL"),
                };
                format!(
                    "('{user}', 'sample-{number}-{n}', 'Sample {n}', '{}', {scope}, 'no password fits')",
                    role.code()
                )
            })
            .collect();
        sql.push_str(&rows.join(", "));
        ground.run(sql).await;
        let session = |holder: usize| {
            let role = ROLES[holder];
            let (region, school) = (Some(region), (role == Role::Counsellor).then_some(school));
            let name = format!("Sample {holder}");
            let actor = Actor { user: UserId(people[holder]), name, role, region, school, post: String::new() };
            Session { id: people[holder], actor, scope_version: 1 }
        };
        let devices = (1u128..)
            .zip(HOLDERS)
            .map(|(n, holder)| {
                let base = Uuid::from_u128((number << 80) + (n << 64) + number * 8 + n);
                Device::new(usize::try_from(n).unwrap() - 1, base, session(holder))
            })
            .collect();
        ground.begin();
        // A world that failed leaves its trap behind.
        ground.trip(0).await;
        let mut world = Self {
            ground,
            region,
            devices,
            gone: Vec::new(),
            lost: HashMap::new(),
            restores: 0,
            officers: [UserId(people[2]), UserId(people[3])],
            now: beginning(),
        };
        for device in 0..HOLDERS.len() {
            world.sign_in(device);
        }
        world
    }

    async fn live(mut self, steps: &[Step]) -> Result<Tally, String> {
        if is_looked_at(steps) {
            self.ground.back_up(self.now).await;
        }
        self.with_two_clients().await?;
        for (at, step) in steps.iter().enumerate() {
            self.step(*step).await?;
            if *step == Step::Backup && is_looked_at(&steps[at + 1..]) {
                self.ground.back_up(self.now).await;
            }
        }
        self.calm().await?;
        let mut tally = check::everything(&mut self).await?;
        let explains = |step: &Step| matches!(step, Step::Restore | Step::Updated { .. });
        if tally.beyond > 0 && !steps.iter().any(explains) {
            return Err(format!("LOST: {} facts went with their vaults, and nothing explains it", tally.beyond));
        }
        (tally.schedules, tally.steps, tally.restores) = (1, steps.len(), self.restores);
        Ok(tally)
    }

    /// Two referrals are sent and accepted, so that there is something to work on.
    async fn with_two_clients(&mut self) -> Result<(), String> {
        let act = |device, which| Step::Act { device, what: 0, which };
        let sync = |device| Step::Sync { device, fate: Fate::Fine };
        let both = [act(COUNSELLOR, 0), act(COUNSELLOR, 1), sync(COUNSELLOR), sync(SUPERVISOR)];
        let accepted = [act(SUPERVISOR, 0), act(SUPERVISOR, 1), sync(SUPERVISOR)];
        for step in both.into_iter().chain(accepted).chain((2..HOLDERS.len()).map(sync)) {
            self.step(step).await?;
        }
        Ok(())
    }

    async fn step(&mut self, step: Step) -> Result<(), String> {
        self.now += TimeDelta::hours(3);
        let (now, officers) = (self.now, self.officers);
        match step {
            Step::Act { device, what, which } => self.devices[device].act(officers, what, which, now),
            Step::Sync { device, fate } => drop(self.sync(device, fate).await?),
            Step::Deliver { device } => {
                for phone in self.devices.iter_mut().chain(&mut self.gone).filter(|phone| phone.place == device) {
                    if let Some(late) = phone.late.take() {
                        late.arrive(&self.ground.service, &phone.session, now).await?;
                    }
                }
            }
            Step::Overlap { writer, reader } => self.overlap(writer, reader).await?,
            Step::Trip { times } => self.ground.trip(times).await,
            Step::Restart { device } => self.devices[device].restart(),
            Step::EndSession { device } => self.devices[device].end_session(),
            Step::SignOut { device } => self.devices[device].sign_out(),
            Step::SignIn { device } => self.sign_in(device),
            Step::Skew { device, days } => self.devices[device].ahead = TimeDelta::days(days.into()),
            Step::Restore => {
                self.ground.restore(now).await;
                self.restores += 1;
            }
            // It costs a database: made by who knows whether anybody will look at it.
            Step::Backup => {}
            Step::Worker { device, fate, spared } => {
                if let Fate::Collides(times) = fate {
                    self.ground.trip(times).await;
                }
                let event = self.event(fate, spared);
                for phone in self.devices.iter_mut().chain(&mut self.gone).filter(|phone| phone.place == device) {
                    delivered(phone, self.ground, &event).await?;
                }
            }
            Step::Forget { device, again } => {
                if self.devices[device].store.vault().is_some() {
                    self.devices[device].lose_key();
                }
                if again {
                    self.sign_in(device);
                }
            }
            Step::Updated { device } => {
                // A vault before this one there was none, then.
                if self.devices[device].past.is_empty() {
                    self.devices[device].update();
                }
            }
            Step::Lose { device, found } => self.lose(device, found).await?,
            Step::Settle { which, how } => self.settle(which, how).await?,
            Step::Rotate => self.ground.rotate(),
        }
        Ok(())
    }

    /// Somebody signs in on their phone.
    pub fn sign_in(&mut self, device: usize) {
        let key = self.ground.announced();
        self.devices[device].sign_in(Some(&key));
    }

    /// One sync. Whether anything came of it.
    pub async fn sync(&mut self, device: usize, fate: Fate) -> Result<bool, String> {
        let device = &mut self.devices[device];
        if !device.is_signed_in() || device.store.vault().is_none() {
            return Ok(false);
        }
        if let Fate::Collides(times) = fate {
            self.ground.trip(times).await;
        }
        let (now, service) = (self.now, &self.ground.service);
        let request = device.request(false);
        let crossing = if fate == Fate::Crossed { device.late.take() } else { None };
        let ask = async || wire::sync(service, &device.session, &request, now).await;
        let arrival = async {
            match crossing {
                Some(late) => late.arrive(service, &device.session, now).await,
                None => Ok(()),
            }
        };
        let (reply, arrived) = tokio::join!(through(fate, ask), arrival);
        arrived?;
        let reply = reply?;
        match fate {
            Fate::Late => device.late = Some(Late::Sync(request)),
            Fate::ActsMeanwhile { what, which } => device.act(self.officers, what, which, now),
            Fate::KilledBeforeStored => device.restart(),
            _ => {}
        }
        Ok(match reply {
            Some(Reply::Heard(reply)) => device.hear(reply, now),
            // "Not now" of a server that was asked and heard: there is more to come.
            Some(Reply::NotNow | Reply::SignedOut) => {
                device.ends_exchange();
                fate == Fate::Fine
            }
            Some(Reply::Revoked) => {
                device.lose_key();
                true
            }
            None => {
                device.ends_exchange();
                false
            }
        })
    }

    /// While one device's transaction is open, another one pulls.
    async fn overlap(&mut self, writer: usize, reader: usize) -> Result<(), String> {
        let is_away = |place: usize| !self.devices[place].is_signed_in() || self.devices[place].store.vault().is_none();
        if writer == reader || is_away(writer) || is_away(reader) {
            return Ok(());
        }
        let now = self.now;
        self.devices[writer].act(self.officers, 0, 0, now);
        let mut gate = self.ground.gate(self.devices[writer].session.actor.user.0).await;
        let request = self.devices[writer].request(false);
        let (service, session) = (self.ground.service.clone(), self.devices[writer].session.clone());
        let writing = tokio::spawn(async move { wire::sync(&service, &session, &request, now).await });
        gate.somebody_waits(|| writing.is_finished()).await;
        // Somebody else's transaction begins later and ends before: numbers become visible out of order.
        self.ground.touch().await;
        let asked = self.devices[reader].request(true);
        let reply = wire::sync(&self.ground.service, &self.devices[reader].session, &asked, now).await?;
        self.heard(reader, reply);
        gate.open().await;
        let reply = writing.await.map_err(|error| error.to_string())??;
        self.heard(writer, reply);
        Ok(())
    }

    fn heard(&mut self, device: usize, reply: Reply<SyncResponse>) {
        let now = self.now;
        match reply {
            Reply::Heard(reply) => drop(self.devices[device].hear(reply, now)),
            Reply::NotNow | Reply::SignedOut => self.devices[device].ends_exchange(),
            Reply::Revoked => self.devices[device].lose_key(),
        }
    }
}
