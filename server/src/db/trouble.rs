//! What a failed statement means for the person who waits.

use sqlx::error::DatabaseError;

/// What a failed statement means.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Nothing is wrong with what was asked; asking again later may succeed.
    #[error("the database is busy or away: {0}")]
    Passing(#[source] sqlx::Error),
    /// The database refuses this very content: a constraint, a policy, or a value it cannot hold.
    #[error("the database refuses the content ({rule}): {source}")]
    Content {
        /// The constraint's name, or the SQL state where there is none.
        rule: String,
        /// What the database said.
        source: sqlx::Error,
    },
    /// A defect of the program or of the schema.
    #[error("the database failed: {0}")]
    Defect(#[source] sqlx::Error),
    /// A row that this program wrote does not read as what it should be.
    #[error("{table} row {id} cannot be read: {reason}")]
    Unreadable {
        /// In which table.
        table: &'static str,
        /// Which row.
        id: uuid::Uuid,
        /// Why.
        reason: String,
    },
    /// A change that should have touched rows did not.
    #[error("{0} were to be changed and were not all there")]
    Missed(&'static str),
}

impl From<sqlx::Error> for Trouble {
    fn from(problem: sqlx::Error) -> Self {
        match &problem {
            sqlx::Error::Database(said) => match judge(said.as_ref()) {
                Judgement::Passing => Self::Passing(problem),
                Judgement::Content(rule) => Self::Content { rule, source: problem },
                Judgement::Defect => Self::Defect(problem),
            },
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Passing(problem),
            _ => Self::Defect(problem),
        }
    }
}

impl Trouble {
    /// Whether asking again at once may succeed: two transactions got into each other's way.
    pub fn is_collision(&self) -> bool {
        matches!(self, Self::Passing(sqlx::Error::Database(said)) if matches!(said.code().as_deref(), Some("40001" | "40P01")))
    }

    /// Whether the trouble is with some of the rows only: others may be written meanwhile.
    pub fn is_local(&self) -> bool {
        self.is_collision()
            || matches!(self, Self::Passing(sqlx::Error::Database(said)) if said.code().as_deref() == Some("55P03"))
    }

    /// Whether asking again later may succeed.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Passing(_))
    }
}

enum Judgement {
    Passing,
    Content(String),
    Defect,
}

fn judge(said: &dyn DatabaseError) -> Judgement {
    let code = said.code().unwrap_or_default();
    let rule = || said.constraint().map_or_else(|| code.to_string(), str::to_owned);
    match (code.get(..2).unwrap_or_default(), code.as_ref()) {
        // Connection lost, collision, out of resources (a full disk too), shutting down.
        ("08" | "40" | "53" | "57" | "58", _) | (_, "55P03" | "25P03" | "25P04") => Judgement::Passing,
        // A value out of range, a broken constraint, a row that a policy does not let in.
        ("22" | "23", _) | (_, "42501" | "54000") => Judgement::Content(rule()),
        _ => Judgement::Defect,
    }
}
