//! Passwords: hashed with Argon2id, a few at a time.
//!
//! One hash takes 19 MiB and some 30 ms. A crowd that signs in at once, after an outage or on purpose,
//! therefore waits in line for as many places as there are processors; the memory stays bounded, and
//! who waits too long is told to come back.

use std::{sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::{self, phc::PasswordHash},
};
use rand::Rng;
use tokio::sync::Semaphore;

pub use super::common::check_new;

/// How long somebody waits in line before being told to come back.
const PATIENCE: Duration = Duration::from_secs(10);

/// What one hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for PasswordCost {
    /// OWASP's first choice for Argon2id: 19 MiB, two passes.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2 }
    }
}

/// Why a password could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The line is too long.
    #[error("too many people are signing in at this moment")]
    Busy,
    /// The cost is out of bounds, or a stored hash is damaged.
    #[error("a password could not be hashed: {0}")]
    Hash(password_hash::Error),
    /// The program is stopping.
    #[error("the work on a password was given up")]
    GivenUp,
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is not the password.
    Wrong,
    /// It is.
    Right,
    /// It is; store this hash instead, which has today's cost.
    RightButOutdated(String),
}

/// Hashes and verifies passwords. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    places: Arc<Semaphore>,
    /// A hash of nobody's password: unknown names take as long as known ones.
    decoy: Arc<str>,
}

impl Passwords {
    /// Takes the cost from the configuration.
    pub fn new(cost: PasswordCost) -> Result<Self, PasswordError> {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None)
            .map_err(|problem| PasswordError::Hash(problem.into()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut nobody = [0; 32];
        rand::rng().fill_bytes(&mut nobody);
        let decoy = hash_now(&argon2, &nobody)?.into();
        let places = std::thread::available_parallelism().map_or(2, |n| n.get().clamp(1, 4));
        Ok(Self { argon2, places: Arc::new(Semaphore::new(places)), decoy })
    }

    /// Hashes a new password, with a salt of its own.
    pub async fn hash(&self, password: &str) -> Result<String, PasswordError> {
        let password = password.to_owned();
        self.in_line(move |argon2| hash_now(argon2, password.as_bytes())).await
    }

    /// Tries a password against a stored hash; against nobody's where there is none.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<Verdict, PasswordError> {
        let known = stored.is_some();
        let stored = stored.unwrap_or(&self.decoy).to_owned();
        let password = password.to_owned();
        let verdict = self.in_line(move |argon2| verify_now(argon2, password.as_bytes(), &stored)).await?;
        Ok(if known { verdict } else { Verdict::Wrong })
    }

    async fn in_line<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let place = tokio::time::timeout(PATIENCE, Arc::clone(&self.places).acquire_owned())
            .await
            .map_err(|_| PasswordError::Busy)?
            .map_err(|_| PasswordError::GivenUp)?;
        let argon2 = self.argon2.clone();
        // The place goes along: a request that is given up leaves its work running.
        tokio::task::spawn_blocking(move || {
            let _place = place;
            work(&argon2)
        })
        .await
        .map_err(|_| PasswordError::GivenUp)?
    }
}

fn hash_now(argon2: &Argon2<'_>, password: &[u8]) -> Result<String, PasswordError> {
    let mut salt = [0; 16];
    rand::rng().fill_bytes(&mut salt);
    Ok(argon2.hash_password_with_salt(password, &salt).map_err(PasswordError::Hash)?.to_string())
}

fn verify_now(argon2: &Argon2<'_>, password: &[u8], stored: &str) -> Result<Verdict, PasswordError> {
    let parsed = PasswordHash::new(stored).map_err(|problem| PasswordError::Hash(problem.into()))?;
    match argon2.verify_password(password, &parsed) {
        Ok(()) => {}
        Err(password_hash::Error::PasswordInvalid) => return Ok(Verdict::Wrong),
        Err(problem) => return Err(PasswordError::Hash(problem)),
    }
    let today = argon2.params();
    let is_today = Params::try_from(&parsed).is_ok_and(|then| {
        (then.m_cost(), then.t_cost(), then.p_cost()) == (today.m_cost(), today.t_cost(), today.p_cost())
    });
    if is_today { Ok(Verdict::Right) } else { hash_now(argon2, password).map(Verdict::RightButOutdated) }
}

#[cfg(test)]
mod tests {
    use super::{PasswordCost, Passwords, Verdict};

    const CHEAP: PasswordCost = PasswordCost { memory_kib: 64, passes: 1 };

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let passwords = Passwords::new(CHEAP).unwrap();
        let stored = passwords.hash("green lizards on a wall").await.unwrap();
        assert_eq!(passwords.verify("green lizards on a wall", Some(&stored)).await.unwrap(), Verdict::Right);
        assert_eq!(passwords.verify("green lizards on a wal", Some(&stored)).await.unwrap(), Verdict::Wrong);
        assert_eq!(passwords.verify("green lizards on a wall", None).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn the_same_password_is_stored_differently_each_time() {
        let passwords = Passwords::new(CHEAP).unwrap();
        assert_ne!(passwords.hash("a").await.unwrap(), passwords.hash("a").await.unwrap());
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_is_replaced() {
        let stored = Passwords::new(CHEAP).unwrap().hash("green lizards").await.unwrap();
        let dearer = Passwords::new(PasswordCost { memory_kib: 128, passes: 2 }).unwrap();
        let Verdict::RightButOutdated(better) = dearer.verify("green lizards", Some(&stored)).await.unwrap() else {
            panic!("an outdated hash was left as it is")
        };
        assert_eq!(dearer.verify("green lizards", Some(&better)).await.unwrap(), Verdict::Right);
    }
}
