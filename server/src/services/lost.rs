//! Devices that are lost.

use std::sync::Arc;

use app::{
    desk::{DeskError, LostDeviceView, LostView, QuarantinedView},
    ports::Lost,
};
use async_trait::async_trait;
use domain::{
    access::{Action, can},
    error::Refusal,
    ids::{DeviceId, OpId},
    mutation::{Mutation, is_on},
    sync::{op::Op, receipt::Outcome},
};
use serde_json::value::RawValue;

use super::{
    desk::{PersonsDesk, failed},
    sync::{SyncService, push::Origin, reading::read_ops},
};
use crate::{
    auth::Session,
    clock,
    db::{
        self,
        access_log::{Event, note},
        lost_device,
    },
};

/// The longest reason that is kept.
const LONGEST_REASON: usize = 1_000;

#[async_trait]
impl Lost for PersonsDesk {
    async fn report_lost_device(&self, device: DeviceId) -> Result<(), DeskError> {
        let session = self.session()?;
        let me = &session.actor;
        let region = me.region.filter(|_| can(me.role, Action::SettleLostDevices));
        let mut transaction = self.state.pool.begin().await.map_err(failed)?;
        let now = clock::now();
        if !lost_device::report(&mut transaction, device, me.user, session.id, region, now).await.map_err(failed)? {
            return Err(Refusal::not_allowed().into());
        }
        note(&mut *transaction, Event::ReportLostDevice, Some(me.user), Some(device.0)).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    async fn lost_devices(&self) -> Result<LostView, DeskError> {
        let actor = self.actor(Action::SettleLostDevices)?;
        let mut transaction = db::acting::begin_reading(&self.state.pool, actor).await.map_err(failed)?;
        let devices = lost_device::of_region(&mut transaction).await.map_err(failed)?;
        let waiting = lost_device::waiting(&mut transaction).await.map_err(failed)?;
        let device = |lost: lost_device::LostDevice| LostDeviceView {
            id: DeviceId(lost.device),
            person: lost.person,
            browser: lost.browser,
            reported_at: lost.reported_at,
            wiped_at: lost.wiped_at,
            is_breach: lost.finding.map(|finding| finding == "breach"),
            reason: lost.reason,
        };
        let item = |kept: lost_device::Quarantined| QuarantinedView {
            id: OpId(kept.op),
            person: kept.person,
            received_at: kept.received_at,
            op: serde_json::from_str::<Op>(&kept.entry).ok().map(Box::new),
        };
        Ok(LostView {
            devices: devices.into_iter().map(device).collect(),
            waiting: waiting.into_iter().map(item).collect(),
        })
    }

    async fn settle_quarantined(&self, op: OpId, take_up: bool) -> Result<(), DeskError> {
        let session = self.session()?;
        let actor = self.actor(Action::SettleLostDevices)?;
        let mut transaction = db::acting::begin(&self.state.pool, actor).await.map_err(failed)?;
        let Some((writer, device, text)) = lost_device::open(&mut transaction, op).await.map_err(failed)? else {
            return Err(Refusal::new("settled-already", "Somebody has decided on this item meanwhile.").into());
        };
        if !take_up && lost_device::is_applied(&self.state.owner, op).await.map_err(failed)? {
            // Its taking up was cut short before it was written down here, or it had come before the loss.
            lost_device::decide(&mut transaction, op, actor.user, true, clock::now()).await.map_err(failed)?;
            note(&mut *transaction, Event::SettleQuarantined, Some(actor.user), Some(op.0)).await.map_err(failed)?;
            transaction.commit().await.map_err(failed)?;
            return Err(Refusal::new("settled-already", "This item is in the file already, and stays there.").into());
        }
        if take_up {
            // As its writer's own, by the rules of today; the lock keeps others from deciding meanwhile.
            let as_writer = Session { id: session.id, actor: writer, scope_version: session.scope_version };
            let taken = self.take_up(&as_writer, device, &text).await;
            if !is_on(Mutation::TakenUpUnjudged) {
                taken?;
            }
        }
        lost_device::decide(&mut transaction, op, actor.user, take_up, clock::now()).await.map_err(failed)?;
        note(&mut *transaction, Event::SettleQuarantined, Some(actor.user), Some(op.0)).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    async fn find_breach(&self, device: DeviceId, is_breach: bool, reason: String) -> Result<(), DeskError> {
        let actor = self.actor(Action::SettleLostDevices)?;
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
            let words = "Please say in a sentence or two why you think so.";
            return Err(Refusal::at("reason", "reason-missing", words).into());
        }
        let mut transaction = db::acting::begin(&self.state.pool, actor).await.map_err(failed)?;
        let now = clock::now();
        if !lost_device::find(&mut transaction, device, actor.user, is_breach, reason, now).await.map_err(failed)? {
            return Err(Refusal::not_allowed().into());
        }
        note(&mut *transaction, Event::FindBreach, Some(actor.user), Some(device.0)).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }
}

impl PersonsDesk {
    async fn take_up(&self, writer: &Session, device: DeviceId, text: &str) -> Result<(), DeskError> {
        let unreadable = || DeskError::from(Refusal::new("not-understood", "The server cannot read this item."));
        let raw = RawValue::from_string(text.to_owned()).map_err(|_| unreadable())?;
        let raws = [raw];
        let ops = read_ops(&raws).map_err(|_| unreadable())?;
        let sync =
            SyncService::new(self.state.pool.clone(), self.state.owner.clone(), Arc::clone(&self.state.envelopes), 1);
        let origin = Origin { device, sealed: true };
        let receipts = sync.push(writer, origin, &ops, clock::now()).await.map_err(|problem| {
            tracing::warn!("an item of a lost device could not be taken up: {problem}");
            DeskError::Busy { seconds: 5 }
        })?;
        match receipts.first().map(|receipt| &receipt.outcome) {
            Some(Outcome::Applied { .. }) => Ok(()),
            Some(Outcome::Refused { refusal }) => Err(refusal.clone().into()),
            Some(Outcome::Held { .. }) => {
                let words = "This item builds on another one that has to be taken up first.";
                Err(Refusal::new("held", words).into())
            }
            None => Err(DeskError::Busy { seconds: 5 }),
        }
    }
}
