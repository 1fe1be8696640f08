//! What the fuzzer found worth keeping, and the pinned shapes, read again by every run of the tests.
//!
//! The targets of `fuzz/` call the very functions that are here, a module each; this runs them over what lies in
//! `fuzz/corpus/`, without a fuzzer and on the stable compiler. Whatever once made one of them fail lies there.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what must hold by failing")]

mod input;
mod op;
mod record;
mod sealed;
mod sync;

use std::fs;
use std::path::{Path, PathBuf};

/// All files of a folder, which must have some.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let found = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = found.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files
}

/// Which file it was stands last in what a failing test has said.
fn run(target: &str, check: fn(&[u8])) {
    for file in files(&format!("../../fuzz/corpus/{target}")) {
        println!("{}", file.display());
        check(&fs::read(file).unwrap());
    }
    for file in files("tests/golden/wire_v1") {
        println!("{}", file.display());
        check(&fs::read(file).unwrap());
    }
}

#[test]
fn whatever_travels_is_read_and_taken() {
    run("sync", sync::check);
}

#[test]
fn whatever_is_sealed_opens_as_it_was_or_not_at_all() {
    run("sealed", sealed::check);
    let header = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/vault/header_v1.json")).unwrap();
    sealed::check(&[&[2], header.as_slice()].concat());
}

#[test]
fn whatever_op_comes_is_judged() {
    run("op", op::check);
}

#[test]
fn whatever_lies_on_a_phone_is_read_and_shown() {
    run("record", record::check);
}
