//! The keys with which the server opens envelopes: what a locked phone sends.
//!
//! They lie in the data folder beside the journal's, outside the database: a restored backup brings no old
//! keys back and takes no new ones away. The newest is announced to devices; older ones open what was
//! sealed before, until nobody needs them. Who moves the server takes the folder along: what is sealed to a
//! lost key, only the phone that sealed it can still send.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use domain::{
    ids::{SealingKeyId, uuid_v7},
    vault::envelope::{Letter, OpeningKey, SealingKey, Unopened, key_of},
};
use zeroize::Zeroizing;

use crate::clock;

const FOLDER: &str = "envelope-keys";
const ENDING: &str = "key";
/// A key that another process has made is known here after so long.
const READ_AGAIN: Duration = Duration::from_secs(5);

/// Why the keys could not be read or made.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeKeyError {
    /// A file.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A key file holds something else.
    #[error("{} does not hold a key", .0.display())]
    NotAKey(PathBuf),
    /// The newest key is announced to devices.
    #[error("this key is the newest, to which devices seal; make another first")]
    InUse,
    /// There is none with this id.
    #[error("there is no such key")]
    NoSuchKey,
}

/// The keys of this server.
#[derive(Debug)]
pub struct Envelopes {
    /// None: in memory alone, for tests.
    folder: Option<PathBuf>,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    /// At least one; the newest last.
    keys: Vec<OpeningKey>,
    read_at: Instant,
}

impl Envelopes {
    /// The keys of the data folder; the first is made where there is none.
    pub fn open(data_dir: &Path) -> Result<Self, EnvelopeKeyError> {
        let folder = data_dir.join(FOLDER);
        let mut keys = read_all(&folder)?;
        if keys.is_empty() {
            make(&folder)?;
            keys = read_all(&folder)?;
        }
        Ok(Self { folder: Some(folder), held: Mutex::new(Held { keys, read_at: Instant::now() }) })
    }

    /// One key that is gone with the process.
    pub fn in_memory() -> Self {
        let held = Held { keys: vec![fresh()], read_at: Instant::now() };
        Self { folder: None, held: Mutex::new(held) }
    }

    /// The key to which devices shall seal.
    pub fn announced(&self) -> Option<SealingKey> {
        self.with(|keys| keys.last().map(OpeningKey::announced))
    }

    /// Opens an envelope.
    pub fn open_envelope(&self, envelope: &[u8]) -> Result<Letter, Unopened> {
        let id = key_of(envelope)?;
        self.with(|keys| keys.iter().find(|key| key.id() == id).ok_or(Unopened::UnknownKey)?.open(envelope))
    }

    fn with<T>(&self, act: impl FnOnce(&[OpeningKey]) -> T) -> T {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = &self.folder
            && held.read_at.elapsed() > READ_AGAIN
        {
            held.read_at = Instant::now();
            match read_all(folder) {
                Ok(keys) if !keys.is_empty() => held.keys = keys,
                Ok(_) => tracing::error!("the keys of envelopes are gone from {}", folder.display()),
                Err(problem) => tracing::error!("the keys of envelopes could not be read again: {problem}"),
            }
        }
        act(&held.keys)
    }
}

/// The keys that lie in the data folder, the newest last.
pub fn list(data_dir: &Path) -> Result<Vec<SealingKeyId>, EnvelopeKeyError> {
    Ok(read_all(&data_dir.join(FOLDER))?.iter().map(OpeningKey::id).collect())
}

/// Makes another key, to which devices seal from now on.
pub fn rotate(data_dir: &Path) -> Result<SealingKeyId, EnvelopeKeyError> {
    make(&data_dir.join(FOLDER))
}

/// Removes a key for ever: what is sealed to it can then be sent only by the phone that sealed it.
pub fn retire(data_dir: &Path, id: SealingKeyId) -> Result<(), EnvelopeKeyError> {
    let known = list(data_dir)?;
    if known.last() == Some(&id) {
        return Err(EnvelopeKeyError::InUse);
    }
    if !known.contains(&id) {
        return Err(EnvelopeKeyError::NoSuchKey);
    }
    let path = file_of(&data_dir.join(FOLDER), id);
    fs::remove_file(&path).map_err(|source| EnvelopeKeyError::File { path, source })
}

fn fresh() -> OpeningKey {
    OpeningKey::random(SealingKeyId(clock::new_id()), &mut rand::rng())
}

/// A new key whose id comes after all others, so that the newest has the last name: also in the same
/// millisecond, and where the clock was set back.
fn newest_of(keys: &[OpeningKey]) -> OpeningKey {
    let key = fresh();
    let Some(last) = keys.last().map(OpeningKey::id).filter(|last| *last >= key.id()) else { return key };
    let millisecond = u64::try_from(last.0.as_u128() >> 80).unwrap_or(0) + 1;
    OpeningKey::random(SealingKeyId(uuid_v7(millisecond, rand::random())), &mut rand::rng())
}

fn file_of(folder: &Path, id: SealingKeyId) -> PathBuf {
    folder.join(format!("{id}.{ENDING}"))
}

fn make(folder: &Path) -> Result<SealingKeyId, EnvelopeKeyError> {
    let key = newest_of(&read_all(folder)?);
    let path = file_of(folder, key.id());
    let beside = path.with_extension("new");
    let write = || {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(&key.to_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &path)?;
        fs::File::open(folder)?.sync_all()
    };
    write().map_err(|source| EnvelopeKeyError::File { path: path.clone(), source })?;
    Ok(key.id())
}

fn read_all(folder: &Path) -> Result<Vec<OpeningKey>, EnvelopeKeyError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| EnvelopeKeyError::File { path, source }
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(problem) if problem.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed(folder)(source)),
    };
    let mut keys = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed(folder))?.path();
        if path.extension().is_none_or(|ending| ending != ENDING) {
            continue;
        }
        let id = path.file_stem().and_then(|name| name.to_str()?.parse().ok());
        let id = id.ok_or_else(|| EnvelopeKeyError::NotAKey(path.clone()))?;
        let bytes = Zeroizing::new(fs::read(&path).map_err(failed(&path))?);
        keys.push(OpeningKey::from_bytes(id, &bytes).map_err(|_| EnvelopeKeyError::NotAKey(path))?);
    }
    keys.sort_by_key(OpeningKey::id);
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use domain::ids::{DeviceId, UserId};
    use serde_json::value::RawValue;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn letter() -> Letter {
        let op = RawValue::from_string("{}".to_owned()).unwrap();
        Letter { user: UserId(clock::new_id()), device: DeviceId(clock::new_id()), op }
    }

    #[test]
    fn what_was_sealed_before_a_rotation_opens_after_it_until_the_key_is_retired() {
        let place = tempfile::tempdir().unwrap();
        let first = Envelopes::open(place.path()).unwrap();
        let old = first.announced().unwrap();
        let sealed = old.seal(&letter(), &mut rand::rng()).unwrap();
        let newer = rotate(place.path()).unwrap();
        let rotated = Envelopes::open(place.path()).unwrap();
        assert_eq!(rotated.announced().unwrap().id, newer);
        assert!(rotated.open_envelope(&sealed).is_ok());
        assert!(matches!(retire(place.path(), newer), Err(EnvelopeKeyError::InUse)));
        retire(place.path(), old.id).unwrap();
        assert!(matches!(retire(place.path(), old.id), Err(EnvelopeKeyError::NoSuchKey)));
        let after = Envelopes::open(place.path()).unwrap();
        assert_eq!(after.open_envelope(&sealed).unwrap_err(), Unopened::UnknownKey);
    }

    #[test]
    fn each_new_key_is_the_newest_also_in_the_same_moment_and_after_the_clock_was_set_back() {
        let place = tempfile::tempdir().unwrap();
        Envelopes::open(place.path()).unwrap();
        // Made by a clock that was a century ahead.
        let ahead = OpeningKey::random(SealingKeyId(uuid_v7(5_000_000_000_000, [7; 10])), &mut rand::rng());
        fs::write(file_of(&place.path().join(FOLDER), ahead.id()), ahead.to_bytes()).unwrap();
        for _ in 0..40 {
            let made = rotate(place.path()).unwrap();
            assert_eq!(list(place.path()).unwrap().last(), Some(&made));
        }
    }

    #[test]
    fn the_keys_outlive_the_process_and_are_nobody_elses_to_read() {
        let place = tempfile::tempdir().unwrap();
        let announced = Envelopes::open(place.path()).unwrap().announced().unwrap();
        assert_eq!(Envelopes::open(place.path()).unwrap().announced().unwrap(), announced);
        let path = file_of(&place.path().join(FOLDER), announced.id);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(place.path().join(FOLDER)).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_damaged_key_file_is_named() {
        let place = tempfile::tempdir().unwrap();
        let id = Envelopes::open(place.path()).unwrap().announced().unwrap().id;
        let path = file_of(&place.path().join(FOLDER), id);
        fs::write(&path, "not a key").unwrap();
        assert!(matches!(Envelopes::open(place.path()), Err(EnvelopeKeyError::NotAKey(named)) if named == path));
    }
}
