//! What every request and every answer passes through.

pub mod api;
pub mod assets;
pub mod desk;
pub mod error;
pub mod headers;
pub mod health;
pub mod observe;
pub mod origin;
pub mod pages;
pub mod router;
pub mod site;
pub mod state;
