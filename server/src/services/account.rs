//! One's own account: sessions and password.

use app::{
    desk::{DeskError, DeviceView, SessionView},
    ports::Account,
};
use async_trait::async_trait;
use domain::error::Refusal;
use uuid::Uuid;

use super::{
    desk::{PersonsDesk, failed, unhashed, wait},
    team,
};
use crate::{
    auth::{
        password::{Verdict, check_new},
        throttle::Counted,
    },
    db::{
        self,
        access_log::{Event, note},
        throttle::Try,
    },
};

#[async_trait]
impl Account for PersonsDesk {
    async fn my_sessions(&self) -> Result<Vec<SessionView>, DeskError> {
        let session = self.session()?;
        let idle = self.state.config.session.idle.as_secs_f64();
        let rows = db::session::of_user(&self.state.pool, session.actor.user, idle).await.map_err(failed)?;
        Ok(rows
            .into_iter()
            .map(|row| SessionView {
                id: row.id,
                browser: row.browser,
                created_at: row.created_at,
                last_seen: row.last_seen_at,
                current: row.id == session.id,
            })
            .collect())
    }

    async fn my_devices(&self) -> Result<Vec<DeviceView>, DeskError> {
        let me = self.session()?.actor.user;
        let rows = db::device::of_user(&self.state.pool, me).await.map_err(failed)?;
        Ok(rows.into_iter().map(team::device).collect())
    }

    async fn revoke_session(&self, session: Uuid) -> Result<(), DeskError> {
        let me = self.session()?.actor.user;
        if !db::session::revoke(&self.state.pool, me, session).await.map_err(failed)? {
            return Err(Refusal::new("no-such-session", "This session has ended already.").into());
        }
        note(&self.state.pool, Event::RevokeSession, Some(me), None).await.map_err(failed)
    }

    async fn change_password(&self, current: String, new: String) -> Result<(), DeskError> {
        let session = self.session()?;
        let (me, pool) = (session.actor.user, &self.state.pool);
        let (username, name, stored) = db::user::secret(pool, me).await.map_err(failed)?.ok_or(DeskError::SignedOut)?;
        check_new("new", &new, &[&username, &name])?;
        // Whoever finds an unlocked phone can try here too, so it is counted as signing in is.
        let counted = [Counted::password_change(&username)];
        if let Try::Wait(time) =
            db::throttle::count(pool, &counted, &self.state.config.sign_in).await.map_err(failed)?
        {
            return Err(wait(time));
        }
        let verdict =
            self.state.passwords.verify(&current, Some(&stored)).await.map_err(|problem| unhashed(&problem))?;
        if verdict == Verdict::Wrong {
            return Err(Refusal::at("current", "wrong-password", "This is not your present password.").into());
        }
        db::throttle::take_back(pool, &counted).await.map_err(failed)?;
        let hash = self.state.passwords.hash(&new).await.map_err(|problem| unhashed(&problem))?;
        let mut transaction = pool.begin().await.map_err(failed)?;
        db::user::store_hash(&mut *transaction, me, &hash).await.map_err(failed)?;
        db::session::revoke_all(&mut *transaction, me, Some(session.id)).await.map_err(failed)?;
        note(&mut *transaction, Event::ChangePassword, Some(me), None).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }
}
