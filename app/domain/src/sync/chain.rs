//! The journal's hash chain: each entry of a subject carries the hash of the one before, so that a
//! changed, removed or inserted entry breaks the chain at that place.

use sha2::{Digest, Sha256};

/// A link of the chain.
pub type Hash = [u8; 32];

/// What the first entry of a subject builds on.
pub const GENESIS: Hash = [0; 32];

/// The hash of an entry: over the hash before it and the exact bytes of the entry.
pub fn link(previous: &Hash, entry: &[u8]) -> Hash {
    Sha256::new().chain_update(previous).chain_update(entry).finalize().into()
}

/// A hash as text.
pub fn hex(hash: &Hash) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    hash.iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hex_has_the_digits_in_order() {
        assert_eq!(&hex(&link(&GENESIS, b""))[..8], "66687aad");
    }

    proptest! {
        #[test]
        fn any_change_of_any_entry_changes_the_head(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..20), 1..8), which: prop::sample::Index, bit in 0u8..8) {
            let head = |entries: &[Vec<u8>]| entries.iter().fold(GENESIS, |h, e| link(&h, e));
            let mut forged = entries.clone();
            let at = which.index(forged.len());
            forged[at][0] ^= 1 << bit;
            prop_assert_ne!(head(&entries), head(&forged));
        }
    }
}
