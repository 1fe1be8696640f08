//! What changed in the person's scope since the device last listened, page by page.

use domain::{
    access::{Actor, Role},
    clock::Moment,
    ids::{ClientId, ReferralId},
    sync::{
        pull::{Position, PullPlan, plan},
        wire_v1::{self, Record, SyncResponse},
    },
};
use std::collections::HashMap;
use uuid::Uuid;

use super::{SyncError, SyncService, cursor};
use crate::{
    auth::Session,
    db::{
        acting::{self, ActingTransaction},
        colleague,
        feed::{self, Asked, ChangedFile, Part, Standing},
        place, referral,
        trouble::Trouble,
    },
    services::epoch,
};

/// Files in one page at most, where nobody says otherwise.
pub(super) const PAGE_FILES: usize = 300;
/// A page ends with the file that makes it larger than this.
const PAGE_BYTES: usize = 256 * 1024;
/// How many files are read at once: few first, as one file can hold years of notes.
const FIRST_READ: usize = 8;

impl SyncService {
    /// Reads one page of what changed.
    pub async fn pull(&self, session: &Session, cursor: Option<&str>, now: Moment) -> Result<SyncResponse, SyncError> {
        let (mut transaction, mut standing) = self.look(session, cursor).await?;
        let mut position = position(session, &standing);
        let mut plan = plan(cursor.and_then(|text| cursor::open(text, &standing.cursor_key)), &position);
        if plan.went_back {
            transaction.rollback().await.map_err(Trouble::from)?;
            tracing::error!(epoch = %position.epoch, "the database went back in time: a new epoch begins");
            metrics::counter!("lignum_epochs_begun_total").increment(1);
            epoch::begin_after(&self.owner, position.epoch).await?;
            (transaction, standing) = self.look(session, None).await?;
            position = self::position(session, &standing);
            plan = domain::sync::pull::plan(None, &position);
        }
        let page = Page::read(&mut transaction, &session.actor, &plan, &standing, self.page_files).await?;
        // Nothing was written: the rollback goes out with the next message, nobody waits for it.
        drop(transaction);
        let reset = plan.whole && plan.after.is_none();
        Ok(SyncResponse {
            v: wire_v1::VERSION,
            epoch: position.epoch,
            receipts: Vec::new(),
            reset,
            changes: page.changes,
            forget: if plan.whole || plan.after.is_some() { Vec::new() } else { standing.gone },
            cursor: cursor::seal(&plan.next(&position, page.more_after), &standing.cursor_key),
            more: page.more_after.is_some(),
            now,
            me: reset.then(|| session.actor.clone()),
            sealing_key: None,
        })
    }

    /// The seal of the cursor can be checked only after this look, which tells the key. That does no
    /// harm: without a good seal the pull is one from the beginning, and sends all of it anyway.
    async fn look(&self, session: &Session, cursor: Option<&str>) -> Result<(ActingTransaction, Standing), SyncError> {
        let since = cursor.and_then(cursor::peek).map_or(0, |peeked| peeked.since);
        let mut transaction = acting::begin_pulling(&self.app, &session.actor).await.map_err(Trouble::from)?;
        let standing = feed::standing(&mut transaction, &session.actor, since).await?.ok_or(SyncError::NoEpoch)?;
        Ok((transaction, standing))
    }
}

fn position(session: &Session, standing: &Standing) -> Position {
    Position { epoch: standing.epoch, scope: session.scope_version, horizon: standing.horizon }
}

/// One page.
#[derive(Debug, Default)]
struct Page {
    changes: Vec<Record>,
    bytes: usize,
    more_after: Option<Uuid>,
}

impl Page {
    async fn read(
        transaction: &mut ActingTransaction,
        actor: &Actor,
        plan: &PullPlan,
        standing: &Standing,
        most: usize,
    ) -> Result<Self, Trouble> {
        let mut page = Self::default();
        if plan.after.is_none() {
            page.add_directory(transaction, actor, plan, standing).await?;
        }
        let limit = i64::try_from(most + 1).unwrap_or(i64::MAX);
        let asked = Asked { since: plan.since, whole: plan.whole, after: plan.after, limit };
        let files = feed::changed_files(transaction, actor, asked).await?;
        let mut rest = files.as_slice();
        let mut at_once = FIRST_READ;
        let mut sent = 0;
        let mut last = None;
        while !rest.is_empty() && page.bytes < PAGE_BYTES && sent < most {
            let (now, later) = rest.split_at(at_once.min(rest.len()).min(most - sent));
            let mut bodies = Bodies::read(transaction, actor, now, plan).await?;
            for file in now {
                page.add_file(&mut bodies, file);
                (sent, last) = (sent + 1, Some(file.id));
                if page.bytes >= PAGE_BYTES {
                    break;
                }
            }
            rest = later;
            at_once *= 2;
        }
        page.more_after = last.filter(|_| sent < files.len());
        Ok(page)
    }

    /// What is sent whole when any of it changed: places, and the officers to whom a supervisor can assign.
    async fn add_directory(
        &mut self,
        transaction: &mut ActingTransaction,
        actor: &Actor,
        plan: &PullPlan,
        standing: &Standing,
    ) -> Result<(), Trouble> {
        if plan.whole || standing.places_changed {
            self.add(Record::Sites(Box::new(place::all(transaction).await?)));
        }
        if let (Role::Supervisor, Some(region)) = (actor.role, actor.region)
            && (plan.whole || standing.colleagues_changed)
        {
            let officers = colleague::of_region(transaction, region).await?;
            self.add(Record::Colleagues { officers, limits: domain::caseload::CaseloadLimits::default() });
        }
        Ok(())
    }

    fn add_file(&mut self, bodies: &mut Bodies, file: &ChangedFile) {
        let records = if file.is_client {
            bodies.clients.remove(&ClientId(file.id)).unwrap_or_default()
        } else {
            bodies.referrals.remove(&ReferralId(file.id)).into_iter().collect()
        };
        for record in records {
            self.add(record);
        }
    }

    fn add(&mut self, record: Record) {
        self.bytes += weigh(&record);
        self.changes.push(record);
    }
}

/// About how many bytes a record has on the wire, without writing it.
fn weigh(record: &Record) -> usize {
    match record {
        Record::Referral(referral) => {
            1200 + referral.particulars.reason.as_str().len()
                + referral.exchanges.iter().map(|e| e.question.as_str().len() + 200).sum::<usize>()
        }
        Record::Client(client) => 1000 + 300 * client.conflicts.len(),
        Record::Note(note) => {
            500 + note.body.narrative.as_str().len()
                + note.amendments.iter().map(|a| a.narrative.as_str().len() + 150).sum::<usize>()
        }
        Record::Attachment(_) => 600,
        Record::Sites(sites) => 100 * (sites.regions.len() + sites.schools.len() + sites.communities.len()),
        Record::Colleagues { officers, .. } => 150 * officers.len(),
    }
}

/// What is in the files of a page.
#[derive(Debug, Default)]
struct Bodies {
    referrals: HashMap<ReferralId, Record>,
    clients: HashMap<ClientId, Vec<Record>>,
}

impl Bodies {
    async fn read(
        transaction: &mut ActingTransaction,
        actor: &Actor,
        files: &[ChangedFile],
        plan: &PullPlan,
    ) -> Result<Self, Trouble> {
        let mut bodies = Self::default();
        let referrals: Vec<Uuid> = files.iter().filter(|f| !f.is_client).map(|f| f.id).collect();
        if !referrals.is_empty() {
            for referral in referral::read(transaction, &referrals).await?.into_iter().filter_map(readable) {
                bodies.referrals.insert(referral.id, Record::Referral(Box::new(referral.as_seen_by(actor.role))));
            }
        }
        let clients: Vec<Uuid> = files.iter().filter(|f| f.is_client).map(|f| f.id).collect();
        if !clients.is_empty() {
            let whole: Vec<bool> = files.iter().filter(|f| f.is_client).map(|f| plan.whole || f.entered).collect();
            let parts = feed::client_files(transaction, &clients, &whole, plan.since).await?;
            for part in parts.into_iter().filter_map(readable) {
                let (client, record) = match part {
                    Part::Client(client) => (client.id, Record::Client(client)),
                    Part::Note(note) => (note.client, Record::Note(note)),
                    Part::Attachment(attachment) => (attachment.client, Record::Attachment(attachment)),
                };
                bodies.clients.entry(client).or_default().push(record);
            }
        }
        Ok(bodies)
    }
}

/// A row that cannot be read must not keep everything else from a device: it is told in the log and counted.
fn readable<T>(row: Result<T, Trouble>) -> Option<T> {
    row.inspect_err(|trouble| {
        metrics::counter!("lignum_unreadable_rows_total").increment(1);
        tracing::error!("left out of a pull: {trouble}");
    })
    .ok()
}
