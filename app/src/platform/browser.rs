//! The browser's side of the device.

pub mod chance;
pub mod clock;
pub mod lock;
pub mod net;
pub mod page;
pub mod passkey;
pub mod picture;
pub mod prefs;
pub mod store;
pub mod tabs;
