//! The binary `lignum`.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use server::commands::{self, Arguments};

/// Gives memory back. The C library's allocator keeps every buffer in which a password was hashed (19 MiB
/// each), once for each thread that ever hashed one: ten times what the server needs under load.
#[global_allocator]
static MEMORY: MiMalloc = MiMalloc;

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
