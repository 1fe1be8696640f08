use super::*;
use crate::clock::jamaica_day;
use crate::error::FieldErrors;
use crate::samples::{self, CASE, CLIENT, OFFICER, REGION, on_day, one_of, referral_form};
use crate::sync::wire_v1::ReferralForm;
use proptest::prelude::*;

fn parse(change: impl FnOnce(&mut ReferralForm)) -> Result<Particulars, FieldErrors> {
    let mut form = referral_form();
    change(&mut form);
    Particulars::parse(&form, on_day(0))
}

/// What is wrong with the form after a change, as `field: code`.
fn faults(change: impl FnOnce(&mut ReferralForm)) -> Vec<String> {
    let wrong = parse(change).map_or_else(|wrong| wrong.0, |_| Vec::new());
    assert!(wrong.iter().all(|r| r.message.ends_with('.')), "a whole sentence: {wrong:?}");
    wrong.into_iter().map(|r| format!("{}: {}", r.field.unwrap_or_default(), r.code)).collect()
}

#[test]
fn a_complete_form_is_taken() {
    assert_eq!(faults(|_| {}), Vec::<String>::new());
}

#[test]
fn each_fault_is_told_at_its_own_field_and_alone() {
    type Change = fn(&mut ReferralForm);
    let cases: [(Change, &str); 30] = [
        (|f| f.source = String::new(), "source: missing"),
        (|f| f.source = "moon".into(), "source: not-a-choice"),
        (|f| f.referrer_name = String::new(), "referrer_name: missing"),
        (|f| f.referrer_name = "7".into(), "referrer_name: no-letters"),
        (|f| f.referrer_role = "x".repeat(201), "referrer_role: too-long"),
        (|f| f.referrer_organisation = String::new(), "referrer_organisation: missing"),
        (|f| f.first_name = " ".into(), "first_name: missing"),
        (|f| f.last_name = "1234".into(), "last_name: no-letters"),
        (|f| f.nickname = "a\u{0}b".into(), "nickname: unreadable-characters"),
        (|f| f.sex = String::new(), "sex: missing"),
        (|f| f.date_of_birth = String::new(), "date_of_birth: missing"),
        (|f| f.date_of_birth = "31/02/2012".into(), "date_of_birth: not-a-date"),
        (|f| f.date_of_birth = "2026-11-27".into(), "date_of_birth: birth-date-in-future"),
        (|f| f.date_of_birth = "2022-01-01".into(), "date_of_birth: too-young"),
        (|f| f.date_of_birth = "1812-01-01".into(), "date_of_birth: too-old"),
        (|f| f.education = "unknown".into(), "education: not-a-choice"),
        (|f| f.school = "Sample High".into(), "school: not-a-choice"),
        (|f| f.grade = "9\u{202e}".into(), "grade: unreadable-characters"),
        (|f| f.srn = "12345678".into(), "srn: srn-not-nine-digits"),
        (|f| f.parish = "london".into(), "parish: not-a-choice"),
        (|f| f.community = String::new(), "community: missing"),
        (|f| f.address = "a".repeat(201), "address: too-long"),
        (|f| f.phone = "ask his aunt".into(), "phone: not-a-phone-number"),
        (|f| f.reason = "\n".into(), "reason: missing"),
        (|f| f.tried = vec![String::new(), "prayer".into()], "tried: missing"),
        (|f| f.tried_note = "b".repeat(20_001), "tried_note: too-long"),
        (|f| f.guardian_relation = String::new(), "guardian_relation: missing"),
        (|f| f.guardian_phone = "12".into(), "guardian_phone: not-a-phone-number"),
        (|f| f.applicant_signature = "yes".into(), "applicant_signature: not-a-choice"),
        (|f| f.attested = false, "attested: not-attested"),
    ];
    for (change, expected) in cases {
        assert_eq!(faults(change), [expected]);
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let wrong = Particulars::parse(&ReferralForm { source: "school".into(), ..ReferralForm::default() }, on_day(0))
        .unwrap_err();
    let fields: Vec<&str> = wrong.0.iter().filter_map(|r| r.field.as_deref()).collect();
    assert_eq!(
        fields,
        [
            "referrer_name",
            "referrer_organisation",
            "first_name",
            "last_name",
            "sex",
            "date_of_birth",
            "education",
            "parish",
            "community",
            "reason",
            "kin_name",
            "applicant_signature",
            "attested",
        ]
    );
    let unreadable = faults(|f| (f.guardian_name, f.guardian_relation) = ("1".into(), "dog".into()));
    assert_eq!(unreadable, ["guardian_name: no-letters", "guardian_relation: not-a-choice"]);
}

#[test]
fn every_fault_belongs_to_one_step_of_the_screen_or_to_the_check_at_its_end() {
    let of_steps: Vec<&str> = STEPS.iter().flat_map(|(_, fields)| fields.iter().copied()).collect();
    let form = serde_json::to_value(ReferralForm::default()).unwrap();
    let elsewhere = ["reference", "birth_estimated", "kin_is_guardian", "attested"];
    for field in form.as_object().unwrap().keys() {
        let steps = of_steps.iter().filter(|f| *f == field).count();
        assert_eq!(steps, usize::from(!elsewhere.contains(&field.as_str())), "{field}");
    }
}

#[test]
fn a_minor_needs_a_guardian_and_the_eighteenth_birthday_ends_that() {
    let alone = |born: &str| {
        let born = born.to_owned();
        faults(|f| (f.date_of_birth, f.guardian_name, f.guardian_signature) = (born, String::new(), String::new()))
    };
    assert_eq!(alone("2008-11-27"), ["guardian_name: guardian-missing", "guardian_signature: missing"]);
    // From eighteen on only the next of kin is asked for, and "the same as the guardian" is no answer.
    assert_eq!(alone("2008-11-26"), ["kin_name: missing"]);
    let adult = parse(|f| {
        f.date_of_birth = "2000-01-01".into();
        f.guardian_name = String::new();
        f.kin_name = "Paul Barrett".into();
    });
    assert_eq!(adult.unwrap().guardian_signature, None);
}

#[test]
fn a_walk_in_refers_themselves() {
    let itself = parse(|f| {
        f.source = "walk-in".into();
        f.referrer_name = String::new();
        f.referrer_organisation = String::new();
    });
    assert_eq!(itself.unwrap().referrer_name, None);
}

#[test]
fn emoji_accents_combining_characters_and_html_are_kept_as_typed() {
    let taken = parse(|f| {
        f.first_name = "Ze\u{301}phyr 🙂".into();
        f.last_name = "D’Aguilar-Núñez".into();
        f.reason = "<script>alert(1)</script> & \"quotes\"\n👩🏽‍👦 line two".into();
    })
    .unwrap();
    assert_eq!(taken.profile.full_name(), "Ze\u{301}phyr 🙂 D’Aguilar-Núñez");
    assert_eq!(taken.profile.initials(), "ZD");
    assert_eq!(taken.reason.as_str(), "<script>alert(1)</script> & \"quotes\"\n👩🏽‍👦 line two");
}

#[test]
fn two_hundred_kilobytes_are_refused_at_their_field() {
    assert_eq!(faults(|f| f.reason = "a".repeat(200_000)), ["reason: too-long"]);
    assert_eq!(faults(|f| f.first_name = "é".repeat(100_000)), ["first_name: too-long"]);
    assert_eq!(faults(|f| f.tried = vec!["x".into(); 100_000]), ["tried: not-a-choice"]);
}

#[test]
fn an_answer_given_twice_is_kept_once() {
    assert_eq!(parse(|f| f.tried = vec!["suspension".into(); 3]).unwrap().tried, [Tried::Suspension]);
}

#[test]
fn the_birth_date_is_judged_by_jamaicas_calendar() {
    // 27/11 in UTC, still the evening of the 26th in Jamaica.
    let evening = on_day(0) + chrono::TimeDelta::hours(13);
    let form = ReferralForm { date_of_birth: "2026-11-27".into(), ..referral_form() };
    assert_eq!(Particulars::parse(&form, evening).unwrap_err().0[0].code, "birth-date-in-future");
    assert_eq!(jamaica_day(evening), jamaica_day(on_day(0)));
}

#[test]
fn a_referral_belongs_to_the_region_and_school_of_the_sender() {
    let reference = samples::referral().reference;
    let receive = |actor: &Actor| {
        Referral::receive(samples::REFERRAL, reference.clone(), actor, samples::particulars(), on_day(0))
    };
    assert_eq!(receive(&one_of(Role::Counsellor)).unwrap().school, Some(samples::SCHOOL));
    let intake = receive(&one_of(Role::Officer)).unwrap();
    assert_eq!((intake.region, intake.school), (REGION, None));
    assert_eq!(receive(&Actor { region: None, ..one_of(Role::Officer) }).unwrap_err().code, "no-region");
    assert_eq!(receive(&Actor { school: None, ..one_of(Role::Counsellor) }).unwrap_err().code, "no-school");
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Ask,
    Answer,
    Decline,
    Elsewhere,
    Accept,
}

fn take(referral: Referral, step: Step, at: Moment) -> Result<Referral, Refusal> {
    let words = || Narrative::parse("f", "F", "?", "Words.").unwrap();
    let line = || Line::parse("f", "F", "Words").unwrap();
    match step {
        Step::Ask => referral.ask(words(), at),
        Step::Answer => referral.answer(words(), at),
        Step::Decline => referral.decline(line(), at),
        Step::Elsewhere => referral.refer_elsewhere(line(), Some(line()), at),
        Step::Accept => referral.accept(CLIENT, CASE, OFFICER, "Ann Sample".into(), at).map(|(referral, _)| referral),
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop::sample::select(vec![Step::Ask, Step::Answer, Step::Decline, Step::Elsewhere, Step::Accept]);
    prop::collection::vec(step, 0..12)
}

proptest! {
    #[test]
    fn a_decision_is_final_and_an_open_referral_follows_the_table(steps in steps()) {
        let mut referral = samples::referral();
        for (n, step) in (0..).zip(steps) {
            let before = referral.clone();
            let after = take(referral, step, on_day(n));
            match (before.state.is_open(), step) {
                (false, _) => prop_assert_eq!(after.as_ref().unwrap_err().code.as_str(), "already-decided"),
                (true, Step::Answer) if before.state == ReferralState::Received => {
                    prop_assert_eq!(after.as_ref().unwrap_err().code.as_str(), "nothing-asked");
                }
                (true, Step::Answer) => prop_assert_eq!(&after.as_ref().unwrap().state, &ReferralState::Received),
                (true, Step::Ask) => prop_assert_eq!(&after.as_ref().unwrap().state, &ReferralState::InformationAsked),
                (true, _) => prop_assert!(!after.as_ref().unwrap().state.is_open()),
            }
            referral = after.unwrap_or_else(|_| before.clone());
            prop_assert!(referral.exchanges.len() >= before.exchanges.len(), "questions are kept");
            let waits = referral.exchanges.iter().any(|e| e.answer.is_none());
            prop_assert!(!referral.state.is_open() || waits == (referral.state == ReferralState::InformationAsked));
            prop_assert_eq!(&referral.particulars, &before.particulars);
        }
    }

    /// Looked for in what is sent, not in the type: neither a field added later nor a text may carry it.
    #[test]
    fn nobody_but_a_supervisor_is_sent_whose_file_it_became_or_whom_it_resembles(steps in steps(), likeness in 0u8..=100) {
        let mut referral = samples::referral();
        let other = ReferenceNumber::parse_any("reference", "LG-ZZZZZ-77").unwrap();
        referral.possible_duplicates.push(PossibleDuplicate { reference: other, likeness });
        for (n, step) in (0..).zip(steps) {
            referral = take(referral.clone(), step, on_day(n)).unwrap_or(referral);
        }
        let sent = |role| serde_json::to_string(&referral.clone().as_seen_by(role)).unwrap();
        for role in [Role::Counsellor, Role::Officer, Role::Administrator] {
            let sent = sent(role);
            prop_assert!(!sent.contains(&CLIENT.to_string()) && !sent.contains("LG-ZZZZZ-77"));
            prop_assert!(sent.contains(referral.state.code()));
        }
        prop_assert!(sent(Role::Supervisor).contains("LG-ZZZZZ-77"));
    }

    #[test]
    fn no_form_whatsoever_panics_and_each_refusal_names_its_field(
        mut form in any_form(), blank in prop::collection::vec(any::<bool>(), 4), days in -4000i64..4000,
    ) {
        // Now and then a valid answer, so that the deeper rules are reached too.
        let good = referral_form();
        if blank[0] { form.source = good.source; }
        if blank[1] { form.date_of_birth = good.date_of_birth; }
        if blank[2] { form.guardian_name = good.guardian_name; }
        if blank[3] { form.tried = good.tried; }
        match Particulars::parse(&form, on_day(days)) {
            Ok(particulars) => prop_assert!(!particulars.reason.as_str().is_empty()),
            Err(wrong) => {
                prop_assert!(!wrong.is_empty());
                for refusal in &wrong.0 {
                    prop_assert!(refusal.field.is_some() && !refusal.message.is_empty());
                }
                let mut fields: Vec<_> = wrong.0.iter().map(|r| r.field.clone()).collect();
                fields.sort(); fields.dedup();
                prop_assert_eq!(fields.len(), wrong.0.len(), "one word about each field");
            }
        }
    }
}

prop_compose! {
    /// Any text in every field of the form.
    fn any_form()(texts in prop::collection::vec("\\PC{0,24}|[0-9/ -]{0,12}|\u{0}|\\s{0,3}", 28), kin: bool, estimated: bool, attested: bool) -> ReferralForm {
        let mut texts = texts.into_iter();
        let mut next = || texts.next().unwrap_or_default();
        ReferralForm {
            reference: next(), source: next(), referrer_name: next(), referrer_role: next(), referrer_organisation: next(),
            first_name: next(), last_name: next(), nickname: next(), sex: next(), date_of_birth: next(),
            birth_estimated: estimated, education: next(), school: next(), grade: next(), srn: next(), parish: next(),
            community: next(), address: next(), phone: next(), reason: next(), tried: vec![next(), next()],
            tried_note: next(), guardian_name: next(), guardian_relation: next(), guardian_phone: next(),
            kin_is_guardian: kin, kin_name: next(), kin_phone: next(), applicant_signature: next(),
            guardian_signature: next(), attested,
        }
    }
}
