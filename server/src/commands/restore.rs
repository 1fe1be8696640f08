//! `lignum restore FILE`: a backup back in use.
//!
//! Into an empty database it goes directly. With `--yes` it replaces the current one, which is kept
//! under another name; a restore that fails leaves everything as it was. The server must not be running.
//! Afterwards a new *epoch* begins: phones notice it and offer again what they sent since the backup.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use sqlx::PgPool;

use super::programs;
use crate::{
    config::Config,
    db::{migrations::migrate, replace, role::ensure_app_role},
    startup::{DatabaseServer, Tenancy},
};

/// What `lignum restore` takes.
#[derive(Debug, Clone, Args)]
pub struct RestoreArgs {
    /// A file that `lignum backup` wrote
    pub file: PathBuf,
    /// Replace the current database if it is not empty; it is kept under another name
    #[arg(long)]
    pub yes: bool,
}

/// Restores the backup, brings its schema up to date, and calls `begin_new_epoch` on the restored database.
pub async fn run(
    args: &RestoreArgs,
    config: &Config,
    begin_new_epoch: impl AsyncFnOnce(&PgPool) -> Result<()>,
) -> Result<()> {
    if !args.file.is_file() {
        bail!("{} is not a file", args.file.display());
    }
    programs::check_backup(config, &args.file).await?;
    let server = DatabaseServer::open(config, Tenancy::Alone).await?;
    let restored = restore(args, config, &server, begin_new_epoch).await;
    server.close().await;
    if let Some(kept) = restored? {
        println!("The replaced database is kept as {kept}; drop it when you are sure.");
    }
    println!("Restored. Phones will offer again what they sent since this backup.");
    Ok(())
}

async fn restore(
    args: &RestoreArgs,
    config: &Config,
    server: &DatabaseServer,
    begin_new_epoch: impl AsyncFnOnce(&PgPool) -> Result<()>,
) -> Result<Option<String>> {
    let owner = server.owner_pool().await?;
    ensure_app_role(&owner).await?;
    owner.close().await;
    let options = &server.options;
    let current = options.get_database().unwrap_or(options.get_username()).to_owned();
    if replace::is_empty(options).await? {
        load(args, config, server, &current).await?;
        finish(server, &current, begin_new_epoch).await?;
        return Ok(None);
    }
    if !args.yes {
        bail!("the database {current} is not empty: add --yes to replace it (it is kept under another name)");
    }
    if replace::is_in_use(options).await? {
        bail!("the database {current} is in use: stop every lignum server first");
    }
    let fresh = replace::make_beside(options, &current)
        .await
        .context("no database could be made beside the current one (the database user needs CREATEDB)")?;
    let ready = async {
        load(args, config, server, &fresh).await?;
        finish(server, &fresh, begin_new_epoch).await?;
        replace::swap(options, &current, &fresh).await.context("the databases could not be swapped")
    };
    match ready.await {
        Ok(kept) => Ok(Some(kept)),
        Err(problem) => {
            // The first problem is the one to report.
            let _ = replace::drop_beside(options, &fresh).await;
            Err(problem)
        }
    }
}

/// Fills a database from the file, whole or not at all.
async fn load(args: &RestoreArgs, config: &Config, server: &DatabaseServer, database: &str) -> Result<()> {
    let run = programs::to_database("pg_restore", config, server, Some(database))?
        .args(["--single-transaction", "--exit-on-error", "--no-owner", "--no-password"])
        .arg(&args.file)
        .output()
        .await
        .context("pg_restore cannot be run")?;
    if !run.status.success() {
        bail!("{} could not be restored: {}", args.file.display(), programs::last_words(&run.stderr));
    }
    Ok(())
}

/// What a restored database needs before anybody uses it.
async fn finish(
    server: &DatabaseServer,
    database: &str,
    begin_new_epoch: impl AsyncFnOnce(&PgPool) -> Result<()>,
) -> Result<()> {
    let owner = crate::db::pools::owner_pool(&server.options.clone().database(database)).await?;
    let finished = async {
        migrate(&owner).await?;
        begin_new_epoch(&owner).await?;
        replace::analyze(&owner).await?;
        Ok(())
    };
    let outcome = finished.await;
    owner.close().await;
    outcome
}
