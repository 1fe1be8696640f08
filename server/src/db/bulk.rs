//! Writing many rows at once (`COPY`), as the owner: for the large demonstration only.
//!
//! Places in the journal are taken from its own sequence, so that a running server is not disturbed.

use std::fmt::Write;

use domain::clock::Moment;
use sqlx::PgConnection;
use uuid::Uuid;

use super::trouble::Trouble;

/// The tables that can be written so, with their columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Heads of files.
    Subjects,
    /// Referrals.
    Referrals,
    /// Clients.
    Clients,
    /// Who had which client.
    Assignments,
    /// Contact notes.
    ContactNotes,
    /// The journal.
    Journal,
}

impl Table {
    const fn statement(self) -> &'static str {
        match self {
            Self::Subjects => {
                "COPY subjects (id, kind, region_id, school_id, referrer_id, officer_id, last_contact_at, head_position, head_hash) FROM STDIN"
            }
            Self::Referrals => {
                "COPY referrals (id, region_id, school_id, referrer_id, reference, state, sent_at, received_at, decided_at, data) FROM STDIN"
            }
            Self::Clients => "COPY clients (id, region_id, officer_id, reference, status, opened_at, data) FROM STDIN",
            Self::Assignments => {
                "COPY assignments (client_id, case_id, region_id, officer_id, started_at, ended_at) FROM STDIN"
            }
            Self::ContactNotes => {
                "COPY contact_notes (id, client_id, region_id, author_id, kind, happened_at, recorded_at, received_at, data, amendments, next_action_done) FROM STDIN"
            }
            Self::Journal => {
                "COPY journal (position, op_id, subject_id, region_id, actor_id, device_id, seq, kind, received_at, entry, previous, hash) FROM STDIN"
            }
        }
    }
}

/// Rows in the text form of `COPY`.
#[derive(Debug, Default)]
pub struct Rows(String);

/// One row; its values are given in the order of the columns.
#[derive(Debug)]
pub struct Row<'a> {
    text: &'a mut String,
    is_first: bool,
}

impl Rows {
    /// Begins a row. It ends when the value is dropped.
    pub fn row(&mut self) -> Row<'_> {
        Row { text: &mut self.0, is_first: true }
    }
}

impl Drop for Row<'_> {
    fn drop(&mut self) {
        self.text.push('\n');
    }
}

impl Row<'_> {
    fn next(&mut self) -> &mut String {
        if !self.is_first {
            self.text.push('\t');
        }
        self.is_first = false;
        self.text
    }

    /// A value that has no special characters: a number, an identifier.
    pub fn plain(mut self, value: impl std::fmt::Display) -> Self {
        // Writing to a string does not fail.
        let _ = write!(self.next(), "{value}");
        self
    }

    /// An identifier that may be missing.
    pub fn id(self, value: Option<Uuid>) -> Self {
        match value {
            Some(id) => self.plain(id),
            None => self.nothing(),
        }
    }

    /// A moment that may be missing.
    pub fn moment(self, value: Option<Moment>) -> Self {
        match value {
            Some(at) => self.plain(at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)),
            None => self.nothing(),
        }
    }

    /// No value.
    pub fn nothing(mut self) -> Self {
        self.next().push_str("\\N");
        self
    }

    /// Any text.
    pub fn text(mut self, value: &str) -> Self {
        let out = self.next();
        for c in value.chars() {
            match c {
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c => out.push(c),
            }
        }
        self
    }

    /// Bytes.
    pub fn bytes(mut self, value: &[u8; 32]) -> Self {
        let out = self.next();
        out.push_str("\\\\x");
        out.push_str(&domain::sync::chain::hex(value));
        self
    }
}

/// Writes rows.
pub async fn copy(connection: &mut PgConnection, table: Table, rows: Rows) -> Result<u64, Trouble> {
    if rows.0.is_empty() {
        return Ok(0);
    }
    let mut copy = connection.copy_in_raw(table.statement()).await?;
    copy.send(rows.0.into_bytes()).await?;
    Ok(copy.finish().await?)
}

/// Takes so many places in the journal, in ascending order.
pub async fn take_places(connection: &mut PgConnection, count: usize) -> Result<Vec<i64>, Trouble> {
    let count = i32::try_from(count).unwrap_or(i32::MAX);
    let mut places = sqlx::query_scalar!(
        r#"SELECT nextval(pg_get_serial_sequence('journal', 'position')) AS "place!" FROM generate_series(1, $1)"#,
        count,
    )
    .fetch_all(connection)
    .await?;
    places.sort_unstable();
    Ok(places)
}

/// Lets commits of this transaction wait for no disk: what is lost in a crash is made again.
pub async fn hurry(connection: &mut PgConnection) -> Result<(), Trouble> {
    sqlx::query!("SET LOCAL synchronous_commit = off").execute(connection).await?;
    Ok(())
}

/// Lets the planner know what was written.
pub async fn gather_statistics(connection: &mut PgConnection) -> Result<(), Trouble> {
    sqlx::raw_sql("ANALYZE subjects, referrals, clients, assignments, contact_notes, journal, users, regions, schools, communities")
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Rows;

    #[test]
    fn any_text_stays_one_value_of_one_row() {
        let mut rows = Rows::default();
        rows.row().text("a\tb\nc\\d\"").nothing().plain(7);
        rows.row().id(None);
        assert_eq!(rows.0, "a\\tb\\nc\\\\d\"\t\\N\t7\n\\N\n");
    }
}
