//! Regions, schools and communities; administrators only.

use app::{
    desk::{CommunityForm, DeskError, RegionForm, SchoolForm},
    ports::Places,
};
use async_trait::async_trait;
use domain::{
    access::Action,
    error::{FieldErrors, Refusal},
    ids::{CommunityId, RegionId, SchoolId},
    site::{Community, Region, School, Sites, parish_name},
    text::Line,
};
use uuid::Uuid;

use super::desk::{PersonsDesk, explained, failed};
use crate::db::{
    self,
    access_log::{Event, note},
    acting::ActingTransaction,
    trouble::Trouble,
};

/// Constraints that a wrong form can run into.
const RULES: [(&str, &str, &str); 5] = [
    ("regions_name_key", "name", "There is a region of this name already."),
    ("schools_name_key", "name", "There is a school of this name already."),
    ("communities_name_parish_key", "name", "There is a community of this name in this parish already."),
    ("schools_region_id_fkey", "region", "Please choose a region from the list."),
    ("communities_region_id_fkey", "region", "Please choose a region from the list."),
];

/// Reads a region's form.
pub fn region(form: &RegionForm) -> Result<Region, FieldErrors> {
    let mut wrong = FieldErrors::default();
    let id = wrong.take(id(&form.id));
    let name = wrong.take(Line::parse("name", "Name", &form.name));
    match (id, name) {
        (Some(id), Some(name)) => Ok(Region { id: RegionId(id), name: name.as_str().to_owned() }),
        _ => Err(wrong),
    }
}

/// Reads a school's form.
pub fn school(form: &SchoolForm) -> Result<School, FieldErrors> {
    let place = Place::parse(&form.id, &form.name, &form.region, &form.parish)?;
    Ok(School { id: SchoolId(place.id), name: place.name, region: place.region, parish: place.parish })
}

/// Reads a community's form.
pub fn community(form: &CommunityForm) -> Result<Community, FieldErrors> {
    let place = Place::parse(&form.id, &form.name, &form.region, &form.parish)?;
    Ok(Community { id: CommunityId(place.id), name: place.name, region: place.region, parish: place.parish })
}

/// What a school and a community have in common.
struct Place {
    id: Uuid,
    name: String,
    region: RegionId,
    parish: String,
}

impl Place {
    fn parse(given_id: &str, name: &str, region: &str, parish: &str) -> Result<Self, FieldErrors> {
        let mut wrong = FieldErrors::default();
        let id = wrong.take(id(given_id));
        let name = wrong.take(Line::parse("name", "Name", name));
        let choose = |field, sentence| Refusal::at(field, "missing", sentence);
        let region =
            wrong.take(region.trim().parse::<RegionId>().map_err(|_| choose("region", "Please choose the region.")));
        let parish = wrong.take(
            parish_name(parish.trim())
                .map(|_| parish.trim().to_owned())
                .ok_or_else(|| choose("parish", "Please choose the parish.")),
        );
        match (id, name, region, parish) {
            (Some(id), Some(name), Some(region), Some(parish)) => {
                Ok(Self { id, name: name.as_str().to_owned(), region, parish })
            }
            _ => Err(wrong),
        }
    }
}

/// The id of a place that is there already, or a new one.
fn id(text: &str) -> Result<Uuid, Refusal> {
    match text.trim() {
        "" => Ok(crate::clock::new_id()),
        text => Uuid::parse_str(text).map_err(|_| Refusal::new("malformed", "This could not be read.")),
    }
}

impl PersonsDesk {
    /// Begins to save a place.
    async fn saving(&self) -> Result<ActingTransaction, DeskError> {
        db::acting::begin(&self.state.pool, self.actor(Action::ManageSites)?).await.map_err(failed)
    }

    /// Writes down who saved it, and keeps it.
    async fn saved(&self, mut transaction: ActingTransaction, id: Uuid) -> Result<(), DeskError> {
        let who = self.actor(Action::ManageSites)?.user;
        note(&mut *transaction, Event::SaveSite, Some(who), Some(id)).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }
}

fn wrong_form(problem: Trouble) -> DeskError {
    explained(problem, &RULES)
}

#[async_trait]
impl Places for PersonsDesk {
    async fn list_sites(&self) -> Result<Sites, DeskError> {
        let actor = self.actor(Action::ManageSites)?;
        let mut transaction = db::acting::begin_reading(&self.state.pool, actor).await.map_err(failed)?;
        db::place::all(&mut transaction).await.map_err(failed)
    }

    async fn save_region(&self, form: RegionForm) -> Result<RegionId, DeskError> {
        let mut transaction = self.saving().await?;
        let region = region(&form)?;
        db::site::save_region(&mut transaction, &region).await.map_err(wrong_form)?;
        self.saved(transaction, region.id.0).await?;
        Ok(region.id)
    }

    async fn save_school(&self, form: SchoolForm) -> Result<SchoolId, DeskError> {
        let mut transaction = self.saving().await?;
        let school = school(&form)?;
        db::site::save_school(&mut transaction, &school).await.map_err(wrong_form)?;
        self.saved(transaction, school.id.0).await?;
        Ok(school.id)
    }

    async fn save_community(&self, form: CommunityForm) -> Result<CommunityId, DeskError> {
        let mut transaction = self.saving().await?;
        let community = community(&form)?;
        db::site::save_community(&mut transaction, &community).await.map_err(wrong_form)?;
        self.saved(transaction, community.id.0).await?;
        Ok(community.id)
    }
}

#[cfg(test)]
mod tests {
    use app::desk::SchoolForm;
    use uuid::Uuid;

    use super::school;

    #[test]
    fn a_school_needs_name_region_and_parish() {
        let wrong = school(&SchoolForm::default()).unwrap_err();
        for field in ["name", "region", "parish"] {
            assert!(wrong.at(field).is_some(), "{field}");
        }
        let right = SchoolForm {
            id: String::new(),
            name: " Sample High ".into(),
            region: Uuid::from_u128(1).to_string(),
            parish: "st-james".into(),
        };
        assert_eq!(school(&right).unwrap().name, "Sample High");
    }
}
