use super::*;
use crate::access::{Action, Role, can};
use crate::client::{CaseStatus, FieldEdit, ProfileField};
use crate::ids::{ClientId, OpId, ReferralId};
use crate::referral::ReferralState;
use crate::samples::{
    self, CASE, CLIENT, COUNSELLOR, NOTE, OFFICER, OTHER_OFFICER, OTHER_REGION, REFERRAL, SUPERVISOR, actor, now,
    on_day, one_of,
};
use crate::sync::wire_v1::ContactForm;
use proptest::prelude::*;
use uuid::Uuid;

const REFERRED: Subject = Subject::Referral(REFERRAL);
const FILE: Subject = Subject::Client(CLIENT);
const NEW_NOTE: NoteId = NoteId(Uuid::from_u128(77));

/// Everything that can be done to the sample files, and which right it takes.
fn every_deed() -> Vec<(Action, Subject, Body)> {
    let words = || "Words.".to_owned();
    let edit = |from: &str, to: &str| FieldEdit { field: ProfileField::Nickname, from: from.into(), to: to.into() };
    let deeds = vec![
        (Action::SendReferral, REFERRED, Body::SendReferral { form: Box::new(samples::referral_form()) }),
        (Action::Triage, REFERRED, Body::AskInformation { question: words() }),
        (Action::AnswerInformation, REFERRED, Body::AnswerInformation { answer: words() }),
        (Action::Triage, REFERRED, accept(OFFICER, "")),
        (Action::Triage, REFERRED, Body::DeclareNotEligible { reason: words() }),
        (Action::Triage, REFERRED, Body::ReferElsewhere { to: words(), reason: String::new() }),
        (Action::TransferCase, FILE, Body::Transfer { officer: OTHER_OFFICER, reason: words() }),
        (Action::RecordContact, FILE, Body::RecordContact { note: NEW_NOTE, form: samples::contact_form() }),
        (Action::RecordContact, FILE, Body::AmendContact { note: NOTE, narrative: words() }),
        (Action::RecordContact, FILE, Body::FinishNextAction { note: NOTE }),
        (Action::RecordContact, FILE, Body::Attach { form: samples::attachment_form() }),
        (Action::EditProfile, FILE, Body::EditProfile { edits: vec![edit("", "Dre")] }),
        (
            Action::SettleConflict,
            FILE,
            Body::SettleConflict { field: ProfileField::Nickname, value: "Biggs".into(), seen: Vec::new() },
        ),
    ];
    // A new kind of body does not compile here until it has its row above.
    for (_, _, body) in &deeds {
        match body {
            Body::SendReferral { .. }
            | Body::AskInformation { .. }
            | Body::AnswerInformation { .. }
            | Body::Accept { .. }
            | Body::DeclareNotEligible { .. }
            | Body::ReferElsewhere { .. }
            | Body::Transfer { .. }
            | Body::RecordContact { .. }
            | Body::AmendContact { .. }
            | Body::FinishNextAction { .. }
            | Body::Attach { .. }
            | Body::EditProfile { .. }
            | Body::SettleConflict { .. } => {}
        }
    }
    deeds
}

fn accept(officer: UserId, reason: &str) -> Body {
    Body::Accept {
        client: ClientId(Uuid::from_u128(70)),
        case: CaseId(Uuid::from_u128(71)),
        officer,
        reason: reason.into(),
    }
}

/// A scene in which nothing but the person's right can stand in the way of the deed.
fn ready_for(body: &Body, actor: &Actor) -> Scene {
    let mut scene = samples::scene();
    let referral = scene.referral.take().map(|r| Referral { referrer: actor.user, ..r });
    scene.referral = match body {
        Body::SendReferral { .. } => None,
        Body::AnswerInformation { .. } => {
            referral.map(|r| Referral { state: ReferralState::InformationAsked, exchanges: vec![question()], ..r })
        }
        _ => referral,
    };
    if let Body::SettleConflict { .. } = body {
        let nickname =
            |from: &str, to: &str| [FieldEdit { field: ProfileField::Nickname, from: from.into(), to: to.into() }];
        let client = samples::client().edit(&nickname("", "Biggs"), "Ann", now(), OpId(Uuid::nil())).unwrap();
        scene.client = Some(client.edit(&nickname("", "Shorty"), "Bea", now(), OpId(Uuid::nil())).unwrap());
    }
    scene
}

fn question() -> crate::referral::Exchange {
    let question = crate::text::Narrative::parse("question", "Q", "?", "Which class?").unwrap();
    crate::referral::Exchange { question, asked_at: now(), answer: None, answered_at: None }
}

fn judge(scene: &Scene, subject: Subject, body: Body, actor: &Actor) -> Result<Vec<Change>, Refusal> {
    decide(scene, &samples::op(subject, body), actor, now())
}

fn code(judged: Result<Vec<Change>, Refusal>) -> String {
    judged.map_or_else(|refusal| refusal.code, |_| "done".into())
}

#[test]
fn a_role_can_do_what_the_table_of_rights_says_and_nothing_else() {
    for role in Role::ALL {
        for (action, subject, body) in every_deed() {
            let actor = one_of(role);
            let expected = if can(role, action) { "done" } else { "not-allowed" };
            assert_eq!(
                code(judge(&ready_for(&body, &actor), subject, body.clone(), &actor)),
                expected,
                "{role:?} {}",
                body.kind()
            );
        }
    }
}

#[test]
fn whoever_has_the_right_but_not_the_file_is_told_that_it_is_not_among_theirs() {
    for role in Role::ALL {
        for (action, subject, body) in every_deed() {
            // A referral that one sends is one's own by being sent.
            if !can(role, action) || action == Action::SendReferral {
                continue;
            }
            let scene = ready_for(&body, &one_of(role));
            let stranger = Actor { region: Some(OTHER_REGION), ..actor(UserId(Uuid::from_u128(15)), role) };
            assert_eq!(code(judge(&scene, subject, body.clone(), &stranger)), "not-found", "{role:?} {}", body.kind());
            assert_eq!(
                code(judge(&Scene::default(), subject, body.clone(), &one_of(role))),
                "not-found",
                "{role:?} {}",
                body.kind()
            );
        }
    }
}

#[test]
fn what_belongs_to_one_kind_of_file_is_not_done_to_the_other() {
    for (_, subject, body) in every_deed() {
        let other = match subject {
            Subject::Referral(id) => Subject::Client(ClientId(id.0)),
            Subject::Client(id) => Subject::Referral(ReferralId(id.0)),
        };
        for role in Role::ALL {
            assert_eq!(code(judge(&samples::scene(), other, body.clone(), &one_of(role))), "wrong-subject");
        }
    }
}

#[test]
fn every_change_is_on_the_file_that_the_op_names() {
    for (_, subject, body) in every_deed() {
        for actor in Role::ALL.map(one_of) {
            for change in judge(&ready_for(&body, &actor), subject, body.clone(), &actor).unwrap_or_default() {
                let opened = if let Body::Accept { client, .. } = &body { *client } else { CLIENT };
                match change {
                    Change::Referral(referral) => assert_eq!(referral.id, REFERRAL),
                    Change::Client(client) => assert_eq!(client.id, opened),
                    Change::Note(note) => assert_eq!(note.client, CLIENT),
                    Change::Attached { attachment, .. } => assert_eq!(attachment.client, CLIENT),
                    Change::Assigned(assignment) => assert_eq!(assignment.client, opened),
                }
            }
        }
    }
}

#[test]
fn a_clock_that_is_days_off_is_borne_and_one_that_is_months_ahead_or_dead_is_told() {
    let at = |recorded_at: Moment| {
        let form = ContactForm { day: "2019-06-01".into(), ..samples::contact_form() };
        let op = Op { recorded_at, ..samples::op(FILE, Body::RecordContact { note: NEW_NOTE, form }) };
        code(decide(&samples::scene(), &op, &one_of(Role::Officer), now()))
    };
    for days in [-2000, -10, -1, 0, 1, 10, 31] {
        assert_eq!(at(on_day(days)), "done", "{days} days");
    }
    for wrong in [on_day(32), on_day(-4000), Moment::UNIX_EPOCH, Moment::MIN_UTC, Moment::MAX_UTC] {
        assert_eq!(at(wrong), "clock-wrong", "{wrong}");
    }
}

/// The phone judges by the clock that wrote the op, whatever that showed.
#[test]
fn at_the_ends_of_the_calendar_the_judge_still_answers() {
    for recorded_at in [Moment::MIN_UTC, Moment::MAX_UTC] {
        for (_, subject, body) in every_deed() {
            for actor in Role::ALL.map(one_of) {
                let op = Op { recorded_at, ..samples::op(subject, body.clone()) };
                let judged = decide(&ready_for(&body, &actor), &op, &actor, recorded_at);
                assert_eq!(code(judged.clone()) == "clock-wrong", recorded_at == Moment::MIN_UTC, "{judged:?}");
            }
        }
    }
}

#[test]
fn nothing_is_sent_or_recorded_twice() {
    let send = Body::SendReferral { form: Box::new(samples::referral_form()) };
    assert_eq!(code(judge(&samples::scene(), REFERRED, send, &one_of(Role::Counsellor))), "already-sent");
    let record = Body::RecordContact { note: NOTE, form: samples::contact_form() };
    assert_eq!(code(judge(&samples::scene(), FILE, record, &one_of(Role::Officer))), "already-recorded");
    assert_eq!(
        code(judge(&samples::scene(), FILE, Body::EditProfile { edits: Vec::new() }, &one_of(Role::Officer))),
        "nothing-changed"
    );
}

#[test]
fn a_note_is_corrected_by_its_author_only_and_on_its_own_file() {
    let amend = || Body::AmendContact { note: NOTE, narrative: "Words.".into() };
    let mut scene = samples::scene();
    scene.notes.get_mut(&NOTE).unwrap().author = OTHER_OFFICER;
    assert_eq!(code(judge(&scene, FILE, amend(), &one_of(Role::Officer))), "not-your-note");
    let mut scene = samples::scene();
    scene.notes.get_mut(&NOTE).unwrap().client = ClientId(Uuid::from_u128(70));
    for body in [amend(), Body::FinishNextAction { note: NOTE }] {
        assert_eq!(code(judge(&scene, FILE, body, &one_of(Role::Officer))), "not-found");
    }
}

/// The officer had the case until the given day and has it no longer.
fn departed(day: i64) -> Scene {
    let mut scene = samples::scene();
    scene.client.as_mut().unwrap().case.officer = OTHER_OFFICER;
    scene.departure = Some(Departure { case: CASE, at: on_day(day) });
    scene
}

fn record_on(day: &str) -> Body {
    Body::RecordContact { note: NEW_NOTE, form: ContactForm { day: day.into(), ..samples::contact_form() } }
}

#[test]
fn a_former_officers_late_note_is_taken_for_her_own_time_and_refused_with_words_after_it() {
    let late = judge(&departed(-2), FILE, record_on("2026-11-20"), &one_of(Role::Officer)).unwrap();
    assert!(
        matches!(late.as_slice(), [Change::Note(note)] if note.case == CASE && note.author == OFFICER && note.is_late_entry())
    );
    let after = judge(&departed(-2), FILE, record_on("2026-11-25"), &one_of(Role::Officer)).unwrap_err();
    assert_eq!((after.code.as_str(), after.field.as_deref()), ("case-moved", Some("day")));
    assert!(after.message.contains("24/11/2026"), "{}", after.message);
    // With the file gone from her hands altogether the rule is the same.
    let gone = Scene { client: None, ..departed(-2) };
    assert_eq!(code(judge(&gone, FILE, record_on("2026-11-20"), &one_of(Role::Officer))), "done");
    // Nothing but a note comes in that late.
    let edit = Body::EditProfile {
        edits: vec![FieldEdit { field: ProfileField::Nickname, from: String::new(), to: "Dre".into() }],
    };
    assert_eq!(code(judge(&departed(-2), FILE, edit, &one_of(Role::Officer))), "not-found");
}

#[test]
fn a_closed_case_takes_what_happened_before_its_end() {
    let mut scene = samples::scene();
    scene.client.as_mut().unwrap().case.status = CaseStatus::Closed { reason: "Migration".into(), at: on_day(-2) };
    assert_eq!(code(judge(&scene, FILE, record_on("2026-11-20"), &one_of(Role::Officer))), "done");
    let after = judge(&scene, FILE, record_on("2026-11-25"), &one_of(Role::Officer)).unwrap_err();
    assert_eq!((after.code.as_str(), after.field.as_deref()), ("case-closed", Some("day")));
    let transfer = Body::Transfer { officer: OTHER_OFFICER, reason: "Leave".into() };
    assert_eq!(code(judge(&scene, FILE, transfer, &one_of(Role::Supervisor))), "case-closed");
}

#[test]
fn past_the_limit_a_case_is_given_with_a_reason_and_never_forbidden() {
    let with_load = |active| {
        let mut scene = samples::scene();
        scene.colleagues.insert(OTHER_OFFICER, samples::colleague(OTHER_OFFICER, active));
        scene
    };
    let by = one_of(Role::Supervisor);
    assert_eq!(code(judge(&with_load(59), REFERRED, accept(OTHER_OFFICER, ""), &by)), "done");
    for silence in ["", "   "] {
        let refusal = judge(&with_load(60), REFERRED, accept(OTHER_OFFICER, silence), &by).unwrap_err();
        assert_eq!((refusal.code.as_str(), refusal.field.as_deref()), ("caseload-reason-missing", Some("reason")));
    }
    assert_eq!(code(judge(&with_load(500), REFERRED, accept(OTHER_OFFICER, "Same yard"), &by)), "done");
    let transfer = |reason: &str| Body::Transfer { officer: OTHER_OFFICER, reason: reason.into() };
    assert_eq!(code(judge(&with_load(500), FILE, transfer("Leave"), &by)), "done");
    assert_eq!(judge(&with_load(3), FILE, transfer(" "), &by).unwrap_err().field.as_deref(), Some("reason"));
}

#[test]
fn a_case_is_given_only_to_an_officer_of_the_region_who_can_take_it() {
    let by = one_of(Role::Supervisor);
    let deeds = |officer| [(REFERRED, accept(officer, "")), (FILE, Body::Transfer { officer, reason: "Leave".into() })];
    let mut scene = samples::scene();
    scene.colleagues.get_mut(&OTHER_OFFICER).unwrap().available = false;
    for (subject, body) in deeds(OTHER_OFFICER).into_iter().chain(deeds(COUNSELLOR)).chain(deeds(SUPERVISOR)) {
        assert_eq!(code(judge(&scene, subject, body, &by)), "officer-not-available");
    }
    let mut scene = samples::scene();
    scene.colleagues.get_mut(&OTHER_OFFICER).unwrap().region = OTHER_REGION;
    for (subject, body) in deeds(OTHER_OFFICER) {
        assert_eq!(code(judge(&scene, subject, body, &by)), "officer-of-another-region");
    }
}

#[test]
fn a_case_that_passes_on_passes_in_the_counts_too() {
    let scene = samples::scene();
    let transfer = Body::Transfer { officer: OTHER_OFFICER, reason: "Leave".into() };
    let changes = judge(&scene, FILE, transfer, &one_of(Role::Supervisor)).unwrap();
    let after = changes.iter().fold(scene, evolve);
    assert_eq!((after.colleagues[&OFFICER].active, after.colleagues[&OTHER_OFFICER].active), (2, 4));
    assert_eq!(after.client.unwrap().case.officer, OTHER_OFFICER);
}

proptest! {
    /// The phone judges when the person saves, the server days or years later: they must agree.
    #[test]
    fn when_the_judge_sits_makes_no_difference(deed in 0usize..13, recorded in -300i64..0, wait in 0i64..3000, born in "(19|20)[0-9]{2}-0[1-9]-1[0-9]") {
        let (_, subject, mut body) = every_deed().swap_remove(deed);
        if let Body::SendReferral { form } = &mut body { form.date_of_birth = born; }
        let op = Op { recorded_at: on_day(recorded), ..samples::op(subject, body.clone()) };
        for actor in Role::ALL.map(one_of) {
            let scene = ready_for(&body, &actor);
            prop_assert_eq!(decide(&scene, &op, &actor, on_day(recorded)), decide(&scene, &op, &actor, on_day(recorded + wait)));
        }
    }

    #[test]
    fn no_text_in_any_op_panics_the_judge(deed in 0usize..13, role in 0usize..4, text in "\\PC{0,30}|\u{0}|\\s", seconds in -8_334_601_228_800i64..8_210_266_876_799) {
        let (_, subject, mut body) = every_deed().swap_remove(deed);
        match &mut body {
            Body::SendReferral { form } => form.reference.clone_from(&text),
            Body::AskInformation { question: t } | Body::AnswerInformation { answer: t } | Body::DeclareNotEligible { reason: t }
            | Body::ReferElsewhere { to: t, .. } | Body::Accept { reason: t, .. } | Body::Transfer { reason: t, .. }
            | Body::AmendContact { narrative: t, .. } | Body::SettleConflict { value: t, .. } => t.clone_from(&text),
            Body::EditProfile { edits } => edits[0].to.clone_from(&text),
            Body::RecordContact { form, .. } => form.time.clone_from(&text),
            Body::Attach { form } => form.content.clone_from(&text),
            Body::FinishNextAction { .. } => {}
        }
        let actor = one_of(Role::ALL[role]);
        let op = Op { recorded_at: Moment::from_timestamp(seconds, 0).unwrap_or_else(now), ..samples::op(subject, body.clone()) };
        let _ = decide(&ready_for(&body, &actor), &op, &actor, now());
        let _ = judge(&ready_for(&body, &actor), subject, body, &actor);
    }
}
