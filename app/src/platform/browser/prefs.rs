//! What is not personal and may lie in the open: theme, text size, whose store was open last (a random id).

use gloo_storage::{LocalStorage, Storage};

fn full(key: &str) -> String {
    format!("lignum.{key}")
}

/// The value, if one was kept.
pub fn get(key: &str) -> Option<String> {
    LocalStorage::get(full(key)).ok()
}

/// Keeps the value. Where the browser forbids it, the preference lasts as long as the page.
pub fn set(key: &str, value: &str) {
    let _ = LocalStorage::set(full(key), value);
}
