//! The device vault: what makes a lost phone tell nothing.
//!
//! Everything that a person has on a device is sealed under a random [`DataKey`]. The key itself lies
//! on the device only wrapped ([`Header`]) by a key that Argon2id derives from the person's PIN, and where they want it by what a [`Passkey`] gives; in the
//! open it is in memory alone, from unlocking to locking. [`Tries`] slows down who guesses, and after
//! ten wrong PINs the wrapped key is destroyed. Every unsent op lies there a second time, in an
//! [`envelope`] that only the server can open: it is sent while the app is locked, and also when the
//! key is gone.
//!
//! Chance is handed in, as moments and ids are; whoever calls has the browser's or the system's.

mod data_key;
pub mod envelope;
mod header;
mod passkey;
mod pin;
mod tries;
mod wrapped;

pub use data_key::DataKey;
pub use header::{Cost, Header};
pub use passkey::{Given, Passkey};
pub use pin::{Kind, Weakness, kind_of, weakness};
pub use tries::{MOST_WRONG, Tries};

use crate::ids::UserId;

/// Bits by chance, as the functions here want them.
pub use rand_core::CryptoRng;
/// What a source of chance implements to become a [`CryptoRng`].
pub use rand_core::{Rng, TryCryptoRng, TryRng};

/// Why something sealed could not be made or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Not of a layout that this version knows, or cut short.
    #[error("it is not of a layout that this version of Lignum knows")]
    Unknown,
    /// The key does not fit, or it was changed on the disk.
    #[error("it cannot be opened with this key")]
    WrongKey,
    /// The memory for deriving a key is not there, or the cost is out of bounds.
    #[error("this device could not derive the key")]
    Cost,
    /// More than can be sealed in one piece.
    #[error("it is too large to seal")]
    TooLarge,
}

/// By what a device knows whose vault is whose without holding a name: a hash over the person's random id
/// and their username, in hexadecimal. Whoever guesses a name can check it; nobody can read one.
pub fn tag_of(user: UserId, username: &str) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    hash.update(b"lignum name");
    hash.update(user.0.as_bytes());
    hash.update(username.trim().to_lowercase().as_bytes());
    crate::sync::chain::hex(&hash.finalize().into())
}

#[cfg(test)]
mod tests;
