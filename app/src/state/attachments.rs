//! Pictures in clients' files: taken, kept sealed, carried by the service worker, shown.

use super::device::{Device, files};
use super::drafts;
use crate::platform::{PictureError, StoreError, page, picture, store};
use domain::attachment::Attachment;
use domain::attachment::content::{Content, ContentKey, Digest, Media};
use domain::ids::{AttachmentId, ClientId, ContentId};
use domain::sync::op::Body;
use domain::sync::wire_v1::AttachmentForm;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Drafts of attachments lie under keys that begin so; the client's id follows.
pub const DRAFTS: &str = "attach:";

/// Why a picture was not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unkept {
    /// It could not be read.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The device could not keep it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Seals a picture under a key of its own and keeps it, in the place of the one that the form had before.
/// On the disk when this returns.
pub async fn keep(form: &mut AttachmentForm, bytes: &[u8], media: Media) -> Result<(), Unkept> {
    let before = form.content.parse::<ContentId>().ok();
    let (name, key) = store::contents::keep(bytes).await?;
    form.content = name.to_string();
    media.code().clone_into(&mut form.media);
    form.size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    form.sha256 = Digest::of(bytes).into();
    form.key = key.to_text();
    if let Some(before) = before {
        // What stays goes at a later start.
        let _ = store::contents::forget(before).await;
    }
    Ok(())
}

/// The picture of a form, if it lies here.
pub async fn of_form(form: &AttachmentForm) -> Option<Vec<u8>> {
    let name = form.content.parse::<ContentId>().ok()?;
    let key = form.key.parse::<ContentKey>().ok()?;
    store::contents::read(name, &key).await.ok()?
}

/// The picture of an attachment that was added on this device, while it lies here.
pub async fn here(device: Device, id: AttachmentId, content: Content) -> Option<Vec<u8>> {
    let form = device.queue.with_untracked(|queue| {
        queue.iter().find_map(|queued| match &queued.op.body {
            Body::Attach { form } if queued.op.id.0 == id.0 => Some(form.clone()),
            _ => None,
        })
    })?;
    of_form(&form).await.filter(|open| content.is(open))
}

/// What is attached to a client's file, newest first.
pub fn of_client(device: Device, client: ClientId) -> Vec<Attachment> {
    device.picture.with(|picture| {
        let attached = picture.model.attachments.get(&client);
        let mut attached: Vec<Attachment> = attached.map(|all| all.values().cloned().collect()).unwrap_or_default();
        attached.sort_by_key(|attachment| std::cmp::Reverse((attachment.recorded_at, attachment.id)));
        attached
    })
}

/// Whether pictures wait for Wi-Fi. Where nobody has chosen: on a phone that tells its network.
pub async fn wifi_only() -> bool {
    store::contents::wifi_only().await.ok().flatten().unwrap_or_else(page::tells_its_network)
}

/// Has what waits carried: by itself after each exchange, or because the person asked for it.
pub fn carry(device: Device, insist: bool) {
    spawn_local(async move {
        if count(device).await > 0 {
            page::carry_contents(insist);
        }
    });
}

/// How many saved pictures wait: those that an op of the outbox speaks of, not those of drafts.
pub async fn count(device: Device) -> usize {
    let waiting = store::contents::waiting().await.unwrap_or_default();
    let saved = device.queue.with_untracked(|queue| {
        queue
            .iter()
            .filter(|queued| queued.state.counts_for_contents())
            .filter_map(|queued| content_of(&queued.op.body))
            .filter(|name| waiting.contains(name))
            .count()
    });
    device.sync.update(|sync| sync.pictures = saved);
    saved
}

fn content_of(body: &Body) -> Option<ContentId> {
    match body {
        Body::Attach { form } => form.content.parse().ok(),
        _ => None,
    }
}

/// Lets go of contents to which nothing points any more.
pub async fn tidy(device: Device) -> Result<(), StoreError> {
    let mut pointed_to: Vec<ContentId> =
        device.queue.with_untracked(|queue| queue.iter().filter_map(|queued| content_of(&queued.op.body)).collect());
    for prefix in [DRAFTS, "mend:"] {
        let begun = drafts::begun::<AttachmentDraft>(prefix).await?;
        pointed_to.extend(begun.into_iter().filter_map(|(_, draft)| draft.form.form.content.parse::<ContentId>().ok()));
    }
    store::contents::tidy(&pointed_to).await
}

/// A stroke of a pen on the pad.
pub type Stroke = Vec<(i16, i16)>;

/// An attachment that has been begun: what will be saved, and how a signature stands so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct AttachmentDraft {
    /// What will be saved.
    pub form: AttachmentForm,
    /// The signature as far as it is drawn.
    pub strokes: Vec<Stroke>,
    /// The name that stands in the place of a signature.
    pub typed: String,
}

/// The size of the sheet on which people sign.
pub const SHEET: (u32, u32) = (600, 240);

/// Makes the picture of a signature, as it stands, and keeps it with the form.
pub async fn sign(draft: &mut AttachmentDraft, drawn: bool) -> Result<(), Unkept> {
    let (width, height) = SHEET;
    let bytes = if drawn {
        picture::drawn(&draft.strokes, width, height).await?
    } else {
        picture::written(draft.typed.trim(), width, height).await?
    };
    keep(&mut draft.form, &bytes, Media::Png).await
}

/// Reads what is attached to one file.
pub async fn read(client: ClientId) -> Result<domain::device::stored::Attachments, StoreError> {
    let shelf = crate::platform::Shelf::Attachments;
    Ok(store::read(shelf, &client.to_string()).await?.as_deref().and_then(files::decode).unwrap_or_default())
}
