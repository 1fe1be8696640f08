//! The administrator: who may sign in, and the places of the work. No casework is shown here.

mod account_edit;
mod place_form;
mod sheet;
mod sites;
mod user_form;
mod users;

pub use sites::Sites;
pub use users::Users;
