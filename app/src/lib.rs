//! Lignum's screens and the device behind them.
//!
//! Rendered by the server on a first visit and run in the browser; once installed, the service worker
//! answers with the shell and the same code mounts the app without a network.
//!
//! Arrows: `pages` use `components`, `state`, `platform` and `server_fns`; `components` use `domain` only.

#![recursion_limit = "256"]

pub mod app;
pub mod components;
pub mod desk;
#[cfg(feature = "browser")]
pub mod entry;
pub mod pages;
pub mod platform;
#[cfg(feature = "ssr")]
pub mod ports;
pub mod server_fns;
#[cfg(feature = "ssr")]
pub mod shell;
pub mod state;
