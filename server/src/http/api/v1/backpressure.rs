//! How much is worked on at the same time. After an outage thousands of phones return at once.
//!
//! So many syncs run; some more wait in line for a moment; the rest are told when to come back, each at
//! another time. One person's devices take only a few of the places. What is turned away was not touched.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::http::StatusCode;
use domain::ids::UserId;
use rand::RngExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

use crate::http::error::Problem;

/// So many wait in line for each that runs.
const LINE_PER_PLACE: usize = 4;
/// How long one waits in line.
const PATIENCE: Duration = Duration::from_secs(3);
/// How many syncs of one person run or wait: one for each of a few devices.
const PER_PERSON: usize = 4;

/// The gate before sync.
#[derive(Debug)]
pub struct Gate {
    places: Arc<Semaphore>,
    line: Arc<Semaphore>,
    people: Arc<Mutex<HashMap<UserId, usize>>>,
}

/// A place behind the gate; it is free again when this is dropped.
#[derive(Debug)]
pub struct Place {
    _person: Person,
    _place: OwnedSemaphorePermit,
}

#[derive(Debug)]
struct Person {
    user: UserId,
    people: Arc<Mutex<HashMap<UserId, usize>>>,
}

impl Drop for Person {
    fn drop(&mut self) {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = people.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                people.remove(&self.user);
            }
        }
    }
}

impl Gate {
    /// A gate with so many places.
    pub fn new(places: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            line: Arc::new(Semaphore::new(places * LINE_PER_PLACE)),
            people: Arc::default(),
        }
    }

    /// Takes a place, or says when to come back: 429 where it is the person's own doing, else 503.
    pub async fn enter(&self, user: UserId) -> Result<Place, Problem> {
        let person = self.admit(user)?;
        let place = match self.places.clone().try_acquire_owned() {
            Ok(place) => place,
            Err(TryAcquireError::Closed) => return Err(busy()),
            Err(TryAcquireError::NoPermits) => {
                let _in_line = self.line.try_acquire().map_err(|_| busy())?;
                let place = tokio::time::timeout(PATIENCE, self.places.clone().acquire_owned()).await;
                place.map_err(|_| busy())?.map_err(|_| busy())?
            }
        };
        Ok(Place { _person: person, _place: place })
    }

    fn admit(&self, user: UserId) -> Result<Person, Problem> {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        let count = people.entry(user).or_insert(0);
        if *count >= PER_PERSON {
            metrics::counter!("lignum_sync_turned_away_total", "why" => "person").increment(1);
            return Err(Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too-many-at-once",
                "Too many of your devices are sending at the same moment. They will try again by themselves.",
            )
            .retry_after(Duration::from_secs(rand::rng().random_range(1..=3))));
        }
        *count += 1;
        Ok(Person { user, people: Arc::clone(&self.people) })
    }
}

fn busy() -> Problem {
    metrics::counter!("lignum_sync_turned_away_total", "why" => "busy").increment(1);
    Problem::busy()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn user(number: u128) -> UserId {
        UserId(Uuid::from_u128(number))
    }

    #[tokio::test]
    async fn one_person_cannot_take_every_place() {
        let gate = Gate::new(PER_PERSON * 2);
        let mut taken = Vec::new();
        for _ in 0..PER_PERSON {
            taken.push(gate.enter(user(1)).await.unwrap());
        }
        assert!(gate.enter(user(1)).await.is_err());
        assert!(gate.enter(user(2)).await.is_ok());
        taken.pop();
        assert!(gate.enter(user(1)).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_is_told_to_come_back_and_who_waits_a_little_gets_in() {
        let gate = Arc::new(Gate::new(1));
        let first = gate.enter(user(1)).await.unwrap();
        assert!(gate.enter(user(2)).await.is_err());
        let waiting = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.enter(user(3)).await.map(|_| ()) }
        });
        tokio::task::yield_now().await;
        drop(first);
        assert!(waiting.await.unwrap().is_ok());
        assert_eq!(gate.people.lock().unwrap().len(), 0);
    }
}
