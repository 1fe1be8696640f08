//! The lives of a database. A restore from backup begins a new one; devices then offer again what they
//! had sent, and pull everything anew.
//!
//! The *fingerprint* tells databases apart: the cluster's identifier, the database's oid, the timeline.
//! A dump that was restored elsewhere, a restored disk that was promoted, a failover: each is another.

use domain::clock::Moment;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::trouble::Trouble;

/// Of all servers that notice at once, one begins the new life. Any number that nobody else uses.
const ONE_AT_A_TIME: i64 = 0x6c69_676e_756d_0001;

/// Makes sure that the database knows which life this is. At every start of a server, and now and then.
///
/// Returns the epoch, and whether it is a new one.
pub async fn ensure_epoch(owner: &PgPool, fresh: Fresh) -> Result<(Uuid, bool), Trouble> {
    let mut transaction = owner.begin().await?;
    let fingerprint = fingerprint(&mut transaction).await?;
    if let Some((id, known)) = latest(&mut transaction).await?
        && known == fingerprint
    {
        return Ok((id, false));
    }
    wait_for_turn(&mut transaction).await?;
    let (epoch, is_new) = match latest(&mut transaction).await? {
        Some((id, known)) if known == fingerprint => (id, false),
        _ => (begin(&mut transaction, &fingerprint, fresh).await?, true),
    };
    transaction.commit().await?;
    Ok((epoch, is_new))
}

/// Begins a new life because the database turned out to have gone back in time. Nothing happens if
/// `seen` is not the present life any more: then somebody else has noticed.
pub async fn begin_after(owner: &PgPool, seen: Uuid, fresh: Fresh) -> Result<Uuid, Trouble> {
    let mut transaction = owner.begin().await?;
    wait_for_turn(&mut transaction).await?;
    let epoch = match latest(&mut transaction).await? {
        Some((id, _)) if id != seen => id,
        _ => {
            let fingerprint = fingerprint(&mut transaction).await?;
            begin(&mut transaction, &fingerprint, fresh).await?
        }
    };
    transaction.commit().await?;
    Ok(epoch)
}

/// Begins a new life whatever was before: after `restore`.
pub async fn begin_new_epoch(owner: &PgPool, fresh: Fresh) -> Result<Uuid, Trouble> {
    let mut transaction = owner.begin().await?;
    wait_for_turn(&mut transaction).await?;
    let fingerprint = fingerprint(&mut transaction).await?;
    let epoch = begin(&mut transaction, &fingerprint, fresh).await?;
    transaction.commit().await?;
    Ok(epoch)
}

/// What a new life is made from, handed in.
#[derive(Debug, Clone, Copy)]
pub struct Fresh {
    /// Its id.
    pub id: Uuid,
    /// Random bits that seal its cursors.
    pub cursor_key: [u8; 32],
    /// The server's clock.
    pub at: Moment,
}

async fn wait_for_turn(connection: &mut PgConnection) -> Result<(), Trouble> {
    sqlx::query!(r#"SELECT pg_advisory_xact_lock($1)::text AS "void""#, ONE_AT_A_TIME).fetch_one(connection).await?;
    Ok(())
}

async fn fingerprint(connection: &mut PgConnection) -> Result<String, Trouble> {
    let fingerprint = sqlx::query_scalar!(
        r#"SELECT format('%s/%s/%s', system.system_identifier, pg_database.oid, checkpoint.timeline_id) AS "fingerprint!"
           FROM pg_control_system() AS system, pg_control_checkpoint() AS checkpoint, pg_database
           WHERE datname = current_database()"#,
    )
    .fetch_one(connection)
    .await?;
    Ok(fingerprint)
}

async fn latest(connection: &mut PgConnection) -> Result<Option<(Uuid, String)>, Trouble> {
    let row = sqlx::query!("SELECT id, fingerprint FROM epochs ORDER BY began_at DESC, id DESC LIMIT 1")
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| (row.id, row.fingerprint)))
}

async fn begin(connection: &mut PgConnection, fingerprint: &str, fresh: Fresh) -> Result<Uuid, Trouble> {
    forget_foreign_numbers(connection).await?;
    // A clock that went back must not hide the new life behind an older one.
    sqlx::query!(
        "INSERT INTO epochs (id, fingerprint, cursor_key, began_at)
         SELECT $1, $2, $3, greatest($4, (SELECT max(began_at) + interval '1 microsecond' FROM epochs))",
        fresh.id,
        fingerprint,
        &fresh.cursor_key[..],
        fresh.at,
    )
    .execute(connection)
    .await?;
    Ok(fresh.id)
}

/// Transaction numbers of another cluster mean nothing here, and those that lie ahead of this one's would
/// be sent with every pull until it catches up. Those behind do no harm: every device pulls everything
/// anew in a new life, and from then on asks only for what lies ahead of the horizon.
async fn forget_foreign_numbers(connection: &mut PgConnection) -> Result<(), Trouble> {
    sqlx::query!("UPDATE regions SET changed = '0' WHERE changed > pg_current_xact_id()")
        .execute(&mut *connection)
        .await?;
    sqlx::query!("UPDATE schools SET changed = '0' WHERE changed > pg_current_xact_id()")
        .execute(&mut *connection)
        .await?;
    sqlx::query!("UPDATE communities SET changed = '0' WHERE changed > pg_current_xact_id()")
        .execute(&mut *connection)
        .await?;
    sqlx::query!("UPDATE users SET changed = '0' WHERE changed > pg_current_xact_id()")
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "UPDATE subjects SET changed = '0', entered = '0' WHERE changed > pg_current_xact_id() OR entered > pg_current_xact_id()"
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("UPDATE assignments SET changed = '0' WHERE changed > pg_current_xact_id()")
        .execute(&mut *connection)
        .await?;
    sqlx::query!("UPDATE contact_notes SET changed = '0' WHERE changed > pg_current_xact_id()")
        .execute(&mut *connection)
        .await?;
    sqlx::query!("UPDATE attachments SET changed = '0' WHERE changed > pg_current_xact_id()")
        .execute(connection)
        .await?;
    Ok(())
}
