//! `lignum migrate`: the schema, without serving. `serve` does the same at its start.

use anyhow::Result;

use crate::{
    config::Config,
    startup::{Tenancy, open_database_as},
};

/// Brings the database up to date.
pub async fn run(config: &Config) -> Result<()> {
    let database = open_database_as(config, Tenancy::Shared).await?;
    database.close().await;
    println!("The database is up to date.");
    Ok(())
}
