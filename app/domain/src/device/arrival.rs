//! What a sign-in gives the store to keep.

use crate::access::Actor;
use crate::device::shelf::Write;
use crate::device::stored::{key, put_meta, put_queued};
use crate::sync::outbox::Queued;
use crate::vault::envelope::SealingKey;

/// Who signed in, and the server's key where it told one. What waits is sealed to that key at once: it may
/// have been saved before this device ever had one, and then lies here without an envelope.
pub fn arrived(me: &Actor, key: Option<&SealingKey>, queue: &[Queued]) -> Vec<Write> {
    let mut writes = Vec::new();
    if let Some(key) = key {
        writes.push(put_meta(key::SEALING_KEY, key));
        writes.extend(queue.iter().filter(|queued| queued.state.is_unsent()).map(put_queued));
    }
    writes.push(put_meta(key::ME, me));
    writes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Refusal;
    use crate::ids::{OpId, SealingKeyId};
    use crate::samples::{CLIENT, NOTE, OFFICER, actor, op};
    use crate::sync::op::{Body, Subject};
    use crate::sync::outbox::QueueState;
    use uuid::Uuid;

    #[test]
    fn what_waits_is_sealed_to_the_key_that_a_sign_in_tells_and_nothing_else_is() {
        let states = [
            QueueState::Waiting,
            QueueState::Refused { refusal: Refusal::new("x", "x") },
            QueueState::Held { waits_for: OpId(Uuid::nil()) },
        ];
        let op = op(Subject::Client(CLIENT), Body::FinishNextAction { note: NOTE });
        let queue: Vec<Queued> = states.into_iter().map(|state| Queued { op: op.clone(), state }).collect();
        let me = actor(OFFICER, crate::access::Role::Officer);
        let key = SealingKey { id: SealingKeyId(Uuid::nil()), public: String::new() };
        let sealed = |writes: &[Write]| {
            let is_sealed = |write: &&Write| matches!(write, Write::PutQueued { to_seal: Some(_), .. });
            (writes.len(), writes.iter().filter(is_sealed).count())
        };
        assert_eq!(sealed(&arrived(&me, Some(&key), &queue)), (4, 2));
        assert_eq!(sealed(&arrived(&me, None, &queue)), (1, 0));
    }
}
