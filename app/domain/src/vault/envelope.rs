//! Ops sealed to the server: they can be delivered by somebody who cannot read them.
//!
//! HPKE (RFC 9180), base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. An envelope says
//! nothing of its writer that others could not have forged: whose op it is, the server takes from the
//! session that delivers it, and compares.

use crate::ids::{DeviceId, SealingKeyId, UserId};
use base64ct::{Base64, Encoding};
use hpke::aead::{AeadCtxS, AesGcm256};
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Layout of an envelope: this byte, 16 of the key's id, 32 of the encapsulated key, the text with its tag.
const LAYOUT: u8 = 1;
const ID: usize = 16;
const ENCAPSULATED: usize = 32;
/// What the key is used for: an envelope of another purpose does not open.
const INFO: &[u8] = b"lignum op 1";

/// What lies in an envelope.
#[derive(Debug, Serialize, Deserialize)]
pub struct Letter {
    /// Who wrote the op.
    pub user: UserId,
    /// On which device.
    pub device: DeviceId,
    /// The op, in the shape of the wire.
    pub op: Box<RawValue>,
}

/// The public key to which a device seals, as the server announces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealingKey {
    /// Which key; envelopes carry it.
    pub id: SealingKeyId,
    /// The public key, base64.
    pub public: String,
}

/// The private key with which the server opens.
pub struct OpeningKey {
    id: SealingKeyId,
    private: <X25519HkdfSha256 as Kem>::PrivateKey,
}

/// Why an envelope was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unopened {
    /// Not of a layout that this version knows, or cut short.
    #[error("the sealed item is not of a known layout, or was cut short")]
    Unknown,
    /// Sealed for a key that this server does not have.
    #[error("the sealed item is for a key that this server does not have")]
    UnknownKey,
    /// It was changed on its way, or made for another purpose.
    #[error("the sealed item was changed")]
    Changed,
    /// What is in it cannot be read.
    #[error("what is in the sealed item cannot be read")]
    Unreadable,
}

/// An op could not be sealed: the key that the server announced is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key that the server announced cannot be used")]
pub struct BadKey;

impl SealingKey {
    /// Makes an envelope ready for a letter that is still to be written. That is nearly all of the work, so
    /// whoever is in a hurry when the letter is there does it before.
    ///
    /// # Errors
    /// [`BadKey`] where the announced key is none.
    pub fn make_ready(&self, rng: &mut impl CryptoRng) -> Result<Envelope, BadKey> {
        let mut public = [0; 32];
        Base64::decode(&self.public, &mut public).map_err(|_| BadKey)?;
        let public = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&public).map_err(|_| BadKey)?;
        let (encapsulated, context) =
            hpke::setup_sender_with_rng(&OpModeS::Base, &public, INFO, rng).map_err(|_| BadKey)?;
        Ok(Envelope { key: self.id, encapsulated, context })
    }

    /// Puts a letter into an envelope.
    ///
    /// # Errors
    /// [`BadKey`] where the announced key is none.
    pub fn seal(&self, letter: &Letter, rng: &mut impl CryptoRng) -> Result<Vec<u8>, BadKey> {
        self.make_ready(rng)?.seal(letter)
    }
}

/// An envelope with nothing in it yet; for one letter. What it will be sealed with is wiped when it is dropped.
pub struct Envelope {
    key: SealingKeyId,
    encapsulated: <X25519HkdfSha256 as Kem>::EncappedKey,
    context: AeadCtxS<AesGcm256, HkdfSha256, X25519HkdfSha256>,
}

impl Envelope {
    /// Puts the letter in.
    ///
    /// # Errors
    /// None in practice: a letter is never too long.
    pub fn seal(mut self, letter: &Letter) -> Result<Vec<u8>, BadKey> {
        let text = Zeroizing::new(serde_json::to_vec(letter).map_err(|_| BadKey)?);
        let mut envelope = vec![LAYOUT];
        envelope.extend_from_slice(self.key.0.as_bytes());
        let sealed = self.context.seal(&text, &envelope).map_err(|_| BadKey)?;
        envelope.extend_from_slice(&self.encapsulated.to_bytes());
        envelope.extend_from_slice(&sealed);
        Ok(envelope)
    }
}

/// For which key an envelope was sealed.
///
/// # Errors
/// [`Unopened::Unknown`] for another layout, or where it is cut short.
pub fn key_of(envelope: &[u8]) -> Result<SealingKeyId, Unopened> {
    let (&LAYOUT, rest) = envelope.split_first().ok_or(Unopened::Unknown)? else { return Err(Unopened::Unknown) };
    let id = rest.first_chunk::<ID>().ok_or(Unopened::Unknown)?;
    Ok(SealingKeyId(Uuid::from_bytes(*id)))
}

impl OpeningKey {
    /// A new pair.
    pub fn random(id: SealingKeyId, rng: &mut impl CryptoRng) -> Self {
        let (private, _) = X25519HkdfSha256::gen_keypair_with_rng(rng);
        Self { id, private }
    }

    /// From where it was kept.
    ///
    /// # Errors
    /// [`BadKey`] where these are not the bytes of a key.
    pub fn from_bytes(id: SealingKeyId, bytes: &[u8]) -> Result<Self, BadKey> {
        let private = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(bytes).map_err(|_| BadKey)?;
        Ok(Self { id, private })
    }

    /// To be kept where only the server reads.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.private.to_bytes().to_vec())
    }

    /// Which key it is.
    pub const fn id(&self) -> SealingKeyId {
        self.id
    }

    /// What devices seal to.
    pub fn announced(&self) -> SealingKey {
        let public = X25519HkdfSha256::sk_to_pk(&self.private).to_bytes();
        SealingKey { id: self.id, public: Base64::encode_string(&public) }
    }

    /// Opens an envelope.
    ///
    /// # Errors
    /// See [`Unopened`].
    pub fn open(&self, envelope: &[u8]) -> Result<Letter, Unopened> {
        if key_of(envelope)? != self.id {
            return Err(Unopened::UnknownKey);
        }
        let (address, rest) = envelope.split_at_checked(1 + ID).ok_or(Unopened::Unknown)?;
        let (encapsulated, sealed) = rest.split_at_checked(ENCAPSULATED).ok_or(Unopened::Unknown)?;
        let encapsulated =
            <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| Unopened::Unknown)?;
        let text = hpke::single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &self.private,
            &encapsulated,
            INFO,
            sealed,
            address,
        )
        .map_err(|_| Unopened::Changed)?;
        serde_json::from_slice(&text).map_err(|_| Unopened::Unreadable)
    }
}

impl std::fmt::Debug for OpeningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpeningKey({}, …)", self.id)
    }
}
