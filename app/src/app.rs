//! The root: who is here decides what is shown.

use crate::components::{ErrorNote, Skeleton};
use crate::pages::account::{ChoosePin, Lock, SignIn};
use crate::pages::frame::Frame;
use crate::state::look::{TEXT, THEME};
use crate::state::{Device, Phase};
use domain::access::Actor;
use domain::vault::Kind;
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

/// What is drawn. One value for one drawing: what is typed into the sign-in page stays in it while the
/// device finds out that nobody is signed in.
#[derive(Clone, PartialEq)]
enum Face {
    SignIn,
    Outline,
    ChoosePin,
    Lock(Kind),
    Frame(Actor),
    Broken(String),
}

/// Before the store is open the server and the browser draw the same: the sign-in page at its own
/// address, else the outline of a screen.
#[component]
fn Root() -> impl IntoView {
    let device = crate::state::use_device();
    let location = use_location();
    let face = Memo::new(move |_| match device.phase.get() {
        Phase::Starting if location.pathname.get_untracked() != "/sign-in" => Face::Outline,
        Phase::Starting | Phase::SignedOut => Face::SignIn,
        Phase::ChoosePin(_) => Face::ChoosePin,
        Phase::Locked(kind) => Face::Lock(kind),
        Phase::Ready(me) => Face::Frame(me),
        Phase::Broken(error) => Face::Broken(error.to_string()),
    });
    move || match face.get() {
        Face::SignIn => view! { <SignIn/> }.into_any(),
        Face::ChoosePin => view! { <ChoosePin/> }.into_any(),
        Face::Lock(kind) => view! { <Lock kind/> }.into_any(),
        Face::Outline => view! { <Skeleton/> }.into_any(),
        Face::Frame(me) => view! { <Frame role=me.role/> }.into_any(),
        Face::Broken(message) => view! { <main class="sign-in"><ErrorNote message/></main> }.into_any(),
    }
}
