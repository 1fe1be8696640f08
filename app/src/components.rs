//! Reusable pieces of screens, without data access: real HTML controls with the names that people,
//! screen readers and tests rely on.

pub mod chart;
pub mod dialog;
pub mod feedback;
pub mod field;
pub mod list;
pub mod pad;

pub use chart::CaseloadBars;
pub use dialog::Dialog;
pub use feedback::{Empty, ErrorNote, Skeleton, Working};
pub use field::{Bind, CheckField, CheckGroup, ChoiceGroup, DateField, SelectField, TextArea, TextField, TimeField};
pub use list::{Avatar, Icon, RowLink, Steps, Tabs};
pub use pad::SignaturePad;
