//! Several phones, one server and a bad network, simulated: whatever is lost on the way, doubled, refused,
//! cut off or restored from yesterday's backup, in the end everybody has the same facts, each exactly once.
//!
//! * [`server`]: the least that a server must do. * [`device`]: a phone. * [`person`]: who holds it.
//! * Here: the world in which they meet, what may happen in it, and what must be true in the end.

#![expect(clippy::unwrap_used, reason = "a test says what must hold by failing")]

mod device;
mod person;
mod server;

use chrono::TimeDelta;
use device::{Device, Fate};
use domain::access::Role;
use domain::clock::Moment;
use domain::ids::OpId;
use domain::sync::op::Body;
use domain::sync::outbox::{QueueState, Queued};
use proptest::prelude::*;
use server::Server;
use std::collections::BTreeSet;
use uuid::Uuid;

const COUNSELLOR: usize = 0;
const SUPERVISOR: usize = 1;
const OFFICER: usize = 2;
/// The users behind the five phones: one officer has two of them.
const PEOPLE: [(u128, Role); 5] =
    [(1, Role::Counsellor), (2, Role::Supervisor), (3, Role::Officer), (3, Role::Officer), (4, Role::Officer)];

struct World {
    server: Server,
    backup: Server,
    restored: bool,
    devices: Vec<Device>,
    now: Moment,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Act {
        device: usize,
        what: u8,
        which: usize,
    },
    Sync {
        device: usize,
        fate: Fate,
    },
    /// The app is killed and started: only what was stored is there again.
    Restart {
        device: usize,
    },
    Backup,
    Restore,
}

impl World {
    fn new() -> Self {
        let server = Server::new(&device::OFFICERS);
        let devices = (1u128..).zip(PEOPLE).map(|(number, (person, role))| Device::new(number, person, role)).collect();
        Self {
            backup: server.clone(),
            server,
            restored: false,
            devices,
            now: Moment::from_timestamp(1_795_705_200, 0).unwrap(),
        }
    }

    /// Two referrals are sent and accepted, so that there is something to work on.
    fn with_two_clients() -> Self {
        let mut world = Self::new();
        let act = |device, what, which| Step::Act { device, what, which };
        let sync = |device| Step::Sync { device, fate: Fate::Fine };
        for step in [
            act(COUNSELLOR, 0, 0),
            act(COUNSELLOR, 0, 0),
            sync(COUNSELLOR),
            sync(SUPERVISOR),
            act(SUPERVISOR, 0, 0),
            act(SUPERVISOR, 0, 1),
            sync(SUPERVISOR),
        ] {
            world.step(step);
        }
        // Twice: a pull has pages.
        (0..PEOPLE.len()).cycle().take(2 * PEOPLE.len()).for_each(|device| world.step(sync(device)));
        world
    }

    fn step(&mut self, step: Step) {
        self.now += TimeDelta::hours(5);
        match step {
            Step::Act { device, what, which } => self.devices[device].act(what, which, self.now),
            Step::Sync { device, fate } => self.devices[device].sync(&mut self.server, fate, self.now),
            Step::Restart { device } => self.devices[device].restart(),
            Step::Backup => self.backup = self.server.clone(),
            Step::Restore => {
                let epoch = Uuid::from_u128(self.server.epoch.as_u128() + 1);
                self.server = self.backup.clone().restored(epoch);
                self.restored = true;
            }
        }
    }

    /// The network is back, and everybody syncs until nothing moves any more.
    fn calm(&mut self) {
        for device in (0..PEOPLE.len()).cycle().take(PEOPLE.len() * 60) {
            self.step(Step::Sync { device, fate: Fate::Fine });
        }
    }

    fn check(&self) {
        let applied: BTreeSet<OpId> = self.server.journal.iter().copied().collect();
        assert_eq!(applied.len(), self.server.journal.len(), "an op is applied once");
        for device in &self.devices {
            let seqs: Vec<u64> = device.queue.iter().map(|q| q.op.seq).collect();
            assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>(), "nothing that was saved vanished");
            for Queued { op, state } in &device.queue {
                let received = matches!(state, QueueState::Received { .. });
                assert_eq!(received, applied.contains(&op.id), "received means applied: {op:?} {state:?}");
                let may_wait = op.after.is_some_and(|base| !applied.contains(&base)) || self.server.may_hear_of_it(op);
                assert!(!state.is_unsent() || may_wait, "nothing waits that could be sent: {op:?} {state:?}");
                // After a restore others may have gone ahead; then a person sees the refusal. A referral never fails.
                let judged_anew = self.restored && !matches!(op.body, Body::SendReferral { .. });
                assert!(
                    received || judged_anew || !device.told.contains(&op.id),
                    "once received, always received: {op:?} {state:?}"
                );
            }
            let mut whole = Device::new(99, device.actor.user.0.as_u128(), device.actor.role);
            let mut server = self.server.clone();
            while whole.cursor.is_none_or(|cursor| cursor.page.is_some()) {
                whole.sync(&mut server, Fate::Fine, self.now);
            }
            assert_eq!(device.snapshot, whole.snapshot, "the phone's picture is the server's");
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let fates =
        vec![Fate::Fine, Fate::Fine, Fate::Fine, Fate::RequestLost, Fate::ReplyLost, Fate::CutInHalf, Fate::Doubled];
    prop_oneof![
        10 => (0usize..5, any::<u8>(), 0usize..8).prop_map(|(device, what, which)| Step::Act { device, what, which }),
        10 => (0usize..5, prop::sample::select(fates)).prop_map(|(device, fate)| Step::Sync { device, fate }),
        1 => (0usize..5).prop_map(|device| Step::Restart { device }),
        1 => Just(Step::Backup),
        1 => Just(Step::Restore),
    ]
}

proptest! {
    #[test]
    fn in_the_end_everybody_has_the_same_facts_each_exactly_once(steps in prop::collection::vec(step(), 0..120)) {
        let mut world = World::with_two_clients();
        for step in steps {
            world.step(step);
        }
        world.calm();
        world.check();
    }
}

/// The peers' story: the server is restored to before the cases were assigned, and the officer's phone
/// is back before the counsellor's and the supervisor's.
#[test]
fn yesterdays_backup_is_caught_up_whoever_comes_first() {
    let mut world = World::with_two_clients();
    let sync = |device| Step::Sync { device, fate: Fate::Fine };
    for step in [
        Step::Act { device: OFFICER, what: 0, which: 0 },
        Step::Act { device: OFFICER, what: 2, which: 0 },
        sync(OFFICER),
    ] {
        world.step(step);
    }
    let facts = world.server.journal.clone();
    assert_eq!(facts.len(), 6);
    for step in [Step::Restore, sync(OFFICER), sync(OFFICER), sync(SUPERVISOR), sync(SUPERVISOR), sync(COUNSELLOR)] {
        world.step(step);
    }
    world.calm();
    world.check();
    let sorted = |ops: &[OpId]| ops.iter().copied().collect::<BTreeSet<_>>();
    assert_eq!(sorted(&world.server.journal), sorted(&facts));
}
