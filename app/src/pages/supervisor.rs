//! The supervisor: which referrals wait, who carries too much, who has not been seen.
//!
//! Referrals lie on the device, so that triage works without a network. The region's cases and the
//! team are read online: 14,000 files do not belong on a tablet.

mod act;
mod assignee;
mod case_file;
mod cases;
mod lost;
mod notes;
mod outcome;
mod particulars;
mod referral;
mod referrals;
mod team;

pub use case_file::CaseFile;
pub use cases::Cases;
pub use referrals::Referrals;
pub use team::Team;
