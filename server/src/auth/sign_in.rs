//! Signing in.

use std::{net::IpAddr, time::Duration};

use domain::ids::UserId;
use sqlx::PgPool;

use super::{
    password::{PasswordError, Passwords, Verdict},
    throttle::Counted,
    token::{Mark, Token},
};
use crate::{
    config::{SessionConfig, SignInConfig},
    db::{self, access_log::Event, session::NewSession, throttle::Try, user::Account},
};

/// Longer than any password that was ever set; what is longer is wrong and not worth hashing.
const LONGEST_PASSWORD: usize = 1024;
/// Longer than any username.
const LONGEST_USERNAME: usize = 200;

/// What signing in needs to work with.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a> {
    /// Connections of requests.
    pub pool: &'a PgPool,
    /// The hasher.
    pub passwords: &'a Passwords,
    /// How long sessions last.
    pub session: &'a SessionConfig,
    /// How wrong passwords are slowed down.
    pub limits: &'a SignInConfig,
}

/// Who knocks.
#[derive(Debug)]
pub struct Visitor {
    /// From where.
    pub address: IpAddr,
    /// With what kind of browser, in a few words.
    pub browser: String,
    /// The secret of an earlier session that the browser still carries.
    pub token: Option<Token>,
    /// The mark that somebody has signed in with this browser before.
    pub mark: Option<Mark>,
}

/// A session has begun.
#[derive(Debug)]
pub struct SignedIn {
    /// The secret for the cookie.
    pub token: Token,
    /// Whose session it is.
    pub account: Account,
}

/// Why no session began.
#[derive(Debug, thiserror::Error)]
pub enum NotSignedIn {
    /// Name or password are not right, or the account is closed: told alike.
    #[error("the username or the password is not right")]
    Wrong,
    /// Too many wrong passwords; the password was not looked at.
    #[error("too many wrong passwords")]
    Wait(Duration),
    /// Too many people at once, or a hash that cannot be read.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The database.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl Desk<'_> {
    /// Tries a name and a password. A session that the browser still carries ends when a new one begins.
    pub async fn sign_in(&self, username: &str, password: &str, visitor: &Visitor) -> Result<SignedIn, NotSignedIn> {
        let username = username.trim().to_lowercase();
        let sensible = is_sensible(&username) && password.len() <= LONGEST_PASSWORD;
        let account = if sensible { db::user::account(self.pool, &username).await? } else { None };
        let counted = self.counted(&username, account.as_ref(), visitor).await?;
        if let Try::Wait(wait) = db::throttle::count(self.pool, &counted, self.limits).await? {
            metrics::counter!("lignum_sign_in_throttled_total").increment(1);
            return Err(NotSignedIn::Wait(wait));
        }
        let stored = account.as_ref().filter(|account| !account.is_disabled).map(|a| a.password_hash.as_str());
        let password = if sensible { password } else { "" };
        let verdict = self.passwords.verify(password, stored).await?;
        let Some(account) = account.filter(|_| verdict != Verdict::Wrong) else {
            return Err(self.refused(&username).await?);
        };
        db::throttle::take_back(self.pool, &counted).await?;
        if let Verdict::RightButOutdated(better) = &verdict {
            db::user::store_hash(self.pool, account.id, better).await?;
        }
        let token = self.begin(&account, visitor).await?;
        metrics::counter!("lignum_sign_in_total").increment(1);
        Ok(SignedIn { token, account })
    }

    async fn counted(
        &self,
        username: &str,
        account: Option<&Account>,
        visitor: &Visitor,
    ) -> Result<Vec<Counted>, sqlx::Error> {
        if let (Some(account), Some(mark)) = (account, &visitor.mark) {
            let mark = mark.hash();
            if db::session::is_own_browser(self.pool, &mark, account.id).await? {
                return Ok(vec![Counted::own_browser(username, &mark)]);
            }
        }
        Ok(vec![Counted::account(username), Counted::address(visitor.address)])
    }

    async fn refused(&self, username: &str) -> Result<NotSignedIn, sqlx::Error> {
        metrics::counter!("lignum_sign_in_refused_total").increment(1);
        // Looked up again so that names that exist and names that do not cost the same up to here.
        let known = if is_sensible(username) { db::user::account(self.pool, username).await? } else { None };
        let who: Option<UserId> = known.map(|account| account.id);
        db::access_log::note(self.pool, Event::SignInRefused, who, None).await?;
        Ok(NotSignedIn::Wrong)
    }

    async fn begin(&self, account: &Account, visitor: &Visitor) -> Result<Token, sqlx::Error> {
        let token = Token::random();
        let mut transaction = self.pool.begin().await?;
        if let Some(old) = &visitor.token {
            db::session::leave(&mut *transaction, &old.hash()).await?;
        }
        let session = NewSession {
            id: crate::clock::new_id(),
            token_hash: token.hash(),
            user: account.id,
            absolute_seconds: self.session.absolute.as_secs_f64(),
            browser: &visitor.browser,
        };
        db::session::begin(&mut *transaction, &session).await?;
        db::access_log::note(&mut *transaction, Event::SignIn, Some(account.id), None).await?;
        transaction.commit().await?;
        Ok(token)
    }
}

/// Whether it is worth looking for an account of this name. None has a NUL, which Postgres does not take.
fn is_sensible(username: &str) -> bool {
    username.len() <= LONGEST_USERNAME && !username.contains('\0')
}
