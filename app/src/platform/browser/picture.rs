//! Pictures: from the camera or a hand to bytes small enough for a valley's network, and back to the screen.

use crate::platform::PictureError;
use domain::attachment::content::{MAX_BYTES, MAX_SIDE, Media};
use js_sys::{Array, Promise, Reflect, Uint8Array};
use leptos::ev::Event;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, File, HtmlCanvasElement, HtmlInputElement, ImageBitmap, Url,
};

/// A picture that the person has taken or chosen.
pub struct Picked(File);

/// What was chosen in a file field; the field is empty again, so that the same picture can be chosen once more.
pub fn picked(event: &Event) -> Option<Picked> {
    let input: HtmlInputElement = event.target()?.dyn_into().ok()?;
    let file = input.files()?.get(0)?;
    input.set_value("");
    Some(Picked(file))
}

/// Good enough to read handwriting, then worse until it is small enough.
const QUALITIES: [f64; 3] = [0.8, 0.6, 0.4];

/// Draws the picture anew as a JPEG that is no larger than it need be. What a camera writes beside the
/// picture (the place, the time, the phone) stays behind.
pub async fn shrunk(picked: Picked) -> Result<Vec<u8>, PictureError> {
    let window = web_sys::window().ok_or(PictureError::Unreadable)?;
    let bitmap = window.create_image_bitmap_with_blob(&picked.0).map_err(|_| PictureError::Unreadable)?;
    let bitmap: ImageBitmap =
        JsFuture::from(bitmap).await.and_then(JsCast::dyn_into).map_err(|_| PictureError::Unreadable)?;
    let (width, height) = fitting(bitmap.width(), bitmap.height());
    let (canvas, context) = canvas(width, height)?;
    let _ = Reflect::set(&context, &"imageSmoothingQuality".into(), &"high".into());
    let (w, h) = (f64::from(width), f64::from(height));
    context
        .draw_image_with_image_bitmap_and_dw_and_dh(&bitmap, 0.0, 0.0, w, h)
        .map_err(|_| PictureError::Unreadable)?;
    bitmap.close();
    for quality in QUALITIES {
        let bytes = encoded(&canvas, Media::Jpeg, quality).await?;
        if bytes.len() <= MAX_BYTES as usize {
            return Ok(bytes);
        }
    }
    Err(PictureError::TooLarge)
}

/// The largest size of these proportions of which neither side is too long.
fn fitting(width: u32, height: u32) -> (u32, u32) {
    let longest = width.max(height).max(1);
    if longest <= MAX_SIDE {
        return (width.max(1), height.max(1));
    }
    let shrink = |side: u32| {
        let side = u64::from(side) * u64::from(MAX_SIDE) / u64::from(longest);
        u32::try_from(side).unwrap_or(MAX_SIDE).max(1)
    };
    (shrink(width), shrink(height))
}

/// A white sheet.
fn canvas(width: u32, height: u32) -> Result<(HtmlCanvasElement, CanvasRenderingContext2d), PictureError> {
    let sheet = || {
        let document = web_sys::window()?.document()?;
        let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.dyn_into().ok()?;
        canvas.set_width(width);
        canvas.set_height(height);
        let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        context.set_fill_style_str("white");
        context.fill_rect(0.0, 0.0, f64::from(width), f64::from(height));
        context.set_fill_style_str("black");
        Some((canvas, context))
    };
    sheet().ok_or(PictureError::Unreadable)
}

async fn encoded(canvas: &HtmlCanvasElement, media: Media, quality: f64) -> Result<Vec<u8>, PictureError> {
    let drawn = Promise::new(&mut |done, _| {
        let quality = JsValue::from_f64(quality);
        let _ = canvas.to_blob_with_type_and_encoder_options(&done, media.code(), &quality);
    });
    let blob: Blob = JsFuture::from(drawn).await.and_then(JsCast::dyn_into).map_err(|_| PictureError::TooLarge)?;
    let bytes = JsFuture::from(blob.array_buffer()).await.map_err(|_| PictureError::Unreadable)?;
    Ok(Uint8Array::new(&bytes).to_vec())
}

/// A signature as it was drawn: strokes on a sheet of this size.
pub async fn drawn(strokes: &[Vec<(i16, i16)>], width: u32, height: u32) -> Result<Vec<u8>, PictureError> {
    let (canvas, context) = canvas(width, height)?;
    context.set_line_width(3.0);
    context.set_line_cap("round");
    context.set_line_join("round");
    for stroke in strokes {
        context.begin_path();
        for (at, (x, y)) in stroke.iter().enumerate() {
            let (x, y) = (f64::from(*x), f64::from(*y));
            if at == 0 {
                context.move_to(x, y);
                // A dot is a line of no length.
                context.line_to(x, y);
            } else {
                context.line_to(x, y);
            }
        }
        context.stroke();
    }
    encoded(&canvas, Media::Png, 1.0).await
}

/// A name on a sheet of this size, typed in the place of a signature.
pub async fn written(name: &str, width: u32, height: u32) -> Result<Vec<u8>, PictureError> {
    let (canvas, context) = canvas(width, height)?;
    context.set_font("italic 44px serif");
    context.set_text_baseline("middle");
    let (w, h) = (f64::from(width), f64::from(height));
    context.fill_text_with_max_width(name, 24.0, h / 2.0, w - 48.0).map_err(|_| PictureError::Unreadable)?;
    encoded(&canvas, Media::Png, 1.0).await
}

/// An address under which the page shows these bytes, until [`release`].
pub fn shown(bytes: &[u8], media: Media) -> Option<String> {
    let options = BlobPropertyBag::new();
    options.set_type(media.code());
    let parts = Array::of1(&Uint8Array::from(bytes));
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()?;
    Url::create_object_url_with_blob(&blob).ok()
}

/// Lets go of what is shown under this address.
pub fn release(address: &str) {
    let _ = Url::revoke_object_url(address);
}
