//! The door.

use linli_sdk::base32;

use super::*;

const DOOR: &str = "2026-05-11T08:30:00+08:00";

fn show(community: &Community, activity: &str, ticket: &Value) -> linli_sdk::testing::Outcome {
    community.platform.call(&community.worker, "create_check_in", json!({ "id": activity, "ticket": ticket }))
}

#[test]
fn a_ticket_counts_once_and_awards_the_points() {
    let community = Community::new();
    let id = community.activity(5, json!({ "points_on_check_in": 20 }));
    let (resident, signup) = community.newcomer(&id, 2);
    community.platform.advance_to(DOOR);
    community.platform.take_published();
    let seen = show(&community, &id, &signup["ticket"]).created();
    assert_eq!(
        (&seen["party_size"], &seen["points"], &seen["checked_in_at"]),
        (&json!(2), &json!(20), &json!("2026-05-11T00:30:00Z"))
    );
    let events = community.platform.take_published();
    let content =
        json!({ "activity": id, "signup": signup["id"], "person": resident.person(), "points": 20 });
    assert_eq!((events[0].name.as_str(), &events[0].content), ("activity.checked-in", &content));
    community.platform.advance(60);
    let again = show(&community, &id, &signup["ticket"]).problem();
    assert_eq!(
        (again.code.as_ref(), again.data.as_deref()),
        ("checked-in", Some(r#"{"checked_in_at":"2026-05-11T00:30:00Z"}"#))
    );
    assert!(community.platform.take_published().is_empty());
    assert_eq!(community.act("cancel_signup", &resident, &id, &signup).code(), "checked-in");
}

#[test]
fn a_ticket_is_checked_offline_with_the_published_key() {
    use ed25519_dalek::{Signature, Verifier, VerifyingKey};
    let community = Community::new();
    let id = community.activity(5, json!({}));
    let (_, signup) = community.newcomer(&id, 3);
    let ticket = signup["ticket"].as_str().unwrap();
    // A QR code of version 7 holds 178 characters of its alphanumeric mode at medium error correction.
    assert_eq!(ticket.len(), 165);
    assert!(ticket.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));

    let bytes = base32::decode(ticket, 103).unwrap();
    let (payload, signature) = bytes.split_at(39);
    let key = VerifyingKey::from_bytes(&community.platform.public_key()).unwrap();
    let signed = [b"linli/activity-signup/ticket\0", payload].concat();
    key.verify(&signed, &Signature::from_slice(signature).unwrap()).unwrap();

    assert_eq!(payload[0], 1);
    assert_eq!(base32::encode(&payload[1..17]), id);
    assert_eq!(json!(base32::encode(&payload[17..33])), signup["id"]);
    assert_eq!((payload[33], payload[34]), (1, 3));
    let expiry = u32::from_be_bytes(payload[35..].try_into().unwrap());
    // Seven days after 2026-05-11T03:00:00Z.
    assert_eq!(expiry, 1_779_073_200);
}

#[test]
fn a_ticket_may_be_typed_by_hand() {
    let community = Community::new();
    let id = community.activity(5, json!({}));
    let (_, signup) = community.newcomer(&id, 1);
    community.platform.advance_to(DOOR);
    let typed = signup["ticket"].as_str().unwrap().to_lowercase().replace('0', "o").replace('1', "l");
    let grouped: Vec<_> =
        typed.as_bytes().chunks(5).map(|group| std::str::from_utf8(group).unwrap()).collect();
    show(&community, &id, &json!(grouped.join(" "))).created();
}

#[test]
fn a_ticket_that_was_tampered_with_is_none() {
    let community = Community::new();
    let id = community.activity(5, json!({}));
    let (_, signup) = community.newcomer(&id, 1);
    community.platform.advance_to(DOOR);
    let bytes = base32::decode(signup["ticket"].as_str().unwrap(), 103).unwrap();
    for place in 0..bytes.len() {
        let mut forged = bytes.clone();
        forged[place] ^= 1;
        let ticket = json!(base32::encode(&forged));
        assert_eq!(show(&community, &id, &ticket).code(), "ticket-invalid", "byte {place}");
    }
    for nonsense in ["x", "票", &"0".repeat(165), &"Z".repeat(400)] {
        assert_eq!(show(&community, &id, &json!(nonsense)).code(), "ticket-invalid");
    }
}

#[test]
fn a_ticket_is_for_its_activity_and_its_signup() {
    let community = Community::new();
    let (id, other) = (community.activity(5, json!({})), community.activity(5, json!({})));
    let (resident, first) = community.newcomer(&id, 4);
    community.cancel(&resident, &id, &first);
    let second = community.sign_up(&resident, &id, 1);
    let (leaver, left) = community.newcomer(&id, 1);
    community.cancel(&leaver, &id, &left);
    community.platform.advance_to(DOOR);
    assert_eq!(show(&community, &other, &second["ticket"]).code(), "ticket-of-another");
    assert_eq!(show(&community, &id, &left["ticket"]).code(), "ticket-void");
    // The ticket of the first time is void, though the resident signed up again.
    assert_eq!(show(&community, &id, &first["ticket"]).code(), "ticket-void");
    show(&community, &id, &second["ticket"]).created();
}

#[test]
fn the_door_opens_three_hours_before_and_devices_report_for_seven_days() {
    let community = Community::new();
    let id = community.activity(5, json!({}));
    let (_, early) = community.newcomer(&id, 1);
    let (_, late) = community.newcomer(&id, 1);
    community.platform.advance_to("2026-05-11T05:59:59+08:00");
    assert_eq!(show(&community, &id, &early["ticket"]).code(), "check-in-not-open");
    community.platform.advance_to("2026-05-11T06:00:00+08:00");
    show(&community, &id, &early["ticket"]).created();
    community.platform.advance_to("2026-05-18T10:59:59+08:00");
    show(&community, &id, &late["ticket"]).created();
    community.platform.advance(1);
    assert_eq!(show(&community, &id, &late["ticket"]).code(), "check-in-closed");
}

#[test]
fn the_roster_shows_masked_names_and_who_is_in() {
    let community = Community::new();
    let id = community.activity(1, json!({}));
    let (_, signup) = community.newcomer(&id, 1);
    let (waiting, second) = community.newcomer(&id, 1);
    let (_, third) = community.newcomer(&id, 1);
    community.cancel(&waiting, &id, &second);
    community.platform.advance_to(DOOR);
    show(&community, &id, &signup["ticket"]).created();
    community.platform.take_revealed();
    let (roster, next) =
        community.platform.call(&community.worker, "list_roster", json!({ "id": id })).page();
    assert_eq!((roster.len(), next), (2, None));
    let of = |signup: &Value| roster.iter().find(|entry| entry["id"] == signup["id"]).unwrap();
    assert_eq!(of(&signup)["checked_in_at"], "2026-05-11T00:30:00Z");
    assert_eq!(of(&third)["status"], "waitlisted");
    for entry in &roster {
        let name: Vec<char> = entry["name"].as_str().unwrap().chars().collect();
        assert!(name.len() > 1 && name[1..].iter().all(|c| *c == '*'), "only the family name is shown");
    }
    assert!(community.platform.take_revealed().is_empty());
}
