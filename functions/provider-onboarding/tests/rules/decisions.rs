//! Deciding about applications, and what admission means.

use linli_sdk::prelude::*;
use linli_sdk::registry::{Provider, Standing};
use linli_sdk::testing::Actor;

use crate::{CODE, Town};

#[test]
fn approval_registers_the_provider_with_its_key_and_commission() {
    let town = Town::new();
    let key = format!("d7{}", "0".repeat(62));
    let application = town.apply_with(json!({ "public_key": key })).created();
    let decided = town.decide(&application, "approve").ok();
    assert_eq!((&decided["status"], &decided["kind"]), (&json!("approved"), &json!("admission")));
    town.platform.settle();
    let registered = town.platform.registered(CODE).unwrap();
    assert_eq!((registered.id.as_str(), registered.commission), (CODE, 800));
    assert_eq!(registered.public_key.unwrap()[0], 0xd7);
    assert_eq!(registered.licensed_until.to_string(), "2028-12-31T16:00:00Z", "the end of its last day");
    assert_eq!(town.standing(), "active");
    let (listed, _) = town.platform.call(&Actor::anyone(), "list_providers", json!({})).page();
    assert_eq!(listed[0]["id"], CODE);
    assert_eq!(town.published("provider.changed")[0]["standing"], "active");
}

#[test]
fn a_rejected_application_admits_nobody_and_says_why() {
    let town = Town::new();
    let application = town.apply(Town::application(CODE)).created();
    let silent = json!({ "id": application["id"], "decision": "reject" });
    assert_eq!(town.platform.call(&town.reviewer, "decide_application", silent).code(), "reason-missing");
    assert_eq!(town.decide(&application, "reject").ok()["reason"], "材料已核对");
    town.platform.settle();
    assert_eq!(town.platform.registered(CODE), None);
    assert_eq!(town.decide(&application, "approve").code(), "application-decided");
    let decided = &town.published("application.decided")[0];
    assert_eq!(decided["person"], json!(town.merchant.person()));
    town.apply(Town::application(CODE)).created();
}

#[test]
fn a_returned_application_is_changed_and_handed_in_again() {
    let town = Town::new();
    let application = town.apply(Town::application(CODE)).created();
    let supplement = |changes: serde_json::Value| {
        let mut input = json!({ "id": application["id"] });
        crate::merge(&mut input, changes);
        town.platform.call(&town.merchant, "supplement_application", input)
    };
    assert_eq!(supplement(json!({ "name": "新名" })).code(), "application-not-returned");
    assert_eq!(town.decide(&application, "return").ok()["status"], "returned");
    assert_eq!(town.apply(Town::application(CODE)).code(), "application-open", "it is open still");
    assert_eq!(supplement(json!({ "commission_bp": 5 })).code(), "commission-outside-band");
    let again = supplement(json!({ "name": "新名", "commission_bp": 600 })).ok();
    assert_eq!((&again["status"], &again["name"]), (&json!("submitted"), &json!("新名")));
    town.decide(&application, "approve").ok();
    assert_eq!(supplement(json!({ "name": "又改" })).code(), "application-decided");
    town.platform.settle();
    assert_eq!(town.platform.registered(CODE).unwrap().commission, 600);
}

#[test]
fn nobody_decides_about_their_own_application() {
    let town = Town::new();
    let application = town.apply(Town::application(CODE)).created();
    let both = town.merchant.with_roles(&[Role::Reviewer, Role::Resident]);
    let decision = json!({ "id": application["id"], "decision": "approve" });
    assert_eq!(town.platform.call(&both, "decide_application", decision).code(), "decision-on-oneself");
    let unknown = json!({ "id": "01jx0000000000000000000000", "decision": "approve" });
    assert_eq!(
        town.platform.call(&town.reviewer, "decide_application", unknown).code(),
        "application-unknown"
    );
}

#[test]
fn what_was_right_when_it_was_handed_in_must_be_right_when_it_is_approved() {
    let town = Town::new();
    let licence = json!({ "valid_from": "2020-01-01", "valid_until": "2026-05-03" });
    let application = town.apply_with(json!({ "licence": licence })).created();
    town.platform.advance_to("2026-05-04T00:00:00+08:00");
    assert_eq!(town.decide(&application, "approve").code(), "licence-ended");
}

#[test]
fn who_was_removed_anywhere_is_not_admitted_again_by_applying() {
    let town = Town::new();
    let application = town.apply(Town::application(CODE)).created();
    town.platform.register(Provider {
        id: CODE.to_owned(),
        name: "邻里家政".to_owned(),
        credit_code: CODE.to_owned(),
        category: "housekeeping".to_owned(),
        commission: 800,
        public_key: None,
        standing: Standing::Removed,
        licensed_until: "2030-01-01T00:00:00Z".parse().unwrap(),
    });
    assert_eq!(town.decide(&application, "approve").code(), "provider-removed");
}

#[test]
fn a_renewal_is_the_providers_own_business() {
    let town = Town::with_provider();
    let renewal = || Town::application(CODE);
    let stranger = town.platform.call(&town.customer, "create_application", renewal());
    assert_eq!(stranger.code(), "provider-not-yours");
    let by_itself = town.platform.call(&town.platform.provider(CODE), "create_application", renewal());
    assert_eq!(by_itself.created()["kind"], "renewal");
}
