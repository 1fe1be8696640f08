//! Who is there: passwords, sessions, and the brake on guessing.
//!
//! - [`password`]: Argon2id, bounded in memory, and what a new password must be.
//! - [`token`]: the secret in the cookie; the database holds only a hash of it.
//! - [`throttle`]: how long to wait after wrong passwords.
//! - [`sign_in`], [`session`]: beginning a session, finding it again, ending it.
//! - [`layer`]: every request learns whose session it carries, if any.
//!
//! A session is not data: it only lets things be sent. Every request looks its session up, so that a
//! revoked session, a disabled account or a changed role acts at the next request.

pub mod address;
mod common;
pub mod layer;
pub mod password;
pub mod session;
pub mod sign_in;
pub mod throttle;
pub mod token;

use domain::access::Actor;
use uuid::Uuid;

/// A person who has signed in, as this request's cookie says and the database confirms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Which session; not the secret.
    pub id: Uuid,
    /// Who acts, in which role and scope, as the database has it at this moment.
    pub actor: Actor,
    /// Counts up when role, region or school change: see `domain::sync::pull::Cursor::scope`.
    pub scope_version: i64,
}
