//! Loading the small demonstration: accounts and places directly, casework by the same sync that phones
//! use, so that every rule and the journal's chains hold for it as for any other.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use domain::{clock::Moment, sync::wire_v1::DeviceState};
use serde_json::value::RawValue;

use super::{
    PASSWORD,
    cast::{Act, Person},
    dice::Dice,
    script,
    world::World,
};
use crate::{
    auth::Session,
    clock,
    db::{self, device::DeviceNews, user::UserValues},
    http::state::AppState,
    services::sync::{SyncService, push::Origin, reading::read_ops},
};

/// So many ops travel together.
const BATCH: usize = 100;
/// Always the same people.
const SEED: u64 = 2026;

/// Loads it if it is not there yet.
pub async fn load_once(state: &AppState) -> Result<()> {
    let real = db::user::count_real(&state.owner).await?;
    if real > 0 {
        bail!(
            "this database holds {real} accounts of real people: the demonstration needs one of its own (another --data-dir or DATABASE_URL)"
        );
    }
    let now = clock::now();
    let mut dice = Dice::new(SEED, 0);
    let mut world = World::new(&mut dice, now - TimeDelta::days(600));
    let known = db::user::account(&state.owner, &world.supervisor.username).await?;
    if known.is_some() {
        let admin = db::user::account(&state.owner, &world.admin.username).await?;
        // The administrator is made last.
        admin
            .context("the demonstration was cut off while it was being loaded: delete its database and start again")?;
        return Ok(());
    }
    tracing::info!("loading the demonstration");
    let acts = script::write(&mut dice, &mut world, now);
    let hash = state.passwords.hash(PASSWORD).await?;
    let [counsellor, officer, officer2, supervisor, admin] = world.people();
    make_places(state, &world).await?;
    for person in [counsellor, officer, officer2, supervisor] {
        make_account(state, person, &hash).await?;
    }
    let ops = acts.len();
    perform(state, &world, &acts, now).await?;
    note_devices(state, &world, now).await?;
    make_account(state, admin, &hash).await?;
    tracing::info!(ops, "the demonstration is loaded");
    Ok(())
}

async fn make_places(state: &AppState, world: &World) -> Result<()> {
    let mut transaction = state.owner.begin().await?;
    for region in &world.sites.regions {
        db::site::save_region(&mut transaction, region).await?;
    }
    for school in &world.sites.schools {
        db::site::save_school(&mut transaction, school).await?;
    }
    for community in &world.sites.communities {
        db::site::save_community(&mut transaction, community).await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn make_account(state: &AppState, person: &Person, hash: &str) -> Result<()> {
    let values = UserValues {
        username: person.username.clone(),
        name: person.actor.name.clone(),
        role: person.actor.role,
        post: person.actor.post.clone(),
        region: person.kept_region(),
        school: person.actor.school,
    };
    db::user::insert(&state.owner, person.actor.user, &values, hash, true).await?;
    Ok(())
}

/// Sends the acts, in the order of time, each person's from their own device.
async fn perform(state: &AppState, world: &World, acts: &[(String, Act)], now: Moment) -> Result<()> {
    let sync = SyncService::new(state.pool.clone(), state.owner.clone(), Arc::clone(&state.envelopes), BATCH);
    let mut rest = acts;
    while let Some((who, _)) = rest.first() {
        let together = rest.iter().take_while(|(other, _)| other == who).count().min(BATCH);
        let (batch, later) = rest.split_at(together);
        rest = later;
        let person =
            world.people().into_iter().find(|person| person.username == *who).context("nobody of this name")?;
        let texts: Vec<Box<RawValue>> =
            batch.iter().map(|(_, act)| serde_json::value::to_raw_value(&act.op)).collect::<Result<_, _>>()?;
        let session = Session { id: person.device.0, actor: person.actor.clone(), scope_version: 1 };
        let received = batch.last().map_or(now, |(_, act)| act.op.recorded_at + TimeDelta::minutes(2)).min(now);
        let receipts =
            sync.push(&session, Origin { device: person.device, sealed: false }, &read_ops(&texts)?, received).await?;
        for receipt in &receipts {
            if !matches!(receipt.outcome, domain::sync::receipt::Outcome::Applied { .. }) {
                bail!("an act of the demonstration was not applied: {:?}", receipt.outcome);
            }
        }
        if receipts.len() != together {
            bail!("{} of {together} acts of the demonstration have no receipt", together - receipts.len());
        }
    }
    Ok(())
}

/// When the officers' devices were last here.
async fn note_devices(state: &AppState, world: &World, now: Moment) -> Result<()> {
    for (person, hours, unsent) in [(&world.officer, 1, 0), (&world.officer2, 52, 2)] {
        let at = now - TimeDelta::hours(hours);
        let oldest_unsent = (unsent > 0).then(|| at - TimeDelta::hours(3));
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let said = DeviceState { oldest_unsent, version, used_mb: 6, quota_mb: 2_048, kept: unsent == 0 };
        let news = DeviceNews {
            device: person.device.0,
            user: person.actor.user.0,
            last_seq: 0,
            unsent,
            clock_skew_seconds: 0,
            at,
            session: None,
            state: Some(&said),
        };
        db::device::seen(&state.pool, news).await?;
    }
    Ok(())
}
