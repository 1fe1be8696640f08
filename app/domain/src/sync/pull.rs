//! Where a pull begins and where it ends, so that no change is ever missed.
//!
//! Postgres numbers transactions; a row carries the number of the one that last changed it. Numbers
//! become visible out of order when transactions overlap, so a pull never ends at the highest number
//! it saw but at the *horizon*: the lowest number that was still running when it looked
//! (`pg_snapshot_xmin`). Everything below the horizon was visible; the next pull begins there. A row
//! may come twice, never not at all.

use crate::mutation::{Mutation, is_on};
use uuid::Uuid;

/// Up to where a device has listened; opaque to the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The life of the database in which the numbers below mean something.
    pub epoch: Uuid,
    /// Counts up when the person's role, region or school changes: then everything is pulled anew.
    pub scope: i64,
    /// The horizon of the last complete pull: everything from this number on is still to come.
    pub since: u64,
    /// Inside a pull that has more pages.
    pub page: Option<Page>,
}

/// Where the next page of a pull begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The horizon when the first page was read; the whole pull ends there.
    pub until: u64,
    /// The last file of the page before; files come in the order of their ids.
    pub after: Uuid,
    /// Whether the pull is one from the beginning.
    pub whole: bool,
}

/// What the server knows at the moment of the pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The present life of the database.
    pub epoch: Uuid,
    /// The person's present scope version.
    pub scope: i64,
    /// The lowest transaction number still running.
    pub horizon: u64,
}

/// What to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PullPlan {
    /// Read everything in scope, and tell the device to forget what it is not told.
    pub whole: bool,
    /// Read files that changed in this transaction or later.
    pub since: u64,
    /// Read files after this one.
    pub after: Option<Uuid>,
    /// Where the pull ends, whatever later pages see.
    pub until: u64,
    /// The device has listened further than the database has lived: the database went back in time
    /// (a restored disk, say), and nobody has said so. The server must begin a new epoch.
    pub went_back: bool,
}

/// Plans a pull.
pub fn plan(cursor: Option<Cursor>, position: &Position) -> PullPlan {
    let from_the_beginning = PullPlan { whole: true, since: 0, after: None, until: position.horizon, went_back: false };
    match cursor {
        // A new device, or numbers that mean nothing in this life of the database or in this scope.
        None => from_the_beginning,
        Some(cursor) if cursor.epoch != position.epoch || cursor.scope != position.scope => from_the_beginning,
        // Numbers only grow, so one from the future proves a database that went back.
        Some(cursor) if cursor.since > position.horizon || cursor.page.is_some_and(|p| p.until > position.horizon) => {
            PullPlan { went_back: true, ..from_the_beginning }
        }
        // In the middle of a pull: go on, to the end that the first page set.
        Some(Cursor { since, page: Some(page), .. }) => {
            PullPlan { whole: page.whole, since, after: Some(page.after), until: page.until, went_back: false }
        }
        Some(Cursor { since, page: None, .. }) => {
            PullPlan { whole: false, since, after: None, until: position.horizon, went_back: false }
        }
    }
}

impl PullPlan {
    /// The cursor after a page: at the last file that was sent if there is more, else at the horizon.
    pub fn next(&self, position: &Position, more_after: Option<Uuid>) -> Cursor {
        let (since, page) = match more_after {
            Some(after) if !is_on(Mutation::PagesSkipped) => {
                (self.since, Some(Page { until: self.until, after, whole: self.whole }))
            }
            _ => (self.until, None),
        };
        Cursor { epoch: position.epoch, scope: position.scope, since, page }
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.epoch.simple(), self.scope, self.since)?;
        if let Some(page) = &self.page {
            write!(f, ".{}.{}.{}", page.until, page.after.simple(), if page.whole { "w" } else { "d" })?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let parts: Vec<&str> = text.split('.').collect();
        let number = |text: &str| text.parse::<u64>().map_err(|_| ());
        let (head, page) = match parts.as_slice() {
            [epoch, scope, since] => ([epoch, scope, since], None),
            [epoch, scope, since, until, after, kind @ ("w" | "d")] => {
                let after = Uuid::parse_str(after).map_err(|_| ())?;
                ([epoch, scope, since], Some(Page { until: number(until)?, after, whole: *kind == "w" }))
            }
            _ => return Err(()),
        };
        Ok(Self {
            epoch: Uuid::parse_str(head[0]).map_err(|_| ())?,
            scope: head[1].parse().map_err(|_| ())?,
            since: number(head[2])?,
            page,
        })
    }
}

#[cfg(test)]
mod tests;
