//! The content of an attachment: sealed under a key of its own, cut into chunks, known by its digest.
//!
//! It is sealed as soon as it is taken and lies on the device as it will travel. The key stands in the op,
//! which is sealed itself while it lies there. So whoever carries the chunks (the service worker, while the
//! app is locked) reads nothing, also after the vault's key was destroyed; the server opens them with the
//! key from the op. Each chunk is bound to its content, its place and the number of chunks.

use crate::ids::ContentId;
use crate::sync::chain::hex;
use crate::vault::{CryptoRng, DataKey, VaultError};
use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::str::FromStr;
use zeroize::Zeroizing;

/// Bytes of content in one chunk; the last has what is left. Small enough for one breath of a slow network.
pub const CHUNK: usize = 128 * 1024;
/// What sealing adds to a chunk.
pub const SEAL: usize = 29;
/// The largest content, in bytes. A page of paper at the size to which phones shrink it has a tenth.
pub const MAX_BYTES: u32 = 3 * 1024 * 1024;
/// Pictures are shrunk until neither side has more pixels than this: a page of handwriting is legible.
pub const MAX_SIDE: u32 = 2048;

/// The kinds of picture that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Media {
    /// Photos.
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// Signatures.
    #[serde(rename = "image/png")]
    Png,
}

impl Media {
    /// The media type.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// Reads a media type.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Jpeg, Self::Png].into_iter().find(|media| media.code() == code)
    }
}

/// The content of an attachment, by name and digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Its name on the device and on its way; random.
    #[serde(rename = "content")]
    pub name: ContentId,
    /// What kind of picture.
    pub media: Media,
    /// How many bytes, open.
    pub size: u32,
    /// What it must hash to, open.
    #[serde(rename = "sha256")]
    pub digest: Digest,
}

/// The SHA-256 of an open content; in text 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        hex(&digest.0)
    }
}

/// Not a digest, or not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not of the right form")]
pub struct Malformed;

impl FromStr for Digest {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let mut digest = [0; 32];
        if text.len() != 64 {
            return Err(Malformed);
        }
        for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| Malformed)?;
            if !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(Malformed);
            }
            *byte = u8::from_str_radix(pair, 16).map_err(|_| Malformed)?;
        }
        Ok(Self(digest))
    }
}

impl TryFrom<String> for Digest {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Malformed> {
        text.parse()
    }
}

/// The key of one content. Wiped from memory when it is dropped.
#[derive(Debug)]
pub struct ContentKey(DataKey);

impl FromStr for ContentKey {
    type Err = Malformed;

    /// From base64, as it stands in the op.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let mut bytes = Zeroizing::new([0; 32]);
        let read = Base64::decode(text, bytes.as_mut_slice()).map_err(|_| Malformed)?;
        if read.len() != 32 {
            return Err(Malformed);
        }
        Ok(Self(DataKey::of(bytes)))
    }
}

impl ContentKey {
    /// A new key.
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        Self(DataKey::random(rng))
    }

    /// In base64, to stand in the op.
    pub fn to_text(&self) -> String {
        Base64::encode_string(self.0.bytes())
    }

    /// Cuts a content into chunks and seals each.
    ///
    /// # Errors
    /// Never for what is not larger than [`MAX_BYTES`].
    pub fn seal(&self, name: ContentId, open: &[u8], rng: &mut impl CryptoRng) -> Result<Vec<Vec<u8>>, VaultError> {
        let count = open.len().div_ceil(CHUNK);
        let chunks = open.chunks(CHUNK).enumerate();
        chunks
            .map(|(at, chunk)| self.0.seal(&place(name, at, count).each_ref().map(String::as_str), chunk, rng))
            .collect()
    }

    /// Seals a content in one piece, to be kept where others might look.
    ///
    /// # Errors
    /// Never for what is not larger than [`MAX_BYTES`].
    pub fn seal_whole(&self, name: ContentId, open: &[u8], rng: &mut impl CryptoRng) -> Result<Vec<u8>, VaultError> {
        self.0.seal(&["kept", &name.to_string()], open, rng)
    }

    /// Opens what [`Self::seal_whole`] made.
    ///
    /// # Errors
    /// [`VaultError`] where it was changed or lies under another's name.
    pub fn open_whole(&self, name: ContentId, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.0.open(&["kept", &name.to_string()], sealed)
    }

    /// Opens all chunks, in their order, and puts the content together.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] where a chunk was changed, is missing or stands at another's place.
    pub fn open(&self, name: ContentId, sealed: &[impl AsRef<[u8]>]) -> Result<Vec<u8>, VaultError> {
        let mut open = Vec::with_capacity(sealed.iter().map(|chunk| chunk.as_ref().len()).sum());
        for (at, chunk) in sealed.iter().enumerate() {
            let place = place(name, at, sealed.len());
            open.extend(self.0.open(&place.each_ref().map(String::as_str), chunk.as_ref())?);
        }
        Ok(open)
    }
}

fn place(name: ContentId, at: usize, count: usize) -> [String; 4] {
    ["content".to_owned(), name.to_string(), at.to_string(), count.to_string()]
}

impl Content {
    /// In how many chunks it travels.
    pub const fn chunks(&self) -> usize {
        (self.size as usize).div_ceil(CHUNK)
    }

    /// How many bytes a sealed chunk has; none where there is no such chunk.
    pub const fn sealed_len(&self, at: usize) -> Option<usize> {
        let size = self.size as usize;
        let Some(begins) = at.checked_mul(CHUNK) else { return None };
        if begins >= size {
            return None;
        }
        let rest = size - begins;
        Some(SEAL + if rest < CHUNK { rest } else { CHUNK })
    }

    /// Whether these open bytes are this content.
    pub fn is(&self, open: &[u8]) -> bool {
        open.len() == self.size as usize && Digest::of(open) == self.digest
    }
}
