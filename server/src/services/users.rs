//! Accounts: made, changed, closed; by an administrator at the desk or on the command line.

mod form;

use app::{
    desk::{DeskError, UserForm, UserView},
    ports::Users,
};
use async_trait::async_trait;
use domain::{
    access::{Action, Role},
    error::Refusal,
    ids::UserId,
};
use sqlx::PgPool;

pub use self::form::parse;
use super::desk::{PersonsDesk, explained, failed, unhashed};
use crate::{
    auth::password::{Passwords, check_new},
    db::{
        self,
        access_log::{Event, note},
        user::{UserRow, UserValues},
    },
};

/// Constraints that a wrong form can run into.
const RULES: [(&str, &str, &str); 3] = [
    ("users_username_key", "username", "This username is taken. Please choose another."),
    ("users_region_id_fkey", "region", "Please choose a region from the list."),
    ("users_school_id_fkey", "school", "Please choose a school from the list."),
];

/// Where accounts are kept, and how passwords are hashed.
#[derive(Debug, Clone, Copy)]
pub struct Register<'a> {
    /// Connections.
    pub pool: &'a PgPool,
    /// The hasher.
    pub passwords: &'a Passwords,
    /// The administrator; nobody on the command line.
    pub who: Option<UserId>,
}

impl Register<'_> {
    /// Makes an account.
    pub async fn create(&self, form: &UserForm, password: &str) -> Result<UserId, DeskError> {
        let parsed = parse(form);
        let known = [form.username.as_str(), form.name.as_str()];
        let values = match (parsed, check_new("password", password, &known)) {
            (Ok(values), Ok(())) => values,
            (Err(mut wrong), Err(refusal)) => {
                wrong.push(refusal);
                return Err(wrong.into());
            }
            (Err(wrong), Ok(())) => return Err(wrong.into()),
            (Ok(_), Err(refusal)) => return Err(refusal.into()),
        };
        let hash = self.passwords.hash(password).await.map_err(|problem| unhashed(&problem))?;
        let id = UserId(crate::clock::new_id());
        let mut transaction = self.pool.begin().await.map_err(failed)?;
        db::user::insert(&mut *transaction, id, &values, &hash, false)
            .await
            .map_err(|problem| explained(problem, &RULES))?;
        note(&mut *transaction, Event::CreateUser, self.who, Some(id.0)).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(id)
    }

    /// Changes an account. Where the role changes its sessions end; where only the scope changes its
    /// devices pull everything anew.
    pub async fn update(&self, user: UserId, form: &UserForm) -> Result<(), DeskError> {
        let values = parse(form)?;
        let mut transaction = self.pool.begin().await.map_err(failed)?;
        let before =
            db::user::role_for_change(&mut transaction, user).await.map_err(failed)?.ok_or_else(no_such_user)?;
        if before == Role::Administrator && values.role != Role::Administrator {
            let others = db::user::other_administrators(&mut transaction, user).await.map_err(failed)?;
            keep_one(others)?;
        }
        db::user::update(&mut *transaction, user, &values).await.map_err(|problem| explained(problem, &RULES))?;
        if before != values.role {
            db::session::revoke_all(&mut *transaction, user, None).await.map_err(failed)?;
        }
        note(&mut *transaction, Event::UpdateUser, self.who, Some(user.0)).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    /// Gives an account a new password and ends its sessions.
    pub async fn set_password(&self, user: UserId, password: &str) -> Result<(), DeskError> {
        let (username, name, _) = db::user::secret(self.pool, user).await.map_err(failed)?.ok_or_else(no_such_user)?;
        check_new("password", password, &[&username, &name])?;
        let hash = self.passwords.hash(password).await.map_err(|problem| unhashed(&problem))?;
        let mut transaction = self.pool.begin().await.map_err(failed)?;
        db::user::store_hash(&mut *transaction, user, &hash).await.map_err(failed)?;
        db::session::revoke_all(&mut *transaction, user, None).await.map_err(failed)?;
        note(&mut *transaction, Event::SetPassword, self.who, Some(user.0)).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    /// Closes an account and ends its sessions, or reopens it. What the person wrote stays.
    pub async fn set_disabled(&self, user: UserId, disabled: bool) -> Result<(), DeskError> {
        let mut transaction = self.pool.begin().await.map_err(failed)?;
        let role = db::user::role_for_change(&mut transaction, user).await.map_err(failed)?.ok_or_else(no_such_user)?;
        if disabled && role == Role::Administrator {
            keep_one(db::user::other_administrators(&mut transaction, user).await.map_err(failed)?)?;
        }
        if db::user::set_disabled(&mut *transaction, user, disabled).await.map_err(failed)? {
            let event = if disabled { Event::DisableUser } else { Event::EnableUser };
            note(&mut *transaction, event, self.who, Some(user.0)).await.map_err(failed)?;
        }
        if disabled {
            db::session::revoke_all(&mut *transaction, user, None).await.map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)
    }
}

fn no_such_user() -> DeskError {
    Refusal::new("no-such-user", "There is no such account.").into()
}

fn keep_one(others: usize) -> Result<(), DeskError> {
    if others > 0 {
        return Ok(());
    }
    Err(Refusal::new(
        "last-administrator",
        "This is the last administrator: nobody could let others in. Please make another one first.",
    )
    .into())
}

impl PersonsDesk {
    fn register(&self) -> Result<Register<'_>, DeskError> {
        let actor = self.actor(Action::ManageUsers)?;
        Ok(Register { pool: &self.state.pool, passwords: &self.state.passwords, who: Some(actor.user) })
    }
}

#[async_trait]
impl Users for PersonsDesk {
    async fn list_users(&self) -> Result<Vec<UserView>, DeskError> {
        self.actor(Action::ManageUsers)?;
        let rows = db::user::list(&self.state.pool).await.map_err(failed)?;
        Ok(rows.into_iter().map(view).collect())
    }

    async fn create_user(&self, form: UserForm, password: String) -> Result<UserId, DeskError> {
        self.register()?.create(&form, &password).await
    }

    async fn update_user(&self, user: UserId, form: UserForm) -> Result<(), DeskError> {
        self.register()?.update(user, &form).await
    }

    async fn set_password(&self, user: UserId, password: String) -> Result<(), DeskError> {
        self.register()?.set_password(user, &password).await
    }

    async fn set_disabled(&self, user: UserId, disabled: bool) -> Result<(), DeskError> {
        if disabled && self.session()?.actor.user == user {
            return Err(Refusal::new("own-account", "You cannot close your own account.").into());
        }
        self.register()?.set_disabled(user, disabled).await
    }
}

fn view(row: UserRow) -> UserView {
    let UserRow { id, values, disabled_at, created_at, last_seen_at } = row;
    let UserValues { username, name, role, post, region, school } = values;
    UserView {
        id,
        username,
        name,
        role,
        post,
        region,
        school,
        created_at,
        disabled: disabled_at.is_some(),
        last_seen: last_seen_at,
    }
}
