//! Fictional people: a small demonstration to look at, and a large one to measure with.
//!
//! Both are told by [`story`]: what one child's referral, officer and contacts come to. The small one
//! ([`small`]) is told from today backwards and sent through sync; the large one ([`volume`]) is the same
//! for the same seed, judged by the same rules, and written in bulk.

mod cast;
mod child;
mod dice;
mod script;
mod small;
mod story;
mod volume;
mod words;
mod world;

use std::fmt::Write as _;

pub use self::{
    small::load_once,
    volume::{Volume, digest, fill},
};

/// The password of every account of the demonstration.
pub const PASSWORD: &str = "lignum-demo-2026";

/// The accounts, as they are printed when the demonstration starts.
pub fn accounts_shown() -> String {
    let mut shown = format!("Accounts, each with the password {PASSWORD}:\n");
    for (username, whose) in [
        ("counsellor", "guidance counsellor at Sample High"),
        ("officer", "case officer with 40 clients"),
        ("officer2", "another case officer"),
        ("supervisor", "supervisor of the Western Region"),
        ("admin", "administrator"),
    ] {
        // Writing to a string does not fail.
        let _ = writeln!(shown, "  {username:<12}{whose}");
    }
    shown.push_str("All people, schools and communities are fictional.");
    shown
}
