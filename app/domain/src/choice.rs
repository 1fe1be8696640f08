//! Closed lists of answers.

use crate::error::{FieldErrors, Refusal};

/// A closed list of answers: stable code on the wire, words on the screen.
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $code:literal $label:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name { $(#[doc = $label] #[serde(rename = $code)] $variant),+ }

        impl $name {
            /// Every choice, in the order of the form.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable word of the wire and the database.
            pub const fn code(self) -> &'static str { match self { $(Self::$variant => $code),+ } }

            /// The words on the screen.
            pub const fn label(self) -> &'static str { match self { $(Self::$variant => $label),+ } }

            /// Reads the stable word.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}
pub(crate) use choices;

/// Reads a choice that must be made.
pub(crate) fn chosen<T>(
    field: &str,
    ask: &str,
    code: &str,
    from_code: impl Fn(&str) -> Option<T>,
) -> Result<T, Refusal> {
    if code.trim().is_empty() {
        return Err(Refusal::at(field, "missing", ask));
    }
    from_code(code.trim())
        .ok_or_else(|| Refusal::at(field, "not-a-choice", "Please choose one of the answers offered."))
}

/// Reads choices of which several may be made, each kept once.
pub(crate) fn chosen_several<T: PartialEq>(
    field: &str,
    codes: &[String],
    from_code: impl Fn(&str) -> Option<T>,
    wrong: &mut FieldErrors,
) -> Vec<T> {
    let mut kept = Vec::new();
    for code in codes {
        match chosen(field, "Please choose one of the answers offered.", code, &from_code) {
            Ok(choice) if !kept.contains(&choice) => kept.push(choice),
            // One word about the field is enough, however many of its answers are wrong.
            Err(refusal) if wrong.at(field).is_none() => wrong.push(refusal),
            Ok(_) | Err(_) => {}
        }
    }
    kept
}
