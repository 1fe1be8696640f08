//! Attachments: a photo of a paper form, a signature. What a school or a home still gives on paper [M47]
//! stands in the file beside the notes.
//!
//! The op says that there is an attachment and what it is; its content travels by itself, after the ops,
//! in chunks ([`content`]). So the file knows of a photo long before a slow network has carried it.

pub mod content;

use crate::choice::{choices, chosen};
use crate::clock::Moment;
use crate::error::{FieldErrors, Refusal};
use crate::ids::{AttachmentId, CaseId, ClientId, ContentId, UserId};
use crate::sync::wire_v1::AttachmentForm;
use crate::text::Line;
use content::{Content, ContentKey, Digest, MAX_BYTES, Media};
use serde::{Deserialize, Serialize};

choices! {
    /// What was taken down.
    AttachmentKind {
        Photo = "photo" "Photo",
        DrawnSignature = "drawn-signature" "Signature",
        TypedSignature = "typed-signature" "Signature, typed",
    }
}

/// A photo or a signature in a client's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Which; the id of the op that carried it.
    pub id: AttachmentId,
    /// In whose file.
    pub client: ClientId,
    /// In which episode.
    pub case: CaseId,
    /// Who added it.
    pub author: UserId,
    /// The author's name at that time.
    pub author_name: String,
    /// When it was saved, by the device's clock.
    pub recorded_at: Moment,
    /// What it is.
    #[serde(flatten)]
    pub body: AttachmentBody,
    /// How far its content is on its way to the server.
    #[serde(default)]
    pub arrival: Arrival,
}

/// What an attachment is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentBody {
    /// Photo or signature.
    pub kind: AttachmentKind,
    /// What it shows, or who signed what.
    pub title: Line,
    /// The picture itself, by name and digest.
    #[serde(flatten)]
    pub content: Content,
}

/// How far the content of an attachment is on its way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Arrival {
    /// Not all of it is at the server.
    #[default]
    Awaited,
    /// The server has all of it.
    Arrived,
    /// All of it came, and it is no picture that the server could keep.
    Unusable {
        /// Why, in words for the person who took it.
        why: String,
    },
}

impl AttachmentBody {
    /// Reads the form, with the key to the content; every field that is wrong is named.
    pub fn parse(form: &AttachmentForm) -> Result<(Self, ContentKey), FieldErrors> {
        let mut wrong = FieldErrors::default();
        let kind = chosen("kind", "Please choose a photo or a signature.", &form.kind, AttachmentKind::from_code);
        let kind = wrong.take(kind);
        let content = wrong.take(content_of(kind, form));
        let (what, ask) = match kind {
            Some(AttachmentKind::DrawnSignature | AttachmentKind::TypedSignature) => {
                ("Who signs, and what", "Please say who signs, and what.")
            }
            _ => ("What it shows", "Please say what the photo shows."),
        };
        let title = if form.title.trim().is_empty() {
            Err(Refusal::at("title", "missing", ask))
        } else {
            Line::parse("title", what, &form.title)
        };
        let title = wrong.take(title);
        match (kind, title, content) {
            (Some(kind), Some(title), Some((content, key))) if wrong.is_empty() => {
                Ok((Self { kind, title, content }, key))
            }
            _ => Err(wrong),
        }
    }
}

fn content_of(kind: Option<AttachmentKind>, form: &AttachmentForm) -> Result<(Content, ContentKey), Refusal> {
    let name: Option<ContentId> = form.content.parse().ok();
    let Some(name) = name.filter(|name| !name.0.is_nil()) else {
        let ask = match kind {
            Some(AttachmentKind::DrawnSignature) => "Please sign in the box.",
            Some(AttachmentKind::TypedSignature) => "Please type the name of the person who signs.",
            _ => "Please take a photo or choose a picture.",
        };
        return Err(Refusal::at("content", "missing", ask));
    };
    let damaged = || Refusal::at("content", "damaged", "This picture was not kept whole. Please take it again.");
    if form.size > MAX_BYTES {
        return Err(Refusal::at("content", "too-large", "This picture is too large to send. Please take it again."));
    }
    let media = Media::from_code(&form.media).ok_or_else(damaged)?;
    let digest: Digest = form.sha256.parse().map_err(|_| damaged())?;
    let key: ContentKey = form.key.parse().map_err(|_| damaged())?;
    if form.size == 0 {
        return Err(damaged());
    }
    Ok((Content { name, media, size: form.size, digest }, key))
}

#[cfg(test)]
mod tests;
