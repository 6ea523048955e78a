//! Certificates, as anybody checks them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use linli_host::SignatureAlgorithm;
use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::pages::Page;
use linli_tests::world::{Setup, World};
use serde_json::json;
use sm2::dsa::signature::Verifier as _;
use sm2::dsa::{Signature, VerifyingKey};

use super::call;

/// The number of a certificate that was issued just now, in a neighbourhood of two.
fn issued(here: &Neighbourhood) -> String {
    let filed = here.file(&here.resident(1), &Neighbourhood::pension()).expect(201);
    here.grant(&filed)["certificate"]["number"].as_str().unwrap().to_owned()
}

#[test]
fn a_certificate_is_known_where_it_was_issued_and_by_its_whole_number() {
    let world = World::shared();
    let (here, elsewhere) = (world.neighbourhood(2), world.neighbourhood(0));
    let number = issued(&here);
    assert!(number.starts_with("YLR-2026-"), "{number}");
    let shown = here.certificate(&number).expect(200);
    assert_eq!(
        (&shown["status"], &shown["holder"], &shown["genuine"]),
        (&json!("valid"), &json!("甄**"), &json!(null))
    );
    assert_eq!(elsewhere.certificate(&number).problem(404), "certificate-unknown");
    let (start, last) = number.split_at(number.len() - 1);
    let mistyped = format!("{start}{}", if last == "0" { "1" } else { "0" });
    for typed in [mistyped.as_str(), "YLR-2026", "nonsense", "Y1R-2026-0000000000"] {
        let reply = here.certificate(typed);
        assert_eq!(
            (reply.problem(422).as_str(), &reply.json()["pointer"]),
            ("certificate-mistyped", &json!("/number"))
        );
    }
    assert_eq!(here.certificate(&format!("{number}?qr=nonsense")).expect(200)["genuine"], false);
    assert_eq!(here.certificate(&format!("{number}?qr={}", "0".repeat(401))).problem(422), "input-invalid");
}

#[test]
fn a_certificate_is_taken_back_once_by_a_desk_with_a_reason() {
    let world = World::shared();
    let (here, elsewhere) = (world.neighbourhood(2), world.neighbourhood(0));
    let number = issued(&here);
    let path = format!("certificates/{number}/revocation");
    let reason = json!({ "reason": "信息有误" });
    let worker = here.worker();
    assert_eq!(call(&here, &worker, "POST", &path, &json!({ "reason": "" })).problem(422), "input-invalid");
    assert_eq!(call(&here, &here.resident(1), "POST", &path, &reason).problem(403), "role-not-allowed");
    let afar = call(&elsewhere, &elsewhere.worker(), "POST", &path, &reason);
    assert_eq!(afar.problem(404), "certificate-unknown");
    let mistyped = call(&here, &worker, "POST", "certificates/nonsense/revocation", &reason);
    assert_eq!(mistyped.problem(422), "certificate-mistyped");
    call(&here, &worker, "POST", &path, &reason).expect(204);
    assert_eq!(call(&here, &worker, "POST", &path, &reason).problem(409), "certificate-revoked");
    let shown = here.certificate(&number).expect(200);
    assert_eq!((&shown["status"], &shown["revoked_at"]), (&json!("revoked"), &json!("2026-05-01T01:30:00Z")));
}

#[test]
fn a_certificate_expires_with_the_last_second_of_its_day() {
    let world = Setup::of(&["affair-submission"]).start();
    let here = world.neighbourhood(2);
    let number = issued(&here);
    let standing = |at: &str| {
        world.clock.set(at.parse().unwrap());
        here.certificate(&number).expect(200)["status"].clone()
    };
    assert_eq!(standing("2027-05-01T15:59:59Z"), "valid");
    assert_eq!(standing("2027-05-01T16:00:00Z"), "expired");
}

#[test]
fn a_certificate_signed_with_sm2_is_checked_by_anybody_with_the_published_key() {
    let algorithms = [SignatureAlgorithm::Sm2, SignatureAlgorithm::Ed25519];
    let world =
        Setup::of(&["affair-submission"]).signed("affair-submission", "certificate", &algorithms).start();
    let here = world.neighbourhood(2);
    let elder = here.resident(1);
    let filed = here.file(&elder, &Neighbourhood::pension()).expect(201);
    here.grant(&filed);
    let shown = || here.case(&elder, &filed).expect(200)["certificate"].clone();
    let (number, qr) = (shown()["number"].clone(), shown()["qr"].clone());
    let (number, qr) = (number.as_str().unwrap(), qr.as_str().unwrap());
    assert_eq!(shown()["qr"], qr, "signed again, it is the same");
    assert_eq!(here.certificate(&format!("{number}?qr={qr}")).expect(200)["genuine"], true);

    let keys = here.client.get(&Page::Keys.of("affair-submission")).expect(200);
    let for_certificates =
        || keys["keys"].as_array().unwrap().iter().filter(|key| key["purpose"] == "certificate");
    let algorithms: Vec<_> = for_certificates().map(|key| key["crv"].clone()).collect();
    assert_eq!(
        algorithms,
        ["SM2", "Ed25519"],
        "the one that signs, and the one whose certificates stay good"
    );
    let key = for_certificates().next().unwrap();
    let coordinate = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    let published = VerifyingKey::from_sec1_bytes("1234567812345678", &point).unwrap();
    let mut bytes = linli_tests::ticket::decode_base32(qr);
    let check = |bytes: &[u8]| {
        let (payload, signature) = bytes.split_at(bytes.len() - 64);
        let signed = [b"linli/affair-submission/certificate\0", payload].concat();
        published.verify(&signed, &Signature::from_slice(signature).unwrap()).is_ok()
    };
    assert!(check(&bytes));
    bytes[20] ^= 1;
    assert!(!check(&bytes));
}
