//! A database under the proof: migrated, with a gate and a trap in it.
//!
//! The *gate* lets a test hold somebody's transaction open after it has written. The *trap* makes the next
//! writes of the journal collide, as if another transaction had got in the way.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use domain::{clock::Moment, vault::envelope::SealingKey};
use server::{
    auth::{Session, password::PasswordCost},
    clock::new_id,
    config::{Config, Sources},
    db::{
        epoch::{Fresh, begin_new_epoch, ensure_epoch},
        pools::{AppPoolLimits, app_pool, owner_pool},
    },
    http::state::AppState,
    services::{
        desk::PersonsDesk,
        envelopes::{self, Envelopes},
        sync::SyncService,
    },
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, postgres::PgConnectOptions};
use tempfile::TempDir;
use uuid::Uuid;

use crate::cluster;

/// Files on a page of a pull: few, so that pulls are cut between pages.
const PAGE: usize = 2;

const GATE_AND_TRAP: &str = "
    CREATE TABLE prove_gate (actor uuid PRIMARY KEY, place bigint NOT NULL);
    CREATE TABLE prove_trap (until bigint NOT NULL);
    INSERT INTO prove_trap VALUES (0);
    CREATE SEQUENCE prove_trips;
    CREATE FUNCTION prove_trap() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    DECLARE stop bigint := (SELECT until FROM public.prove_trap);
    BEGIN
        IF stop > 0 AND nextval('public.prove_trips') <= stop THEN
            RAISE EXCEPTION 'got in the way' USING ERRCODE = 'serialization_failure';
        END IF;
        RETURN NEW;
    END $$;
    CREATE FUNCTION prove_gate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(place) FROM public.prove_gate WHERE actor = NEW.actor_id;
        RETURN NULL;
    END $$;
    CREATE TRIGGER prove_trap BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION prove_trap();
    CREATE TRIGGER prove_gate AFTER INSERT ON journal FOR EACH ROW EXECUTE FUNCTION prove_gate();";

/// A database and the service on it.
pub struct Ground {
    options: PgConnectOptions,
    backups: Vec<String>,
    /// The data folder: keys of envelopes outlive every restore.
    folder: TempDir,
    state: AppState,
    is_trapped: bool,
    /// How many worlds have begun here.
    pub worlds: usize,
    pub owner: PgPool,
    pub service: SyncService,
}

impl Ground {
    /// A new one, whose first life begins at this moment.
    pub async fn new(now: Moment) -> Self {
        // That PostgreSQL survives its own death is shown elsewhere; here nothing need wait for the disk.
        let options = cluster::fresh_database().await.options([("synchronous_commit", "off")]);
        let ground = Self::on(options, tempfile::tempdir().unwrap(), now - TimeDelta::days(1)).await;
        sqlx::raw_sql(GATE_AND_TRAP).execute(&ground.owner).await.unwrap();
        ground
    }

    async fn on(options: PgConnectOptions, folder: TempDir, now: Moment) -> Self {
        let owner = owner_pool(&options).await.unwrap();
        // A machine that is busy with other things is no failure.
        let patient = Duration::from_mins(1);
        let limits = AppPoolLimits { connections: 4, acquire: patient, statement: patient };
        let app = app_pool(&options, &limits).await.unwrap();
        ensure_epoch(&owner, fresh(now)).await.unwrap();
        // Nobody types a password here.
        let password = PasswordCost { memory_kib: 8, passes: 1 };
        let config = Config { password, ..Config::load(&Sources::default()).unwrap() };
        let state = AppState::new(config, app, owner.clone()).unwrap();
        let service = service(&state);
        // A copy may hold a trap.
        let mut ground =
            Self { options, backups: Vec::new(), folder, service, state, is_trapped: true, worlds: 0, owner };
        ground.read_keys();
        ground
    }

    /// As a server does at its start.
    fn read_keys(&mut self) {
        self.state.envelopes = Arc::new(Envelopes::open(self.folder.path()).unwrap());
        self.service = service(&self.state);
    }

    /// Another key for envelopes from now on.
    pub fn rotate(&mut self) {
        envelopes::rotate(self.folder.path()).unwrap();
        self.read_keys();
    }

    /// The key that devices are told.
    pub fn announced(&self) -> SealingKey {
        self.state.envelopes.announced().unwrap()
    }

    /// Another world begins: nothing is sealed to the old keys any more.
    pub fn begin(&mut self) {
        self.worlds += 1;
        let mut keys = envelopes::list(self.folder.path()).unwrap();
        keys.pop();
        if !keys.is_empty() {
            for key in keys {
                envelopes::retire(self.folder.path(), key).unwrap();
            }
            self.read_keys();
        }
    }

    /// The desk of this person.
    pub fn desk(&self, session: Session) -> PersonsDesk {
        PersonsDesk { state: self.state.clone(), session: Some(session) }
    }

    /// Where the journal ends.
    pub async fn end_of_journal(&self) -> i64 {
        let sql = "SELECT coalesce(max(position), 0) FROM journal";
        sqlx::query_scalar(sql).fetch_one(&self.owner).await.unwrap()
    }

    async fn close(&self) {
        self.state.pool.close().await;
        self.owner.close().await;
    }

    fn name(&self) -> &str {
        self.options.get_database().unwrap()
    }

    /// Dropping a database ends an autovacuum in it; by force, it would need leave to do so.
    async fn on_the_cluster(&self, sql: String) {
        let mut connection = PgConnection::connect_with(&self.options.clone().database("postgres")).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Copies the database as it is.
    pub async fn back_up(&mut self, now: Moment) {
        let copy = format!("lignum_backup_{}", new_id().simple());
        self.close().await;
        self.on_the_cluster(format!("CREATE DATABASE {copy} TEMPLATE {}", self.name())).await;
        self.backups.push(copy);
        self.reopen(self.options.clone(), now).await;
    }

    /// Puts a copy of the last backup in the place of the database, in a new life that begins at this moment.
    pub async fn restore(&mut self, now: Moment) {
        let name = format!("lignum_restored_{}", new_id().simple());
        let backup = self.backups.last().unwrap();
        self.close().await;
        self.on_the_cluster(format!("DROP DATABASE {}", self.name())).await;
        self.on_the_cluster(format!("CREATE DATABASE {name} TEMPLATE {backup}")).await;
        self.reopen(self.options.clone().database(&name), now).await;
        begin_new_epoch(&self.owner, fresh(now)).await.unwrap();
    }

    async fn reopen(&mut self, options: PgConnectOptions, now: Moment) {
        let backups = std::mem::take(&mut self.backups);
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        *self = Self { backups, ..Self::on(options, folder, now).await };
    }

    /// Removes the database and its backups.
    pub async fn clear_away(self) {
        self.close().await;
        for name in self.backups.iter().map(String::as_str).chain([self.name()]) {
            self.on_the_cluster(format!("DROP DATABASE {name}")).await;
        }
    }

    /// Writes something that means nothing, in a transaction of its own.
    pub async fn touch(&self) {
        self.run("UPDATE prove_trap SET until = until".to_owned()).await;
    }

    pub async fn run(&self, sql: String) {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&self.owner).await.unwrap();
    }

    /// Waits until every transaction has ended that has begun: also those of other databases hold back what a pull
    /// tells.
    pub async fn all_before_has_ended(&self) {
        let newest: String =
            sqlx::query_scalar("SELECT pg_current_xact_id()::text").fetch_one(&self.owner).await.unwrap();
        let sql = "SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8";
        while !sqlx::query_scalar::<_, bool>(sql).bind(&newest).fetch_one(&self.owner).await.unwrap() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// The next so many writes of the journal collide; none where it is nought.
    pub async fn trip(&mut self, times: u8) {
        if times == 0 && !std::mem::take(&mut self.is_trapped) {
            return;
        }
        self.is_trapped |= times > 0;
        let until = if times == 0 { "0".to_owned() } else { format!("(SELECT last_value FROM prove_trips) + {times}") };
        self.run(format!("UPDATE prove_trap SET until = {until}")).await;
    }

    /// Whoever acts in this name waits, when they have written, until the gate is opened.
    pub async fn gate(&self, actor: Uuid) -> Gate {
        let place = i64::from_be_bytes(actor.as_bytes()[..8].try_into().unwrap()) ^ 1;
        let mut holder = PgConnection::connect_with(&self.options).await.unwrap();
        sqlx::query("SELECT pg_advisory_lock($1)").bind(place).execute(&mut holder).await.unwrap();
        sqlx::query("INSERT INTO prove_gate VALUES ($1, $2)")
            .bind(actor)
            .bind(place)
            .execute(&mut holder)
            .await
            .unwrap();
        Gate { holder }
    }
}

fn service(state: &AppState) -> SyncService {
    SyncService::new(state.pool.clone(), state.owner.clone(), Arc::clone(&state.envelopes), 200).with_pages_of(PAGE)
}

fn fresh(at: Moment) -> Fresh {
    Fresh { id: new_id(), cursor_key: [7; 32], at }
}

/// A gate that is shut.
pub struct Gate {
    holder: PgConnection,
}

impl Gate {
    /// Waits until somebody stands at the gate, or until nobody will come any more.
    pub async fn somebody_waits(&mut self, nobody_comes: impl Fn() -> bool) {
        let sql = "SELECT EXISTS (SELECT FROM pg_locks AS waiting
                   WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))";
        while !nobody_comes() {
            if sqlx::query_scalar(sql).fetch_one(&mut self.holder).await.unwrap() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Opens it.
    pub async fn open(mut self) {
        sqlx::raw_sql("DELETE FROM prove_gate").execute(&mut self.holder).await.unwrap();
        self.holder.close().await.unwrap();
    }
}
