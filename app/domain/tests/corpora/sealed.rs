//! What is sealed: values under the data key, the header that wraps it, envelopes for the server.
//!
//! The first byte chooses what the rest is: as it lies on a disk, where everything is possible, or what is to
//! be sealed and then damaged, since no fuzzer finds the tag of a changed text by itself.

use crate::input::{document, id, now, pinned, there_and_back};
use chrono::TimeDelta;
use domain::ids::{DeviceId, SealingKeyId, UserId};
use domain::vault::envelope::{Letter, OpeningKey, SealingKey, Unopened, key_of};
use domain::vault::{Cost, DataKey, Header, Kind, MOST_WRONG, Rng, Tries, TryCryptoRng, TryRng, VaultError};
use std::convert::Infallible;
use std::sync::LazyLock;
use uuid::Uuid;

/// Wrapped for [`USER`] by [`PIN`], at a cost that a fuzzer can pay; no device ever chooses so little.
const HEADER: &str = include_str!("header_at_no_cost.json");
const USER: UserId = UserId(Uuid::from_u128(1));
const PIN: &str = "830417";
const PLACE: [&str; 2] = ["heads", "0193a5c0-0000-7000-8000-000000000002"];
/// The most work, in KiB times passes, that is done to look at one header.
const MOST_WORK: u64 = 256;

static DATA_KEY: LazyLock<DataKey> = LazyLock::new(|| DataKey::random(&mut Dice(1)));
static OPENING_KEY: LazyLock<OpeningKey> =
    LazyLock::new(|| OpeningKey::random(SealingKeyId(Uuid::from_u128(1)), &mut Dice(2)));

/// Opens what is sealed, whatever it is; seals and damages it.
pub fn check(bytes: &[u8]) {
    let Some((what, rest)) = bytes.split_first() else { return };
    match what % 6 {
        0 => open_value(rest),
        1 => damage_value(rest),
        2 => unwrap(rest),
        3 => open_envelope(rest),
        4 => damage_envelope(rest),
        _ => seal_to(rest),
    }
}

fn open_value(sealed: &[u8]) {
    let Ok(plain) = DATA_KEY.open(&PLACE, sealed) else { return };
    let sealed = DATA_KEY.seal(&PLACE, &plain, &mut Dice(3)).unwrap();
    assert_eq!(DATA_KEY.open(&PLACE, &sealed), Ok(plain));
}

/// Where something is damaged, and by which bits.
struct Damage {
    at: usize,
    bits: u8,
}

impl Damage {
    fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let [low, high, bits, rest @ ..] = bytes else { return None };
        Some((Self { at: usize::from(u16::from_le_bytes([*low, *high])), bits: *bits | 1 }, rest))
    }

    /// Changed at one place, cut there, and with something behind.
    fn of(&self, sealed: &[u8]) -> (usize, [Vec<u8>; 3]) {
        let at = self.at % sealed.len();
        let mut changed = sealed.to_vec();
        changed[at] ^= self.bits;
        (at, [changed, sealed[..at].to_vec(), [sealed, &[self.bits]].concat()])
    }
}

fn damage_value(bytes: &[u8]) {
    let Some((damage, plain)) = Damage::split(bytes) else { return };
    let sealed = DATA_KEY.seal(&PLACE, plain, &mut Dice(4)).unwrap();
    assert_eq!(DATA_KEY.open(&PLACE, &sealed).as_deref(), Ok(plain));
    assert_eq!(DATA_KEY.open(&["bodies", PLACE[1]], &sealed), Err(VaultError::WrongKey));
    for damaged in damage.of(&sealed).1 {
        DATA_KEY.open(&PLACE, &damaged).unwrap_err();
    }
}

fn unwrap(bytes: &[u8]) {
    let Some(header) = there_and_back::<Header>(&document(bytes, &[HEADER])) else { return };
    count(header.tries);
    let Cost { memory_kib, passes } = header.cost();
    if !header.cost().is_bearable() {
        // At once: the fuzzer notices when it takes long.
        let refused = header.unwrap_key(USER, PIN).unwrap_err();
        assert!(matches!(refused, VaultError::Cost | VaultError::Unknown), "{refused}");
    } else if u64::from(memory_kib) * u64::from(passes) <= MOST_WORK && header.unwrap_key(USER, PIN).is_ok() {
        // What is neither the key nor bound to it may differ.
        let mut header = header;
        (header.kind, header.tries) = (Kind::Pin, Tries::default());
        assert_eq!(header, pinned(HEADER));
    }
}

/// A count of tries that somebody wrote into the header: the pause stays between nothing and ten minutes.
fn count(tries: Tries) {
    for tries in [tries, tries.counted(now())] {
        let wait = tries.wait(now());
        assert!(wait >= TimeDelta::zero() && wait <= TimeDelta::minutes(10), "{tries:?}: {wait}");
        assert!(tries.left() <= MOST_WRONG && tries.are_used_up() == (tries.left() == 0));
    }
}

/// An envelope as anybody can send one to the server.
pub fn open_envelope(envelope: &[u8]) {
    match (key_of(envelope), OPENING_KEY.open(envelope)) {
        (Err(unknown), opened) => assert_eq!(opened.unwrap_err(), unknown),
        (Ok(id), opened) if id != OPENING_KEY.id() => assert_eq!(opened.unwrap_err(), Unopened::UnknownKey),
        (Ok(_), Ok(letter)) => drop(there_and_back::<Letter>(&serde_json::to_vec(&letter).unwrap())),
        (Ok(_), Err(_)) => {}
    }
}

fn letter() -> Letter {
    Letter {
        user: USER,
        device: DeviceId(id(0x12)),
        op: pinned(include_str!("../golden/wire_v1/op-amend-contact.json")),
    }
}

fn damage_envelope(bytes: &[u8]) {
    let Some((damage, text)) = Damage::split(bytes) else { return };
    let shape = serde_json::to_string(&letter()).unwrap();
    let Some(letter) = there_and_back::<Letter>(&document(text, &[&shape])) else { return };
    let envelope = OPENING_KEY.announced().seal(&letter, &mut Dice(5)).unwrap();
    let opened = OPENING_KEY.open(&envelope).unwrap();
    assert_eq!((opened.user, opened.device, opened.op.get()), (letter.user, letter.device, letter.op.get()));
    let (at, [changed, cut, longer]) = damage.of(&envelope);
    assert_eq!(
        OPENING_KEY.open(&changed).unwrap_err(),
        match at {
            0 => Unopened::Unknown,
            1..=16 => Unopened::UnknownKey,
            _ => Unopened::Changed,
        }
    );
    assert_eq!(OPENING_KEY.open(&cut).unwrap_err(), if at < 49 { Unopened::Unknown } else { Unopened::Changed });
    assert_eq!(OPENING_KEY.open(&longer).unwrap_err(), Unopened::Changed);
}

/// A sealing key as a server, or somebody in its place, announces it.
fn seal_to(bytes: &[u8]) {
    let shape = serde_json::to_string(&OPENING_KEY.announced()).unwrap();
    let Some(key) = there_and_back::<SealingKey>(&document(bytes, &[&shape])) else { return };
    if let Ok(envelope) = key.seal(&letter(), &mut Dice(6)) {
        assert_eq!(key_of(&envelope), Ok(key.id));
    }
}

/// Chance that is the same in every run. For tests alone: nothing sealed with it is secret.
struct Dice(u64);

impl TryRng for Dice {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next_u64() >> 32) as u32)
    }
    /// SplitMix64.
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Ok(z ^ (z >> 31))
    }
    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Infallible> {
        for chunk in into.chunks_mut(8) {
            let bytes = self.next_u64().to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Dice {}
