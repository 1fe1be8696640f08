//! Accounts; administrators only.
#![expect(missing_docs, reason = "the structs that the macro makes have the arguments as fields")]

use crate::desk::{DeskError, UserForm, UserView};
use domain::ids::UserId;
use leptos::server;
use leptos::server_fn::codec::Json;

/// All accounts, open ones first, by name.
#[server(name = ListUsers, prefix = "/api/desk", endpoint = "list-users", input = Json)]
pub async fn list_users() -> Result<Vec<UserView>, DeskError> {
    use crate::ports::desk;
    desk()?.list_users().await
}

/// Makes an account; fields in refusals: those of [`UserForm`], and `password`.
#[server(name = CreateUser, prefix = "/api/desk", endpoint = "create-user", input = Json)]
pub async fn create_user(form: UserForm, password: String) -> Result<UserId, DeskError> {
    use crate::ports::desk;
    desk()?.create_user(form, password).await
}

/// Changes an account. A change of role, region or school takes effect at the person's next request.
#[server(name = UpdateUser, prefix = "/api/desk", endpoint = "update-user", input = Json)]
pub async fn update_user(user: UserId, form: UserForm) -> Result<(), DeskError> {
    use crate::ports::desk;
    desk()?.update_user(user, form).await
}

/// Gives an account a new password and ends its sessions; field in refusals: `password`.
#[server(name = SetPassword, prefix = "/api/desk", endpoint = "set-password", input = Json)]
pub async fn set_password(user: UserId, password: String) -> Result<(), DeskError> {
    use crate::ports::desk;
    desk()?.set_password(user, password).await
}

/// Closes an account and ends its sessions, or reopens it. What the person wrote stays.
#[server(name = SetDisabled, prefix = "/api/desk", endpoint = "set-disabled", input = Json)]
pub async fn set_disabled(user: UserId, disabled: bool) -> Result<(), DeskError> {
    use crate::ports::desk;
    desk()?.set_disabled(user, disabled).await
}
