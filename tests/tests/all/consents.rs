//! A merchant's plugin over HTTP: what residents agree to, what the plugin may use, and what is shown of both.

use linli_contract::Role;
use linli_tests::http::Reply;
use linli_tests::neighbourhood::{Neighbourhood, Person};
use linli_tests::plugins::install;
use linli_tests::world::{Setup, World};
use serde_json::{Value as Json, json};

const PLUGIN: &str = "merchant";

/// The merchant's plugin, uploaded, approved and live for everybody.
fn world() -> World {
    let world = Setup::of(&[]).start();
    install(&world, PLUGIN);
    world
}

fn consents(here: &Neighbourhood, who: &Person) -> Vec<Json> {
    let items = here.client.call("GET", "/v1/consents").token(&who.token).send().expect(200);
    items["items"].as_array().unwrap().clone()
}

fn give(here: &Neighbourhood, who: &Person, agreed: &Json) -> Reply {
    let call = here.client.call("PUT", &format!("/v1/consents/{PLUGIN}")).token(&who.token);
    call.json(&json!({ "agreed": agreed })).send()
}

fn withdraw(here: &Neighbourhood, who: &Person) -> Reply {
    here.client.call("DELETE", &format!("/v1/consents/{PLUGIN}")).token(&who.token).send()
}

fn deliver(here: &Neighbourhood, who: &Person) -> Reply {
    here.call("POST", &format!("{PLUGIN}/deliveries")).token(&who.token).send()
}

#[test]
fn a_resident_is_asked_agrees_is_served_and_withdraws() {
    let world = world();
    let here = world.neighbourhood(1);
    let resident = here.resident(0);
    let refused = deliver(&here, &resident);
    assert_eq!(refused.problem(403), "consent-needed");
    let refused = refused.json();
    let detail =
        "“送货”需要使用您的姓名（用于送货上门）。请先在“我的授权”中同意，再办理一次；您随时可以撤回。";
    assert_eq!(refused["detail"], detail);
    assert_eq!(refused["consent"], "/v1/consents/merchant");
    assert_eq!(refused["asks"][0]["purpose"]["en"], "to deliver the order");
    let listed = consents(&here, &resident);
    assert_eq!((listed.len(), &listed[0]["plugin"]), (1, &json!(PLUGIN)));
    assert_eq!(listed[0]["asks"][0]["words"]["zh"], "查看您的姓名、电话——用于送货上门");
    assert_eq!((&listed[0]["asks"][0]["agreed"], &listed[0]["given_at"]), (&json!(false), &Json::Null));
    // What is shown for both attributes is sent back as it was shown.
    let ask = &listed[0]["asks"][0];
    let agreed = json!([{ "attributes": ask["attributes"], "purpose": ask["purpose"] }]);
    let given = give(&here, &resident, &agreed).expect(200);
    assert_eq!((&given["agreed"], &given["asks"][0]["agreed"]), (&agreed, &json!(true)));
    assert_eq!(deliver(&here, &resident).status, 204);
    let withdrawn = withdraw(&here, &resident).expect(200);
    assert_eq!((&withdrawn["agreed"], withdrawn["withdrawn_at"].is_string()), (&json!([]), true));
    assert_eq!(deliver(&here, &resident).problem(403), "consent-needed");
    world.verify();
}

#[test]
fn a_consent_is_the_residents_own_or_a_bound_relatives_affair() {
    let world = world();
    let here = world.neighbourhood(2);
    let (elder, relative) = (here.resident(0), here.resident(1));
    let agreed = json!([{
        "attributes": ["name", "phone"],
        "purpose": { "zh": "用于送货上门", "en": "to deliver the order" },
    }]);
    let for_elder = |method: &str, path: &str| {
        here.client.call(method, path).token(&relative.token).header("acting-for", &elder.id)
    };
    let path = format!("/v1/consents/{PLUGIN}");
    let give_for_elder = || for_elder("PUT", &path).json(&json!({ "agreed": agreed })).send();
    assert_eq!(give_for_elder().problem(403), "not-bound");
    assert_eq!(for_elder("GET", "/v1/consents").send().problem(403), "not-bound");
    assert_eq!(for_elder("DELETE", &path).send().problem(403), "not-bound");
    world.bind(&elder, &relative, PLUGIN);
    give_for_elder().expect(200);
    assert_eq!(consents(&here, &elder)[0]["agreed"], agreed);
    assert_eq!(consents(&here, &relative)[0]["agreed"], json!([]), "the relative's own is another");
    for_elder("DELETE", &path).send().expect(200);
    assert_eq!(consents(&here, &elder)[0]["agreed"], json!([]));
    assert_eq!(here.client.call("GET", "/v1/consents").send().problem(401), "token-missing");
    for role in [Role::Worker, Role::Provider, Role::Reviewer, Role::Operator] {
        let staff = here.staff(role);
        let listed = here.client.call("GET", "/v1/consents").token(&staff.token).send();
        assert_eq!(listed.problem(403), "role-not-allowed", "{role:?}");
    }
}

#[test]
fn what_was_not_asked_cannot_be_agreed_to() {
    let world = world();
    let here = world.neighbourhood(1);
    let resident = here.resident(0);
    let ask = |attributes: &[&str], zh: &str| json!([{ "attributes": attributes, "purpose": { "zh": zh, "en": "to deliver the order" } }]);
    for agreed in [ask(&["name", "address"], "用于送货上门"), ask(&["name"], "用于推销")] {
        assert_eq!(give(&here, &resident, &agreed).problem(409), "consent-changed");
    }
    for agreed in [json!([]), ask(&[], "用于送货上门"), ask(&["income"], "用于送货上门"), json!("all")]
    {
        assert_eq!(give(&here, &resident, &agreed).problem(422), "input-invalid", "{agreed}");
    }
    let unknown = here.client.call("DELETE", "/v1/consents/no-such").token(&resident.token).send();
    assert_eq!(unknown.problem(404), "plugin-unknown");
    let wrong = here.client.call("POST", "/v1/consents").token(&resident.token).send();
    assert_eq!(wrong.problem(405), "method-not-allowed");
}

#[test]
fn a_plugins_page_can_do_nothing_in_the_residents_name() {
    let world = world();
    let here = world.neighbourhood(1);
    let page = here.get(&here.resident(0), &format!("{PLUGIN}/page"));
    assert!(page.text().contains("<script>"), "it tries");
    assert!(page.header("content-security-policy").starts_with("sandbox; default-src 'none'"));
    assert!(!page.header("content-security-policy").contains("allow-"));
    assert_eq!(page.header("x-content-type-options"), "nosniff");
}

#[test]
fn limits_are_set_by_operators_felt_by_callers_and_shown_to_both() {
    let world = world();
    let here = world.neighbourhood(1);
    let resident = here.resident(0);
    let operator = here.person("operator".to_owned(), Role::Operator, &"33".parse().unwrap());
    let at = |rest: &str| format!("/v1/plugins/{PLUGIN}/{rest}");
    let limit =
        |limits: Json| here.client.call("PUT", &at("limits")).token(&operator.token).json(&limits).send();
    let put = |bytes: u32| {
        let path = format!("{PLUGIN}/things/a");
        here.call("PUT", &path).token(&resident.token).json(&json!({ "bytes": bytes })).send()
    };
    assert_eq!(put(500).status, 204);
    limit(json!({ "storage_bytes": 600 })).expect(200);
    assert_eq!(put(700).problem(507), "plugin-storage-full");
    limit(json!({ "calls_per_minute": 0 })).expect(200);
    let refused = put(1);
    assert_eq!(refused.problem(429), "plugin-limit-reached");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    limit(json!({})).expect(200);
    assert_eq!(put(1).status, 204);
    let usage = here.client.call("GET", &at("usage")).token(&operator.token).send().expect(200);
    let day = &usage["days"][0];
    assert_eq!((&day["day"], &day["calls"], &day["errors"]), (&json!("2026-05-01"), &json!(3), &json!(0)));
    assert_eq!(day["community"], here.path("").split('/').nth(2).unwrap());
    assert!(day["cpu_micros"].as_u64().unwrap() > 0 && day["storage_bytes"].as_u64().unwrap() > 0);
    let circuit = format!("linli_plugin_circuit{{component=\"{PLUGIN}\",version=\"0.1.0\"}}");
    assert!(here.client.get("/metrics").text().contains(&format!("{circuit} 0\n")));
    assert!(here.client.metric(&format!("linli_plugin_storage_bytes{{component=\"{PLUGIN}\"}}")) > 0);
    assert_eq!(
        here.client
            .metric(&format!("linli_component_calls_total{{component=\"{PLUGIN}\",outcome=\"limited\"}}")),
        2
    );
}
