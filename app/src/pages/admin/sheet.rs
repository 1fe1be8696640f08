//! A form of administration: saved at the desk, online, and not kept as a draft. Passwords are typed
//! into it, and a draft of an account that has changed meanwhile would mislead.

use crate::components::Bind;
use crate::desk::DeskError;
use crate::platform::page;
use crate::state::use_device;
use domain::error::{FieldErrors, Refusal};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::future::Future;

/// What is typed, what is wrong with it, and whether it is being saved.
pub struct Sheet<F: Send + Sync + 'static> {
    /// What is typed.
    pub data: RwSignal<F>,
    /// Whether it is being saved.
    pub busy: RwSignal<bool>,
    errors: RwSignal<FieldErrors>,
}

impl<F: Send + Sync + 'static> Clone for Sheet<F> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<F: Send + Sync + 'static> Copy for Sheet<F> {}

impl<F: Clone + Send + Sync + 'static> Sheet<F> {
    /// A form that begins as `start`. An update of the app waits while it is open.
    pub fn begin(start: F) -> Self {
        let device = use_device();
        device.unsaved.update(|count| *count += 1);
        on_cleanup(move || {
            device.unsaved.try_update(|count| *count = count.saturating_sub(1));
        });
        Self { data: RwSignal::new(start), busy: RwSignal::new(false), errors: RwSignal::new(FieldErrors::default()) }
    }

    /// Ties a field to the form.
    pub fn bind(self, name: &'static str, get: fn(&F) -> &String, get_mut: fn(&mut F) -> &mut String) -> Bind {
        Bind {
            name,
            value: Signal::derive(move || self.data.with(|data| get(data).clone())),
            set: Callback::new(move |value| {
                self.data.update(|data| *get_mut(data) = value);
                self.errors.update(|errors| errors.0.retain(|refusal| refusal.field.as_deref() != Some(name)));
            }),
            error: Signal::derive(move || self.errors.with(|errors| errors.at(name).map(str::to_owned))),
        }
    }

    /// What is wrong with the whole rather than with one of these fields.
    pub fn whole_error(self, fields: &'static [&'static str]) -> Signal<Option<String>> {
        Signal::derive(move || {
            let elsewhere = |refusal: &&Refusal| !refusal.field.as_deref().is_some_and(|field| fields.contains(&field));
            self.errors.with(|errors| errors.0.iter().find(elsewhere).map(|refusal| refusal.message.clone()))
        })
    }

    /// Shows what is wrong, and brings the person to the first field at fault.
    pub fn refuse(self, errors: FieldErrors) {
        let first = errors.0.iter().find_map(|refusal| refusal.field.clone());
        self.errors.set(errors);
        spawn_local(async move {
            page::sleep(0).await;
            if let Some(field) = first {
                page::focus(&field);
            }
        });
    }

    /// Sends it; `done` runs when the desk has taken it. One attempt at a time.
    pub fn send<T: 'static>(self, request: impl Future<Output = Result<T, DeskError>> + 'static, done: Callback<()>) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        spawn_local(async move {
            let result = request.await;
            self.busy.set(false);
            match result {
                Ok(_) => done.run(()),
                Err(DeskError::Refused { refusals }) => self.refuse(FieldErrors(refusals)),
                Err(other) => self.refuse(FieldErrors(vec![Refusal::new("not-saved", other.to_string())])),
            }
        });
    }
}
