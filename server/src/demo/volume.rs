//! The large demonstration: any number of clients, the same for the same seed.
//!
//! Everything is told from one fixed day, drawn from one seed and judged by `domain::sync::decide`, op by
//! op, as sync would; only the writing is done in bulk. The digest is over all of it: two runs that print
//! the same digest have written the same people, notes, dates and chains.

mod told;
mod towns;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use tokio::sync::mpsc;

use self::{told::Told, towns::Country};
use super::PASSWORD;
use crate::{
    auth::password::{PasswordCost, Passwords},
    db::{
        self,
        bulk::{Rows, Table, copy, gather_statistics, hurry, take_places},
        user::UserValues,
    },
};

/// So many journal entries are written in one transaction.
const BATCH: usize = 20_000;
/// How often the progress is shown.
const PROGRESS: Duration = Duration::from_secs(2);

/// How much to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Volume {
    /// How many clients.
    pub clients: u32,
    /// How many contact notes each of them has on average.
    pub notes_per_client: u32,
    /// Another seed makes other people.
    pub seed: u64,
}

impl Volume {
    /// Clients, and beside them referrals that still wait.
    fn stories(self) -> u32 {
        self.clients + self.clients.div_ceil(50)
    }
}

/// The digest of what [`fill`] would write.
pub fn digest(volume: Volume) -> Result<String> {
    let mut country = Country::new(volume);
    let mut digest = country.digest();
    for nth in 0..volume.stories() {
        country.tell(nth)?.add_to(&mut digest)?;
    }
    Ok(shown(digest))
}

fn shown(digest: Sha256) -> String {
    domain::sync::chain::hex(&digest.finalize().into())
}

/// Fills a database that holds no real people.
pub async fn fill(owner: &PgPool, volume: Volume) -> Result<()> {
    let real = db::user::count_real(owner).await?;
    if real > 0 {
        bail!("this database holds {real} accounts of real people: fictional ones need a database of their own");
    }
    let begun = Instant::now();
    let country = Country::new(volume);
    let digest = country.digest();
    settle(owner, &country).await?;
    let (send, receive) = mpsc::channel(2);
    let telling = tokio::task::spawn_blocking(move || tell(country, volume, digest, &send));
    let notes = write(owner, volume, receive).await?;
    let digest = telling.await.context("the telling broke off")??;
    eprintln!("Gathering statistics …");
    gather_statistics(&mut *owner.acquire().await?).await?;
    println!(
        "Made {} clients with {notes} contact notes in {} s. Digest {digest}",
        volume.clients,
        begun.elapsed().as_secs()
    );
    println!("Accounts such as {}, each with the password {PASSWORD}.", Country::new(volume).some_usernames());
    Ok(())
}

/// Makes places and accounts.
async fn settle(owner: &PgPool, country: &Country) -> Result<()> {
    let mut transaction = owner.begin().await?;
    let sites = country.sites();
    for region in &sites.regions {
        db::site::save_region(&mut transaction, region)
            .await
            .with_context(|| format!("{} cannot be made: was this seed used in this database before?", region.name))?;
    }
    for school in &sites.schools {
        db::site::save_school(&mut transaction, school).await?;
    }
    for community in &sites.communities {
        db::site::save_community(&mut transaction, community).await?;
    }
    let hash = Passwords::new(PasswordCost::default())?.hash(PASSWORD).await?;
    for person in country.people() {
        let values = UserValues {
            username: person.username.clone(),
            name: person.actor.name.clone(),
            role: person.actor.role,
            post: person.actor.post.clone(),
            region: person.kept_region(),
            school: person.actor.school,
        };
        db::user::insert(&mut *transaction, person.actor.user, &values, &hash, true).await.with_context(|| {
            format!("the account {} cannot be made: was this seed used in this database before?", person.username)
        })?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Tells all stories, batch by batch. Returns the digest.
fn tell(mut country: Country, volume: Volume, mut digest: Sha256, send: &mpsc::Sender<Vec<Told>>) -> Result<String> {
    let mut batch = Vec::new();
    let mut entries = 0;
    for nth in 0..volume.stories() {
        let told = country.tell(nth)?;
        told.add_to(&mut digest)?;
        entries += told.entries.len();
        batch.push(told);
        if entries >= BATCH {
            entries = 0;
            send.blocking_send(std::mem::take(&mut batch)).context("the writing broke off")?;
        }
    }
    send.blocking_send(batch).context("the writing broke off")?;
    Ok(shown(digest))
}

/// Writes the batches as they come. Returns the number of notes.
async fn write(owner: &PgPool, volume: Volume, mut receive: mpsc::Receiver<Vec<Told>>) -> Result<usize> {
    let (begun, mut shown) = (Instant::now(), Instant::now());
    let (mut stories, mut notes) = (0, 0);
    while let Some(batch) = receive.recv().await {
        stories += batch.len();
        notes += batch.iter().map(|told| told.notes.len()).sum::<usize>();
        let mut transaction = owner.begin().await?;
        hurry(&mut transaction).await?;
        let entries = batch.iter().map(|told| told.entries.len()).sum();
        let places = take_places(&mut transaction, entries).await?;
        for (table, rows) in lay_out(&batch, &places)? {
            copy(&mut transaction, table, rows).await?;
        }
        transaction.commit().await?;
        if shown.elapsed() >= PROGRESS {
            shown = Instant::now();
            let percent = stories * 100 / usize::try_from(volume.stories()).unwrap_or(1).max(1);
            eprintln!("{percent:>3} %  {stories} files, {notes} notes, {} s", begun.elapsed().as_secs());
        }
    }
    Ok(notes)
}

/// Lays a batch out as rows, in the order in which the tables refer to each other.
fn lay_out(batch: &[Told], places: &[i64]) -> Result<[(Table, Rows); 6]> {
    let mut rows: [(Table, Rows); 6] = [
        (Table::Subjects, Rows::default()),
        (Table::Referrals, Rows::default()),
        (Table::Clients, Rows::default()),
        (Table::Assignments, Rows::default()),
        (Table::ContactNotes, Rows::default()),
        (Table::Journal, Rows::default()),
    ];
    let mut rest = places;
    for told in batch {
        let (own, later) = rest.split_at(told.entries.len());
        rest = later;
        told.lay_out(own, &mut rows)?;
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::{Volume, digest};

    #[test]
    fn the_same_seed_tells_the_same_and_another_tells_otherwise() {
        let volume = Volume { clients: 60, notes_per_client: 7, seed: 5 };
        let first = digest(volume).unwrap();
        assert_eq!(digest(volume).unwrap(), first);
        assert_ne!(digest(Volume { seed: 6, ..volume }).unwrap(), first);
        assert_ne!(digest(Volume { clients: 61, ..volume }).unwrap(), first);
    }
}
