//! Where the browser begins.

use crate::app::App;
use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

/// Draws the app.
///
/// What the server rendered was for the eye, until this code had arrived: the sign-in page or the outline
/// of a screen, without any state. The app draws itself in its place rather than taking it over, so that
/// the first visit and every later start from the offline shell are one and the same path.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    if let Some(body) = document().body() {
        body.set_text_content(None);
    }
    leptos::mount::mount_to_body(App);
}
