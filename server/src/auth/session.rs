//! Finding and ending sessions.

use std::time::Duration;

use sqlx::PgPool;

use super::{Session, token::Token};
use crate::db;

/// The valid session that a secret opens.
pub async fn find(pool: &PgPool, token: &Token, idle: Duration) -> Result<Option<Session>, sqlx::Error> {
    db::session::find(pool, &token.hash(), idle.as_secs_f64()).await
}

/// Signs out. The secret opens nothing from now on; doing it twice is as good as once.
pub async fn sign_out(pool: &PgPool, token: &Token) -> Result<(), sqlx::Error> {
    if let Some(user) = db::session::leave(pool, &token.hash()).await? {
        db::access_log::note(pool, db::access_log::Event::SignOut, Some(user), None).await?;
    }
    Ok(())
}

/// A browser in a few words, for the list of devices: `Chrome on Android`. Nothing that could tell two
/// phones of one kind apart.
pub fn browser_name(user_agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("CrOS", "Chromebook"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Another program".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::browser_name;

    #[test]
    fn a_browser_is_told_by_kind_only() {
        let android = "Mozilla/5.0 (Linux; Android 14; SM-A057M) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36";
        assert_eq!(browser_name(android), "Chrome on Android");
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1";
        assert_eq!(browser_name(iphone), "Safari on iPhone");
        assert_eq!(browser_name("curl/8"), "Another program");
    }
}
