//! Identifiers: a newtype for each kind of thing, so that a case id cannot stand where a user id belongs.
//!
//! All are UUIDs. Those that a device makes are version 7, from the injected clock and random bits.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )+};
}

ids! {
    /// A person who signs in.
    UserId,
    /// One user's store on one browser: where a device's own counter and outbox live.
    DeviceId,
    /// A key of the server to which devices seal what is not yet sent.
    SealingKeyId,
    /// One thing that a person did; its receipt carries the same id.
    OpId,
    /// A request that a young person be considered.
    ReferralId,
    /// A person whose referral was accepted; keeps the id through every episode.
    ClientId,
    /// One episode of work with a client.
    CaseId,
    /// One recorded contact with a client.
    NoteId,
    /// A photo or a signature in a client's file; the id of the op that carried it.
    AttachmentId,
    /// The content of an attachment, on a device and on its way.
    ContentId,
    /// A ministry region: a supervisor's ground.
    RegionId,
    /// A school.
    SchoolId,
    /// A community.
    CommunityId,
}

/// Makes a version 7 UUID from a moment and ten random bytes, both given by the caller.
pub fn uuid_v7(unix_ms: u64, random: [u8; 10]) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid()
}
