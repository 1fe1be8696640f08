//! The sub-commands of `lignum`, one file each.

pub mod admin;
pub mod backup;
pub mod demo;
pub mod envelope_keys;
pub mod migrate;
mod programs;
pub mod restore;
pub mod serve;
pub mod verify_journal;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::{
    config::{Config, Sources},
    services::epoch,
    telemetry,
};

/// Case management for young people at risk, which also works without a network.
#[derive(Debug, Parser)]
#[command(name = "lignum", version, about)]
pub struct Arguments {
    #[command(flatten)]
    general: General,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct General {
    /// Configuration file in TOML; LIGNUM_… variables win over it
    #[arg(long, global = true, value_name = "FILE", env = "LIGNUM_CONFIG")]
    config: Option<PathBuf>,
    /// Folder of the data, the private database above all
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until asked to stop
    Serve(serve::ServeArgs),
    /// Bring the database up to date
    Migrate,
    /// Keep accounts
    Admin(admin::AdminArgs),
    /// Fill the database with fictional people
    Demo(demo::DemoArgs),
    /// Prove that nothing in the journal was changed, removed or slipped in
    VerifyJournal(verify_journal::VerifyJournalArgs),
    /// Keep the keys to which phones seal what they have not yet sent
    EnvelopeKeys(envelope_keys::EnvelopeKeysArgs),
    /// Write a backup of the whole database to a file
    Backup(backup::BackupArgs),
    /// Put a backup in the place of the database
    Restore(restore::RestoreArgs),
}

/// Runs what the command line asks for.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { general, command } = arguments;
    let sources =
        Sources::of_process(general.config).with("data_dir", general.data_dir.map(|path| path.display().to_string()));
    let address = match &command {
        Command::Serve(args) => args.address,
        _ => None,
    };
    let config = Config::load(&sources.with("address", address))?;
    telemetry::start_log(&config.log)?;
    for name in &config.unknown_variables {
        tracing::warn!("{name} is set and is no key of this program: is it misspelt?");
    }
    match command {
        Command::Serve(args) => serve::run(&args, config).await,
        Command::Admin(args) => admin::run(&args, &config).await,
        Command::Demo(args) => demo::run(&args, &config).await,
        Command::EnvelopeKeys(args) => envelope_keys::run(&args, &config),
        Command::Migrate => migrate::run(&config).await,
        Command::VerifyJournal(args) => verify_journal::run(&args, &config).await,
        Command::Backup(args) => backup::run(&args, &config).await,
        Command::Restore(args) => {
            restore::run(&args, &config, async |owner| {
                epoch::begin_new(owner).await?;
                Ok(())
            })
            .await
        }
    }
}
