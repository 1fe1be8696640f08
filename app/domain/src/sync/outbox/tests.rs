use super::*;
use crate::clock::Moment;
use crate::ids::{ClientId, NoteId};
use crate::sync::op::{Body, Subject};
use proptest::prelude::*;
use uuid::Uuid;

fn at(seconds: i64) -> Moment {
    Moment::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
}

fn queued(seq: u64, after: Option<u64>, state: QueueState) -> Queued {
    let id = |n: u64| OpId(Uuid::from_u128(u128::from(n)));
    let op = Op {
        id: id(seq),
        seq,
        subject: Subject::Client(ClientId(Uuid::from_u128(1))),
        recorded_at: at(0),
        after: after.map(id),
        mends: None,
        body: Body::FinishNextAction { note: NoteId(Uuid::from_u128(2)) },
    };
    Queued { op, state }
}

fn refused() -> QueueState {
    QueueState::Refused { refusal: Refusal::new("x", "x") }
}

#[test]
fn one_refused_op_does_not_stop_the_others() {
    let mut queue: Vec<Queued> = (1..=100).map(|seq| queued(seq, None, QueueState::Waiting)).collect();
    queue[41].state = refused();
    assert_eq!(Walk::default().next(&queue, 200).len(), 99);
}

#[test]
fn what_builds_on_a_refused_op_is_not_sent_and_not_lost() {
    let queue =
        [queued(1, None, refused()), queued(2, Some(1), QueueState::Waiting), queued(3, None, QueueState::Waiting)];
    let seqs: Vec<u64> = Walk::default().next(&queue, 200).iter().map(|q| q.op.seq).collect();
    assert_eq!(seqs, [3]);
    assert_eq!(tally(queue.iter().map(|q| &q.state)), Tally { waiting: 2, attention: 1 });
}

#[test]
fn what_waits_behind_a_refused_op_is_told_as_held_until_that_one_is_mended() {
    let queue = [
        queued(1, None, refused()),
        queued(2, Some(1), QueueState::Waiting),
        queued(3, Some(2), QueueState::Waiting),
        queued(4, None, QueueState::Waiting),
        queued(5, Some(4), QueueState::Waiting),
    ];
    let held = behind_refused(&queue);
    let told =
        |q: &Queued| (q.op.seq, if let QueueState::Held { waits_for } = q.state { Some(waits_for) } else { None });
    assert_eq!(held.iter().map(told).collect::<Vec<_>>(), [(2, Some(queue[0].op.id)), (3, Some(queue[1].op.id))]);
    let after = changed_by(&queue, &held);
    assert_eq!(sent(&after), [4, 5]);
    let mended = changed_by(&after, &mend(&after, queue[0].op.id, OpId(Uuid::from_u128(9)), at(0)));
    assert_eq!(sent(&mended), [2, 3, 4, 5]);
}

#[test]
fn a_long_chain_on_a_refused_op_leaves_the_whole_batch_to_the_others() {
    let mut queue = vec![queued(1, None, refused())];
    queue.extend((2..=300).map(|seq| queued(seq, Some(seq - 1), QueueState::Waiting)));
    queue.push(queued(301, None, QueueState::Waiting));
    let seqs: Vec<u64> = Walk::default().next(&queue, 200).iter().map(|q| q.op.seq).collect();
    assert_eq!(seqs, [301]);
}

fn receipt(op: OpId, outcome: Outcome) -> Receipt {
    Receipt { op, outcome }
}

fn applied(queued: &Queued) -> Receipt {
    receipt(queued.op.id, Outcome::Applied { position: 1, hash: String::new() })
}

fn held(queued: &Queued) -> Receipt {
    receipt(queued.op.id, Outcome::Held { waits_for: queued.op.id })
}

/// What walks through the outbox send to a server that answers like this, batch by batch, until it is quiet.
fn walks(queue: &mut [Queued], max: usize, answer: impl Fn(&Queued) -> Option<Receipt>) -> Vec<Vec<u64>> {
    let (mut walk, mut batches) = (Walk::default(), Vec::new());
    while batches.len() < 1000 {
        let batch: Vec<Queued> = walk.next(queue, max).into_iter().cloned().collect();
        let receipts: Vec<Receipt> = batch.iter().filter_map(&answer).collect();
        if receipts.is_empty() && !batch.is_empty() {
            break;
        }
        if batch.is_empty() {
            if !walk.wants_another(queue) {
                break;
            }
            walk = Walk::default();
            continue;
        }
        walk.heard(&receipts);
        for queued in queue.iter_mut() {
            if let Some(receipt) = receipts.iter().find(|receipt| receipt.op == queued.op.id) {
                queued.state = settle(&queued.state, receipt, at(0)).unwrap();
            }
        }
        batches.push(batch.iter().map(|q| q.op.seq).collect());
    }
    batches
}

#[test]
fn however_many_are_held_each_is_offered_and_so_is_everything_else() {
    let waits = |n| QueueState::Held { waits_for: OpId(Uuid::from_u128(u128::from(n))) };
    let mut queue: Vec<Queued> = (1..=6).map(|seq| queued(seq, None, waits(seq))).collect();
    queue.push(queued(7, None, QueueState::Waiting));
    // The fifth can be judged by now.
    let batches = walks(&mut queue, 2, |q| Some(if [5, 7].contains(&q.op.seq) { applied(q) } else { held(q) }));
    assert_eq!(batches[..4], [vec![1, 2], vec![3, 4], vec![5, 6], vec![7]]);
    // What the fifth may have freed is asked for once more, and then it is quiet.
    assert_eq!(batches[4..], [vec![1, 2], vec![3, 4], vec![6]]);
}

#[test]
fn an_op_that_the_server_left_untouched_comes_again_before_the_later_ones() {
    let mut queue: Vec<Queued> = (1..=4).map(|seq| queued(seq, None, QueueState::Waiting)).collect();
    let batches = walks(&mut queue, 3, |q| (q.op.seq != 2).then(|| applied(q)));
    assert_eq!(batches, [vec![1, 2, 3], vec![2, 4]]);
    assert!(queue[1].state.is_unsent());
}

fn sent(queue: &[Queued]) -> Vec<u64> {
    Walk::default().next(queue, 200).iter().map(|q| q.op.seq).collect()
}

/// Puts the changes in the places of the entries that they replace.
fn changed_by(queue: &[Queued], changes: &[Queued]) -> Vec<Queued> {
    let now = |q: &Queued| changes.iter().find(|c| c.op.id == q.op.id).unwrap_or(q).clone();
    queue.iter().map(now).collect()
}

#[test]
fn what_builds_on_a_refused_op_follows_its_mend_or_wants_a_decision_when_it_is_discarded() {
    let queue =
        [queued(1, None, refused()), queued(2, Some(1), QueueState::Waiting), queued(3, Some(2), QueueState::Waiting)];
    let id = |n: u128| OpId(Uuid::from_u128(n));
    assert!(sent(&queue).is_empty());

    let mut mended = changed_by(&queue, &mend(&queue, id(1), id(4), at(0)));
    mended.push(queued(4, None, QueueState::Waiting));
    assert_eq!(sent(&mended), [2, 3, 4]);
    assert_eq!((mended[1].op.after, &mended[0].state), (Some(id(4)), &QueueState::Discarded { at: at(0) }));

    let discarded = changed_by(&queue, &discard(&queue, id(1), at(0)));
    assert!(sent(&discarded).is_empty());
    assert_eq!(tally(discarded.iter().map(|q| &q.state)), Tally { waiting: 1, attention: 1 });
    // Nothing but a refused op can be put aside.
    let waiting = [queued(1, None, QueueState::Waiting)];
    assert!(mend(&waiting, id(1), id(4), at(0)).is_empty() && discard(&waiting, id(1), at(0)).is_empty());
}

#[test]
fn a_correction_builds_on_its_own_note_while_that_is_unsent() {
    let subject = Subject::Client(ClientId(Uuid::from_u128(1)));
    let note = |n| NoteId(Uuid::from_u128(n));
    let record = |seq, n, state| {
        let mut queued = queued(seq, None, state);
        queued.op.body = Body::RecordContact { note: note(n), form: crate::sync::wire_v1::ContactForm::default() };
        queued
    };
    let queue = [record(1, 7, QueueState::Waiting), record(2, 8, QueueState::Received { position: 1, at: at(0) })];
    let base = |n| base_of(&queue, subject, &Body::AmendContact { note: note(n), narrative: String::new() });
    assert_eq!(base(7), Some(queue[0].op.id));
    assert_eq!((base(8), base(9)), (None, None));
}

#[test]
fn a_new_epoch_offers_again_what_was_received() {
    assert_eq!(reoffer(&QueueState::Received { position: 7, at: at(0) }), Some(QueueState::Waiting));
    assert_eq!(reoffer(&refused()), None);
}

#[test]
fn nothing_unsent_or_refused_is_ever_prunable() {
    let late = at(400 * 86_400);
    for state in [QueueState::Waiting, refused(), QueueState::Held { waits_for: OpId(Uuid::nil()) }] {
        assert!(!is_prunable(&state, late));
    }
    let received = QueueState::Received { position: 1, at: at(0) };
    assert!(!is_prunable(&received, at(30 * 86_400)));
    assert!(is_prunable(&received, at(30 * 86_400 + 1)));
}

proptest! {
    #[test]
    fn batches_are_in_the_order_of_seq_whatever_the_order_of_storage(mut seqs in prop::collection::hash_set(1u64..500, 0..60), max in 1usize..50) {
        let queue: Vec<Queued> = seqs.drain().map(|seq| queued(seq, None, QueueState::Waiting)).collect();
        let batch: Vec<u64> = Walk::default().next(&queue, max).iter().map(|q| q.op.seq).collect();
        let mut sorted: Vec<u64> = queue.iter().map(|q| q.op.seq).collect();
        sorted.sort_unstable();
        sorted.truncate(max);
        prop_assert_eq!(batch, sorted);
    }
}
