//! What passes between the device and the code above it.

/// A part of a person's store on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Heads of files, small, read at the start: by file id.
    Heads,
    /// Whole files' notes, read when a file is opened: by file id.
    Bodies,
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
    PutQueued(u64, Vec<u8>),
    /// Removes an entry of the outbox that has done its time.
    DeleteQueued(u64),
}

/// Why the store could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The phone has no room left. What was there before is untouched.
    #[error("This phone is full. Please free some space, then save again. Nothing saved before is lost.")]
    Full,
    /// The browser gives no storage here (a private window, for example).
    #[error(
        "This browser does not let Lignum keep anything on this device. A private window does that; please open Lignum in an ordinary one."
    )]
    Unavailable,
    /// Another tab holds an older version open.
    #[error("Lignum is open in another tab in an older version. Please close that tab, then try again.")]
    Blocked,
    /// Anything else, in the browser's words.
    #[error("This device could not save: {0}")]
    Other(String),
}

/// Why no answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    /// No network, or the server cannot be reached.
    #[error("no network")]
    Unreachable,
    /// No answer within the time allowed.
    #[error("no answer in time")]
    TimedOut,
}

/// A server's answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Seconds to wait before asking again, if the server said so.
    pub retry_after: Option<u32>,
    /// The answer's text.
    pub body: String,
}

/// How safe the store is on this browser.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreHealth {
    /// The browser promised not to clear it by itself.
    pub persistent: bool,
    /// Bytes used by this site.
    pub used: u64,
    /// Bytes that the browser would allow.
    pub quota: u64,
}
