//! A device: makes ops, sends them, and keeps what a device keeps.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, Response, StatusCode, header},
};
use domain::{
    clock::Moment,
    ids::{CaseId, ClientId, DeviceId, NoteId, OpId, ReferralId, UserId},
    reference::ReferenceNumber,
    sync::{
        receipt::{Outcome, Receipt},
        wire_v1::{Body as OpBody, Op, Record, Subject, SyncResponse},
    },
};
use serde_json::{Value, json};
use server::clock;
use tower::ServiceExt;
use uuid::Uuid;

use super::{Person, forms, id};

/// A device of a person.
#[derive(Clone)]
pub struct Device {
    pub router: Router,
    pub person: Person,
    pub id: DeviceId,
    pub cursor: Option<String>,
    seq: u64,
    given: u32,
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub retry_after: Option<String>,
    pub body: Value,
    pub bytes: usize,
}

impl Device {
    pub fn new(router: Router, person: Person) -> Self {
        Self { router, person, id: DeviceId(id()), cursor: None, seq: 0, given: 0 }
    }

    /// An op of this device, written down now.
    pub fn op(&mut self, subject: Subject, body: OpBody) -> Op {
        self.seq += 1;
        Op { id: OpId(id()), seq: self.seq, subject, recorded_at: clock::now(), after: None, mends: None, body }
    }

    /// The next reference number.
    pub fn reference(&mut self) -> String {
        self.given += 1;
        ReferenceNumber::given_by(self.id, self.given).as_str().to_owned()
    }

    /// A good referral of somebody whom nobody else resembles.
    pub fn send_referral(&mut self) -> Op {
        let name = letters(id());
        self.send_referral_of(&name[..6], &name[6..14])
    }

    pub fn send_referral_of(&mut self, first_name: &str, last_name: &str) -> Op {
        let form = forms::referral(&self.reference(), first_name, last_name);
        self.op(Subject::Referral(ReferralId(id())), OpBody::SendReferral { form: Box::new(form) })
    }

    /// Accepts a referral; also the id of the client whose file it opens.
    pub fn accept(&mut self, referral: Subject, officer: UserId) -> (Op, ClientId) {
        let client = ClientId(id());
        (self.op(referral, OpBody::Accept { client, case: CaseId(id()), officer, reason: String::new() }), client)
    }

    pub fn transfer(&mut self, client: ClientId, officer: UserId) -> Op {
        self.op(Subject::Client(client), OpBody::Transfer { officer, reason: "Moved to the other end of town".into() })
    }

    /// A good note of a contact.
    pub fn note(&mut self, client: ClientId, narrative: &str) -> Op {
        self.op(Subject::Client(client), OpBody::RecordContact { note: NoteId(id()), form: forms::contact(narrative) })
    }

    /// Sends ops; takes no notice of what changed.
    pub async fn push(&self, ops: &[Op]) -> Answer {
        let ops: Vec<Value> = ops.iter().map(|op| serde_json::to_value(op).unwrap()).collect();
        self.push_values(&ops).await
    }

    pub async fn push_one(&self, op: &Op) -> Answer {
        self.push(std::slice::from_ref(op)).await
    }

    pub async fn push_values(&self, ops: &[Value]) -> Answer {
        self.post(&json!({ "v": 1, "device": self.id, "cursor": self.cursor, "ops": ops })).await
    }

    /// One sync with nothing to send, from where the last one ended; keeps the cursor.
    pub async fn pull(&mut self) -> SyncResponse {
        let response = self.post(&json!({ "v": 1, "device": self.id, "cursor": self.cursor })).await.synced();
        self.cursor = Some(response.cursor.clone());
        response
    }

    /// Pulls until there is no more.
    pub async fn pull_all(&mut self) -> Vec<SyncResponse> {
        let mut pages = vec![self.pull().await];
        while pages.last().unwrap().more {
            pages.push(self.pull().await);
            assert!(pages.len() < 1000, "a pull without end");
        }
        pages
    }

    /// Pulls until nothing comes any more. What other tests write in the same cluster can hold the horizon
    /// back for a moment; then the same comes again, which is allowed.
    pub async fn pull_until_quiet(&mut self) {
        for _ in 0..200 {
            let page = self.pull().await;
            if page.changes.is_empty() && page.forget.is_empty() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("the same comes again and again");
    }

    pub async fn post(&self, body: &Value) -> Answer {
        self.post_text(body.to_string()).await
    }

    pub async fn post_text(&self, body: impl Into<Body>) -> Answer {
        let response = self.router.clone().oneshot(self.request(body)).await.unwrap();
        Answer::of(response).await
    }

    pub fn request(&self, body: impl Into<Body>) -> Request<Body> {
        Request::post("/api/v1/sync")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::COOKIE, &self.person.cookie)
            .body(body.into())
            .unwrap()
    }
}

impl Answer {
    pub async fn of(response: Response<Body>) -> Self {
        let status = response.status();
        let retry_after = response.headers().get(header::RETRY_AFTER).map(|v| v.to_str().unwrap().to_owned());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Self { status, retry_after, body, bytes: bytes.len() }
    }

    /// The answer to a sync that was done.
    pub fn synced(self) -> SyncResponse {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        serde_json::from_value(self.body).unwrap()
    }

    pub fn receipts(self) -> Vec<Receipt> {
        self.synced().receipts
    }

    /// Every op was applied.
    #[track_caller]
    pub fn all_applied(self) -> Vec<Receipt> {
        let receipts = self.receipts();
        assert!(!receipts.is_empty());
        assert!(receipts.iter().all(|r| matches!(r.outcome, Outcome::Applied { .. })), "{receipts:?}");
        receipts
    }

    /// What became of the ops, in short: `applied`, `held` or the refusal's code and field.
    pub fn outcomes(self) -> Vec<String> {
        self.receipts().iter().map(|r| in_short(&r.outcome)).collect()
    }

    /// A problem of this kind.
    #[track_caller]
    pub fn is_problem(&self, status: StatusCode, code: &str) {
        assert_eq!((self.status, self.body["type"].as_str()), (status, Some(code)), "{}", self.body);
    }
}

/// What became of an op, in short.
pub fn in_short(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied { .. } => "applied".into(),
        Outcome::Held { .. } => "held".into(),
        Outcome::Refused { refusal } => match &refusal.field {
            Some(field) => format!("{}@{field}", refusal.code),
            None => refusal.code.clone(),
        },
    }
}

/// The files and parts of files that pages name: `referral`, `client`, `note`, each with its id.
pub fn named(pages: &[SyncResponse]) -> Vec<(&'static str, Uuid)> {
    let mut named: Vec<_> = pages
        .iter()
        .flat_map(|page| &page.changes)
        .filter_map(|record| match record {
            Record::Referral(referral) => Some(("referral", referral.id.0)),
            Record::Client(client) => Some(("client", client.id.0)),
            Record::Note(note) => Some(("note", note.id.0)),
            Record::Attachment(attachment) => Some(("attachment", attachment.id.0)),
            Record::Sites(_) | Record::Colleagues { .. } => None,
        })
        .collect();
    named.sort_unstable();
    named
}

/// A moment as a form writes its day.
pub fn day_of(at: Moment) -> String {
    domain::clock::iso_day(domain::clock::jamaica_day(at))
}

/// Fourteen letters that no other number gives.
fn letters(number: Uuid) -> String {
    let mut bits = number.as_u128();
    (0..14)
        .map(|_| {
            let letter = char::from(b'a' + u8::try_from(bits % 26).unwrap());
            bits /= 26;
            letter
        })
        .collect()
}
