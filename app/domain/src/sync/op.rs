//! What an op changes: the only ways in which casework state moves.

use crate::attachment::Attachment;
use crate::client::Client;
use crate::clock::Moment;
use crate::contact::ContactNote;
use crate::ids::{CaseId, ClientId, UserId};
use crate::referral::Referral;

pub use super::wire_v1::{Body, Op, Subject};

/// One change of state. The server writes it as rows, the phone lays it over its snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// This referral is now so.
    Referral(Box<Referral>),
    /// This client is now so.
    Client(Box<Client>),
    /// This note is now so: new, amended or with its next action done.
    Note(Box<ContactNote>),
    /// This attachment is new.
    Attached {
        /// Which.
        attachment: Box<Attachment>,
        /// Under which key its content comes.
        key: String,
    },
    /// The case has another officer.
    Assigned(Assignment),
}

/// A case passes into an officer's hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Whose case.
    pub client: ClientId,
    /// Which episode.
    pub case: CaseId,
    /// Who had it before; none when the case opens.
    pub from: Option<UserId>,
    /// Who has it now.
    pub to: UserId,
    /// Since when.
    pub at: Moment,
}
