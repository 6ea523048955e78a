//! Certificates: signed, checked by anybody, revoked.

use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use linli_sdk::base32;

use super::*;

fn check(town: &Town, input: Value) -> Outcome {
    town.call(&Actor::anyone(), "get_certificate", input)
}

#[test]
fn anybody_can_check_a_certificate_and_sees_no_more_than_needed() {
    let town = Town::new();
    let filed = town.file("residence-proof");
    let held = town.approve_all(&filed)["certificate"].clone();
    let number = held["number"].as_str().unwrap();
    assert!(number.starts_with("JZM-2026-") && number.len() == 19, "{number}");
    // Six months after 1 May, to the end of the day.
    assert_eq!(held["valid_until"], "2026-11-01T15:59:59Z");
    let printed: Vec<_> =
        held["fields"].as_array().unwrap().iter().map(|f| f["value"]["zh"].as_str().unwrap()).collect();
    assert_eq!(printed, ["1101**********002X", "甲", "2026-04-01", "子女入学"]);

    let seen = check(&town, json!({ "number": number, "qr": held["qr"] })).ok();
    let members: Vec<_> = seen.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        members,
        [
            "genuine",
            "holder",
            "issued_at",
            "number",
            "office",
            "revoked_at",
            "status",
            "title",
            "valid_until"
        ]
    );
    assert_eq!(
        (&seen["status"], &seen["genuine"], &seen["holder"]),
        (&json!("valid"), &json!(true), &json!("*"))
    );
    // However it is typed.
    let typed = number.to_lowercase();
    assert_eq!(check(&town, json!({ "number": format!(" {typed} ") })).ok()["number"], *number);
    town.platform.advance_to("2026-11-02T00:00:00+08:00");
    assert_eq!(check(&town, json!({ "number": number })).ok()["status"], "expired");
    // The office sees that there is one, not what it holds.
    let seen = town.shown(&town.worker, &filed)["certificate"].clone();
    assert_eq!((&seen["number"], &seen["qr"], &seen["fields"]), (&json!(number), &Value::Null, &json!([])));
}

#[test]
fn the_qr_code_is_checked_offline_with_the_published_key() {
    let town = Town::new();
    let filed = town.file("elder-card");
    let held = town.approve_all(&filed)["certificate"].clone();
    let qr = held["qr"].as_str().unwrap();
    assert!(
        qr.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()),
        "a QR code's alphanumeric mode"
    );
    let bytes = base32::decode(qr, qr.len() * 5 / 8).unwrap();
    let (payload, signature) = bytes.split_at(bytes.len() - 64);
    let key = VerifyingKey::from_bytes(&town.platform.public_key()).unwrap();
    let signed = [b"linli/affair-submission/certificate\0", payload].concat();
    key.verify(&signed, &Signature::from_slice(signature).unwrap()).unwrap();
    assert_eq!(payload[0], 1);
    assert_eq!(u32::from_be_bytes(payload[1..5].try_into().unwrap()), 1_777_597_200);
    assert_eq!(payload[5..9], [0; 4], "an elder card is good for ever");
    assert_eq!(json!(std::str::from_utf8(&payload[17..]).unwrap()), held["number"]);
    // A payload that was tampered with, or of another, is not genuine.
    for place in [0, 3, 10, 20, bytes.len() - 1] {
        let mut forged = bytes.clone();
        forged[place] ^= 1;
        let seen = check(&town, json!({ "number": held["number"], "qr": base32::encode(&forged) })).ok();
        assert_eq!(seen["genuine"], false, "{place}");
    }
    for nonsense in ["", "票", &"Z".repeat(400)] {
        assert_eq!(check(&town, json!({ "number": held["number"], "qr": nonsense })).ok()["genuine"], false);
    }
}

#[test]
fn a_revoked_certificate_says_so() {
    let town = Town::new();
    let filed = town.file("elder-card");
    let number = town.approve_all(&filed)["certificate"]["number"].clone();
    town.news();
    let revoke =
        |who: &Actor| town.call(who, "revoke_certificate", json!({ "number": number, "reason": "信息变更" }));
    assert_eq!(revoke(&town.resident).code(), "role-missing");
    revoke(&town.worker).no_content();
    assert_eq!(revoke(&town.worker).code(), "certificate-revoked");
    let seen = check(&town, json!({ "number": number })).ok();
    assert_eq!((&seen["status"], &seen["revoked_at"]), (&json!("revoked"), &json!("2026-05-01T01:00:00Z")));
    assert_eq!(town.news(), ["certificate.revoked"]);
    let shown = town.shown(&town.resident, &filed);
    assert_eq!(shown["timeline"].as_array().unwrap().last().unwrap()["reason"], "信息变更");
    assert_eq!(shown["certificate"]["status"], "revoked");
}

#[test]
fn a_slip_of_the_hand_is_told_from_a_certificate_that_does_not_exist() {
    let town = Town::new();
    let filed = town.file("elder-card");
    let number = town.approve_all(&filed)["certificate"]["number"].as_str().unwrap().to_owned();
    let code = &number[9..];
    let other = if code.starts_with('A') { "B" } else { "A" };
    let slipped = format!("{}{other}{}", &number[..9], &code[1..]);
    assert_eq!(check(&town, json!({ "number": slipped })).code(), "certificate-mistyped");
    assert_eq!(check(&town, json!({ "number": format!("XYZ-2026-{code}") })).code(), "certificate-unknown");
    for nonsense in
        ["x", "LNZ-2026", "LNZ-2026-", "证-2026-2222222222", "LNZ/2026/2222222222", "A~-1-2222222222"]
    {
        assert_eq!(check(&town, json!({ "number": nonsense })).code(), "certificate-mistyped", "{nonsense}");
    }
}
