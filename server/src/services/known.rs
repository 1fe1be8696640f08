//! Whether a young person may be known already: one question, answered with yes or no.
//!
//! A counsellor may not learn whose file there is, only that a colleague should look before a second one is
//! opened. So the answer has no name and no number, questions are counted, and there are few in a minute:
//! enough for filling in forms, too few for finding out who is in the programme.

use std::{num::NonZeroU32, sync::Arc};

use app::{
    desk::{DeskError, KnownQuestion},
    ports::Known,
};
use async_trait::async_trait;
use domain::{
    access::Action,
    client::{Education, Profile, Sex},
    clock::{Moment, jamaica_day, parse_day},
    error::{FieldErrors, Refusal},
    ids::UserId,
    matching::{Likeable, WORTH_A_LOOK, likeness},
    text::{Line, PersonName, Srn},
};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};

use super::desk::{PersonsDesk, failed, wait};
use crate::db::{
    self,
    access_log::{Event, note},
};

/// So many questions in a minute.
const A_MINUTE: NonZeroU32 = match NonZeroU32::new(12) {
    Some(n) => n,
    None => NonZeroU32::MIN,
};

/// Counts each person's questions. Cheap to clone.
#[derive(Clone)]
pub struct Questions(Arc<DefaultKeyedRateLimiter<UserId>>);

impl std::fmt::Debug for Questions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Questions(…)")
    }
}

impl Default for Questions {
    fn default() -> Self {
        Self(Arc::new(RateLimiter::keyed(Quota::per_minute(A_MINUTE))))
    }
}

impl Questions {
    fn ask(&self, who: UserId) -> Result<(), DeskError> {
        self.0.check_key(&who).map_err(|not_before| wait(not_before.wait_time_from(DefaultClock::default().now())))
    }
}

#[async_trait]
impl Known for PersonsDesk {
    async fn may_be_known(&self, question: KnownQuestion) -> Result<bool, DeskError> {
        let actor = self.actor(Action::SendReferral)?;
        let asked = asked_about(&question, crate::clock::now())?;
        self.state.questions.ask(actor.user)?;
        let mut transaction = db::acting::begin(&self.state.pool, actor).await.map_err(failed)?;
        let candidates = db::resemblance::of(&mut transaction, &asked).await.map_err(failed)?;
        note(&mut *transaction, Event::AskKnown, Some(actor.user), None).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        let asked = Likeable::from(&asked);
        Ok(candidates.iter().any(|candidate| likeness(&asked, &Likeable::from(candidate)) >= WORTH_A_LOOK))
    }
}

/// What is compared, in the shape of a profile; the rest of it is blank.
fn asked_about(question: &KnownQuestion, now: Moment) -> Result<Profile, FieldErrors> {
    let mut wrong = FieldErrors::default();
    let first_name = wrong.take(PersonName::parse("first_name", "First name", &question.first_name));
    let last_name = wrong.take(PersonName::parse("last_name", "Last name", &question.last_name));
    let nickname = wrong.take(PersonName::parse_optional("nickname", "Nickname", &question.nickname)).flatten();
    let srn = wrong.take(Srn::parse_optional("srn", &question.srn)).flatten();
    let born = wrong.take(
        parse_day(&question.date_of_birth)
            .filter(|born| *born <= jamaica_day(now))
            .ok_or_else(|| Refusal::at("date_of_birth", "not-a-date", "Please give the date of birth.")),
    );
    let blank = wrong.take(Line::parse("community", "Community", "-"));
    match (first_name, last_name, born, blank) {
        (Some(first_name), Some(last_name), Some(date_of_birth), Some(community)) if wrong.is_empty() => Ok(Profile {
            first_name,
            last_name,
            nickname,
            srn,
            date_of_birth,
            community,
            sex: Sex::NotStated,
            birth_estimated: false,
            education: Education::NotKnown,
            school: None,
            grade: None,
            parish: String::new(),
            address: None,
            phone: None,
            guardian_name: None,
            guardian_relation: None,
            guardian_phone: None,
            kin_name: None,
            kin_phone: None,
        }),
        _ => Err(wrong),
    }
}
