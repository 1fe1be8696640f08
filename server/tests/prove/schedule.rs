//! What may happen, and in which order.

use proptest::prelude::*;
use serde::{Deserialize, Serialize};

pub const COUNSELLOR: usize = 0;
pub const SUPERVISOR: usize = 1;
/// Which person holds which phone: the first officer has two.
pub const HOLDERS: [usize; 5] = [0, 1, 2, 2, 3];

/// What the network, the server and the battery do to one request, of the app or of its service worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    Fine,
    /// Nothing of it reaches the server.
    RequestLost,
    /// It reaches the server later, when the device has long given it up: see [`Step::Deliver`].
    Late,
    /// The server committed and died, or the line was cut, before the reply.
    ReplyLost,
    /// The app was killed when it had the reply and had not stored it.
    KilledBeforeStored,
    /// A proxy sends the request twice, at the same instant; one reply comes back.
    Doubled,
    /// The person saves something while the request is under way.
    ActsMeanwhile {
        what: u8,
        which: usize,
    },
    /// The server gives the request up when it was asked so many times for progress.
    Dropped(u8),
    /// What was late before arrives at the same instant.
    Crossed,
    /// The next so many writes of the journal collide with something.
    Collides(u8),
}

/// How a supervisor settles what a lost phone left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Settling {
    TakeUp,
    PutAside,
    /// Taken up in two tabs at the same instant.
    Twice,
    /// Taken up, and given up by the server when it was asked so many times for progress.
    Cut(u8),
}

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// The person does something on the screen.
    Act {
        device: usize,
        what: u8,
        which: usize,
    },
    Sync {
        device: usize,
        fate: Fate,
    },
    /// A request that was given up arrives after all; nobody hears the reply.
    Deliver {
        device: usize,
    },
    /// While one device's transaction is open, another one pulls.
    Overlap {
        writer: usize,
        reader: usize,
    },
    /// The next so many writes of the journal collide with something.
    Trip {
        times: u8,
    },
    /// The app is killed and started: only what was stored is there again.
    Restart {
        device: usize,
    },
    /// The session ends, and begins again with the next sign-in; work goes on meanwhile.
    EndSession {
        device: usize,
    },
    /// The person signs out: files leave the phone.
    SignOut {
        device: usize,
    },
    SignIn {
        device: usize,
    },
    /// The device's clock is wrong by so many days.
    Skew {
        device: usize,
        days: i8,
    },
    Backup,
    /// Back to the last backup, or to the beginning.
    Restore,
    /// The app is locked or closed, and the service worker delivers envelopes. Its first so many requests
    /// are spared, then its fate befalls one.
    Worker {
        device: usize,
        fate: Fate,
        spared: u8,
    },
    /// The PIN is forgotten, or was wrong ten times: the key is destroyed. The person signs in and chooses
    /// another, now or later.
    Forget {
        device: usize,
        again: bool,
    },
    /// Until now the phone ran a version that knew of no envelopes.
    Updated {
        device: usize,
    },
    /// The phone is reported lost. Either it comes back, or somebody has it who does not know the PIN.
    Lose {
        device: usize,
        found: bool,
    },
    /// The supervisor settles something that a lost phone left.
    Settle {
        which: usize,
        how: Settling,
    },
    /// The server has another key for envelopes from now on.
    Rotate,
}

fn device() -> impl Strategy<Value = usize> {
    0..HOLDERS.len()
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        10 => Just(Fate::Fine),
        1 => Just(Fate::RequestLost),
        1 => Just(Fate::Late),
        2 => Just(Fate::ReplyLost),
        2 => Just(Fate::KilledBeforeStored),
        1 => Just(Fate::Doubled),
        2 => (0..6u8, 0..12usize).prop_map(|(what, which)| Fate::ActsMeanwhile { what, which }),
        1 => (0..24u8).prop_map(Fate::Dropped),
        1 => Just(Fate::Crossed),
        2 => (1..9u8).prop_map(Fate::Collides),
    ]
}

fn settling() -> impl Strategy<Value = Settling> {
    prop_oneof![
        3 => Just(Settling::TakeUp),
        1 => Just(Settling::PutAside),
        1 => Just(Settling::Twice),
        1 => (0..24u8).prop_map(Settling::Cut),
    ]
}

/// What befalls envelopes, keys and phones.
fn sealed_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (device(), fate(), 0..3u8).prop_map(|(device, fate, spared)| Step::Worker { device, fate, spared }),
        2 => (device(), prop::bool::weighted(0.7)).prop_map(|(device, again)| Step::Forget { device, again }),
        1 => device().prop_map(|device| Step::Updated { device }),
        2 => (device(), any::<bool>()).prop_map(|(device, found)| Step::Lose { device, found }),
        1 => (0..4usize, settling()).prop_map(|(which, how)| Step::Settle { which, how }),
        1 => Just(Step::Rotate),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (device(), 0..6u8, 0..12usize).prop_map(|(device, what, which)| Step::Act { device, what, which }),
        12 => (device(), fate()).prop_map(|(device, fate)| Step::Sync { device, fate }),
        1 => device().prop_map(|device| Step::Deliver { device }),
        1 => (device(), device()).prop_map(|(writer, reader)| Step::Overlap { writer, reader }),
        1 => (1..9u8).prop_map(|times| Step::Trip { times }),
        1 => device().prop_map(|device| Step::Restart { device }),
        1 => device().prop_map(|device| Step::EndSession { device }),
        1 => device().prop_map(|device| Step::SignOut { device }),
        1 => device().prop_map(|device| Step::SignIn { device }),
        1 => (device(), -3..4i8).prop_map(|(device, days)| Step::Skew { device, days }),
        6 => sealed_step(),
    ]
}

/// A schedule; one in ten has restores in it, which cost a database each.
pub fn schedule() -> impl Strategy<Value = Vec<Step>> {
    let life = prop_oneof![
        12 => step(),
        1 => Just(Step::Backup),
        1 => Just(Step::Restore),
    ];
    prop_oneof![
        9 => prop::collection::vec(step(), 4..48),
        1 => prop::collection::vec(life, 4..32),
    ]
}
