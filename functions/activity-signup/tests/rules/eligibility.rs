//! Who may sign up.

use linli_sdk::people::Denial;
use linli_sdk::{Attribute, Role};

use super::*;

#[test]
fn age_limits_are_inclusive() {
    let community = Community::new();
    let id = community.activity(9, json!({ "min_age": 18, "max_age": 60 }));
    for (age, welcome) in [(17, false), (18, true), (60, true), (61, false)] {
        let outcome = community.try_sign_up(&community.platform.resident(age), &id, 1);
        if welcome {
            outcome.created();
        } else {
            assert_eq!(
                outcome.problem().detail.en,
                "This activity is for residents aged 18 to 60; please choose another one."
            );
        }
    }
}

#[test]
fn the_age_is_looked_up_only_when_a_rule_asks_and_every_look_is_on_record() {
    let community = Community::new();
    let (open, limited) = (community.activity(9, json!({})), community.activity(9, json!({ "min_age": 18 })));
    let resident = community.platform.resident(30);
    community.sign_up(&resident, &open, 1);
    assert!(community.platform.take_revealed().is_empty());
    community.sign_up(&resident, &limited, 1);
    let looks = community.platform.take_revealed();
    assert_eq!(looks.len(), 1);
    assert_eq!((&looks[0].person, looks[0].attribute), (&resident.person(), Attribute::Age));
}

#[test]
fn the_age_of_who_comes_counts_not_of_who_clicks() {
    let community = Community::new();
    let id = community.activity(9, json!({ "min_age": 60 }));
    let (elder, son) = (community.platform.resident(80), community.platform.resident(50));
    assert_eq!(community.try_sign_up(&son, &id, 1).code(), "age-outside");
    community.sign_up(&son.acting_for(&elder), &id, 1);
}

#[test]
fn without_the_age_the_refusal_says_what_to_do() {
    let community = Community::new();
    let id = community.activity(9, json!({ "min_age": 18 }));
    for (denial, code) in [
        (Denial::Unknown, "age-unknown"),
        (Denial::NoConsent, "age-not-agreed"),
        (Denial::OutOfArea, "out-of-area"),
    ] {
        let resident = community.platform.resident(30);
        community.platform.deny(&resident.person(), Attribute::Age, denial);
        assert_eq!(community.try_sign_up(&resident, &id, 1).code(), code);
    }
}

#[test]
fn every_operation_is_for_its_roles_only() {
    let community = Community::new();
    let id = community.activity(9, json!({}));
    let (resident, signup) = community.newcomer(&id, 1);
    let both = json!({ "id": id, "signup": signup["id"] });
    let one = json!({ "id": id });
    let ticket = json!({ "id": id, "ticket": signup["ticket"] });
    let reason = json!({ "id": id, "reason": "下雨" });
    let stranger = Actor::anyone();
    let grid_worker = community.worker.with_roles(&[Role::GridWorker, Role::Officer, Role::Provider]);
    for (operation, input, allowed) in [
        ("create_activity", described(1, json!({})), &[Role::Worker][..]),
        ("change_activity", one.clone(), &[Role::Worker]),
        ("cancel_activity", reason, &[Role::Worker]),
        ("create_signup", one.clone(), &[Role::Resident]),
        ("list_roster", one, &[Role::Worker]),
        ("list_signups", json!({}), &[Role::Resident]),
        ("cancel_signup", both.clone(), &[Role::Resident, Role::Worker]),
        ("accept_offer", both.clone(), &[Role::Resident]),
        ("decline_offer", both, &[Role::Resident]),
        ("create_check_in", ticket, &[Role::Worker]),
    ] {
        for (actor, role) in [(&resident, Role::Resident), (&community.worker, Role::Worker)] {
            if !allowed.contains(&role) {
                assert_eq!(
                    community.platform.call(actor, operation, input.clone()).code(),
                    "role-missing",
                    "{operation}"
                );
            }
        }
        for actor in [&stranger, &grid_worker] {
            assert_eq!(
                community.platform.call(actor, operation, input.clone()).code(),
                "role-missing",
                "{operation}"
            );
        }
    }
}
