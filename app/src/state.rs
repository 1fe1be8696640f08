//! What the screens know: who is here, the files, what waits to be sent.
//!
//! * [`device`]: the store, the picture of the casework, saving. * [`sync`]: when and how to send.
//! * [`drafts`]: forms begun and not yet saved. * [`session`]: signing in and out.
//! * [`attachments`]: photos and signatures.
//! * [`vault`]: the PIN, locking and unlocking. * [`look`]: theme and text size.

pub mod attachments;
pub mod device;
pub mod drafts;
pub mod look;
pub mod picture;
pub mod session;
pub mod sync;
pub mod vault;

pub use device::{Device, Phase, SaveFailure, use_device};
pub use picture::Picture;
pub use sync::SyncPhase;
