//! `lignum demo`: fictional people in any number, the same for the same seed.

use anyhow::Result;
use clap::Args;

use crate::{
    config::Config,
    demo,
    startup::{Tenancy, open_database_as},
};

/// What `lignum demo` takes.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// How many clients
    #[arg(long, value_name = "N", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub clients: u32,
    /// How many contact notes each of them has on average
    #[arg(long, value_name = "M", default_value_t = 12, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub notes_per_client: u32,
    /// Another seed makes other people
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
}

/// Fills the database.
pub async fn run(args: &DemoArgs, config: &Config) -> Result<()> {
    let DemoArgs { clients, notes_per_client, seed } = *args;
    let volume = demo::Volume { clients, notes_per_client, seed };
    let database = open_database_as(config, Tenancy::Shared).await?;
    let filled = demo::fill(&database.owner, volume).await;
    database.close().await;
    filled
}
