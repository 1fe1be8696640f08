//! Sealing the journal: once a day a signature over all links up to the end of that day.
//!
//! The key lies in the data folder, outside the database: whoever can rewrite the database cannot sign.
//! `journal-seal.key` is the secret; `journal-seal.trusted` names the public keys whose seals are
//! believed, one a line. Who moves the server takes both files along, or adds the old public key.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{NaiveDate, NaiveTime};
use domain::{
    clock::{from_jamaica, jamaica_day},
    sync::chain::{GENESIS, Hash, hex},
};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use rand::Rng;
use sqlx::PgPool;

use super::{epoch, verify::digest_of};
use crate::{
    clock,
    db::{
        journal::{self, Seal},
        trouble::Trouble,
    },
};

const SECRET: &str = "journal-seal.key";
const TRUSTED: &str = "journal-seal.trusted";
/// How often the background task looks whether there is something to do.
const EVERY: Duration = Duration::from_mins(10);

/// Why a day could not be sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The key file.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The key file holds something else.
    #[error("{} does not hold a key", .0.display())]
    NotAKey(PathBuf),
    /// The database.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// The public keys whose seals are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    keys: Vec<String>,
    place: PathBuf,
}

impl Trusted {
    /// Reads them from the data folder; none where this server has never sealed anything.
    pub fn read(data_dir: &Path) -> Result<Option<Self>, SealError> {
        let place = data_dir.join(TRUSTED);
        match fs::read_to_string(&place) {
            Ok(text) => {
                let keys =
                    text.lines().map(|line| line.trim().to_lowercase()).filter(|line| !line.is_empty()).collect();
                Ok(Some(Self { keys, place }))
            }
            Err(problem) if problem.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(SealError::File { path: place, source }),
        }
    }

    pub(super) fn has(&self, key: &VerifyingKey) -> bool {
        self.keys.contains(&hex(key.as_bytes()))
    }

    pub(super) fn place(&self) -> String {
        self.place.display().to_string()
    }
}

/// What is signed.
pub(super) fn statement(day: NaiveDate, through: i64, digest: &Hash) -> Vec<u8> {
    format!("lignum journal seal 1\n{day}\n{through}\n{}\n", hex(digest)).into_bytes()
}

/// Seals the journal up to the end of a day in Jamaica, with the key of the data folder, which is made
/// at its first use. False if that day has its seal already.
pub async fn seal_journal(owner: &PgPool, data_dir: &Path, day: NaiveDate) -> Result<bool, SealError> {
    let end = from_jamaica(day.succ_opt().unwrap_or(day), NaiveTime::MIN);
    let through = journal::settled_place_before(owner, end).await?;
    let mut connection = owner.acquire().await.map_err(Trouble::from)?;
    let last = journal::seals(&mut connection).await?.pop();
    if last.as_ref().is_some_and(|last| last.day >= day) {
        return Ok(false);
    }
    let (place, digest) =
        last.map_or((0, GENESIS), |last| (last.through, Hash::try_from(last.digest.as_slice()).unwrap_or(GENESIS)));
    let through = through.max(place);
    let digest = digest_of(&mut connection, digest, place, through).await?;
    let key = signing_key(data_dir)?;
    let signature = key.sign(&statement(day, through, &digest));
    let seal = Seal {
        day,
        through,
        digest: digest.to_vec(),
        public_key: key.verifying_key().as_bytes().to_vec(),
        signature: signature.to_bytes().to_vec(),
    };
    Ok(journal::seal(&mut connection, &seal).await?)
}

/// Seals yesterday when it is over, and looks now and then whether the database is still the one that it
/// was. Runs until it is dropped.
pub async fn keep_sealing(owner: PgPool, data_dir: PathBuf) {
    loop {
        if let Err(trouble) = epoch::ensure(&owner).await {
            tracing::warn!("the epoch could not be checked: {trouble}");
        }
        if let Some(yesterday) = jamaica_day(clock::now()).pred_opt() {
            match seal_journal(&owner, &data_dir, yesterday).await {
                Ok(true) => tracing::info!(day = %yesterday, "the journal is sealed"),
                Ok(false) => {}
                Err(problem) => tracing::warn!(day = %yesterday, "the journal could not be sealed: {problem}"),
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

fn signing_key(data_dir: &Path) -> Result<SigningKey, SealError> {
    let path = data_dir.join(SECRET);
    fs::create_dir_all(data_dir).map_err(|source| SealError::File { path: data_dir.to_owned(), source })?;
    let key = match fs::read_to_string(&path) {
        Ok(text) => SigningKey::from_bytes(&from_hex(text.trim()).ok_or_else(|| SealError::NotAKey(path.clone()))?),
        Err(problem) if problem.kind() == ErrorKind::NotFound => make_key(&path)?,
        Err(source) => return Err(SealError::File { path, source }),
    };
    trust(data_dir, &key.verifying_key())?;
    Ok(key)
}

fn make_key(path: &Path) -> Result<SigningKey, SealError> {
    let mut secret = [0; 32];
    rand::rng().fill_bytes(&mut secret);
    write_new(path, &format!("{}\n", hex(&secret)), 0o600)?;
    Ok(SigningKey::from_bytes(&secret))
}

/// Adds the server's own key to those that are trusted, once.
fn trust(data_dir: &Path, key: &VerifyingKey) -> Result<(), SealError> {
    let path = data_dir.join(TRUSTED);
    let line = format!("{}\n", hex(key.as_bytes()));
    match Trusted::read(data_dir)? {
        None => write_new(&path, &line, 0o644),
        Some(trusted) if trusted.has(key) => Ok(()),
        Some(_) => {
            let append = || OpenOptions::new().append(true).open(&path)?.write_all(line.as_bytes());
            append().map_err(|source| SealError::File { path: path.clone(), source })
        }
    }
}

/// Whole or not at all, and never over an existing file.
fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), SealError> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|source| SealError::File { path: path.to_owned(), source })
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(bytes)
}
