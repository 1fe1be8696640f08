//! Where the browser begins.

use crate::app::App;
use crate::state::session::Typed;
use leptos::prelude::*;
use wasm_bindgen::prelude::{JsCast, wasm_bindgen};

/// Draws the app.
///
/// What the server rendered was for the eye, until this code had arrived: the sign-in page or the outline
/// of a screen, without any state. The app draws itself in its place rather than taking it over, so that
/// the first visit and every later start from the offline shell are one and the same path. What was
/// typed meanwhile is carried over.
#[wasm_bindgen]
pub fn draw() {
    console_error_panic_hook::set_once();
    let document = document();
    let typed = |id: &str| {
        let field = document.get_element_by_id(id)?.dyn_into::<web_sys::HtmlInputElement>().ok()?;
        Some(field.value())
    };
    let typed = Typed {
        username: typed("username").unwrap_or_default(),
        password: typed("password").unwrap_or_default(),
        focus: document.active_element().map(|element| element.id()).unwrap_or_default(),
    };
    if let Some(body) = document.body() {
        body.set_text_content(None);
    }
    leptos::mount::mount_to_body(move || {
        provide_context(StoredValue::new(typed));
        view! { <App/> }
    });
}
