//! Version 1 of what travels between a phone and the server.
//!
//! Forms travel as the person filled them in: plain strings, which both sides parse with the same
//! code. So a draft, an op and a correction of a refused op are one shape, and a field that a later
//! version adds is simply empty in an older phone's op. Never change the meaning of a field here:
//! phones that were offline for 180 days still speak this version. `tests/golden` pins the shapes.

use crate::access::Actor;
use crate::attachment::Attachment;
use crate::caseload::{CaseloadLimits, Colleague};
use crate::client::{Client, FieldEdit, ProfileField};
use crate::clock::Moment;
use crate::contact::ContactNote;
use crate::ids::{CaseId, ClientId, DeviceId, NoteId, OpId, ReferralId, SealingKeyId, UserId};
use crate::referral::Referral;
use crate::site::Sites;
use crate::sync::receipt::Receipt;
use crate::vault::envelope::SealingKey;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

/// The number of this version.
pub const VERSION: u16 = 1;

/// The most ops that one request may carry.
pub const MAX_OPS: usize = 200;

/// What a device sends: what it has to say, and up to where it has listened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SyncRequest {
    /// [`VERSION`].
    pub v: u16,
    /// The device.
    pub device: DeviceId,
    /// Whose store this is. The session decides who acts; where the two differ (somebody else has
    /// signed in on the same tablet meanwhile) the server refuses the request and touches nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Where the last pull ended; none on a new device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Ops in the order of their `seq`. Each is read by itself: one that cannot be read is refused alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ops: Vec<Box<RawValue>>,
    /// How many ops wait on the device, these included: a number for the supervisor, no content.
    #[serde(default)]
    pub unsent: u32,
    /// The device's clock, to warn when it is far off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Moment>,
    /// How the device does: numbers for its person and their supervisor, no content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<DeviceState>,
    /// To which of the server's keys the device seals what is unsent; none before it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealing_key: Option<SealingKeyId>,
}

/// What a device delivers while it is locked, or after its vault was destroyed: ops in envelopes
/// ([`crate::vault::envelope`]). `POST /api/v1/sealed`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SealedRequest {
    /// [`VERSION`].
    pub v: u16,
    /// The device that delivers; its own name, also where the envelopes are of the vault before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// The envelopes, in the order of their numbers; may be empty, to ask how the device stands.
    #[serde(default)]
    pub boxes: Vec<SealedBox>,
}

/// An envelope.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SealedBox {
    /// The number under which it lies on the device.
    pub seq: u64,
    /// The envelope, base64.
    pub sealed: String,
}

/// What the server answers to envelopes. One that is in none of the lists was not touched: it is to be sent
/// again, before every later one of its file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SealedResponse {
    /// [`VERSION`].
    pub v: u16,
    /// Numbers that need not be sent again: the server has judged what was in them, or keeps it for a supervisor.
    pub taken: Vec<u64>,
    /// Numbers of what the rules hold: it is kept nowhere but on the device, and comes again another day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<u64>,
    /// Envelopes that were not opened. They stay on the device.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<SealedRefusal>,
    /// The device was reported lost: its key is to be destroyed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub revoked: bool,
}

/// An envelope that was not opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedRefusal {
    /// The number under which it lies on the device.
    pub seq: u64,
    /// Why, as a stable word.
    pub code: String,
}

/// How far a content has come: the answer to each of its chunks, and to the question. A device asks first,
/// so that what a cut connection carried is not carried again. `/api/v1/contents/{content}[/{chunk}]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentProgress {
    /// [`VERSION`].
    pub v: u16,
    /// The chunks that have still to come, counted from nought. None: the server has settled it.
    pub missing: Vec<u32>,
}

/// How a device does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceState {
    /// When the oldest item that waits was saved, by the device's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest_unsent: Option<Moment>,
    /// The app's version.
    pub version: String,
    /// Megabytes that this site uses on the device.
    pub used_mb: u32,
    /// Megabytes that the browser would allow.
    pub quota_mb: u32,
    /// Whether the browser promised not to clear them by itself.
    pub kept: bool,
}

/// What the server answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SyncResponse {
    /// [`VERSION`].
    pub v: u16,
    /// Which life of the database this is; a new one after a restore from backup.
    pub epoch: Uuid,
    /// One for each op that was taken up. An op without a receipt was not touched: send it again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub receipts: Vec<Receipt>,
    /// True on the first page of a pull from the beginning: what the device holds and this pull does
    /// not name is to be forgotten when the last page has come.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reset: bool,
    /// What changed, whole files or parts of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Record>,
    /// Files that left this person's scope.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forget: Vec<Uuid>,
    /// Where the next pull begins.
    pub cursor: String,
    /// Whether there is another page.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// The server's clock.
    pub now: Moment,
    /// Who the session belongs to, on a pull from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub me: Option<Actor>,
    /// The key to which unsent ops are to be sealed, where the device has another or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealing_key: Option<SealingKey>,
}

/// One thing that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "kebab-case")]
pub enum Record {
    /// A referral, as the person may see it.
    Referral(Box<Referral>),
    /// A client's profile and case.
    Client(Box<Client>),
    /// A contact note with its amendments.
    Note(Box<ContactNote>),
    /// A photo or a signature, without its content.
    Attachment(Box<Attachment>),
    /// All places, sent whole when one changed.
    Sites(Box<Sites>),
    /// The officers to whom this supervisor can assign, sent whole when one changed.
    Colleagues {
        /// By name.
        officers: Vec<Colleague>,
        /// From which load on the guard speaks.
        limits: CaseloadLimits,
    },
}

/// One thing that a person did, as it travels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Op {
    /// Made on the device, version 7; the receipt carries the same.
    pub id: OpId,
    /// The device's own counter, without gaps.
    pub seq: u64,
    /// What it is about.
    pub subject: Subject,
    /// The device's clock when the person saved.
    pub recorded_at: Moment,
    /// An op of the same device that this one builds on; until that is applied, this one is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<OpId>,
    /// The refused op that this one mends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mends: Option<OpId>,
    /// What was done.
    pub body: Body,
}

/// What an op is about: the file whose order of events it joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "kebab-case")]
pub enum Subject {
    /// A referral.
    Referral(ReferralId),
    /// A client's file.
    Client(ClientId),
}

impl Subject {
    /// The id, whatever the kind.
    pub const fn uuid(self) -> Uuid {
        match self {
            Self::Referral(id) => id.0,
            Self::Client(id) => id.0,
        }
    }

    /// The stable word for the kind.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Referral(_) => "referral",
            Self::Client(_) => "client",
        }
    }
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Body {
    /// A referral is sent, or the intake of a walk-in taken down.
    SendReferral {
        /// As filled in.
        form: Box<ReferralForm>,
    },
    /// The supervisor asks the referrer for information.
    AskInformation {
        /// The question.
        question: String,
    },
    /// The referrer answers.
    AnswerInformation {
        /// The answer.
        answer: String,
    },
    /// The supervisor accepts the referral, opens the client's file and assigns an officer.
    Accept {
        /// The new client's id, made on the supervisor's device.
        client: ClientId,
        /// The new case's id.
        case: CaseId,
        /// Who gets the case.
        officer: UserId,
        /// Why, where the officer's load is past the limit.
        #[serde(default)]
        reason: String,
    },
    /// The supervisor declares the person not eligible.
    DeclareNotEligible {
        /// Why, in words that the school will read.
        reason: String,
    },
    /// The supervisor refers the person to another agency.
    ReferElsewhere {
        /// Where.
        to: String,
        /// Why, in words that the school will read.
        #[serde(default)]
        reason: String,
    },
    /// The supervisor hands the case to another officer.
    Transfer {
        /// Who gets it.
        officer: UserId,
        /// Why.
        reason: String,
    },
    /// A contact took place or was tried.
    RecordContact {
        /// The new note's id.
        note: NoteId,
        /// As filled in.
        form: ContactForm,
    },
    /// A note is corrected; the original stays.
    AmendContact {
        /// Which note.
        note: NoteId,
        /// What should be read.
        narrative: String,
    },
    /// What a note promised is done.
    FinishNextAction {
        /// Which note.
        note: NoteId,
    },
    /// A photo or a signature is put into the file. Its id is the op's; its content follows by itself.
    Attach {
        /// As filled in.
        form: AttachmentForm,
    },
    /// Fields of the profile are changed.
    EditProfile {
        /// Which, from what to what.
        edits: Vec<FieldEdit>,
    },
    /// One of two values is chosen.
    SettleConflict {
        /// Of which field.
        field: ProfileField,
        /// The value that counts.
        value: String,
        /// All values between which the person chose. One that came meanwhile is not among them and stays
        /// to be settled.
        #[serde(default)]
        seen: Vec<String>,
    },
}

impl Body {
    /// The stable word for what was done, for logs and the journal.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SendReferral { .. } => "send-referral",
            Self::AskInformation { .. } => "ask-information",
            Self::AnswerInformation { .. } => "answer-information",
            Self::Accept { .. } => "accept",
            Self::DeclareNotEligible { .. } => "declare-not-eligible",
            Self::ReferElsewhere { .. } => "refer-elsewhere",
            Self::Transfer { .. } => "transfer",
            Self::RecordContact { .. } => "record-contact",
            Self::AmendContact { .. } => "amend-contact",
            Self::FinishNextAction { .. } => "finish-next-action",
            Self::Attach { .. } => "attach",
            Self::EditProfile { .. } => "edit-profile",
            Self::SettleConflict { .. } => "settle-conflict",
        }
    }
}

/// The referral and intake form [M47], as filled in. One form serves schools, partners and walk-ins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each field is named as the form's question; `referral` documents what they mean")]
pub struct ReferralForm {
    pub reference: String,
    pub source: String,
    pub referrer_name: String,
    pub referrer_role: String,
    pub referrer_organisation: String,
    pub first_name: String,
    pub last_name: String,
    pub nickname: String,
    pub sex: String,
    pub date_of_birth: String,
    pub birth_estimated: bool,
    pub education: String,
    pub school: String,
    pub grade: String,
    pub srn: String,
    pub parish: String,
    pub community: String,
    pub address: String,
    pub phone: String,
    pub reason: String,
    pub tried: Vec<String>,
    pub tried_note: String,
    pub guardian_name: String,
    pub guardian_relation: String,
    pub guardian_phone: String,
    pub kin_is_guardian: bool,
    pub kin_name: String,
    pub kin_phone: String,
    pub applicant_signature: String,
    pub guardian_signature: String,
    pub attested: bool,
}

/// A contact note, as filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each field is named as the form's question; `contact` documents what they mean")]
pub struct ContactForm {
    pub kind: String,
    pub day: String,
    pub time: String,
    pub reached: String,
    pub present: Vec<String>,
    pub narrative: String,
    pub compliance: String,
    pub next_action: String,
    pub next_action_due: String,
}

/// A photo or a signature, as filled in. What the person sees is the first two; the rest is made when the
/// picture is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AttachmentForm {
    /// Photo or signature.
    pub kind: String,
    /// What it shows, or who signed what.
    pub title: String,
    /// The content's name.
    pub content: String,
    /// Its media type.
    pub media: String,
    /// How many bytes it has, open.
    pub size: u32,
    /// What it hashes to, open: hexadecimal.
    pub sha256: String,
    /// Under which key it is sealed: base64.
    pub key: String,
}
