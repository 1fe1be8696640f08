//! Pulling: nothing is missed, nothing too much is told, pages go on where they were cut.

use std::collections::BTreeSet;

use domain::sync::wire_v1::{Body, Record, Subject, SyncResponse};
use sqlx::Connection;
use uuid::Uuid;

use crate::helpers::{World, device::named};

/// A transaction that is under way while others overtake it gets its number first and becomes visible last.
#[tokio::test]
async fn a_pull_never_misses_what_an_overlapping_transaction_writes() {
    let world = World::new().await;
    let (slow, fast) = (world.client().await, world.client().await);
    let mut officer = world.device(&world.west.officer);
    officer.pull_all().await;

    let mut other = sqlx::PgConnection::connect_with(&world.options).await.unwrap();
    let mut under_way = other.begin().await.unwrap();
    sqlx::query("UPDATE subjects SET changed = pg_current_xact_id() WHERE id = $1")
        .bind(slow.0)
        .execute(&mut *under_way)
        .await
        .unwrap();
    sqlx::query("INSERT INTO contact_notes (id, client_id, region_id, author_id, kind, happened_at, recorded_at, data)
                 SELECT gen_random_uuid(), id, region_id, officer_id, 'office', now(), now(), jsonb_build_object(
                     'id', gen_random_uuid(), 'client', id, 'case', gen_random_uuid(), 'op', gen_random_uuid(), 'author', officer_id,
                     'author_name', 'T', 'recorded_at', now(), 'kind', 'office', 'happened_at', now(), 'reached', 'met', 'narrative', 'slow')
                 FROM subjects WHERE id = $1")
        .bind(slow.0).execute(&mut *under_way).await.unwrap();

    // Overtaken by an op with a higher number, and by pulls that see only that one.
    let note = officer.note(fast, "fast");
    officer.push(&[note]).await.all_applied();
    let seen = officer.pull().await;
    assert!(named(&[seen]).iter().any(|(_, id)| *id == fast.0));
    assert!(named(&officer.pull_all().await).iter().all(|(_, id)| *id != slow.0));
    under_way.commit().await.unwrap();

    let seen = named(&officer.pull_all().await);
    assert!(seen.contains(&("client", slow.0)), "the slow one comes now: {seen:?}");
    assert!(seen.iter().any(|(kind, _)| *kind == "note"));
    officer.pull_until_quiet().await;
}

/// Random overlaps of real pushes and pulls: after the storm every device holds what the server holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_storm_of_writers_a_listening_device_misses_nothing() {
    let world = World::new().await;
    let client = world.client().await;
    let mut listener = world.device(&world.west.officer);
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let mut device = world.device(&world.west.officer);
            tokio::spawn(async move {
                for n in 0..25 {
                    let note = device.note(client, &format!("{writer} {n}"));
                    loop {
                        let answer = device.push_one(&note).await;
                        if answer.status == 200 {
                            answer.all_applied();
                            break;
                        }
                    }
                }
            })
        })
        .collect();
    let mut held = BTreeSet::new();
    let mut take =
        |pages: Vec<SyncResponse>| held.extend(named(&pages).into_iter().filter(|(kind, _)| *kind == "note"));
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        let pages =
            match listener.post(&serde_json::json!({ "v": 1, "device": listener.id, "cursor": listener.cursor })).await
            {
                // Its own person's other devices may take all places for a moment.
                answer if answer.status == 429 => continue,
                answer => vec![answer.synced()],
            };
        listener.cursor = Some(pages[0].cursor.clone());
        take(pages);
    }
    for writer in writers {
        writer.await.unwrap();
    }
    take(listener.pull_all().await);
    assert_eq!(held.len(), 100);
}

#[tokio::test]
async fn pages_go_on_where_they_were_cut_and_together_are_whole() {
    let world = World::new().await;
    let mut clients = BTreeSet::new();
    for _ in 0..3 {
        clients.insert(world.client().await);
    }
    let mut officer = world.device(&world.west.officer);
    let long = "word ".repeat(3_000);
    for client in &clients {
        for _ in 0..3 {
            let ops: Vec<_> = (0..5).map(|_| officer.note(*client, &long)).collect();
            officer.push(&ops).await.all_applied();
        }
    }
    let mut fresh = world.device(&world.west.officer);
    let first = fresh.pull().await;
    assert!(first.reset && first.more && first.me.is_some());
    assert!(serde_json::to_vec(&first.changes).unwrap().len() < 600_000, "a page has a bound");
    // The phone loses the network in the middle and goes on from the cursor that it stored; and asks twice.
    let cursor = fresh.cursor.clone();
    let lost = fresh.pull().await;
    assert!(!lost.reset && lost.me.is_none());
    fresh.cursor = cursor;
    let mut pages = vec![first];
    pages.extend(fresh.pull_all().await);
    let all = named(&pages);
    assert_eq!(all.len(), 3 + 45, "every client and every note, once");
    assert!(clients.iter().all(|client| all.contains(&("client", client.0))));
    fresh.pull_until_quiet().await;
}

#[tokio::test]
async fn what_changes_between_pages_comes_with_the_next_pull() {
    let world = World::new().await;
    let mut clients: Vec<Uuid> = Vec::new();
    for _ in 0..3 {
        clients.push(world.client().await.0);
    }
    clients.sort_unstable();
    let mut officer = world.device(&world.west.officer);
    let long = "word ".repeat(3_900);
    for client in &clients {
        for _ in 0..3 {
            let ops: Vec<_> = (0..5).map(|_| officer.note(domain::ids::ClientId(*client), &long)).collect();
            officer.push(&ops).await.all_applied();
        }
    }
    let mut fresh = world.device(&world.west.officer);
    assert!(fresh.pull().await.more);
    let note = officer.note(domain::ids::ClientId(clients[0]), "On a file whose page has been sent");
    officer.push_one(&note).await.all_applied();
    let rest = fresh.pull_all().await;
    assert!(!carries(&rest, note.id));
    assert!(carries(&fresh.pull_all().await, note.id));
}

fn carries(pages: &[SyncResponse], op: domain::ids::OpId) -> bool {
    pages.iter().flat_map(|page| &page.changes).any(|r| matches!(r, Record::Note(n) if n.op == op))
}

#[tokio::test]
async fn a_case_that_moves_is_forgotten_by_one_and_comes_whole_to_the_other() {
    let world = World::new().await;
    let client = world.client().await;
    let (mut first, mut second) = (world.device(&world.west.officer), world.device(&world.west.officer2));
    let notes: Vec<_> = (0..3).map(|n| first.note(client, &format!("Long ago {n}"))).collect();
    first.push(&notes).await.all_applied();
    first.pull_all().await;
    assert!(named(&second.pull_all().await).is_empty());
    let mut supervisor = world.device(&world.west.supervisor);
    let transfer = supervisor.transfer(client, world.west.officer2.id);
    supervisor.push(&[transfer]).await.all_applied();

    let told = first.pull().await;
    assert_eq!((told.forget.as_slice(), told.changes.len()), (&[client.0][..], 0));
    first.pull_until_quiet().await;
    assert_eq!(named(&second.pull_all().await).len(), 4, "the client and all notes, however old");

    // And back again, while the first device was away.
    let back = supervisor.transfer(client, world.west.officer.id);
    supervisor.push(&[back]).await.all_applied();
    assert_eq!(named(&first.pull_all().await).len(), 4);
    assert_eq!(second.pull().await.forget, [client.0]);
}

#[tokio::test]
async fn a_person_who_moves_to_another_region_pulls_everything_anew() {
    let world = World::new().await;
    world.client().await;
    let mut supervisor = world.device(&world.west.supervisor);
    supervisor.pull_all().await;
    sqlx::query("UPDATE users SET region_id = $2, scope_version = scope_version + 1, changed = pg_current_xact_id() WHERE id = $1")
        .bind(world.west.supervisor.id.0).bind(world.east.id.0).execute(&world.owner).await.unwrap();
    let pulled = supervisor.pull().await;
    assert!(pulled.reset);
    assert_eq!(pulled.me.unwrap().region, Some(world.east.id));
    assert!(named(&[SyncResponse { me: None, ..supervisor.pull().await }]).is_empty());
}

#[tokio::test]
async fn everybody_gets_what_is_theirs_and_no_more() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let note = officer.note(client, "Home visit");
    let intake = officer.send_referral();
    officer.push(&[note, intake.clone()]).await.all_applied();
    let kinds = async |person| {
        let mut device = world.device(person);
        let pages = device.pull_all().await;
        let mut kinds: Vec<_> = named(&pages).iter().map(|(kind, _)| *kind).collect();
        kinds.dedup();
        let colleagues = pages.iter().flat_map(|p| &p.changes).any(|r| matches!(r, Record::Colleagues { .. }));
        assert!(
            pages.iter().flat_map(|p| &p.changes).any(|r| matches!(r, Record::Sites(_))),
            "everybody has the places"
        );
        (kinds, colleagues)
    };
    assert_eq!(kinds(&world.west.officer).await, (vec!["client", "note", "referral"], false));
    assert_eq!(kinds(&world.west.officer2).await, (vec![], false));
    assert_eq!(kinds(&world.west.counsellor).await, (vec!["referral"], false));
    assert_eq!(kinds(&world.west.supervisor).await, (vec!["referral"], true));
    assert_eq!(kinds(&world.east.counsellor).await, (vec![], false));
    assert_eq!(kinds(&world.east.supervisor).await, (vec![], true));
    assert_eq!(kinds(&world.administrator).await, (vec![], false));
}

#[tokio::test]
async fn colleagues_and_places_come_again_only_when_they_changed() {
    let world = World::new().await;
    let mut supervisor = world.device(&world.west.supervisor);
    let loads = |page: &SyncResponse| {
        page.changes.iter().find_map(|r| {
            if let Record::Colleagues { officers, .. } = r {
                Some(officers.iter().map(|o| o.active).sum::<u32>())
            } else {
                None
            }
        })
    };
    assert_eq!(loads(&supervisor.pull().await), Some(0));
    supervisor.pull_until_quiet().await;
    world.client().await;
    assert_eq!(loads(&supervisor.pull().await), Some(1));
    supervisor.pull_until_quiet().await;
    world.client_of(&world.east, &world.east.officer).await;
    assert_eq!(loads(&supervisor.pull().await), None);
    sqlx::query("UPDATE users SET disabled_at = now(), changed = pg_current_xact_id() WHERE id = $1")
        .bind(world.west.officer2.id.0)
        .execute(&world.owner)
        .await
        .unwrap();
    let page = supervisor.pull().await;
    assert!(
        page.changes
            .iter()
            .any(|r| matches!(r, Record::Colleagues { officers, .. } if officers.iter().any(|o| !o.available)))
    );
    world.run("UPDATE schools SET name = name || ' School', changed = pg_current_xact_id()").await;
    assert!(supervisor.pull().await.changes.iter().any(|r| matches!(r, Record::Sites(_))));
    supervisor.pull_until_quiet().await;
}

#[tokio::test]
async fn an_idle_sync_is_small_and_notes_the_device_once_a_minute() {
    let world = World::new().await;
    world.client().await;
    let mut officer = world.device(&world.west.officer);
    officer.pull_until_quiet().await;
    let request = serde_json::json!({ "v": 1, "device": officer.id, "cursor": officer.cursor }).to_string();
    let answer = officer.post_text(request.clone()).await;
    assert!(request.len() + answer.bytes < 500, "{} + {} bytes", request.len(), answer.bytes);
    assert_eq!(world.count("SELECT count(*) FROM devices WHERE last_sync_at > first_seen_at").await, 0);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_does_not_keep_the_rest_from_a_device() {
    let world = World::new().await;
    let (damaged, fine) = (world.client().await, world.client().await);
    sqlx::query("UPDATE clients SET data = data - 'profile' WHERE id = $1")
        .bind(damaged.0)
        .execute(&world.owner)
        .await
        .unwrap();
    let all = named(&world.device(&world.west.officer).pull_all().await);
    assert_eq!(all, [("client", fine.0)]);
}

#[tokio::test]
async fn a_decided_referral_of_long_ago_stays_with_its_referrer_and_off_a_supervisors_new_device() {
    let world = World::new().await;
    let mut counsellor = world.device(&world.west.counsellor);
    let (old, new) = (counsellor.send_referral(), counsellor.send_referral());
    counsellor.push(&[old.clone(), new.clone()]).await.all_applied();
    let mut supervisor = world.device(&world.west.supervisor);
    let decline = |device: &mut crate::helpers::Device, subject: Subject| {
        device.op(subject, Body::DeclareNotEligible { reason: "Too young".into() })
    };
    let ops = [decline(&mut supervisor, old.subject), decline(&mut supervisor, new.subject)];
    supervisor.push(&ops).await.all_applied();
    sqlx::query("UPDATE referrals SET decided_at = now() - interval '91 days' WHERE id = $1")
        .bind(old.subject.uuid())
        .execute(&world.owner)
        .await
        .unwrap();
    assert_eq!(named(&world.device(&world.west.supervisor).pull_all().await), [("referral", new.subject.uuid())]);
    assert_eq!(named(&world.device(&world.west.counsellor).pull_all().await).len(), 2);
}
