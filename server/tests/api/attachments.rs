//! Photos and signatures: over a network that cuts, repeats and mixes up, whole and once; for nobody else.

use std::{io::Cursor, net::SocketAddr};

use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
};
use domain::{
    access::Actor,
    attachment::{
        Arrival, Attachment,
        content::{CHUNK, ContentKey, Digest},
    },
    ids::{AttachmentId, ClientId, ContentId},
    sync::wire_v1::{AttachmentForm, Body as OpBody, ContentProgress, Op, Record, Subject, SyncResponse},
};
use server::{
    clock::{self, new_id},
    services::contents::{ContentError, ContentStore, Contents, Objects},
};
use tower::ServiceExt;
use url::Url;

use crate::helpers::{Device, Person, World};

/// A picture of some chunks, each time another one.
fn picture() -> Vec<u8> {
    let salt = new_id().as_u128();
    let dot = |x: u32, y: u32| {
        let mixed = (u128::from(x) * 31 + u128::from(y) * 17).wrapping_mul(salt | 1);
        let bytes = mixed.to_le_bytes();
        image::Rgb([bytes[5], bytes[7], bytes[10]])
    };
    let mut bytes = Vec::new();
    let picture = image::RgbImage::from_fn(500, 400, dot);
    image::DynamicImage::ImageRgb8(picture).write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Jpeg).unwrap();
    bytes
}

/// A picture as it lies on a phone.
struct Taken {
    name: ContentId,
    open: Vec<u8>,
    chunks: Vec<Vec<u8>>,
    form: AttachmentForm,
}

fn take(open: Vec<u8>) -> Taken {
    let (name, key) = (ContentId(new_id()), ContentKey::random(&mut rand::rng()));
    let chunks = key.seal(name, &open, &mut rand::rng()).unwrap();
    let form = AttachmentForm {
        kind: "photo".into(),
        title: "Consent form, page 1".into(),
        content: name.to_string(),
        media: "image/jpeg".into(),
        size: u32::try_from(open.len()).unwrap(),
        sha256: Digest::of(&open).into(),
        key: key.to_text(),
    };
    Taken { name, open, chunks, form }
}

fn attach(device: &mut Device, client: ClientId, taken: &Taken) -> Op {
    device.op(Subject::Client(client), OpBody::Attach { form: taken.form.clone() })
}

/// An op that attaches a photo, whose content never comes.
pub fn some_photo(device: &mut Device, client: ClientId) -> Op {
    attach(device, client, &take(b"some photo".to_vec()))
}

/// What a browser of this person is told.
async fn ask(world: &World, person: &Person, method: Method, path: &str, body: &[u8]) -> (StatusCode, Vec<u8>) {
    let request = Request::builder().method(method).uri(path).header(header::COOKIE, &person.cookie);
    let response = world.router.clone().oneshot(request.body(Body::from(body.to_vec())).unwrap()).await.unwrap();
    (response.status(), to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec())
}

async fn send(
    world: &World,
    person: &Person,
    name: ContentId,
    at: usize,
    chunk: &[u8],
) -> Result<Vec<u32>, StatusCode> {
    progress_of(ask(world, person, Method::PUT, &format!("/api/v1/contents/{name}/{at}"), chunk).await)
}

async fn missing(world: &World, person: &Person, name: ContentId) -> Result<Vec<u32>, StatusCode> {
    progress_of(ask(world, person, Method::GET, &format!("/api/v1/contents/{name}"), b"").await)
}

fn progress_of((status, body): (StatusCode, Vec<u8>)) -> Result<Vec<u32>, StatusCode> {
    if status != StatusCode::OK {
        return Err(status);
    }
    Ok(serde_json::from_slice::<ContentProgress>(&body).unwrap().missing)
}

async fn show(world: &World, person: &Person, id: AttachmentId) -> (StatusCode, Vec<u8>) {
    ask(world, person, Method::GET, &format!("/api/v1/attachments/{id}"), b"").await
}

fn attached(pulled: &SyncResponse) -> Vec<Attachment> {
    let attachment = |record: &Record| match record {
        Record::Attachment(attachment) => Some((**attachment).clone()),
        _ => None,
    };
    pulled.changes.iter().filter_map(attachment).collect()
}

fn dots(bytes: &[u8]) -> image::RgbImage {
    image::load_from_memory(bytes).unwrap().into_rgb8()
}

#[tokio::test]
async fn a_photo_comes_in_any_order_with_gaps_and_repeats_and_is_there_whole_and_once() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    officer.pull_until_quiet().await;
    let taken = take(picture());
    assert!(taken.chunks.len() >= 2, "{}", taken.open.len());
    let me = officer.person.clone();
    assert_eq!(missing(&world, &me, taken.name).await, Err(StatusCode::NOT_FOUND), "its op has not come yet");
    let op = attach(&mut officer, client, &taken);
    officer.push(std::slice::from_ref(&op)).await.all_applied();
    let id = AttachmentId(op.id.0);
    assert_eq!(attached(&officer.pull().await)[0].arrival, Arrival::Awaited);
    assert_eq!(show(&world, &me, id).await.0, StatusCode::NOT_FOUND, "nothing to be seen yet");

    let all: Vec<u32> = (0..u32::try_from(taken.chunks.len()).unwrap()).collect();
    assert_eq!(missing(&world, &me, taken.name).await, Ok(all.clone()));
    let last = taken.chunks.len() - 1;
    // The last one first, twice, since its answer got lost; then the others.
    for _ in 0..2 {
        assert_eq!(send(&world, &me, taken.name, last, &taken.chunks[last]).await, Ok(all[..last].to_vec()));
    }
    assert_eq!(missing(&world, &me, taken.name).await, Ok(all[..last].to_vec()));
    for (at, chunk) in taken.chunks[..last].iter().enumerate() {
        assert_eq!(send(&world, &me, taken.name, at, chunk).await, Ok(all[at + 1..last].to_vec()));
    }
    // And once more all of it, from a phone that did not hear.
    for (at, chunk) in taken.chunks.iter().enumerate() {
        assert_eq!(send(&world, &me, taken.name, at, chunk).await, Ok(vec![]));
    }
    let seen = attached(&officer.pull().await);
    assert_eq!((seen.len(), &seen[0].arrival, seen[0].id), (1, &Arrival::Arrived, id));
    for person in [&me, &world.west.supervisor] {
        let (status, bytes) = show(&world, person, id).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(dots(&bytes), dots(&taken.open));
    }
    assert_eq!(world.count("SELECT count(*) FROM contents").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM content_bytes").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM content_chunks").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM access_log WHERE action = 'read-attachment'").await, 2);

    // A picture and nothing else, whatever it may hold.
    let request = Request::get(format!("/api/v1/attachments/{id}")).header(header::COOKIE, &me.cookie);
    let response = world.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let said = |name| response.headers().get_all(name).iter().map(|v| v.to_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(said(header::CONTENT_TYPE), ["image/jpeg"]);
    assert_eq!(said(header::CONTENT_SECURITY_POLICY), ["default-src 'none'; sandbox"]);
    assert_eq!(said(header::X_CONTENT_TYPE_OPTIONS), ["nosniff"]);
    assert_eq!(said(header::CACHE_CONTROL), ["no-store"]);
}

#[tokio::test]
async fn the_last_chunks_at_the_same_moment_make_one_picture() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let taken = take(picture());
    let op = attach(&mut officer, client, &taken);
    officer.push(&[op]).await.all_applied();
    let me = officer.person.clone();
    let sends = taken.chunks.iter().enumerate().chain(taken.chunks.iter().enumerate());
    let sent = futures_of(sends.map(|(at, chunk)| send(&world, &me, taken.name, at, chunk))).await;
    assert!(sent.iter().any(|answer| answer == &Ok(vec![])), "{sent:?}");
    assert_eq!(missing(&world, &me, taken.name).await, Ok(vec![]));
    assert_eq!(world.count("SELECT count(*) FROM content_bytes").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM attachments WHERE arrived_at IS NOT NULL").await, 1);
}

/// All at the same time.
async fn futures_of<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    let mut done: Vec<Option<T>> = all.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, done) in all.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *done = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[tokio::test]
async fn what_does_not_open_has_to_come_anew_and_what_is_no_picture_is_told() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    officer.pull_until_quiet().await;
    let me = officer.person.clone();
    let (good, song) = (take(picture()), take(b"This is a song about Montego Bay.".repeat(9)));
    let ops = [attach(&mut officer, client, &good), attach(&mut officer, client, &song)];
    officer.push(&ops).await.all_applied();

    let mut wrong = good.chunks.clone();
    wrong[0][40] ^= 1;
    let mut answers = Vec::new();
    for (at, chunk) in wrong.iter().enumerate() {
        answers.push(send(&world, &me, good.name, at, chunk).await);
    }
    assert_eq!(answers.last(), Some(&Err(StatusCode::UNPROCESSABLE_ENTITY)));
    assert_eq!(missing(&world, &me, good.name).await.map(|left| left.len()), Ok(good.chunks.len()), "all of it anew");
    for (at, chunk) in good.chunks.iter().enumerate() {
        assert!(send(&world, &me, good.name, at, chunk).await.is_ok());
    }
    assert_eq!(send(&world, &me, song.name, 0, &song.chunks[0]).await, Ok(vec![]), "it is not asked for again");
    let mut seen = attached(&officer.pull().await);
    seen.sort_by_key(|attachment| attachment.arrival == Arrival::Arrived);
    assert!(matches!(&seen[0].arrival, Arrival::Unusable { why } if why.contains("take it again")), "{seen:?}");
    assert_eq!(seen[1].arrival, Arrival::Arrived);
    assert_eq!(show(&world, &me, seen[0].id).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_no_chunk_of_it_is_not_kept() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let me = officer.person.clone();
    let taken = take(picture());
    let op = attach(&mut officer, client, &taken);
    officer.push(&[op]).await.all_applied();
    let refused = |answer: Result<Vec<u32>, StatusCode>| answer.unwrap_err();
    let whole = &taken.chunks[0];
    assert_eq!(refused(send(&world, &me, taken.name, 0, &whole[1..]).await), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused(send(&world, &me, taken.name, 99, whole).await), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused(send(&world, &me, taken.name, usize::MAX, whole).await), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused(send(&world, &me, taken.name, 0, &[]).await), StatusCode::UNPROCESSABLE_ENTITY);
    let large = vec![0; CHUNK * 2];
    assert_eq!(refused(send(&world, &me, taken.name, 0, &large).await), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(refused(send(&world, &me, ContentId(new_id()), 0, whole).await), StatusCode::NOT_FOUND);
    assert_eq!(world.count("SELECT count(*) FROM content_chunks").await, 0);
    // A second op about the same content would make one of them wait for ever.
    let again = attach(&mut officer, client, &taken);
    assert_eq!(officer.push(&[again]).await.outcomes(), ["already-recorded"]);
}

#[tokio::test]
async fn nobody_else_sends_to_it_or_sees_it() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let taken = take(picture());
    let op = attach(&mut officer, client, &taken);
    officer.push(std::slice::from_ref(&op)).await.all_applied();
    let (west, east) = (&world.west, &world.east);
    for other in [&west.officer2, &west.supervisor, &west.counsellor, &east.supervisor, &world.administrator] {
        assert_eq!(send(&world, other, taken.name, 0, &taken.chunks[0]).await, Err(StatusCode::NOT_FOUND));
        assert_eq!(missing(&world, other, taken.name).await, Err(StatusCode::NOT_FOUND));
    }
    for (at, chunk) in taken.chunks.iter().enumerate() {
        assert!(send(&world, &officer.person, taken.name, at, chunk).await.is_ok());
    }
    let id = AttachmentId(op.id.0);
    for other in [&west.officer2, &west.counsellor, &east.officer, &east.supervisor, &world.administrator] {
        assert_eq!(show(&world, other, id).await.0, StatusCode::NOT_FOUND);
    }
    let nobody = Request::get(format!("/api/v1/attachments/{id}")).body(Body::empty()).unwrap();
    assert_eq!(world.router.clone().oneshot(nobody).await.unwrap().status(), StatusCode::UNAUTHORIZED);
    for refused in [&world.west.counsellor, &world.west.supervisor] {
        let mut device = world.device(refused);
        let op = attach(&mut device, client, &take(picture()));
        assert_eq!(device.push(&[op]).await.outcomes(), ["not-allowed"]);
    }
}

#[tokio::test]
async fn the_same_picture_is_carried_once_by_who_can_see_it_and_again_by_who_only_knows_its_digest() {
    let world = World::new().await;
    let (first, other) = (world.client().await, world.client_of(&world.west, &world.west.officer2).await);
    let (mut officer, mut stranger) = (world.device(&world.west.officer), world.device(&world.west.officer2));
    let open = picture();
    let (one, two, three) = (take(open.clone()), take(open.clone()), take(open.clone()));
    let ops = [attach(&mut officer, first, &one), attach(&mut officer, first, &two)];
    officer.push(&ops).await.all_applied();
    let claim = attach(&mut stranger, other, &three);
    stranger.push(std::slice::from_ref(&claim)).await.all_applied();
    for (at, chunk) in one.chunks.iter().enumerate() {
        assert!(send(&world, &officer.person, one.name, at, chunk).await.is_ok());
    }
    assert_eq!(missing(&world, &officer.person, two.name).await, Ok(vec![]), "it is here already");
    assert_eq!(missing(&world, &stranger.person, three.name).await.map(|left| left.len()), Ok(three.chunks.len()));
    let id = AttachmentId(claim.id.0);
    assert_eq!(show(&world, &stranger.person, id).await.0, StatusCode::NOT_FOUND, "a digest opens nothing");
    for (at, chunk) in three.chunks.iter().enumerate() {
        assert!(send(&world, &stranger.person, three.name, at, chunk).await.is_ok());
    }
    assert_eq!(dots(&show(&world, &stranger.person, id).await.1), dots(&open));
    assert_eq!(world.count("SELECT count(*) FROM contents").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM content_bytes").await, 1, "what was kept twice is let go of");
}

#[tokio::test]
async fn a_photo_whose_file_has_passed_on_still_arrives_for_who_has_the_file_now() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let mut next = world.device(&world.west.officer2);
    let mut supervisor = world.device(&world.west.supervisor);
    let taken = take(picture());
    let op = attach(&mut officer, client, &taken);
    officer.push(std::slice::from_ref(&op)).await.all_applied();
    let transfer = supervisor.transfer(client, next.person.id);
    supervisor.push(&[transfer]).await.all_applied();
    let pages = next.pull_all().await;
    assert_eq!(pages.iter().flat_map(attached).next().unwrap().arrival, Arrival::Awaited);
    for (at, chunk) in taken.chunks.iter().enumerate() {
        assert!(send(&world, &officer.person, taken.name, at, chunk).await.is_ok());
    }
    assert_eq!(attached(&next.pull().await)[0].arrival, Arrival::Arrived, "its file has changed");
    let id = AttachmentId(op.id.0);
    assert_eq!(show(&world, &next.person, id).await.0, StatusCode::OK);
    assert_eq!(show(&world, &officer.person, id).await.0, StatusCode::NOT_FOUND, "who handed it over reads no more");
}

/// A picture goes into this store and comes back, and what lies there tells nothing.
async fn keeps_in(store: ContentStore, world: &World) -> (Taken, Contents, Actor, AttachmentId) {
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let taken = take(picture());
    let op = attach(&mut officer, client, &taken);
    officer.push(std::slice::from_ref(&op)).await.all_applied();
    let (person, region) = (&officer.person, Some(world.west.id));
    let actor =
        Actor { user: person.id, name: String::new(), role: person.role, region, school: None, post: String::new() };
    let contents = Contents::new(world.app.clone(), store);
    for (at, chunk) in taken.chunks.iter().enumerate() {
        contents.take(&actor, taken.name, at, chunk, clock::now()).await.unwrap();
    }
    let id = AttachmentId(op.id.0);
    assert_eq!(dots(&contents.show(&actor, id).await.unwrap().bytes), dots(&taken.open));
    assert_eq!(world.count("SELECT count(*) FROM content_bytes").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM contents WHERE store = 'objects' AND key IS NOT NULL").await, 1);
    (taken, contents, actor, id)
}

#[tokio::test]
async fn pictures_in_a_folder_lie_there_sealed_and_one_that_is_gone_is_an_error_not_a_crash() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let address = Url::from_directory_path(folder.path()).unwrap();
    let store = ContentStore::objects(Objects::with(&address, []).unwrap());
    let (taken, contents, actor, id) = keeps_in(store, &world).await;
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    let lying = std::fs::read(&files[0]).unwrap();
    assert!(image::guess_format(&lying).is_err() && !lying.windows(64).any(|w| taken.open[600..].starts_with(w)));
    // Who takes the setting away is told, and the picture is not lost with it.
    let without = Contents::new(world.app.clone(), ContentStore::postgres());
    assert!(matches!(without.show(&actor, id).await, Err(ContentError::Store(_))));
    std::fs::remove_file(&files[0]).unwrap();
    assert!(matches!(contents.show(&actor, id).await, Err(ContentError::Store(_))));
}

/// A store that speaks S3, on this machine.
async fn bucket(folder: &std::path::Path) -> SocketAddr {
    std::fs::create_dir(folder.join("lignum")).unwrap();
    let mut service = s3s::service::S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).unwrap());
    service.set_auth(s3s::auth::SimpleAuth::from_single("key", "secret"));
    let service = service.build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = service.clone();
            tokio::spawn(async move {
                let io = hyper_util::rt::TokioIo::new(stream);
                let served = hyper::server::conn::http1::Builder::new().serve_connection(io, service);
                let _ = served.await;
            });
        }
    });
    address
}

#[tokio::test]
async fn pictures_in_a_bucket_lie_there_sealed() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let address = bucket(folder.path()).await;
    let options = [
        ("aws_access_key_id", "key".to_owned()),
        ("aws_secret_access_key", "secret".to_owned()),
        ("aws_region", "us-east-1".to_owned()),
        ("aws_endpoint", format!("http://{address}")),
        ("aws_allow_http", "true".to_owned()),
    ];
    let options = options.map(|(name, value)| (name.to_owned(), value));
    server::startup::choose_ciphers();
    let url = Url::parse("s3://lignum/pictures").unwrap();
    keeps_in(ContentStore::objects(Objects::with(&url, options).unwrap()), &world).await;
    let lying: Vec<_> = std::fs::read_dir(folder.path().join("lignum/pictures")).unwrap().collect();
    assert_eq!(lying.len(), 1);
    let lying = std::fs::read(lying[0].as_ref().unwrap().path()).unwrap();
    assert!(image::guess_format(&lying).is_err());
}
