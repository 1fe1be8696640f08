use super::*;
use crate::samples::{self, CLIENT, OFFICER, OTHER_OFFICER, on_day};
use proptest::prelude::*;
use std::collections::BTreeSet;
use uuid::Uuid;

fn edit(field: ProfileField, from: &str, to: &str) -> FieldEdit {
    FieldEdit { field, from: from.into(), to: to.into() }
}

fn op(n: u128) -> OpId {
    OpId(Uuid::from_u128(n))
}

/// One person edits one field.
fn edited(client: Client, field: ProfileField, from: &str, to: &str, by: &str, n: u128) -> Client {
    client.edit(&[edit(field, from, to)], by, on_day(0), op(n)).unwrap()
}

fn nickname(client: Client, from: &str, to: &str, by: &str, n: u128) -> Client {
    edited(client, ProfileField::Nickname, from, to, by, n)
}

/// Every value of a field that a person could still choose.
fn live(client: &Client, field: ProfileField) -> BTreeSet<String> {
    let open = client.conflicts.iter().filter(|c| c.field == field);
    open.map(|c| c.other.value.clone()).chain([client.profile.get(field)]).collect()
}

#[test]
fn there_and_back_again_ends_where_it_began() {
    let client = nickname(samples::client(), "", "Biggs", "Ann", 1);
    let client = nickname(client, "Biggs", "Shorty", "Ann", 2);
    let client = nickname(client, "Shorty", "Biggs", "Ann", 3);
    assert_eq!(client.profile.get(ProfileField::Nickname), "Biggs");
    assert_eq!(client.conflicts, []);
}

#[test]
fn the_same_answer_from_two_people_is_no_conflict_however_it_is_spelt() {
    for (field, seen, first, second) in [
        (ProfileField::Nickname, "", "Biggs", " Biggs "),
        (ProfileField::GuardianPhone, "876-555-0123", "876-555-0199", "555 0199"),
        (ProfileField::DateOfBirth, "2012-06-09", "2011-06-09", "09/06/2011"),
        (ProfileField::Srn, "", "123456789", "123-456-789"),
    ] {
        let client = edited(samples::client(), field, seen, first, "Ann", 1);
        let client = edited(client, field, seen, second, "Bea", 2);
        assert_eq!(client.conflicts, [], "{field:?}");
    }
}

#[test]
fn two_answers_from_one_base_are_both_kept_and_the_later_is_shown() {
    let client = nickname(samples::client(), "", "Biggs", "Ann", 1);
    let client = nickname(client, "", "Shorty", "Bea", 2);
    assert_eq!(client.profile.get(ProfileField::Nickname), "Shorty");
    let [conflict] = client.conflicts.as_slice() else { panic!("{:?}", client.conflicts) };
    assert_eq!((conflict.shown.value.as_str(), conflict.shown.by.as_str()), ("Shorty", "Bea"));
    assert_eq!(conflict.other.value, "Biggs");
}

#[test]
fn a_third_answer_pushes_none_of_the_first_two_out() {
    let client = nickname(samples::client(), "", "Biggs", "Ann", 1);
    let client = nickname(client, "", "Shorty", "Bea", 2);
    let client = nickname(client, "", "Dre", "Cleo", 3);
    assert_eq!(live(&client, ProfileField::Nickname), ["Biggs", "Dre", "Shorty"].map(String::from).into());
    assert!(client.conflicts.iter().all(|c| c.shown.value == "Dre"));
}

/// Ann corrects herself offline, twice; Bea's answer arrived in between. Ann never saw it, so that
/// her second edit builds on her own first one settles nothing.
#[test]
fn a_chain_of_edits_by_one_person_does_not_drop_what_another_gave() {
    let client = nickname(samples::client(), "", "Shorty", "Bea", 1);
    let client = nickname(client, "", "Biggs", "Ann", 2);
    let client = nickname(client, "Biggs", "Biggy", "Ann", 3);
    assert_eq!(live(&client, ProfileField::Nickname), ["Biggy", "Shorty"].map(String::from).into());
}

#[test]
fn who_gives_way_to_the_other_value_ends_the_conflict() {
    let client = nickname(samples::client(), "", "Biggs", "Ann", 1);
    let client = nickname(client, "", "Shorty", "Bea", 2);
    let client = nickname(client, "Biggs", "Shorty", "Ann", 3);
    assert_eq!(client.profile.get(ProfileField::Nickname), "Shorty");
    assert_eq!(client.conflicts, []);
}

#[test]
fn a_field_that_the_person_left_alone_undoes_nobody() {
    let client = nickname(samples::client(), "", "Biggs", "Ann", 1);
    let client = nickname(client, "", "", "Bea", 2);
    assert_eq!(live(&client, ProfileField::Nickname), ["Biggs".to_owned()].into());
}

#[test]
fn one_invalid_field_leaves_the_whole_form_unsaved_and_is_named() {
    let edits = [edit(ProfileField::Nickname, "", "Biggs"), edit(ProfileField::Srn, "", "12345")];
    let refusal = samples::client().edit(&edits, "Ann", on_day(0), op(1)).unwrap_err();
    assert_eq!(refusal.field.as_deref(), Some("srn"));
}

#[test]
fn settling_chooses_one_of_the_values_and_nothing_else() {
    let client = nickname(samples::client(), "", "Biggs", "Ann", 1);
    let client = nickname(client, "", "Shorty", "Bea", 2);
    let today = crate::clock::jamaica_day(on_day(0));
    let seen = ["Biggs".to_owned(), "Shorty".to_owned()];
    for value in ["Biggs", "Shorty"] {
        let settled = client.clone().settle(ProfileField::Nickname, value, &seen, today).unwrap();
        assert_eq!(settled.profile.get(ProfileField::Nickname), value);
        assert_eq!(settled.conflicts, []);
        let again = settled.settle(ProfileField::Nickname, value, &seen, today).unwrap_err();
        assert_eq!(again.code, "nothing-to-settle");
    }
    let neither = client.clone().settle(ProfileField::Nickname, "Dre", &seen, today).unwrap_err();
    assert_eq!((neither.code.as_str(), neither.field.as_deref()), ("not-one-of-the-two", Some("nickname")));
    let elsewhere = client.settle(ProfileField::Grade, "9", &[], today).unwrap_err();
    assert_eq!(elsewhere.code, "nothing-to-settle");
}

#[test]
fn a_value_that_came_while_a_person_chose_stays_to_be_settled() {
    let client = nickname(samples::client(), "", "Biggs", "Ann", 1);
    let client = nickname(client, "", "Shorty", "Bea", 2);
    let client = nickname(client, "", "Dre", "Cal", 3);
    let today = crate::clock::jamaica_day(on_day(0));
    let seen = ["Shorty".to_owned(), "Biggs".to_owned()];
    let settled = client.settle(ProfileField::Nickname, "Biggs", &seen, today).unwrap();
    assert_eq!(settled.profile.get(ProfileField::Nickname), "Biggs");
    let [left] = settled.conflicts.as_slice() else { panic!("{:?}", settled.conflicts) };
    assert_eq!(left.shown.value, "Biggs");
    assert_eq!((left.other.value.as_str(), left.other.by.as_str()), ("Dre", "Cal"));
}

#[test]
fn a_transfer_moves_the_case_and_keeps_the_episode() {
    let client = samples::client();
    let moved = client.clone().transfer(OTHER_OFFICER, "Bea Sample".into(), on_day(5)).unwrap();
    assert_eq!((moved.case.officer, moved.case.officer_name.as_str()), (OTHER_OFFICER, "Bea Sample"));
    assert_eq!((moved.case.id, moved.case.opened_at), (client.case.id, client.case.opened_at));
    assert_eq!(moved.case.assigned_at, on_day(5));
    assert_eq!(moved.id, CLIENT);
}

#[test]
fn a_case_is_handed_neither_to_the_same_officer_nor_after_its_end() {
    let mut client = samples::client();
    let same = client.clone().transfer(OFFICER, "Ann".into(), on_day(5)).unwrap_err();
    assert_eq!((same.code.as_str(), same.field.as_deref()), ("same-officer", Some("officer")));
    client.case.status = CaseStatus::Closed { reason: "Goals achieved".into(), at: on_day(4) };
    assert_eq!(client.transfer(OTHER_OFFICER, "Bea".into(), on_day(5)).unwrap_err().code, "case-closed");
}

fn value() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "A", "B", "C", "D", "E"])
}

proptest! {
    /// The rule of the merge in two lines: whoever saw a value may replace it, and every other value stays.
    #[test]
    fn the_values_that_can_be_chosen_are_those_that_nobody_knowingly_replaced(edits in prop::collection::vec((value(), value()), 0..12)) {
        let mut client = samples::client();
        let mut expected: BTreeSet<String> = [String::new()].into();
        for (n, (from, to)) in edits.into_iter().enumerate() {
            client = nickname(client, from, to, "Ann", n as u128);
            if from != to {
                expected.remove(from);
                expected.insert(to.to_owned());
                prop_assert_eq!(client.profile.get(ProfileField::Nickname), to);
            }
            prop_assert_eq!(&live(&client, ProfileField::Nickname), &expected);
            prop_assert_eq!(client.conflicts.len() + 1, expected.len(), "no value stands twice");
            prop_assert!(client.conflicts.iter().all(|c| c.shown.value == client.profile.get(c.field)));
        }
    }

    #[test]
    fn edits_of_different_fields_may_arrive_in_any_order(order in Just(vec![0usize, 1, 2, 3]).prop_shuffle(), stale: bool) {
        let seen = if stale { "something else" } else { "" };
        let edits = [
            edit(ProfileField::Nickname, seen, "Biggs"),
            edit(ProfileField::Grade, "", "9B"),
            edit(ProfileField::Community, "Sample Gardens", "Sample Heights"),
            edit(ProfileField::Srn, "", "123456789"),
        ];
        let apply = |order: &[usize]| {
            let client = order.iter().fold(samples::client(), |client, at| {
                client.edit(&edits[*at..=*at], "Ann", on_day(0), op(*at as u128)).unwrap()
            });
            (client.profile.clone(), ProfileField::ALL.map(|field| live(&client, field)))
        };
        prop_assert_eq!(apply(&order), apply(&[0, 1, 2, 3]));
    }

    #[test]
    fn no_edit_whatsoever_panics_and_what_a_field_shows_it_takes_back(at in 0..ProfileField::ALL.len(), from in "\\PC{0,20}", to in "\\PC{0,20}") {
        let field = ProfileField::ALL[at];
        match samples::client().edit(&[edit(field, &from, &to)], "Ann", on_day(0), op(1)) {
            Ok(client) => {
                let mut profile = client.profile.clone();
                profile.set(field, &client.profile.get(field), crate::clock::jamaica_day(on_day(0))).unwrap();
                prop_assert_eq!(profile, client.profile);
            }
            Err(refusal) => prop_assert_eq!(refusal.field.as_deref(), Some(field.code())),
        }
    }
}

#[test]
fn every_field_takes_back_what_it_shows() {
    let mut profile = samples::client().profile;
    let today = crate::clock::jamaica_day(on_day(0));
    let full = [
        (ProfileField::School, "00000000-0000-0000-0000-000000000003"),
        (ProfileField::Nickname, "Dre 🙂"),
        (ProfileField::Phone, "+44 20 7946 0958"),
        (ProfileField::KinPhone, "555 0111"),
        (ProfileField::KinName, "Paul Barrett"),
        (ProfileField::Srn, "123 456 789"),
    ];
    for (field, value) in full {
        profile.set(field, value, today).unwrap();
    }
    for field in ProfileField::ALL {
        let mut copy = profile.clone();
        copy.set(field, &profile.get(field), today).unwrap();
        assert_eq!(copy, profile, "{field:?}");
    }
}
