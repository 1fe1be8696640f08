//! Referrals: who asks that a young person be considered, why, and what became of it.
//!
//! ```text
//! Received ⇄ Information asked
//!    └────────────┴──→ Accepted and assigned | Not eligible | Referred elsewhere
//! ```

mod form;

pub use form::{Particulars, STEPS, Source, Tried};

use crate::access::{Actor, Role};
use crate::client::{Case, CaseStatus, Client};
use crate::clock::Moment;
use crate::error::Refusal;
use crate::ids::{CaseId, ClientId, ReferralId, RegionId, SchoolId, UserId};
use crate::reference::ReferenceNumber;
use crate::text::{Line, Narrative};
use serde::{Deserialize, Serialize};

/// A request that a young person be considered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    /// Which.
    pub id: ReferralId,
    /// Given by whoever took the form down [M47]; becomes the client's number.
    pub reference: ReferenceNumber,
    /// The region whose supervisor triages it.
    pub region: RegionId,
    /// The school it came from, if a counsellor sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub school: Option<SchoolId>,
    /// The user who sent it.
    pub referrer: UserId,
    /// When it was sent, by the device's clock.
    pub sent_at: Moment,
    /// What the form says.
    pub particulars: Particulars,
    /// What became of it.
    pub state: ReferralState,
    /// Questions and answers, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<Exchange>,
    /// Whom it may be a second referral of; only a supervisor sees this.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub possible_duplicates: Vec<PossibleDuplicate>,
}

/// What became of a referral.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum ReferralState {
    /// It waits for the supervisor.
    Received,
    /// It waits for the referrer's answer.
    InformationAsked,
    /// A client's file is open and an officer has it.
    Accepted {
        /// The client's file; withheld from the referrer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client: Option<ClientId>,
        /// When.
        at: Moment,
    },
    /// The person does not meet the criteria.
    NotEligible {
        /// Why, in words that the referrer reads.
        reason: Line,
        /// When.
        at: Moment,
    },
    /// Another agency is asked.
    ReferredElsewhere {
        /// Which agency.
        to: Line,
        /// Why, in words that the referrer reads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Line>,
        /// When.
        at: Moment,
    },
}

impl ReferralState {
    /// The stable word for the database.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::InformationAsked => "information-asked",
            Self::Accepted { .. } => "accepted",
            Self::NotEligible { .. } => "not-eligible",
            Self::ReferredElsewhere { .. } => "referred-elsewhere",
        }
    }

    /// The word on the screen.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Received => "Received",
            Self::InformationAsked => "Information asked",
            Self::Accepted { .. } => "Assigned",
            Self::NotEligible { .. } => "Not eligible",
            Self::ReferredElsewhere { .. } => "Referred elsewhere",
        }
    }

    /// Whether a supervisor has still to decide.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Received | Self::InformationAsked)
    }
}

/// A question of the supervisor and the referrer's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// What was asked.
    pub question: Narrative,
    /// When.
    pub asked_at: Moment,
    /// What was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Narrative>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Moment>,
}

/// Someone known who may be the same person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PossibleDuplicate {
    /// The other's reference number.
    pub reference: ReferenceNumber,
    /// How sure, 0 to 100; see [`crate::matching`].
    pub likeness: u8,
}

impl Referral {
    /// Takes up a referral. The region is the school's, or that of the officer who took down the intake.
    pub fn receive(
        id: ReferralId,
        reference: ReferenceNumber,
        actor: &Actor,
        particulars: Particulars,
        sent_at: Moment,
    ) -> Result<Self, Refusal> {
        let region = actor.region.ok_or_else(|| {
            Refusal::new("no-region", "Your account has no region yet. Please ask the administrator.")
        })?;
        let school = match actor.role {
            Role::Counsellor => Some(actor.school.ok_or_else(|| {
                Refusal::new("no-school", "Your account has no school yet. Please ask the administrator.")
            })?),
            _ => None,
        };
        Ok(Self {
            id,
            reference,
            region,
            school,
            referrer: actor.user,
            sent_at,
            particulars,
            state: ReferralState::Received,
            exchanges: Vec::new(),
            possible_duplicates: Vec::new(),
        })
    }

    fn decided_already(&self) -> Refusal {
        Refusal::new("already-decided", format!("This referral has been decided already: {}.", self.state.label()))
    }

    fn expect_open(&self) -> Result<(), Refusal> {
        if self.state.is_open() { Ok(()) } else { Err(self.decided_already()) }
    }

    /// The supervisor asks for information.
    pub fn ask(mut self, question: Narrative, at: Moment) -> Result<Self, Refusal> {
        self.expect_open()?;
        self.exchanges.push(Exchange { question, asked_at: at, answer: None, answered_at: None });
        Ok(Self { state: ReferralState::InformationAsked, ..self })
    }

    /// The referrer answers the open questions.
    #[expect(clippy::needless_pass_by_value, reason = "each step takes what the person gave, as the others do")]
    pub fn answer(mut self, answer: Narrative, at: Moment) -> Result<Self, Refusal> {
        self.expect_open()?;
        let mut open = self.exchanges.iter_mut().filter(|e| e.answer.is_none()).peekable();
        if open.peek().is_none() {
            return Err(Refusal::new("nothing-asked", "There is no open question on this referral."));
        }
        for exchange in open {
            exchange.answer = Some(answer.clone());
            exchange.answered_at = Some(at);
        }
        Ok(Self { state: ReferralState::Received, ..self })
    }

    /// The supervisor declares the person not eligible.
    pub fn decline(self, reason: Line, at: Moment) -> Result<Self, Refusal> {
        self.expect_open()?;
        Ok(Self { state: ReferralState::NotEligible { reason, at }, ..self })
    }

    /// The supervisor refers the person to another agency.
    pub fn refer_elsewhere(self, to: Line, reason: Option<Line>, at: Moment) -> Result<Self, Refusal> {
        self.expect_open()?;
        Ok(Self { state: ReferralState::ReferredElsewhere { to, reason, at }, ..self })
    }

    /// The supervisor accepts: the client's file opens, and an officer has the case.
    pub fn accept(
        self,
        client: ClientId,
        case: CaseId,
        officer: UserId,
        officer_name: String,
        at: Moment,
    ) -> Result<(Self, Client), Refusal> {
        self.expect_open()?;
        let opened = Client {
            id: client,
            reference: self.reference.clone(),
            region: self.region,
            referral: self.id,
            referring_school: self.school,
            profile: self.particulars.profile.clone(),
            conflicts: Vec::new(),
            case: Case { id: case, officer, officer_name, opened_at: at, assigned_at: at, status: CaseStatus::Active },
        };
        Ok((Self { state: ReferralState::Accepted { client: Some(client), at }, ..self }, opened))
    }

    /// The referral as this role may see it: the referrer learns the status, not whose file it became
    /// nor whom it resembles [DPA: adequate, relevant, minimal].
    #[must_use]
    pub fn as_seen_by(mut self, role: Role) -> Self {
        if role != Role::Supervisor {
            self.possible_duplicates.clear();
            if let ReferralState::Accepted { client, .. } = &mut self.state {
                *client = None;
            }
        }
        self
    }
}

#[cfg(test)]
mod tests;
