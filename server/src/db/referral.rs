//! Referrals.

use std::collections::BTreeMap;

use domain::{
    clock::Moment,
    ids::ReferralId,
    matching::{Likeable, WORTH_A_LOOK, likeness},
    reference::ReferenceNumber,
    referral::{PossibleDuplicate, Referral, ReferralState},
};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{stored, trouble::Trouble};

/// Writes referrals that were sent.
pub async fn send(connection: &mut PgConnection, referrals: &[&Referral], received_at: Moment) -> Result<(), Trouble> {
    if referrals.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = referrals.iter().map(|r| r.id.0).collect();
    let regions: Vec<Uuid> = referrals.iter().map(|r| r.region.0).collect();
    let schools: Vec<Option<Uuid>> = referrals.iter().map(|r| r.school.map(|id| id.0)).collect();
    let referrers: Vec<Uuid> = referrals.iter().map(|r| r.referrer.0).collect();
    let references: Vec<String> = referrals.iter().map(|r| r.reference.as_str().to_owned()).collect();
    let states: Vec<String> = referrals.iter().map(|r| r.state.code().to_owned()).collect();
    let sent: Vec<Moment> = referrals.iter().map(|r| r.sent_at).collect();
    let data: Vec<Json<&Referral>> = referrals.iter().map(|r| Json(*r)).collect();
    sqlx::query!(
        "INSERT INTO referrals (id, region_id, school_id, referrer_id, reference, state, sent_at, received_at, data)
         SELECT id, region_id, school_id, referrer_id, reference, state, sent_at, $8, data
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[], $9::jsonb[])
           AS given (id, region_id, school_id, referrer_id, reference, state, sent_at, data)",
        &ids,
        &regions,
        &schools as &[Option<Uuid>],
        &referrers,
        &references,
        &states,
        &sent,
        received_at,
        &data as &[Json<&Referral>],
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes what became of referrals.
pub async fn rewrite(connection: &mut PgConnection, referrals: &[&Referral]) -> Result<(), Trouble> {
    if referrals.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = referrals.iter().map(|r| r.id.0).collect();
    let states: Vec<String> = referrals.iter().map(|r| r.state.code().to_owned()).collect();
    let decided: Vec<Option<Moment>> = referrals.iter().map(|r| decided_at(&r.state)).collect();
    let data: Vec<Json<&Referral>> = referrals.iter().map(|r| Json(*r)).collect();
    let done = sqlx::query!(
        "UPDATE referrals
         SET state = given.state, decided_at = given.decided_at, data = given.data
         FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::jsonb[]) AS given (id, state, decided_at, data)
         WHERE referrals.id = given.id",
        &ids,
        &states,
        &decided as &[Option<Moment>],
        &data as &[Json<&Referral>],
    )
    .execute(connection)
    .await?;
    stored::all_touched("referrals", done.rows_affected(), referrals.len())
}

/// When a decision was taken, if it was.
pub const fn decided_at(state: &ReferralState) -> Option<Moment> {
    match state {
        ReferralState::Received | ReferralState::InformationAsked => None,
        ReferralState::Accepted { at, .. }
        | ReferralState::NotEligible { at, .. }
        | ReferralState::ReferredElsewhere { at, .. } => Some(*at),
    }
}

/// Reads referrals, in the order of their ids.
pub async fn read(connection: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Result<Referral, Trouble>>, Trouble> {
    let rows = sqlx::query!(r#"SELECT id, data::text AS "data!" FROM referrals WHERE id = ANY ($1) ORDER BY id"#, ids)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| stored::read("referrals", row.id, &row.data)).collect())
}

/// Looks in all regions for whom new referrals may be about, and how sure that is: at most five each.
pub async fn possible_duplicates(
    connection: &mut PgConnection,
    referrals: &[&Referral],
) -> Result<BTreeMap<ReferralId, Vec<PossibleDuplicate>>, Trouble> {
    if referrals.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<Uuid> = referrals.iter().map(|r| r.id.0).collect();
    let names: Vec<String> = referrals.iter().map(|r| r.particulars.profile.full_name()).collect();
    let born: Vec<String> = referrals.iter().map(|r| r.particulars.profile.date_of_birth.to_string()).collect();
    let srns: Vec<Option<String>> =
        referrals.iter().map(|r| r.particulars.profile.srn.as_ref().map(|srn| srn.as_str().to_owned())).collect();
    let rows = sqlx::query!(
        r#"SELECT given.id AS "id!", found.reference AS "reference!", found.profile::text AS "profile!"
           FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS given (id, name, born, srn)
           CROSS JOIN LATERAL alike(given.name, given.born, given.srn, given.id) AS found"#,
        &ids,
        &names,
        &born,
        &srns as &[Option<String>],
    )
    .fetch_all(connection)
    .await?;
    let mut found: BTreeMap<ReferralId, Vec<PossibleDuplicate>> = BTreeMap::new();
    for row in rows {
        let Some(referral) = referrals.iter().find(|r| r.id.0 == row.id) else { continue };
        let profile = stored::read("referrals", row.id, &row.profile)?;
        let likeness = likeness(&Likeable::from(&referral.particulars.profile), &Likeable::from(&profile));
        if likeness >= WORTH_A_LOOK
            && let Ok(reference) = ReferenceNumber::parse_any("reference", &row.reference)
        {
            found.entry(referral.id).or_default().push(PossibleDuplicate { reference, likeness });
        }
    }
    for list in found.values_mut() {
        list.sort_by(|a, b| b.likeness.cmp(&a.likeness).then_with(|| a.reference.cmp(&b.reference)));
        list.truncate(5);
    }
    Ok(found)
}
