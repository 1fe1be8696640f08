//! The database: SQL lives in this module and nowhere else.
//!
//! - [`pools`]: how the server connects, as the owner (migrations, maintenance) and as `lignum_app`
//!   (requests; owns nothing, row-level security decides).
//! - [`migrations`]: the schema, embedded and forward-only.
//! - [`provision`], [`role`]: what a fresh cluster or a fresh database needs before its first migration.
//! - [`replace`]: putting a restored database in the place of the current one.

pub mod access_log;
pub mod acting;
pub mod assignment;
pub mod attachment;
pub mod batch;
pub mod bulk;
pub mod case_browse;
pub mod client;
pub mod colleague;
pub mod contact_note;
pub mod content;
pub mod decode;
pub mod device;
pub mod epoch;
pub mod feed;
pub mod journal;
pub mod lost_device;
pub mod migrations;
pub mod place;
pub mod pools;
pub mod provision;
pub mod referral;
pub mod refusal;
pub mod replace;
pub mod resemblance;
pub mod role;
pub mod scene;
pub mod session;
pub mod site;
mod stored;
pub mod subject;
pub mod team;
pub mod throttle;
pub mod trouble;
pub mod user;
