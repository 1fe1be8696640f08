//! The device behind the screens: storage, network, locks, other tabs, clock and chance.
//!
//! Every function here exists twice with one meaning: for the browser, and as a stub for the server,
//! which renders pages and never touches a device. So nothing above this module asks where it runs.
//!
//! **Every byte that stays on the phone passes through [`store`]**; nothing else opens IndexedDB.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(feature = "hydrate")]
pub use browser::{clock, lock, net, page, prefs, store, tabs};

#[cfg(not(feature = "hydrate"))]
mod stub;
#[cfg(not(feature = "hydrate"))]
pub use stub::{clock, lock, net, page, prefs, store, tabs};

mod kinds;
pub use kinds::{NetError, Reply, Shelf, StoreError, StoreHealth, Write};
