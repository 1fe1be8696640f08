//! The root: who is here decides what is shown.

use crate::components::{ErrorNote, Skeleton};
use crate::pages::account::SignIn;
use crate::pages::frame::Frame;
use crate::state::look::{TEXT, THEME};
use crate::state::{Device, Phase};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::Router;
use leptos_router::hooks::use_location;

/// The app.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Device::provide();
    Effect::new(|_| {
        THEME.apply();
        TEXT.apply();
    });
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Lignum".to_owned() } else { format!("{title} · Lignum") }/>
        <Router>
            <Root/>
        </Router>
    }
}

/// Before the store is open the server and the browser draw the same: the sign-in page at its own
/// address, else the outline of a screen.
#[component]
fn Root() -> impl IntoView {
    let device = crate::state::use_device();
    let location = use_location();
    let phase = Memo::new(move |_| device.phase.get());
    move || match phase.get() {
        Phase::Starting if location.pathname.get_untracked() == "/sign-in" => view! { <SignIn/> }.into_any(),
        Phase::Starting => view! { <Skeleton/> }.into_any(),
        Phase::SignedOut => view! { <SignIn/> }.into_any(),
        Phase::Ready(me) => view! { <Frame me/> }.into_any(),
        Phase::Broken(error) => {
            view! { <main class="sign-in"><ErrorNote message=error.to_string()/></main> }.into_any()
        }
    }
}
