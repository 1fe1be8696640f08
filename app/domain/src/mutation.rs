//! Fourteen ways to break the protocol on purpose, so that the proof can show that it would notice.
//!
//! Only a test build with the feature `mutations` can switch one on; in any other [`is_on`] is `false` for
//! the compiler, and what stands behind it is not in the program.

use std::sync::atomic::{AtomicU8, Ordering};

/// One way to break the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Mutation {
    /// The device counts as received whatever the server answered to, receipt or not.
    ReceivedWithoutReceipt = 1,
    /// The server judges an op anew that it has judged before.
    SeenOpsForgotten,
    /// A pull ends at the newest transaction, not at the oldest that still runs.
    CursorPastTheHorizon,
    /// Where two people changed one field, only the later value is kept.
    ConflictDropped,
    /// After one op of a file failed for a moment, the next ones go ahead.
    OrderNotKept,
    /// The device keeps files that left its person's scope.
    LeftFilesKept,
    /// The device lets go of a file together with what is unsent about it.
    LeftFilesTakeUnsent,
    /// After a restore the device offers nothing again.
    NothingOfferedAgain,
    /// A pull with several pages ends after the first.
    PagesSkipped,
    /// Nothing is sent past a refused op.
    RefusedBlocks,
    /// What the server holds loses its envelope on the device.
    HeldNotSealed,
    /// The server counts every envelope that it opened as taken, judged or not.
    UntouchedCountsAsTaken,
    /// The server treats a lost phone's envelopes like anybody's, if its person is signed in.
    LostPhoneBelieved,
    /// What a supervisor takes up counts as settled, whatever the rules said.
    TakenUpUnjudged,
}

/// All of them.
pub const ALL: [Mutation; 14] = [
    Mutation::ReceivedWithoutReceipt,
    Mutation::SeenOpsForgotten,
    Mutation::CursorPastTheHorizon,
    Mutation::ConflictDropped,
    Mutation::OrderNotKept,
    Mutation::LeftFilesKept,
    Mutation::LeftFilesTakeUnsent,
    Mutation::NothingOfferedAgain,
    Mutation::PagesSkipped,
    Mutation::RefusedBlocks,
    Mutation::HeldNotSealed,
    Mutation::UntouchedCountsAsTaken,
    Mutation::LostPhoneBelieved,
    Mutation::TakenUpUnjudged,
];

static ON: AtomicU8 = AtomicU8::new(0);

/// Switches one on, or all off. Does nothing in a build without the feature.
pub fn switch(to: Option<Mutation>) {
    ON.store(to.map_or(0, |mutation| mutation as u8), Ordering::Relaxed);
}

/// Whether the protocol is broken in this way just now.
pub fn is_on(mutation: Mutation) -> bool {
    cfg!(feature = "mutations") && ON.load(Ordering::Relaxed) == mutation as u8
}
