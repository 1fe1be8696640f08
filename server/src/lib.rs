//! Lignum's server: HTTP, sync, sessions, Postgres, jobs.
//!
//! - [`config`], [`telemetry`], [`startup`], [`local_postgres`]: from nothing to an open database.
//! - [`db`]: SQL, and nowhere else.
//! - [`auth`]: passwords, sessions, who is there.
//! - [`http`]: what every request and every answer passes through.
//! - [`services`]: what the server does for people: sync, the journal's proof.
//! - [`commands`]: the sub-commands of the binary `lignum`.
//!
//! Arrows point one way: `domain <- app <- server`, and within the server `commands -> http -> db`.

pub mod auth;
pub mod clock;
pub mod commands;
pub mod config;
pub mod db;
pub mod demo;
pub mod http;
pub mod local_postgres;
pub mod services;
pub mod startup;
pub mod telemetry;
