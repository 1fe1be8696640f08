//! Rows that do not mean what they should.

use uuid::Uuid;

/// A value that the program did not write like that: somebody changed the row by hand, or a newer
/// program did. Told with the column and the row's id, never with the value.
#[derive(Debug, thiserror::Error)]
#[error("{column} of row {row} cannot be read")]
pub struct Damaged {
    column: &'static str,
    row: Uuid,
}

impl Damaged {
    /// As the database's error.
    pub fn error(column: &'static str, row: Uuid) -> sqlx::Error {
        sqlx::Error::Decode(Box::new(Self { column, row }))
    }
}
