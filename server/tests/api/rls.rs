//! Row-level security against `domain::access`: the two tables of who sees what are one.

use std::collections::BTreeSet;

use domain::{
    access::{Actor, Role, RowFacts, Table, sees},
    client::{FieldEdit, ProfileField},
    ids::{ClientId, RegionId, SchoolId, UserId},
    sync::wire_v1::{Body, Subject},
};
use server::{clock::new_id, db::acting};
use sqlx::{AssertSqlSafe, Row, postgres::PgRow};
use uuid::Uuid;

use crate::{
    helpers::{Person, World},
    sealed,
};

/// Rows of every kind: files in several hands, moved files, intakes, refusals, in two regions.
async fn populate(world: &World) -> ClientId {
    let mut stays = None;
    for region in [&world.west, &world.east] {
        let (kept, moved) =
            (world.client_of(region, &region.officer).await, world.client_of(region, &region.officer).await);
        world.client_of(region, &region.officer2).await;
        let mut officer = world.device(&region.officer);
        let ops = [
            officer.note(kept, "Here"),
            officer.note(moved, "Before it moved"),
            officer.note(kept, ""),
            crate::attachments::some_photo(&mut officer, kept),
            crate::attachments::some_photo(&mut officer, moved),
            officer.send_referral(),
        ];
        officer.push(&ops).await.synced();
        let mut supervisor = world.device(&region.supervisor);
        let edit = Body::EditProfile {
            edits: vec![FieldEdit { field: ProfileField::Grade, from: "Grade 9".into(), to: "Grade 10".into() }],
        };
        let ops = [
            supervisor.transfer(moved, region.officer2.id),
            supervisor.op(Subject::Client(kept), edit),
            supervisor.transfer(kept, region.officer.id),
        ];
        supervisor.push(&ops).await.synced();
        let mut counsellor = world.device(&region.counsellor);
        let mut wrong = counsellor.send_referral();
        wrong.recorded_at = "1970-01-01T00:00:00Z".parse().unwrap();
        let ops = [counsellor.send_referral(), wrong, counsellor.transfer(kept, region.officer.id)];
        counsellor.push(&ops).await.synced();
        for person in [&region.officer, &region.officer2] {
            sealed::lose_a_phone(world, person, kept).await;
        }
        let mut stranger = world.device(&world.administrator);
        let op = stranger.note(kept, "Not allowed");
        stranger.push(&[op]).await.synced();
        stays.get_or_insert(kept);
    }
    stays.unwrap()
}

/// What each row says about whose it is, as the owner of the database sees it, with the row's key.
async fn facts(world: &World, table: Table) -> Vec<(String, RowFacts)> {
    let past = "(SELECT array_agg(a.officer_id) FROM assignments a WHERE a.client_id = {client})";
    let select = |key: &str,
                  from: &str,
                  region: &str,
                  referrer: &str,
                  school: &str,
                  officer: &str,
                  client: &str,
                  person: &str| {
        format!(
            "SELECT {key}::text AS key, {region} AS region, {referrer} AS referrer, {school} AS school, {officer} AS officer,
                    {} AS past, {person} AS person FROM {from} t",
            if client.is_empty() { "NULL::uuid[]".to_owned() } else { past.replace("{client}", client) },
        )
    };
    let none = "NULL::uuid";
    let sql = match table {
        Table::Subjects => {
            select("id", "subjects", "region_id", "referrer_id", "school_id", "officer_id", "t.id", none)
        }
        Table::Referrals => select("id", "referrals", "region_id", "referrer_id", "school_id", none, "", none),
        Table::Clients => select("id", "clients", "region_id", none, none, "officer_id", "t.id", none),
        Table::ContactNotes => {
            let officer = "(SELECT officer_id FROM clients WHERE clients.id = t.client_id)";
            select("id", "contact_notes", "region_id", none, none, officer, "t.client_id", none)
        }
        Table::Attachments => {
            let officer = "(SELECT officer_id FROM clients WHERE clients.id = t.client_id)";
            select("id", "attachments", "region_id", none, none, officer, "t.client_id", none)
        }
        Table::Assignments => select("id", "assignments", "region_id", none, none, none, "", "officer_id"),
        Table::Journal => select("op_id", "journal", "region_id", none, none, none, "", "actor_id"),
        Table::Refusals => select("op_id", "refusals", "region_id", none, none, none, "", "actor_id"),
        Table::Quarantine => select("op_id", "quarantine", "region_id", none, none, none, "", "user_id"),
        Table::Breaches => select("device_id", "breaches", "region_id", none, none, none, "", "user_id"),
    };
    let read = |row: PgRow| {
        let facts = RowFacts {
            region: row.get::<Option<Uuid>, _>("region").map(RegionId),
            referrer: row.get::<Option<Uuid>, _>("referrer").map(UserId),
            school: row.get::<Option<Uuid>, _>("school").map(SchoolId),
            officer: row.get::<Option<Uuid>, _>("officer").map(UserId),
            past_officers: row
                .get::<Option<Vec<Uuid>>, _>("past")
                .unwrap_or_default()
                .into_iter()
                .map(UserId)
                .collect(),
            person: row.get::<Option<Uuid>, _>("person").map(UserId),
        };
        (row.get("key"), facts)
    };
    sqlx::query(AssertSqlSafe(sql)).fetch_all(&world.owner).await.unwrap().into_iter().map(read).collect()
}

/// What a person gets who asks the database directly, as the role of the server.
async fn visible(world: &World, actor: &Actor, table: Table) -> BTreeSet<String> {
    let key = match table {
        Table::Journal | Table::Refusals | Table::Quarantine => "op_id",
        Table::Breaches => "device_id",
        _ => "id",
    };
    let mut transaction = acting::begin(&world.app, actor).await.unwrap();
    let sql = format!("SELECT {key}::text FROM {}", table.name());
    let keys: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut *transaction).await.unwrap();
    keys.into_iter().collect()
}

fn actor(person: &Person, region: Option<RegionId>, school: Option<SchoolId>) -> Actor {
    Actor { user: person.id, name: String::new(), role: person.role, region, school, post: String::new() }
}

#[tokio::test]
async fn for_every_role_and_table_the_database_shows_what_the_rules_say() {
    let world = World::new().await;
    populate(&world).await;
    let (west, east) = (&world.west, &world.east);
    let mut actors = vec![
        actor(&world.administrator, None, None),
        // Moved to another school or region: what they sent from the old one stays there.
        actor(&west.counsellor, Some(east.id), Some(east.school)),
        actor(&west.officer, Some(east.id), None),
        actor(&west.supervisor, Some(east.id), None),
        // Accounts that lack a region or a school.
        actor(&west.counsellor, None, None),
        actor(&west.supervisor, None, None),
    ];
    for region in [west, east] {
        actors.push(actor(&region.counsellor, Some(region.id), Some(region.school)));
        actors.extend(
            [&region.officer, &region.officer2, &region.supervisor].map(|person| actor(person, Some(region.id), None)),
        );
    }
    // The same people in every other role: no row is shown for having been somebody else.
    let others: Vec<_> = actors.iter().flat_map(|a| Role::ALL.map(|role| Actor { role, ..a.clone() })).collect();
    actors.extend(others);

    let (mut shown, mut hidden) = (0, 0);
    for table in Table::ALL {
        let facts = facts(&world, table).await;
        assert!(facts.len() >= 4, "{table:?} has rows to compare");
        for actor in &actors {
            let expected: BTreeSet<String> =
                facts.iter().filter(|(_, facts)| sees(actor, table, facts)).map(|(key, _)| key.clone()).collect();
            assert_eq!(visible(&world, actor, table).await, expected, "{table:?} for {actor:?}");
            shown += expected.len();
            hidden += facts.len() - expected.len();
        }
    }
    assert!(shown > 100 && hidden > 100, "{shown} shown, {hidden} hidden");
}

#[tokio::test]
async fn direct_sql_with_another_officers_id_returns_no_row() {
    let world = World::new().await;
    let client = populate(&world).await;
    let other = actor(&world.west.officer2, Some(world.west.id), None);
    let mut transaction = acting::begin(&world.app, &other).await.unwrap();
    for sql in [
        "SELECT count(*) FROM clients WHERE officer_id = $1",
        "SELECT count(*) FROM contact_notes WHERE author_id = $1 AND client_id IN (SELECT client_id FROM contact_notes)
           AND NOT EXISTS (SELECT FROM clients WHERE clients.id = client_id)",
        "SELECT count(*) FROM subjects WHERE officer_id = $1",
        "SELECT count(*) FROM journal WHERE actor_id = $1",
        "SELECT count(*) FROM refusals WHERE actor_id = $1",
        "SELECT count(*) FROM assignments WHERE officer_id = $1",
    ] {
        let rows: i64 =
            sqlx::query_scalar(sql).bind(world.west.officer.id.0).fetch_one(&mut *transaction).await.unwrap();
        assert_eq!(rows, 0, "{sql}");
    }
    for sql in [
        "UPDATE clients SET status = 'closed' WHERE id = $1",
        "UPDATE contact_notes SET amendments = '[{}]' WHERE client_id = $1",
        "UPDATE subjects SET head_position = 0 WHERE id = $1",
    ] {
        let done = sqlx::query(sql).bind(client.0).execute(&mut *transaction).await.unwrap();
        assert_eq!(done.rows_affected(), 0, "{sql}");
    }
}

#[tokio::test]
async fn without_an_actor_the_server_role_sees_nothing_and_may_change_nothing() {
    let world = World::new().await;
    populate(&world).await;
    for table in Table::ALL {
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {}", table.name())))
            .fetch_one(&world.app)
            .await
            .unwrap();
        assert_eq!(rows, 0, "{table:?}");
    }
    // The settings end with the transaction: the next user of the connection starts from nothing.
    let mut connection = world.app.acquire().await.unwrap();
    let left: Option<String> = sqlx::query_scalar("SELECT nullif(current_setting('lignum.user', true), '')")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    assert_eq!(left, None);
    for sql in [
        "DELETE FROM clients",
        "DELETE FROM contact_notes",
        "DELETE FROM subjects",
        "TRUNCATE journal",
        "UPDATE journal SET seq = 0",
        "UPDATE refusals SET code = ''",
        "UPDATE epochs SET fingerprint = ''",
        "ALTER TABLE journal DISABLE TRIGGER ALL",
        "DROP TABLE journal",
        "UPDATE journal_seals SET through_position = 0",
        "DELETE FROM access_log",
    ] {
        let refused = sqlx::raw_sql(sql).execute(&mut *connection).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501", "{sql}");
    }
}

/// An officer whose case has moved may still add a late note, and must not get the file back by hand.
#[tokio::test]
async fn nobody_takes_a_file_or_writes_in_anothers_name() {
    let world = World::new().await;
    let client = world.client().await;
    let mut supervisor = world.device(&world.west.supervisor);
    let transfer = supervisor.transfer(client, world.west.officer2.id);
    supervisor.push(&[transfer]).await.all_applied();
    let (left, has) =
        (actor(&world.west.officer, Some(world.west.id), None), actor(&world.west.officer2, Some(world.west.id), None));
    let note = "INSERT INTO contact_notes (id, client_id, region_id, author_id, kind, happened_at, recorded_at, data) VALUES ($1, $2, $3, $4, 'office', now(), now(), '{}')";
    let journal = "INSERT INTO journal (op_id, subject_id, region_id, actor_id, device_id, seq, kind, entry, previous, hash) VALUES ($1, $2, $3, $4, $1, 1, 'x', 'x', 'x', 'x')";
    for (actor, sql, author, allowed) in [
        (&left, note, world.west.officer.id, true),
        (&left, note, world.west.officer2.id, false),
        (&has, note, world.west.officer2.id, true),
        (&has, note, world.west.officer.id, false),
        (&has, journal, world.west.officer2.id, true),
        (&has, journal, world.west.officer.id, false),
        (&actor(&world.east.officer, Some(world.east.id), None), note, world.east.officer.id, false),
        (&actor(&world.west.supervisor, Some(world.west.id), None), note, world.west.supervisor.id, false),
    ] {
        let mut transaction = acting::begin(&world.app, actor).await.unwrap();
        let done = sqlx::query(sql)
            .bind(new_id())
            .bind(client.0)
            .bind(world.west.id.0)
            .bind(author.0)
            .execute(&mut *transaction)
            .await;
        assert_eq!(done.is_ok(), allowed, "{sql} by {actor:?} as {author}");
    }
    for sql in [
        "UPDATE subjects SET officer_id = $2 WHERE id = $1",
        "UPDATE subjects SET region_id = (SELECT id FROM regions WHERE id <> region_id LIMIT 1), officer_id = $2 WHERE id = $1",
    ] {
        let mut transaction = acting::begin(&world.app, &left).await.unwrap();
        let refused = sqlx::query(sql).bind(client.0).bind(left.user.0).execute(&mut *transaction).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501", "{sql}");
    }
}
