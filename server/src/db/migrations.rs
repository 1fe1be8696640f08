//! The schema: embedded in the binary, applied at the start, forward-only (see `migrations/README.md`).

use sqlx::{
    PgPool,
    migrate::{MigrateError, Migrator},
};

use super::role::{RoleError, ensure_app_role};

/// All migrations of this program.
pub static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The role that the migrations grant to.
    #[error(transparent)]
    Role(#[from] RoleError),
    /// A newer program has been here.
    #[error("the database is newer than this program (it has migration {version}): start the newer lignum")]
    TooNew {
        /// A migration that this program does not know.
        version: i64,
    },
    /// An applied migration differs from the one of that name in this program.
    #[error(
        "migration {version} was applied in another form than this program has: this is not a release of the same lignum"
    )]
    Changed {
        /// The migration.
        version: i64,
    },
    /// A migration failed; nothing of it was kept.
    #[error("migration {version} failed: {source}")]
    Failed {
        /// The migration.
        version: i64,
        /// What the database said.
        source: sqlx::Error,
    },
    /// Anything else.
    #[error("the database could not be migrated: {0}")]
    Other(#[source] MigrateError),
}

/// Brings a database up to date: the role first, then every migration that it has not seen. Several
/// servers that start at once wait for each other.
pub async fn migrate(owner: &PgPool) -> Result<(), SchemaError> {
    ensure_app_role(owner).await?;
    MIGRATOR.run(owner).await.map_err(|problem| match problem {
        MigrateError::VersionMissing(version) => SchemaError::TooNew { version },
        MigrateError::VersionMismatch(version) => SchemaError::Changed { version },
        MigrateError::ExecuteMigration(source, version) => SchemaError::Failed { version, source },
        other => SchemaError::Other(other),
    })
}

/// Whether the database has every migration of this program.
pub async fn is_up_to_date(owner: &PgPool) -> Result<bool, sqlx::Error> {
    let newest = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or(0);
    sqlx::query_scalar("SELECT coalesce(max(version), 0) >= $1 FROM _sqlx_migrations WHERE success")
        .bind(newest)
        .fetch_one(owner)
        .await
}
