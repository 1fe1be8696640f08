//! Apply: a batch of ops in one transaction.
//!
//! The heads of all files are locked first, then everything that the judge looks at is read, then the
//! batch is judged in memory, then everything is written, in statements over whole arrays. Where the
//! database objects to the content (a reference number given twice, an id that is taken), nothing of
//! the transaction is kept and the *careful way* is gone: every op in a transaction of its own, in
//! order, so that only the one at fault is refused. There, where trouble is passing (a collision, a lock
//! that somebody holds), that op and every later one that depends on it stay untouched, without a
//! receipt. Where the database is away, the whole batch stays untouched.

use std::collections::{BTreeMap, HashSet};

use domain::{
    access::Actor,
    clock::Moment,
    error::Refusal,
    ids::{DeviceId, OpId},
    mutation::{Mutation, is_on},
    sync::{
        op::{Body, Subject},
        receipt::Receipt,
    },
};
use uuid::Uuid;

use super::{
    SyncError, SyncService,
    draft::{Draft, named_note, named_officer},
    reading::Incoming,
};
use crate::{
    auth::Session,
    db::{
        acting, assignment, attachment,
        batch::{self, Appended, Writer},
        client, colleague, contact_note, referral, refusal, scene, subject,
        trouble::Trouble,
    },
};

/// How often a batch is tried anew after a collision with another transaction.
const TRIES: u32 = 3;

/// From where ops come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The device that made them.
    pub device: DeviceId,
    /// Whether they came in envelopes.
    pub sealed: bool,
}

/// Who pushes, from where, when.
struct Push<'a> {
    service: &'a SyncService,
    actor: &'a Actor,
    writer: Writer,
}

impl SyncService {
    /// Takes up ops: a receipt for each that was judged. Those without one were not touched.
    pub async fn push(
        &self,
        session: &Session,
        origin: Origin,
        ops: &[Incoming<'_>],
        now: Moment,
    ) -> Result<Vec<Receipt>, SyncError> {
        if ops.is_empty() {
            return Ok(Vec::new());
        }
        let Origin { device, sealed } = origin;
        let writer = Writer { actor: session.actor.user.0, device: device.0, received_at: now, sealed };
        let push = Push { service: self, actor: &session.actor, writer };
        let batch: Vec<&Incoming<'_>> = ops.iter().collect();
        match push.together(&batch).await {
            Ok(receipts) => Ok(receipts),
            Err(Trouble::Content { rule, .. }) if ops.len() > 1 => {
                tracing::info!(rule, ops = ops.len(), "a batch is taken op by op");
                push.one_by_one(ops).await
            }
            Err(Trouble::Content { rule, .. }) => Ok(push.objected(&rule, &ops[0]).await?),
            Err(trouble) if trouble.is_local() && ops.len() > 1 => {
                tracing::info!(ops = ops.len(), "a batch is taken op by op: {trouble}");
                push.one_by_one(ops).await
            }
            Err(other) => Err(other.into()),
        }
    }
}

impl Push<'_> {
    /// The whole batch in one transaction, tried anew after a collision.
    async fn together(&self, ops: &[&Incoming<'_>]) -> Result<Vec<Receipt>, Trouble> {
        let mut tries = 1;
        loop {
            match self.once(ops).await {
                Err(trouble) if trouble.is_collision() && tries < TRIES => {
                    metrics::counter!("lignum_sync_collisions_total").increment(1);
                    tries += 1;
                }
                other => return other,
            }
        }
    }

    async fn once(&self, ops: &[&Incoming<'_>]) -> Result<Vec<Receipt>, Trouble> {
        let mut transaction = acting::begin_pushing(&self.service.app, self.actor).await?;
        let mut draft = self.open(&mut transaction, ops).await?;
        for op in ops {
            draft.take(op);
        }
        let places = self.write(&mut transaction, &mut draft).await?;
        transaction.commit().await?;
        Ok(draft.receipts(&places))
    }

    /// Every op by itself, in order.
    async fn one_by_one(&self, ops: &[Incoming<'_>]) -> Result<Vec<Receipt>, SyncError> {
        let mut receipts = Vec::with_capacity(ops.len());
        let mut left = Untouched::default();
        let mut last = None;
        for op in ops {
            if left.holds_back(op) && !is_on(Mutation::OrderNotKept) {
                left.add(op);
                continue;
            }
            match self.by_itself(op).await {
                Ok(receipt) => receipts.extend(receipt),
                Err(trouble) => {
                    if trouble.is_passing() {
                        tracing::warn!(op = %op.id, "an op stays untouched: {trouble}");
                    } else {
                        tracing::error!(op = %op.id, "an op stays untouched: {trouble}");
                    }
                    left.add(op);
                    last = Some(trouble);
                }
            }
        }
        match last {
            Some(trouble) if receipts.is_empty() => Err(trouble.into()),
            _ => Ok(receipts),
        }
    }

    async fn by_itself(&self, op: &Incoming<'_>) -> Result<Vec<Receipt>, Trouble> {
        match self.together(&[op]).await {
            Err(Trouble::Content { rule, .. }) => self.objected(&rule, op).await,
            other => other,
        }
    }

    /// The database objected to this op. It may be that the same op came a second time while the first was
    /// under way: then it has its receipt by now. Else the objection becomes a refusal.
    async fn objected(&self, rule: &str, op: &Incoming<'_>) -> Result<Vec<Receipt>, Trouble> {
        let mut transaction = acting::begin_pushing(&self.service.app, self.actor).await?;
        let mut draft = self.open(&mut transaction, &[op]).await?;
        if draft.knows(op.id) {
            draft.take(op);
        } else {
            tracing::info!(op = %op.id, rule, "an op is refused by the database");
            draft.refuse_whole(op, refusal_of(rule));
        }
        let places = self.write(&mut transaction, &mut draft).await?;
        transaction.commit().await?;
        Ok(draft.receipts(&places))
    }

    /// Locks the files and reads what the judge looks at.
    async fn open(
        &self,
        transaction: &mut acting::ActingTransaction,
        ops: &[&Incoming<'_>],
    ) -> Result<Draft<'_>, Trouble> {
        let named = Named::of(ops);
        let heads = if named.wanted.files.is_empty() {
            Vec::new()
        } else {
            subject::lock(&mut *transaction, &named.wanted.files).await?
        };
        let found = scene::read(&mut *transaction, self.actor.user.0, &named.wanted).await?;
        let colleagues = if named.officers.is_empty() {
            Vec::new()
        } else {
            colleague::named(&mut *transaction, &named.officers).await?
        };
        let mut draft = Draft::new(self.actor, self.writer.received_at, self.service.limits, heads, found, colleagues);
        draft.came_sealed(self.writer.sealed);
        Ok(draft)
    }

    async fn write(
        &self,
        transaction: &mut acting::ActingTransaction,
        draft: &mut Draft<'_>,
    ) -> Result<BTreeMap<OpId, i64>, Trouble> {
        if draft.is_empty() {
            return Ok(BTreeMap::new());
        }
        let connection = &mut **transaction;
        subject::open(connection, &draft.opened()).await?;
        let sent = draft.referrals(true);
        if !sent.is_empty() {
            let found = referral::possible_duplicates(connection, &sent).await?;
            draft.note_duplicates(found);
        }
        referral::send(connection, &draft.referrals(true), self.writer.received_at).await?;
        referral::rewrite(connection, &draft.referrals(false)).await?;
        client::open(connection, &draft.clients(true)).await?;
        client::rewrite(connection, &draft.clients(false)).await?;
        for (assignment, region) in &draft.assignments {
            assignment::pass_on(connection, assignment, *region).await?;
        }
        attachment::add(connection, &draft.attachments, self.writer.received_at).await?;
        contact_note::amend(connection, &draft.notes_amended()).await?;
        let (advances, notes) = (draft.advances(), draft.notes_added());
        let appended = Appended { entries: &draft.entries, advances: &advances, notes: &notes };
        let places = batch::append(connection, self.writer, appended).await?;
        refusal::keep(connection, self.writer, &draft.refused).await?;
        Ok(places)
    }
}

/// What a batch speaks of.
#[derive(Default)]
struct Named {
    wanted: scene::Wanted,
    officers: Vec<Uuid>,
}

impl Named {
    fn of(ops: &[&Incoming<'_>]) -> Self {
        let mut named = Self::default();
        let (wanted, officers) = (&mut named.wanted, &mut named.officers);
        for incoming in ops {
            wanted.ops.push(incoming.id.0);
            let Ok(op) = &incoming.op else { continue };
            wanted.ops.extend(op.after.map(|before| before.0));
            wanted.files.push(op.subject.uuid());
            if let Subject::Client(id) = op.subject
                && matches!(op.body, Body::RecordContact { .. } | Body::Attach { .. })
            {
                wanted.once_had.push(id.0);
            }
            wanted.notes.extend(named_note(&op.body).map(|note| note.0));
            officers.extend(named_officer(&op.body).map(|officer| officer.0));
        }
        for list in [&mut wanted.ops, &mut wanted.files, &mut wanted.notes, &mut wanted.once_had, officers] {
            list.sort_unstable();
            list.dedup();
        }
        named
    }
}

/// Ops of this batch that stay untouched, and what they hold back: the order of a file's ops is never changed.
#[derive(Default)]
struct Untouched {
    files: HashSet<Uuid>,
    ops: HashSet<OpId>,
}

impl Untouched {
    fn holds_back(&self, op: &Incoming<'_>) -> bool {
        match &op.op {
            Ok(read) => {
                self.files.contains(&read.subject.uuid()) || read.after.is_some_and(|before| self.ops.contains(&before))
            }
            Err(unread) => unread.subject.is_some_and(|file| self.files.contains(&file)),
        }
    }

    fn add(&mut self, op: &Incoming<'_>) {
        self.ops.insert(op.id);
        match &op.op {
            Ok(read) => {
                self.files.insert(read.subject.uuid());
                // The file that it would have opened.
                if let Body::Accept { client, .. } = &read.body {
                    self.files.insert(client.0);
                }
            }
            Err(unread) => self.files.extend(unread.subject),
        }
    }
}

/// What a person is told where the database objects.
fn refusal_of(rule: &str) -> Refusal {
    match rule {
        "referrals_reference_key" => Refusal::at(
            "reference",
            "reference-taken",
            "This client reference number has been given already. Please open this item and save it again.",
        ),
        "journal_op_key" => {
            Refusal::new("op-id-taken", "Another item has this item's number. Please open it and save it again.")
        }
        "contact_notes_pkey" => Refusal::new("already-recorded", "This note has been recorded already."),
        "attachments_content_key" => Refusal::new("already-recorded", "This picture has been recorded already."),
        "subjects_pkey" | "clients_pkey" | "referrals_pkey" => Refusal::new(
            "file-id-taken",
            "Another file has this file's number. Please open this item and save it again.",
        ),
        "assignments_one_open_key" => Refusal::new("already-assigned", "This case has an officer already."),
        _ => Refusal::new(
            "not-storable",
            "The server could not store this item. Your text is kept; please tell your administrator.",
        ),
    }
}
