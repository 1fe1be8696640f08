//! Proving the journal: that no entry was changed, removed or slipped in.
//!
//! Three proofs, each over rows that are streamed, so that a journal of any size fits in little memory:
//! * every entry's link is the hash of the link before and its own text, file by file;
//! * every file's head is the last link of its chain, and the entry says itself whose it is;
//! * every day's seal is signed by a trusted key and covers the links up to its place.
//!
//! The seals find what the chains cannot: a chain that was rewritten from some entry to its end, head included.

use std::collections::VecDeque;

use domain::sync::chain::{GENESIS, Hash, hex, link};
use ed25519_dalek::{Signature, VerifyingKey};
use serde::Deserialize;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::seal::{Trusted, statement};
use crate::db::{
    journal::{self, Mark, Seal, StoredEntry, StoredHead},
    trouble::Trouble,
};

/// Rows read at once.
const PAGE: i64 = 2_000;
/// Of many breaks the first ones tell where to look.
const TOLD: usize = 20;

/// What was looked at, and what is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Entries.
    pub entries: u64,
    /// Files, with or without entries.
    pub files: u64,
    /// Seals.
    pub seals: u64,
    /// The first breaks, in the order of checking.
    pub breaks: Vec<Break>,
    /// How many there are altogether.
    pub broken: u64,
}

/// A place where the journal is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// An entry's text, or its link, was changed; or an entry before it was removed or slipped in.
    #[error("entry {position} of file {subject}: the chain breaks here")]
    Link {
        /// The entry.
        position: i64,
        /// The file.
        subject: Uuid,
    },
    /// An entry's columns say something else than its text.
    #[error("entry {position} of file {subject}: its columns do not say what its text says")]
    Columns {
        /// The entry.
        position: i64,
        /// The file.
        subject: Uuid,
    },
    /// A file's head is not the end of its chain: the last entries are missing, or the head was changed.
    #[error("file {subject}: its head is not the last entry of its chain")]
    Head {
        /// The file.
        subject: Uuid,
    },
    /// Entries of a file that is not there.
    #[error("file {subject}: it has entries and no head")]
    NoHead {
        /// The file.
        subject: Uuid,
    },
    /// A day's seal does not fit.
    #[error("seal of {day}: {reason}")]
    Seal {
        /// The day.
        day: chrono::NaiveDate,
        /// What is wrong with it.
        reason: String,
    },
}

impl Report {
    /// Whether nothing is wrong.
    pub const fn is_sound(&self) -> bool {
        self.broken == 0
    }

    fn found(&mut self, found: Break) {
        self.broken += 1;
        if self.breaks.len() < TOLD {
            self.breaks.push(found);
        }
    }
}

/// Checks everything, as of one moment, beside a running server.
pub async fn verify_journal(owner: &PgPool, trusted: Option<&Trusted>) -> Result<Report, Trouble> {
    let mut transaction = owner.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let mut report = Report::default();
    check_chains(&mut transaction, &mut report).await?;
    check_seals(&mut transaction, trusted, &mut report).await?;
    transaction.commit().await?;
    Ok(report)
}

async fn check_chains(connection: &mut PgConnection, report: &mut Report) -> Result<(), Trouble> {
    let mut entries = Entries::default();
    let mut heads = Heads::default();
    loop {
        let entry = entries.peek(connection).await?.map(|entry| entry.subject);
        let head = heads.peek(connection).await?.map(|head| head.id);
        match (entry, head) {
            (Some(subject), head) if head.is_none_or(|head| subject < head) => {
                report.found(Break::NoHead { subject });
                follow(connection, &mut entries, subject, report).await?;
            }
            (_, Some(subject)) => {
                let Some(head) = heads.take() else { return Ok(()) };
                report.files += 1;
                let (position, hash) = follow(connection, &mut entries, subject, report).await?;
                if head.position != position || head.hash != hash {
                    report.found(Break::Head { subject });
                }
            }
            (_, None) => return Ok(()),
        }
    }
}

/// Follows the chain of one file to its end; returns the last place and link.
async fn follow(
    connection: &mut PgConnection,
    entries: &mut Entries,
    subject: Uuid,
    report: &mut Report,
) -> Result<(i64, Hash), Trouble> {
    let (mut position, mut hash) = (0, GENESIS);
    while entries.peek(connection).await?.is_some_and(|entry| entry.subject == subject) {
        let Some(entry) = entries.take() else { break };
        report.entries += 1;
        if entry.previous != hash || entry.hash != link(&hash, entry.text.as_bytes()) {
            report.found(Break::Link { position: entry.position, subject });
        }
        if !says_what_its_columns_say(&entry) {
            report.found(Break::Columns { position: entry.position, subject });
        }
        position = entry.position;
        // Go on from what is stored, so that each break is found, and not one for every entry after it.
        hash = Hash::try_from(entry.hash.as_slice()).unwrap_or(GENESIS);
    }
    Ok((position, hash))
}

#[derive(Deserialize)]
struct Said {
    op: SaidOp,
    actor: Uuid,
}

#[derive(Deserialize)]
struct SaidOp {
    id: Uuid,
    subject: SaidSubject,
}

#[derive(Deserialize)]
struct SaidSubject {
    id: Uuid,
}

fn says_what_its_columns_say(entry: &StoredEntry) -> bool {
    serde_json::from_str::<Said>(&entry.text)
        .is_ok_and(|said| said.op.id == entry.op && said.op.subject.id == entry.subject && said.actor == entry.actor)
}

async fn check_seals(
    connection: &mut PgConnection,
    trusted: Option<&Trusted>,
    report: &mut Report,
) -> Result<(), Trouble> {
    let (mut place, mut digest) = (0, GENESIS);
    for seal in journal::seals(connection).await? {
        report.seals += 1;
        digest = digest_of(connection, digest, place, seal.through).await?;
        place = seal.through;
        if let Err(reason) = check_seal(&seal, &digest, trusted) {
            report.found(Break::Seal { day: seal.day, reason });
        }
        // Go on from what was sealed.
        digest = Hash::try_from(seal.digest.as_slice()).unwrap_or(digest);
    }
    Ok(())
}

fn check_seal(seal: &Seal, digest: &Hash, trusted: Option<&Trusted>) -> Result<(), String> {
    if seal.digest != digest {
        return Err("the entries that it covers are not those that were there".to_owned());
    }
    let key =
        <[u8; 32]>::try_from(seal.public_key.as_slice()).ok().and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
    let key = key.ok_or("its key is damaged")?;
    let signature = Signature::from_slice(&seal.signature).map_err(|_| "its signature is damaged")?;
    key.verify_strict(&statement(seal.day, seal.through, digest), &signature).map_err(|_| "its signature is wrong")?;
    match trusted {
        Some(trusted) if !trusted.has(&key) => Err(format!(
            "it was signed with the key {}, which is not among those in {}",
            hex(key.as_bytes()),
            trusted.place(),
        )),
        _ => Ok(()),
    }
}

/// Goes on with a digest over all links between two places.
pub(super) async fn digest_of(
    connection: &mut PgConnection,
    digest: Hash,
    after: i64,
    through: i64,
) -> Result<Hash, Trouble> {
    let (mut digest, mut place) = (digest, after);
    loop {
        let links = journal::links_after(connection, place, through, PAGE * 5).await?;
        let Some((last, _)) = links.last() else { return Ok(digest) };
        place = *last;
        digest = links.iter().fold(digest, |digest, (_, hash)| link(&digest, hash));
    }
}

/// Entries, page by page.
#[derive(Default)]
struct Entries {
    page: VecDeque<StoredEntry>,
    mark: Option<Mark>,
    ended: bool,
}

impl Entries {
    async fn peek(&mut self, connection: &mut PgConnection) -> Result<Option<&StoredEntry>, Trouble> {
        if self.page.is_empty() && !self.ended {
            self.page = journal::entries_after(connection, self.mark, PAGE).await?.into();
            self.ended = self.page.is_empty();
            self.mark = self.page.back().map(|entry| Mark { subject: entry.subject, position: entry.position });
        }
        Ok(self.page.front())
    }

    fn take(&mut self) -> Option<StoredEntry> {
        self.page.pop_front()
    }
}

/// Heads, page by page.
#[derive(Default)]
struct Heads {
    page: VecDeque<StoredHead>,
    after: Option<Uuid>,
    ended: bool,
}

impl Heads {
    async fn peek(&mut self, connection: &mut PgConnection) -> Result<Option<&StoredHead>, Trouble> {
        if self.page.is_empty() && !self.ended {
            self.page = journal::heads_after(connection, self.after, PAGE).await?.into();
            self.ended = self.page.is_empty();
            self.after = self.page.back().map(|head| head.id);
        }
        Ok(self.page.front())
    }

    fn take(&mut self) -> Option<StoredHead> {
        self.page.pop_front()
    }
}
