//! Everything comes to rest: the network is back, everybody signs in, and nothing moves any more.

use chrono::TimeDelta;
use domain::clock::Moment;
use server::services::sync::SyncService;
use uuid::Uuid;

use crate::{
    device::Device,
    schedule::{Fate, HOLDERS},
    wire::{self, Reply},
    worker::Event,
    world::{World, delivered},
};

/// Rounds in which everything must have come to rest.
const ROUNDS: usize = 60;

impl World<'_> {
    /// Everybody syncs, phones deliver what their vaults before left, the supervisor takes up what lost ones left.
    pub async fn calm(&mut self) -> Result<(), String> {
        self.ground.trip(0).await;
        for device in 0..HOLDERS.len() {
            self.sign_in(device);
            self.devices[device].restart();
        }
        for round in 0..ROUNDS {
            self.now += TimeDelta::minutes(1);
            let mut moved = false;
            let event = self.event(Fate::Fine, 0);
            for gone in &mut self.gone {
                moved |= delivered(gone, self.ground, &event).await?;
            }
            for device in 0..HOLDERS.len() {
                if self.devices[device].store.vault().is_none() {
                    self.sign_in(device);
                    moved = true;
                }
                if self.devices[device].has_old_envelopes() {
                    moved |= delivered(&mut self.devices[device], self.ground, &event).await?;
                }
                // Who has nothing to say hears the rest at the end; after a restore it may be asked for more.
                if round == 0 || self.restores > 0 || self.devices[device].has_unsent() {
                    moved |= self.sync(device, Fate::Fine).await?;
                }
            }
            if !self.lost.is_empty() {
                moved |= self.settle_all().await?;
            }
            if !moved {
                self.give_up_lost_phones();
                return self.listen_to_the_end().await;
            }
        }
        let waiting: Vec<_> = self
            .devices
            .iter()
            .flat_map(|device| device.store.outbox())
            .filter(|queued| queued.state.is_unsent())
            .map(|queued| (queued.op.id, queued.op.subject, queued.op.after, queued.state))
            .collect();
        Err(format!("STUCK: after {ROUNDS} rounds there is still something to send: {waiting:?}"))
    }

    /// A restore may take away that a phone was reported lost: nobody tells it so, and nobody opens it either.
    fn give_up_lost_phones(&mut self) {
        let restored = self.restores > 0;
        for gone in self.gone.iter_mut().filter(|gone| restored && gone.store.vault().is_some()) {
            gone.lose_key();
        }
    }

    /// What befalls a delivery of the service worker now.
    pub fn event(&self, fate: Fate, spared: u8) -> Event {
        Event { fate, spared, now: self.now, life: self.restores, officers: self.officers }
    }

    /// Everybody pulls once more to the end: what the last one sent, all must hear. Who is between two pages goes on
    /// with a pull that began before that was sent, ends where it then set its end, and pulls again.
    async fn listen_to_the_end(&mut self) -> Result<(), String> {
        self.ground.all_before_has_ended().await;
        for device in &mut self.devices {
            if device.is_between_pages {
                pull_all(&self.ground.service, device, self.now).await?;
            }
            pull_all(&self.ground.service, device, self.now).await?;
        }
        Ok(())
    }

    /// A new phone of the same person, with everything that the server tells it: at once, without pages.
    pub async fn new_phone(&self, device: &Device) -> Result<Device, String> {
        let mut phone = Device::new(device.place, Uuid::from_u128(1), device.session.clone());
        pull_all(&self.ground.service.clone().with_pages_of(1_000), &mut phone, self.now).await?;
        Ok(phone)
    }
}

async fn pull_all(service: &SyncService, device: &mut Device, now: Moment) -> Result<(), String> {
    for _ in 0..200 {
        let request = device.request(true);
        let Reply::Heard(reply) = wire::sync(service, &device.session, &request, now).await? else { continue };
        device.hear(reply, now);
        if !device.is_between_pages {
            return Ok(());
        }
    }
    Err("a pull without end".to_owned())
}
