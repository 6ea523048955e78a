//! What is told of a plugin, and to whom.

use linli_tests::plugins::{Merchant, ask, doorbell, full, operator, reviewer, roll_out};
use linli_tests::world::Setup;

#[test]
fn merchant_reviewer_and_operator_see_a_version_with_its_report() {
    let world = Setup::of_providers().start();
    let here = world.neighbourhood(1);
    let merchant = Merchant::admitted(&world, &here);
    merchant.upload(&full("1.0.0"), &doorbell("1.0.0", "calm")).expect(201);
    let path = format!("versions/{}", full("1.0.0"));
    for who in [&merchant.staff, &reviewer(&here), &operator(&here)] {
        let shown = ask(&here, who, "GET", &path, None).expect(200);
        assert_eq!(shown["report"]["passed"], true);
        assert_eq!(shown["digest"].as_str().unwrap().len(), 64);
        assert!(shown["permissions"][0]["debit-caller"].is_object(), "{shown}");
    }
    linli_tests::plugins::decide(&here, &full("1.0.0"), "approve").expect(200);
    roll_out(&here, "1.0.0", 10_000).expect(200);
    let of = |who| ask(&here, who, "GET", "", None).expect(200)["events"][1].clone();
    let operator = operator(&here);
    assert!(of(&operator)["by"].is_string(), "the staff know which of them it was");
    assert!(of(&merchant.staff)["by"].is_null(), "the merchant knows that a reviewer did");
    assert_eq!(of(&merchant.staff)["role"], "reviewer");
    assert_eq!(of(&merchant.staff)["reason"], "已核对权限与用途");
    let document = here.client.get("/openapi.json").expect(200);
    assert!(document["paths"]["/v1/{community}/doorbell/rings"]["post"].is_object());
    let upload = &document["paths"]["/v1/plugins/{name}/versions/{version}"]["put"];
    assert!(upload["requestBody"]["content"]["application/wasm"].is_object(), "{upload}");
    let usage = ask(&here, &merchant.staff, "GET", "usage", None);
    usage.expect(200);
}
