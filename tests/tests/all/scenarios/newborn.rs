//! A child is born: one form, six affairs, each on its own way.

use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::world::Setup;
use serde_json::{Value, json};

fn case(part: &Value) -> Value {
    json!({ "id": part["case"] })
}

#[test]
fn one_form_feeds_six_affairs_and_one_that_fails_holds_up_no_other() {
    let world = Setup::of(&["affair-submission"]).start();
    let here = world.neighbourhood(1);
    let mother = here.resident(0);
    let mut bundle = Neighbourhood::newborn();
    bundle["form"]["insured"] = json!(false);
    let filed = here.file(&mother, &bundle).expect(201);
    let parts = filed["parts"].as_array().unwrap().clone();
    let (going, refused): (Vec<&Value>, Vec<_>) = parts.iter().partition(|part| part["case"].is_string());
    assert_eq!((going.len(), refused.len()), (5, 1));
    assert_eq!(
        (&refused[0]["affair"], &refused[0]["refusal"]["code"]),
        (&json!("maternity-benefit"), &json!("not-eligible"))
    );
    assert_eq!(here.decide(&here.worker(), &filed, "approve").problem(409), "case-is-bundle");

    for (done, part) in going.iter().enumerate() {
        let shown = here.case(&mother, &filed).expect(200);
        assert_eq!(shown["progress"], json!({ "done": done, "filed": 5, "total": 6 }), "how far it is");
        here.give_what_is_asked(&mother, &case(part));
        let granted = here.grant(&case(part));
        assert_eq!((&granted["status"], &granted["bundle"]), (&json!("approved"), &filed["id"]));
    }
    assert_eq!(here.case(&mother, &filed).expect(200)["status"], "in-progress", "one part is not filed yet");

    let mended = json!({ "form": { "insured": true } });
    let shown = here.with_case(&mother, &filed, "supplements", &mended).expect(200);
    assert_eq!(shown["progress"], json!({ "done": 5, "filed": 6, "total": 6 }));
    let last =
        shown["parts"].as_array().unwrap().iter().find(|part| part["affair"] == "maternity-benefit").unwrap();
    here.give_what_is_asked(&mother, &case(last));
    here.grant(&case(last));
    let shown = here.case(&mother, &filed).expect(200);
    assert_eq!((&shown["status"], &shown["progress"]["done"]), (&json!("finished"), &json!(6)));
    for part in shown["parts"].as_array().unwrap() {
        let number = part["certificate"].as_str().unwrap();
        assert_eq!(here.certificate(number).expect(200)["status"], "valid", "{number}");
    }
    assert!(here.all(&here.worker(), "affair-submission/cases").is_empty(), "nothing is left to do");
    world.verify();
}
