//! What passes between the device and the code above it.

use domain::access::Actor;
use domain::vault::Header;

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
    /// The vault is locked: the PIN opens it.
    #[error("Lignum is locked. Please unlock it, then try again. What you wrote is kept.")]
    Locked,
    /// A later version of Lignum has written here what this one cannot read.
    #[error("This was saved by a newer version of Lignum. Please update: nothing is lost.")]
    TooNew,
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

/// Why a picture could not be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The browser cannot read it.
    #[error("This browser cannot read that picture. Please take a photo, or choose a JPEG or PNG picture.")]
    Unreadable,
    /// It cannot be made small enough.
    #[error("That picture is too large for this phone. Please take it again.")]
    TooLarge,
}

/// Why a passkey gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// The person did not want to, or was not recognised, or the passkey was removed from this device.
    #[error("The fingerprint or face was not taken. Please try again, or use your PIN.")]
    Declined,
    /// This device or this browser has none that can hold a key.
    #[error("This device cannot unlock Lignum with a fingerprint or a face. The PIN does it.")]
    NotHere,
    /// Anything else, in the browser's word.
    #[error("The fingerprint or face could not be used ({0}). Please use your PIN.")]
    Other(String),
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
    /// Bytes over the network, both ways, as far as the browser tells them.
    pub bytes: u64,
}

/// How a person's store stands when it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nothing lies here, or nothing that any key could open: a PIN is to be chosen.
    New,
    /// A version without a vault left it in the open: a PIN is to be chosen, which seals it.
    InTheOpen(Box<Actor>),
    /// The PIN opens it.
    Locked(Box<Header>),
}

/// What came of trying a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlocked {
    /// The store is open.
    Open,
    /// It was not the PIN.
    Wrong,
    /// Too soon after a wrong one; it was not looked at.
    Wait,
    /// The key is gone, after too many wrong ones or because the device was reported lost.
    Destroyed,
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

impl StoreHealth {
    /// Whether little room is left: nine tenths are used.
    pub const fn is_nearly_full(self) -> bool {
        self.quota > 0 && self.used / 9 >= self.quota / 10
    }
}
