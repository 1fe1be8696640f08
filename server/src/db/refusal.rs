//! Refused ops, kept with what they said, so that nothing is lost with a phone.

use domain::{
    clock::Moment,
    error::Refusal,
    ids::{OpId, RegionId},
};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{batch::Writer, trouble::Trouble};

/// A refused op to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The op.
    pub op: OpId,
    /// Its file, where that could be read.
    pub subject: Option<Uuid>,
    /// The file's region; the actor's where the actor does not see the file.
    pub region: Option<RegionId>,
    /// Why.
    pub refusal: Refusal,
    /// What it said.
    pub text: String,
}

/// Keeps refused ops. One that is kept already stays as it was.
pub async fn keep(connection: &mut PgConnection, writer: Writer, refused: &[Refused]) -> Result<(), Trouble> {
    if refused.is_empty() {
        return Ok(());
    }
    let Writer { actor, device, received_at, .. } = writer;
    let received_at: Moment = received_at;
    let ops: Vec<Uuid> = refused.iter().map(|r| r.op.0).collect();
    let subjects: Vec<Option<Uuid>> = refused.iter().map(|r| r.subject).collect();
    let regions: Vec<Option<Uuid>> = refused.iter().map(|r| r.region.map(|id| id.0)).collect();
    let codes: Vec<String> = refused.iter().map(|r| r.refusal.code.clone()).collect();
    let refusals: Vec<Json<&Refusal>> = refused.iter().map(|r| Json(&r.refusal)).collect();
    let texts: Vec<String> = refused.iter().map(|r| r.text.clone()).collect();
    sqlx::query!(
        "INSERT INTO refusals (op_id, subject_id, region_id, actor_id, device_id, code, refusal, entry, received_at)
         SELECT op_id, subject_id, region_id, $7, $8, code, refusal, entry, $9
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::jsonb[], $6::text[])
           AS given (op_id, subject_id, region_id, code, refusal, entry)
         ON CONFLICT DO NOTHING",
        &ops,
        &subjects as &[Option<Uuid>],
        &regions as &[Option<Uuid>],
        &codes,
        &refusals as &[Json<&Refusal>],
        &texts,
        actor,
        device,
        received_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}
