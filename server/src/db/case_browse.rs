//! A supervisor's way through the region's cases: by name, page after page; and one file whole.

use chrono::NaiveDate;
use domain::{
    clock::Moment,
    contact::ContactNote,
    ids::{ClientId, UserId},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{contact_note, trouble::Trouble};

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Every one of these must occur in name, nickname or reference number; in lower case.
    pub words: Vec<String>,
    /// Only this officer's.
    pub officer: Option<UserId>,
    /// Only cases in this state.
    pub status: Option<&'static str>,
    /// Only after this place in the list.
    pub after: Option<(String, Uuid)>,
    /// So many at most.
    pub limit: i64,
}

/// One case in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Whose.
    pub client: Uuid,
    /// The reference number.
    pub reference: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Nickname.
    pub nickname: Option<String>,
    /// Date of birth.
    pub born: NaiveDate,
    /// School attended.
    pub school: Option<Uuid>,
    /// Who has the case.
    pub officer: Uuid,
    /// Their name.
    pub officer_name: String,
    /// Whether the work goes on.
    pub active: bool,
    /// When the case was opened.
    pub opened_at: Moment,
    /// The latest contact.
    pub last_contact: Option<Moment>,
    /// Fields with two values.
    pub conflicts: i32,
    /// The place in the list.
    pub sort_name: String,
}

/// The cases that have every word, by last name, first name.
pub async fn find(connection: &mut PgConnection, wanted: &Wanted) -> Result<Vec<Row>, Trouble> {
    let patterns: Vec<String> = wanted.words.iter().map(|word| format!("%{}%", literally(word))).collect();
    let (after_name, after_id) = wanted.after.clone().unzip();
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT c.id AS client, c.reference
              , c.data #>> '{profile,first_name}' AS "first_name!", c.data #>> '{profile,last_name}' AS "last_name!"
              , c.data #>> '{profile,nickname}' AS nickname
              , (c.data #>> '{profile,date_of_birth}')::date AS "born!"
              , (c.data #>> '{profile,school}')::uuid AS school
              , c.officer_id AS officer, u.name AS officer_name, c.status = 'active' AS "active!"
              , c.opened_at, s.last_contact_at AS last_contact
              , jsonb_array_length(coalesce(c.data -> 'conflicts', '[]')) AS "conflicts!"
              , c.sort_name AS "sort_name!"
         FROM clients c
         JOIN subjects s ON s.id = c.id
         JOIN users u ON u.id = c.officer_id
         WHERE c.region_id = (SELECT acting_region())
           AND ($1::text IS NULL OR c.status = $1)
           AND ($2::uuid IS NULL OR c.officer_id = $2)
           AND ($3::text IS NULL OR (c.sort_name, c.id) > ($3::text COLLATE "C", $4::uuid))
           AND c.search LIKE ALL ($5::text[])
         ORDER BY c.sort_name, c.id
         LIMIT $6"#,
        wanted.status,
        wanted.officer.map(|officer| officer.0),
        after_name,
        after_id,
        &patterns,
        wanted.limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

/// The cases that have something near to every word, the nearest first: for a slip of the finger. A word
/// with a digit is compared with the reference number, any other with the names: the letters of a
/// reference number are drawn by lot and would now and then be near to a name.
pub async fn find_near(connection: &mut PgConnection, wanted: &Wanted) -> Result<Vec<Row>, Trouble> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT c.id AS client, c.reference
              , c.data #>> '{profile,first_name}' AS "first_name!", c.data #>> '{profile,last_name}' AS "last_name!"
              , c.data #>> '{profile,nickname}' AS nickname
              , (c.data #>> '{profile,date_of_birth}')::date AS "born!"
              , (c.data #>> '{profile,school}')::uuid AS school
              , c.officer_id AS officer, u.name AS officer_name, c.status = 'active' AS "active!"
              , c.opened_at, s.last_contact_at AS last_contact
              , jsonb_array_length(coalesce(c.data -> 'conflicts', '[]')) AS "conflicts!"
              , c.sort_name AS "sort_name!"
         FROM clients c
         JOIN subjects s ON s.id = c.id
         JOIN users u ON u.id = c.officer_id
         CROSS JOIN LATERAL (
             SELECT min(likeness) AS least, sum(likeness) AS total
             FROM unnest($3::text[]) AS word
             , word_similarity(word, CASE WHEN word ~ '[0-9]' THEN lower(c.reference)
                                          ELSE replace(c.search, lower(c.reference), '') END) AS likeness
         ) AS near
         WHERE c.region_id = (SELECT acting_region())
           AND ($1::text IS NULL OR c.status = $1)
           AND ($2::uuid IS NULL OR c.officer_id = $2)
           AND near.least >= 0.4
         ORDER BY near.total DESC, c.sort_name, c.id
         LIMIT $4"#,
        wanted.status,
        wanted.officer.map(|officer| officer.0),
        &wanted.words,
        wanted.limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

/// The latest notes of a file, the latest contact first.
pub async fn latest_notes(
    connection: &mut PgConnection,
    client: ClientId,
    limit: i64,
) -> Result<Vec<ContactNote>, Trouble> {
    let rows = sqlx::query!(
        r#"SELECT id, data::text AS "data!", amendments::text AS "amendments!", next_action_done
         FROM contact_notes WHERE client_id = $1
         ORDER BY happened_at DESC, id DESC LIMIT $2"#,
        client.0,
        limit,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| contact_note::assemble(row.id, &row.data, &row.amendments, row.next_action_done))
        .collect()
}

/// Takes the special meaning from the signs of `LIKE`.
fn literally(word: &str) -> String {
    word.chars().fold(String::new(), |mut out, c| {
        if matches!(c, '\\' | '%' | '_') {
            out.push('\\');
        }
        out.push(c);
        out
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_percent_sign_is_looked_for_as_such() {
        assert_eq!(super::literally(r"a%b_c\"), r"a\%b\_c\\");
    }
}
