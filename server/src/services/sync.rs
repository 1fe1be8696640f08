//! Sync: ops come in, receipts and changes go out.
//!
//! * [`reading`]: what a device sent, op by op; one that cannot be read is refused alone.
//! * [`draft`]: plan. Judges a batch in memory and says what is to be written. No database.
//! * [`push`]: apply. One transaction for a batch; the careful way, op by op, where the database objects.
//! * [`pull`]: what changed in the person's scope since the device last listened, page by page.
//! * [`cursor`]: how far a device has listened, sealed.
//! * [`sealed`]: ops that come in envelopes, from devices that are locked.
//! * [`devices`]: when a device was last here, and whether its count has gaps.
//!
//! What always holds: an op is receipted or untouched; an op that was receipted once gets the same
//! receipt again; the ops of one file are applied in the order in which the device made them.

pub mod cursor;
pub mod devices;
pub mod draft;
pub mod pull;
pub mod push;
pub mod reading;
pub mod sealed;

use std::sync::Arc;

use domain::{
    caseload::CaseloadLimits,
    clock::Moment,
    sync::wire_v1::{self, SyncRequest, SyncResponse},
};
use sqlx::PgPool;

use self::{devices::Devices, push::Origin, reading::read_ops};
use super::envelopes::Envelopes;
use crate::{
    auth::Session,
    db::{self, trouble::Trouble},
};

/// The sync service. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SyncService {
    app: PgPool,
    owner: PgPool,
    limits: CaseloadLimits,
    max_ops: usize,
    page_files: usize,
    devices: Arc<Devices>,
    envelopes: Arc<Envelopes>,
}

/// Why a sync was not done. Nothing of it was done then, as far as the device need know: it sends again.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The device speaks a version of the protocol that this server does not know.
    #[error("wire version {0} is not known here")]
    UnknownVersion(u16),
    /// The device's store is another person's than the session: on a shared tablet somebody else signed in meanwhile.
    #[error("the store is another person's than the session")]
    OtherPerson,
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    SignedOut,
    /// The device was reported lost.
    #[error("the device was reported lost")]
    Revoked,
    /// More ops than one request may carry.
    #[error("{given} ops, at most {most}")]
    TooManyOps {
        /// How many came.
        given: usize,
        /// How many may.
        most: usize,
    },
    /// An op has no id that could be read, so no receipt could name it.
    #[error("op {index} has no id")]
    NamelessOp {
        /// Which, counted from zero.
        index: usize,
    },
    /// The database is busy or away, or failed.
    #[error(transparent)]
    Trouble(#[from] Trouble),
    /// The database was not prepared: it has no epoch.
    #[error("the database has no epoch")]
    NoEpoch,
}

impl SyncService {
    /// A service on these two pools: requests run on `app`, a new epoch is begun by `owner`.
    pub fn new(app: PgPool, owner: PgPool, envelopes: Arc<Envelopes>, max_ops: usize) -> Self {
        Self {
            app,
            owner,
            limits: CaseloadLimits::default(),
            max_ops: max_ops.min(wire_v1::MAX_OPS),
            page_files: pull::PAGE_FILES,
            devices: Arc::default(),
            envelopes,
        }
    }

    /// The same service with pages of at most so many files, at least one.
    pub fn with_pages_of(self, files: usize) -> Self {
        Self { page_files: files.max(1), ..self }
    }

    /// Does one sync: takes up the ops, then tells what changed.
    pub async fn synchronise(
        &self,
        session: &Session,
        request: &SyncRequest,
        now: Moment,
    ) -> Result<SyncResponse, SyncError> {
        if request.v != wire_v1::VERSION {
            return Err(SyncError::UnknownVersion(request.v));
        }
        if request.user.is_some_and(|user| user != session.actor.user) {
            return Err(SyncError::OtherPerson);
        }
        let given = request.ops.len();
        if given > self.max_ops {
            return Err(SyncError::TooManyOps { given, most: self.max_ops });
        }
        let ops = read_ops(&request.ops)?;
        if db::lost_device::is_lost(&self.app, request.device).await? {
            return Err(SyncError::Revoked);
        }
        let origin = Origin { device: request.device, sealed: false };
        let receipts = self.push(session, origin, &ops, now).await?;
        self.note_device(session, request, &ops, &receipts, now).await;
        let mut response = self.pull(session, request.cursor.as_deref(), now).await?;
        response.receipts = receipts;
        response.sealing_key = self.envelopes.announced().filter(|key| request.sealing_key != Some(key.id));
        Ok(response)
    }
}
