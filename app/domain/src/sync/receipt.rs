//! The server's word about one op. The device deletes nothing before it has stored the receipt.

use crate::error::Refusal;
use crate::ids::OpId;
use serde::{Deserialize, Serialize};

/// The server's word about one op.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Which op.
    pub op: OpId,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What became of an op.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// It is in the journal and in the state, committed.
    Applied {
        /// Its place in the journal.
        position: i64,
        /// The head of the subject's chain after it, hexadecimal.
        hash: String,
    },
    /// It was judged and refused; it stays on the device until a person mends or discards it.
    Refused {
        /// Why.
        refusal: Refusal,
    },
    /// The op that it builds on is refused or has not come; it is judged when that is settled.
    Held {
        /// The op that it builds on. The op itself, where a restore took away what it speaks of and
        /// another device has still to offer that again.
        waits_for: OpId,
    },
}
