//! The key under which a person's store is sealed.

use super::VaultError;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Key, Nonce, Tag};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Layout of a sealed value: this byte, 12 bytes of nonce, the text, 16 bytes of tag.
const LAYOUT: u8 = 1;
const NONCE: usize = 12;
const TAG: usize = 16;

/// The random key of one person's store on one device. Wiped from memory when it is dropped.
pub struct DataKey {
    bytes: Zeroizing<[u8; 32]>,
    cipher: Aes256Gcm,
}

impl DataKey {
    /// A new key.
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill_bytes(bytes.as_mut_slice());
        Self::of(bytes)
    }

    pub(crate) fn of(bytes: Zeroizing<[u8; 32]>) -> Self {
        let cipher = Aes256Gcm::new(&Key::<Aes256Gcm>::from(*bytes));
        Self { bytes, cipher }
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Seals a value for its place in the store (shelf and key): it opens at no other place.
    ///
    /// # Errors
    /// Only where the value has more than 64 GB.
    pub fn seal(&self, place: &[&str], plain: &[u8], rng: &mut impl CryptoRng) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; NONCE];
        rng.fill_bytes(&mut nonce);
        let mut sealed = Vec::with_capacity(1 + NONCE + plain.len() + TAG);
        sealed.push(LAYOUT);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let text = sealed.get_mut(1 + NONCE..).unwrap_or_default();
        let tag = self
            .cipher
            .encrypt_inout_detached(&Nonce::from(nonce), &address(place), InOutBuf::from(text))
            .map_err(|_| VaultError::TooLarge)?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Opens what [`Self::seal`] made for the same place.
    ///
    /// # Errors
    /// [`VaultError::Unknown`] for another layout or a value cut short, [`VaultError::WrongKey`] for
    /// another key, another place, or a value that was changed.
    pub fn open(&self, place: &[&str], sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let (&LAYOUT, rest) = sealed.split_first().ok_or(VaultError::Unknown)? else { return Err(VaultError::Unknown) };
        let (nonce, rest) = rest.split_first_chunk::<NONCE>().ok_or(VaultError::Unknown)?;
        let (text, tag) = rest.split_last_chunk::<TAG>().ok_or(VaultError::Unknown)?;
        let mut plain = text.to_vec();
        self.cipher
            .decrypt_inout_detached(
                &Nonce::from(*nonce),
                &address(place),
                InOutBuf::from(plain.as_mut_slice()),
                &Tag::from(*tag),
            )
            .map_err(|_| VaultError::WrongKey)?;
        Ok(plain)
    }
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey(…)")
    }
}

/// A place as associated data: each part with its length before it, so that no two places read the same.
fn address(place: &[&str]) -> Vec<u8> {
    let mut address = vec![LAYOUT];
    for part in place {
        address.extend_from_slice(&(part.len() as u64).to_be_bytes());
        address.extend_from_slice(part.as_bytes());
    }
    address
}
