//! `lignum envelope-keys`: the keys to which phones seal what they have not yet sent.

use anyhow::{Result, bail};
use chrono::{DateTime, TimeDelta};
use clap::{Args, Subcommand};
use domain::ids::SealingKeyId;

use crate::{clock, config::Config, services::envelopes};

/// A phone that was offline so long still holds what it sealed to the key before.
const NEEDED: TimeDelta = TimeDelta::days(180);

/// What to do with the keys.
#[derive(Debug, Args)]
pub struct EnvelopeKeysArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show the keys, the newest last: to it devices seal
    List,
    /// Make another key; the running server announces it within seconds
    Rotate,
    /// Remove a key for ever; what is sealed to it, only the phone that sealed it can then still send
    Retire {
        /// The key's id
        id: SealingKeyId,
        /// Also where a phone may still need it
        #[arg(long)]
        now: bool,
    },
}

/// Runs it.
pub fn run(args: &EnvelopeKeysArgs, config: &Config) -> Result<()> {
    let place = &config.data_dir;
    match &args.what {
        What::List => {
            for id in envelopes::list(place)? {
                println!(
                    "{id}  made {}",
                    made(id).map_or_else(|| "?".to_owned(), |at| at.format("%d/%m/%Y %H:%M UTC").to_string())
                );
            }
        }
        What::Rotate => println!("{}", envelopes::rotate(place)?),
        What::Retire { id, now } => {
            let replaced = envelopes::list(place)?.into_iter().find(|later| later > id).and_then(made);
            if !now && replaced.is_some_and(|at| clock::now() - at < NEEDED) {
                bail!(
                    "phones that have been offline since this key was replaced, less than {} days ago, may still need it; with --now it is removed all the same",
                    NEEDED.num_days()
                );
            }
            envelopes::retire(place, *id)?;
            println!("{id} is removed");
        }
    }
    Ok(())
}

/// An id is made from the clock.
fn made(id: SealingKeyId) -> Option<DateTime<chrono::Utc>> {
    let (seconds, nanoseconds) = id.0.get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanoseconds)
}
