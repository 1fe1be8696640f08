//! The proof that no saved fact is lost: the real outbox, planner and rules on simulated phones, the real
//! sync service on a real PostgreSQL, and between them a network, a clock and a power supply that fail by
//! lot. Thousands of schedules are lived through; after each, every promise is looked at.
//!
//! * `PROVE_N`: how many schedules (2,000). `PROVE_SEED`: where the lot begins (1).
//! * `PROVE_REPLAY`: one schedule, as a failure prints it, instead.
//!
//! With the feature `mutations` it also shows that it would notice.
//!
//! A schedule that fails is made as short as it goes before it is printed.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by panicking")]

mod check;
#[expect(dead_code, reason = "the tests of a real restore need an empty database, the proof copies one")]
#[path = "../api/helpers/cluster.rs"]
mod cluster;
mod device;
mod ground;
mod lost;
#[path = "../../../app/domain/tests/convergence/person.rs"]
mod person;
mod rest;
mod schedule;
mod store;
mod wire;
mod worker;
mod world;

use std::{
    cell::{Cell, RefCell},
    io::Write,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Instant,
};

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use crate::{ground::Ground, schedule::Step, world::Tally};

/// Copying databases is a good part of the work; what a disk keeps when the power fails is shown elsewhere.
const CLUSTER_IN_MEMORY: bool = true;

/// A new number.
fn id() -> uuid::Uuid {
    server::clock::new_id()
}

fn setting(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

/// A schedule that breaks a promise.
struct Failure {
    why: String,
    steps: Vec<Step>,
}

/// The lot is drawn in so many shares, whatever the machine: a seed gives the same schedules everywhere.
const SHARES: usize = 8;

/// Every new phone is told of all places, so that a world costs the more the more were there before it.
const WORLDS_ON_ONE_GROUND: usize = 50;

/// Two threads a core: while one waits for PostgreSQL the other one goes on. No more than its connections allow.
fn hands() -> usize {
    (std::thread::available_parallelism().map_or(2, std::num::NonZero::get) * 2).min(SHARES)
}

/// Lives through so many schedules, on several threads; each share has a database of its own.
fn live(schedules: usize, seed: usize, shorten: bool) -> Result<Tally, Failure> {
    let (next, done, failed) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let results: Vec<Result<Tally, Failure>> = std::thread::scope(|scope| {
        let hand = || {
            let mut results = Vec::new();
            loop {
                let share = next.fetch_add(1, Ordering::Relaxed);
                if share >= SHARES || failed.load(Ordering::Relaxed) {
                    return results;
                }
                let size = schedules / SHARES + usize::from(share < schedules % SHARES);
                if size > 0 {
                    results.push(live_share(size, [seed, share], shorten, &done, &failed, schedules));
                }
            }
        };
        let threads: Vec<_> = (0..hands()).map(|_| scope.spawn(hand)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let mut tally = Tally::default();
    for result in results {
        tally += result?;
    }
    Ok(tally)
}

fn live_share(
    share: usize,
    seed: [usize; 2],
    shorten: bool,
    done: &AtomicUsize,
    failed: &AtomicBool,
    of: usize,
) -> Result<Tally, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ground = RefCell::new(runtime.block_on(Ground::new(world::beginning())));
    let (tally, is_mine) = (RefCell::new(Tally::default()), Cell::new(false));
    let unsound = RefCell::new(None);
    let leave = |ground: Ground| {
        if let Err(why) = runtime.block_on(check::journal_is_sound(&ground)) {
            unsound.borrow_mut().get_or_insert(why);
        }
        runtime.block_on(ground.clear_away());
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&(seed[0] as u64).to_le_bytes());
    bytes[8..16].copy_from_slice(&(seed[1] as u64).to_le_bytes());
    let config = Config {
        cases: u32::try_from(share).unwrap(),
        failure_persistence: None,
        max_shrink_iters: if shorten { 600 } else { 0 },
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let result = runner.run(&schedule::schedule(), |steps| {
        // Another thread has found something, and this one has not: it may rest.
        if failed.load(Ordering::Relaxed) && !is_mine.get() {
            return Ok(());
        }
        if ground.borrow().worlds >= WORLDS_ON_ONE_GROUND {
            leave(ground.replace(runtime.block_on(Ground::new(world::beginning()))));
        }
        match runtime.block_on(world::run(&mut ground.borrow_mut(), &steps)) {
            Ok(lived) => {
                *tally.borrow_mut() += lived;
                tell_progress(done.fetch_add(1, Ordering::Relaxed) + 1, of);
                Ok(())
            }
            Err(why) => {
                failed.store(true, Ordering::Relaxed);
                is_mine.set(true);
                Err(TestCaseError::fail(why))
            }
        }
    });
    leave(ground.into_inner());
    match result {
        Ok(()) => match unsound.into_inner() {
            Some(why) => Err(Failure { why, steps: Vec::new() }),
            None => Ok(tally.into_inner()),
        },
        Err(TestError::Fail(why, steps)) => Err(Failure { why: why.to_string(), steps }),
        Err(TestError::Abort(why)) => panic!("no schedule could be made: {why}"),
    }
}

/// A line that cargo does not keep for itself.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn tell_progress(done: usize, of: usize) {
    if done.is_multiple_of(1000) {
        say(&format!("prove: {done} of {of} schedules"));
    }
}

/// One proof at a time: what breaks the protocol breaks it for the whole program.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// One schedule, as a failure printed it.
fn replay(text: &str) {
    let steps: Vec<Step> = serde_json::from_str(text).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut ground = runtime.block_on(Ground::new(world::beginning()));
    let result = runtime.block_on(async {
        let tally = world::run(&mut ground, &steps).await?;
        check::journal_is_sound(&ground).await.map(|()| tally)
    });
    runtime.block_on(ground.clear_away());
    say(&format!("prove: {result:?}"));
    assert!(result.is_ok(), "{result:?}");
}

#[test]
fn no_saved_fact_is_lost_doubled_or_kept_from_anybody() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    if let Ok(text) = std::env::var("PROVE_REPLAY") {
        replay(&text);
        return;
    }
    let (schedules, seed) = (setting("PROVE_N", 2000), setting("PROVE_SEED", 1));
    let begun = Instant::now();
    match live(schedules, seed, true) {
        Ok(tally) => {
            let Tally { schedules, steps, saved, received, refused, held, quarantined, beyond, .. } = tally;
            let Tally { in_envelopes, taken_up, restores, .. } = tally;
            say(&format!(
                "prove: {schedules} schedules, {steps} steps, {restores} restores, {saved} facts saved: \
                 {received} received, {refused} refused in words, {held} held, {quarantined} left by lost phones, \
                 {beyond} beyond the limits told; {in_envelopes} came in envelopes, {taken_up} were taken up; \
                 0 lost, 0 doubled, 0 diverged; seed {seed}, {} s",
                begun.elapsed().as_secs()
            ));
            let rare = [refused, held, quarantined, in_envelopes, taken_up, restores];
            assert!(schedules < 500 || !rare.contains(&0), "some things never happened: {rare:?}");
        }
        Err(Failure { why, steps }) => panic!(
            "{why}\nseed {seed}; the shortest schedule that was found:\nPROVE_REPLAY='{}' make prove",
            serde_json::to_string(&steps).unwrap()
        ),
    }
}

/// By what the proof notices a mutation: anything else that fails is no proof.
#[cfg(feature = "mutations")]
fn sign_of(mutation: domain::mutation::Mutation) -> &'static [&'static str] {
    use domain::mutation::Mutation;
    match mutation {
        Mutation::ReceivedWithoutReceipt
        | Mutation::LeftFilesTakeUnsent
        | Mutation::NothingOfferedAgain
        | Mutation::HeldNotSealed
        | Mutation::UntouchedCountsAsTaken
        | Mutation::TakenUpUnjudged => &["LOST"],
        // An op that it has forgotten gets no receipt.
        Mutation::SeenOpsForgotten => &["journal_op_key", "DOUBLED", "STUCK"],
        Mutation::CursorPastTheHorizon | Mutation::LeftFilesKept | Mutation::PagesSkipped => &["DIVERGED"],
        Mutation::ConflictDropped => &["DROPPED"],
        Mutation::OrderNotKept => &["OUT OF ORDER"],
        Mutation::RefusedBlocks => &["STUCK"],
        Mutation::LostPhoneBelieved => &["UNASKED"],
    }
}

/// The proof would notice: each way to break the protocol makes it fail, and by the promise that it breaks.
#[cfg(feature = "mutations")]
#[test]
fn each_mutation_is_noticed() {
    if std::env::var_os("PROVE_REPLAY").is_some() {
        return;
    }
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut missed = Vec::new();
    for mutation in domain::mutation::ALL {
        domain::mutation::switch(Some(mutation));
        let lived = live(setting("PROVE_N", 2000), setting("PROVE_SEED", 1), false);
        domain::mutation::switch(None);
        match lived {
            Err(Failure { why, .. }) if sign_of(mutation).iter().any(|sign| why.contains(sign)) => {
                say(&format!("prove: {mutation:?} is noticed: {}", why.chars().take(100).collect::<String>()));
            }
            Err(Failure { why, .. }) => missed.push(format!("{mutation:?}, which failed otherwise: {why}")),
            Ok(tally) => missed.push(format!("{mutation:?}, in {} schedules", tally.schedules)),
        }
    }
    assert!(missed.is_empty(), "the proof did not notice {missed:#?}");
}
