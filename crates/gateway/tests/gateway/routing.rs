//! Which operation answers a path, and which sets of components are refused.

use std::sync::Arc;

use linli_contract::{Descriptor, EventDeclaration, Method, Role};
use linli_gateway::{Rejection, Routes, check_schemas};
use serde_json::json;

use crate::fixture::{HERE, activities, admit, component, id_schema, operation, resident, worker};

fn outcome(line: &str) -> String {
    let authorization =
        format!("Authorization: {}", if line.contains("POST /activities ") { worker() } else { resident() });
    match admit(line.trim(), &[&authorization]) {
        Ok(admitted) => format!("{} in {}", admitted.operation().name, admitted.community()),
        Err(Rejection::WrongMethod { allow }) => format!("method-not-allowed: {allow}"),
        Err(rejection) => rejection.code().to_owned(),
    }
}

#[test]
fn a_path_leads_to_its_operation_or_to_a_404_or_405() {
    for (line, expected) in [
        ("GET /activities", "list_activities in 330105001001"),
        ("POST /activities ", "create_activity in 330105001001"),
        ("GET /activities/a1", "get_activity in 330105001001"),
        ("HEAD /activities/a1", "get_activity in 330105001001"),
        ("GET /activities/a%2Fb", "get_activity in 330105001001"),
        ("POST /activities/a1/signups", "create_signup in 330105001001"),
        ("GET /v1/330105001002/activity-signup/tickets/t", "out-of-area"),
        ("DELETE /activities", "method-not-allowed: GET, HEAD, POST"),
        ("OPTIONS /activities", "method-not-allowed: GET, HEAD, POST"),
        ("GET /activities/a1/signups", "method-not-allowed: POST"),
        ("GET /activities/", "unknown-path"),
        ("GET /activities//signups", "unknown-path"),
        ("GET /activities/a1/signups/", "unknown-path"),
        ("GET /", "unknown-path"),
        ("GET /v1/330105001001/activity-signup", "unknown-path"),
        ("GET /v1/330105001001/other/activities", "unknown-path"),
        ("GET /v1/330105001001", "unknown-path"),
        ("GET /v1/33010500100/activity-signup/activities", "unknown-community"),
        ("GET /v1/nowhere/activity-signup/activities", "unknown-community"),
        ("GET /v1//activity-signup/activities", "unknown-community"),
    ] {
        // A caller from elsewhere is nobody in particular to a public operation, not refused.
        let expected = if line.contains("/tickets/") { "verify_ticket in 330105001002" } else { expected };
        assert_eq!(outcome(line), expected, "{line}");
    }
}

#[test]
fn a_fixed_step_goes_before_a_parameter_and_falls_back_to_it() {
    let schema = json!({"type": "object"});
    let get = |name, path| operation(name, Method::Get, path, &[Role::Anyone], &schema);
    let descriptor = component(
        "steps",
        vec![
            get("fixed", "/a/new"),
            get("parameter", "/a/{id}"),
            get("below", "/a/{id}/x"),
            get("deep", "/a/new/y/z"),
        ],
    );
    let routes = Routes::build(&[Arc::new(descriptor)]).unwrap();
    let keys = linli_gateway::TokenKeys::from_jwks(&crate::fixture::signer().jwks()).unwrap();
    let gateway = linli_gateway::Gateway::new(routes, Arc::new(linli_gateway::Tokens::new(keys)));
    for (path, expected) in [
        ("/a/new", Ok("fixed")),
        ("/a/old", Ok("parameter")),
        ("/a/new/x", Ok("below")),
        ("/a/new/y/z", Ok("deep")),
        ("/a/new/y", Err("unknown-path")),
    ] {
        let parts = crate::fixture::request(&format!("GET /v1/{HERE}/steps{path}"), &[]);
        let found = gateway.admit(&parts, crate::fixture::now());
        let found = found.as_ref().map(|a| a.operation().name.as_str()).map_err(Rejection::code);
        assert_eq!(found, expected, "{path}");
    }
}

fn faults(descriptors: Vec<Descriptor>) -> Vec<String> {
    let descriptors: Vec<_> = descriptors.into_iter().map(Arc::new).collect();
    Routes::build(&descriptors).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn what_cannot_be_served_is_refused_with_every_reason() {
    assert_eq!(
        faults(vec![activities(), activities()]),
        ["activity-signup: name: is the name of another live component"]
    );

    let anyone = [Role::Anyone];
    let mut twice = component("twice", vec![operation("a", Method::Get, "/x/{a}", &anyone, &json!({}))]);
    twice.operations.push(operation("b", Method::Get, "/x/{b}", &anyone, &json!({})));
    let found = faults(vec![twice.clone()]);
    assert_eq!(found[0], "twice: operations: has `GET /x/{}` twice");

    twice.operations[1].method = Method::Delete;
    twice.operations[1].kind = linli_contract::OperationKind::Command;
    twice.operations.push(operation("c", Method::Get, "/y/{community}", &anyone, &json!({})));
    assert_eq!(
        faults(vec![twice]),
        [
            "twice: operations[0].path: names its parameters otherwise than `b` does on the same path",
            "twice: operations[1].path: names its parameters otherwise than `a` does on the same path",
            "twice: operations[2].path: has a parameter `community`, which every address has already",
        ]
    );

    let mut broken =
        component("broken", vec![operation("a", Method::Get, "/x/{other}", &anyone, &id_schema())]);
    broken.operations.push(operation("b", Method::Post, "/y", &anyone, &json!({"type": "thing"})));
    broken.operations[0].output = "{".into();
    let found = faults(vec![broken]);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].starts_with("broken: operations[0].output: is not JSON"), "{found:?}");
    assert_eq!(found[1], "broken: operations[0].input: does not declare the path parameter `other`");
    assert!(found[2].starts_with("broken: operations[1].input: "), "{found:?}");
}

#[test]
fn schemas_of_events_are_checked_for_vetting() {
    let mut descriptor = activities();
    assert_eq!(check_schemas(&Arc::new(descriptor.clone())), Ok(()));
    descriptor
        .publishes
        .push(EventDeclaration { name: "signup.confirmed".into(), schema: r#"{"type": 1}"#.into() });
    let found = check_schemas(&Arc::new(descriptor)).unwrap_err();
    assert_eq!(found.iter().map(|f| f.place.as_str()).collect::<Vec<_>>(), ["publishes[0].schema"]);
}
