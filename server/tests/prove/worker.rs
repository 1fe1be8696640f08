//! The service worker: delivers envelopes that it cannot read. It is a copy of `deliverOf` in `public/sw.js`,
//! since that is no Rust; whoever changes the one changes the other.

use std::collections::BTreeSet;

use base64ct::{Base64, Encoding};
use domain::{
    clock::Moment,
    ids::UserId,
    sync::wire_v1::{SealedBox, SealedRequest, SealedResponse, VERSION},
};
use server::services::sync::SyncService;

use crate::{
    device::Device,
    schedule::Fate,
    wire::{self, Late, Reply, through},
};

/// Envelopes in one request: few, so that a queue takes several.
const AT_ONCE: usize = 3;

/// What happens to a delivery.
pub struct Event {
    pub fate: Fate,
    /// So many requests are spared before.
    pub spared: u8,
    pub now: Moment,
    /// How often the database has been restored.
    pub life: usize,
    pub officers: [UserId; 2],
}

/// What came of one.
#[derive(Default)]
pub struct Delivery {
    pub moved: bool,
    /// What the server said that it has taken.
    pub taken: Vec<u64>,
}

impl Device {
    /// Delivers what waits, as far as it goes.
    pub async fn deliver(&mut self, service: &SyncService, event: &Event) -> Result<Delivery, String> {
        let mut tried: BTreeSet<u64> = BTreeSet::new();
        let mut turn = 0;
        let mut delivery = Delivery::default();
        loop {
            let waiting = self.store.undelivered();
            let waiting: Vec<_> = waiting.into_iter().filter(|(seq, _)| !tried.contains(seq)).collect();
            let boxes: Vec<SealedBox> = waiting
                .iter()
                .take(AT_ONCE)
                .map(|(seq, envelope)| SealedBox { seq: *seq, sealed: Base64::encode_string(envelope) })
                .collect();
            let (sent, waited): (Vec<u64>, _) = (boxes.iter().map(|sealed| sealed.seq).collect(), waiting.len());
            let request = SealedRequest { v: VERSION, device: self.store.speaks_as(), boxes };
            let request = serde_json::to_string(&request).map_err(|error| error.to_string())?;
            let fate = if turn == event.spared { event.fate } else { Fate::Fine };
            turn = turn.saturating_add(1);
            let reply = self.ask_sealed(service, request, fate, event).await?;
            let answer = match reply {
                Some(Reply::Heard(answer)) => answer,
                // There is more to come.
                Some(Reply::NotNow) => return Ok(Delivery { moved: true, ..delivery }),
                None | Some(Reply::SignedOut | Reply::Revoked) => return Ok(delivery),
            };
            delivery.moved |= !answer.taken.is_empty();
            delivery.taken.extend(&answer.taken);
            self.note_delivered(&answer.taken, event.life);
            let refused = answer.refused.iter().map(|refusal| refusal.seq);
            let answered: Vec<u64> = answer.taken.iter().chain(&answer.held).copied().chain(refused).collect();
            if let Some(seq) = answered.iter().find(|seq| !sent.contains(seq)) {
                return Err(format!("INVENTED: the server speaks of envelope {seq}, which it was not sent"));
            }
            tried.extend(&answered);
            if !sent.is_empty() && answered.is_empty() {
                return Ok(Delivery { moved: true, ..delivery });
            }
            if waited > answered.len() {
                continue;
            }
            if answer.revoked && self.store.vault().is_some() {
                self.lose_key();
                delivery.moved = true;
            }
            return Ok(delivery);
        }
    }

    async fn ask_sealed(
        &mut self,
        service: &SyncService,
        request: String,
        fate: Fate,
        event: &Event,
    ) -> Result<Option<Reply<SealedResponse>>, String> {
        let now = event.now;
        let crossing = if fate == Fate::Crossed { self.late.take() } else { None };
        let session = self.is_signed_in().then_some(&self.session);
        let ask = async || wire::sealed(service, session, &request, now).await;
        let arrival = async {
            match crossing {
                Some(late) => late.arrive(service, &self.session, now).await,
                None => Ok(()),
            }
        };
        let (reply, arrived) = tokio::join!(through(fate, ask), arrival);
        arrived?;
        match fate {
            Fate::Late => self.late = Some(Late::Sealed(request, self.is_signed_in())),
            // Another tab is open, and somebody works in it.
            Fate::ActsMeanwhile { what, which } => self.act(event.officers, what, which, now),
            _ => {}
        }
        reply
    }
}
