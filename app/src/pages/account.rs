//! Everybody's screens: signing in, what waits to be sent, the account, reporting a concern.

mod concern;
mod lock;
mod passkey;
mod settings;
mod sign_in;
mod sync;

pub use concern::Concern;
pub use lock::{ChoosePin, Lock};
pub use settings::Account;
pub use sign_in::SignIn;
pub use sync::Sync;
