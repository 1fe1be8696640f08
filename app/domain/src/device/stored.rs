//! The shapes in which things lie on a device.

use crate::attachment::Attachment;
use crate::client::FileHead;
use crate::clock::Moment;
use crate::contact::ContactNote;
use crate::device::shelf::{Shelf, Write};
use crate::ids::{AttachmentId, NoteId};
use crate::mutation::{Mutation, is_on};
use crate::referral::Referral;
use crate::sync::outbox::{QueueState, Queued};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;

/// Keys on the shelf of single things.
pub mod key {
    /// Who this store belongs to: an `Actor`.
    pub const ME: &str = "me";
    /// Which device this is: a `DeviceId`.
    pub const DEVICE: &str = "device";
    /// Where the last pull ended, and in which epoch: a [`crate::device::take::Kept`].
    pub const CURSOR: &str = "cursor";
    /// When everything was last exchanged with the server: a `Moment`.
    pub const EXCHANGED: &str = "exchanged";
    /// All places.
    pub const SITES: &str = "sites";
    /// Officers to assign to, and the caseload limits.
    pub const COLLEAGUES: &str = "colleagues";
    /// How much data sending and receiving took: a [`crate::device::usage::DataUsed`].
    pub const DATA_USED: &str = "data-used";
    /// To which key of the server unsent ops are sealed: a [`crate::vault::envelope::SealingKey`].
    pub const SEALING_KEY: &str = "sealing-key";
    /// The counter of reference numbers.
    pub const REFERENCES: &str = "references";
}

/// What lies on the shelf of heads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "kebab-case")]
pub enum Stored {
    /// A referral, whole.
    Referral(Box<Referral>),
    /// The head of a client's file.
    Client(Box<FileHead>),
}

/// The notes of one file, as they lie on their shelf.
pub type Notes = BTreeMap<NoteId, ContactNote>;

/// What is attached to one file, as it lies on its shelf.
pub type Attachments = BTreeMap<AttachmentId, Attachment>;

/// A form as it lay when the person last touched it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Draft<F> {
    /// The form.
    pub form: F,
    /// When it was last touched.
    pub touched_at: Moment,
}

/// A value as bytes. Serialising our own types into memory cannot fail; were it to, an empty value
/// would be written, which reads back as absent.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

/// A value from bytes; what cannot be read (an older layout that was never released) is absent.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}

/// Writes a single thing.
pub fn put_meta<T: Serialize>(key: &str, value: &T) -> Write {
    Write::Put(Shelf::Meta, key.to_owned(), encode(value))
}

/// Writes an entry of the outbox, and its envelope while it is unsent.
pub fn put_queued(queued: &Queued) -> Write {
    let is_bare = is_on(Mutation::HeldNotSealed) && matches!(queued.state, QueueState::Held { .. });
    let to_seal = (queued.state.is_unsent() && !is_bare).then(|| encode(&queued.op));
    Write::PutQueued { seq: queued.op.seq, value: encode(queued), to_seal }
}
