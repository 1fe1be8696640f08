//! A data key under another key.

use super::{DataKey, VaultError};
use aes_gcm::aead::AeadInOut;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub(super) const NONCE: usize = 12;
pub(super) const TAG: usize = 16;

/// A data key as it lies on a disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wrapped {
    pub nonce: [u8; NONCE],
    pub key: [u8; 32],
    pub tag: [u8; TAG],
}

impl Wrapped {
    /// Wraps a key for what it belongs to.
    pub fn wrap(
        under: &Aes256Gcm,
        binding: &[u8],
        key: &DataKey,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, VaultError> {
        let mut nonce = [0; NONCE];
        rng.fill_bytes(&mut nonce);
        let mut wrapped = *key.bytes();
        let tag = under
            .encrypt_inout_detached(&Nonce::from(nonce), binding, InOutBuf::from(wrapped.as_mut_slice()))
            .map_err(|_| VaultError::TooLarge)?
            .into();
        Ok(Self { nonce, key: wrapped, tag })
    }

    /// Unwraps it: [`VaultError::WrongKey`] under another key, for something else, or where it was changed.
    pub fn unwrap_key(&self, under: &Aes256Gcm, binding: &[u8]) -> Result<DataKey, VaultError> {
        let mut key = Zeroizing::new(self.key);
        under
            .decrypt_inout_detached(
                &Nonce::from(self.nonce),
                binding,
                InOutBuf::from(key.as_mut_slice()),
                &Tag::from(self.tag),
            )
            .map_err(|_| VaultError::WrongKey)?;
        Ok(DataKey::of(key))
    }
}
