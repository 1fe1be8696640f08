use super::*;
use crate::samples::{self, contact_form, now, on_day};
use chrono::TimeDelta;
use proptest::prelude::*;

/// What is wrong with the form after a change, as `field: code`.
fn faults(change: impl FnOnce(&mut ContactForm)) -> Vec<String> {
    let mut form = contact_form();
    change(&mut form);
    let wrong = ContactBody::parse(&form, now()).map_or_else(|wrong| wrong.0, |_| Vec::new());
    assert!(wrong.iter().all(|r| r.message.ends_with('.')), "a whole sentence: {wrong:?}");
    wrong.into_iter().map(|r| format!("{}: {}", r.field.unwrap_or_default(), r.code)).collect()
}

#[test]
fn each_fault_is_told_at_its_own_field_and_alone() {
    type Change = fn(&mut ContactForm);
    let cases: [(Change, &str); 12] = [
        (|f| f.kind = String::new(), "kind: missing"),
        (|f| f.kind = "seance".into(), "kind: not-a-choice"),
        (|f| f.day = "26.13.2026".into(), "day: not-a-date"),
        (|f| f.time = "25:00".into(), "time: not-a-time"),
        (|f| f.reached = "perhaps".into(), "reached: not-a-choice"),
        (|f| f.present = vec!["client".into(), "  ".into()], "present: missing"),
        (|f| f.narrative = "\t\n".into(), "narrative: missing"),
        (|f| f.narrative = "a".repeat(200_000), "narrative: too-long"),
        (|f| f.compliance = "sometimes".into(), "compliance: not-a-choice"),
        (|f| f.next_action = "a".repeat(201), "next_action: too-long"),
        (|f| f.next_action_due = "tomorrow".into(), "next_action_due: not-a-date"),
        (|f| f.next_action = String::new(), "next_action: missing"),
    ];
    for (change, expected) in cases {
        assert_eq!(faults(change), [expected]);
    }
    assert_eq!(faults(|f| *f = ContactForm::default()), ["kind: missing", "day: not-a-date", "narrative: missing"]);
}

#[test]
fn a_quick_note_wants_four_answers_only() {
    let quick = ContactForm {
        kind: "phone-call".into(),
        day: "26/11/2026".into(),
        time: "9:30".into(),
        narrative: "Rang 🙂 <b>".into(),
        ..ContactForm::default()
    };
    let body = ContactBody::parse(&quick, now()).unwrap();
    assert_eq!((body.reached, body.compliance, body.next_action), (Reached::Met, None, None));
    assert_eq!(body.narrative.as_str(), "Rang 🙂 <b>");
    assert_eq!(faults(|f| (f.reached, f.compliance) = (" ".into(), " ".into())), Vec::<String>::new());
}

#[test]
fn a_contact_lies_in_the_past_with_room_for_a_clock_that_is_a_day_off() {
    let on = |day: &str| faults(|f| f.day = day.into());
    assert_eq!(on("2026-11-27"), Vec::<String>::new());
    assert_eq!(on("2026-11-28"), ["day: in-the-future"]);
    assert_eq!(on("2062-11-26"), ["day: in-the-future"]);
    assert_eq!(on("2001-01-01"), Vec::<String>::new());
    assert_eq!(on("0206-11-26"), ["day: too-long-ago"]);
}

#[test]
fn a_note_written_on_a_later_day_is_a_late_entry() {
    let mut note = samples::note();
    assert!(!note.is_late_entry());
    // The same day in Jamaica, although already the next in UTC.
    note.recorded_at = note.body.happened_at + TimeDelta::hours(13);
    assert!(!note.is_late_entry());
    note.recorded_at = note.body.happened_at + TimeDelta::hours(15);
    assert!(note.is_late_entry());
    // A clock that ran back makes no late entry.
    note.recorded_at = note.body.happened_at - TimeDelta::days(3);
    assert!(!note.is_late_entry());
}

#[test]
fn a_promise_is_open_until_it_is_done_and_done_once() {
    let note = samples::note();
    assert!(note.open_action().is_some());
    let done = note.finish(on_day(1)).unwrap();
    assert_eq!(done.open_action(), None);
    // A second "done" from another device does not move the day.
    assert_eq!(done.finish(on_day(9)).unwrap().next_action_done, Some(on_day(1)));
    let mut without = samples::note();
    without.body.next_action = None;
    assert_eq!(without.finish(on_day(1)).unwrap_err().code, "nothing-promised");
}

proptest! {
    #[test]
    fn a_correction_never_touches_the_original(texts in prop::collection::vec("[a-zé🙂 ]{1,30}x", 0..6)) {
        let original = samples::note();
        let mut note = original.clone();
        for (n, text) in (0i32..).zip(&texts) {
            let narrative = Narrative::parse("narrative", "N", "?", text).unwrap();
            let op = OpId(uuid::Uuid::from_u128(n.unsigned_abs().into()));
            note = note.amend(Amendment { op, at: on_day(n.into()), by_name: "Ann".into(), narrative });
        }
        let written: Vec<&str> = note.amendments.iter().map(|a| a.narrative.as_str()).collect();
        prop_assert_eq!(written, texts.iter().map(|t| t.trim()).collect::<Vec<_>>());
        prop_assert_eq!(ContactNote { amendments: Vec::new(), ..note }, original);
    }

    #[test]
    fn no_form_whatsoever_panics_and_each_refusal_names_its_field(texts in prop::collection::vec("\\PC{0,24}|[0-9/: -]{0,12}|\u{0}|\\s{0,3}", 9), days in -4000i64..4000) {
        let [kind, day, time, reached, present, narrative, compliance, next_action, next_action_due] = texts.try_into().unwrap();
        let form = ContactForm { kind, day, time, reached, present: vec![present], narrative, compliance, next_action, next_action_due };
        if let Err(wrong) = ContactBody::parse(&form, on_day(days)) {
            prop_assert!(!wrong.is_empty());
            prop_assert!(wrong.0.iter().all(|r| r.field.is_some() && !r.message.is_empty()));
        }
    }
}
