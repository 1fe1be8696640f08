//! `lignum backup FILE`: one consistent picture of the database, while the server works.
//!
//! The file appears under its name only when it is complete and on the disk; an existing one is never
//! overwritten. It holds everything, so only its owner can read it: keep it encrypted.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::programs;
use crate::{
    config::Config,
    startup::{DatabaseServer, Tenancy},
};

/// What `lignum backup` takes.
#[derive(Debug, Clone, Args)]
pub struct BackupArgs {
    /// The file to write; must not exist
    pub file: PathBuf,
}

/// Writes the backup.
pub async fn run(args: &BackupArgs, config: &Config) -> Result<()> {
    let BackupArgs { file } = args;
    refuse_existing(file)?;
    let server = DatabaseServer::open(config, Tenancy::Shared).await?;
    let written = write(file, config, &server).await;
    server.close().await;
    let bytes = written?;
    println!(
        "Backup written: {} ({} KiB). It holds personal data: keep it encrypted.",
        file.display(),
        bytes.div_ceil(1024)
    );
    Ok(())
}

async fn write(file: &Path, config: &Config, server: &DatabaseServer) -> Result<u64> {
    // Says in one line what is wrong with the server, before pg_dump says it in five.
    server.owner_pool().await?.close().await;
    let mut name = OsString::from(".");
    name.push(file.file_name().context("the backup needs a file name")?);
    name.push(".unfinished");
    let unfinished = Unfinished(file.with_file_name(name));
    let out = unfinished.create()?;
    // Not `output`, which would take the standard output away from the file.
    let dump = programs::command("pg_dump", config, server)?
        .args(["--format=custom", "--no-password"])
        .stdout(out.try_clone()?)
        .stderr(Stdio::piped())
        .spawn()
        .context("pg_dump cannot be run")?
        .wait_with_output()
        .await
        .context("pg_dump cannot be run")?;
    if !dump.status.success() {
        bail!("pg_dump failed: {}", programs::last_words(&dump.stderr));
    }
    out.sync_all().with_context(|| format!("{} cannot be written", file.display()))?;
    programs::check_backup(config, &unfinished.0).await?;
    let bytes = out.metadata()?.len();
    unfinished.publish(file)?;
    Ok(bytes)
}

/// The file while it is being written; removed unless it is published.
struct Unfinished(PathBuf);

impl Unfinished {
    fn create(&self) -> Result<File> {
        // Left by a backup that was killed.
        let _ = fs::remove_file(&self.0);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.0)
            .with_context(|| format!("{} cannot be written", self.0.display()))
    }

    /// Gives it its name. A link fails where the name is taken, a rename would replace; the file systems
    /// of memory sticks know no links.
    fn publish(&self, file: &Path) -> Result<()> {
        match fs::hard_link(&self.0, file) {
            Ok(()) => {}
            Err(problem) if problem.kind() == ErrorKind::AlreadyExists => refuse_existing(file)?,
            Err(_) => {
                refuse_existing(file)?;
                fs::rename(&self.0, file).with_context(|| format!("{} cannot be written", file.display()))?;
            }
        }
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all().with_context(|| format!("{} cannot be written", folder.display()))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove.
        let _ = fs::remove_file(&self.0);
    }
}

fn refuse_existing(file: &Path) -> Result<()> {
    if fs::symlink_metadata(file).is_ok() {
        bail!("{} exists already: name another file", file.display());
    }
    Ok(())
}
