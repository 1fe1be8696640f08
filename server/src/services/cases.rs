//! The region's cases, for its supervisor.

use app::{
    desk::{CaseFile, CasePage, CaseQuery, CaseRow, CaseState, DeskError, DeviceView, TeamMember},
    ports::Cases,
};
use async_trait::async_trait;
use domain::{
    access::Action,
    error::Refusal,
    ids::{ClientId, SchoolId, UserId},
};
use uuid::Uuid;

use super::{
    desk::{PersonsDesk, failed},
    team,
};
use crate::db::{
    self,
    access_log::{Event, note},
    case_browse::{Row, Wanted},
};

const PAGE: usize = 50;
/// So many near misses are worth reading.
const NEAR: i64 = 20;
/// Fewer letters than this are near to everything.
const LEAST_FOR_NEAR: usize = 3;
/// More words than this are no name with a slip, and cost time to compare.
const MOST_FOR_NEAR: usize = 8;
/// Notes of one file on one screen: years of visits.
const NOTES: usize = 500;
/// Nobody types longer names into a search.
const LONGEST_QUERY: usize = 200;

#[async_trait]
impl Cases for PersonsDesk {
    async fn search_cases(&self, query: CaseQuery) -> Result<CasePage, DeskError> {
        let actor = self.actor(Action::BrowseCases)?;
        if query.query.chars().count() > LONGEST_QUERY {
            return Err(Refusal::at("query", "too-long", "These are more words than any name has.").into());
        }
        let typed = query.query.replace('\0', " ").to_lowercase();
        let words: Vec<String> = typed.split_whitespace().map(str::to_owned).collect();
        let letters: usize = words.iter().map(|word| word.chars().count()).sum();
        let wanted = Wanted {
            words,
            officer: query.officer,
            status: match query.state {
                CaseState::Active => Some("active"),
                CaseState::Closed => Some("closed"),
                CaseState::Any => None,
            },
            after: query.after.as_deref().map(place).transpose()?,
            limit: i64::try_from(PAGE + 1).unwrap_or(i64::MAX),
        };
        let mut transaction = db::acting::begin_reading(&self.state.pool, actor).await.map_err(failed)?;
        let mut rows = db::case_browse::find(&mut transaction, &wanted).await.map_err(failed)?;
        if rows.is_empty() && wanted.after.is_none() && letters >= LEAST_FOR_NEAR && wanted.words.len() <= MOST_FOR_NEAR
        {
            let wanted = Wanted { limit: NEAR, ..wanted };
            let rows = db::case_browse::find_near(&mut transaction, &wanted).await.map_err(failed)?;
            return Ok(CasePage { near: true, next: None, rows: rows.into_iter().map(case_row).collect() });
        }
        let more = rows.len() > PAGE;
        rows.truncate(PAGE);
        let next = rows.last().filter(|_| more).map(|row| format!("{} {}", row.client, row.sort_name));
        Ok(CasePage { near: false, next, rows: rows.into_iter().map(case_row).collect() })
    }

    async fn case_file(&self, client: ClientId) -> Result<CaseFile, DeskError> {
        let actor = self.actor(Action::BrowseCases)?;
        let mut transaction = db::acting::begin(&self.state.pool, actor).await.map_err(failed)?;
        let found = db::client::read(&mut transaction, &[client.0]).await.map_err(failed)?.pop();
        let file = found.ok_or_else(Refusal::not_found)?.map_err(failed)?;
        let limit = i64::try_from(NOTES + 1).unwrap_or(i64::MAX);
        let mut notes = db::case_browse::latest_notes(&mut transaction, client, limit).await.map_err(failed)?;
        let older_notes = notes.len() > NOTES;
        notes.truncate(NOTES);
        let attachments = db::attachment::of_client(&mut transaction, client).await.map_err(failed)?;
        note(&mut *transaction, Event::ReadFile, Some(actor.user), Some(client.0)).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(CaseFile { client: file, notes, attachments, older_notes })
    }

    async fn team(&self) -> Result<Vec<TeamMember>, DeskError> {
        team::of_actor(self).await
    }

    async fn team_devices(&self) -> Result<Vec<DeviceView>, DeskError> {
        team::devices_of_actor(self).await
    }
}

/// The place in the list at which a page begins.
fn place(cursor: &str) -> Result<(String, Uuid), DeskError> {
    let read = || {
        let (id, name) = cursor.split_once(' ')?;
        Some((name.replace('\0', ""), Uuid::parse_str(id).ok()?))
    };
    read().ok_or_else(|| Refusal::new("malformed", "This page cannot be found. Please search again.").into())
}

fn case_row(row: Row) -> CaseRow {
    CaseRow {
        client: ClientId(row.client),
        reference: row.reference,
        name: format!("{} {}", row.first_name, row.last_name),
        nickname: row.nickname,
        date_of_birth: row.born,
        school: row.school.map(SchoolId),
        officer: UserId(row.officer),
        officer_name: row.officer_name,
        active: row.active,
        opened_at: row.opened_at,
        last_contact: row.last_contact,
        conflicts: u32::try_from(row.conflicts).unwrap_or(0),
    }
}
