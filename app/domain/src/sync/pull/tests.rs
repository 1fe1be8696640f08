use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn uuid() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

prop_compose! {
    fn any_cursor()(epoch in uuid(), scope in 0i64..100, since: u64, page in prop::option::of((any::<u64>(), uuid(), any::<bool>()))) -> Cursor {
        Cursor { epoch, scope, since, page: page.map(|(until, after, whole)| Page { until, after, whole }) }
    }
}

/// A transaction of the simulated database: when it begins and commits, and which file it writes.
#[derive(Debug, Clone)]
struct Transaction {
    begins: u64,
    commits: u64,
    file: u8,
}

/// The number of a transaction is its place in the order of beginning.
fn numbered(mut transactions: Vec<Transaction>) -> Vec<(u64, Transaction)> {
    transactions.sort_by_key(|t| t.begins);
    transactions.into_iter().enumerate().map(|(at, t)| (at as u64 + 1, t)).collect()
}

proptest! {
    #[test]
    fn a_cursor_reads_back_as_written(cursor in any_cursor()) {
        prop_assert_eq!(cursor.to_string().parse::<Cursor>(), Ok(cursor));
    }

    #[test]
    fn reading_any_text_never_panics(text in "\\PC{0,60}") {
        let _ = text.parse::<Cursor>();
    }

    /// The heart of it: whatever overlaps, and however small the pages, a device that pulls until
    /// everything has committed holds every file at its last version.
    #[test]
    fn no_overlap_of_transactions_makes_a_pull_miss_a_row(
        times in prop::collection::vec((0u64..100, 1u64..40, 0u8..6), 1..20),
        pulls in prop::collection::vec(0u64..150, 0..12),
        page_size in 1usize..4,
    ) {
        let transactions = numbered(times.into_iter().map(|(begins, lasts, file)| Transaction { begins, commits: begins + lasts, file }).collect());
        // The last writer of a file: row locks make writers of one file queue, so the later commit wins.
        let visible_at = |now: u64| -> BTreeMap<u8, u64> {
            let mut rows = BTreeMap::new();
            let mut committed: Vec<_> = transactions.iter().filter(|(_, t)| t.commits <= now).collect();
            committed.sort_by_key(|(_, t)| t.commits);
            for (number, t) in committed { rows.insert(t.file, *number); }
            rows
        };
        let horizon_at = |now: u64| transactions.iter()
            .filter(|(_, t)| t.begins <= now && t.commits > now).map(|(n, _)| *n).min()
            .unwrap_or_else(|| transactions.iter().filter(|(_, t)| t.begins <= now).count() as u64 + 1);
        let id = |file: u8| Uuid::from_u128(u128::from(file) + 1);

        let mut device: BTreeMap<u8, u64> = BTreeMap::new();
        let mut cursor: Option<Cursor> = None;
        let mut moments = pulls; moments.sort_unstable(); moments.push(1_000);
        for now in moments {
            // Each pull may be cut off after any page; here the pages of one pull share a moment.
            loop {
                let position = Position { epoch: Uuid::nil(), scope: 1, horizon: horizon_at(now) };
                let plan = plan(cursor, &position);
                prop_assert!(!plan.went_back);
                let rows: Vec<(u8, u64)> = visible_at(now).into_iter()
                    .filter(|(file, number)| *number >= plan.since && plan.after.is_none_or(|after| id(*file) > after))
                    .collect();
                let page = &rows[..rows.len().min(page_size)];
                device.extend(page.iter().copied());
                let more = (rows.len() > page_size).then(|| id(page[page.len() - 1].0));
                cursor = Some(plan.next(&position, more));
                if more.is_none() { break; }
            }
        }
        prop_assert_eq!(device, visible_at(1_000));
    }
}

#[test]
fn another_epoch_another_scope_or_a_cursor_from_the_future_begins_anew() {
    let epoch = Uuid::from_u128(7);
    let position = Position { epoch, scope: 2, horizon: 50 };
    let cursor = Cursor { epoch, scope: 2, since: 40, page: None };
    assert!(!plan(Some(cursor), &position).whole);
    assert!(plan(Some(Cursor { epoch: Uuid::nil(), ..cursor }), &position).whole);
    assert!(plan(Some(Cursor { scope: 1, ..cursor }), &position).whole);
    assert!(plan(None, &position).whole);
    let future = plan(Some(Cursor { since: 51, ..cursor }), &position);
    assert!(future.whole && future.went_back);
}
