//! *Photo or signature*: what a home or a school gives on paper, put into the file.

use crate::components::{ChoiceGroup, Empty, ErrorNote, SignaturePad, TextField};
use crate::pages::form::{DraftMark, Form, FormProblem};
use crate::pages::frame::Page;
use crate::platform::picture::{self, Picked};
use crate::state::attachments::{self, AttachmentDraft, DRAFTS, SHEET};
use crate::state::{Device, drafts, use_device};
use domain::attachment::{AttachmentBody, AttachmentKind, content::Media};
use domain::error::{FieldErrors, Refusal};
use domain::ids::{ClientId, OpId};
use domain::sync::op::{Body, Subject};
use domain::sync::wire_v1::AttachmentForm;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};

/// A photo or a signature for the file that the address names.
#[component]
pub fn Attach() -> impl IntoView {
    let device = use_device();
    let params = use_params_map();
    let query = use_query_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<ClientId>().ok())));
    let mends = query.with_untracked(|query| query.get("mends").and_then(|id| id.parse::<OpId>().ok()));
    // Once begun the form stays, also when the file is handed over meanwhile or was before.
    let draft = RwSignal::new(None::<ClientId>);
    Effect::new(move |_| {
        let Some(id) = id.get() else { return };
        spawn_local(async move {
            if let Ok(Some(_)) = drafts::resume::<AttachmentDraft>(&format!("{DRAFTS}{id}")).await {
                draft.try_set(Some(id));
            }
        });
    });
    let open = Memo::new(move |before: Option<&Option<ClientId>>| {
        let id = id.get()?;
        let begun = before == Some(&Some(id)) || draft.get() == Some(id) || mends.is_some();
        (begun || device.picture.with(|picture| picture.heads.contains_key(&id))).then_some(id)
    });
    move || {
        match open.get() {
        Some(id) => view! { <AttachForm id mends/> }.into_any(),
        None => view! {
            <Page title="Photo or signature" back="/clients">
                <Empty title="This file is not among yours" hint="It may have moved to a colleague. Choose another client."/>
            </Page>
        }
        .into_any(),
    }
    }
}

/// A new one is a photo; a refused one begins as it was saved.
fn beginning(device: Device, mends: Option<OpId>) -> AttachmentDraft {
    let refused = mends.and_then(|op| {
        device.queue.with_untracked(|queue| {
            queue.iter().find(|queued| queued.op.id == op).and_then(|queued| match &queued.op.body {
                Body::Attach { form } => Some(form.clone()),
                _ => None,
            })
        })
    });
    let mut draft = AttachmentDraft { form: refused.unwrap_or_default(), ..AttachmentDraft::default() };
    if draft.form.kind.is_empty() {
        AttachmentKind::Photo.code().clone_into(&mut draft.form.kind);
    }
    draft
}

fn kind_of(draft: &AttachmentDraft) -> AttachmentKind {
    AttachmentKind::from_code(&draft.form.kind).unwrap_or(AttachmentKind::Photo)
}

#[component]
fn AttachForm(id: ClientId, mends: Option<OpId>) -> impl IntoView {
    let device = use_device();
    let navigate = use_navigate();
    let key = mends.map_or_else(|| format!("{DRAFTS}{id}"), |op| format!("mend:{op}"));
    let form = Form::begin(key, beginning(device, mends));
    let who =
        device.picture.with_untracked(|picture| picture.heads.get(&id).map(|head| head.client.profile.full_name()));
    let kind = Memo::new(move |_| form.data.with(kind_of));
    let working = RwSignal::new(false);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if form.is_saving() || working.get_untracked() {
            return;
        }
        // At once: a second tap comes before the first one's task begins.
        working.set(true);
        let navigate = navigate.clone();
        spawn_local(async move {
            let is_made = make_signature(form).await;
            working.try_set(false);
            if !is_made {
                return;
            }
            let ready = form.data.get_untracked().form;
            if let Err(errors) = AttachmentBody::parse(&ready) {
                form.refuse(errors);
                return;
            }
            if form.save(device, Subject::Client(id), Body::Attach { form: ready }, mends).await {
                navigate(&format!("/clients/{id}/file"), leptos_router::NavigateOptions::default());
            }
        });
    };
    let kind_bind = form.bind("kind", |draft| &draft.form.kind, |draft| &mut draft.form.kind);
    let title_bind = form.bind("title", |draft| &draft.form.title, |draft| &mut draft.form.title);
    let typed_bind = form.bind("content", |draft| &draft.typed, |draft| &mut draft.typed);
    view! {
        <Page title="Photo or signature" back=format!("/clients/{id}/file")>
            {who.map(|name| view! { <p class="name">{name}</p> })}
            <form autocomplete="off" class="stack" on:submit=save novalidate>
                <ChoiceGroup
                    label="What is it" bind=kind_bind
                    options=AttachmentKind::ALL.iter().map(|kind| (kind.code(), kind.label())).collect()
                />
                {move || match kind.get() {
                    AttachmentKind::Photo => view! { <PhotoField form working/> }.into_any(),
                    AttachmentKind::DrawnSignature => view! {
                        <SignaturePad
                            strokes=Signal::derive(move || form.data.with(|draft| draft.strokes.clone()))
                            set=Callback::new(move |strokes| form.change(|draft| draft.strokes = strokes))
                            size=SHEET error=form.error("content")
                        />
                    }
                    .into_any(),
                    AttachmentKind::TypedSignature => view! {
                        <TextField label="Name of the person who signs" bind=typed_bind hint="Typed by themselves, or by you as they ask. It stands in the place of a signature."/>
                    }
                    .into_any(),
                }}
                {move || match kind.get() {
                    AttachmentKind::Photo => view! { <TextField label="What it shows" bind=title_bind hint="For example: Consent form, page 1"/> }.into_any(),
                    _ => view! { <TextField label="Who signs, and what" bind=title_bind hint="For example: Joy Brown, mother, consent to the programme"/> }.into_any(),
                }}
                <FormProblem problem=form.problem whole=form.whole_error(&["kind", "content", "title"])/>
                <div class="save-bar">
                    <button type="submit" class="big" disabled=move || form.busy.get() || working.get()>"Save"</button>
                    <p class="small soft">"Saved on this phone at once. The picture follows the notes, when the network allows."</p>
                    <DraftMark keeper=form.keeper/>
                </div>
            </form>
        </Page>
    }
}

/// Makes the picture of a signature from what was drawn or typed. False where that failed, and was told.
async fn make_signature(form: Form<AttachmentDraft>) -> bool {
    let mut draft = form.data.get_untracked();
    let drawn = match kind_of(&draft) {
        AttachmentKind::Photo => return true,
        AttachmentKind::DrawnSignature => true,
        AttachmentKind::TypedSignature => false,
    };
    let is_blank = if drawn { draft.strokes.is_empty() } else { draft.typed.trim().is_empty() };
    if is_blank {
        // The form's own words say what is missing; a photo taken before is none.
        draft.form.content = String::new();
        if let Err(errors) = AttachmentBody::parse(&draft.form) {
            form.refuse(errors);
        }
        return false;
    }
    let made = attachments::sign(&mut draft, drawn).await;
    if form.data.try_get_untracked().is_none() {
        // The screen was left meanwhile.
        return false;
    }
    match made {
        Ok(()) => {
            form.change(|data| data.form = draft.form);
            true
        }
        Err(problem) => {
            form.problem.set(Some(problem.to_string()));
            false
        }
    }
}

/// Takes or chooses a picture, and shows the one that was taken.
#[component]
fn PhotoField(form: Form<AttachmentDraft>, working: RwSignal<bool>) -> impl IntoView {
    let take = move |event: leptos::ev::Event| {
        if let Some(picked) = picture::picked(&event) {
            spawn_local(kept(form, picked, working));
        }
    };
    let photo = Memo::new(move |_| {
        form.data.with(|draft| (draft.form.media == Media::Jpeg.code()).then(|| draft.form.clone()))
    });
    let shown = RwSignal::new(None::<String>);
    let release = move || {
        if let Some(address) = shown.try_get_untracked().flatten() {
            picture::release(&address);
        }
    };
    Effect::new(move |_| {
        let form = photo.get();
        spawn_local(async move {
            let bytes = match &form {
                Some(form) => attachments::of_form(form).await,
                None => None,
            };
            release();
            shown.try_set(bytes.and_then(|bytes| picture::shown(&bytes, Media::Jpeg)));
        });
    });
    on_cleanup(release);
    view! {
        <fieldset class="field" id="content" tabindex="-1">
            <legend>"Photo"</legend>
            {move || shown.get().map(|address| view! { <img class="photo" src=address alt="The photo as it will be sent"/> })}
            <div class="actions">
                <label class="button">
                    <input type="file" accept="image/*" capture="environment" on:change=take/>
                    {move || if photo.with(Option::is_some) { "Take it again" } else { "Take a photo" }}
                </label>
                <label class="button quiet">
                    <input type="file" accept="image/*" on:change=take/>
                    "Choose a picture"
                </label>
            </div>
            <p class="hint" role="status">{move || if working.get() { "Making the picture smaller…" } else { "" }}</p>
            {move || form.error("content").get().map(|message| view! { <ErrorNote message/> })}
        </fieldset>
    }
}

async fn kept(form: Form<AttachmentDraft>, picked: Picked, working: RwSignal<bool>) {
    working.set(true);
    let mut fields = form.data.get_untracked().form;
    let kept = async {
        let bytes = picture::shrunk(picked).await?;
        attachments::keep(&mut fields, &bytes, Media::Jpeg).await
    };
    let kept = kept.await;
    working.try_set(false);
    match kept {
        Ok(()) => {
            form.errors.update(|errors| errors.0.retain(|refusal| refusal.field.as_deref() != Some("content")));
            form.change(|draft| {
                draft.form = AttachmentForm { title: draft.form.title.clone(), kind: draft.form.kind.clone(), ..fields }
            });
        }
        Err(problem) => form.refuse(FieldErrors(vec![Refusal::at("content", "unreadable", problem.to_string())])),
    }
}
