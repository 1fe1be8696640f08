//! The screens, one a file, by the person whom they serve.

pub mod account;
pub mod admin;
pub mod attachments;
pub mod conflicts;
pub mod counsellor;
pub mod devices;
pub mod form;
pub mod frame;
pub mod officer;
pub mod online;
pub mod supervisor;
pub mod words;
