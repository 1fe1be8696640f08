//! What passes between the device and the code above it.

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
    /// Bytes over the network, both ways, as far as the browser tells them.
    pub bytes: u64,
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
