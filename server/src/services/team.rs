//! What each officer of the supervisor's region carries, and how their devices do.

use app::desk::{DeskError, DeviceView, TeamMember};
use domain::{
    access::Action,
    ids::{DeviceId, UserId},
};

use super::desk::{PersonsDesk, failed};
use crate::db::{self, device::KnownDevice, team::Figures};

/// The team of the person who asks.
pub(super) async fn of_actor(desk: &PersonsDesk) -> Result<Vec<TeamMember>, DeskError> {
    let actor = desk.actor(Action::SeeTeam)?;
    // A supervisor without a region has no team; the table of users lets none be made.
    let Some(region) = actor.region else { return Ok(Vec::new()) };
    let mut transaction = db::acting::begin_reading(&desk.state.pool, actor).await.map_err(failed)?;
    let rows = db::team::of_region(&mut transaction, region).await.map_err(failed)?;
    Ok(rows.into_iter().map(member).collect())
}

/// The devices of that team.
pub(super) async fn devices_of_actor(desk: &PersonsDesk) -> Result<Vec<DeviceView>, DeskError> {
    let actor = desk.actor(Action::SeeTeam)?;
    let Some(region) = actor.region else { return Ok(Vec::new()) };
    let rows = db::device::of_region(&desk.state.pool, region).await.map_err(failed)?;
    Ok(rows.into_iter().map(device).collect())
}

/// A device as its person and their supervisor see it.
pub(super) fn device(known: KnownDevice) -> DeviceView {
    let count = |n: i32| u32::try_from(n).unwrap_or(0);
    DeviceView {
        id: DeviceId(known.id),
        person: known.person,
        browser: known.browser,
        last_sync: known.last_sync,
        unsent: count(known.unsent),
        oldest_unsent: known.oldest_unsent,
        version: known.version,
        // Some browsers cannot tell.
        storage: known
            .used_mb
            .zip(known.quota_mb)
            .filter(|(_, quota)| *quota > 0)
            .map(|(used, quota)| (count(used), count(quota))),
        kept: known.kept,
        lost: known.lost,
    }
}

fn member(figures: Figures) -> TeamMember {
    let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
    TeamMember {
        user: UserId(figures.user),
        name: figures.name,
        disabled: figures.disabled,
        active: count(figures.active),
        closed: count(figures.closed),
        opened_30_days: count(figures.opened_30_days),
        last_contact: figures.last_contact,
        longest_quiet: figures.longest_quiet,
        last_sync: figures.last_sync,
        unsent: count(figures.unsent),
    }
}
