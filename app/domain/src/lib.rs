//! Lignum's casework: the words, the rules and the sync protocol, without any input or output.
//!
//! The same code runs on the case officer's phone and on the ministry's server, so that the two
//! cannot disagree about what is allowed. Nothing here reads a clock, draws a random number or
//! touches a disk: moments and identifiers are handed in ([`clock`]).
//!
//! # The words
//! * A **referral** is a request that a young person be considered for the programme. It is *sent*
//!   by a **counsellor** (or taken down by a case officer for a walk-in) and *triaged* by a **supervisor**.
//! * A **client** is a person whose referral was accepted. A client's **file** holds the profile,
//!   the **contact notes** and the current **case**: one episode of work with a **case officer**.
//! * An **op** is one thing that a person did, written first on the device. The server answers every
//!   op with a **receipt**: applied, refused or held.
//!
//! # What always holds
//! * [`sync::decide`] is the only judge of what may happen; every state change is a [`sync::op::Change`].
//! * Text is parsed once ([`text`]) into types that cannot hold an invalid value.
//! * What the ministry has not published is configuration, never a rule in code.
//!
//! # Sources
//! Rules carry the tag of their source: `[M47]` is printed page 21 of *Preventing Youth Violence*
//! (the CSJP III manual), `[S2]` its page on termination, `[SRN]` the education ministry's notice on
//! the student registration number, `[BCS]` its behaviour change support teams, `[DPA]` the Data
//! Protection Act 2020, `[I]` a consequence that we drew ourselves. `docs/domain.md` lists them.
//!
//! Who may depend on it: everyone. What it may depend on: data crates only (`make check` guards it).

pub mod access;
pub mod attachment;
pub mod caseload;
mod choice;
pub mod client;
pub mod clock;
pub mod contact;
pub mod device;
pub mod error;
pub mod ids;
pub mod matching;
pub mod mutation;
pub mod reference;
pub mod referral;
pub mod search;
pub mod site;
pub mod sync;
pub mod text;
pub mod vault;

#[cfg(test)]
mod samples;
