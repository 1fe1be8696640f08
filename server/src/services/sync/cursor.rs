//! How far a device has listened, sealed with a key of the database's present life.
//!
//! A cursor from the future proves that the database went back in time, and begins a new epoch. So a
//! made-up one must not be believed: what is not sealed by this database is as good as no cursor.

use domain::sync::pull::Cursor;
use sha2::{Digest, Sha256};

const SEPARATOR: char = '~';
const SEAL_BYTES: usize = 12;

/// Writes a cursor with its seal.
pub fn seal(cursor: &Cursor, key: &[u8]) -> String {
    let text = cursor.to_string();
    let seal = seal_of(&text, key);
    format!("{text}{SEPARATOR}{seal}")
}

/// Reads a cursor without looking at the seal: good enough to know where to look first.
pub fn peek(text: &str) -> Option<Cursor> {
    text.rsplit_once(SEPARATOR)?.0.parse().ok()
}

/// Reads a cursor if its seal is good.
pub fn open(text: &str, key: &[u8]) -> Option<Cursor> {
    let (cursor, given) = text.rsplit_once(SEPARATOR)?;
    let wanted = seal_of(cursor, key);
    // Every byte is looked at, so that time does not tell how many were right.
    let differences = wanted.bytes().zip(given.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    if wanted.len() == given.len() && differences == 0 { cursor.parse().ok() } else { None }
}

/// A keyed hash, hashed twice with the key so that it cannot be extended.
fn seal_of(text: &str, key: &[u8]) -> String {
    let inner = Sha256::new().chain_update(key).chain_update(text).finalize();
    let outer = Sha256::new().chain_update(key).chain_update(inner).finalize();
    let mut seal = domain::sync::chain::hex(&outer.into());
    seal.truncate(2 * SEAL_BYTES);
    seal
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_what_was_sealed_is_opened() {
        let cursor = Cursor { epoch: Uuid::from_u128(7), scope: 1, since: 4711, page: None };
        let sealed = seal(&cursor, b"key");
        assert_eq!(open(&sealed, b"key"), Some(cursor));
        assert_eq!(peek(&sealed), Some(cursor));
        assert_eq!(open(&sealed, b"other"), None);
        assert_eq!(open(&sealed.replace("4711", "9999"), b"key"), None);
        assert_eq!(open(&cursor.to_string(), b"key"), None);
        for nonsense in ["", "~", "a~b", "~~~~", &format!("{cursor}~")] {
            assert_eq!(open(nonsense, b"key"), None);
        }
    }
}
