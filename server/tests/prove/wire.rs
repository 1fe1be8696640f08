//! What travels between a phone and the service, and what befalls it on the way.

use std::{pin::pin, task::Poll};

use domain::{
    clock::Moment,
    sync::wire_v1::{SealedResponse, SyncResponse},
};
use serde::{Serialize, de::DeserializeOwned};
use server::{
    auth::Session,
    services::sync::{SyncError, SyncService},
};

use crate::schedule::Fate;

/// What the server says.
pub enum Reply<T> {
    Heard(T),
    /// It is busy: later, then.
    NotNow,
    /// Nobody is signed in.
    SignedOut,
    /// The phone was reported lost.
    Revoked,
}

/// Ops in the open, and what changed.
pub async fn sync(
    service: &SyncService,
    session: &Session,
    request: &str,
    now: Moment,
) -> Result<Reply<SyncResponse>, String> {
    let request = serde_json::from_str(request).map_err(|error| told(&error))?;
    answered(service.synchronise(session, &request, now).await)
}

/// Ops in envelopes.
pub async fn sealed(
    service: &SyncService,
    session: Option<&Session>,
    request: &str,
    now: Moment,
) -> Result<Reply<SealedResponse>, String> {
    let request = serde_json::from_str(request).map_err(|error| told(&error))?;
    answered(service.take_sealed(session, &request, now).await)
}

fn answered<T: Serialize + DeserializeOwned>(answer: Result<T, SyncError>) -> Result<Reply<T>, String> {
    match answer {
        Ok(response) => {
            let text = serde_json::to_string(&response).map_err(|error| told(&error))?;
            serde_json::from_str(&text).map(Reply::Heard).map_err(|error| told(&error))
        }
        Err(SyncError::Trouble(trouble)) if trouble.is_passing() || trouble.is_local() => Ok(Reply::NotNow),
        Err(SyncError::SignedOut) => Ok(Reply::SignedOut),
        Err(SyncError::Revoked) => Ok(Reply::Revoked),
        Err(error) => Err(format!("the server refused a request: {error}")),
    }
}

fn told(error: &serde_json::Error) -> String {
    error.to_string()
}

/// A request that its sender has given up, and that is still under way.
pub enum Late {
    Sync(String),
    /// Sent by the worker, in a session or without one.
    Sealed(String, bool),
}

impl Late {
    /// It arrives after all; nobody hears the reply.
    pub async fn arrive(self, service: &SyncService, session: &Session, now: Moment) -> Result<(), String> {
        match self {
            Self::Sync(request) => drop(sync(service, session, &request, now).await?),
            Self::Sealed(request, signed_in) => {
                drop(sealed(service, signed_in.then_some(session), &request, now).await?);
            }
        }
        Ok(())
    }
}

/// A request meets its fate; what its sender hears. What is late is kept by the sender.
pub async fn through<T>(fate: Fate, ask: impl AsyncFn() -> Result<T, String>) -> Result<Option<T>, String> {
    Ok(match fate {
        Fate::RequestLost | Fate::Late => None,
        Fate::ReplyLost | Fate::KilledBeforeStored => {
            ask().await?;
            None
        }
        Fate::Doubled => {
            let (first, second) = tokio::join!(ask(), ask());
            first?;
            Some(second?)
        }
        Fate::Dropped(polls) => {
            polled_at_most(ask(), polls).await.transpose()?;
            None
        }
        Fate::Fine | Fate::ActsMeanwhile { .. } | Fate::Crossed | Fate::Collides(_) => Some(ask().await?),
    })
}

/// What a future does in its first so many polls; then it is dropped.
pub async fn polled_at_most<F: Future>(future: F, times: u8) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}
