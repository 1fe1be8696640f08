use super::*;
use crate::access::Role;
use crate::client::{FieldEdit, ProfileField};
use crate::ids::CaseId;
use crate::samples::{self, CLIENT, NOTE, OFFICER, OTHER_OFFICER, REFERRAL, now, one_of};
use crate::sync::decide::evolve;
use proptest::prelude::*;

fn records() -> Vec<Record> {
    let officers = vec![samples::colleague(OFFICER, 3), samples::colleague(OTHER_OFFICER, 4)];
    vec![
        Record::Referral(Box::new(samples::referral())),
        Record::Client(Box::new(samples::client())),
        Record::Note(Box::new(samples::note())),
        Record::Sites(Box::default()),
        Record::Colleagues { officers, limits: CaseloadLimits::default() },
    ]
}

fn model() -> Model {
    records().into_iter().fold(Model::default(), |mut model, record| {
        model.take(record);
        model
    })
}

fn nickname(from: &str, to: &str) -> Op {
    let edits = vec![FieldEdit { field: ProfileField::Nickname, from: from.into(), to: to.into() }];
    samples::op(Subject::Client(CLIENT), Body::EditProfile { edits })
}

fn shown(model: &Model) -> String {
    model.clients[&CLIENT].profile.get(ProfileField::Nickname)
}

#[test]
fn a_download_does_not_overwrite_unsent_work() {
    let officer = one_of(Role::Officer);
    let mut snapshot = model();
    let pending = nickname("", "Biggs");
    // A colleague's older picture of the same client arrives while the edit waits.
    snapshot.take(Record::Client(Box::new(samples::client())));
    let mut view = snapshot.clone();
    view.lay_over(&pending, &officer, now()).unwrap();
    assert_eq!((shown(&snapshot).as_str(), shown(&view).as_str()), ("", "Biggs"));
}

#[test]
fn ops_are_laid_over_each_other_as_if_the_server_had_them() {
    let supervisor = one_of(Role::Supervisor);
    let mut view = model();
    let (client, case) = (ClientId(uuid::Uuid::from_u128(70)), CaseId(uuid::Uuid::from_u128(71)));
    let accept = Body::Accept { client, case, officer: OFFICER, reason: String::new() };
    view.lay_over(&samples::op(Subject::Referral(REFERRAL), accept), &supervisor, now()).unwrap();
    assert_eq!(view.colleagues[&OFFICER].active, 4);
    let transfer = Body::Transfer { officer: OTHER_OFFICER, reason: "Leave".into() };
    view.lay_over(&samples::op(Subject::Client(client), transfer), &supervisor, now()).unwrap();
    assert_eq!(view.clients[&client].case.officer, OTHER_OFFICER);
    assert_eq!((view.colleagues[&OFFICER].active, view.colleagues[&OTHER_OFFICER].active), (3, 5));
}

#[test]
fn what_the_rules_refuse_changes_nothing_in_the_picture() {
    let mut view = model();
    let before = view.clone();
    for (op, role) in [(nickname("", "Biggs"), Role::Counsellor), (nickname("", "123"), Role::Officer)] {
        view.lay_over(&op, &one_of(role), now()).unwrap_err();
    }
    assert_eq!(view, before);
}

#[test]
fn a_note_that_waits_can_be_corrected_and_not_recorded_again() {
    let officer = one_of(Role::Officer);
    let mut view = model();
    let note = NoteId(uuid::Uuid::from_u128(77));
    let on_file = |body| samples::op(Subject::Client(CLIENT), body);
    let record = on_file(Body::RecordContact { note, form: samples::contact_form() });
    view.lay_over(&record, &officer, now()).unwrap();
    view.lay_over(&on_file(Body::AmendContact { note, narrative: "Correction.".into() }), &officer, now()).unwrap();
    view.lay_over(&on_file(Body::FinishNextAction { note }), &officer, now()).unwrap();
    assert_eq!(view.lay_over(&record, &officer, now()).unwrap_err().code, "already-recorded");
    let kept = &view.notes[&CLIENT][&note];
    assert_eq!((kept.amendments.len(), kept.next_action_done), (1, Some(now())));
}

#[test]
fn a_forgotten_file_leaves_nothing_of_itself_and_nothing_else_goes() {
    let mut left = model();
    left.forget(CLIENT.0);
    assert!(left.clients.is_empty() && left.notes.is_empty());
    assert_eq!(left.referrals, model().referrals);
    left.forget(NOTE.0);
    left.forget(REFERRAL.0);
    assert!(left.referrals.is_empty());
}

proptest! {
    #[test]
    fn records_may_come_in_any_order_and_twice(order in Just(vec![0usize, 1, 2, 3, 4, 0, 1, 2, 3, 4]).prop_shuffle()) {
        let mut taken = Model::default();
        for at in order {
            taken.take(records().swap_remove(at));
        }
        prop_assert_eq!(taken, model());
    }

    /// The phone's overlay and the server's state are moved by one and the same change.
    #[test]
    fn the_overlay_is_what_the_judge_says(from in "(|A|B)", to in "(A|B|C)", role in prop::sample::select(&Role::ALL[..])) {
        let (mut view, op, actor) = (model(), nickname(&from, &to), one_of(role));
        let scene = view.scene(&op);
        let judged = decide(&scene, &op, &actor, now());
        let laid = view.lay_over(&op, &actor, now());
        prop_assert_eq!(laid.is_ok(), judged.is_ok());
        let after = judged.unwrap_or_default().iter().fold(scene, evolve);
        prop_assert_eq!(view.clients.get(&CLIENT), after.client.as_ref());
    }
}
