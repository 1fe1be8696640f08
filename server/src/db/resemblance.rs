//! Who may be the same young person, in whichever region and school.

use domain::client::Profile;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{stored, trouble::Trouble};

/// Profiles in referrals that resemble this one: for the server's own judgement, never to be sent.
pub async fn of(connection: &mut PgConnection, profile: &Profile) -> Result<Vec<Profile>, Trouble> {
    let rows = sqlx::query_scalar!(
        r#"SELECT profile::text AS "profile!" FROM alike($1, $2, $3, $4)"#,
        profile.full_name(),
        profile.date_of_birth.to_string(),
        profile.srn.as_ref().map(domain::text::Srn::as_str),
        Uuid::nil(),
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(|text| stored::read("referrals", Uuid::nil(), text)).collect()
}
