//! Finds the PostgreSQL programs that are installed on this machine.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::error::{LocalPostgresError, OLDEST_MAJOR};

/// Parents of folders of which one belongs to each installed version, with the folder names' beginning.
const VERSIONED: [(&str, &str); 3] =
    [("/usr/lib/postgresql", ""), ("/opt/homebrew/opt", "postgresql"), ("/usr", "pgsql-")];
/// Folders of the one version that was installed there.
const PLAIN: [&str; 3] = ["/usr/local/pgsql/bin", "/usr/bin", "/usr/local/bin"];

/// The programs of one installed PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The folder with `initdb`, `postgres`, `pg_dump` and the others.
    pub bin: PathBuf,
    /// The major version, such as 15.
    pub major: u32,
}

impl Installation {
    /// The path of one of its programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    /// The newest usable installation: in `folder` where one is named, else in the usual places.
    pub fn newest(folder: Option<&Path>) -> Result<Self, LocalPostgresError> {
        let all = Self::all(folder);
        let Some(newest) = all.into_iter().max_by_key(|found| found.major) else {
            return Err(match folder {
                Some(folder) => LocalPostgresError::NoProgramsIn { folder: folder.to_owned() },
                None => LocalPostgresError::NotInstalled,
            });
        };
        if newest.major < OLDEST_MAJOR {
            return Err(LocalPostgresError::TooOld { major: newest.major, bin: newest.bin });
        }
        Ok(newest)
    }

    /// The installation for an existing cluster: its files only suit the major version that made them.
    pub fn for_cluster(folder: Option<&Path>, cluster: &Path) -> Result<Self, LocalPostgresError> {
        let file = cluster.join("PG_VERSION");
        let made_by = fs::read_to_string(&file).map_err(|source| LocalPostgresError::folder(&file, source))?;
        let made_by = made_by.trim();
        // Says first what is wrong when nothing usable is installed at all.
        Self::newest(folder)?;
        Self::all(folder)
            .into_iter()
            .find(|found| made_by.parse() == Ok(found.major))
            .ok_or_else(|| LocalPostgresError::WrongMajor { cluster: cluster.to_owned(), made_by: made_by.to_owned() })
    }

    fn all(folder: Option<&Path>) -> Vec<Self> {
        let candidates = match folder {
            Some(folder) => vec![folder.to_owned()],
            None => usual_places(),
        };
        candidates.into_iter().filter_map(Self::at).collect()
    }

    fn at(bin: PathBuf) -> Option<Self> {
        // Two links in a common folder stand for the folder with all the programs.
        let real = fs::canonicalize(bin.join("postgres")).ok()?;
        let real = real.parent().filter(|real| real.join("initdb").is_file());
        let bin = real.map_or(bin, Path::to_owned);
        if !bin.join("initdb").is_file() {
            return None;
        }
        let output = Command::new(bin.join("postgres")).arg("--version").output().ok()?;
        let major = major_version(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { bin, major })
    }
}

fn usual_places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    for (parent, beginning) in VERSIONED {
        let Ok(entries) = fs::read_dir(parent) else {
            continue;
        };
        places.extend(
            entries
                .flatten()
                .filter(|entry| starts_with(&entry.file_name(), beginning))
                .map(|entry| entry.path().join("bin")),
        );
    }
    places.extend(PLAIN.map(PathBuf::from));
    places
}

fn starts_with(name: &OsStr, beginning: &str) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(beginning))
}

/// The major version in what `postgres --version` prints, such as
/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` or `postgres (PostgreSQL) 19devel`.
fn major_version(printed: &str) -> Option<u32> {
    let number = printed.split(") ").nth(1)?;
    let digits = number.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major_version;

    #[test]
    fn the_major_version_is_read_from_releases_betas_and_snapshots() {
        assert_eq!(major_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_version("postgres (PostgreSQL) 18beta2\n"), Some(18));
        assert_eq!(major_version("postgres (PostgreSQL) 9.6.24"), Some(9));
        assert_eq!(major_version("something else"), None);
    }
}
