//! A case from the question whether one may have it to the certificate that anybody can check.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, VerifyingKey};
use linli_tests::affairs::CITIZEN;
use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::pages::Page;
use linli_tests::world::Setup;
use serde_json::{Value, json};

const ELIGIBILITY: &str = "affair-submission/affairs/elder-card/eligibility";
const DRAFT: &str = "affair-submission/drafts/01jt4v6c00abcdefghjkmnpqrs";

#[test]
fn an_elder_card_from_question_to_certificate() {
    let world = Setup::of(&["affair-submission", "points-redemption"]).start();
    let here = world.neighbourhood(2);
    let (elder, worker) = (here.resident(1), here.worker());
    let verdict = |reply: linli_tests::http::Reply| reply.expect(200)["verdict"].clone();
    assert_eq!(
        verdict(here.call("POST", ELIGIBILITY).json(&json!({})).send()),
        "perhaps",
        "nobody's age is known"
    );
    assert_eq!(verdict(here.post(&here.resident(0), ELIGIBILITY, &json!({}))), "no");
    assert_eq!(verdict(here.post(&elder, ELIGIBILITY, &json!({}))), "yes");

    let mut case = Neighbourhood::elder_card();
    let half = json!({ "affair": "elder-card", "form": { "citizen_number": CITIZEN, "kind": "first" } });
    here.call("PUT", DRAFT).token(&elder.token).json(&half).send().expect(200);
    let kept = here.get(&elder, DRAFT).expect(200);
    assert_eq!(kept["form"]["citizen_number"], "1101**********002X");
    // What was covered stands for what it was.
    case["form"]["citizen_number"] = kept["form"]["citizen_number"].clone();
    case["draft"] = kept["id"].clone();
    let filed = here.file(&elder, &case).expect(201);
    assert_eq!(here.get(&elder, DRAFT).problem(404), "draft-unknown", "it became the case");
    assert_eq!(
        filed["due_at"], "2026-05-11T15:59:59Z",
        "five working days after the holiday, a Saturday among them"
    );

    let queue = here.all(&worker, "affair-submission/cases");
    assert_eq!((&queue[0]["number"], &queue[0]["applicant"]), (&filed["number"], &json!("甄**")));
    let returned = here.decide(&worker, &filed, "return").expect(200);
    assert_eq!(returned["status"], "returned");
    assert_eq!(here.decide(&worker, &filed, "approve").problem(409), "case-returned");
    world.advance_to("2026-05-08T02:00:00Z");
    let seen = here.case(&elder, &filed).expect(200);
    let last = seen["timeline"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["what"], &last["reason"]), (&json!("returned"), &json!("材料不清晰")));
    let photograph = json!({ "evidence": { "photograph": { "reference": "store/9" } } });
    let supplemented = here.with_case(&elder, &filed, "supplements", &photograph).expect(200);
    assert_eq!(supplemented["status"], "in-progress");
    assert_eq!(supplemented["due_at"], "2026-05-14T15:59:59Z", "the clock stood still");

    let granted = here.grant(&filed);
    assert_eq!((&granted["status"], &granted["certificate"]["qr"]), (&json!("approved"), &Value::Null));
    let mine = here.case(&elder, &filed).expect(200);
    let (number, qr) =
        (mine["certificate"]["number"].as_str().unwrap(), mine["certificate"]["qr"].as_str().unwrap());

    let checked = here.certificate(&format!("{}?qr={qr}", number.to_lowercase())).expect(200);
    assert_eq!((&checked["status"], &checked["genuine"]), (&json!("valid"), &json!(true)));
    assert_eq!(
        (&checked["holder"], &checked["office"]),
        (&json!("甄**"), &json!(here.community.to_string()))
    );
    let forged = format!("{}{}", if qr.starts_with('0') { "1" } else { "0" }, &qr[1..]);
    assert_eq!(here.certificate(&format!("{number}?qr={forged}")).expect(200)["genuine"], false);
    assert!(is_signed(&here, number, qr), "with the published key alone, without a network");
    assert!(!is_signed(&here, number, &forged));

    here.with_case(&elder, &filed, "rating", &json!({ "stars": 5 })).expect(204);
    world.deliver();
    assert_eq!(here.points(&elder), 5);

    let revocation = format!("affair-submission/certificates/{number}/revocation");
    here.post(&worker, &revocation, &json!({ "reason": "信息有误" })).expect(204);
    assert_eq!(here.certificate(number).expect(200)["status"], "revoked");
    world.verify();
}

/// Checks a QR payload without any code of the platform.
fn is_signed(here: &Neighbourhood, number: &str, qr: &str) -> bool {
    let keys = here.client.get(&Page::Keys.of("affair-submission")).expect(200);
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["purpose"] == "certificate").unwrap();
    let key = URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap()).unwrap();
    let key = VerifyingKey::from_bytes(&key.try_into().unwrap()).unwrap();
    let bytes = linli_tests::ticket::decode_base32(qr);
    let (payload, signature) = bytes.split_at(bytes.len() - 64);
    assert_eq!(&payload[17..], number.as_bytes());
    let signed = [b"linli/affair-submission/certificate\0", payload].concat();
    key.verify_strict(&signed, &Signature::from_slice(signature).unwrap()).is_ok()
}
