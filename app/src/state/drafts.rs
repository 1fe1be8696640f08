//! Forms begun and not yet saved: kept on the device while the person types, offered again later.

use crate::platform::{Shelf, StoreError, Write, clock, page, store};
use crate::state::device::files;
pub use domain::device::stored::Draft;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Serialize, de::DeserializeOwned};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Typing pauses this long before a draft is written.
const BREATH_MS: u32 = 250;

thread_local! {
    /// Drafts that are about to be written.
    static BREATHS: Cell<u32> = const { Cell::new(0) };
}

/// Waits until what was typed last is on the disk; a second at most, for a disk that is full never answers.
pub async fn settled() {
    for _ in 0..20 {
        if BREATHS.get() == 0 {
            return;
        }
        page::sleep(50).await;
    }
}

/// The draft under this key, if there is one.
pub async fn resume<F: DeserializeOwned>(key: &str) -> Result<Option<Draft<F>>, StoreError> {
    Ok(store::read(Shelf::Drafts, key).await?.as_deref().and_then(files::decode))
}

/// Every draft whose key begins so, newest first.
pub async fn begun<F: DeserializeOwned>(prefix: &str) -> Result<Vec<(String, Draft<F>)>, StoreError> {
    let mut drafts: Vec<(String, Draft<F>)> = store::read_all(Shelf::Drafts)
        .await?
        .into_iter()
        .filter(|(key, _)| key.starts_with(prefix))
        .filter_map(|(key, bytes)| Some((key, files::decode(&bytes)?)))
        .collect();
    drafts.sort_by_key(|(_, draft)| std::cmp::Reverse(draft.touched_at));
    Ok(drafts)
}

/// Throws a draft away.
pub async fn discard(key: &str) -> Result<(), StoreError> {
    store::write(vec![Write::Delete(Shelf::Drafts, key.to_owned())]).await
}

/// What the person sees about the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// Nothing typed yet.
    Nothing,
    /// Typed, being written.
    Writing,
    /// On the disk.
    Draft,
    /// The device could not keep it.
    Failed(StoreError),
}

/// Keeps a form on the disk while it is typed in, also when the screen is left in the middle of a word.
#[derive(Clone, Copy)]
pub struct Keeper {
    key: StoredValue<String>,
    /// What the person sees about the draft.
    pub kept: RwSignal<Kept>,
    turn: StoredValue<Arc<AtomicU64>>,
}

/// No touch is of this turn: the form is being saved.
const CLOSED: u64 = u64::MAX;

impl Keeper {
    /// Keeps under this key.
    pub fn new(key: String) -> Self {
        Self { key: StoredValue::new(key), kept: RwSignal::new(Kept::Nothing), turn: StoredValue::new(Arc::default()) }
    }

    /// The key, to be given to [`crate::state::device::Along`] when the form is saved.
    pub fn key(self) -> String {
        self.key.get_value()
    }

    /// The form changed: write it after a breath, unless it changes again.
    pub fn touch<F: Serialize + Clone + 'static>(self, form: &F) {
        let bytes = files::encode(&Draft { form: form.clone(), touched_at: clock::now() });
        // Shared with the task, for the screen may be left before the breath is over.
        let turns = self.turn.get_value();
        let turn = turns.load(Ordering::Relaxed).wrapping_add(1);
        turns.store(turn, Ordering::Relaxed);
        self.kept.set(Kept::Writing);
        let key = self.key();
        BREATHS.set(BREATHS.get() + 1);
        spawn_local(async move {
            page::sleep(BREATH_MS).await;
            // A later touch, or the form's own saving, makes this one superfluous.
            if turns.load(Ordering::Relaxed) != turn {
                BREATHS.set(BREATHS.get().saturating_sub(1));
                return;
            }
            let written = store::write(vec![Write::Put(Shelf::Drafts, key, bytes)]).await;
            BREATHS.set(BREATHS.get().saturating_sub(1));
            if turns.load(Ordering::Relaxed) == turn {
                self.kept.try_set(match written {
                    Ok(()) => Kept::Draft,
                    Err(error) => Kept::Failed(error),
                });
            }
        });
    }

    /// The form is being saved and its draft goes with it: a breath that is still being taken writes no more.
    pub fn close(self) {
        if let Some(turns) = self.turn.try_get_value() {
            turns.store(CLOSED, Ordering::Relaxed);
        }
    }

    /// The form could not be saved after all: its draft is kept on.
    pub fn reopen(self) {
        if let Some(turns) = self.turn.try_get_value() {
            turns.store(0, Ordering::Relaxed);
        }
    }
}
