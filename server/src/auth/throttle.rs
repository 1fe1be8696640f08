//! The brake on guessing passwords.
//!
//! # The rule
//! * Wrong passwords are counted for the account and for the network address; a count is forgotten when
//!   nothing wrong has been tried for the window (15 minutes).
//! * After the third wrong password for an account the next try has to wait 2 seconds, then 4, 8 and so
//!   on; from the tenth on, a third of the window (5 minutes). A try during the wait is turned away
//!   without a look at the password, and does not lengthen the wait.
//! * An address may try a hundred times, as a whole school can share it; then it waits too, at most a
//!   minute each time.
//! * A browser in which this person has signed in before carries a mark, and has a count of its own. So
//!   nobody can lock an officer out of her phone by guessing from elsewhere. The mark loses its power
//!   when the password is changed or the session is ended from another device.
//! * Whether an account exists makes no difference to any of this.
//!
//! A try is counted before the password is looked at and taken back when it was right: many tries at the
//! same instant count as many.

use std::{net::IpAddr, time::Duration};

use sha2::{Digest, Sha256};

use super::token::TokenHash;
use crate::config::SignInConfig;

/// So many wrong passwords cost nothing: fingers slip.
const FREE: u32 = 3;
/// The longest wait of an address.
const ADDRESS_WAIT: Duration = Duration::from_mins(1);

/// Something whose wrong passwords are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// What is counted, hashed: the table tells nothing about who tries.
    pub key: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Account,
    Address,
}

impl Counted {
    /// An account, by the name that was typed.
    pub fn account(username: &str) -> Self {
        Self { key: key("account", username.as_bytes()), kind: Kind::Account }
    }

    /// A network address. Of IPv6 the half that a provider gives to one customer.
    pub fn address(address: IpAddr) -> Self {
        let key = match address.to_canonical() {
            IpAddr::V4(address) => key("address", &address.octets()),
            IpAddr::V6(address) => key("address", &address.octets()[..8]),
        };
        Self { key, kind: Kind::Address }
    }

    /// A browser in which the account's owner has signed in before.
    pub fn own_browser(username: &str, mark: &TokenHash) -> Self {
        Self { key: key(&format!("browser {username}"), mark), kind: Kind::Account }
    }

    /// The present password, asked for when a new one is set.
    pub fn password_change(username: &str) -> Self {
        Self { key: key("change", username.as_bytes()), kind: Kind::Account }
    }

    /// How long to wait after so many wrong passwords.
    pub fn wait(&self, failures: u32, limits: &SignInConfig) -> Duration {
        let doubled = |times: u32| Duration::from_secs(2u64.saturating_pow(times.min(32)));
        match self.kind {
            Kind::Account => {
                let longest = limits.window / 3;
                let free = FREE.min(limits.attempts_per_account);
                match failures {
                    n if n < free => Duration::ZERO,
                    n if n >= limits.attempts_per_account => longest,
                    n => doubled(n - free + 1).min(longest),
                }
            }
            Kind::Address => match failures.checked_sub(limits.attempts_per_address) {
                None => Duration::ZERO,
                Some(beyond) => doubled(beyond).min(ADDRESS_WAIT).min(limits.window),
            },
        }
    }

    /// Whether a right password wipes the count out, or only takes its own try back.
    pub fn is_wiped_by_success(&self) -> bool {
        self.kind == Kind::Account
    }
}

fn key(kind: &str, what: &[u8]) -> String {
    let digest = Sha256::new().chain_update(kind).chain_update([0]).chain_update(what).finalize();
    domain::sync::chain::hex(&digest.into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Counted;
    use crate::config::SignInConfig;

    const LIMITS: SignInConfig =
        SignInConfig { window: Duration::from_mins(15), attempts_per_account: 10, attempts_per_address: 100 };

    #[test]
    fn the_wait_grows_and_ends_at_five_minutes() {
        let account = Counted::account("officer");
        let waits: Vec<_> = (0..14).map(|n| account.wait(n, &LIMITS).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 300, 300, 300, 300]);
        assert_eq!(account.wait(u32::MAX, &LIMITS).as_secs(), 300);
    }

    #[test]
    fn a_school_behind_one_address_is_not_held_up_by_slips() {
        let school = Counted::address("192.0.2.1".parse().unwrap());
        assert_eq!(school.wait(99, &LIMITS), Duration::ZERO);
        assert_eq!(school.wait(100, &LIMITS).as_secs(), 1);
        assert_eq!(school.wait(u32::MAX, &LIMITS).as_secs(), 60);
    }

    #[test]
    fn a_provider_customer_is_one_address() {
        let at = |text: &str| Counted::address(text.parse().unwrap());
        assert_eq!(at("2001:db8:1:2::1"), at("2001:db8:1:2:ffff::9"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
        assert_eq!(at("::ffff:192.0.2.1"), at("192.0.2.1"));
    }

    #[test]
    fn the_table_does_not_tell_whom_it_counts() {
        assert!(!Counted::account("officer").key.contains("officer"));
    }
}
