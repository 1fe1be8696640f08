//! The form of a region, a school or a community: one form, of which a region uses less.

use super::sheet::Sheet;
use crate::components::{ErrorNote, SelectField, TextField};
use crate::desk::{CommunityForm, DeskError, RegionForm, SchoolForm};
use crate::pages::words::parishes;
use crate::server_fns::{save_community, save_region, save_school};
use leptos::prelude::*;

/// A kind of place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// A ministry region.
    #[default]
    Region,
    /// A school.
    School,
    /// A community.
    Community,
}

/// What is typed about a place; an empty id makes a new one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The region's id; not for a region.
    pub region: String,
    /// The parish's code; not for a region.
    pub parish: String,
}

/// Sends the form to where its kind belongs.
async fn save(kind: Kind, place: Place) -> Result<(), DeskError> {
    let Place { id, name, region, parish } = place;
    match kind {
        Kind::Region => save_region(RegionForm { id, name }).await.map(drop),
        Kind::School => save_school(SchoolForm { id, name, region, parish }).await.map(drop),
        Kind::Community => save_community(CommunityForm { id, name, region, parish }).await.map(drop),
    }
}

/// Makes or changes a place.
#[component]
pub fn PlaceForm(
    /// What kind of place.
    kind: Kind,
    /// As it is now; empty for a new one.
    place: Place,
    /// The regions to choose from: id and name.
    regions: Vec<(String, String)>,
    /// Runs when it is saved, with what to say.
    done: Callback<String>,
) -> impl IntoView {
    let sheet = Sheet::begin(place);
    let fields: &[&str] = if kind == Kind::Region { &["name"] } else { &["name", "region", "parish"] };
    let whole = sheet.whole_error(fields);
    let name = sheet.bind("name", |place| &place.name, |place| &mut place.name);
    let region = sheet.bind("region", |place| &place.region, |place| &mut place.region);
    let parish = sheet.bind("parish", |place| &place.parish, |place| &mut place.parish);
    let send = move || {
        let place = sheet.data.get_untracked();
        let said =
            format!("{} is saved. Devices learn of it at their next exchange with the server.", place.name.trim());
        sheet.send(save(kind, place), Callback::new(move |()| done.run(said.clone())));
    };
    let ground = (kind != Kind::Region).then(|| {
        view! {
            <SelectField label="Region" bind=region options=Signal::stored(regions) hint="Its supervisor gets the referrals from here."/>
            <SelectField label="Parish" bind=parish options=Signal::stored(parishes())/>
        }
    });
    view! {
        <form autocomplete="off" class="stack" novalidate on:submit=move |event| { event.prevent_default(); send(); }>
            <TextField label="Name" bind=name/>
            {ground}
            {move || whole.get().map(|message| view! { <ErrorNote message/> })}
            <div class="actions"><button type="submit" class="button" disabled=sheet.busy>"Save"</button></div>
        </form>
    }
}
