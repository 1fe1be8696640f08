//! What the judge of ops looks at, for a whole batch in one round trip.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{
    client::Client,
    clock::Moment,
    contact::ContactNote,
    ids::{CaseId, ClientId, NoteId, OpId, ReferralId},
    referral::Referral,
    sync::{
        chain::hex,
        decide::Departure,
        receipt::{Outcome, Receipt},
    },
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{contact_note, stored, subject, trouble::Trouble};

/// Which things a batch of ops speaks of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The ops themselves, and those that they build on.
    pub ops: Vec<Uuid>,
    /// Referrals and clients.
    pub files: Vec<Uuid>,
    /// Contact notes.
    pub notes: Vec<Uuid>,
    /// Clients whose case the actor may have had once.
    pub once_had: Vec<Uuid>,
}

/// What there is of it, as far as the actor may see it.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// What became of the actor's own ops.
    pub receipts: HashMap<OpId, Receipt>,
    /// Referrals.
    pub referrals: BTreeMap<ReferralId, Referral>,
    /// Clients.
    pub clients: BTreeMap<ClientId, Client>,
    /// Contact notes.
    pub notes: BTreeMap<NoteId, ContactNote>,
    /// The ends of the actor's own times with clients.
    pub departures: BTreeMap<ClientId, Departure>,
    /// After a restore: files and notes that are nowhere in this database, not only out of the actor's sight.
    pub unheard_of: HashSet<Uuid>,
}

/// Reads it.
pub async fn read(connection: &mut PgConnection, actor: Uuid, wanted: &Wanted) -> Result<Found, Trouble> {
    let rows = sqlx::query!(
        r#"SELECT 'receipt' AS "what!", op_id AS "id!", position AS "position?", hash AS "hash?"
                , refusal::text AS "data?", NULL AS "more?", NULL::uuid AS "case_id?", NULL::timestamptz AS "at?"
           FROM own_receipts($1)
           UNION ALL
           SELECT 'referral', id, NULL, NULL, data::text, NULL, NULL, NULL FROM referrals WHERE id = ANY ($2)
           UNION ALL
           SELECT 'client', id, NULL, NULL, data::text, NULL, NULL, NULL FROM clients WHERE id = ANY ($2)
           UNION ALL
           SELECT 'note', id, NULL, NULL, data::text, amendments::text, NULL, next_action_done FROM contact_notes WHERE id = ANY ($3)
           UNION ALL
           SELECT 'departure', client_id, NULL, NULL, NULL, NULL, case_id, ended_at FROM assignments
           WHERE client_id = ANY ($4) AND officer_id = $5 AND ended_at IS NOT NULL
           UNION ALL
           SELECT 'unheard-of', id, NULL, NULL, NULL, NULL, NULL, since FROM unheard_of($2, $3)"#,
        &wanted.ops,
        &wanted.files,
        &wanted.notes,
        &wanted.once_had,
        actor,
    )
    .fetch_all(connection)
    .await?;
    let mut found = Found::default();
    for row in rows {
        let data = row.data.as_deref().unwrap_or_default();
        match row.what.as_str() {
            "receipt" => {
                let receipt = receipt(row.id, row.position, row.hash.as_deref(), data)?;
                // An op that was applied stays applied, whatever else was said of it.
                if matches!(receipt.outcome, Outcome::Applied { .. }) || !found.receipts.contains_key(&receipt.op) {
                    found.receipts.insert(receipt.op, receipt);
                }
            }
            "referral" => {
                found.referrals.insert(ReferralId(row.id), stored::read("referrals", row.id, data)?);
            }
            "client" => {
                found.clients.insert(ClientId(row.id), stored::read("clients", row.id, data)?);
            }
            "note" => {
                let more = row.more.as_deref().unwrap_or("[]");
                found.notes.insert(NoteId(row.id), contact_note::assemble(row.id, data, more, row.at)?);
            }
            "unheard-of" => {
                found.unheard_of.insert(row.id);
            }
            _ => note_departure(&mut found.departures, ClientId(row.id), row.case_id, row.at),
        }
    }
    Ok(found)
}

fn receipt(op: Uuid, position: Option<i64>, hash: Option<&[u8]>, refusal: &str) -> Result<Receipt, Trouble> {
    let outcome = match (position, hash) {
        (Some(position), Some(hash)) => Outcome::Applied { position, hash: hex(&subject::hash("journal", op, hash)?) },
        _ => Outcome::Refused { refusal: stored::read("refusals", op, refusal)? },
    };
    Ok(Receipt { op: OpId(op), outcome })
}

/// Of several times with the same client the last end counts.
fn note_departure(
    departures: &mut BTreeMap<ClientId, Departure>,
    client: ClientId,
    case: Option<Uuid>,
    at: Option<Moment>,
) {
    if let (Some(case), Some(at)) = (case, at) {
        let left = departures.entry(client).or_insert(Departure { case: CaseId(case), at });
        if at > left.at {
            *left = Departure { case: CaseId(case), at };
        }
    }
}
