//! A form on a screen: what is typed, what is wrong with it, and its draft on the device.

use crate::components::{Bind, ErrorNote};
use crate::platform::page;
use crate::state::device::{Along, SaveFailure};
use crate::state::drafts::{self, Keeper, Kept};
use crate::state::{Device, use_device};
use domain::error::{FieldErrors, Refusal};
use domain::ids::OpId;
use domain::sync::op::{Body, Subject};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Serialize, de::DeserializeOwned};

/// A form of the wire's shape `F`.
pub struct Form<F: Send + Sync + 'static> {
    /// What is typed.
    pub data: RwSignal<F>,
    /// What is wrong.
    pub errors: RwSignal<FieldErrors>,
    /// What went wrong with saving itself.
    pub problem: RwSignal<Option<String>>,
    /// It is being saved, and that takes long enough to be shown.
    pub busy: RwSignal<bool>,
    /// Its draft.
    pub keeper: Keeper,
    touched: RwSignal<bool>,
    /// It is being saved: a second tap does nothing.
    saving: StoredValue<bool>,
}

/// Saving that takes longer than this is shown. Drawing anything before would only keep the person from the word
/// that it is on the disk.
const LONG_MS: u32 = 400;

impl<F: Send + Sync + 'static> Clone for Form<F> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<F: Send + Sync + 'static> Copy for Form<F> {}

impl<F: Clone + Serialize + DeserializeOwned + Send + Sync + 'static> Form<F> {
    /// A form that begins as `start`, or as its draft under `key` was left.
    pub fn begin(key: String, start: F) -> Self {
        let form = Self {
            data: RwSignal::new(start),
            errors: RwSignal::new(FieldErrors::default()),
            problem: RwSignal::new(None),
            busy: RwSignal::new(false),
            keeper: Keeper::new(key.clone()),
            touched: RwSignal::new(false),
            saving: StoredValue::new(false),
        };
        let device = use_device();
        // An update of the app waits while something is typed and not saved.
        device.unsaved.update(|count| *count += 1);
        on_cleanup(move || {
            device.unsaved.try_update(|count| *count = count.saturating_sub(1));
        });
        Effect::new(move |_| {
            let key = key.clone();
            spawn_local(async move {
                if let Ok(Some(draft)) = drafts::resume::<F>(&key).await
                    && !form.touched.try_get_untracked().unwrap_or(true)
                {
                    form.data.try_set(draft.form);
                    form.touched.try_set(true);
                    form.keeper.kept.try_set(Kept::Draft);
                }
            });
        });
        form
    }

    /// Changes the form and keeps it.
    pub fn change(self, act: impl FnOnce(&mut F)) {
        self.data.update(act);
        self.touched.set(true);
        self.data.with_untracked(|data| self.keeper.touch(data));
    }

    /// Ties a text field to the form.
    pub fn bind(self, name: &'static str, get: fn(&F) -> &String, get_mut: fn(&mut F) -> &mut String) -> Bind {
        Bind {
            name,
            value: Signal::derive(move || self.data.with(|data| get(data).clone())),
            set: Callback::new(move |value| {
                self.change(|data| *get_mut(data) = value);
                // What was wrong is judged again at the next attempt; meanwhile the person mends it in peace.
                self.errors.update(|errors| errors.0.retain(|refusal| refusal.field.as_deref() != Some(name)));
            }),
            error: self.error(name),
        }
    }

    /// What is wrong with a field.
    pub fn error(self, name: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || self.errors.with(|errors| errors.at(name).map(str::to_owned)))
    }

    /// Whether it is being saved, or has been: a second tap makes nothing ready once more.
    pub fn is_saving(self) -> bool {
        self.saving.try_get_value() != Some(false)
    }

    /// Saves an op made from this form; the draft goes in the same transaction. True if it is on the disk.
    ///
    /// What is refused is shown at its field, and the draft is kept on.
    pub async fn save(self, device: Device, subject: Subject, body: Body, mends: Option<OpId>) -> bool {
        if self.is_saving() {
            return false;
        }
        self.saving.set_value(true);
        spawn_local(async move {
            page::sleep(LONG_MS).await;
            if self.saving.try_get_value() == Some(true) {
                self.busy.try_set(true);
            }
        });
        self.keeper.close();
        let along = Along { draft: Some(self.keeper.key()), mends };
        let saved = device.record(subject, body, along).await;
        match saved {
            // Nothing more is saved: the screen is about to be left, and a second tap must not save it twice.
            Ok(_) => return true,
            Err(SaveFailure::Refused(refusal)) => self.refuse_one(refusal),
            Err(SaveFailure::Store(error)) => {
                self.problem.try_set(Some(error.to_string()));
            }
        }
        self.saving.try_set_value(false);
        self.busy.try_set(false);
        self.keeper.reopen();
        self.data.with_untracked(|data| self.keeper.touch(data));
        false
    }

    /// What is wrong with the whole rather than with one of the fields in view.
    pub fn whole_error(self, fields: &'static [&'static str]) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.errors.with(|errors| {
                let out_of_view =
                    |refusal: &&Refusal| refusal.field.as_deref().is_none_or(|field| !fields.contains(&field));
                errors.0.iter().find(out_of_view).map(|refusal| refusal.message.clone())
            })
        })
    }

    /// Shows what is wrong and brings the first field at fault to the person.
    pub fn refuse(self, errors: FieldErrors) {
        let first = errors.0.iter().find_map(|refusal| refusal.field.clone());
        self.errors.set(errors);
        if let Some(field) = first {
            spawn_local(async move {
                // After the error has been drawn.
                page::sleep(0).await;
                page::focus(&field);
            });
        }
    }

    /// Shows one refusal.
    pub fn refuse_one(self, refusal: Refusal) {
        self.refuse(FieldErrors(vec![refusal]));
    }
}

/// What went wrong with saving, or with the whole rather than with a field in view.
#[component]
pub fn FormProblem(
    /// What went wrong with saving itself.
    problem: RwSignal<Option<String>>,
    /// What is wrong with the whole: [`Form::whole_error`].
    whole: Signal<Option<String>>,
) -> impl IntoView {
    move || problem.get().or_else(|| whole.get()).map(|message| view! { <ErrorNote message/> })
}

/// Says, beside a form, that what is typed is kept.
#[component]
pub fn DraftMark(
    /// The form's keeper.
    keeper: Keeper,
) -> impl IntoView {
    view! {
        <span class="small soft" role="status">
            {move || match keeper.kept.get() {
                Kept::Nothing => String::new(),
                Kept::Writing => "Saving draft…".to_owned(),
                Kept::Draft => "Draft kept".to_owned(),
                Kept::Failed(error) => error.to_string(),
            }}
        </span>
    }
}
