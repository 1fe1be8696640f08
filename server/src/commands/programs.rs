//! Running PostgreSQL's own programs on the configured database.

use std::{path::Path, process::Stdio};

use anyhow::{Context, Result, bail};
use percent_encoding::percent_decode_str;
use secrecy::ExposeSecret;
use tokio::process::Command;
use url::Url;

use crate::{config::Config, local_postgres::Installation, startup::DatabaseServer};

/// A command of the newest installed PostgreSQL that knows the database. The password goes by the
/// environment, since everybody on the machine can read command lines.
pub(super) fn command(name: &str, config: &Config, server: &DatabaseServer) -> Result<Command> {
    to_database(name, config, server, None)
}

/// The same for another database of the same server.
pub(super) fn to_database(
    name: &str,
    config: &Config,
    server: &DatabaseServer,
    database: Option<&str>,
) -> Result<Command> {
    let installation = Installation::newest(config.postgres_bin.as_deref())
        .with_context(|| format!("{name} is needed and is not here"))?;
    let (mut url, password) = without_password(server.url().expose_secret())?;
    if let Some(database) = database {
        url.set_path(database);
    }
    let mut command = Command::new(installation.program(name));
    command.env("LC_ALL", "C").stdin(Stdio::null()).arg("--dbname").arg(url.as_str());
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    Ok(command)
}

/// Proves that a file is a backup of which the table of contents can be read.
pub(super) async fn check_backup(config: &Config, file: &Path) -> Result<()> {
    let installation = Installation::newest(config.postgres_bin.as_deref())?;
    let listed = Command::new(installation.program("pg_restore"))
        .arg("--list")
        .arg(file)
        .stdin(Stdio::null())
        .output()
        .await
        .context("pg_restore cannot be run")?;
    if !listed.status.success() {
        bail!("{} is not a whole backup: {}", file.display(), last_words(&listed.stderr));
    }
    Ok(())
}

/// The last line that a failed program wrote.
pub(super) fn last_words(stderr: &[u8]) -> String {
    let said = String::from_utf8_lossy(stderr);
    let line = said.lines().rev().find(|line| line.contains("error:"));
    line.or_else(|| said.lines().last()).unwrap_or("it said nothing").trim().to_owned()
}

fn without_password(url: &str) -> Result<(Url, Option<String>)> {
    // The parser's words may quote the URL.
    let mut url = Url::parse(url).ok().context("DATABASE_URL is not a URL")?;
    let mut password = url.password().map(decoded);
    if password.is_some() {
        // Fails only for URLs without a host, which have no password either.
        let _ = url.set_password(None);
    }
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    if !pairs.is_empty() {
        url.set_query(None);
    }
    for (key, value) in pairs {
        if key == "password" {
            password = Some(value);
        } else {
            url.query_pairs_mut().append_pair(&key, &value);
        }
    }
    Ok((url, password))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn the_password_leaves_the_url_wherever_it_stood() {
        let (url, password) = without_password("postgres://who:h%40us+h@db:5433/lignum?sslmode=require").unwrap();
        assert_eq!(url.as_str(), "postgres://who@db:5433/lignum?sslmode=require");
        assert_eq!(password.as_deref(), Some("h@us+h"));

        let (url, password) = without_password("postgres:///lignum?host=%2Frun%2Fpg&user=who&password=hush").unwrap();
        assert_eq!(url.as_str(), "postgres:///lignum?host=%2Frun%2Fpg&user=who");
        assert_eq!(password.as_deref(), Some("hush"));

        let (url, password) = without_password("postgres://who@db/lignum").unwrap();
        assert_eq!(url.as_str(), "postgres://who@db/lignum");
        assert_eq!(password, None);
    }
}
