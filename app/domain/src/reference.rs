//! Client reference numbers, given offline by whoever takes down the form, and still unique [M47].
//!
//! A number reads `LG-7K3QX-22`: the device's code, then the device's own count. The code comes from
//! the random device id, so two phones in two valleys without a signal cannot give the same number,
//! and a restored server cannot give a code away twice. The ministry's own format is not published;
//! the prefix is the part to change when it is.

use crate::error::Refusal;
use crate::ids::DeviceId;
use serde::{Deserialize, Serialize};

/// Letters and digits that are not mistaken for each other when read over the telephone (Crockford).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_LENGTH: usize = 5;
const PREFIX: &str = "LG";

/// The device's part of the reference numbers that it gives: five characters.
pub fn device_code(device: DeviceId) -> String {
    // The last 62 bits of any UUID version 4 or 7 are random.
    let mut bits = device.0.as_u128();
    let mut code = String::with_capacity(CODE_LENGTH);
    for _ in 0..CODE_LENGTH {
        let index = usize::try_from(bits & 31).unwrap_or(0);
        code.push(char::from(ALPHABET[index]));
        bits >>= 5;
    }
    code
}

/// A client reference number, such as `LG-7K3QX-22`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReferenceNumber(String);

impl ReferenceNumber {
    /// The number that this device gives as its `count`-th.
    pub fn given_by(device: DeviceId, count: u32) -> Self {
        Self(format!("{PREFIX}-{}-{count:02}", device_code(device)))
    }

    /// Reads a number of any device. That two never give the same is the device's part; the database
    /// has the last word.
    pub fn parse_any(field: &str, text: &str) -> Result<Self, Refusal> {
        let mut parts = text.split('-');
        let well_formed = parts.next() == Some(PREFIX)
            && parts
                .next()
                .is_some_and(|code| code.len() == CODE_LENGTH && code.bytes().all(|b| ALPHABET.contains(&b)))
            && parts
                .next()
                .is_some_and(|count| (2..=9).contains(&count.len()) && count.bytes().all(|b| b.is_ascii_digit()))
            && parts.next().is_none();
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refusal::at(field, "not-a-reference-number", "This is not a client reference number."))
        }
    }

    /// The number as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ReferenceNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_a_device_gives_can_be_read_and_two_devices_do_not_meet(a: u128, b: u128, count in 1u32..1_000_000) {
            let (a, b) = (DeviceId(uuid::Uuid::from_u128(a)), DeviceId(uuid::Uuid::from_u128(b)));
            let number = ReferenceNumber::given_by(a, count);
            prop_assert_eq!(&ReferenceNumber::parse_any("reference", number.as_str()).unwrap(), &number);
            prop_assert_eq!(number == ReferenceNumber::given_by(b, count), device_code(a) == device_code(b));
        }

        #[test]
        fn reading_any_text_never_panics(text in "\\PC{0,30}") {
            let _ = ReferenceNumber::parse_any("reference", &text);
        }
    }
}
