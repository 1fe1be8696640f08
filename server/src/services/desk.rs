//! The desk road's server side: one [`PersonsDesk`] for each call, which knows who asks.
//!
//! Every act begins by asking `domain::access` whether the role may do it at all; which rows it may touch
//! is then decided by row-level security.

use std::{sync::Arc, time::Duration};

use app::desk::DeskError;
use domain::{
    access::{Action, Actor, can},
    error::Refusal,
};

use crate::{
    auth::{Session, password::PasswordError},
    db::trouble::Trouble,
    http::state::AppState,
};

/// The desk of one person, for one call.
#[derive(Debug, Clone)]
pub struct PersonsDesk {
    /// What the server works with.
    pub state: AppState,
    /// Who asks; none if nobody is signed in.
    pub session: Option<Session>,
}

impl PersonsDesk {
    /// As the context that server functions look for.
    pub fn into_port(self) -> Arc<dyn app::ports::Desk> {
        Arc::new(self)
    }

    /// Who asks.
    pub(super) fn session(&self) -> Result<&Session, DeskError> {
        self.session.as_ref().ok_or(DeskError::SignedOut)
    }

    /// Who asks, if their role may do this.
    pub(super) fn actor(&self, action: Action) -> Result<&Actor, DeskError> {
        let actor = &self.session()?.actor;
        if can(actor.role, action) { Ok(actor) } else { Err(Refusal::not_allowed().into()) }
    }
}

/// What a failed statement means at the desk. `rules` names the field and the sentence for each
/// constraint that a person can run into.
pub(super) fn explained(problem: impl Into<Trouble>, rules: &[(&str, &str, &str)]) -> DeskError {
    let problem = problem.into();
    if let Trouble::Content { rule, .. } = &problem
        && let Some((rule, field, sentence)) = rules.iter().find(|(known, ..)| known == rule)
    {
        return Refusal::at(field, &rule.replace('_', "-"), *sentence).into();
    }
    if problem.is_passing() {
        tracing::warn!("a desk call could not be done now: {problem}");
        return DeskError::Busy { seconds: 5 };
    }
    tracing::error!("a desk call failed: {problem}");
    DeskError::Failed
}

/// A failed statement where no constraint is a person's doing.
pub(super) fn failed(problem: impl Into<Trouble>) -> DeskError {
    explained(problem, &[])
}

/// A password that could not be looked at.
pub(super) fn unhashed(problem: &PasswordError) -> DeskError {
    match problem {
        PasswordError::Busy => DeskError::Busy { seconds: 5 },
        PasswordError::Hash(_) | PasswordError::GivenUp => {
            tracing::error!("a password could not be hashed: {problem}");
            DeskError::Failed
        }
    }
}

/// Too much at once.
pub(super) fn wait(how_long: Duration) -> DeskError {
    DeskError::Busy { seconds: how_long.as_secs() + 1 }
}
