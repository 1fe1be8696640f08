//! What changed since a device last listened.
//!
//! All functions read inside one `REPEATABLE READ` transaction ([`super::acting::begin_pulling`]), so
//! the horizon and the rows come from one snapshot: every transaction below the horizon had ended when
//! the snapshot was taken, so whatever it wrote is visible in it; what the snapshot does not show was
//! written at the horizon or later, and the next pull begins there.

use domain::{
    access::{Actor, Role},
    attachment::Attachment,
    client::Client,
    contact::ContactNote,
    mutation::{Mutation, is_on},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{attachment, contact_note, stored, trouble::Trouble};

/// Where the database stands, and which of the things that are sent whole have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The lowest transaction number still running.
    pub horizon: u64,
    /// The present life of the database.
    pub epoch: Uuid,
    /// What seals cursors in this life.
    pub cursor_key: Vec<u8>,
    /// A region, school or community changed.
    pub places_changed: bool,
    /// For a supervisor: an officer changed, or a case of the region changed hands.
    pub colleagues_changed: bool,
    /// For an officer: clients' files that went to somebody else.
    pub gone: Vec<Uuid>,
}

/// A file that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangedFile {
    /// Which.
    pub id: Uuid,
    /// Whether it is a client's; else it is a referral.
    pub is_client: bool,
    /// Whether it came into the actor's hands since, so that all of it is new to them.
    pub entered: bool,
}

/// Asks where the database stands, seen from transaction `since`. None without an epoch: then the
/// database was not prepared.
pub async fn standing(connection: &mut PgConnection, actor: &Actor, since: u64) -> Result<Option<Standing>, Trouble> {
    let row = sqlx::query!(
        r#"SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS "horizon!"
                , pg_snapshot_xmax(pg_current_snapshot())::text AS "newest!"
                , epochs.id AS epoch
                , epochs.cursor_key
                , (EXISTS (SELECT FROM regions WHERE changed >= $1::text::xid8)
                   OR EXISTS (SELECT FROM schools WHERE changed >= $1::text::xid8)
                   OR EXISTS (SELECT FROM communities WHERE changed >= $1::text::xid8)) AS "places_changed!"
                , ($2 AND (EXISTS (SELECT FROM users WHERE changed >= $1::text::xid8)
                   OR EXISTS (SELECT FROM subjects WHERE kind = 'client' AND region_id = $4 AND entered >= $1::text::xid8))) AS "colleagues_changed!"
                , CASE WHEN $3 THEN ARRAY(
                      SELECT DISTINCT client_id FROM assignments AS left_behind
                      WHERE officer_id = $5 AND changed >= $1::text::xid8 AND ended_at IS NOT NULL
                        AND NOT EXISTS (SELECT FROM subjects WHERE subjects.id = left_behind.client_id AND subjects.officer_id = $5)
                  ) ELSE '{}' END AS "gone!"
           FROM epochs
           ORDER BY began_at DESC, id DESC
           LIMIT 1"#,
        since.to_string(),
        actor.role == Role::Supervisor,
        actor.role == Role::Officer,
        actor.region.map(|id| id.0),
        actor.user.0,
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        let horizon = if is_on(Mutation::CursorPastTheHorizon) { row.newest } else { row.horizon };
        let horizon = horizon.parse().map_err(|_| Trouble::Unreadable {
            table: "pg_current_snapshot",
            id: Uuid::nil(),
            reason: "not a number".to_owned(),
        })?;
        Ok(Standing {
            horizon,
            epoch: row.epoch,
            cursor_key: row.cursor_key,
            places_changed: row.places_changed,
            colleagues_changed: row.colleagues_changed,
            gone: row.gone,
        })
    })
    .transpose()
}

/// Which part of the changed files is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Changed in this transaction or later.
    pub since: u64,
    /// Everything in scope; of referrals the open ones, and those decided not long ago.
    pub whole: bool,
    /// After this file, in the order of ids.
    pub after: Option<Uuid>,
    /// At most so many.
    pub limit: i64,
}

/// For how many days a decided referral is part of what a supervisor's new device holds.
pub const DECIDED_DAYS: i32 = 90;

/// Lists the files in the actor's scope that changed, in the order of their ids.
pub async fn changed_files(
    connection: &mut PgConnection,
    actor: &Actor,
    asked: Asked,
) -> Result<Vec<ChangedFile>, Trouble> {
    let since = asked.since.to_string();
    let files = match actor.role {
        Role::Officer => {
            sqlx::query_as!(
                ChangedFile,
                r#"SELECT id AS "id!", is_client AS "is_client!", entered AS "entered!" FROM (
                       SELECT id, true AS is_client, entered >= $2::text::xid8 AS entered FROM subjects
                       WHERE officer_id = $1 AND changed >= $2::text::xid8
                       UNION ALL
                       SELECT id, false, false FROM subjects
                       WHERE referrer_id = $1 AND changed >= $2::text::xid8
                   ) AS files
                   WHERE id > $3
                   ORDER BY id LIMIT $4"#,
                actor.user.0,
                since,
                asked.after.unwrap_or(Uuid::nil()),
                asked.limit,
            )
            .fetch_all(connection)
            .await?
        }
        Role::Counsellor => {
            sqlx::query_as!(
                ChangedFile,
                r#"SELECT id, false AS "is_client!", false AS "entered!" FROM subjects
                   WHERE referrer_id = $1 AND changed >= $2::text::xid8 AND id > $3
                   ORDER BY id LIMIT $4"#,
                actor.user.0,
                since,
                asked.after.unwrap_or(Uuid::nil()),
                asked.limit,
            )
            .fetch_all(connection)
            .await?
        }
        Role::Supervisor if asked.whole => {
            sqlx::query_as!(
                ChangedFile,
                r#"SELECT id AS "id!", false AS "is_client!", false AS "entered!" FROM (
                       SELECT id FROM referrals WHERE region_id = $1 AND state IN ('received', 'information-asked')
                       UNION
                       SELECT id FROM referrals WHERE region_id = $1 AND decided_at >= now() - make_interval(days => $2)
                   ) AS files
                   WHERE id > $3
                   ORDER BY id LIMIT $4"#,
                actor.region.map(|id| id.0),
                DECIDED_DAYS,
                asked.after.unwrap_or(Uuid::nil()),
                asked.limit,
            )
            .fetch_all(connection)
            .await?
        }
        Role::Supervisor => {
            sqlx::query_as!(
                ChangedFile,
                r#"SELECT id, false AS "is_client!", false AS "entered!" FROM subjects
                   WHERE kind = 'referral' AND region_id = $1 AND changed >= $2::text::xid8 AND id > $3
                   ORDER BY id LIMIT $4"#,
                actor.region.map(|id| id.0),
                since,
                asked.after.unwrap_or(Uuid::nil()),
                asked.limit,
            )
            .fetch_all(connection)
            .await?
        }
        Role::Administrator => Vec::new(),
    };
    Ok(files)
}

/// A part of a client's file.
#[derive(Debug)]
pub enum Part {
    /// Profile and case.
    Client(Box<Client>),
    /// A note.
    Note(Box<ContactNote>),
    /// A photo or a signature, without its content.
    Attachment(Box<Attachment>),
}

/// Reads these clients' files: profile and case, and of notes and attachments all where the file is `whole`, else
/// those that changed in transaction `since` or later. Each file's notes come in the order of the contacts.
pub async fn client_files(
    connection: &mut PgConnection,
    clients: &[Uuid],
    whole: &[bool],
    since: u64,
) -> Result<Vec<Result<Part, Trouble>>, Trouble> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id!", data::text AS "data!", NULL AS amendments, NULL::timestamptz AS done
                , NULL::uuid AS client_id, NULL::timestamptz AS happened_at, NULL AS unusable, false AS "is_attachment!"
           FROM clients WHERE id = ANY ($1)
           UNION ALL
           SELECT notes.id, notes.data::text, notes.amendments::text, notes.next_action_done, notes.client_id, notes.happened_at, NULL, false
           FROM unnest($1::uuid[], $2::boolean[]) AS given (id, whole)
           JOIN contact_notes AS notes ON notes.client_id = given.id
             AND notes.changed >= CASE WHEN given.whole THEN '0'::xid8 ELSE $3::text::xid8 END
           UNION ALL
           SELECT attached.id, attached.data::text, NULL, attached.arrived_at, attached.client_id, attached.recorded_at, attached.unusable, true
           FROM unnest($1::uuid[], $2::boolean[]) AS given (id, whole)
           JOIN attachments AS attached ON attached.client_id = given.id
             AND attached.changed >= CASE WHEN given.whole THEN '0'::xid8 ELSE $3::text::xid8 END
           ORDER BY client_id NULLS FIRST, happened_at, "id!""#,
        clients,
        whole,
        since.to_string(),
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| match row.amendments {
            None if row.is_attachment => {
                let attachment = attachment::assemble(row.id, &row.data, row.done, row.unusable)?;
                Ok(Part::Attachment(Box::new(attachment)))
            }
            None => stored::read("clients", row.id, &row.data).map(|client| Part::Client(Box::new(client))),
            Some(amendments) => {
                contact_note::assemble(row.id, &row.data, &amendments, row.done).map(|note| Part::Note(Box::new(note)))
            }
        })
        .collect())
}
