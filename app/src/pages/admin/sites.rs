//! *Sites*: regions, schools and communities.

use super::place_form::{Kind, Place, PlaceForm};
use crate::components::{Dialog, Empty, Working};
use crate::desk::{CommunityForm, RegionForm, SchoolForm};
use crate::pages::frame::Page;
use crate::pages::online::{Answer, Trouble, ask};
use crate::pages::words::count;
use crate::server_fns::list_sites;
use domain::site::{self, parish_name};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// A kind with its words and its place in the address.
struct Words {
    kind: Kind,
    href: &'static str,
    label: &'static str,
    one: &'static str,
    many: &'static str,
    add: &'static str,
    empty: &'static str,
}

const REGION: Words = Words {
    kind: Kind::Region,
    href: "/sites",
    label: "Regions",
    one: "region",
    many: "regions",
    add: "Add a region",
    empty: "There is no region yet",
};
const SCHOOL: Words = Words {
    kind: Kind::School,
    href: "/sites?show=schools",
    label: "Schools",
    one: "school",
    many: "schools",
    add: "Add a school",
    empty: "There is no school yet",
};
const COMMUNITY: Words = Words {
    kind: Kind::Community,
    href: "/sites?show=communities",
    label: "Communities",
    one: "community",
    many: "communities",
    add: "Add a community",
    empty: "There is no community yet",
};

const fn words(kind: Kind) -> &'static Words {
    match kind {
        Kind::Region => &REGION,
        Kind::School => &SCHOOL,
        Kind::Community => &COMMUNITY,
    }
}

/// The places of the work, one kind at a time.
#[component]
pub fn Sites() -> impl IntoView {
    let query = use_query_map();
    let kind = Memo::new(move |_| {
        query.with(|query| match query.get_str("show") {
            Some("schools") => Kind::School,
            Some("communities") => Kind::Community,
            _ => Kind::Region,
        })
    });
    let answer: Answer<site::Sites> = RwSignal::new(None);
    let fetch = move || ask(answer, list_sites());
    Effect::new(move |_| fetch());
    let open = RwSignal::new(false);
    let chosen = RwSignal::new(Place::default());
    let said = RwSignal::new(String::new());
    let edit = Callback::new(move |place: Place| {
        chosen.set(place);
        open.set(true);
    });
    let done = Callback::new(move |words: String| {
        open.set(false);
        said.set(words);
        fetch();
    });
    let regions = move || {
        answer.with_untracked(|answer| match answer {
            Some(Ok(sites)) => {
                sites.regions.iter().map(|region| (region.id.to_string(), region.name.clone())).collect()
            }
            _ => Vec::new(),
        })
    };
    view! {
        <Page title="Sites">
            <nav class="tabs" aria-label="Kinds of places">
                {[&REGION, &SCHOOL, &COMMUNITY]
                    .map(|words| {
                        let current = move || (kind.get() == words.kind).then_some("page");
                        view! { <a href=words.href aria-current=current>{words.label}</a> }
                    })
                    .collect_view()}
            </nav>
            <p class="said" role="status">{said}</p>
            {move || answer.with(|answer| match answer {
                None => view! { <Working/> }.into_any(),
                Some(Err(error)) => view! { <Trouble what="The list of places" error=error.clone() retry=Callback::new(move |()| fetch())/> }.into_any(),
                Some(Ok(sites)) => list(kind.get(), sites, edit),
            })}
            <Dialog title="Region, school or community" open>
                {move || view! { <PlaceForm kind=kind.get_untracked() place=chosen.get_untracked() regions=regions() done/> }}
            </Dialog>
        </Page>
    }
}

fn list(kind: Kind, sites: &site::Sites, edit: Callback<Place>) -> AnyView {
    let words = words(kind);
    let places = places(kind, sites);
    let add = view! { <div class="actions"><button type="button" class="button" on:click=move |_| edit.run(Place::default())>{words.add}</button></div> };
    if kind != Kind::Region && sites.regions.is_empty() {
        return view! { <Empty title="A region comes first" hint="Schools and communities belong to a region. Add one under Regions."/> }.into_any();
    }
    if places.is_empty() {
        return view! { {add} <Empty title=words.empty hint="What you add here can be chosen in accounts and referral forms."/> }.into_any();
    }
    view! {
        {add}
        <p class="small soft">{count(places.len(), words.one, words.many)}</p>
        <ul class="card rows">{places.into_iter().map(|(place, meta)| row(place, meta, edit)).collect_view()}</ul>
    }
    .into_any()
}

/// The places of a kind, each with what stands below its name.
fn places(kind: Kind, sites: &site::Sites) -> Vec<(Place, String)> {
    let ground =
        |region, parish: &str| format!("{} · {}", parish_name(parish).unwrap_or(parish), sites.region_name(region));
    match kind {
        Kind::Region => sites
            .regions
            .iter()
            .map(|region| {
                let RegionForm { id, name } = region.into();
                let schools = sites.schools.iter().filter(|school| school.region == region.id).count();
                (Place { id, name, ..Place::default() }, count(schools, "school", "schools"))
            })
            .collect(),
        Kind::School => sites
            .schools
            .iter()
            .map(|school| {
                let SchoolForm { id, name, region, parish } = school.into();
                (Place { id, name, region, parish }, ground(school.region, &school.parish))
            })
            .collect(),
        Kind::Community => sites
            .communities
            .iter()
            .map(|community| {
                let CommunityForm { id, name, region, parish } = community.into();
                (Place { id, name, region, parish }, ground(community.region, &community.parish))
            })
            .collect(),
    }
}

fn row(place: Place, meta: String, edit: Callback<Place>) -> impl IntoView + use<> {
    let label = format!("Edit {}", place.name);
    view! {
        <li class="row plain">
            <span class="row-text"><span class="name">{place.name.clone()}</span><span class="meta">{meta}</span></span>
            <button type="button" class="button quiet" aria-label=label on:click=move |_| edit.run(place.clone())>"Edit"</button>
        </li>
    }
}
