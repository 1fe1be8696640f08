//! What happens in the small demonstration, told from today backwards: what is overdue is overdue whenever
//! it is loaded.

use chrono::{Days, TimeDelta};
use domain::{
    client::{FieldEdit, ProfileField},
    clock::{Moment, jamaica_day},
    reference::ReferenceNumber,
    sync::{op::Body, wire_v1::ReferralForm},
};

use super::{
    cast::{Act, Part, Person},
    child::{Child, Home},
    dice::Dice,
    story::{Course, Promise, Story, by_day},
    words,
    world::World,
};

/// Clients of the officer, and of the other one.
const CLIENTS: (u64, u64) = (40, 9);

/// Tells everything, in the order of time.
pub fn write(dice: &mut Dice, world: &mut World, now: Moment) -> Vec<(String, Act)> {
    let mut teller = Teller { dice, world, now, acts: Vec::new(), children: Vec::new() };
    for nth in 0..CLIENTS.0 + CLIENTS.1 {
        teller.client(nth, nth < CLIENTS.0);
    }
    teller.open_referrals();
    let mut acts = teller.acts;
    acts.sort_by_key(|(_, act)| (act.op.recorded_at, act.op.id));
    count(&mut acts);
    acts
}

/// Gives each device's ops their count.
fn count(acts: &mut [(String, Act)]) {
    let mut counts = std::collections::HashMap::<String, u64>::new();
    for (who, act) in acts {
        let count = counts.entry(who.clone()).or_default();
        *count += 1;
        act.op.seq = *count;
    }
}

struct Teller<'a> {
    dice: &'a mut Dice,
    world: &'a mut World,
    now: Moment,
    acts: Vec<(String, Act)>,
    children: Vec<Child>,
}

impl Teller<'_> {
    fn days_ago(&mut self, days: i64) -> Moment {
        let at = by_day(self.dice, self.now - TimeDelta::days(days));
        at.min(self.now - TimeDelta::minutes(45))
    }

    /// A child's form; every other comes from the school, the rest from officers' intake.
    fn form(&mut self, child: &Child, from_school: bool) -> ReferralForm {
        let community = &self.world.sites.communities[usize::try_from(self.dice.below(8)).unwrap_or(0) * 2];
        let school =
            &self.world.sites.schools[if from_school { 0 } else { usize::try_from(self.dice.below(3)).unwrap_or(0) }];
        let home = Home {
            parish: &community.parish,
            community: &community.name,
            school: (from_school || self.dice.chance(70)).then_some(school.id),
        };
        let (source, referrer) = if from_school {
            ("school", (self.world.counsellor.actor.name.as_str(), school.name.as_str()))
        } else if self.dice.chance(60) {
            ("walk-in", ("", ""))
        } else {
            (self.dice.pick(&["cbo", "pmi", "dcs"]), ("Carlton Breadnut", "Sample Community Council"))
        };
        child.form(self.dice, home, source, referrer)
    }

    /// Signs a form with the next number of whoever takes it down.
    fn numbered(person: &mut Person, form: ReferralForm) -> ReferralForm {
        person.references += 1;
        ReferralForm { reference: ReferenceNumber::given_by(person.device, person.references).to_string(), ..form }
    }

    fn client(&mut self, nth: u64, of_officer: bool) {
        let child = Child::born_before(self.dice, jamaica_day(self.now));
        let from_school = nth.is_multiple_of(2);
        let form = self.form(&child, from_school);
        // Nine cases in ten stay with whom they were given to.
        let moved = of_officer && nth % 13 == 5;
        let (officer, other) = (self.world.officer.clone(), self.world.officer2.clone());
        let first = if of_officer && !moved { &officer } else { &other };
        let intake = if from_school { &mut self.world.counsellor } else { &mut self.world.officer2 };
        let form = Self::numbered(intake, form);
        // Some cases are new.
        let opened = if nth % 9 == 8 { self.dice.between(8, 28) } else { self.dice.between(40, 500) };
        let accepted_at = self.days_ago(opened);
        let waited = self.dice.between(1, 6);
        let referred_at = self.days_ago(opened + waited);
        let (promise, quiet) = self.promise(nth);
        let quiet = quiet.min(opened / 2);
        let last_contact = self.days_ago(quiet);
        let course = Course {
            referred_at: referred_at.min(accepted_at - TimeDelta::hours(3)),
            accepted: Some((accepted_at, first.actor.user)),
            handed_over: moved.then(|| (accepted_at + (last_contact - accepted_at) / 2, officer.actor.user)),
            contacts: u32::try_from((opened - quiet) / 13).unwrap_or(2).clamp(2, 34),
            last_contact,
            promise,
        };
        let mut story = Story::of(self.dice, &child, form.clone(), &course);
        if nth == 7 {
            self.contradict(&mut story, &form);
        }
        let referrer = if from_school { &self.world.counsellor } else { &self.world.officer2 };
        let referrer = referrer.username.clone();
        self.take(story, &referrer, if of_officer { "officer" } else { "officer2" });
        self.children.push(child);
    }

    /// What is open with a client, and for how many days nobody was in touch.
    fn promise(&mut self, nth: u64) -> (Promise, i64) {
        let today = jamaica_day(self.now);
        match nth % 20 {
            0..=2 => (Promise::By(today - Days::new(1 + nth % 7)), self.dice.between(9, 24)),
            3 | 4 => (Promise::By(today), self.dice.between(3, 10)),
            5..=8 => (Promise::By(today + Days::new(1 + nth % 6)), self.dice.between(1, 9)),
            9..=11 => (Promise::By(today + Days::new(8 + nth % 13)), self.dice.between(1, 12)),
            12 | 13 => (Promise::SomeDay, self.dice.between(5, 20)),
            14 => (Promise::Nothing, self.dice.between(36, 62)),
            _ => (Promise::Nothing, self.dice.between(1, 18)),
        }
    }

    /// The guardian's number is changed by two people who saw the same one.
    fn contradict(&mut self, story: &mut Story, form: &ReferralForm) {
        let change = |to: &str| Body::EditProfile {
            edits: vec![FieldEdit {
                field: ProfileField::GuardianPhone,
                from: form.guardian_phone.clone(),
                to: to.to_owned(),
            }],
        };
        let at = self.now - TimeDelta::hours(26);
        story.work(self.dice, Part::Officer, at, change("876-555-0171"));
        story.work(self.dice, Part::Supervisor, at + TimeDelta::hours(2), change("876-555-0117"));
    }

    /// Referrals that wait, and two that were decided otherwise.
    fn open_referrals(&mut self) {
        for (days, from_school) in [(0, true), (3, false)] {
            let at = if days == 0 { self.now - TimeDelta::hours(2) } else { self.days_ago(days) };
            let story = self.referral(at, from_school, None);
            self.take_referral(story, from_school);
        }
        // Somebody who is a client already, spelt otherwise.
        if let Some(known) = self.children.get(4).cloned() {
            let story = self.referral(self.now - TimeDelta::hours(26), true, Some(&known));
            self.take_referral(story, true);
        }
        let asked = |question: &str| Body::AskInformation { question: question.to_owned() };
        for (days, answered) in [(9, false), (12, true)] {
            let mut story = self.referral(self.now - TimeDelta::days(days), true, None);
            let question = asked(words::QUESTIONS[usize::from(answered)]);
            story.triage(self.dice, Part::Supervisor, self.now - TimeDelta::days(days - 2), question);
            if answered {
                let answer = words::ANSWERS[1].to_owned();
                story.triage(
                    self.dice,
                    Part::Referrer,
                    self.now - TimeDelta::days(1),
                    Body::AnswerInformation { answer },
                );
            }
            self.take_referral(story, true);
        }
        let (to, reason) = words::ELSEWHERE;
        let decisions = [
            (30, Body::DeclareNotEligible { reason: words::NOT_ELIGIBLE.to_owned() }),
            (44, Body::ReferElsewhere { to: to.to_owned(), reason: reason.to_owned() }),
        ];
        for (days, decision) in decisions {
            let mut story = self.referral(self.now - TimeDelta::days(days), true, None);
            story.triage(self.dice, Part::Supervisor, self.now - TimeDelta::days(days - 3), decision);
            self.take_referral(story, true);
        }
    }

    fn referral(&mut self, at: Moment, from_school: bool, again: Option<&Child>) -> Story {
        let child = again.cloned().unwrap_or_else(|| Child::born_before(self.dice, jamaica_day(self.now)));
        let form = self.form(&child, from_school);
        let form = match again {
            Some(known) => ReferralForm {
                last_name: known.misspelt().last_name,
                srn: String::new(),
                nickname: String::new(),
                ..form
            },
            None => form,
        };
        let person = if from_school { &mut self.world.counsellor } else { &mut self.world.officer };
        Story::begin(self.dice, at, Self::numbered(person, form))
    }

    fn take_referral(&mut self, story: Story, from_school: bool) {
        self.take(story, if from_school { "counsellor" } else { "officer" }, "officer");
    }

    fn take(&mut self, story: Story, referrer: &str, officer: &str) {
        for act in story.acts {
            let who = match act.part {
                Part::Referrer => referrer,
                Part::Supervisor => "supervisor",
                Part::Officer => officer,
                Part::Before => "officer2",
            };
            self.acts.push((who.to_owned(), act));
        }
    }
}
