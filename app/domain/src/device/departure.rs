//! What signing out takes from the store.

use crate::device::shelf::{Shelf, Write};
use crate::device::stored::{key, put_meta};
use crate::device::take::Kept;

/// The files go. What is unsent stays, and drafts, for the next sign-in; and so does in which life of the
/// database this device listened last, for if that is restored meanwhile, what was received here is offered again.
pub fn departed(kept: &Kept) -> Vec<Write> {
    vec![
        Write::Clear(Shelf::Heads),
        Write::Clear(Shelf::Bodies),
        Write::Clear(Shelf::Attachments),
        put_meta(key::CURSOR, &Kept { epoch: kept.epoch, ..Kept::default() }),
        Write::Delete(Shelf::Meta, key::EXCHANGED.to_owned()),
        Write::Delete(Shelf::Meta, key::COLLEAGUES.to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::stored::decode;
    use uuid::Uuid;

    #[test]
    fn who_signs_out_leaves_no_file_and_a_restore_is_noticed_all_the_same() {
        let epoch = Some(Uuid::from_u128(7));
        let before = Kept { cursor: Some("c".to_owned()), epoch, named: None, leaving: [Uuid::from_u128(8)].into() };
        let writes = departed(&before);
        let cleared: Vec<Shelf> = writes
            .iter()
            .filter_map(|write| if let Write::Clear(shelf) = write { Some(*shelf) } else { None })
            .collect();
        assert_eq!(cleared, [Shelf::Heads, Shelf::Bodies, Shelf::Attachments]);
        let kept = writes.iter().find_map(|write| match write {
            Write::Put(Shelf::Meta, name, value) if name == key::CURSOR => decode::<Kept>(value),
            _ => None,
        });
        let kept = kept.unwrap();
        assert_eq!((kept.cursor, kept.epoch, kept.named, kept.leaving.len()), (None, epoch, None, 0));
    }
}
