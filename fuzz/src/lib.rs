//! The checks that the fuzzer calls. They lie with the domain's tests, which run them over the kept corpora.

#[path = "../../app/domain/tests/corpora/input.rs"]
mod input;
#[path = "../../app/domain/tests/corpora/op.rs"]
pub mod op;
#[path = "../../app/domain/tests/corpora/record.rs"]
pub mod record;
#[path = "../../app/domain/tests/corpora/sealed.rs"]
pub mod sealed;
#[path = "../../app/domain/tests/corpora/sync.rs"]
pub mod sync;
