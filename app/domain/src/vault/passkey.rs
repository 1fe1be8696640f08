//! The other way to the data key: what a passkey gives for a salt, after a fingerprint or a face.
//!
//! `WebAuthn`'s extension `prf` gives the same 32 secret bytes for the same passkey and salt, on this
//! device and without a network. The server has no part in it. The PIN stays: it opens what no finger does.

use super::{DataKey, VaultError, wrapped::Wrapped};
use crate::ids::{DeviceId, UserId};
use aes_gcm::{Aes256Gcm, Key, KeyInit};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

/// What a passkey gave for a salt. Wiped from memory when it is dropped.
pub struct Given(Zeroizing<[u8; 32]>);

impl Given {
    /// Takes what the browser gave, and wipes it there.
    pub fn take(bytes: &mut [u8; 32]) -> Self {
        let given = Self(Zeroizing::new(*bytes));
        bytes.zeroize();
        given
    }

    /// The key that wraps. What a passkey gives is as good as chance; the hash keeps it for this purpose alone.
    fn wrapping(&self) -> Aes256Gcm {
        let mut hash = Sha256::new();
        hash.update(b"lignum passkey 1");
        hash.update(*self.0);
        let key = Zeroizing::new(<[u8; 32]>::from(hash.finalize()));
        Aes256Gcm::new(&Key::<Aes256Gcm>::from(*key))
    }
}

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Given(…)")
    }
}

/// Which passkey, and for which salt it is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    /// The browser's name of it: by chance, tells nothing.
    pub credential: Vec<u8>,
    /// What it is asked for.
    pub salt: [u8; 32],
}

/// The data key, wrapped by what a passkey gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PasskeyWrap {
    /// Which passkey opens it.
    pub passkey: Passkey,
    wrapped: Wrapped,
}

impl PasskeyWrap {
    /// Wraps the key.
    ///
    /// # Errors
    /// None in practice: a key is never too long.
    pub fn wrap(
        user: UserId,
        device: DeviceId,
        key: &DataKey,
        passkey: Passkey,
        given: &Given,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, VaultError> {
        let wrapped = Wrapped::wrap(&given.wrapping(), &binding(user, device, &passkey), key, rng)?;
        Ok(Self { passkey, wrapped })
    }

    /// Unwraps the key.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] for another passkey, another person's wrap or one that was changed.
    pub fn unwrap_key(&self, user: UserId, device: DeviceId, given: &Given) -> Result<DataKey, VaultError> {
        self.wrapped.unwrap_key(&given.wrapping(), &binding(user, device, &self.passkey))
    }
}

/// What the wrapped key belongs to.
fn binding(user: UserId, device: DeviceId, passkey: &Passkey) -> Vec<u8> {
    let parts =
        [b"lignum passkey 1".as_slice(), user.0.as_bytes(), device.0.as_bytes(), &passkey.salt, &passkey.credential];
    parts.concat()
}
