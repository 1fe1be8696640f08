//! The frame around every screen: where one can go, what waits to be sent, and the screen itself.

use crate::components::Icon;
use crate::pages::{account, admin, counsellor, officer, supervisor};
use crate::platform::{StoreHealth, page};
use crate::state::{SyncPhase, use_device, vault};
use domain::access::Role;
use domain::sync::outbox;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::{A, Redirect, Route, Routes};
use leptos_router::hooks::use_location;
use leptos_router::path;

/// A place in the main navigation.
struct Place {
    href: &'static str,
    label: &'static str,
    icon: &'static str,
}

const fn place(href: &'static str, label: &'static str, icon: &'static str) -> Place {
    Place { href, label, icon }
}

const COUNSELLOR: &[Place] = &[
    place("/", "Home", "sun"),
    place("/refer", "Refer", "pen"),
    place("/concern", "Concern", "shield"),
    place("/account", "Account", "user"),
];
const OFFICER: &[Place] = &[
    place("/", "Today", "sun"),
    place("/clients", "Clients", "people"),
    place("/record", "Record", "pen"),
    place("/refer", "Intake", "inbox"),
    place("/account", "Account", "user"),
];
const SUPERVISOR: &[Place] = &[
    place("/", "Referrals", "inbox"),
    place("/cases", "Cases", "people"),
    place("/team", "Team", "chart"),
    place("/account", "Account", "user"),
];
const ADMINISTRATOR: &[Place] =
    &[place("/", "Users", "people"), place("/sites", "Sites", "school"), place("/account", "Account", "user")];

/// The frame for this person, with the screen that the address names.
#[component]
pub fn Frame(
    /// As what the person works.
    role: Role,
) -> impl IntoView {
    let places = match role {
        Role::Counsellor => COUNSELLOR,
        Role::Officer => OFFICER,
        Role::Supervisor => SUPERVISOR,
        Role::Administrator => ADMINISTRATOR,
    };
    let device = use_device();
    let covered = Memo::new(move |_| device.covered.get());
    view! {
        {move || covered.get().then(|| view! { <Cover/> })}
        <div class="frame" hidden=move || covered.get() inert=move || covered.get()>
            <a class="skip" href="#main">"Skip to the content"</a>
            <MainNav places/>
            <div class="screen">
                <UpdateBanner/>
                <RoomBanner/>
                {move || match role {
                    Role::Counsellor => view! { <CounsellorRoutes/> }.into_any(),
                    Role::Officer => view! { <OfficerRoutes/> }.into_any(),
                    Role::Supervisor => view! { <SupervisorRoutes/> }.into_any(),
                    Role::Administrator => view! { <AdministratorRoutes/> }.into_any(),
                }}
            </div>
        </div>
    }
}

#[component]
fn CounsellorRoutes() -> impl IntoView {
    view! {
        <Routes fallback=NotHere>
            <Route path=path!("/") view=counsellor::Home/>
            <Route path=path!("/refer") view=counsellor::Refer/>
            <Route path=path!("/refer/:draft") view=counsellor::Refer/>
            <Route path=path!("/referrals/:id") view=counsellor::ReferralStatus/>
            <Route path=path!("/concern") view=account::Concern/>
            <Route path=path!("/account") view=account::Account/>
            <Route path=path!("/sync") view=account::Sync/>
            <Route path=path!("/sign-in") view=|| view! { <Redirect path="/"/> }/>
        </Routes>
    }
}

#[component]
fn OfficerRoutes() -> impl IntoView {
    view! {
        <Routes fallback=NotHere>
            <Route path=path!("/") view=officer::Today/>
            <Route path=path!("/clients") view=officer::Clients/>
            <Route path=path!("/clients/:id") view=officer::ClientFile/>
            <Route path=path!("/clients/:id/notes") view=officer::ClientFile/>
            <Route path=path!("/clients/:id/file") view=officer::ClientFile/>
            <Route path=path!("/clients/:id/attach") view=officer::Attach/>
            <Route path=path!("/clients/:id/profile") view=officer::EditProfile/>
            <Route path=path!("/record") view=officer::Record/>
            <Route path=path!("/record/:client") view=officer::RecordContact/>
            <Route path=path!("/refer") view=counsellor::Refer/>
            <Route path=path!("/refer/:draft") view=counsellor::Refer/>
            <Route path=path!("/referrals/:id") view=counsellor::ReferralStatus/>
            <Route path=path!("/concern") view=account::Concern/>
            <Route path=path!("/account") view=account::Account/>
            <Route path=path!("/sync") view=account::Sync/>
            <Route path=path!("/sign-in") view=|| view! { <Redirect path="/"/> }/>
        </Routes>
    }
}

#[component]
fn SupervisorRoutes() -> impl IntoView {
    view! {
        <Routes fallback=NotHere>
            <Route path=path!("/") view=supervisor::Referrals/>
            <Route path=path!("/referrals/:id") view=supervisor::Referrals/>
            <Route path=path!("/cases") view=supervisor::Cases/>
            <Route path=path!("/cases/:id") view=supervisor::CaseFile/>
            <Route path=path!("/team") view=supervisor::Team/>
            <Route path=path!("/concern") view=account::Concern/>
            <Route path=path!("/account") view=account::Account/>
            <Route path=path!("/sync") view=account::Sync/>
            <Route path=path!("/sign-in") view=|| view! { <Redirect path="/"/> }/>
        </Routes>
    }
}

#[component]
fn AdministratorRoutes() -> impl IntoView {
    view! {
        <Routes fallback=NotHere>
            <Route path=path!("/") view=admin::Users/>
            <Route path=path!("/sites") view=admin::Sites/>
            <Route path=path!("/concern") view=account::Concern/>
            <Route path=path!("/account") view=account::Account/>
            <Route path=path!("/sync") view=account::Sync/>
            <Route path=path!("/sign-in") view=|| view! { <Redirect path="/"/> }/>
        </Routes>
    }
}

#[component]
fn MainNav(places: &'static [Place]) -> impl IntoView {
    let location = use_location();
    let is_current = move |href: &str| {
        let path = location.pathname.get();
        if href == "/" {
            path == "/" || (path.starts_with("/referrals/") && places[0].label != "Today")
        } else {
            path.strip_prefix(href).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                || (href == "/refer" && path.starts_with("/referrals/") && places[0].label == "Today")
        }
    };
    view! {
        <nav class="main-nav" aria-label="Main">
            <span class="mark" aria-hidden="true">"Lignum"</span>
            {places
                .iter()
                .map(|place| {
                    let current = move || is_current(place.href).then_some("page");
                    let class = if place.label == "Record" { "record" } else { "" };
                    view! {
                        <A href=place.href attr:class=class attr:aria-current=current>
                            <span class="nav-icon"><Icon name=place.icon/></span>
                            <span>{place.label}</span>
                        </A>
                    }
                })
                .collect_view()}
        </nav>
    }
}

/// One screen: its title, the way back, the chip that says what waits, and what it shows.
#[component]
pub fn Page(
    /// The heading.
    #[prop(into)]
    title: Signal<String>,
    /// What the browser's history calls it, where the heading is a person's name.
    #[prop(optional, into)]
    in_history: Option<&'static str>,
    /// Where "Back" leads; none on the main screens.
    #[prop(optional, into)]
    back: Option<String>,
    /// Fills the width on tablets, for a list beside a detail.
    #[prop(optional)]
    wide: bool,
    /// What it shows.
    children: Children,
) -> impl IntoView {
    view! {
        <Title text=move || in_history.map_or_else(|| title.get(), str::to_owned)/>
        <header class="top">
            {back.map(|href| view! { <A href=href attr:class="back" attr:aria-label="Back"><Icon name="back"/></A> })}
            <h1>{move || title.get()}</h1>
            <SyncChip/>
            <Shields/>
        </header>
        <main id="main" class:wide=wide tabindex="-1">{children()}</main>
    }
}

/// What waits to be sent, in words; leads to the Sync screen.
///
/// It reads the device's own signals alone, which live as long as the page does: a link's attributes may
/// outlive the screen that drew it by a moment.
#[component]
fn SyncChip() -> impl IntoView {
    let device = use_device();
    let tally = move || device.queue.with(|queue| outbox::tally(queue.iter().map(|q| &q.state)));
    let words = move || device.sync.with(|sync| sync.chip(tally()));
    let class = move || {
        let tally = tally();
        let phase = device.sync.with(|sync| sync.phase);
        if tally.attention > 0 {
            "chip attention"
        } else if tally.waiting > 0 || phase == SyncPhase::SignedOut {
            "chip wait"
        } else {
            "chip"
        }
    };
    view! {
        <A href="/sync" attr:class=class attr:title="Sync status">
            <span class="visually-hidden">"Sync status: "</span>
            {words}
        </A>
    }
}

/// What keeps other eyes away: the cover at once, the lock for longer.
#[component]
fn Shields() -> impl IntoView {
    let device = use_device();
    view! {
        <span class="shields">
            <button type="button" class="icon-button" aria-label="Cover the screen" title="Cover the screen"
                on:click=move |_| device.covered.set(true)><Icon name="cover"/></button>
            <button type="button" class="icon-button" aria-label="Lock" title="Lock"
                on:click=move |_| vault::lock(device)><Icon name="lock"/></button>
        </span>
    }
}

/// Somebody is looking: nothing of the work is on the screen, and nothing in it can be touched.
#[component]
fn Cover() -> impl IntoView {
    let device = use_device();
    Effect::new(|_| page::focus("show-again"));
    view! {
        <Title text="Covered"/>
        <main class="sign-in cover">
            <img src="/icons/favicon.svg" alt="" width="72" height="72"/>
            <h1>"Lignum"</h1>
            <p class="soft">"The screen is covered. Your work is as you left it."</p>
            <button type="button" class="big" id="show-again" on:click=move |_| device.covered.set(false)>"Show my work"</button>
            <button type="button" class="link" on:click=move |_| vault::lock(device)>"Lock"</button>
        </main>
    }
    .into_any()
}

/// A new version waits; it never interrupts a form.
#[component]
fn UpdateBanner() -> impl IntoView {
    let device = use_device();
    let shown = move || device.update_ready.get() && device.unsaved.get() == 0;
    view! {
        <Show when=shown>
            <p class="banner" role="status">
                "A new version of Lignum is ready. "
                <button type="button" class="button quiet" on:click=|_| page::activate_update()>"Update now"</button>
            </p>
        </Show>
    }
}

/// Little room is left. What is saved stays; what comes may not fit.
#[component]
fn RoomBanner() -> impl IntoView {
    let device = use_device();
    let low = Memo::new(move |_| device.sync.with(|sync| sync.storage.is_some_and(StoreHealth::is_nearly_full)));
    view! {
        <Show when=move || low.get()>
            <p class="banner" role="status">
                "This phone has little room left. Please send what waits, and delete photos or apps you do not need, so that new work fits. "
                <A href="/sync">"How much is used"</A>
            </p>
        </Show>
    }
}

/// An address without a screen for this person.
#[component]
fn NotHere() -> impl IntoView {
    view! {
        <Page title="Not here">
            <div class="empty">
                <p class="name">"This page was not found."</p>
                <p class="meta">"It may belong to another role, or the address was typed wrong."</p>
                <A href="/" attr:class="button">"Go to the first page"</A>
            </div>
        </Page>
    }
}
