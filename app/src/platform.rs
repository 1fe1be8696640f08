//! The device behind the screens: storage, network, locks, other tabs, clock and chance.
//!
//! Every function here exists twice with one meaning: for the browser, and as a stub for the server,
//! which renders pages and never touches a device. So nothing above this module asks where it runs.
//!
//! **Every byte that stays on the phone passes through [`store`]**; nothing else opens IndexedDB.

#[cfg(feature = "browser")]
#[expect(clippy::disallowed_methods, reason = "this is the door to the browser")]
mod browser;
#[cfg(feature = "browser")]
use browser::chance;
#[cfg(feature = "browser")]
pub use browser::{clock, lock, net, page, passkey, picture, prefs, store, tabs};

#[cfg(not(feature = "browser"))]
#[expect(clippy::unused_async, reason = "the same signatures as in the browser")]
mod stub;
#[cfg(not(feature = "browser"))]
pub use stub::{clock, lock, net, page, passkey, picture, prefs, store, tabs};

mod kinds;
pub use domain::device::shelf::{Shelf, Write};
pub use kinds::{NetError, PasskeyError, PictureError, Reply, Standing, StoreError, StoreHealth, Unlocked};
