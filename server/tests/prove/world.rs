//! The people, their phones and the server, and one schedule of what happens to them.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    task::Poll,
};

use chrono::{DateTime, TimeDelta};
use domain::{
    access::{Actor, Role},
    clock::Moment,
    ids::{RegionId, SchoolId, UserId},
    sync::wire_v1::SyncResponse,
};
use server::{
    auth::Session,
    services::sync::{SyncError, SyncService},
};
use uuid::Uuid;

use crate::{
    check,
    device::Device,
    ground::Ground,
    schedule::{COUNSELLOR, Fate, HOLDERS, SUPERVISOR, Step},
};

/// Rounds in which everything must have come to rest.
const ROUNDS: usize = 60;
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
        self.restores += other.restores;
    }
}

pub struct World<'g> {
    pub ground: &'g mut Ground,
    pub region: RegionId,
    pub devices: Vec<Device>,
    pub restores: usize,
    restorable: bool,
    officers: [UserId; 2],
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
    let has_restore = steps.contains(&Step::Restore);
    if !has_restore {
        return World::new(ground, false).await.live(steps).await;
    }
    let mut own = Ground::new(beginning()).await;
    let result = World::new(&mut own, true).await.live(steps).await;
    own.clear_away().await;
    result
}

impl<'g> World<'g> {
    async fn new(ground: &'g mut Ground, may_restore: bool) -> Self {
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
                Device::new(Uuid::from_u128((number << 80) + (n << 64) + number * 8 + n), session(holder))
            })
            .collect();
        let world = Self {
            ground,
            region,
            devices,
            restores: 0,
            restorable: may_restore,
            officers: [UserId(people[2]), UserId(people[3])],
            now: beginning(),
        };
        if may_restore {
            world.ground.back_up(world.now).await;
        }
        world
    }

    async fn live(mut self, steps: &[Step]) -> Result<Tally, String> {
        self.with_two_clients().await?;
        for step in steps {
            self.step(*step).await?;
        }
        self.calm().await?;
        let mut tally = check::everything(&mut self).await?;
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
                if let Some(late) = self.devices[device].late.take() {
                    answer(&self.ground.service, &self.devices[device].session, &late, now).await?;
                }
            }
            Step::Overlap { writer, reader } => self.overlap(writer, reader).await?,
            Step::Trip { times } => self.ground.trip(times).await,
            Step::Restart { device } => self.devices[device].restart(),
            Step::SignOut { device } => self.devices[device].signed_out = true,
            Step::SignIn { device } => self.devices[device].signed_out = false,
            Step::Skew { device, days } => self.devices[device].ahead = TimeDelta::days(days.into()),
            Step::Backup if self.restorable => self.ground.back_up(now).await,
            Step::Restore => {
                self.ground.restore(now).await;
                self.restores += 1;
            }
            // Where nothing is restored, nobody looks at a backup.
            Step::Backup => {}
        }
        Ok(())
    }

    /// One sync. Whether anything came of it.
    async fn sync(&mut self, device: usize, fate: Fate) -> Result<bool, String> {
        let (now, service) = (self.now, &self.ground.service);
        let device = &mut self.devices[device];
        if device.signed_out {
            return Ok(false);
        }
        let request = device.request(false);
        let asked = || answer(service, &device.session, &request, now);
        let reply = match fate {
            Fate::RequestLost => None,
            Fate::Late => {
                device.late = Some(request);
                None
            }
            Fate::ReplyLost | Fate::KilledBeforeStored => {
                asked().await?;
                None
            }
            Fate::Doubled => {
                let (first, second) = tokio::join!(asked(), asked());
                first?;
                second?
            }
            Fate::ActsMeanwhile { what, which } => {
                let reply = asked().await?;
                device.act(self.officers, what, which, now);
                reply
            }
            Fate::Dropped(polls) => {
                polled_at_most(asked(), polls).await;
                None
            }
            Fate::Fine => asked().await?,
        };
        if fate == Fate::KilledBeforeStored {
            device.restart();
        }
        // "Not now" of a server that was asked and heard: there is more to come.
        Ok(reply.map_or(fate == Fate::Fine, |reply| device.hear(reply, now)))
    }

    /// While one device's transaction is open, another one pulls.
    async fn overlap(&mut self, writer: usize, reader: usize) -> Result<(), String> {
        if writer == reader || self.devices[writer].signed_out || self.devices[reader].signed_out {
            return Ok(());
        }
        let now = self.now;
        self.devices[writer].act(self.officers, 0, 0, now);
        let mut gate = self.ground.gate(self.devices[writer].session.actor.user.0).await;
        let request = self.devices[writer].request(false);
        let (service, session) = (self.ground.service.clone(), self.devices[writer].session.clone());
        let writing = tokio::spawn(async move { answer(&service, &session, &request, now).await });
        gate.somebody_waits(|| writing.is_finished()).await;
        // Somebody else's transaction begins later and ends before: numbers become visible out of order.
        self.ground.touch().await;
        let asked = self.devices[reader].request(true);
        let reply = answer(&self.ground.service, &self.devices[reader].session, &asked, now).await?;
        if let Some(reply) = reply {
            self.devices[reader].hear(reply, now);
        }
        gate.open().await;
        let reply = writing.await.map_err(|error| error.to_string())??;
        if let Some(reply) = reply {
            self.devices[writer].hear(reply, now);
        }
        Ok(())
    }

    /// The network is back, everybody is signed in, and syncs until nothing moves any more.
    async fn calm(&mut self) -> Result<(), String> {
        self.ground.trip(0).await;
        for device in &mut self.devices {
            device.signed_out = false;
            device.restart();
        }
        for _ in 0..ROUNDS {
            self.now += TimeDelta::minutes(1);
            let mut moved = false;
            for device in 0..HOLDERS.len() {
                moved |= self.sync(device, Fate::Fine).await?;
            }
            if !moved {
                return self.listen_to_the_end().await;
            }
        }
        let waiting: Vec<_> = self
            .devices
            .iter()
            .flat_map(|device| device.store.outbox())
            .filter(|queued| queued.state.is_unsent())
            .map(|queued| (queued.op.id, queued.op.subject, queued.op.after, queued.state))
            .collect();
        Err(format!("STUCK: after {ROUNDS} rounds there is still something to send: {waiting:?}"))
    }

    /// Everybody pulls once more to the end: what the last one sent, all must hear. Twice, for the first one may
    /// go on with a pull that began before that was sent, and ends where it then set its end.
    async fn listen_to_the_end(&mut self) -> Result<(), String> {
        for device in (0..HOLDERS.len()).chain(0..HOLDERS.len()) {
            pull_all(&self.ground.service, &mut self.devices[device], self.now).await?;
        }
        Ok(())
    }

    /// A new phone of the same person, with everything that the server tells it.
    pub async fn new_phone(&self, device: usize) -> Result<Device, String> {
        let mut phone = Device::new(Uuid::from_u128(1), self.devices[device].session.clone());
        pull_all(&self.ground.service, &mut phone, self.now).await?;
        Ok(phone)
    }
}

async fn pull_all(service: &SyncService, device: &mut Device, now: Moment) -> Result<(), String> {
    for _ in 0..200 {
        let request = device.request(true);
        let Some(reply) = answer(service, &device.session, &request, now).await? else { continue };
        let more = reply.more;
        device.hear(reply, now);
        if !more {
            return Ok(());
        }
    }
    Err("a pull without end".to_owned())
}

/// What comes back over the wire; nothing where the server says "not now".
async fn answer(
    service: &SyncService,
    session: &Session,
    request: &str,
    now: Moment,
) -> Result<Option<SyncResponse>, String> {
    let request = serde_json::from_str(request).map_err(|error| error.to_string())?;
    match service.synchronise(session, &request, now).await {
        Ok(response) => {
            let text = serde_json::to_string(&response).map_err(|error| error.to_string())?;
            serde_json::from_str(&text).map(Some).map_err(|error| error.to_string())
        }
        Err(SyncError::Trouble(trouble)) if trouble.is_passing() || trouble.is_local() => Ok(None),
        Err(error) => Err(format!("the server refused a request: {error}")),
    }
}

/// What a future does in its first so many polls; then it is dropped.
async fn polled_at_most<F: Future>(future: F, times: u8) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    let mut left = times;
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}
