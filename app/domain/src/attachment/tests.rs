use super::content::{CHUNK, SEAL};
use super::*;
use crate::vault::VaultError;
use proptest::prelude::*;
use rand_core::{Infallible, TryCryptoRng, TryRng};

/// Counts: enough for a test, and the same each time.
struct Counting(u64);

impl TryRng for Counting {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        Ok((self.0 >> 32) as u32)
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from(self.try_next_u32()?) << 32 | u64::from(self.try_next_u32()?))
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            *byte = self.try_next_u32()?.to_le_bytes()[0];
        }
        Ok(())
    }
}
impl TryCryptoRng for Counting {}

fn name() -> ContentId {
    ContentId(uuid::Uuid::from_u128(7))
}

fn form(open: &[u8]) -> AttachmentForm {
    AttachmentForm {
        kind: "photo".into(),
        title: "Consent form, page 1".into(),
        content: name().to_string(),
        media: "image/jpeg".into(),
        size: u32::try_from(open.len()).unwrap(),
        sha256: String::from(Digest::of(open)),
        key: ContentKey::random(&mut Counting(1)).to_text(),
    }
}

#[test]
fn a_form_filled_in_is_read_and_its_key_opens_what_was_sealed() {
    let open = vec![9; 2 * CHUNK + 5];
    let (body, key) = AttachmentBody::parse(&form(&open)).unwrap();
    let chunks = ContentKey::random(&mut Counting(1)).seal(name(), &open, &mut Counting(2)).unwrap();
    assert_eq!(chunks.len(), body.content.chunks());
    for (at, chunk) in chunks.iter().enumerate() {
        assert_eq!(body.content.sealed_len(at), Some(chunk.len()));
    }
    assert_eq!(body.content.sealed_len(chunks.len()), None);
    assert!(body.content.is(&key.open(name(), &chunks).unwrap()));
}

#[test]
fn every_wrong_field_is_named() {
    let wrong = |change: fn(&mut AttachmentForm)| {
        let mut form = form(b"picture");
        change(&mut form);
        AttachmentBody::parse(&form).unwrap_err().0.into_iter().map(|r| (r.field.unwrap(), r.code)).collect::<Vec<_>>()
    };
    let one = |field: &str, code: &str| vec![(field.to_owned(), code.to_owned())];
    assert_eq!(wrong(|f| f.kind = "film".into()), one("kind", "not-a-choice"));
    assert_eq!(wrong(|f| f.title = " ".into()), one("title", "missing"));
    assert_eq!(wrong(|f| f.content = String::new()), one("content", "missing"));
    assert_eq!(wrong(|f| f.media = "image/svg+xml".into()), one("content", "damaged"));
    assert_eq!(wrong(|f| f.size = 0), one("content", "damaged"));
    assert_eq!(wrong(|f| f.size = MAX_BYTES + 1), one("content", "too-large"));
    assert_eq!(wrong(|f| f.sha256 = "zz".repeat(32)), one("content", "damaged"));
    assert_eq!(wrong(|f| f.sha256 = "é".repeat(32)), one("content", "damaged"));
    assert_eq!(wrong(|f| f.key = "AAAA".into()), one("content", "damaged"));
    assert_eq!(wrong(|f| (f.title, f.content) = (String::new(), String::new())).len(), 2);
}

#[test]
fn chunks_open_in_their_own_order_and_number_alone() {
    let open = vec![3; 2 * CHUNK];
    let key = ContentKey::random(&mut Counting(3));
    let chunks = key.seal(name(), &open, &mut Counting(4)).unwrap();
    let swapped = [&chunks[1], &chunks[0]];
    assert_eq!(key.open(name(), &swapped), Err(VaultError::WrongKey));
    assert_eq!(key.open(name(), &chunks[..1]), Err(VaultError::WrongKey));
    assert_eq!(key.open(ContentId(uuid::Uuid::from_u128(8)), &chunks), Err(VaultError::WrongKey));
}

#[test]
fn a_digest_reads_as_it_is_written() {
    let digest = Digest::of(b"x");
    assert_eq!(String::from(digest).parse(), Ok(digest));
}

proptest! {
    #[test]
    fn whatever_is_sealed_opens_again(open in prop::collection::vec(any::<u8>(), 0..3000), seed: u64) {
        let key = ContentKey::random(&mut Counting(seed));
        let chunks = key.seal(name(), &open, &mut Counting(seed ^ 1)).unwrap();
        prop_assert!(chunks.iter().all(|chunk| chunk.len() > SEAL));
        prop_assert_eq!(key.open(name(), &chunks).unwrap(), open);
    }

    #[test]
    fn one_changed_bit_is_noticed(open in prop::collection::vec(any::<u8>(), 1..300), at: prop::sample::Index, bit in 0u8..8) {
        let key = ContentKey::random(&mut Counting(5));
        let mut chunks = key.seal(name(), &open, &mut Counting(6)).unwrap();
        let at = at.index(chunks[0].len());
        chunks[0][at] ^= 1 << bit;
        prop_assert!(key.open(name(), &chunks).is_err());
    }
}
