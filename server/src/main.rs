//! The binary `lignum`.

use std::process::ExitCode;

use clap::Parser;
use server::commands::{self, Arguments};

#[tokio::main]
async fn main() -> ExitCode {
    match commands::run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            // One line, whole: the causes follow the colon.
            eprintln!("lignum: {problem:#}");
            ExitCode::FAILURE
        }
    }
}
