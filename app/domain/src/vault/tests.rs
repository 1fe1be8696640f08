use super::envelope::{Letter, OpeningKey, SealingKey, Unopened, key_of};
use super::*;
use crate::ids::{DeviceId, SealingKeyId, UserId};
use crate::samples::{Dice, now as moment};
use chrono::TimeDelta;
use proptest::prelude::*;
use serde_json::value::RawValue;
use uuid::Uuid;

const USER: UserId = UserId(Uuid::from_u128(1));
const OTHER: UserId = UserId(Uuid::from_u128(2));
const DEVICE: DeviceId = DeviceId(Uuid::from_u128(3));
const CHEAP: Cost = Cost { memory_kib: 64, passes: 1 };

fn opening_key(id: u128) -> OpeningKey {
    OpeningKey::random(SealingKeyId(Uuid::from_u128(id)), &mut Dice::of(u64::try_from(id).unwrap()))
}

fn letter() -> Letter {
    Letter { user: USER, device: DEVICE, op: RawValue::from_string(r#"{"id":"x"}"#.to_owned()).unwrap() }
}

proptest! {
    #[test]
    fn what_is_sealed_opens_at_its_place_alone(plain: Vec<u8>, seed: u64) {
        let dice = &mut Dice::of(seed);
        let key = DataKey::random(dice);
        let sealed = key.seal(&["heads", "a"], &plain, dice).unwrap();
        prop_assert_eq!(key.open(&["heads", "a"], &sealed).unwrap(), plain);
        for place in [&["heads", "b"][..], &["bodies", "a"], &["headsa"], &["head", "sa"]] {
            prop_assert_eq!(key.open(place, &sealed), Err(VaultError::WrongKey));
        }
        prop_assert_eq!(DataKey::random(dice).open(&["heads", "a"], &sealed), Err(VaultError::WrongKey));
    }

    #[test]
    fn a_sealed_value_that_was_changed_or_cut_does_not_open(at: prop::sample::Index, bit in 0u8..8, cut: prop::sample::Index) {
        let dice = &mut Dice::of(7);
        let key = DataKey::random(dice);
        let sealed = key.seal(&["meta", "me"], b"a note", dice).unwrap();
        let mut changed = sealed.clone();
        let at = at.index(changed.len());
        changed[at] ^= 1 << bit;
        prop_assert!(key.open(&["meta", "me"], &changed).is_err());
        prop_assert!(key.open(&["meta", "me"], &sealed[..cut.index(sealed.len())]).is_err());
    }

    #[test]
    fn nothing_that_lies_on_a_disk_makes_opening_panic(bytes: Vec<u8>) {
        let key = DataKey::random(&mut Dice::of(1));
        prop_assert!(key.open(&[], &bytes).is_err());
        prop_assert!(opening_key(1).open(&bytes).is_err());
        let _ = serde_json::from_slice::<Header>(&bytes);
    }

    #[test]
    fn an_envelope_that_was_changed_or_cut_does_not_open(at: prop::sample::Index, bit in 0u8..8, cut: prop::sample::Index) {
        let key = opening_key(1);
        let sealed = key.announced().seal(&letter(), &mut Dice::of(2)).unwrap();
        prop_assert_eq!(key.open(&sealed).unwrap().device, DEVICE);
        let mut changed = sealed.clone();
        let at = at.index(changed.len());
        changed[at] ^= 1 << bit;
        prop_assert!(key.open(&changed).is_err());
        prop_assert!(key.open(&sealed[..cut.index(sealed.len())]).is_err());
    }

    #[test]
    fn whatever_a_device_measures_it_can_bear(least_ms: f64) {
        prop_assert!(Cost::calibrated(least_ms).is_bearable());
    }

    #[test]
    fn the_cost_is_never_below_the_least_and_takes_about_as_long_as_it_should(least_ms in 5.0..2_000.0f64) {
        let cost = Cost::calibrated(least_ms);
        prop_assert!(cost.memory_kib >= Cost::LEAST.memory_kib && cost.passes >= Cost::LEAST.passes);
        let work = |c: Cost| f64::from(c.memory_kib) * f64::from(c.passes);
        let takes = least_ms * work(cost) / work(Cost::LEAST);
        prop_assert!(takes >= 300.0, "{takes}");
        prop_assert!(takes <= (least_ms * 1.01).max(600.0), "{takes}");
    }

    #[test]
    fn a_pause_grows_with_every_wrong_try_and_no_clock_shortens_it(wrong in 0u8..=9, minutes in -100_000i64..100_000) {
        let last = moment();
        let now = last + TimeDelta::minutes(minutes);
        let tries = Tries { wrong, last: Some(last) };
        let (pause, more) = (tries.wait(last), Tries { wrong: wrong + 1, last: Some(last) }.wait(last));
        prop_assert!(pause <= more && more <= TimeDelta::minutes(10));
        prop_assert!(tries.wait(now) >= TimeDelta::zero() && tries.wait(now) <= pause);
        prop_assert!(minutes >= 0 || tries.wait(now) == pause);
        prop_assert!(minutes < 10 || tries.wait(now) == TimeDelta::zero());
    }

    #[test]
    fn ten_wrong_tries_and_no_more(wrong in 0u8..=255) {
        let tries = Tries { wrong, last: None };
        prop_assert_eq!(tries.are_used_up(), wrong >= MOST_WRONG);
        prop_assert_eq!(tries.counted(moment()).left(), MOST_WRONG.saturating_sub(wrong.saturating_add(1)));
    }
}

#[test]
fn the_right_pin_unwraps_the_key_and_nothing_else_does() {
    let dice = &mut Dice::of(5);
    let key = DataKey::random(dice);
    let sealed = key.seal(&["outbox"], b"a note", dice).unwrap();
    let header = Header::wrap(USER, DEVICE, &key, "830417", CHEAP, dice).unwrap();
    let unwrapped = header.unwrap_key(USER, "830417").unwrap();
    assert_eq!(unwrapped.open(&["outbox"], &sealed).unwrap(), b"a note");
    assert_eq!(header.unwrap_key(USER, "830418").unwrap_err(), VaultError::WrongKey);
    assert_eq!(header.unwrap_key(OTHER, "830417").unwrap_err(), VaultError::WrongKey);
    let mut moved = header;
    moved.device = DeviceId(Uuid::from_u128(4));
    assert_eq!(moved.unwrap_key(USER, "830417").unwrap_err(), VaultError::WrongKey);
}

/// The header as it lies on phones: this version must open it for ever.
#[test]
fn a_header_that_was_made_long_ago_still_opens() {
    let header: Header = serde_json::from_str(include_str!("header_v1.json")).unwrap();
    let key = header.unwrap_key(USER, "830417").unwrap();
    let sealed = include_str!("sealed_v1.txt").trim();
    let sealed: Vec<u8> =
        (0..sealed.len()).step_by(2).map(|i| u8::from_str_radix(&sealed[i..i + 2], 16).unwrap()).collect();
    assert_eq!(key.open(&["outbox"], &sealed).unwrap(), b"a note");
}

#[test]
fn a_header_holds_neither_the_pin_nor_the_key_in_the_open() {
    let dice = &mut Dice::of(6);
    let key = DataKey::random(dice);
    let header = Header::wrap(USER, DEVICE, &key, "830417", CHEAP, dice).unwrap();
    let text = serde_json::to_string(&header).unwrap();
    let bytes = serde_json::to_string(key.bytes()).unwrap();
    assert!(!text.contains("830417") && !text.contains(&bytes));
    assert_eq!(serde_json::from_str::<Header>(&text).unwrap(), header);
}

fn given(byte: u8) -> Given {
    Given::take(&mut [byte; 32])
}

#[test]
fn a_passkey_opens_what_the_pin_opens_and_goes_when_the_person_wants() {
    let dice = &mut Dice::of(9);
    let key = DataKey::random(dice);
    let pin = Header::wrap(USER, DEVICE, &key, "830417", CHEAP, dice).unwrap();
    assert_eq!(pin.unwrap_by_passkey(USER, &given(1)).unwrap_err(), VaultError::WrongKey);
    let passkey = Passkey { credential: vec![7; 20], salt: [3; 32] };
    let both = pin.clone().with_passkey(USER, &key, passkey.clone(), &given(1), dice).unwrap();
    assert_eq!(both.passkey(), Some(&passkey));
    let lain: Header = serde_json::from_str(&serde_json::to_string(&both).unwrap()).unwrap();
    assert_eq!(lain, both);
    assert_eq!(lain.unwrap_by_passkey(USER, &given(1)).unwrap().bytes(), key.bytes());
    assert_eq!(lain.unwrap_key(USER, "830417").unwrap().bytes(), key.bytes());
    // Another finger's, another person's.
    assert_eq!(lain.unwrap_by_passkey(USER, &given(2)).unwrap_err(), VaultError::WrongKey);
    assert_eq!(lain.unwrap_by_passkey(OTHER, &given(1)).unwrap_err(), VaultError::WrongKey);
    // Another PIN leaves it.
    let anew = lain.with_pin(USER, &key, "592740", CHEAP, dice).unwrap();
    assert_eq!(anew.unwrap_key(USER, "830417").unwrap_err(), VaultError::WrongKey);
    assert_eq!(anew.unwrap_key(USER, "592740").unwrap().bytes(), key.bytes());
    assert_eq!(anew.unwrap_by_passkey(USER, &given(1)).unwrap().bytes(), key.bytes());
    let alone = anew.without_passkey();
    assert_eq!(alone.passkey(), None);
    assert_eq!(alone.unwrap_by_passkey(USER, &given(1)).unwrap_err(), VaultError::WrongKey);
}

#[test]
fn what_a_passkey_gave_is_wiped_where_it_was_and_stands_nowhere_in_the_open() {
    let dice = &mut Dice::of(10);
    let key = DataKey::random(dice);
    let mut bytes = [5; 32];
    let given = Given::take(&mut bytes);
    assert_eq!(bytes, [0; 32]);
    let passkey = Passkey { credential: vec![7; 20], salt: [3; 32] };
    let pin = Header::wrap(USER, DEVICE, &key, "830417", CHEAP, dice).unwrap();
    let both = pin.with_passkey(USER, &key, passkey, &given, dice).unwrap();
    let text = serde_json::to_string(&both).unwrap();
    assert!(!text.contains(&serde_json::to_string(&[5; 32]).unwrap()));
    assert!(!text.contains(&serde_json::to_string(key.bytes()).unwrap()));
    assert_eq!(format!("{given:?}"), "Given(…)");
}

/// Gigabytes, minutes, and both within bounds that are wide enough each by itself.
#[test]
fn a_damaged_cost_is_refused_before_the_memory_is_asked_for_or_the_time_is_spent() {
    let key = DataKey::random(&mut Dice::of(6));
    let header = Header::wrap(USER, DEVICE, &key, "830417", CHEAP, &mut Dice::of(6)).unwrap();
    let text = serde_json::to_string(&header).unwrap();
    for (memory_kib, passes) in [(4_000_000_000, 1), (64, u32::MAX), (256 * 1024, 240), (u32::MAX, u32::MAX)] {
        let planted = format!(r#""cost":{{"memory_kib":{memory_kib},"passes":{passes}}}"#);
        let planted = text.replace(r#""cost":{"memory_kib":64,"passes":1}"#, &planted);
        let header: Header = serde_json::from_str(&planted).unwrap();
        assert_eq!(header.cost(), Cost { memory_kib, passes });
        assert_eq!(header.unwrap_key(USER, "830417").unwrap_err(), VaultError::Cost);
    }
}

#[test]
fn pins_that_everybody_tries_first_are_refused() {
    let weak = [
        ("", Weakness::TooFewDigits),
        ("48291", Weakness::TooFewDigits),
        ("mango", Weakness::TooFewCharacters),
        ("777777", Weakness::Repeats),
        ("121212", Weakness::Repeats),
        ("483483", Weakness::Repeats),
        ("mangomango", Weakness::Repeats),
        ("123456", Weakness::Run),
        ("654321", Weakness::Run),
        ("789012", Weakness::Run),
        ("246802", Weakness::Run),
        ("112233", Weakness::Run),
        ("198704", Weakness::BirthYear),
        ("041987", Weakness::BirthYear),
        ("120053", Weakness::BirthYear),
        ("14032011", Weakness::BirthYear),
    ];
    for (secret, expected) in weak {
        assert_eq!(weakness(secret), Some(expected), "{secret}");
    }
    for good in ["830417", "902746", "4829105", "two green lizards", "Mango tree 7"] {
        assert_eq!(weakness(good), None, "{good}");
    }
    assert_eq!(weakness(&"mango tree ".repeat(12)), Some(Weakness::TooLong));
    assert_eq!((kind_of("830417"), kind_of("83041x")), (Kind::Pin, Kind::Passphrase));
}

#[test]
fn an_envelope_opens_with_its_own_key_alone() {
    let (key, other) = (opening_key(1), opening_key(2));
    let sealed = key.announced().seal(&letter(), &mut Dice::of(2)).unwrap();
    assert_eq!(key_of(&sealed).unwrap(), key.id());
    let read = OpeningKey::from_bytes(key.id(), &key.to_bytes()).unwrap().open(&sealed).unwrap();
    assert_eq!((read.user, read.device, read.op.get()), (USER, DEVICE, r#"{"id":"x"}"#));
    assert_eq!(other.open(&sealed).unwrap_err(), Unopened::UnknownKey);
    let impostor = OpeningKey::from_bytes(key.id(), &other.to_bytes()).unwrap();
    assert_eq!(impostor.open(&sealed).unwrap_err(), Unopened::Changed);
}

#[test]
fn a_key_that_is_none_seals_nothing() {
    for public in ["", "AAAA", "not base64!", &"A".repeat(44)] {
        let key = SealingKey { id: SealingKeyId(Uuid::nil()), public: public.to_owned() };
        assert!(key.seal(&letter(), &mut Dice::of(2)).is_err(), "{public}");
    }
}

/// An envelope as it lies on phones: the server must open it as long as it has the key.
#[test]
fn an_envelope_that_was_sealed_long_ago_still_opens() {
    let bytes = |hex: &str| -> Vec<u8> {
        let hex = hex.trim();
        (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
    };
    let (private, envelope) = include_str!("envelope_v1.txt").split_once('\n').unwrap();
    let envelope = bytes(envelope);
    let key = OpeningKey::from_bytes(key_of(&envelope).unwrap(), &bytes(private)).unwrap();
    let read = key.open(&envelope).unwrap();
    assert_eq!((read.user, read.device, read.op.get()), (USER, DEVICE, r#"{"id":"x"}"#));
}
