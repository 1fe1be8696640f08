#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lignum_fuzz::sealed::check(bytes));
