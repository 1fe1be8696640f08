//! The person who holds a phone, and what they do with it. The proof on a real server has the same people.

use domain::access::{Actor, Role};
use domain::client::{FieldEdit, ProfileField};
use domain::clock::{Moment, iso_day, jamaica_day};
use domain::ids::{CaseId, ClientId, NoteId, OpId, ReferralId, UserId};
use domain::sync::model::Model;
use domain::sync::op::{Body, Subject};
use domain::sync::outbox::{self, QueueState, Queued};
use domain::sync::wire_v1::{AttachmentForm, ContactForm, ReferralForm};
use uuid::Uuid;

/// What a person has before them.
pub struct Hand<'a> {
    pub actor: &'a Actor,
    pub view: &'a Model,
    pub queue: &'a [Queued],
    /// The next op's id; what it makes new is numbered after it.
    pub fresh: Uuid,
    /// The reference number of a referral, should one be written.
    pub reference: String,
    /// To whom a supervisor may give a case.
    pub officers: [UserId; 2],
    pub now: Moment,
}

/// What a person does.
pub struct Deed {
    pub subject: Subject,
    pub body: Body,
    pub mends: Option<OpId>,
    /// What else that changes in the outbox.
    pub mended: Vec<Queued>,
}

impl Hand<'_> {
    /// One thing that the screen offers now, sometimes wrongly; none if there is nothing to do.
    pub fn act(&self, what: u8, which: usize) -> Option<Deed> {
        let (view, id) = (self.view, self.fresh);
        let nth = |len: usize| if len == 0 { None } else { Some(which % len) };
        let referral = nth(view.referrals.len()).and_then(|n| view.referrals.values().nth(n));
        let client = nth(view.clients.len()).and_then(|n| view.clients.values().nth(n));
        let note = client.and_then(|c| view.notes.get(&c.id)?.values().next_back());
        let on = client.map(|c| Subject::Client(c.id));
        let about = referral.map(|r| Subject::Referral(r.id));
        let officer = self.officers[which / 4 % 2];
        let (client_id, case, new_note) =
            (ClientId(Uuid::from_u128(id.as_u128() + (1 << 100))), CaseId(id), NoteId(id));
        let deed = match (self.actor.role, what % 6) {
            (Role::Counsellor, what @ 0..=3) => {
                let form = Box::new(referral_form(&self.reference, what != 3));
                Some((Subject::Referral(ReferralId(id)), Body::SendReferral { form }))
            }
            (Role::Counsellor, _) => about.map(|s| (s, Body::AnswerInformation { answer: words() })),
            (Role::Supervisor, 0 | 1) => {
                about.map(|s| (s, Body::Accept { client: client_id, case, officer, reason: words() }))
            }
            (Role::Supervisor, 2) => about.map(|s| (s, Body::AskInformation { question: words() })),
            (Role::Supervisor, 3) => {
                about.filter(|_| which > 5).map(|s| (s, Body::DeclareNotEligible { reason: words() }))
            }
            (Role::Supervisor, 4) => {
                on.or_else(|| self.accepted(which)).map(|s| (s, Body::Transfer { officer, reason: words() }))
            }
            (_, what @ (0 | 1)) => {
                on.map(|s| (s, Body::RecordContact { note: new_note, form: contact_form(what == 0, self.now) }))
            }
            (_, 2) => on.zip(note).map(|(s, n)| (s, Body::AmendContact { note: n.id, narrative: words() })),
            (_, 3) if which % 2 == 1 => on.map(|s| (s, Body::Attach { form: attachment_form(id) })),
            (_, 3) => on.zip(note).map(|(s, n)| (s, Body::FinishNextAction { note: n.id })),
            (_, 4) => return self.mend(),
            _ => on.zip(client).map(|(s, c)| {
                let from = c.profile.get(ProfileField::Nickname);
                let to = ["A", "B", "C"][which % 3].into();
                (s, Body::EditProfile { edits: vec![FieldEdit { field: ProfileField::Nickname, from, to }] })
            }),
        };
        deed.map(|(subject, body)| Deed { subject, body, mends: None, mended: Vec::new() })
    }

    /// A case that this supervisor opened: the files themselves are not on a supervisor's tablet.
    fn accepted(&self, which: usize) -> Option<Subject> {
        let opened: Vec<ClientId> = self
            .queue
            .iter()
            .filter_map(|queued| match &queued.op.body {
                Body::Accept { client, .. } => Some(*client),
                _ => None,
            })
            .collect();
        opened.get(which % opened.len().max(1)).map(|client| Subject::Client(*client))
    }

    /// The person writes a refused note anew; the refused op is kept, and done with.
    fn mend(&self) -> Option<Deed> {
        let (old, subject, note) = self.queue.iter().find_map(|q| match (&q.state, &q.op.body) {
            (QueueState::Refused { .. }, Body::RecordContact { note, .. }) => Some((q.op.id, q.op.subject, *note)),
            _ => None,
        })?;
        let mended = outbox::mend(self.queue, old, OpId(self.fresh), self.now);
        let body = Body::RecordContact { note, form: contact_form(true, self.now) };
        Some(Deed { subject, body, mends: Some(old), mended })
    }
}

fn words() -> String {
    "Words.".to_owned()
}

/// A form, or one with a fault.
fn referral_form(reference: &str, good: bool) -> ReferralForm {
    let [source, referrer_name, sex, education, parish, kin_name] =
        ["walk-in", "", "male", "primary", "st-ann", "Joan Sample"].map(String::from);
    let date_of_birth = if good { "2000-01-01" } else { "2100-01-01" }.into();
    ReferralForm {
        reference: reference.to_owned(),
        source,
        referrer_name,
        sex,
        education,
        parish,
        kin_name,
        date_of_birth,
        first_name: "Andre".into(),
        last_name: "Sample".into(),
        community: "Sample Gardens".into(),
        reason: "Words.".into(),
        applicant_signature: "on-paper".into(),
        attested: true,
        ..ReferralForm::default()
    }
}

fn contact_form(good: bool, now: Moment) -> ContactForm {
    let narrative = if good { "Words." } else { " " }.into();
    let (kind, time) = ("office".into(), "00:00".into());
    ContactForm {
        kind,
        day: iso_day(jamaica_day(now)),
        time,
        narrative,
        next_action: "Call".into(),
        ..ContactForm::default()
    }
}

fn attachment_form(content: Uuid) -> AttachmentForm {
    AttachmentForm {
        kind: "photo".into(),
        title: "Words.".into(),
        content: content.to_string(),
        media: "image/jpeg".into(),
        size: 1,
        sha256: "00".repeat(32),
        key: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into(),
    }
}
