//! What happens to one child: a referral, a decision, and months of contacts. The acts are the ops that
//! people's devices would have sent, in the order of time.

use chrono::{Days, NaiveDate, TimeDelta};
use domain::{
    clock::{Moment, from_jamaica, iso_day, jamaica_day, jamaica_time, show_time},
    ids::{CaseId, ClientId, NoteId, ReferralId, UserId},
    sync::{
        op::{Body, Subject},
        wire_v1::{ContactForm, ReferralForm},
    },
};

use super::{
    cast::{Act, Part},
    child::Child,
    dice::Dice,
    words,
};

/// How a story goes.
#[derive(Debug, Clone)]
pub struct Course {
    /// When the referral is sent.
    pub referred_at: Moment,
    /// When the case begins, and with whom.
    pub accepted: Option<(Moment, UserId)>,
    /// When it passed to the present officer.
    pub handed_over: Option<(Moment, UserId)>,
    /// How many contacts there are.
    pub contacts: u32,
    /// When the last of them was.
    pub last_contact: Moment,
    /// By when the last promise is due; none for a promise without a day, or no promise at all.
    pub promise: Promise,
}

/// The promise that is open at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// Nothing is open.
    Nothing,
    /// Something, some day.
    SomeDay,
    /// Something, by this day.
    By(NaiveDate),
}

/// What happens to one child.
#[derive(Debug)]
pub struct Story {
    /// The file of the referral.
    pub referral: ReferralId,
    /// The file of the client.
    pub client: ClientId,
    /// What people do, in the order of time.
    pub acts: Vec<Act>,
}

impl Story {
    /// Sends a referral.
    pub fn begin(dice: &mut Dice, at: Moment, form: ReferralForm) -> Self {
        let referral = ReferralId(dice.id(at));
        let client = ClientId(dice.id(at));
        let act = Act::new(
            dice,
            Part::Referrer,
            Subject::Referral(referral),
            at,
            Body::SendReferral { form: Box::new(form) },
        );
        Self { referral, client, acts: vec![act] }
    }

    /// Adds something that is done with the referral.
    pub fn triage(&mut self, dice: &mut Dice, part: Part, at: Moment, body: Body) {
        self.acts.push(Act::new(dice, part, Subject::Referral(self.referral), at, body));
    }

    /// Adds something that is done with the client's file.
    pub fn work(&mut self, dice: &mut Dice, part: Part, at: Moment, body: Body) {
        self.acts.push(Act::new(dice, part, Subject::Client(self.client), at, body));
    }

    /// The whole course from the referral on.
    pub fn of(dice: &mut Dice, child: &Child, form: ReferralForm, course: &Course) -> Self {
        let mut story = Self::begin(dice, course.referred_at, form);
        let Some((accepted_at, officer)) = course.accepted else { return story };
        let case = CaseId(dice.id(accepted_at));
        let accept = Body::Accept { client: story.client, case, officer, reason: String::new() };
        story.triage(dice, Part::Supervisor, accepted_at, accept);
        let first = if course.handed_over.is_some() { Part::Before } else { Part::Officer };
        let span = (course.last_contact - accepted_at).max(TimeDelta::days(1));
        let mut open: Option<NoteId> = None;
        let mut part = first;
        for nth in 1..=course.contacts {
            let mut at = accepted_at
                + span * i32::try_from(nth).unwrap_or(i32::MAX) / i32::try_from(course.contacts.max(1)).unwrap_or(1);
            if nth < course.contacts {
                at = by_day(dice, at);
            } else {
                at = at.min(course.last_contact);
            }
            if let Some((handed_at, to)) = course.handed_over
                && part == Part::Before
                && at > handed_at
            {
                let reason = words::HANDED_OVER.to_owned();
                story.work(dice, Part::Supervisor, handed_at, Body::Transfer { officer: to, reason });
                part = Part::Officer;
            }
            let is_last = nth == course.contacts;
            open = story.contact(dice, child, part, at, open, is_last.then_some(course.promise));
        }
        story
    }

    /// One contact, with what it finishes of the one before. Returns what it promises.
    fn contact(
        &mut self,
        dice: &mut Dice,
        child: &Child,
        part: Part,
        at: Moment,
        open: Option<NoteId>,
        last: Option<Promise>,
    ) -> Option<NoteId> {
        let note = NoteId(dice.id(at));
        let mut form = contact_form(dice, child, at);
        let promise = last.unwrap_or_else(|| {
            if dice.chance(35) {
                Promise::By(jamaica_day(at) + Days::new(3 + dice.below(12)))
            } else {
                Promise::Nothing
            }
        });
        if promise != Promise::Nothing {
            dice.pick(&words::PROMISES).clone_into(&mut form.next_action);
        }
        if let Promise::By(day) = promise {
            form.next_action_due = iso_day(day);
        }
        // Now and then a note is written the day after.
        let late = last.is_none() && dice.chance(7);
        let written =
            at + if late { TimeDelta::hours(dice.between(18, 30)) } else { TimeDelta::minutes(dice.between(4, 25)) };
        self.work(dice, part, written, Body::RecordContact { note, form });
        if let Some(before) = open {
            self.work(dice, part, written + TimeDelta::seconds(40), Body::FinishNextAction { note: before });
        }
        if last.is_none() && dice.chance(4) {
            let narrative = dice.pick(&words::CORRECTIONS).to_owned();
            self.work(dice, part, written + TimeDelta::hours(2), Body::AmendContact { note, narrative });
        }
        (promise != Promise::Nothing).then_some(note)
    }
}

/// A time of a working day in Jamaica near this moment.
pub fn by_day(dice: &mut Dice, at: Moment) -> Moment {
    let minutes = u32::try_from(dice.between(8 * 60, 17 * 60)).unwrap_or(600);
    let time = chrono::NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0).unwrap_or_default();
    from_jamaica(jamaica_day(at), time)
}

fn contact_form(dice: &mut Dice, child: &Child, at: Moment) -> ContactForm {
    let (kind, texts): (&str, &[&str]) = match dice.below(100) {
        0..45 => ("home-visit", &words::HOME),
        45..70 => ("school-visit", &words::SCHOOL),
        70..88 => ("phone-call", &words::PHONE),
        _ => ("office", &words::OFFICE),
    };
    let nobody = kind == "home-visit" && dice.chance(9);
    let text = if nobody { dice.pick(&words::NOBODY) } else { dice.pick(texts) };
    let present: &[&str] = match kind {
        _ if nobody => &[],
        "school-visit" => &["client", "school-staff"],
        "phone-call" => &["guardian"],
        "office" => &["client"],
        _ => &["client", "guardian"],
    };
    ContactForm {
        kind: kind.to_owned(),
        day: iso_day(jamaica_day(at)),
        time: show_time(jamaica_time(at)),
        reached: if nobody { "not-home" } else { "met" }.to_owned(),
        present: present.iter().map(|code| (*code).to_owned()).collect(),
        narrative: child.told(text),
        compliance: if nobody {
            String::new()
        } else {
            dice.pick(&["compliant", "compliant", "partly", "non-compliant", "not-discussed"]).to_owned()
        },
        ..ContactForm::default()
    }
}
