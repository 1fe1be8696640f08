//! The one thing in the open: the wrapped key, and what is needed to unwrap it with the PIN.

use super::passkey::{Given, Passkey, PasskeyWrap};
use super::wrapped::{NONCE, TAG, Wrapped};
use super::{DataKey, Kind, Tries, VaultError, kind_of};
use crate::ids::{DeviceId, UserId};
use aes_gcm::{Aes256Gcm, Key, KeyInit};
use argon2::{Algorithm, Argon2, Params, Version};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What deriving a key from the PIN costs, the person and the thief.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// The least: OWASP's first choice for Argon2id, 19 MiB and two passes. Also what is measured to
    /// find out how fast a device is.
    pub const LEAST: Self = Self { memory_kib: 19 * 1024, passes: 2 };
    /// More memory than this frightens a cheap phone.
    const MOST_MEMORY_KIB: u32 = 64 * 1024;
    const MOST_PASSES: u32 = 60;
    /// How long unlocking should take where it is measured: dear for a thief, bearable at a gate.
    pub const AIM_MS: f64 = 350.0;

    /// The cost that takes about [`Self::AIM_MS`] on a device that needs `least_ms` for [`Self::LEAST`];
    /// never less than that. Memory first, which makes guessing machines dear; then passes.
    pub fn calibrated(least_ms: f64) -> Self {
        // A clock without resolution, or one that was set back, tells nothing.
        if !least_ms.is_finite() || least_ms <= 0.0 {
            return Self { memory_kib: Self::MOST_MEMORY_KIB, passes: 3 };
        }
        let per_pass_per_kib = least_ms / f64::from(Self::LEAST.passes) / f64::from(Self::LEAST.memory_kib);
        let memory = (Self::AIM_MS / (per_pass_per_kib * f64::from(Self::LEAST.passes)))
            .clamp(f64::from(Self::LEAST.memory_kib), f64::from(Self::MOST_MEMORY_KIB));
        let passes = (Self::AIM_MS / (per_pass_per_kib * memory))
            .ceil()
            .clamp(f64::from(Self::LEAST.passes), f64::from(Self::MOST_PASSES));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range just before")]
        Self { memory_kib: memory as u32, passes: passes as u32 }
    }

    /// Whether a device is asked for it at all. What is read from a disk may be damaged, or somebody put it
    /// there: no phone is made to take gigabytes by it, or minutes. Nobody chooses more work than the largest
    /// that is ever measured; only how it divides between memory and passes may change one day.
    pub fn is_bearable(self) -> bool {
        let work = u64::from(self.memory_kib) * u64::from(self.passes);
        let most = u64::from(Self::MOST_MEMORY_KIB) * u64::from(Self::MOST_PASSES);
        self.memory_kib <= 4 * Self::MOST_MEMORY_KIB && work <= most
    }

    fn derive(self, secret: &str, salt: &[u8]) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        if !self.is_bearable() {
            return Err(VaultError::Cost);
        }
        let params = Params::new(self.memory_kib, self.passes, 1, Some(32)).map_err(|_| VaultError::Cost)?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(secret.as_bytes(), salt, key.as_mut_slice())
            .map_err(|_| VaultError::Cost)?;
        Ok(key)
    }

    fn wrapping(self, secret: &str, salt: &[u8]) -> Result<Aes256Gcm, VaultError> {
        let key = self.derive(secret, salt)?;
        Ok(Aes256Gcm::new(&Key::<Aes256Gcm>::from(*key)))
    }

    /// Derives a key from nothing and throws it away, to be timed.
    ///
    /// # Errors
    /// [`VaultError::Cost`] where the device has not the memory.
    pub fn rehearse(self) -> Result<(), VaultError> {
        self.derive("rehearsal", &[0; 16]).map(drop)
    }
}

/// The wrapped key of one person's store on one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Layout of the header.
    v: u8,
    /// Which device this is. No secret; a locked app needs it to learn that it was reported lost.
    pub device: DeviceId,
    /// What the lock screen asks for.
    pub kind: Kind,
    cost: Cost,
    salt: [u8; 16],
    // Beside the rest and not flattened into it, which costs a phone's program kilobytes.
    nonce: [u8; NONCE],
    wrapped: [u8; 32],
    tag: [u8; TAG],
    /// Wrong tries since the last right one.
    #[serde(default)]
    pub tries: Tries,
    /// The same key under what a passkey gives, where the person wants to unlock with a finger or a face.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    passkey: Option<PasskeyWrap>,
}

impl Header {
    const LAYOUT: u8 = 1;

    /// Wraps the key with a PIN or a passphrase.
    ///
    /// # Errors
    /// [`VaultError::Cost`] where the device has not the memory.
    pub fn wrap(
        user: UserId,
        device: DeviceId,
        key: &DataKey,
        secret: &str,
        cost: Cost,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, VaultError> {
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        let under = cost.wrapping(secret, &salt)?;
        let Wrapped { nonce, key: wrapped, tag } = Wrapped::wrap(&under, &binding(user, device, cost), key, rng)?;
        let (kind, tries) = (kind_of(secret), Tries::default());
        Ok(Self { v: Self::LAYOUT, device, kind, cost, salt, nonce, wrapped, tag, tries, passkey: None })
    }

    /// Unwraps the key.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] for a wrong PIN, another user's header or one that was changed;
    /// [`VaultError::Unknown`] for a later layout; [`VaultError::Cost`] without the memory, or for a cost that no
    /// device chose.
    pub fn unwrap_key(&self, user: UserId, secret: &str) -> Result<DataKey, VaultError> {
        if self.v != Self::LAYOUT {
            return Err(VaultError::Unknown);
        }
        let under = self.cost.wrapping(secret, &self.salt)?;
        let wrapped = Wrapped { nonce: self.nonce, key: self.wrapped, tag: self.tag };
        wrapped.unwrap_key(&under, &binding(user, self.device, self.cost))
    }

    /// The passkey that opens it as well, if the person wants one.
    pub fn passkey(&self) -> Option<&Passkey> {
        self.passkey.as_ref().map(|wrap| &wrap.passkey)
    }

    /// The same header, opened by this passkey too.
    ///
    /// # Errors
    /// None in practice: a key is never too long.
    pub fn with_passkey(
        self,
        user: UserId,
        key: &DataKey,
        passkey: Passkey,
        given: &Given,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, VaultError> {
        let wrap = PasskeyWrap::wrap(user, self.device, key, passkey, given, rng)?;
        Ok(Self { passkey: Some(wrap), ..self })
    }

    /// The same header, opened by the PIN alone.
    #[must_use]
    pub fn without_passkey(self) -> Self {
        Self { passkey: None, ..self }
    }

    /// Another PIN for the same key; the passkey stays as it is.
    ///
    /// # Errors
    /// As [`Self::wrap`].
    pub fn with_pin(
        self,
        user: UserId,
        key: &DataKey,
        secret: &str,
        cost: Cost,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, VaultError> {
        let passkey = self.passkey;
        Ok(Self { passkey, ..Self::wrap(user, self.device, key, secret, cost, rng)? })
    }

    /// Unwraps the key with what the passkey gave.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] where there is none, for another one, another person's header or one that was
    /// changed; [`VaultError::Unknown`] for a later layout.
    pub fn unwrap_by_passkey(&self, user: UserId, given: &Given) -> Result<DataKey, VaultError> {
        if self.v != Self::LAYOUT {
            return Err(VaultError::Unknown);
        }
        self.passkey.as_ref().ok_or(VaultError::WrongKey)?.unwrap_key(user, self.device, given)
    }

    /// What unlocking costs here.
    pub const fn cost(&self) -> Cost {
        self.cost
    }
}

/// What the wrapped key belongs to.
fn binding(user: UserId, device: DeviceId, cost: Cost) -> Vec<u8> {
    let mut binding = b"lignum vault 1".to_vec();
    binding.extend_from_slice(user.0.as_bytes());
    binding.extend_from_slice(device.0.as_bytes());
    binding.extend_from_slice(&cost.memory_kib.to_be_bytes());
    binding.extend_from_slice(&cost.passes.to_be_bytes());
    binding
}
