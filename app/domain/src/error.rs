//! Refusals: why something may not be, in words that a person understands, at the field where it went wrong.

use serde::{Deserialize, Serialize};

/// Why an op, or a field of a form, is refused.
///
/// `code` is stable and in kebab-case (`birth-date-in-future`); `message` is a whole sentence for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// Stable name of the reason, kebab-case.
    pub code: String,
    /// The form field at fault, by its wire name; none where the whole is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// One sentence in plain English, without personal data.
    pub message: String,
}

impl Refusal {
    /// A refusal of the whole.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), field: None, message: message.into() }
    }

    /// A refusal because of one field.
    pub fn at(field: &str, code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), field: Some(field.to_owned()), message: message.into() }
    }

    /// The person's role may not do this at all.
    pub fn not_allowed() -> Self {
        Self::new("not-allowed", "Your role does not allow this.")
    }

    /// The thing is not there, or not this person's to see: the two are told alike.
    pub fn not_found() -> Self {
        Self::new("not-found", "This file is not among yours. It may have moved to a colleague.")
    }
}

/// All that is wrong with a form, in the order of its fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(pub Vec<Refusal>);

impl FieldErrors {
    /// Keeps the value, or notes the refusal.
    pub fn take<T>(&mut self, parsed: Result<T, Refusal>) -> Option<T> {
        parsed.map_err(|refusal| self.0.push(refusal)).ok()
    }

    /// Notes a refusal.
    pub fn push(&mut self, refusal: Refusal) {
        self.0.push(refusal);
    }

    /// What is wrong with this field, if anything.
    pub fn at(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|r| r.field.as_deref() == Some(field)).map(|r| r.message.as_str())
    }

    /// Whether nothing is wrong.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first thing that is wrong, as the refusal of the whole form.
    pub fn into_first(self) -> Refusal {
        self.0.into_iter().next().unwrap_or_else(|| Refusal::new("malformed", "This could not be read."))
    }
}
