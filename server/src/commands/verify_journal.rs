//! `lignum verify-journal`: proves that no journal entry was changed, removed or slipped in.

use anyhow::{Result, bail};
use clap::Args;

use crate::{
    config::Config,
    services::{
        seal::Trusted,
        verify::{Report, verify_journal},
    },
    startup::{Tenancy, open_database_as},
};

/// What `lignum verify-journal` takes.
#[derive(Debug, Clone, Args)]
pub struct VerifyJournalArgs {
    /// Say nothing when all is well
    #[arg(long)]
    pub quiet: bool,
}

/// Checks the whole journal beside a running server; an error where it is broken.
pub async fn run(args: &VerifyJournalArgs, config: &Config) -> Result<()> {
    let trusted = Trusted::read(&config.data_dir)?;
    let database = open_database_as(config, Tenancy::Shared).await?;
    let verified = verify_journal(&database.owner, trusted.as_ref()).await;
    database.close().await;
    tell(&verified?, args.quiet)
}

fn tell(report: &Report, quiet: bool) -> Result<()> {
    let Report { entries, files, seals, broken, .. } = report;
    if report.is_sound() {
        if !quiet {
            println!("The journal is sound: {entries} entries of {files} files, {seals} daily seals.");
        }
        return Ok(());
    }
    for found in &report.breaks {
        eprintln!("{found}");
    }
    bail!("the journal is broken in {broken} places; the first ones are above");
}
