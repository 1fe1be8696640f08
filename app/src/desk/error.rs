//! Why the desk could not do what was asked.

use domain::error::Refusal;
use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

/// Why the desk could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum DeskError {
    /// No answer came: no network, or something between that is not our server.
    #[error("This needs a connection, and the server could not be reached.")]
    Unreachable,
    /// Nobody is signed in, or the session has ended.
    #[error("Please sign in to see this.")]
    SignedOut,
    /// It may not be, or a form is wrong: each refusal names its field where it has one.
    #[error("{}", first(.refusals))]
    Refused {
        /// Why, in the order of the form.
        refusals: Vec<Refusal>,
    },
    /// Too much at once; try again after this many seconds.
    #[error("The server is busy. Please try again in {seconds} seconds.")]
    Busy {
        /// After how long.
        seconds: u64,
    },
    /// The server's fault; it has noted what it was.
    #[error("Something went wrong on the server. It has been noted; please try again later.")]
    Failed,
}

fn first(refusals: &[Refusal]) -> &str {
    refusals.first().map_or("This was refused.", |refusal| &refusal.message)
}

impl DeskError {
    /// What is wrong with this field of a form, if anything.
    pub fn at(&self, field: &str) -> Option<&str> {
        match self {
            Self::Refused { refusals } => {
                refusals.iter().find(|r| r.field.as_deref() == Some(field)).map(|r| r.message.as_str())
            }
            _ => None,
        }
    }

    /// The refusals of fields, for a form's error summary.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let refusals = match self {
            Self::Refused { refusals } => refusals.as_slice(),
            _ => &[],
        };
        refusals.iter().filter_map(|r| Some((r.field.as_deref()?, r.message.as_str())))
    }

    /// The HTTP status that goes with it.
    pub const fn status(&self) -> u16 {
        match self {
            Self::SignedOut => 401,
            Self::Refused { .. } => 422,
            Self::Busy { .. } => 429,
            Self::Unreachable => 503,
            Self::Failed => 500,
        }
    }
}

impl From<Refusal> for DeskError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused { refusals: vec![refusal] }
    }
}

impl From<domain::error::FieldErrors> for DeskError {
    fn from(errors: domain::error::FieldErrors) -> Self {
        Self::Refused { refusals: errors.0 }
    }
}

impl FromServerFnError for DeskError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        match value {
            // An answer that cannot be read is not our server's: a captive portal, a proxy.
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) | ServerFnErrorErr::Deserialization(_) => {
                Self::Unreachable
            }
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                Refusal::new("malformed", "This could not be read.").into()
            }
            _ => Self::Failed,
        }
    }
}
