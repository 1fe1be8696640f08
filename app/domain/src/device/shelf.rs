//! The parts of a person's store on a device, and one change to it.

/// A part of a person's store on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shelf {
    /// Heads of files, small, read at the start: by file id.
    Heads,
    /// Whole files' notes, read when a file is opened: by file id.
    Bodies,
    /// What is attached to files, without contents, read when a file is opened: by file id.
    Attachments,
    /// Forms begun and not yet saved: by the form's own key.
    Drafts,
    /// The few things that there is one of: who, which device, the cursor, the places.
    Meta,
}

impl Shelf {
    /// The object store's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Heads => "heads",
            Self::Bodies => "bodies",
            Self::Attachments => "attachments",
            Self::Drafts => "drafts",
            Self::Meta => "meta",
        }
    }
}

/// One change to the store; several make one transaction, which happens whole or not at all.
#[derive(Debug, Clone)]
pub enum Write {
    /// Puts a value under a key.
    Put(Shelf, String, Vec<u8>),
    /// Removes a key.
    Delete(Shelf, String),
    /// Removes everything on a shelf.
    Clear(Shelf),
    /// Replaces an entry of the outbox, by its sequence number.
    PutQueued {
        /// The op's sequence number.
        seq: u64,
        /// The entry.
        value: Vec<u8>,
        /// The op itself while it is unsent: it lies here a second time, sealed to the server
        /// ([`crate::vault::envelope`]). None takes that envelope away.
        to_seal: Option<Vec<u8>>,
    },
    /// The contents of attachments are to be offered to the server again: it may have lost what it had.
    OfferContentsAgain,
    /// Removes an entry of the outbox that has done its time, with its envelope.
    DeleteQueued(u64),
}
