//! A small world for each test: two regions, a school in each, people in every role, and their devices.

pub mod browser;
pub mod cluster;
pub mod device;
pub mod forms;
pub mod log;

use std::collections::HashMap;

use axum::Router;
use domain::{
    access::Role,
    ids::{ClientId, RegionId, SchoolId, UserId},
};
use server::{
    auth::token::{Cookies, Token},
    clock::new_id,
    config::{Config, Sources},
    db::{
        pools::{AppPoolLimits, app_pool, owner_pool},
        session::{self, NewSession},
    },
    http::{router::router, state::AppState},
    services::epoch,
};
use sqlx::{PgPool, postgres::PgConnectOptions};
use uuid::Uuid;

pub use self::device::{Answer, Device};

/// A database with people in it, and the server that works on it.
pub struct World {
    pub options: PgConnectOptions,
    pub owner: PgPool,
    pub app: PgPool,
    pub router: Router,
    pub west: Region,
    pub east: Region,
    pub administrator: Person,
}

/// A region with its people.
#[derive(Clone)]
pub struct Region {
    pub id: RegionId,
    pub school: SchoolId,
    pub counsellor: Person,
    pub officer: Person,
    pub officer2: Person,
    pub supervisor: Person,
}

/// Somebody who has signed in.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: UserId,
    pub role: Role,
    pub cookie: String,
}

impl World {
    /// A new world.
    pub async fn new() -> Self {
        Self::on(cluster::fresh_database().await).await
    }

    /// A new world in a database that is migrated and empty.
    pub async fn on(options: PgConnectOptions) -> Self {
        log::keep();
        let owner = owner_pool(&options).await.unwrap();
        let west = Region::settle(&owner, "Western").await;
        let east = Region::settle(&owner, "Eastern").await;
        let administrator = Person::enrol(&owner, "admin", Role::Administrator, None, None).await;
        Self::serve(options, owner, west, east, administrator).await
    }

    /// The same people on another database that holds them, such as a restored one.
    pub async fn moved_to(&self, options: PgConnectOptions) -> Self {
        let owner = owner_pool(&options).await.unwrap();
        Self::serve(options, owner, self.west.clone(), self.east.clone(), self.administrator.clone()).await
    }

    async fn serve(
        options: PgConnectOptions,
        owner: PgPool,
        west: Region,
        east: Region,
        administrator: Person,
    ) -> Self {
        let app = app_pool(&options, &AppPoolLimits::default()).await.unwrap();
        epoch::ensure(&owner).await.unwrap();
        let state = AppState::new(config(), app.clone(), owner.clone()).unwrap();
        Self { options, owner, app, router: router(state), west, east, administrator }
    }

    /// A new device of a person, from which nothing has come yet.
    pub fn device(&self, person: &Person) -> Device {
        Device::new(self.router.clone(), person.clone())
    }

    /// A client in the hands of the western region's first officer, by way of a referral and its acceptance.
    pub async fn client(&self) -> ClientId {
        self.client_of(&self.west, &self.west.officer).await
    }

    /// A client in the hands of this officer.
    pub async fn client_of(&self, region: &Region, officer: &Person) -> ClientId {
        let mut counsellor = self.device(&region.counsellor);
        let send = counsellor.send_referral();
        let referral = send.subject;
        counsellor.push(&[send]).await.all_applied();
        let mut supervisor = self.device(&region.supervisor);
        let (accept, client) = supervisor.accept(referral, officer.id);
        supervisor.push(&[accept]).await.all_applied();
        client
    }

    /// One number from the database, as its owner sees it.
    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.owner).await.unwrap()
    }

    /// Runs statements as the owner.
    pub async fn run(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&self.owner).await.unwrap();
    }
}

impl Region {
    async fn settle(owner: &PgPool, name: &str) -> Self {
        let (id, school) = (RegionId(new_id()), SchoolId(new_id()));
        sqlx::query("INSERT INTO regions (id, name) VALUES ($1, $2)")
            .bind(id.0)
            .bind(name)
            .execute(owner)
            .await
            .unwrap();
        sqlx::query("INSERT INTO schools (id, name, region_id, parish) VALUES ($1, $2, $3, 'st-james')")
            .bind(school.0)
            .bind(format!("{name} High"))
            .bind(id.0)
            .execute(owner)
            .await
            .unwrap();
        let there = async |what: &str, role| {
            Person::enrol(owner, &format!("{what}-{name}").to_lowercase(), role, Some(id), None).await
        };
        Self {
            id,
            school,
            counsellor: Person::enrol(
                owner,
                &format!("counsellor-{name}").to_lowercase(),
                Role::Counsellor,
                None,
                Some(school),
            )
            .await,
            officer: there("officer", Role::Officer).await,
            officer2: there("officer2", Role::Officer).await,
            supervisor: there("supervisor", Role::Supervisor).await,
        }
    }
}

impl Person {
    /// Makes an account and signs in.
    pub async fn enrol(
        owner: &PgPool,
        username: &str,
        role: Role,
        region: Option<RegionId>,
        school: Option<SchoolId>,
    ) -> Self {
        let id = UserId(new_id());
        sqlx::query(
            "INSERT INTO users (id, username, name, role, region_id, school_id, password_hash)
             VALUES ($1, $2, $3, $4, $5, $6, 'no password fits')",
        )
        .bind(id.0)
        .bind(username)
        .bind(format!("Test {username}"))
        .bind(role.code())
        .bind(region.map(|r| r.0))
        .bind(school.map(|s| s.0))
        .execute(owner)
        .await
        .unwrap();
        let token = Token::random();
        let session =
            NewSession { id: new_id(), token_hash: token.hash(), user: id, absolute_seconds: 3600.0, browser: "test" };
        session::begin(owner, &session).await.unwrap();
        let [cookie, _] = Cookies { https: false }.begin(&token, std::time::Duration::from_hours(1));
        let cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        Self { id, role, cookie }
    }
}

/// The configuration of a server under test.
pub fn config() -> Config {
    let environment = HashMap::from([("LIGNUM_SITE_ROOT".to_owned(), "/nonexistent".to_owned())]);
    Config::load(&Sources { environment, ..Sources::default() }).unwrap()
}

/// Hundreds of databases stay until the end: more than some machines have memory for.
pub const CLUSTER_IN_MEMORY: bool = false;

/// A new number.
pub fn id() -> Uuid {
    new_id()
}
