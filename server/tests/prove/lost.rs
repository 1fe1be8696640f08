//! Phones that are reported lost, and what a supervisor does with what they leave: through the desk's own
//! service, as the *Team* page does it.

use app::{
    desk::{DeskError, LostView},
    ports::Lost,
};
use domain::{access::Role, ids::OpId};
use server::services::desk::PersonsDesk;

use crate::{
    device::Device,
    schedule::{SUPERVISOR, Settling},
    wire::polled_at_most,
    world::World,
};

impl World<'_> {
    /// A phone is reported lost, by the supervisor where she may, else by its person. Its person's sessions end.
    pub async fn lose(&mut self, device: usize, found: bool) -> Result<(), String> {
        let phone = &self.devices[device];
        let (id, user) = (phone.id, phone.session.actor.user);
        let by = if phone.session.actor.role == Role::Officer { SUPERVISOR } else { device };
        match self.desk(by).report_lost_device(id).await {
            Ok(()) => {}
            // The server has never heard of it: nobody can point at it.
            Err(DeskError::Refused { .. }) => return Ok(()),
            Err(error) => return Err(format!("a lost phone could not be reported: {error}")),
        }
        let end = self.ground.end_of_journal().await;
        self.lost.entry(id).or_insert(end);
        for phone in self.devices.iter_mut().filter(|phone| phone.session.actor.user == user) {
            phone.end_session();
        }
        if !found {
            let phone = &mut self.devices[device];
            let another = Device::new(device, phone.next_id().0, phone.session.clone());
            let mut gone = std::mem::replace(phone, another);
            gone.is_gone = true;
            self.gone.push(gone);
        }
        Ok(())
    }

    /// The supervisor settles one of the things that wait for it.
    pub async fn settle(&self, which: usize, how: Settling) -> Result<(), String> {
        let waiting = self.left_by_lost_phones().await?.waiting;
        let Some(item) = waiting.get(which % waiting.len().max(1)) else { return Ok(()) };
        match how {
            Settling::TakeUp => self.settle_one(item.id, true).await.map(drop),
            Settling::PutAside => self.settle_one(item.id, false).await.map(drop),
            Settling::Twice => {
                let (first, second) = tokio::join!(self.settle_one(item.id, true), self.settle_one(item.id, true));
                first.and(second).map(drop)
            }
            Settling::Cut(polls) => polled_at_most(self.settle_one(item.id, true), polls).await.transpose().map(drop),
        }
    }

    /// The supervisor takes up everything that can be taken up, the oldest first. Whether anything moved.
    pub async fn settle_all(&self) -> Result<bool, String> {
        let mut moved = false;
        for item in self.left_by_lost_phones().await?.waiting {
            moved |= self.settle_one(item.id, true).await?;
        }
        Ok(moved)
    }

    async fn left_by_lost_phones(&self) -> Result<LostView, String> {
        self.desk(SUPERVISOR).lost_devices().await.map_err(|error| format!("the list of lost phones: {error}"))
    }

    /// Whether it is settled, or may be in a moment.
    async fn settle_one(&self, op: OpId, take_up: bool) -> Result<bool, String> {
        match self.desk(SUPERVISOR).settle_quarantined(op, take_up).await {
            Ok(()) | Err(DeskError::Busy { .. }) => Ok(true),
            Err(DeskError::Refused { .. }) => Ok(false),
            Err(error) => Err(format!("what a lost phone left could not be settled: {error}")),
        }
    }

    fn desk(&self, place: usize) -> PersonsDesk {
        self.ground.desk(self.devices[place].session.clone())
    }
}
